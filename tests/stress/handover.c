// SPDX-License-Identifier: GPL-2.0-only
/*
 * handover.c - objects allocated by one thread and freed by another, read
 * under RCU while they are reused, left behind by threads that exit.
 */
#include "kselftest_harness.h"

#include <pthread.h>

#include <linux/percpu.h>

#include "magazine.h"
#include "quarry_mirror.h"
#include "check.h"
#include "qt.h"
#include "world.h"

#define RING	64

FIXTURE(handover) {
	struct qt t;
	struct quarry_cache *cache;
};

FIXTURE_VARIANT(handover) {
	struct world world;
};

FIXTURE_VARIANT_ADD(handover, one_node) {
	.world = { .nodes = 0x1 },
};

FIXTURE_VARIANT_ADD(handover, two_nodes) {
	.world = { .nodes = 0x3 },
};

static void construct(void *object)
{
	*(u64 *)object = 0x7e57ab1e;
}

FIXTURE_SETUP(handover)
{
	memset(&self->t, 0, sizeof(self->t));
	self->t.name = "handover";
	ASSERT_TRUE(world_begin(&variant->world));
	self->cache = quarry_cache_create("handover", 128, 0,
					  QUARRY_TYPESAFE_BY_RCU, construct);
	ASSERT_FALSE(IS_ERR(self->cache));
}

FIXTURE_TEARDOWN(handover)
{
}

static void finish(struct __test_metadata *_metadata,
		   struct quarry_cache *cache, struct qt *t)
{
	qt_check_cache(t, cache);
	ASSERT_EQ(0, quarry_cache_destroy(cache));
	ASSERT_EQ(0, t->failures);
	ASSERT_TRUE(world_end());
}

/* One writes at @head, one reads at @tail; both only grow. */
struct ring {
	struct quarry_cache *cache;
	unsigned long nr;
	unsigned long head;
	unsigned long tail;
	unsigned long wrong;
	u64 *object[RING];
};

static void *produce(void *data)
{
	struct ring *ring = data;
	unsigned long at;

	for (at = 0; at < ring->nr; at++) {
		u64 *object;

		while (at - __atomic_load_n(&ring->tail, __ATOMIC_ACQUIRE) >=
		       RING)
			sched_yield();
		object = quarry_cache_alloc(ring->cache, GFP_KERNEL);
		if (!object)
			abort();
		object[1] = at;
		object[15] = ~at;
		ring->object[at % RING] = object;
		__atomic_store_n(&ring->head, at + 1, __ATOMIC_RELEASE);
	}
	return NULL;
}

static void *consume(void *data)
{
	struct ring *ring = data;
	unsigned long at;

	for (at = 0; at < ring->nr; at++) {
		u64 *object;

		while (__atomic_load_n(&ring->head, __ATOMIC_ACQUIRE) <= at)
			sched_yield();
		object = ring->object[at % RING];
		ring->wrong += object[1] != at || object[15] != ~at;
		quarry_cache_free(ring->cache, object);
		__atomic_store_n(&ring->tail, at + 1, __ATOMIC_RELEASE);
	}
	return NULL;
}

/* All allocation on one CPU, all freeing on another: the depot's work. */
TEST_F_TIMEOUT(handover, producer_and_consumer, 300)
{
	struct ring ring = {
		.cache = self->cache, .nr = world_scale(300000),
	};
	struct qr_cache_count count;
	pthread_t producer, consumer;

	pthread_create(&producer, NULL, produce, &ring);
	pthread_create(&consumer, NULL, consume, &ring);
	pthread_join(producer, NULL);
	pthread_join(consumer, NULL);
	EXPECT_EQ(0, ring.wrong);
	qr_cache_count(self->cache, &count);
	EXPECT_EQ(0, count.live);
	EXPECT_EQ(ring.nr, count.allocs);
	/* Full magazines travel back; across nodes objects go home singly. */
	if (variant->world.nodes == 1)
		EXPECT_GT(count.depot_exchanges, 100);
	EXPECT_LT(count.slabs_max, 200);
	finish(_metadata, self->cache, &self->t);
}

/* --------------------------------------------------------- RCU readers */

static u64 *shown;
static int stop;

static bool stopped(void)
{
	return __atomic_load_n(&stop, __ATOMIC_ACQUIRE);
}

/* Reused at any time, but always of this type: the constructor's word. */
static void *read_typesafe(void *data)
{
	unsigned long *wrong = data;

	while (!stopped()) {
		u64 *object;

		rcu_read_lock();
		object = __atomic_load_n(&shown, __ATOMIC_ACQUIRE);
		if (object && READ_ONCE(object[0]) != 0x7e57ab1e)
			(*wrong)++;
		rcu_read_unlock();
	}
	return NULL;
}

TEST_F_TIMEOUT(handover, readers_of_reused_objects_see_their_type, 300)
{
	unsigned long wrong[2] = { 0 }, i;
	pthread_t reader[2];
	void *more[100];

	stop = 0;
	for (i = 0; i < 2; i++)
		pthread_create(&reader[i], NULL, read_typesafe, &wrong[i]);
	for (i = 0; i < world_scale(2000); i++) {
		unsigned int nr = qt_fill(self->cache, more, 100);

		__atomic_store_n(&shown, more[i % nr], __ATOMIC_RELEASE);
		sched_yield();
		/* Who found it before may go on looking while it is reused. */
		__atomic_store_n(&shown, NULL, __ATOMIC_RELEASE);
		qt_empty(self->cache, more, nr);
		if (i % 100 == 0)
			quarry_cache_shrink(self->cache);
	}
	__atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
	for (i = 0; i < 2; i++)
		pthread_join(reader[i], NULL);
	EXPECT_EQ(0, wrong[0] + wrong[1]);
	finish(_metadata, self->cache, &self->t);
}

struct deferred {
	u64 magic;
	struct rcu_head rcu;
};

static void *read_deferred(void *data)
{
	unsigned long *wrong = data;

	while (!stopped()) {
		struct deferred *object;

		rcu_read_lock();
		object = (void *)__atomic_load_n(&shown, __ATOMIC_ACQUIRE);
		if (object && READ_ONCE(object->magic) != 0xdefe44ed)
			(*wrong)++;
		rcu_read_unlock();
	}
	return NULL;
}

/* What quarry_free_rcu() has been given stays as it is for its readers. */
TEST_F_TIMEOUT(handover, readers_hold_off_rcu_free, 300)
{
	struct deferred *object, *old = NULL;
	unsigned long wrong[2] = { 0 }, i;
	pthread_t reader[2];

	stop = 0;
	shown = NULL;
	for (i = 0; i < 2; i++)
		pthread_create(&reader[i], NULL, read_deferred, &wrong[i]);
	for (i = 0; i < world_scale(20000); i++) {
		object = quarry_zalloc(sizeof(*object), GFP_KERNEL);
		WRITE_ONCE(object->magic, 0xdefe44ed);
		__atomic_store_n(&shown, (u64 *)object, __ATOMIC_RELEASE);
		quarry_free_rcu(old, rcu);
		old = object;
	}
	__atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
	for (i = 0; i < 2; i++)
		pthread_join(reader[i], NULL);
	quarry_free(old);
	quarry_barrier();
	EXPECT_EQ(0, wrong[0] + wrong[1]);
	finish(_metadata, self->cache, &self->t);
}

/* ------------------------------------------------------- threads that exit */

static void *use_and_exit(void *data)
{
	struct quarry_cache *cache = data;
	void *object[60];
	unsigned int i;

	for (i = 0; i < 20; i++)
		qt_empty(cache, object, qt_fill(cache, object, 60));
	return NULL;
}

TEST_F(handover, exit_drains_magazines)
{
	struct qr_cache_count count;
	pthread_t thread;
	unsigned int i;

	for (i = 0; i < 100; i++) {
		pthread_create(&thread, NULL, use_and_exit, self->cache);
		pthread_join(thread, NULL);
	}
	qr_cache_count(self->cache, &count);
	EXPECT_EQ(0, count.live);
	EXPECT_EQ(100 * 20 * 60, count.allocs);
	/* This thread never used the cache: only a depot may hold objects. */
	for (i = 0; i < nr_cpu_ids; i++) {
		struct qr_cpu *cc = per_cpu_ptr(self->cache->cpus, i);

		EXPECT_EQ(NULL, qr_mag_loaded(cc));
		EXPECT_EQ(NULL, cc->previous);
	}
	finish(_metadata, self->cache, &self->t);
}

/* Objects outlive the CPU that allocated them. */
static void *fill_and_exit(void *data)
{
	void **object = data;

	qt_fill(object[0], object + 1, 50);
	return NULL;
}

TEST_F(handover, objects_outlive_their_cpu)
{
	struct qr_cache_count count;
	pthread_t thread;
	void *object[51];

	object[0] = self->cache;
	pthread_create(&thread, NULL, fill_and_exit, object);
	pthread_join(thread, NULL);
	qr_cache_count(self->cache, &count);
	EXPECT_EQ(50, count.live);
	qt_check_cache(&self->t, self->cache);
	qt_empty(self->cache, object + 1, 50);
	finish(_metadata, self->cache, &self->t);
}

/* A cache destroyed with live objects goes when another thread frees them. */
static void *free_last(void *data)
{
	void **object = data;

	qt_empty(object[0], object + 1, 50);
	return NULL;
}

TEST_F(handover, destroyed_cache_goes_with_the_last_free)
{
	struct quarry_cache *cache;
	pthread_t thread[2];
	void *object[51];
	unsigned int i;

	for (i = 0; i < 30; i++) {
		cache = quarry_cache_create("short", 200, 0, 0, NULL);
		ASSERT_FALSE(IS_ERR(cache));
		object[0] = cache;
		ASSERT_EQ(50, qt_fill(cache, object + 1, 50));
		if (i & 1)
			ASSERT_EQ(-EBUSY, quarry_cache_destroy(cache));
		pthread_create(&thread[0], NULL, free_last, object);
		if (!(i & 1))
			quarry_cache_destroy(cache);
		pthread_join(thread[0], NULL);
		ASSERT_TRUE(qt_cache_gone(cache, 5000));
	}
	finish(_metadata, self->cache, &self->t);
}

TEST_HARNESS_MAIN
