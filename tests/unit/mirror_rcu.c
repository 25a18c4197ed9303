// SPDX-License-Identifier: GPL-2.0-only
/*
 * mirror_rcu.c - the mirror's grace periods: readers are waited for, callbacks
 * run after them.
 */
#include <linux/delay.h>
#include <linux/hardirq.h>
#include <linux/rcupdate.h>

#include <quarry_mirror.h>

#include "kselftest_harness.h"
#include "mirror_test.h"

static unsigned int reader_in, reader_out;

static void *read_slowly(void *data)
{
	preempt_disable();
	WRITE_ONCE(reader_in, 1);
	udelay(30000);
	WRITE_ONCE(reader_out, 1);
	preempt_enable();
	return data;
}

TEST(synchronize_rcu_waits_for_preemption_off)
{
	pthread_t thread;

	begin();
	pthread_create(&thread, NULL, read_slowly, NULL);
	while (!READ_ONCE(reader_in))
		udelay(10);
	synchronize_rcu();
	EXPECT_EQ(READ_ONCE(reader_out), 1);
	pthread_join(thread, NULL);
}

static unsigned int stop;

static void *read_all_the_time(void *data)
{
	while (!READ_ONCE(stop)) {
		preempt_disable();
		WRITE_ONCE(reader_in, 1);
		udelay(100);
		preempt_enable();
	}
	return data;
}

TEST(synchronize_rcu_ends_though_readers_never_rest)
{
	pthread_t thread;
	int i;

	begin();
	pthread_create(&thread, NULL, read_all_the_time, NULL);
	while (!READ_ONCE(reader_in))
		udelay(10);
	for (i = 0; i < 50; i++)
		synchronize_rcu();
	WRITE_ONCE(stop, 1);
	pthread_join(thread, NULL);
}

/* Publishes, unpublishes, waits, wipes: a reader must never see it wiped. */
static unsigned long *published;
static unsigned long wiped_seen;

static void *read_published(void *data)
{
	while (!READ_ONCE(stop)) {
		unsigned long *at;

		preempt_disable();
		at = READ_ONCE(published);
		udelay(2);
		if (at && *at != 0x600d)
			wiped_seen++;
		preempt_enable();
	}
	return data;
}

TEST(synchronize_rcu_keeps_what_readers_see)
{
	static unsigned long cell[2];
	pthread_t thread;
	int i;

	begin();
	pthread_create(&thread, NULL, read_published, NULL);
	for (i = 0; i < 500; i++) {
		cell[i % 2] = 0x600d;
		smp_store_release(&published, &cell[i % 2]);
		udelay(5);
		WRITE_ONCE(published, NULL);
		synchronize_rcu();
		cell[i % 2] = 0xbad;
	}
	WRITE_ONCE(stop, 1);
	pthread_join(thread, NULL);
	EXPECT_EQ(wiped_seen, 0);
}

struct queued {
	struct rcu_head head;
	int nr;
};

static int order[3], nr_run;
static bool ran_in_softirq;

static void record(struct rcu_head *head)
{
	ran_in_softirq = in_serving_softirq();
	order[nr_run++] = ((struct queued *)head)->nr;
}

static void queue_it(void *data)
{
	struct queued *queued = data;

	call_rcu(&queued->head, record);
}

TEST(rcu_barrier_waits_for_all_in_order)
{
	struct queued queued[3] = { { .nr = 1 }, { .nr = 2 }, { .nr = 3 } };

	begin();
	queue_it(&queued[0]);
	mirror_interrupt(queue_it, &queued[1]);
	queue_it(&queued[2]);
	rcu_barrier();
	EXPECT_EQ(nr_run, 3);
	EXPECT_EQ(order[0] * 100 + order[1] * 10 + order[2], 123);
	EXPECT_TRUE(ran_in_softirq);
}

TEST_DEATH(synchronize_rcu_inside_a_reader_aborts,
	   "synchronize_rcu() may sleep")
{
	begin();
	rcu_read_lock();
	synchronize_rcu();
}

TEST_HARNESS_MAIN
