// SPDX-License-Identifier: GPL-2.0-only
/*
 * cache_ctor.c - cases: a constructor runs once for each object of a slab's
 * life, and what it made is found again after free.
 */
#include <linux/atomic.h>

#include "qt.h"
#include "cases.h"

#define MAGIC	0x0123456789abcdefUL

struct built {
	unsigned long magic;
	unsigned long uses;
	char rest[72];
};

static atomic_long_t constructed;

static void construct(void *object)
{
	struct built *built = object;

	built->magic = MAGIC;
	built->uses = 0;
	atomic_long_inc(&constructed);
}

static struct quarry_cache *ctor_cache(struct qt *t, unsigned long flags)
{
	atomic_long_set(&constructed, 0);
	return qt_cache(t, sizeof(struct built), 0, flags, construct);
}

QT_CASE(ctor_runs_once_an_object)
{
	struct quarry_cache *cache = ctor_cache(t, 0);
	struct qr_cache_count count;
	unsigned int i;

	if (!cache)
		return;
	for (i = 0; i < 200; i++) {
		struct built *built = quarry_cache_alloc(cache, GFP_KERNEL);

		if (!QT_EXPECT_PTR(t, built))
			return;
		QT_EXPECT_EQ(t, built->magic, MAGIC);
		built->uses++;
		quarry_cache_free(cache, built);
	}
	count = qt_count(t, cache);
	QT_EXPECT_EQ(t, count.slabs_created, 1);
	QT_EXPECT_EQ(t, atomic_long_read(&constructed), count.objects);
}

QT_CASE(ctor_state_survives_free)
{
	struct quarry_cache *cache = ctor_cache(t, 0);
	unsigned long uses = 0;
	struct built *built;
	unsigned int i;

	if (!cache)
		return;
	for (i = 0; i < 500; i++) {
		built = quarry_cache_alloc(cache, GFP_KERNEL);
		if (!QT_EXPECT_PTR(t, built))
			return;
		uses = max(uses, ++built->uses);
		quarry_cache_free(cache, built);
	}
	/* One of a slab's few dozen objects must have come back often. */
	QT_EXPECT_GT(t, uses, 1);
}

QT_CASE(ctor_runs_again_for_new_slab)
{
	struct quarry_cache *cache = ctor_cache(t, 0);
	struct built *built;

	if (!cache)
		return;
	built = quarry_cache_alloc(cache, GFP_KERNEL);
	if (!QT_EXPECT_PTR(t, built))
		return;
	built->magic = 0;
	quarry_cache_free(cache, built);
	quarry_cache_shrink(cache);
	QT_EXPECT_EQ(t, qt_count(t, cache).slabs, 0);
	atomic_long_set(&constructed, 0);
	built = quarry_cache_alloc(cache, GFP_KERNEL);
	if (!QT_EXPECT_PTR(t, built))
		return;
	QT_EXPECT_EQ(t, built->magic, MAGIC);
	QT_EXPECT_EQ(t, atomic_long_read(&constructed),
		     qt_count(t, cache).objects);
	quarry_cache_free(cache, built);
}

QT_CASE(ctor_zalloc_refused)
{
	struct quarry_cache *cache = ctor_cache(t, 0);
	u64 seq = qr_event_last();

	if (!cache)
		return;
	QT_EXPECT_NULL(t, quarry_cache_zalloc(cache, GFP_KERNEL));
	QT_EXPECT_EVENT(t, seq, QR_EVENT_BAD_GFP);
}

QT_CASE(ctor_bulk_zero_refused)
{
	struct quarry_cache *cache = ctor_cache(t, 0);
	u64 seq = qr_event_last();
	void *object[4];

	if (!cache)
		return;
	QT_EXPECT_EQ(t, quarry_cache_alloc_bulk(cache, GFP_KERNEL | __GFP_ZERO,
						4, object), 0);
	QT_EXPECT_TRUE(t, qt_event_after(t, seq, QR_EVENT_BAD_GFP));
	QT_EXPECT_EQ(t, qt_count(t, cache).live, 0);
}

QT_CASE(ctor_objects_of_bulk_are_built)
{
	struct quarry_cache *cache = ctor_cache(t, 0);
	void *object[50];
	unsigned int i;

	if (!cache)
		return;
	QT_EXPECT_EQ(t, quarry_cache_alloc_bulk(cache, GFP_KERNEL, 50, object),
		     50);
	for (i = 0; i < 50; i++)
		QT_EXPECT_EQ(t, ((struct built *)object[i])->magic, MAGIC);
	quarry_cache_free_bulk(cache, 50, object);
}

/* Constructors run with no lock held: they may allocate. */
static struct quarry_cache *inner;
static void *inner_object[256];
static unsigned int nr_inner;

static void construct_allocating(void *object)
{
	construct(object);
	if (nr_inner < ARRAY_SIZE(inner_object))
		inner_object[nr_inner++] = quarry_cache_alloc(inner,
							      GFP_KERNEL);
}

QT_CASE(ctor_may_allocate)
{
	struct quarry_cache *cache;
	struct built *built;

	nr_inner = 0;
	inner = qt_cache(t, 40, 0, 0, NULL);
	cache = qt_cache(t, sizeof(*built), 0, 0, construct_allocating);
	if (!inner || !cache)
		return;
	built = quarry_cache_alloc(cache, GFP_KERNEL);
	if (QT_EXPECT_PTR(t, built))
		quarry_cache_free(cache, built);
	QT_EXPECT_GT(t, nr_inner, 0);
	qt_empty(inner, inner_object, nr_inner);
}
