// SPDX-License-Identifier: GPL-2.0-only
/*
 * threads.c - threads as CPUs: they share caches and heaps, free each other's
 * objects, come and go, while levels switch, memory is given back and
 * everything is read.  Built for ThreadSanitizer, and without.
 */
#include "kselftest_harness.h"

#include <pthread.h>

#include "quarry_mirror.h"
#include "check.h"
#include "shadow.h"
#include "world.h"

#define THREADS	6
#define SLOTS	512

FIXTURE(threads) {
	struct qt t;
	struct qm_stage stage;
};

FIXTURE_VARIANT(threads) {
	struct world world;
	enum quarry_level level;
};

FIXTURE_VARIANT_ADD(threads, one_node) {
	.world = { .nodes = 0x1 }, .level = QUARRY_LEVEL_SITE,
};

FIXTURE_VARIANT_ADD(threads, two_nodes) {
	.world = { .nodes = 0x3 }, .level = QUARRY_LEVEL_OFF,
};

FIXTURE_SETUP(threads)
{
	memset(&self->t, 0, sizeof(self->t));
	self->t.name = "threads";
	ASSERT_TRUE(world_begin(&variant->world));
	ASSERT_EQ(0, qm_stage_begin(&self->stage, variant->level));
}

FIXTURE_TEARDOWN(threads)
{
}

struct worker {
	pthread_t thread;
	struct qm_player player;
	struct qm_slot slot[SLOTS];
	unsigned long ops;
};

static struct worker workers[THREADS];

static void *work(void *data)
{
	struct worker *worker = data;

	qm_play(&worker->player, worker->ops);
	return NULL;
}

/* Starts all workers, each for @ops operations. */
static void workers_start(struct qm_stage *stage, unsigned long ops,
			  unsigned int round)
{
	unsigned int i;

	for (i = 0; i < THREADS; i++) {
		struct worker *worker = &workers[i];

		worker->ops = ops;
		if (!round)
			qm_player_begin(&worker->player, stage, worker->slot,
					SLOTS, world_seed() + i);
		pthread_create(&worker->thread, NULL, work, worker);
	}
}

static void workers_join(void)
{
	unsigned int i;

	for (i = 0; i < THREADS; i++)
		pthread_join(workers[i].thread, NULL);
}

static void finish(struct __test_metadata *_metadata, struct qm_stage *stage,
		   struct qt *t)
{
	unsigned int i;

	for (i = 0; i < THREADS; i++) {
		qm_player_end(&workers[i].player);
		ASSERT_EQ(NULL, workers[i].player.fault) {
			TH_LOG("%s at %#lx", workers[i].player.fault,
			       workers[i].player.fault_at);
		}
	}
	qm_stage_end(stage, t);
	ASSERT_EQ(0, t->failures);
	ASSERT_TRUE(world_end());
}

TEST_F_TIMEOUT(threads, share_caches_and_heaps, 600)
{
	unsigned int round;

	/* Threads end and begin anew: CPUs go offline and come back. */
	for (round = 0; round < 5; round++) {
		workers_start(&self->stage, world_scale(10000), round);
		workers_join();
		qt_check_all(&self->t);
	}
	finish(_metadata, &self->stage, &self->t);
}

TEST_F_TIMEOUT(threads, share_while_levels_switch_and_memory_returns, 600)
{
	self->stage.restless = true;
	workers_start(&self->stage, world_scale(30000), 0);
	workers_join();
	finish(_metadata, &self->stage, &self->t);
}

TEST_F_TIMEOUT(threads, share_while_memory_runs_short, 600)
{
	self->stage.restless = true;
	self->stage.may_fail = true;
	mirror_fail_random(MIRROR_FAULT_PAGES, 30);
	workers_start(&self->stage, world_scale(30000), 0);
	workers_join();
	mirror_fail_random(MIRROR_FAULT_PAGES, 0);
	finish(_metadata, &self->stage, &self->t);
}

/* ------------------------------------------------------------- readers */

static int stop;

static bool stopped(void)
{
	return __atomic_load_n(&stop, __ATOMIC_ACQUIRE);
}

static void *read_reports(void *data)
{
	static const char *const name[] = {
		"caches", "slabinfo", "heaps", "sites", "allocinfo", "events",
		"cache/model-1/stats", "cache/model-1/slabs",
		"cache/model-1/sites", "heap/model-1/stats",
		"heap/model-1/classes", "heap/model-1/sites",
	};
	FILE *to = fopen("/dev/null", "w");
	unsigned long *reads = data;
	unsigned int i;

	while (!stopped()) {
		for (i = 0; i < ARRAY_SIZE(name); i++)
			*reads += !mirror_report(name[i], to);
	}
	fclose(to);
	return NULL;
}

/* Caches and heaps come and go beside the readers. */
static void *come_and_go(void *data)
{
	unsigned long *rounds = data;
	unsigned int i;
	void *at[40];

	while (!stopped()) {
		struct quarry_cache *cache;
		struct quarry_heap *heap;

		cache = quarry_cache_create("passing", 50, 0, 0, NULL);
		heap = quarry_heap_create("passing", 0);
		if (IS_ERR(cache) || IS_ERR(heap))
			return NULL;
		for (i = 0; i < 40; i++) {
			at[i] = i & 1 ? quarry_cache_alloc(cache, GFP_KERNEL) :
				quarry_heap_alloc(heap, 90, GFP_KERNEL);
		}
		for (i = 0; i < 40; i++) {
			if (i & 1)
				quarry_cache_free(cache, at[i]);
			else
				quarry_free(at[i]);
		}
		if (quarry_cache_destroy(cache) || quarry_heap_destroy(heap))
			return NULL;
		(*rounds)++;
	}
	return NULL;
}

TEST_F_TIMEOUT(threads, share_while_everything_is_read, 600)
{
	unsigned long reads = 0, rounds = 0;
	pthread_t reader, passer;

	self->stage.restless = true;
	stop = 0;
	workers_start(&self->stage, world_scale(20000), 0);
	pthread_create(&reader, NULL, read_reports, &reads);
	pthread_create(&passer, NULL, come_and_go, &rounds);
	workers_join();
	__atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
	pthread_join(reader, NULL);
	pthread_join(passer, NULL);
	EXPECT_GE(reads, 12);
	EXPECT_GT(rounds, 0);
	finish(_metadata, &self->stage, &self->t);
}

TEST_HARNESS_MAIN
