// SPDX-License-Identifier: GPL-2.0-only
/*
 * racing.c - two threads free the same object at the same moment, over and over,
 * while others take the pages that its cache gives back.  What it costs is that
 * object: no other cache's are touched, and nothing is lost.
 */
#include "kselftest_harness.h"

#include <pthread.h>
#include <sched.h>
#include <string.h>

#include "quarry_mirror.h"
#include "check.h"
#include "event.h"
#include "machine.h"
#include "qt.h"
#include "world.h"

#define BYTES	96
#define BURST	400

struct race {
	struct quarry_cache *cache;
	unsigned long rounds;
	/* Rounds that each is ready for, and that the second is done with. */
	unsigned long first;
	unsigned long second;
	unsigned long done;
	void *object;
	int stop;
};

/* Takes many objects and gives them back, so that slabs come and go. */
static void churn(struct quarry_cache *cache, unsigned char value,
		  unsigned long *wrong)
{
	unsigned char *object[BURST];
	unsigned int i, at;

	for (i = 0; i < BURST; i++) {
		object[i] = quarry_cache_alloc(cache, GFP_KERNEL);
		if (!object[i])
			abort();
		memset(object[i], value, BYTES);
	}
	for (i = 0; i < BURST; i++) {
		for (at = 0; wrong && at < BYTES; at++)
			*wrong += object[i][at] != value;
		quarry_cache_free(cache, object[i]);
	}
}

/* Turns on the spot for as long as a race needs, then lets others run. */
static void wait_for(unsigned long *counter, unsigned long round)
{
	unsigned int turns = 0;

	while (__atomic_load_n(counter, __ATOMIC_SEQ_CST) < round)
		if (++turns > 2000)
			sched_yield();
}

static void *free_first(void *data)
{
	struct race *race = data;
	unsigned long round;

	for (round = 1; round <= race->rounds; round++) {
		race->object = quarry_cache_alloc(race->cache, GFP_KERNEL);
		if (!race->object)
			abort();
		memset(race->object, 0xaa, BYTES);
		__atomic_store_n(&race->first, round, __ATOMIC_SEQ_CST);
		wait_for(&race->second, round);
		quarry_cache_free(race->cache, race->object);
		wait_for(&race->done, round);
		if (!(round % 64))
			churn(race->cache, 0xaa, NULL);
		if (!(round % 1024))
			quarry_cache_shrink(race->cache);
	}
	__atomic_store_n(&race->stop, 1, __ATOMIC_SEQ_CST);
	return NULL;
}

static void *free_second(void *data)
{
	struct race *race = data;
	unsigned long round;

	for (round = 1; round <= race->rounds; round++) {
		wait_for(&race->first, round);
		__atomic_store_n(&race->second, round, __ATOMIC_SEQ_CST);
		quarry_cache_free(race->cache, race->object);
		__atomic_store_n(&race->done, round, __ATOMIC_SEQ_CST);
	}
	return NULL;
}

struct victim {
	struct race *race;
	struct quarry_cache *cache;
	unsigned long wrong;
	unsigned long rounds;
};

static void *be_a_victim(void *data)
{
	struct victim *victim = data;

	while (!__atomic_load_n(&victim->race->stop, __ATOMIC_SEQ_CST)) {
		churn(victim->cache, 0x55, &victim->wrong);
		quarry_cache_shrink(victim->cache);
		victim->rounds++;
	}
	return NULL;
}

FIXTURE(racing) { int unused; };
FIXTURE_SETUP(racing) {}
FIXTURE_TEARDOWN(racing) {}

TEST_F_TIMEOUT(racing, costs_one_object_at_most, 300)
{
	struct world world = { .nodes = 0x1, .fill = true };
	struct race race = { .rounds = world_scale(40000) };
	struct victim victim = { .race = &race };
	struct qt t = { .name = "raced" };
	pthread_t thread[3];
	unsigned int i;

	ASSERT_TRUE(world_begin(&world));
	race.cache = quarry_cache_create("raced", BYTES, 0, 0, NULL);
	victim.cache = quarry_cache_create("victim", BYTES, 0, 0, NULL);
	ASSERT_FALSE(IS_ERR(race.cache));
	ASSERT_FALSE(IS_ERR(victim.cache));
	pthread_create(&thread[0], NULL, free_first, &race);
	pthread_create(&thread[1], NULL, free_second, &race);
	pthread_create(&thread[2], NULL, be_a_victim, &victim);
	for (i = 0; i < 3; i++)
		pthread_join(thread[i], NULL);
	qt_print("# %lu races, %lu findings, %lu rounds of others\n",
		 race.rounds, (unsigned long)qr_finding_last(), victim.rounds);
	EXPECT_EQ(0, victim.wrong);
	/* One of the two was refused, or found out later. */
	EXPECT_GE(qr_finding_last(), race.rounds / 2);
	quarry_cache_shrink(race.cache);
	/* A slab that was kept is pinned until its finding is written. */
	mirror_worker_flush();
	qt_check_cache(&t, race.cache);
	qt_check_cache(&t, victim.cache);
	EXPECT_EQ(0, t.failures);
	EXPECT_EQ(0, quarry_cache_destroy(race.cache));
	EXPECT_EQ(0, quarry_cache_destroy(victim.cache));
	ASSERT_TRUE(world_end());
}

TEST_HARNESS_MAIN
