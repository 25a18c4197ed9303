// SPDX-License-Identifier: GPL-2.0-only
/*
 * cache_memory.c - cases: what a cache holds, gives back, keeps in reserve,
 * and how it counts all that; the levels; RCU.
 */
#include <linux/rcupdate.h>

#include "qt.h"
#include "age.h"
#include "cases.h"
#include "meta.h"
#include "slab.h"

#define MANY	400

static void *many[MANY];

QT_CASE(cache_shrink_returns_empty_slabs)
{
	struct quarry_cache *cache = qt_cache(t, 1024, 0, 0, NULL);
	struct qr_cache_count count;
	unsigned long pages;

	if (!cache)
		return;
	QT_EXPECT_EQ(t, qt_fill(cache, many, MANY), MANY);
	QT_EXPECT_GE(t, qt_count(t, cache).pages * PAGE_SIZE, MANY * 1024UL);
	qt_empty(cache, many, MANY);
	pages = qt_count(t, cache).pages;
	QT_EXPECT_EQ(t, quarry_cache_shrink(cache), pages);
	count = qt_count(t, cache);
	QT_EXPECT_EQ(t, count.pages, 0);
	QT_EXPECT_EQ(t, count.slabs, 0);
	QT_EXPECT_EQ(t, count.cached, 0);
	QT_EXPECT_EQ(t, count.slabs_created, count.slabs_destroyed);
}

QT_CASE(cache_shrink_keeps_live_objects)
{
	struct quarry_cache *cache = qt_cache(t, 1024, 0, 0, NULL);
	unsigned int i;

	if (!cache)
		return;
	QT_EXPECT_EQ(t, qt_fill(cache, many, MANY), MANY);
	for (i = 0; i < MANY; i++)
		memset(many[i], i, 1024);
	for (i = 0; i < MANY; i += 2)
		quarry_cache_free(cache, many[i]);
	quarry_cache_shrink(cache);
	QT_EXPECT_EQ(t, qt_count(t, cache).live, MANY / 2);
	for (i = 1; i < MANY; i += 2) {
		QT_EXPECT_BYTES(t, many[i], i, 1024);
		quarry_cache_free(cache, many[i]);
	}
}

QT_CASE(cache_shrink_of_new_returns_none)
{
	struct quarry_cache *cache = qt_cache(t, 1024, 0, 0, NULL);

	if (cache)
		QT_EXPECT_EQ(t, quarry_cache_shrink(cache), 0);
}

QT_CASE(cache_free_gives_memory_back_unasked)
{
	struct quarry_cache *cache = qt_cache(t, 4096, 0, 0, NULL);
	struct qr_cache_count count;
	unsigned long peak;

	if (!cache)
		return;
	QT_EXPECT_EQ(t, qt_fill(cache, many, MANY), MANY);
	peak = qt_count(t, cache).pages;
	qt_empty(cache, many, MANY);
	/* Two ticks of the clock. */
	qr_age(false);
	qr_age(false);
	count = qt_count(t, cache);
	/* What remains is the reserve and what the magazines of CPUs hold. */
	QT_EXPECT_LT(t, count.pages, peak / 8);
	QT_EXPECT_LE(t, count.slabs_empty,
		     cache->reserve * nr_node_ids);
	QT_EXPECT_EQ(t, count.pages_max, peak);
}

QT_CASE(cache_reserve_keeps_an_empty_slab)
{
	struct quarry_cache *cache = qt_cache(t, 16384, 0, 0, NULL);
	unsigned long created;
	unsigned int i;

	if (!cache || !QT_EXPECT_GT(t, cache->reserve, 0))
		return;
	QT_EXPECT_EQ(t, qt_fill(cache, many, 64), 64);
	qt_empty(cache, many, 64);
	created = qt_count(t, cache).slabs_created;
	for (i = 0; i < 100; i++) {
		many[0] = quarry_cache_alloc(cache, GFP_KERNEL);
		quarry_cache_free(cache, many[0]);
	}
	QT_EXPECT_EQ(t, qt_count(t, cache).slabs_created, created);
}

QT_CASE(cache_count_agrees_with_what_was_done)
{
	struct quarry_cache *cache = qt_cache(t, 64, 0, 0, NULL);
	struct qr_cache_count count;

	if (!cache)
		return;
	count = qt_count(t, cache);
	QT_EXPECT_EQ(t, count.allocs, 0);
	QT_EXPECT_EQ(t, count.objects, 0);
	QT_EXPECT_EQ(t, count.pages, 0);
	QT_EXPECT_EQ(t, qt_fill(cache, many, MANY), MANY);
	qt_empty(cache, many, 100);
	count = qt_count(t, cache);
	QT_EXPECT_EQ(t, count.allocs, MANY);
	QT_EXPECT_EQ(t, count.frees, 100);
	QT_EXPECT_EQ(t, count.live, MANY - 100);
	QT_EXPECT_GE(t, count.out_max, MANY);
	QT_EXPECT_EQ(t, count.failures, 0);
	QT_EXPECT_EQ(t, count.findings, 0);
	QT_EXPECT_GT(t, count.alloc_hits, 0);
	QT_EXPECT_GT(t, count.alloc_misses, 0);
	QT_EXPECT_GT(t, count.refills, 0);
	QT_EXPECT_GT(t, count.meta_bytes, 0);
	qt_empty(cache, many + 100, MANY - 100);
}

QT_CASE(cache_count_misses_are_exact)
{
	struct quarry_cache *cache = qt_cache(t, 1000, 0, 0, NULL);
	struct qr_cache_count count;

	if (!cache)
		return;
	QT_EXPECT_EQ(t, qt_fill(cache, many, MANY), MANY);
	count = qt_count(t, cache);
	/* Nothing was freed: a miss is a refill or goes around magazines. */
	QT_EXPECT_EQ(t, count.alloc_misses,
		     count.refills + count.direct_allocs);
	QT_EXPECT_EQ(t, count.alloc_hits,
		     MANY - count.refills - count.direct_allocs);
	qt_empty(cache, many, MANY);
}

QT_CASE(cache_count_flushes_are_seen)
{
	struct quarry_cache *cache = qt_cache(t, 4096, 0, 0, NULL);
	struct qr_cache_count count;

	if (!cache)
		return;
	QT_EXPECT_EQ(t, qt_fill(cache, many, MANY), MANY);
	qt_empty(cache, many, MANY);
	count = qt_count(t, cache);
	QT_EXPECT_GT(t, count.flushes, 0);
	QT_EXPECT_GT(t, count.free_misses, 0);
	QT_EXPECT_GT(t, count.depot_exchanges, 0);
}

/* Half of these are more than a depot holds of a smaller set. */
#define SET	1200U
#define SET_ROUNDS	6U

static void *set[SET];

/* Frees every second one and takes as many again. */
static void renew_half(struct quarry_cache *cache)
{
	unsigned int i;

	for (i = 0; i < SET; i += 2)
		quarry_cache_free(cache, set[i]);
	for (i = 0; i < SET; i += 2)
		set[i] = quarry_cache_alloc(cache, GFP_KERNEL);
}

QT_CASE(cache_depot_grows_with_the_set)
{
	struct quarry_cache *cache = qt_cache(t, 4096, 0, 0, NULL);
	unsigned long flushes;

	if (!cache)
		return;
	QT_EXPECT_EQ(t, qt_fill(cache, set, SET), SET);
	renew_half(cache);
	flushes = qt_count(t, cache).flushes;
	renew_half(cache);
	/* A few more if we were moved to another CPU meanwhile. */
	QT_EXPECT_LE(t, qt_count(t, cache).flushes - flushes,
		     SET / 2 / SET_ROUNDS / 4);
	qt_empty(cache, set, SET);
	QT_EXPECT_GE(t, qt_count(t, cache).cached, SET / 4);
	qr_age(false);
	qr_age(false);
	QT_EXPECT_LT(t, qt_count(t, cache).cached, SET / 4);
}

QT_CASE(cache_meta_returns_to_what_it_was)
{
	unsigned long held = qr_meta_held();
	struct quarry_cache *cache = qt_cache(t, 256, 0, 0, NULL);

	if (!cache)
		return;
	QT_EXPECT_EQ(t, qt_fill(cache, many, MANY), MANY);
	QT_EXPECT_GT(t, qr_meta_held(), 0);
	qt_empty(cache, many, MANY);
	qt_forget_cache(t, cache);
	QT_EXPECT_EQ(t, quarry_cache_destroy(cache), 0);
	/* The call sites of this very case stay numbered. */
	QT_EXPECT_LE(t, qr_meta_held(), held + 4 * PAGE_SIZE);
}

/* ----------------------------------------------------------------- age */

QT_CASE(cache_age_keeps_what_is_used)
{
	struct quarry_cache *cache = qt_cache(t, 256, 0, 0, NULL);
	unsigned long created = 0;
	unsigned int round;

	if (!cache)
		return;
	for (round = 0; round < 12; round++) {
		QT_EXPECT_EQ(t, qt_fill(cache, many, MANY), MANY);
		qt_empty(cache, many, MANY);
		qr_age(false);
		/* By then the magazines have the size that the traffic needs. */
		if (round == 7)
			created = qt_count(t, cache).slabs_created;
	}
	QT_EXPECT_EQ(t, qt_count(t, cache).slabs_created, created);
	QT_EXPECT_GT(t, qt_count(t, cache).cached, 0);
}

QT_CASE(cache_age_gives_back_what_rests)
{
	struct quarry_cache *cache = qt_cache(t, 256, 0, 0, NULL);
	struct qr_cache_count count;
	unsigned int tick;

	if (!cache)
		return;
	QT_EXPECT_EQ(t, qt_fill(cache, many, MANY), MANY);
	qt_empty(cache, many + 1, MANY - 1);
	count = qt_count(t, cache);
	QT_EXPECT_GT(t, count.cached, 0);
	/* The stock of the depot goes first, within two ticks. */
	qr_age(false);
	qr_age(false);
	QT_EXPECT_LT(t, qt_count(t, cache).cached, count.cached);
	for (tick = 0; tick < 4; tick++)
		qr_age(false);
	count = qt_count(t, cache);
	QT_EXPECT_EQ(t, count.cached, 0);
	QT_EXPECT_EQ(t, count.live, 1);
	qt_empty(cache, many, 1);
}

QT_CASE(cache_age_under_pressure_waits_for_nothing)
{
	struct quarry_cache *cache = qt_cache(t, 256, 0, 0, NULL);

	if (!cache)
		return;
	QT_EXPECT_EQ(t, qt_fill(cache, many, MANY), MANY);
	qt_empty(cache, many, MANY);
	QT_EXPECT_GT(t, qt_count(t, cache).cached, 0);
	qr_age(true);
	QT_EXPECT_EQ(t, qt_count(t, cache).cached, 0);
	QT_EXPECT_EQ(t, qt_count(t, cache).slabs, 0);
}

/* -------------------------------------------------------------- levels */

static void use_at_level(struct qt *t, enum quarry_level level)
{
	struct quarry_cache *cache = qt_cache(t, 200, 0, 0, NULL);
	unsigned int i;

	if (!cache)
		return;
	QT_EXPECT_EQ(t, quarry_cache_set_level(cache, level), 0);
	QT_EXPECT_EQ(t, qt_fill(cache, many, MANY), MANY);
	for (i = 0; i < MANY; i++)
		memset(many[i], i, 200);
	for (i = 0; i < MANY; i++)
		QT_EXPECT_BYTES(t, many[i], i, 200);
	QT_EXPECT_EQ(t, qt_count(t, cache).live, MANY);
	QT_EXPECT_EQ(t, qt_slab(many[0])->level, level);
	qt_empty(cache, many, MANY);
}

QT_CASE(level_off_serves)
{
	use_at_level(t, QUARRY_LEVEL_OFF);
}

QT_CASE(level_site_serves)
{
	use_at_level(t, QUARRY_LEVEL_SITE);
}

QT_CASE(level_stack_serves)
{
	use_at_level(t, QUARRY_LEVEL_STACK);
}

QT_CASE(level_unknown_refused)
{
	struct quarry_cache *cache = qt_cache(t, 200, 0, 0, NULL);

	if (!cache)
		return;
	QT_EXPECT_EQ(t, quarry_cache_set_level(cache, QR_NR_LEVELS),
		     -EINVAL);
	QT_EXPECT_EQ(t, quarry_cache_set_level(cache, -2), -EINVAL);
	QT_EXPECT_EQ(t, quarry_cache_set_level(cache, 1000), -EINVAL);
	QT_EXPECT_EQ(t, quarry_cache_set_level(cache, QUARRY_LEVEL_DEFAULT),
		     0);
}

QT_CASE(level_switch_keeps_live_objects)
{
	static const enum quarry_level level[] = {
		QUARRY_LEVEL_OFF, QUARRY_LEVEL_STACK, QUARRY_LEVEL_SITE,
		QUARRY_LEVEL_STACK,
	};
	struct quarry_cache *cache = qt_cache(t, 200, 0, 0, NULL);
	unsigned int i, j;

	if (!cache)
		return;
	for (i = 0; i < 4; i++) {
		QT_EXPECT_EQ(t, quarry_cache_set_level(cache, level[i]), 0);
		QT_EXPECT_EQ(t, qt_fill(cache, many + 100 * i, 100), 100);
		for (j = 0; j < 100; j++)
			memset(many[100 * i + j], i, 200);
		QT_EXPECT_EQ(t, qt_count(t, cache).live, 100 * (i + 1));
	}
	for (i = 0; i < MANY; i++)
		QT_EXPECT_BYTES(t, many[i], i / 100, 200);
	for (i = 0; i < MANY; i++)
		quarry_cache_free(cache, many[(i * 7) % MANY]);
	QT_EXPECT_EQ(t, qt_count(t, cache).live, 0);
	quarry_cache_shrink(cache);
	QT_EXPECT_EQ(t, qt_count(t, cache).slabs, 0);
}

QT_CASE(level_switch_returns_slabs_of_the_old_level)
{
	struct quarry_cache *cache = qt_cache(t, 200, 0, 0, NULL);

	if (!cache)
		return;
	QT_EXPECT_EQ(t, qt_fill(cache, many, MANY), MANY);
	QT_EXPECT_EQ(t, quarry_cache_set_level(cache, QUARRY_LEVEL_OFF), 0);
	qt_empty(cache, many, MANY);
	/* Not even the reserve is of use any more. */
	QT_EXPECT_EQ(t, qt_count(t, cache).slabs, 0);
}

QT_CASE(level_switch_holds_for_new_objects)
{
	struct quarry_cache *cache = qt_cache(t, 200, 0, 0, NULL);
	void *object;

	if (!cache)
		return;
	QT_EXPECT_EQ(t, qt_fill(cache, many, 3), 3);
	QT_EXPECT_EQ(t, quarry_cache_set_level(cache, QUARRY_LEVEL_OFF), 0);
	object = quarry_cache_alloc(cache, GFP_KERNEL);
	QT_EXPECT_EQ(t, qt_slab(object)->level, QUARRY_LEVEL_OFF);
	QT_EXPECT_EQ(t, qt_slab(many[0])->level, QUARRY_LEVEL_SITE);
	quarry_cache_free(cache, object);
	qt_empty(cache, many, 3);
}

/* ----------------------------------------------------------------- RCU */

struct deferred {
	unsigned long magic;
	struct rcu_head rcu;
	char rest[40];
};

QT_CASE(rcu_free_is_done_after_barrier)
{
	struct quarry_cache *cache;
	struct deferred *object;
	unsigned int i;

	cache = qt_cache(t, sizeof(*object), 0, 0, NULL);
	if (!cache)
		return;
	QT_EXPECT_EQ(t, qt_fill(cache, many, 100), 100);
	for (i = 0; i < 100; i++) {
		object = many[i];
		quarry_free_rcu(object, rcu);
	}
	quarry_cache_barrier(cache);
	QT_EXPECT_EQ(t, qt_count(t, cache).live, 0);
	QT_EXPECT_EQ(t, qt_count(t, cache).frees, 100);
}

QT_CASE(rcu_free_waits_for_readers)
{
	struct quarry_cache *cache;
	struct deferred *object;

	cache = qt_cache(t, sizeof(*object), 0, 0, NULL);
	if (!cache)
		return;
	object = quarry_cache_alloc(cache, GFP_KERNEL);
	if (!QT_EXPECT_PTR(t, object))
		return;
	rcu_read_lock();
	object->magic = 0x600d;
	quarry_free_rcu(object, rcu);
	QT_EXPECT_EQ(t, quarry_cache_of(object), cache);
	QT_EXPECT_EQ(t, object->magic, 0x600d);
	rcu_read_unlock();
	quarry_barrier();
	QT_EXPECT_EQ(t, qt_count(t, cache).live, 0);
}

QT_CASE(rcu_free_null_ignored)
{
	struct deferred *none = NULL;
	u64 seq = qr_event_last();

	quarry_free_rcu(none, rcu);
	quarry_barrier();
	QT_EXPECT_QUIET(t, seq);
}

QT_CASE(rcu_free_of_heap_block_is_done)
{
	struct quarry_heap *heap = qt_heap(t, 0);
	struct deferred *small, *large;

	if (!heap)
		return;
	small = quarry_heap_alloc(heap, sizeof(*small), GFP_KERNEL);
	large = quarry_heap_alloc(heap, 100000, GFP_KERNEL);
	quarry_free_rcu(small, rcu);
	quarry_free_rcu(large, rcu);
	quarry_barrier();
	QT_EXPECT_NULL(t, quarry_heap_of(large));
}

QT_CASE(rcu_typesafe_slab_outlives_readers)
{
	struct quarry_cache *cache;
	unsigned long *object;

	cache = qt_cache(t, 64, 0, QUARRY_TYPESAFE_BY_RCU, NULL);
	if (!cache)
		return;
	object = quarry_cache_alloc(cache, GFP_KERNEL);
	if (!QT_EXPECT_PTR(t, object))
		return;
	*object = 0x5afe;
	rcu_read_lock();
	quarry_cache_free(cache, object);
	/* Perhaps freed, perhaps reused, but still of this type. */
	QT_EXPECT_EQ(t, READ_ONCE(*object), 0x5afe);
	rcu_read_unlock();
	quarry_cache_shrink(cache);
	quarry_barrier();
	QT_EXPECT_EQ(t, qt_count(t, cache).slabs, 0);
}
