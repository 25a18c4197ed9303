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
#include "growth.h"
#include "mark.h"
#include "shadow.h"
#include "validate.h"
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

FIXTURE_VARIANT_ADD(threads, level_stack) {
	.world = { .nodes = 0x1 }, .level = QUARRY_LEVEL_STACK,
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

/* Validates again and again beside them. */
static struct {
	pthread_t thread;
	int stop;
	unsigned long runs;
	unsigned long problems;
} watch;

static void *watch_all(void *data)
{
	do {
		watch.problems += qr_validate(watch.runs++ & 1 ? 0 :
					      QR_VALIDATE_STILL);
		/* The magazines must be open for most of the time. */
		usleep(1000);
	} while (!__atomic_load_n(&watch.stop, __ATOMIC_ACQUIRE));
	return NULL;
}

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
	watch.stop = 0;
	pthread_create(&watch.thread, NULL, watch_all, NULL);
}

static void workers_join(void)
{
	unsigned int i;

	for (i = 0; i < THREADS; i++)
		pthread_join(workers[i].thread, NULL);
	__atomic_store_n(&watch.stop, 1, __ATOMIC_RELEASE);
	pthread_join(watch.thread, NULL);
}

static void stage_finish(struct __test_metadata *_metadata,
			 struct qm_stage *stage, struct qt *t)
{
	qm_stage_end(stage, t);
	ASSERT_EQ(0, t->failures);
	ASSERT_TRUE(world_end());
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
	TH_LOG("validated %lu times", watch.runs);
	EXPECT_GT(watch.runs, 0);
	EXPECT_EQ(0, watch.problems);
	stage_finish(_metadata, stage, t);
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

/* Nothing but drains: a CPU that is inside must have left before. */
static void *drain_and_switch(void *data)
{
	struct quarry_cache *cache = data;
	unsigned int round = 0;

	while (!stopped()) {
		quarry_cache_shrink(cache);
		if (!(++round & 3))
			quarry_cache_set_level(cache, (round >> 2) %
						      QR_NR_LEVELS);
	}
	return NULL;
}

static void *alloc_and_free(void *data)
{
	struct quarry_cache *cache = data;
	u64 *object[40];
	unsigned int i;

	while (!stopped()) {
		for (i = 0; i < 40; i++) {
			object[i] = quarry_cache_alloc(cache, GFP_KERNEL);
			if (!object[i])
				abort();
			*object[i] = (unsigned long)&object[i];
		}
		for (i = 0; i < 40; i++) {
			if (*object[i] != (unsigned long)&object[i])
				abort();
			quarry_cache_free(cache, object[i]);
		}
	}
	return NULL;
}

/* How often more objects lived than there was memory for, while slabs come and go. */
static unsigned int count_for(struct quarry_cache *cache, time_t seconds)
{
	time_t end = time(NULL) + 1 + seconds;
	struct qr_cache_count count;
	unsigned int bad = 0;

	while (time(NULL) < end) {
		qr_cache_count(cache, &count);
		bad += count.live + count.quarantined > count.objects;
	}
	return bad;
}

TEST_F_TIMEOUT(threads, share_a_cache_that_is_drained_all_the_time, 300)
{
	struct quarry_cache *cache;
	struct qr_cache_count count;
	pthread_t thread[5];
	unsigned int i;

	cache = quarry_cache_create("drained", 64, 0, 0, NULL);
	ASSERT_FALSE(IS_ERR(cache));
	stop = 0;
	pthread_create(&thread[0], NULL, drain_and_switch, cache);
	for (i = 1; i < 5; i++)
		pthread_create(&thread[i], NULL, alloc_and_free, cache);
	EXPECT_EQ(0, count_for(cache, world_scale(3)));
	__atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
	for (i = 0; i < 5; i++)
		pthread_join(thread[i], NULL);
	qr_cache_count(cache, &count);
	EXPECT_EQ(0, count.live);
	EXPECT_EQ(0, count.findings);
	qt_check_cache(&self->t, cache);
	ASSERT_EQ(0, quarry_cache_destroy(cache));
	stage_finish(_metadata, &self->stage, &self->t);
}

TEST_F_TIMEOUT(threads, share_a_cache_that_is_validated_all_the_time, 300)
{
	unsigned long runs = 0, problems = 0, elsewhere = 0;
	static struct qr_validation result;
	time_t end = time(NULL) + 1 + world_scale(3);
	struct quarry_cache *cache;
	pthread_t thread[3];
	unsigned int i;

	cache = quarry_cache_create("watched", 64, 0, 0, NULL);
	ASSERT_FALSE(IS_ERR(cache));
	stop = 0;
	for (i = 0; i < 3; i++)
		pthread_create(&thread[i], NULL, i ? alloc_and_free :
						     drain_and_switch, cache);
	/* Longer where the machine is slow. */
	while (time(NULL) < end || (runs <= 10 && time(NULL) < end + 60)) {
		problems += qr_validate(runs++ & 1 ? QR_VALIDATE_STILL : 0);
		qr_validate_last(&result);
		elsewhere += result.elsewhere;
	}
	__atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
	for (i = 0; i < 3; i++)
		pthread_join(thread[i], NULL);
	TH_LOG("validated %lu times, %lu objects were on their way", runs,
	       elsewhere);
	EXPECT_EQ(0, problems);
	EXPECT_GT(runs, 10);
	ASSERT_EQ(0, quarry_cache_destroy(cache));
	stage_finish(_metadata, &self->stage, &self->t);
}

static void *read_reports(void *data)
{
	static const char *const name[] = {
		"caches", "slabinfo", "heaps", "sites", "allocinfo", "events",
		"cache/model-1/stats", "cache/model-1/slabs",
		"cache/model-1/sites", "cache/model-1/alloc_traces",
		"heap/model-1/stats", "heap/model-1/classes",
		"heap/model-1/sites", "heap/model-1/alloc_traces", "folded",
		"since_mark", "since/here", "growth",
	};
	FILE *to = fopen("/dev/null", "w");
	unsigned long *reads = data;
	unsigned int i;

	while (!stopped()) {
		char here[] = "here";

		qr_mark_write(here);
		qr_growth_sample(qr_time_ns());
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
