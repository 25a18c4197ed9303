// SPDX-License-Identifier: GPL-2.0-only
/*
 * stray.c - cases: other code passes what is ours to kfree().  The kernel warns
 * of the first (once a boot) and, until 6.15, drops the reference it thinks is
 * the last; the extra one keeps the page, and quarry tells of it when it gives
 * the page back.
 */
#include <linux/mm.h>
#include <linux/slab.h>

#include "check.h"
#include "kmod.h"

#define OBJECTS		32
#define RUN_BYTES	(9 * PAGE_SIZE)

/* How many references to pages it has dropped. */
static unsigned int give_away(void *object)
{
	struct page *page = virt_to_page(object);
	int before = page_count(page);

	kfree(object);
	return before - page_count(page);
}

/* Frees all; @pages of what they lay in had been given away by others. */
static void expect_found(struct qt *t, struct quarry_cache *cache,
			 void **object, unsigned int pages)
{
	unsigned long before = qr_event_count(QR_EVENT_FOREIGN_FREE);

	qt_empty(cache, object, OBJECTS);
	quarry_cache_shrink(cache);
	QT_EXPECT_EQ(t, qt_count(t, cache).pages, 0);
	QT_EXPECT_EQ(t, qr_event_count(QR_EVENT_FOREIGN_FREE) - before, pages);
}

static void fill_marked(struct qt *t, struct quarry_cache *cache,
			void **object, size_t bytes)
{
	unsigned int i;

	QT_EXPECT_EQ(t, qt_fill(cache, object, OBJECTS), OBJECTS);
	for (i = 0; i < OBJECTS; i++)
		memset(object[i], i, bytes);
}

static void expect_marked(struct qt *t, void **object, size_t bytes)
{
	unsigned int i;

	for (i = 0; i < OBJECTS; i++)
		QT_EXPECT_BYTES(t, object[i], i, bytes);
}

/* By the page's own interface, which does not warn. */
KERNEL_CASE(kernel_stray_put_page_is_survived)
{
	struct quarry_cache *cache = qt_cache(t, 256, 0, 0, NULL);
	void *object[OBJECTS];

	if (!cache)
		return;
	fill_marked(t, cache, object, 256);
	put_page(virt_to_page(object[3]));
	QT_EXPECT_EQ(t, quarry_cache_of(object[3]), cache);
	expect_marked(t, object, 256);
	expect_found(t, cache, object, 1);
}

/* The first of these is what the kernel warns of. */
KERNEL_CASE(kernel_stray_kfree_of_an_object_is_survived)
{
	struct quarry_cache *cache = qt_cache(t, 256, 0, 0, NULL);
	void *object[OBJECTS], *other;
	unsigned int given;

	if (!cache)
		return;
	fill_marked(t, cache, object, 256);
	given = give_away(object[3]);
	QT_EXPECT_EQ(t, quarry_cache_of(object[3]), cache);
	/* The page is not to be had from the kernel. */
	other = (void *)__get_free_page(GFP_KERNEL | __GFP_ZERO);
	expect_marked(t, object, 256);
	free_page((unsigned long)other);
	expect_found(t, cache, object, given);
}

KERNEL_CASE(kernel_stray_kfree_in_every_page_is_survived)
{
	struct quarry_cache *cache = qt_cache(t, PAGE_SIZE, 0, 0, NULL);
	void *object[OBJECTS];
	unsigned int i, given = 0;

	if (!cache)
		return;
	fill_marked(t, cache, object, PAGE_SIZE);
	for (i = 0; i < OBJECTS; i++)
		given += give_away(object[i]);
	expect_marked(t, object, PAGE_SIZE);
	expect_found(t, cache, object, given);
}

KERNEL_CASE(kernel_stray_kfree_of_all_objects_is_survived)
{
	struct quarry_cache *cache = qt_cache(t, 256, 0, 0, NULL);
	void *object[OBJECTS], *other;
	unsigned int i, given = 0;

	if (!cache)
		return;
	fill_marked(t, cache, object, 256);
	for (i = 0; i < OBJECTS; i++)
		given += give_away(object[i]);
	other = (void *)__get_free_page(GFP_KERNEL | __GFP_ZERO);
	expect_marked(t, object, 256);
	free_page((unsigned long)other);
	expect_found(t, cache, object, given);
}

/* Of a run, kfree() takes the first page only. */
KERNEL_CASE(kernel_stray_kfree_of_a_run_is_survived)
{
	struct quarry_heap *heap = qt_heap(t, 0);
	u64 seq = qr_event_last();
	unsigned int given;
	void *block;

	if (!heap)
		return;
	block = quarry_heap_alloc(heap, RUN_BYTES, GFP_KERNEL);
	if (!QT_EXPECT_PTR(t, block))
		return;
	memset(block, 0x6b, RUN_BYTES);
	given = give_away(block);
	QT_EXPECT_EQ(t, quarry_heap_of(block), heap);
	QT_EXPECT_BYTES(t, block, 0x6b, RUN_BYTES);
	QT_EXPECT_QUIET(t, seq);
	quarry_free(block);
	quarry_heap_shrink(heap);
	QT_EXPECT_EQ(t, quarry_heap_held(heap), 0);
	if (given)
		QT_EXPECT_EVENT(t, seq, QR_EVENT_FOREIGN_FREE);
	else
		QT_EXPECT_QUIET(t, seq);
}
