// SPDX-License-Identifier: GPL-2.0-only
/*
 * mirror_vrun.c - the mirror's virtually contiguous runs, and all its pages
 * under threads.
 */
#include <setjmp.h>

#include <linux/mm.h>
#include <linux/string.h>

#include <quarry_mirror.h>

#include "pages.h"
#include "platform.h"
#include "qt.h"

#include "kselftest_harness.h"
#include "mirror_test.h"

#define ARENA_PAGES	(ARENA_BYTES / PAGE_SIZE)
/* Stands for a slab: only its address is used. */
#define SLAB		((struct qr_slab *)0x1234560)

TEST(vrun_of_scattered_pages_is_contiguous)
{
	static void *page[ARENA_PAGES];
	unsigned int nr, i;
	char *run;

	begin_nodes(1, false);
	for (nr = 0; nr < ARENA_PAGES; nr++)
		page[nr] = qr_pages_get(1, GFP_KERNEL, 0);
	for (i = 0; i < ARENA_PAGES; i += 2)
		qr_pages_put(page[i], 1);
	run = qr_vrun_get(1000, GFP_KERNEL, 0, SLAB);
	ASSERT_NE(run, NULL);
	for (i = 0; i < 1000; i++)
		memset(run + i * PAGE_SIZE, i, PAGE_SIZE);
	for (i = 0; i < 1000; i++)
		EXPECT_EQ(memchr_inv(run + i * PAGE_SIZE, i, PAGE_SIZE), NULL);
	EXPECT_EQ(qt_slab(run + 1000 * PAGE_SIZE - 1), SLAB);
	preempt_disable();
	EXPECT_EQ(qr_page_slab_near(run), NULL);
	preempt_enable();
	EXPECT_EQ(qr_pages_nid(run), 0);
	EXPECT_EQ(mirror_pages_out(), ARENA_PAGES / 2 + 1000);
	qr_vrun_put(run, 1000);
	EXPECT_EQ(qt_slab(run), NULL);
	EXPECT_EQ(mirror_pages_out(), ARENA_PAGES / 2);
}

TEST(vrun_larger_than_memory_is_refused_whole)
{
	begin();
	EXPECT_EQ(qr_vrun_get(ARENA_PAGES + 1, GFP_KERNEL, 0, SLAB), NULL);
	EXPECT_EQ(mirror_pages_out(), 0);
	EXPECT_NE(qr_vrun_get(ARENA_PAGES, GFP_KERNEL, 0, SLAB), NULL);
}

TEST(vrun_fault_at_every_point_leaves_nothing)
{
	unsigned long nth;
	void *run = NULL;

	begin();
	for (nth = 1; !run; nth++) {
		mirror_fail_page_nth(nth);
		run = qr_vrun_get(1500, GFP_KERNEL, 0, SLAB);
		if (!run)
			EXPECT_EQ(mirror_pages_out(), 0);
	}
	EXPECT_GT(nth, 3);
	mirror_fail_page_nth(0);
	qr_vrun_put(run, 1500);
	EXPECT_EQ(mirror_pages_out(), 0);
}

static void put_run(void *run)
{
	qr_vrun_put(run, 10);
}

TEST(vrun_put_in_interrupt_is_done_later)
{
	void *run;

	begin();
	run = qr_vrun_get(10, GFP_KERNEL, 0, SLAB);
	EXPECT_TRUE(mirror_interrupt(put_run, run));
	EXPECT_EQ(qt_slab(run), NULL);
	EXPECT_EQ(mirror_pages_out(), 0);
}

TEST(vrun_range_is_used_again)
{
	unsigned int i;

	begin();
	for (i = 0; i < 50; i++) {
		void *run = qr_vrun_get(ARENA_PAGES / 2, GFP_KERNEL, 0, SLAB);

		ASSERT_NE(run, NULL);
		qr_vrun_put(run, ARENA_PAGES / 2);
	}
	EXPECT_EQ(mirror_machine_exit(), 0);
}

TEST_DEATH(vrun_put_twice_aborts, "no such run")
{
	void *run;

	begin();
	run = qr_vrun_get(10, GFP_KERNEL, 0, SLAB);
	qr_vrun_put(run, 10);
	qr_vrun_put(run, 10);
}

TEST_DEATH(vrun_get_in_atomic_context_aborts, "may sleep")
{
	begin();
	mirror_atomic_begin();
	qr_vrun_get(10, GFP_KERNEL, 0, SLAB);
}

static sigjmp_buf fault;

static void on_fault(int nr)
{
	siglongjmp(fault, 1);
}

/* Not in a child: it would not have the memory at all. */
static bool faults(const char *at)
{
	if (sigsetjmp(fault, 1))
		return true;
	signal(SIGSEGV, on_fault);
	READ_ONCE(*at);
	signal(SIGSEGV, SIG_DFL);
	return false;
}

TEST(vrun_end_and_what_is_gone_fault)
{
	char *run;

	begin();
	run = qr_vrun_get(10, GFP_KERNEL, 0, SLAB);
	memset(run, 0, 10 * PAGE_SIZE);
	EXPECT_FALSE(faults(run + 10 * PAGE_SIZE - 1));
	EXPECT_TRUE(faults(run + 10 * PAGE_SIZE));
	qr_vrun_put(run, 10);
	EXPECT_TRUE(faults(run));
}

static void *churn(void *data)
{
	unsigned int i;

	for (i = 0; i < 3000; i++) {
		unsigned int nr = i % 13 + 1;
		char *at = qr_pages_get(nr, GFP_KERNEL, i % 2);
		char *run = i % 16 ? NULL : qr_vrun_get(nr, GFP_KERNEL, 0, SLAB);

		if (at)
			memset(at, (long)data, nr * PAGE_SIZE);
		if (run)
			memset(run, (long)data, nr * PAGE_SIZE);
		if (at && memchr_inv(at, (long)data, nr * PAGE_SIZE))
			return (void *)1;
		if (run && memchr_inv(run, (long)data, nr * PAGE_SIZE))
			return (void *)1;
		if (run)
			qr_vrun_put(run, nr);
		if (at)
			qr_pages_put(at, nr);
	}
	return NULL;
}

TEST(pages_of_threads_are_apart)
{
	pthread_t thread[4];
	void *bad;
	long i;

	begin();
	for (i = 0; i < 4; i++)
		pthread_create(&thread[i], NULL, churn, (void *)(i + 1));
	for (i = 0; i < 4; i++) {
		pthread_join(thread[i], &bad);
		EXPECT_EQ(bad, NULL);
	}
	EXPECT_EQ(mirror_machine_exit(), 0);
}

TEST_HARNESS_MAIN
