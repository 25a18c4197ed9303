// SPDX-License-Identifier: GPL-2.0-only
/*
 * inject.c - failures on demand: what the files take, refuse and tell; what an
 * injected failure is to whom; fail_nth; magazines that are closed meanwhile;
 * and rules under threads.
 */
#include "inject_call.h"

#include <linux/err.h>

#include <pthread.h>

#include "age.h"
#include "cache.h"
#include "event.h"
#include "file_text.h"
#include "walk.h"

static int write_nth(const char *text)
{
	char copy[64];

	snprintf(copy, sizeof(copy), "%s", text);
	return qr_fail_nth_write(copy);
}

/* ---------------------------------------------------------------- files */

TEST_F(inject, bad_words_are_refused_and_change_nothing)
{
	static const char *const bad[] = {
		"", "every", "every=", "every=0", "every=-1", "every=1x",
		"every=99999999999999999999", "every=1 every=1", "=1", "x=1",
		"after=", "after=x", "times=0", "probability=0",
		"probability=0.00001", "probability=100.1", "probability=101",
		"probability=.5", "probability=1.", "probability=1e1",
		"seed=0", "site=", "site=a.c:", "site=a.c:0", "site=:1",
		"site=a.c:99999999999", "module=", "cache=", "heap=",
		"size=", "size=-", "size=2-1", "size=1-2-3", "size=1K",
		"order=x", "sleeping=", "sleeping=perhaps", "point=",
		"point=alloc,", "point=,alloc", "point=allo", "point=pages x",
		"point=meta cache=a", "point=site heap=a",
		"point=pages site=a.c", "point=buffer module=m",
		"verbose", "verbose=2", "clear x", "-", "-x", "-1x", "-17",
		"every=3;every=4",
	};
	struct qr_inject_rule rule;
	unsigned int i;
	char *before;

	ASSERT_EQ(0, write_inject("every=1000 cache=none"));
	READ("inject");
	before = strdup(self->text);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(-EINVAL, write_inject(bad[i]))
			TH_LOG("\"%s\"", bad[i]);
		READ("inject");
		EXPECT_STREQ(before, self->text)
			TH_LOG("\"%s\"", bad[i]);
	}
	free(before);
	EXPECT_EQ(-ENOENT, write_inject("-2"));
	EXPECT_EQ(0, write_inject("-1"));
	EXPECT_FALSE(qr_inject_rule(1, &rule));
	EXPECT_FALSE(qr_inject_armed);
	EXPECT_EQ(-EINVAL, write_nth(""));
	EXPECT_EQ(-EINVAL, write_nth("-1"));
	EXPECT_EQ(-EINVAL, write_nth("1 "));
	EXPECT_EQ(-EINVAL, write_nth("99999999999999999999"));
}

TEST_F(inject, a_rule_has_a_longest_text)
{
	char text[QR_INJECT_TEXT + 10];

	memset(text, 0, sizeof(text));
	memset(text, 'x', QR_INJECT_TEXT);
	memcpy(text, "cache=", 6);
	EXPECT_EQ(0, write_inject(text));
	text[QR_INJECT_TEXT] = 'x';
	EXPECT_EQ(-EINVAL, write_inject(text));
	EXPECT_EQ(-EINVAL, qr_inject_load(text));
	/* That has taken away the other, too. */
	EXPECT_FALSE(qr_inject_armed);
}

TEST_F(inject, there_are_sixteen_rules)
{
	unsigned int i;

	for (i = 0; i < QR_INJECT_RULES; i++)
		ASSERT_EQ(0, write_inject("cache=none"));
	EXPECT_EQ(-ENOSPC, write_inject("cache=none"));
	EXPECT_EQ(0, write_inject("-7"));
	EXPECT_EQ(0, write_inject("cache=seventh"));
	READ("inject");
	EXPECT_NE(NULL, strstr(self->text, "cache=seventh\n   8 "));
	EXPECT_EQ(0, write_inject("clear"));
	EXPECT_FALSE(qr_inject_armed);
}

TEST_F(inject, a_load_takes_several_or_none)
{
	struct qr_inject_rule rule;

	EXPECT_EQ(0, qr_inject_load(""));
	EXPECT_FALSE(qr_inject_armed);
	EXPECT_EQ(0, qr_inject_load(" every=3 ; verbose=1;; times=2 after=1 ;"));
	EXPECT_TRUE(qr_inject_rule(1, &rule));
	EXPECT_STREQ("every=3", rule.text);
	EXPECT_TRUE(qr_inject_rule(2, &rule));
	EXPECT_STREQ("times=2 after=1", rule.text);
	EXPECT_EQ(-EINVAL, qr_inject_load("every=1;every=x"));
	EXPECT_FALSE(qr_inject_armed);
}

TEST_F(inject, the_file_tells_what_happened)
{
	struct call call = { .cache = self->small, .gfp = GFP_KERNEL };
	unsigned int i;

	READ("inject");
	EXPECT_EQ(0, strncmp(self->text, "# quarry inject v1\n", 19));
	EXPECT_NE(NULL, strstr(self->text, "# state: idle, verbose=0\n"));
	ASSERT_EQ(0, write_inject("every=3 cache=small"));
	for (i = 0; i < 10; i++)
		call_fails(&call);
	READ("inject");
	EXPECT_NE(NULL, strstr(self->text, "# state: armed"));
	EXPECT_NE(NULL, strstr(self->text, "# injected: alloc 3\n"));
	EXPECT_NE(NULL, strstr(self->text, "   1         10          7          3 every=3 cache=small\n"));
}

static char line_seen[512];

static void keep_line(int level, const char *line)
{
	if (strstr(line, "inject"))
		snprintf(line_seen, sizeof(line_seen), "%s", line);
}

TEST_F(inject, verbose_says_who_and_where)
{
	struct call call = { .heap = self->heap, .gfp = GFP_KERNEL, .size = 77 };
	void (*log)(int level, const char *line) = mirror_log;
	char expected[128];

	call_fails(&call);
	ASSERT_EQ(0, write_inject("times=1"));
	ASSERT_EQ(0, write_inject("verbose=1"));
	mirror_log = keep_line;
	EXPECT_TRUE(call_fails(&call));
	mirror_log = log;
	snprintf(expected, sizeof(expected),
		 "inject: rule 1 fails alloc, 77 bytes of cache pile-80 at ");
	EXPECT_NE(NULL, strstr(line_seen, expected))
		TH_LOG("%s", line_seen);
	snprintf(expected, sizeof(expected),
		 "inject_call.h:%u call_first [quarry_test]", line_of[0][1]);
	EXPECT_NE(NULL, strstr(line_seen, expected))
		TH_LOG("%s", line_seen);
}

/* ------------------------------------------------------------ what it is */

TEST_F(inject, is_no_failure_of_the_cache)
{
	struct call call = { .cache = self->small, .gfp = GFP_KERNEL };
	struct qr_cache_count count;
	u64 events = qr_event_last();

	ASSERT_EQ(0, write_inject("every=1"));
	EXPECT_TRUE(call_fails(&call));
	qr_cache_count(self->small, &count);
	EXPECT_EQ(0, count.failures);
	EXPECT_EQ(events, qr_event_last());
}

TEST_F(inject, bulk_is_all_or_nothing)
{
	void *object[20];
	struct qr_cache_count count;

	ASSERT_EQ(0, write_inject("after=10 times=1"));
	EXPECT_EQ(0, quarry_cache_alloc_bulk(self->small, GFP_KERNEL, 20,
					     object));
	qr_cache_count(self->small, &count);
	EXPECT_EQ(0, count.live);
	EXPECT_EQ(20, quarry_cache_alloc_bulk(self->small, GFP_KERNEL, 20,
					      object));
	quarry_cache_free_bulk(self->small, 20, object);
}

TEST_F(inject, by_address_by_function_alone)
{
	void *object;

	ASSERT_EQ(0, write_inject("site=call_first"));
	object = (quarry_cache_alloc)(self->small, GFP_KERNEL);
	EXPECT_NE(NULL, object);
	quarry_cache_free(self->small, object);
	ASSERT_EQ(0, write_inject("module=quarry_test"));
	EXPECT_EQ(NULL, quarry_cache_alloc(self->small, GFP_KERNEL));
	ASSERT_EQ(0, write_inject("clear"));
	ASSERT_EQ(0, write_inject("module=quarry_tes"));
	EXPECT_NE(NULL, object = quarry_cache_alloc(self->small, GFP_KERNEL));
	quarry_cache_free(self->small, object);
}

static unsigned long hits_of(struct quarry_cache *cache)
{
	struct call call = { .cache = cache, .gfp = GFP_KERNEL };
	struct qr_cache_count before, after;
	unsigned int i;

	qr_cache_count(cache, &before);
	for (i = 0; i < 100; i++)
		call_fails(&call);
	qr_cache_count(cache, &after);
	return after.alloc_hits - before.alloc_hits;
}

TEST_F(inject, magazines_are_closed_only_while_callers_may_fail)
{
	struct quarry_cache *born;

	hits_of(self->small);
	EXPECT_GT(hits_of(self->small), 90);
	/* A rule about others has nothing to do with magazines. */
	ASSERT_EQ(0, write_inject("point=pages,meta after=1000000"));
	EXPECT_GT(hits_of(self->small), 90);
	ASSERT_EQ(0, write_inject("cache=none"));
	EXPECT_EQ(0, hits_of(self->small));
	born = quarry_cache_create("born", 64, 0, 0, NULL);
	EXPECT_EQ(0, hits_of(born));
	/* Nor does draining open them. */
	quarry_cache_shrink(self->small);
	EXPECT_EQ(0, hits_of(self->small));
	ASSERT_EQ(0, write_inject("-2"));
	hits_of(born);
	EXPECT_GT(hits_of(born), 90);
	hits_of(self->small);
	EXPECT_GT(hits_of(self->small), 90);
	ASSERT_EQ(0, write_nth("1000000"));
	EXPECT_EQ(0, hits_of(born));
	ASSERT_EQ(0, write_nth("0"));
	EXPECT_GT(hits_of(born), 90);
	EXPECT_EQ(0, quarry_cache_destroy(born));
}

TEST_F(inject, a_magazine_may_fail_and_nobody_minds)
{
	struct qr_inject_state state;

	ASSERT_EQ(0, write_inject("point=magazine cache=small"));
	EXPECT_EQ(0, hits_of(self->small));
	qr_inject_state(&state);
	EXPECT_GT(state.injected[QR_INJECT_MAGAZINE], 0);
	hits_of(self->other);
	EXPECT_GT(hits_of(self->other), 90);
}

TEST_F(inject, large_orders_fail_and_smaller_do)
{
	void *block;

	ASSERT_EQ(0, write_inject("point=pages order=1-"));
	EXPECT_EQ(NULL, quarry_heap_alloc(self->heap, 50000, GFP_KERNEL));
	block = quarry_heap_kvalloc(self->heap, 50000, GFP_KERNEL);
	EXPECT_NE(NULL, block);
	quarry_free(block);
	block = quarry_heap_alloc(self->heap, 500, GFP_KERNEL);
	EXPECT_NE(NULL, block);
	quarry_free(block);
	ASSERT_EQ(0, write_inject("point=vrun"));
	EXPECT_EQ(NULL, quarry_heap_kvalloc(self->heap, 50000, GFP_KERNEL));
}

/* -------------------------------------------------------------- fail_nth */

TEST_F(inject, nth_fails_once_and_is_read)
{
	struct call call = { .cache = self->small, .gfp = GFP_KERNEL };

	/* Has its site, and a slab. */
	call_fails(&call);
	READ("fail_nth");
	EXPECT_STREQ("0\n", self->text);
	ASSERT_EQ(0, write_nth("3"));
	READ("fail_nth");
	EXPECT_STREQ("3\n", self->text);
	EXPECT_FALSE(call_fails(&call));
	EXPECT_FALSE(call_fails(&call));
	EXPECT_EQ(1, qr_fail_nth_read());
	EXPECT_TRUE(call_fails(&call));
	EXPECT_FALSE(call_fails(&call));
	EXPECT_TRUE(qr_inject_armed);
	READ("fail_nth");
	EXPECT_STREQ("0\n", self->text);
	EXPECT_FALSE(qr_inject_armed);
	ASSERT_EQ(0, write_nth("1"));
	ASSERT_EQ(0, write_nth("0"));
	EXPECT_FALSE(call_fails(&call));
	EXPECT_FALSE(qr_inject_armed);
}

static void call_interrupt(void *data)
{
	struct call *call = data;

	call->size = call_fails(call);
}

TEST_F(inject, nth_does_not_count_interrupts)
{
	struct call call = { .cache = self->small, .gfp = GFP_ATOMIC };

	call_fails(&call);
	ASSERT_EQ(0, write_nth("1"));
	ASSERT_TRUE(mirror_interrupt(call_interrupt, &call));
	EXPECT_EQ(0, call.size);
	EXPECT_EQ(1, qr_fail_nth_read());
	EXPECT_TRUE(call_fails(&call));
	EXPECT_EQ(0, qr_fail_nth_read());
}

/* Of the last thread that armed. */
static const void *armed_by;

static void *arm_and_go(void *unused)
{
	armed_by = qr_platform_self();
	return (void *)(long)write_nth("1000");
}

/* A thread that was joined is there still, for the kernel, for a moment. */
static void *join_and_see_it_go(pthread_t thread)
{
	void *err;

	pthread_join(thread, &err);
	while (qr_platform_is_alive(armed_by))
		sched_yield();
	return err;
}

static void *arm_and_stay(void *data)
{
	pthread_barrier_t *barrier = data;
	void *err = arm_and_go(NULL);

	pthread_barrier_wait(barrier);
	pthread_barrier_wait(barrier);
	return err;
}

TEST_F(inject, nth_is_of_one_thread_and_goes_with_it)
{
	struct call call = { .cache = self->small, .gfp = GFP_KERNEL };
	struct qr_inject_state state;
	pthread_barrier_t barrier;
	pthread_t thread;
	unsigned int i;

	call_fails(&call);
	for (i = 0; i < QR_INJECT_TASKS + 5; i++) {
		pthread_create(&thread, NULL, arm_and_go, NULL);
		ASSERT_EQ(NULL, join_and_see_it_go(thread));
	}
	pthread_barrier_init(&barrier, NULL, 2);
	pthread_create(&thread, NULL, arm_and_stay, &barrier);
	pthread_barrier_wait(&barrier);
	EXPECT_FALSE(call_fails(&call));
	EXPECT_EQ(0, qr_fail_nth_read());
	/* Those that are gone are forgotten; the one that is there is not. */
	ASSERT_EQ(0, write_inject("clear"));
	qr_inject_state(&state);
	EXPECT_EQ(1, state.tasks);
	pthread_barrier_wait(&barrier);
	EXPECT_EQ(NULL, join_and_see_it_go(thread));
	ASSERT_EQ(0, write_inject("clear"));
	EXPECT_FALSE(qr_inject_armed);
}

/* Nobody need write anything for that. */
TEST_F(inject, nth_of_who_is_gone_does_not_outlast_a_tick)
{
	struct call call = { .cache = self->small, .gfp = GFP_KERNEL };
	pthread_t thread;

	call_fails(&call);
	pthread_create(&thread, NULL, arm_and_go, NULL);
	ASSERT_EQ(NULL, join_and_see_it_go(thread));
	EXPECT_TRUE(qr_walk_is_shut());
	ASSERT_EQ(0, write_nth("1000"));
	/* There is one more to wait for, who is asked again. */
	EXPECT_TRUE(qr_age(false));
	EXPECT_TRUE(qr_walk_is_shut());
	EXPECT_EQ(1000, qr_fail_nth_read());
	ASSERT_EQ(0, write_nth("0"));
	EXPECT_FALSE(qr_walk_is_shut());
	pthread_create(&thread, NULL, arm_and_go, NULL);
	ASSERT_EQ(NULL, join_and_see_it_go(thread));
	EXPECT_TRUE(qr_walk_is_shut());
	EXPECT_FALSE(qr_age(false));
	EXPECT_FALSE(qr_walk_is_shut());
	EXPECT_FALSE(qr_inject_armed);
}

/* Rules are nobody's, and wait for nobody. */
TEST_F(inject, a_tick_leaves_rules_alone)
{
	ASSERT_EQ(0, write_inject("every=1000"));
	EXPECT_FALSE(qr_age(false));
	EXPECT_TRUE(qr_walk_is_shut());
	EXPECT_TRUE(qr_inject_armed);
	ASSERT_EQ(0, write_inject("clear"));
}

/* --------------------------------------------------------------- threads */

#define THREADS		6
#define LOOPS		3000

struct racer {
	pthread_t thread;
	struct call call;
	unsigned long failures;
};

static void *race(void *data)
{
	struct racer *racer = data;
	unsigned long i;

	for (i = 0; i < LOOPS; i++)
		racer->failures += call_fails(&racer->call);
	return NULL;
}

/* Rules come and go while others allocate, and caches are made. */
static void flicker(void)
{
	unsigned int i;

	for (i = 0; i < 30; i++) {
		struct quarry_cache *cache;

		write_inject("every=7 cache=flicker*");
		cache = quarry_cache_create("flicker", 40, 0, 0, NULL);
		write_inject(i % 2 ? "clear" : "-2");
		if (!IS_ERR(cache))
			quarry_cache_destroy(cache);
		write_nth("100000");
		write_nth("0");
	}
}

static unsigned long race_all(struct quarry_cache *cache, bool flickers)
{
	struct racer racer[THREADS] = {};
	unsigned long failures = 0;
	unsigned int i;

	for (i = 0; i < THREADS; i++) {
		racer[i].call.cache = cache;
		racer[i].call.gfp = i % 2 ? GFP_KERNEL : GFP_ATOMIC;
		racer[i].call.site = i % 2;
		pthread_create(&racer[i].thread, NULL, race, &racer[i]);
	}
	if (flickers)
		flicker();
	for (i = 0; i < THREADS; i++) {
		pthread_join(racer[i].thread, NULL);
		failures += racer[i].failures;
	}
	return failures;
}

TEST_F_TIMEOUT(inject, every_third_is_exact_among_threads, 120)
{
	ASSERT_EQ(0, write_inject("every=3 cache=small"));
	EXPECT_EQ(THREADS * LOOPS / 3, race_all(self->small, false));
	ASSERT_EQ(0, write_inject("clear"));
	ASSERT_EQ(0, write_inject("after=100 times=50"));
	EXPECT_EQ(50, race_all(self->small, false));
}

TEST_F_TIMEOUT(inject, rules_may_come_and_go_meanwhile, 120)
{
	EXPECT_EQ(0, race_all(self->small, true));
	ASSERT_EQ(0, write_inject("clear"));
	hits_of(self->small);
	EXPECT_GT(hits_of(self->small), 90);
}

TEST_HARNESS_MAIN
