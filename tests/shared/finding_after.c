// SPDX-License-Identifier: GPL-2.0-only
/*
 * finding_after.c - cases: what is destroyed and used nevertheless, and what a
 * finding leads to.
 */
#include <linux/delay.h>

#include "qt.h"
#include "cases.h"
#include "found.h"
#include "layout.h"
#include "slab.h"

#define BYTES		80
#define MANY		200
#define WAIT_MS		5000

/* ------------------------------------------------- after the destruction */

QT_CASE(finding_of_dead_cache_for_every_call)
{
	struct quarry_cache *cache = qt_cache(t, BYTES, 0, 0, NULL);
	void *object, *bulk[4];
	u64 nr;

	if (!cache)
		return;
	object = quarry_cache_alloc(cache, GFP_KERNEL);
	QT_EXPECT_EQ(t, quarry_cache_destroy(cache), -EBUSY);
	qt_forget_cache(t, cache);
	nr = qr_finding_last();
	QT_EXPECT_NULL(t, quarry_cache_alloc(cache, GFP_KERNEL));
	QT_EXPECT_TRUE(t, found_one(t, nr++, QR_EVENT_DEAD));
	QT_EXPECT_EQ(t, quarry_cache_alloc_bulk(cache, GFP_KERNEL, 4, bulk), 0);
	QT_EXPECT_TRUE(t, found_one(t, nr++, QR_EVENT_DEAD));
	QT_EXPECT_EQ(t, quarry_cache_shrink(cache), 0);
	QT_EXPECT_TRUE(t, found_one(t, nr++, QR_EVENT_DEAD));
	QT_EXPECT_EQ(t, quarry_cache_set_level(cache, QUARRY_LEVEL_OFF),
		     -EINVAL);
	QT_EXPECT_TRUE(t, found_one(t, nr++, QR_EVENT_DEAD));
	QT_EXPECT_EQ(t, quarry_cache_destroy(cache), -EINVAL);
	QT_EXPECT_TRUE(t, found_one(t, nr++, QR_EVENT_DEAD));
	found_me(t);
	/* What is out may still come back, and completes it. */
	quarry_cache_free(cache, object);
	QT_EXPECT_EQ(t, qr_finding_last(), nr);
	QT_EXPECT_TRUE(t, qt_cache_gone(cache, WAIT_MS));
	/* Now there is nothing to look at. */
	QT_EXPECT_EQ(t, quarry_cache_destroy(cache), -EINVAL);
	QT_EXPECT_TRUE(t, found_one(t, nr++, QR_EVENT_DEAD));
	QT_EXPECT_EQ(t, found.event.owner[0], 0);
	QT_EXPECT_EQ(t, quarry_cache_shrink(cache), 0);
	QT_EXPECT_TRUE(t, found_one(t, nr++, QR_EVENT_DEAD));
	QT_EXPECT_EQ(t, quarry_cache_set_level(cache, QUARRY_LEVEL_OFF),
		     -EINVAL);
	QT_EXPECT_TRUE(t, found_one(t, nr++, QR_EVENT_DEAD));
	/* Its object is not one any more, and its counts are not written. */
	quarry_cache_free(cache, object);
	QT_EXPECT_TRUE(t, found_one(t, nr++, QR_EVENT_DEAD));
}

QT_CASE(finding_of_dead_heap_for_every_call)
{
	struct quarry_heap *heap = qt_heap(t, 1 << 20);
	void *block;
	u64 nr;

	if (!heap)
		return;
	block = quarry_heap_alloc(heap, 100, GFP_KERNEL);
	QT_EXPECT_EQ(t, quarry_heap_destroy(heap), -EBUSY);
	qt_forget_heap(t, heap);
	nr = qr_finding_last();
	QT_EXPECT_NULL(t, quarry_heap_alloc(heap, 100, GFP_KERNEL));
	QT_EXPECT_TRUE(t, found_one(t, nr++, QR_EVENT_DEAD));
	QT_EXPECT_NULL(t, quarry_heap_alloc(heap, 5000, GFP_KERNEL));
	QT_EXPECT_TRUE(t, found_one(t, nr++, QR_EVENT_DEAD));
	QT_EXPECT_NULL(t, quarry_heap_alloc(heap, 100000, GFP_KERNEL));
	QT_EXPECT_TRUE(t, found_one(t, nr++, QR_EVENT_DEAD));
	QT_EXPECT_EQ(t, quarry_heap_shrink(heap), 0);
	QT_EXPECT_TRUE(t, found_one(t, nr++, QR_EVENT_DEAD));
	quarry_heap_set_limit(heap, 77);
	QT_EXPECT_TRUE(t, found_one(t, nr++, QR_EVENT_DEAD));
	QT_EXPECT_EQ(t, quarry_heap_limit(heap), 1 << 20);
	QT_EXPECT_EQ(t, quarry_heap_set_level(heap, QUARRY_LEVEL_OFF), -EINVAL);
	QT_EXPECT_TRUE(t, found_one(t, nr++, QR_EVENT_DEAD));
	QT_EXPECT_EQ(t, quarry_heap_destroy(heap), -EINVAL);
	QT_EXPECT_TRUE(t, found_one(t, nr++, QR_EVENT_DEAD));
	quarry_free(block);
	QT_EXPECT_EQ(t, qr_finding_last(), nr);
	QT_EXPECT_TRUE(t, qt_heap_gone(heap, WAIT_MS));
	QT_EXPECT_EQ(t, quarry_heap_shrink(heap), 0);
	QT_EXPECT_TRUE(t, found_one(t, nr++, QR_EVENT_DEAD));
	quarry_heap_set_limit(heap, 77);
	QT_EXPECT_TRUE(t, found_one(t, nr++, QR_EVENT_DEAD));
	QT_EXPECT_EQ(t, quarry_heap_destroy(heap), -EINVAL);
	QT_EXPECT_TRUE(t, found_one(t, nr++, QR_EVENT_DEAD));
}

/* ---------------------------------------------------- what it leads to */

QT_CASE(on_error_takes_its_words_only)
{
	QT_EXPECT_STREQ(t, qr_on_error_name(), "report");
	QT_EXPECT_EQ(t, qr_on_error_set("freeze"), 0);
	QT_EXPECT_STREQ(t, qr_on_error_name(), "freeze");
	QT_EXPECT_EQ(t, qr_on_error_set("oops"), -EINVAL);
	QT_EXPECT_EQ(t, qr_on_error_set(""), -EINVAL);
	QT_EXPECT_STREQ(t, qr_on_error_name(), "freeze");
	QT_EXPECT_EQ(t, qr_on_error_set("report"), 0);
}

/* What was cached of a slab set aside goes back by itself. */
static bool wait_for_drain(void)
{
	unsigned int ms;

	for (ms = 0; ms < WAIT_MS && qr_on_error_drain_due(); ms += 10)
		msleep(10);
	return !qr_on_error_drain_due();
}

QT_CASE(on_error_freeze_sets_the_slab_aside)
{
	struct quarry_cache *cache = qt_cache(t, BYTES, 0, 0, NULL);
	static void *other[MANY];
	void *object, *keep;
	struct qr_slab *slab;
	unsigned int i;

	if (!cache)
		return;
	qt_warm(cache);
	keep = quarry_cache_alloc(cache, GFP_KERNEL);
	object = quarry_cache_alloc(cache, GFP_KERNEL);
	slab = qt_slab(object);
	quarry_cache_free(cache, object);
	QT_EXPECT_EQ(t, qr_on_error_set("freeze"), 0);
	quarry_cache_free(cache, object);
	QT_EXPECT_EQ(t, qr_on_error_set("report"), 0);
	QT_EXPECT_TRUE(t, slab->flags & QR_SLAB_FROZEN);
	QT_EXPECT_TRUE(t, wait_for_drain());
	QT_EXPECT_EQ(t, qt_count(t, cache).cached, 0);
	QT_EXPECT_EQ(t, qt_fill(cache, other, MANY), MANY);
	for (i = 0; i < MANY; i++)
		QT_EXPECT_NE(t, qt_slab(other[i]), slab);
	qt_empty(cache, other, MANY);
	/* Nor is it given back, although all of it is free. */
	quarry_cache_free(cache, keep);
	quarry_cache_shrink(cache);
	QT_EXPECT_EQ(t, qt_slab(object), slab);
	QT_EXPECT_EQ(t, slab->nr_free, slab->objects);
	QT_EXPECT_EQ(t, qt_count(t, cache).live, 0);
}

QT_CASE(on_error_freeze_of_foreign_address_is_nothing)
{
	QT_EXPECT_EQ(t, qr_on_error_set("freeze"), 0);
	quarry_free((void *)0x100UL);
	QT_EXPECT_EQ(t, qr_on_error_set("report"), 0);
}

QT_CASE(on_error_freeze_of_run_is_kept)
{
	struct quarry_heap *heap = qt_heap(t, 0);
	char *block;

	if (!heap)
		return;
	block = quarry_heap_alloc(heap, 100000, GFP_KERNEL);
	QT_EXPECT_EQ(t, qr_on_error_set("freeze"), 0);
	quarry_free(block + 64);
	QT_EXPECT_EQ(t, qr_on_error_set("report"), 0);
	QT_EXPECT_TRUE(t, wait_for_drain());
	quarry_free(block);
	QT_EXPECT_EQ(t, quarry_heap_of(block), heap);
	QT_EXPECT_EQ(t, quarry_usable_size(block), 0);
}
