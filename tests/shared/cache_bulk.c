// SPDX-License-Identifier: GPL-2.0-only
/*
 * cache_bulk.c - cases: several objects in one call, all of them or none.
 */

#include "qt.h"
#include "cases.h"

#define BULK	100

static void *object[BULK];

QT_CASE(cache_bulk_alloc_gives_all)
{
	static const unsigned int nr[] = { 1, 2, 7, 16, 33, 64, BULK };
	struct quarry_cache *cache = qt_cache(t, 96, 0, 0, NULL);
	unsigned int i, j;

	if (!cache)
		return;
	for (i = 0; i < ARRAY_SIZE(nr); i++) {
		QT_EXPECT_EQ(t, quarry_cache_alloc_bulk(cache, GFP_KERNEL,
							nr[i], object),
			     nr[i]);
		for (j = 0; j < nr[i]; j++)
			memset(object[j], j, 96);
		for (j = 0; j < nr[i]; j++)
			QT_EXPECT_BYTES(t, object[j], j, 96);
		QT_EXPECT_EQ(t, qt_count(t, cache).live, nr[i]);
		quarry_cache_free_bulk(cache, nr[i], object);
		QT_EXPECT_EQ(t, qt_count(t, cache).live, 0);
	}
}

QT_CASE(cache_bulk_alloc_of_none_gives_none)
{
	struct quarry_cache *cache = qt_cache(t, 96, 0, 0, NULL);

	if (!cache)
		return;
	QT_EXPECT_EQ(t, quarry_cache_alloc_bulk(cache, GFP_KERNEL, 0, NULL),
		     0);
	quarry_cache_free_bulk(cache, 0, NULL);
	QT_EXPECT_EQ(t, qt_count(t, cache).allocs, 0);
	QT_EXPECT_EQ(t, qt_count(t, cache).frees, 0);
}

QT_CASE(cache_bulk_alloc_zeroes_when_asked)
{
	struct quarry_cache *cache = qt_cache(t, 96, 0, 0, NULL);
	unsigned int round, i;

	if (!cache)
		return;
	for (round = 0; round < 3; round++) {
		QT_EXPECT_EQ(t, quarry_cache_alloc_bulk(cache, GFP_KERNEL |
							__GFP_ZERO, BULK,
							object), BULK);
		for (i = 0; i < BULK; i++) {
			QT_EXPECT_BYTES(t, object[i], 0, 96);
			memset(object[i], 0xee, 96);
		}
		quarry_cache_free_bulk(cache, BULK, object);
	}
}

QT_CASE(cache_bulk_free_takes_single_allocs)
{
	struct quarry_cache *cache = qt_cache(t, 96, 0, 0, NULL);

	if (!cache)
		return;
	QT_EXPECT_EQ(t, qt_fill(cache, object, BULK), BULK);
	quarry_cache_free_bulk(cache, BULK, object);
	QT_EXPECT_EQ(t, qt_count(t, cache).live, 0);
	QT_EXPECT_EQ(t, qt_count(t, cache).frees, BULK);
}

QT_CASE(cache_bulk_objects_free_singly)
{
	struct quarry_cache *cache = qt_cache(t, 96, 0, 0, NULL);

	if (!cache)
		return;
	QT_EXPECT_EQ(t, quarry_cache_alloc_bulk(cache, GFP_KERNEL, BULK,
						object), BULK);
	qt_empty(cache, object, BULK);
	QT_EXPECT_EQ(t, qt_count(t, cache).live, 0);
}

QT_CASE(cache_bulk_free_refuses_double)
{
	struct quarry_cache *cache = qt_cache(t, 96, 0, 0, NULL);
	u64 seq = qr_event_last();
	void *twice[2];

	if (!cache)
		return;
	twice[0] = quarry_cache_alloc(cache, GFP_KERNEL);
	twice[1] = twice[0];
	quarry_cache_free_bulk(cache, 2, twice);
	QT_EXPECT_EVENT(t, seq, QR_EVENT_DOUBLE_FREE);
	QT_EXPECT_EQ(t, qt_count(t, cache).frees, 1);
}

QT_CASE(cache_bulk_free_skips_foreign)
{
	struct quarry_cache *cache = qt_cache(t, 96, 0, 0, NULL);
	u64 seq = qr_event_last();
	void *mixed[3];
	int on_stack;

	if (!cache)
		return;
	mixed[0] = quarry_cache_alloc(cache, GFP_KERNEL);
	mixed[1] = &on_stack;
	mixed[2] = quarry_cache_alloc(cache, GFP_KERNEL);
	quarry_cache_free_bulk(cache, 3, mixed);
	QT_EXPECT_EVENT(t, seq, QR_EVENT_INVALID_FREE);
	QT_EXPECT_EQ(t, qt_count(t, cache).live, 0);
}
