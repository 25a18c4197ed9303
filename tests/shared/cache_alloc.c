// SPDX-License-Identifier: GPL-2.0-only
/*
 * cache_alloc.c - cases: what an allocated object is: distinct, aligned,
 * zeroed or constructed, in random order, and found by its address.
 */

#include "qt.h"
#include "cases.h"

#define MANY	300

QT_CASE(cache_alloc_objects_are_disjoint)
{
	static const size_t size[] = { 1, 24, 100, 256, 1000, 5000 };
	struct quarry_cache *cache;
	void *object[64];
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(size); i++) {
		cache = qt_cache(t, size[i], 0, 0, NULL);
		if (!cache)
			continue;
		QT_EXPECT_EQ(t, qt_fill(cache, object, 64), 64);
		for (j = 0; j < 64; j++)
			memset(object[j], j, size[i]);
		for (j = 0; j < 64; j++)
			QT_EXPECT_BYTES(t, object[j], j, size[i]);
		qt_empty(cache, object, 64);
	}
}

QT_CASE(cache_alloc_null_cache_object_free_ignored)
{
	struct quarry_cache *cache = qt_cache(t, 64, 0, 0, NULL);
	u64 seq = qr_event_last();

	if (!cache)
		return;
	quarry_cache_free(cache, NULL);
	QT_EXPECT_QUIET(t, seq);
	QT_EXPECT_EQ(t, qt_count(t, cache).frees, 0);
}

QT_CASE(cache_alloc_freed_object_comes_back)
{
	struct quarry_cache *cache = qt_cache(t, 64, 0, 0, NULL);
	void *object[20], *again;

	if (!cache)
		return;
	qt_warm(cache);
	QT_EXPECT_EQ(t, qt_fill(cache, object, 20), 20);
	qt_empty(cache, object, 20);
	QT_EXPECT_EQ(t, qt_count(t, cache).live, 0);
	QT_EXPECT_GT(t, qt_count(t, cache).cached, 0);
	/* Last in, first out. */
	again = quarry_cache_alloc(cache, GFP_KERNEL);
	QT_EXPECT_EQ(t, again, object[0]);
	quarry_cache_free(cache, again);
}

/* Dirties objects, so that what comes back zeroed was zeroed again. */
static void dirty(struct quarry_cache *cache, size_t size)
{
	void *object[32];
	unsigned int nr = qt_fill(cache, object, 32);
	unsigned int i;

	for (i = 0; i < nr; i++)
		memset(object[i], 0xa5, size);
	qt_empty(cache, object, nr);
}

QT_CASE(cache_zalloc_zeroes_reused)
{
	static const size_t size[] = { 1, 13, 64, 100, 4096, 9000 };
	struct quarry_cache *cache;
	void *object;
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(size); i++) {
		cache = qt_cache(t, size[i], 0, 0, NULL);
		if (!cache)
			continue;
		dirty(cache, size[i]);
		for (j = 0; j < 40; j++) {
			object = quarry_cache_zalloc(cache, GFP_KERNEL);
			if (!QT_EXPECT_PTR(t, object))
				break;
			QT_EXPECT_BYTES(t, object, 0, size[i]);
			memset(object, 0xa5, size[i]);
			quarry_cache_free(cache, object);
		}
	}
}

QT_CASE(cache_alloc_atomic_serves)
{
	struct quarry_cache *cache = qt_cache(t, 200, 0, 0, NULL);
	void *object;

	if (!cache)
		return;
	object = quarry_cache_alloc(cache, GFP_ATOMIC);
	QT_EXPECT_PTR(t, object);
	quarry_cache_free(cache, object);
	object = quarry_cache_alloc(cache, GFP_NOWAIT);
	QT_EXPECT_PTR(t, object);
	quarry_cache_free(cache, object);
}

QT_CASE(cache_alloc_of_a_zone_refused)
{
	struct quarry_cache *cache = qt_cache(t, 200, 0, 0, NULL);
	u64 seq = qr_event_last();

	if (!cache)
		return;
	QT_EXPECT_NULL(t, quarry_cache_alloc(cache, GFP_KERNEL | __GFP_DMA));
	QT_EXPECT_EVENT(t, seq, QR_EVENT_BAD_GFP);
	qt_warm(cache);
	seq = qr_event_last();
	QT_EXPECT_NULL(t, quarry_cache_alloc(cache, GFP_KERNEL | __GFP_DMA32));
	QT_EXPECT_EVENT(t, seq, QR_EVENT_BAD_GFP);
	QT_EXPECT_EQ(t, qt_count(t, cache).live, 0);
	seq = qr_event_last();
	QT_EXPECT_NULL(t, quarry_alloc(50000, GFP_KERNEL | __GFP_HIGHMEM));
	QT_EXPECT_EVENT(t, seq, QR_EVENT_BAD_GFP);
}

QT_CASE(cache_alloc_aligns_as_asked)
{
	struct quarry_cache *cache;
	void *object[20];
	unsigned int i;
	size_t align;

	for (align = 1; align <= 4096; align <<= 1) {
		cache = qt_cache(t, 40, align, 0, NULL);
		if (!cache)
			continue;
		QT_EXPECT_EQ(t, qt_fill(cache, object, 20), 20);
		for (i = 0; i < 20; i++)
			QT_EXPECT_ALIGNED(t, object[i], align);
		qt_empty(cache, object, 20);
	}
}

QT_CASE(cache_alloc_aligns_to_word_by_default)
{
	struct quarry_cache *cache = qt_cache(t, 27, 0, 0, NULL);
	void *object[50];
	unsigned int i;

	if (!cache)
		return;
	QT_EXPECT_EQ(t, qt_fill(cache, object, 50), 50);
	for (i = 0; i < 50; i++)
		QT_EXPECT_ALIGNED(t, object[i], sizeof(void *));
	qt_empty(cache, object, 50);
}

QT_CASE(cache_alloc_hwcache_aligns_to_line)
{
	struct quarry_cache *cache;
	void *object[50];
	unsigned int i;

	cache = qt_cache(t, 90, 0, QUARRY_HWCACHE_ALIGN, NULL);
	if (!cache)
		return;
	QT_EXPECT_EQ(t, qt_fill(cache, object, 50), 50);
	for (i = 0; i < 50; i++)
		QT_EXPECT_ALIGNED(t, object[i], L1_CACHE_BYTES);
	qt_empty(cache, object, 50);
}

/* As SLUB does it: rather share a line than waste one. */
QT_CASE(cache_alloc_hwcache_aligns_small_ones_to_a_part_of_a_line)
{
	struct quarry_cache *cache = qt_cache(t, 9, 0, QUARRY_HWCACHE_ALIGN, NULL);
	unsigned int i, sharing = 0;
	void *object[50];

	if (!cache)
		return;
	QT_EXPECT_EQ(t, qt_fill(cache, object, 50), 50);
	for (i = 0; i < 50; i++) {
		QT_EXPECT_ALIGNED(t, object[i], 16);
		sharing += !IS_ALIGNED((unsigned long)object[i], L1_CACHE_BYTES);
	}
	QT_EXPECT_GE(t, sharing, 25);
	qt_empty(cache, object, 50);
}

QT_CASE(cache_alloc_hands_out_at_random)
{
	struct quarry_cache *cache = qt_cache(t, 64, 0, 0, NULL);
	unsigned int i, up = 0, down = 0;
	void *object[60];

	if (!cache)
		return;
	QT_EXPECT_EQ(t, qt_fill(cache, object, 60), 60);
	for (i = 1; i < 60; i++) {
		up += object[i] == object[i - 1] + 64;
		down += object[i] == object[i - 1] - 64;
	}
	/* In address order either would be 59; at random both are about 1. */
	QT_EXPECT_LT(t, up, 20);
	QT_EXPECT_LT(t, down, 20);
	qt_empty(cache, object, 60);
}

QT_CASE(cache_alloc_order_differs_by_slab)
{
	static void *first[64], *second[64];
	struct quarry_cache *a = qt_cache(t, 64, 0, 0, NULL);
	struct quarry_cache *b = qt_cache(t, 64, 0, 0, NULL);
	unsigned int i, same = 0;

	if (!a || !b)
		return;
	QT_EXPECT_EQ(t, qt_fill(a, first, 64), 64);
	QT_EXPECT_EQ(t, qt_fill(b, second, 64), 64);
	for (i = 1; i < 64; i++)
		same += first[i] - first[0] == second[i] - second[0];
	QT_EXPECT_LT(t, same, 20);
	qt_empty(a, first, 64);
	qt_empty(b, second, 64);
}

QT_CASE(cache_alloc_node_comes_from_node)
{
	struct quarry_cache *cache = qt_cache(t, 128, 0, 0, NULL);
	unsigned int i;
	int nid;
	void *object[20];

	if (!cache)
		return;
	for_each_online_node(nid) {
		for (i = 0; i < 20; i++) {
			object[i] = quarry_cache_alloc_node(cache, GFP_KERNEL |
							    __GFP_THISNODE,
							    nid);
			if (QT_EXPECT_PTR(t, object[i]))
				QT_EXPECT_EQ(t, qr_pages_nid(object[i]), nid);
		}
		qt_empty(cache, object, 20);
	}
}

QT_CASE(cache_alloc_node_any_serves)
{
	struct quarry_cache *cache = qt_cache(t, 128, 0, 0, NULL);
	void *object;

	if (!cache)
		return;
	object = quarry_cache_alloc_node(cache, GFP_KERNEL, NUMA_NO_NODE);
	QT_EXPECT_PTR(t, object);
	quarry_cache_free(cache, object);
}

QT_CASE(cache_alloc_node_impossible_survives)
{
	static const int bad[] = { -2, 1 << 20, 0x7fffffff };
	struct quarry_cache *cache = qt_cache(t, 128, 0, 0, NULL);
	unsigned int i;
	void *object;

	if (!cache)
		return;
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		object = quarry_cache_alloc_node(cache, GFP_KERNEL, bad[i]);
		if (object)
			QT_EXPECT_EQ(t, quarry_cache_of(object), cache);
		quarry_cache_free(cache, object);
	}
	QT_EXPECT_EQ(t, qt_count(t, cache).live, 0);
}

QT_CASE(cache_free_remote_object_goes_home)
{
	struct quarry_cache *cache = qt_cache(t, 128, 0, 0, NULL);
	int nid;
	void *object;

	if (!cache)
		return;
	for_each_online_node(nid) {
		object = quarry_cache_alloc_node(cache, GFP_KERNEL, nid);
		if (QT_EXPECT_PTR(t, object))
			quarry_cache_free(cache, object);
	}
	QT_EXPECT_EQ(t, qt_count(t, cache).live, 0);
	quarry_cache_shrink(cache);
	QT_EXPECT_EQ(t, qt_count(t, cache).slabs, 0);
}

QT_CASE(cache_of_own_object_is_cache)
{
	struct quarry_cache *cache = qt_cache(t, 100, 0, 0, NULL);
	void *object;

	if (!cache)
		return;
	object = quarry_cache_alloc(cache, GFP_KERNEL);
	QT_EXPECT_EQ(t, quarry_cache_of(object), cache);
	QT_EXPECT_NULL(t, quarry_heap_of(object));
	quarry_cache_free(cache, object);
}

QT_CASE(cache_of_middle_is_cache)
{
	struct quarry_cache *cache = qt_cache(t, 100, 0, 0, NULL);
	char *object;

	if (!cache)
		return;
	object = quarry_cache_alloc(cache, GFP_KERNEL);
	QT_EXPECT_EQ(t, quarry_cache_of(object + 50), cache);
	QT_EXPECT_EQ(t, quarry_usable_size(object + 50), 0);
	quarry_cache_free(cache, object);
}

QT_CASE(cache_of_heap_block_is_null)
{
	void *block = quarry_alloc(100, GFP_KERNEL);

	QT_EXPECT_NULL(t, quarry_cache_of(block));
	quarry_free(block);
}

QT_CASE(cache_of_foreign_is_null)
{
	static int in_data;
	void *block = qt_foreign_alloc(100);
	int on_stack;

	QT_EXPECT_NULL(t, quarry_cache_of(NULL));
	QT_EXPECT_NULL(t, quarry_cache_of(QUARRY_ZERO_PTR));
	QT_EXPECT_NULL(t, quarry_cache_of(&in_data));
	QT_EXPECT_NULL(t, quarry_cache_of(&on_stack));
	QT_EXPECT_NULL(t, quarry_cache_of(block));
	QT_EXPECT_NULL(t, quarry_cache_of(qt_user_address()));
	QT_EXPECT_NULL(t, quarry_cache_of((void *)-1L));
	QT_EXPECT_NULL(t, quarry_cache_of((void *)(1UL << 63)));
	qt_foreign_free(block);
}

QT_CASE(cache_of_wild_address_is_null_or_known)
{
	struct quarry_cache *cache;
	unsigned int i, wild = 0;

	for (i = 0; i < 20000; i++) {
		unsigned long at = ((u64)qt_random(t) << 32) | qt_random(t);

		/* Half of them in the upper half, where kernels live. */
		if (i & 1)
			at |= 0xffff000000000000UL;
		cache = quarry_cache_of((void *)at);
		wild += !!cache;
	}
	QT_EXPECT_EQ(t, wild, 0);
}

QT_CASE(cache_usable_size_is_at_least_object_size)
{
	struct quarry_cache *cache = qt_cache(t, 100, 0, 0, NULL);
	void *object;

	if (!cache)
		return;
	object = quarry_cache_alloc(cache, GFP_KERNEL);
	QT_EXPECT_GE(t, quarry_usable_size(object), 100);
	qt_write_all(object, 1);
	quarry_cache_free(cache, object);
}

QT_CASE(cache_alloc_many_slabs_serves)
{
	static void *object[MANY];
	struct quarry_cache *cache = qt_cache(t, 1024, 0, 0, NULL);
	struct qr_cache_count count;
	unsigned int nr;

	if (!cache)
		return;
	nr = qt_fill(cache, object, MANY);
	QT_EXPECT_EQ(t, nr, MANY);
	count = qt_count(t, cache);
	QT_EXPECT_EQ(t, count.live, MANY);
	QT_EXPECT_GT(t, count.slabs, 2);
	QT_EXPECT_GE(t, count.out_max, MANY);
	qt_empty(cache, object, nr);
	QT_EXPECT_EQ(t, qt_count(t, cache).live, 0);
}
