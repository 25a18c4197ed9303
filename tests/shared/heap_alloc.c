// SPDX-License-Identifier: GPL-2.0-only
/*
 * heap_alloc.c - cases: blocks of every size: long enough, aligned, zeroed,
 * overflow-checked, from class, page run or virtually contiguous pages.
 */
#include <linux/log2.h>

#include "qt.h"
#include "cases.h"
#include "check.h"
#include "layout.h"

QT_CASE(heap_alloc_every_class_size_serves)
{
	struct quarry_heap *heap = qt_heap(t, 0);
	size_t size, step;
	u8 *block;

	if (!heap)
		return;
	for (size = 1; size <= QUARRY_CLASS_MAX; size += step) {
		step = size < 300 ? 1 : 61;
		block = quarry_heap_alloc(heap, size, GFP_KERNEL);
		if (!QT_EXPECT_PTR(t, block))
			return;
		QT_EXPECT_GE(t, quarry_usable_size(block), size);
		QT_EXPECT_EQ(t, quarry_usable_size(block),
			     qr_class_size(__quarry_class(size)));
		qt_write_all(block, 0xab);
		quarry_free(block);
	}
}

QT_CASE(heap_alloc_powers_of_two_are_naturally_aligned)
{
	struct quarry_heap *heap = qt_heap(t, 0);
	void *block[24];
	unsigned int i;
	size_t size;

	if (!heap)
		return;
	for (size = 8; size <= 1UL << 18; size <<= 1) {
		for (i = 0; i < ARRAY_SIZE(block); i++) {
			block[i] = quarry_heap_alloc(heap, size, GFP_KERNEL);
			if (QT_EXPECT_PTR(t, block[i]))
				QT_EXPECT_ALIGNED(t, block[i], size);
		}
		for (i = 0; i < ARRAY_SIZE(block); i++)
			quarry_free(block[i]);
	}
}

QT_CASE(heap_alloc_all_sizes_are_word_aligned)
{
	struct quarry_heap *heap = qt_heap(t, 0);
	void *block;
	size_t size;

	if (!heap)
		return;
	for (size = 1; size <= 20000; size += 37) {
		block = quarry_heap_alloc(heap, size, GFP_KERNEL);
		if (QT_EXPECT_PTR(t, block))
			QT_EXPECT_ALIGNED(t, block, sizeof(void *));
		quarry_free(block);
	}
}

QT_CASE(heap_alloc_zero_size_gives_zero_pointer)
{
	u64 seq = qr_event_last();

	QT_EXPECT_EQ(t, quarry_alloc(0, GFP_KERNEL), QUARRY_ZERO_PTR);
	QT_EXPECT_EQ(t, quarry_zalloc(0, GFP_KERNEL), QUARRY_ZERO_PTR);
	QT_EXPECT_EQ(t, quarry_alloc_array(0, 8, GFP_KERNEL), QUARRY_ZERO_PTR);
	QT_EXPECT_EQ(t, quarry_calloc(8, 0, GFP_KERNEL), QUARRY_ZERO_PTR);
	QT_EXPECT_EQ(t, quarry_kvalloc(0, GFP_KERNEL), QUARRY_ZERO_PTR);
	QT_EXPECT_EQ(t, quarry_alloc_node(0, GFP_KERNEL, 0), QUARRY_ZERO_PTR);
	QT_EXPECT_EQ(t, quarry_alloc_aligned(0, 64, GFP_KERNEL), QUARRY_ZERO_PTR);
	quarry_free(QUARRY_ZERO_PTR);
	quarry_heap_free(NULL, QUARRY_ZERO_PTR);
	quarry_free_sensitive(QUARRY_ZERO_PTR);
	QT_EXPECT_QUIET(t, seq);
}

QT_CASE(heap_free_null_ignored)
{
	u64 seq = qr_event_last();

	quarry_free(NULL);
	quarry_heap_free(NULL, NULL);
	quarry_free_sensitive(NULL);
	QT_EXPECT_QUIET(t, seq);
}

QT_CASE(heap_alloc_huge_size_fails)
{
	static const size_t size[] = {
		SIZE_MAX, SIZE_MAX - 4095, SIZE_MAX / 2, 1UL << 48,
		(1UL << 44) + 1,
	};
	struct quarry_heap *heap = qt_heap(t, 0);
	/* Opaque, lest the compiler refuses such a size on its own. */
	volatile size_t ask;
	unsigned int i;

	if (!heap)
		return;
	for (i = 0; i < ARRAY_SIZE(size); i++) {
		ask = size[i];
		QT_EXPECT_NULL(t, quarry_heap_alloc(heap, ask, GFP_KERNEL |
						    __GFP_NOWARN));
		QT_EXPECT_NULL(t, quarry_heap_kvalloc(heap, ask, GFP_KERNEL |
						      __GFP_NOWARN));
	}
	QT_EXPECT_EQ(t, quarry_heap_held(heap), 0);
}

QT_CASE(heap_zalloc_zeroes_reused)
{
	static const size_t size[] = { 1, 24, 100, 1000, 8192, 8193, 70000 };
	struct quarry_heap *heap = qt_heap(t, 0);
	unsigned int i, j;
	void *block;

	if (!heap)
		return;
	for (i = 0; i < ARRAY_SIZE(size); i++) {
		for (j = 0; j < 20; j++) {
			block = quarry_heap_zalloc(heap, size[i], GFP_KERNEL);
			if (!QT_EXPECT_PTR(t, block))
				break;
			QT_EXPECT_BYTES(t, block, 0, size[i]);
			qt_write_all(block, 0xff);
			quarry_free(block);
		}
	}
}

QT_CASE(heap_calloc_zeroes)
{
	void *dirty = quarry_alloc(50 * 40, GFP_KERNEL);
	void *block;

	memset(dirty, 0xff, 50 * 40);
	quarry_free(dirty);
	block = quarry_calloc(50, 40, GFP_KERNEL);
	if (QT_EXPECT_PTR(t, block))
		QT_EXPECT_BYTES(t, block, 0, 50 * 40);
	quarry_free(block);
}

QT_CASE(heap_alloc_array_overflow_refused)
{
	volatile size_t huge = SIZE_MAX / 16 + 2;
	u64 seq = qr_event_last();

	QT_EXPECT_NULL(t, quarry_alloc_array(huge, 16, GFP_KERNEL));
	QT_EXPECT_EVENT(t, seq, QR_EVENT_OVERFLOW);
	seq = qr_event_last();
	QT_EXPECT_NULL(t, quarry_alloc_array(16, huge, GFP_KERNEL));
	QT_EXPECT_EVENT(t, seq, QR_EVENT_OVERFLOW);
	seq = qr_event_last();
	QT_EXPECT_NULL(t, quarry_calloc(huge, huge, GFP_KERNEL));
	QT_EXPECT_EVENT(t, seq, QR_EVENT_OVERFLOW);
}

QT_CASE(heap_alloc_array_serves)
{
	void *block = quarry_alloc_array(100, 12, GFP_KERNEL);

	if (QT_EXPECT_PTR(t, block))
		QT_EXPECT_GE(t, quarry_usable_size(block), 1200);
	quarry_free(block);
}

QT_CASE(heap_alloc_node_comes_from_node)
{
	static const size_t size[] = { 64, 3000, 40000 };
	struct quarry_heap *heap = qt_heap(t, 0);
	unsigned int i;
	int nid;
	void *block;

	if (!heap)
		return;
	for_each_online_node(nid) {
		for (i = 0; i < ARRAY_SIZE(size); i++) {
			block = quarry_heap_alloc_node(heap, size[i],
						       GFP_KERNEL |
						       __GFP_THISNODE, nid);
			if (QT_EXPECT_PTR(t, block))
				QT_EXPECT_EQ(t, qr_pages_nid(block), nid);
			quarry_free(block);
		}
	}
}

QT_CASE(heap_alloc_aligned_aligns)
{
	static const size_t size[] = { 1, 40, 100, 1000, 5000, 9000, 40000 };
	struct quarry_heap *heap = qt_heap(t, 0);
	unsigned int i;
	size_t align;
	void *block;

	if (!heap)
		return;
	for (align = 1; align <= 16 * PAGE_SIZE; align <<= 1) {
		for (i = 0; i < ARRAY_SIZE(size); i++) {
			block = quarry_heap_alloc_aligned(heap, size[i], align,
							  GFP_KERNEL);
			if (!QT_EXPECT_PTR(t, block))
				continue;
			QT_EXPECT_ALIGNED(t, block, align);
			QT_EXPECT_GE(t, quarry_usable_size(block), size[i]);
			qt_write_all(block, 0x11);
			quarry_free(block);
		}
	}
}

QT_CASE(heap_alloc_aligned_bad_alignment_refused)
{
	static const size_t align[] = { 3, 24, 4097, SIZE_MAX };
	unsigned int i;
	void *block;

	for (i = 0; i < ARRAY_SIZE(align); i++) {
		block = quarry_alloc_aligned(100, align[i], GFP_KERNEL);
		QT_EXPECT_NULL(t, block);
		quarry_free(block);
	}
	QT_EXPECT_NULL(t, quarry_alloc_aligned(100, 1UL << 50, GFP_KERNEL |
					       __GFP_NOWARN));
}

QT_CASE(heap_run_is_trimmed_to_exact_pages)
{
	static const unsigned int pages[] = { 3, 5, 6, 7, 9, 17, 33 };
	struct quarry_heap *heap = qt_heap(t, 0);
	struct qr_cache_count count;
	unsigned int i;
	void *block;

	if (!heap)
		return;
	for (i = 0; i < ARRAY_SIZE(pages); i++) {
		block = quarry_heap_alloc(heap, pages[i] * PAGE_SIZE - 11,
					  GFP_KERNEL);
		if (!QT_EXPECT_PTR(t, block))
			return;
		count = qt_count(t, heap->runs);
		QT_EXPECT_EQ(t, count.pages, pages[i]);
		QT_EXPECT_EQ(t, count.live, 1);
		QT_EXPECT_EQ(t, quarry_usable_size(block),
			     pages[i] * PAGE_SIZE);
		qt_write_all(block, 0x22);
		quarry_free(block);
		QT_EXPECT_EQ(t, qt_count(t, heap->runs).pages, 0);
	}
}

QT_CASE(heap_kvalloc_large_serves)
{
	static const size_t size[] = { 5UL << 20, (9UL << 20) + 100 };
	struct quarry_heap *heap = qt_heap(t, 0);
	unsigned int i;
	char *block;

	if (!heap)
		return;
	for (i = 0; i < ARRAY_SIZE(size); i++) {
		block = quarry_heap_kvalloc(heap, size[i], GFP_KERNEL |
					    __GFP_ZERO);
		if (!QT_EXPECT_PTR(t, block))
			return;
		QT_EXPECT_GE(t, quarry_usable_size(block), size[i]);
		QT_EXPECT_ALIGNED(t, block, PAGE_SIZE);
		QT_EXPECT_EQ(t, quarry_heap_of(block), heap);
		QT_EXPECT_BYTES(t, block, 0, size[i]);
		memset(block, 0x33, size[i]);
		quarry_free(block);
	}
	quarry_heap_shrink(heap);
	QT_EXPECT_EQ(t, quarry_heap_held(heap), 0);
}

QT_CASE(heap_kvalloc_small_serves)
{
	char *block = quarry_kvalloc(100, GFP_KERNEL);

	if (QT_EXPECT_PTR(t, block))
		QT_EXPECT_GE(t, quarry_usable_size(block), 100);
	quarry_free(block);
}

QT_CASE(heap_usable_size_of_nothing_is_zero)
{
	int on_stack;

	QT_EXPECT_EQ(t, quarry_usable_size(NULL), 0);
	QT_EXPECT_EQ(t, quarry_usable_size(QUARRY_ZERO_PTR), 0);
	QT_EXPECT_EQ(t, quarry_usable_size(&on_stack), 0);
	QT_EXPECT_EQ(t, quarry_usable_size(qt_user_address()), 0);
}

QT_CASE(heap_of_own_block_is_heap)
{
	struct quarry_heap *heap = qt_heap(t, 0);
	void *small, *large, *other;
	int on_stack;

	if (!heap)
		return;
	small = quarry_heap_alloc(heap, 100, GFP_KERNEL);
	large = quarry_heap_alloc(heap, 100000, GFP_KERNEL);
	other = quarry_alloc(100, GFP_KERNEL);
	QT_EXPECT_EQ(t, quarry_heap_of(small), heap);
	QT_EXPECT_EQ(t, quarry_heap_of(large), heap);
	QT_EXPECT_EQ(t, quarry_heap_of(other), qr_default_heap);
	QT_EXPECT_NULL(t, quarry_heap_of(NULL));
	QT_EXPECT_NULL(t, quarry_heap_of(&on_stack));
	QT_EXPECT_NULL(t, quarry_heap_of(qt_user_address()));
	quarry_free(small);
	quarry_free(large);
	quarry_free(other);
}

QT_CASE(heap_levels_serve)
{
	static const size_t size[] = { 8, 100, 1000, 10000 };
	struct quarry_heap *heap = qt_heap(t, 0);
	void *block[3][4];
	unsigned int i;

	if (!heap)
		return;
	for (i = 0; i < 4; i++)
		block[0][i] = quarry_heap_alloc(heap, size[i], GFP_KERNEL);
	QT_EXPECT_EQ(t, quarry_heap_set_level(heap, QUARRY_LEVEL_OFF), 0);
	for (i = 0; i < 4; i++)
		block[1][i] = quarry_heap_alloc(heap, size[i], GFP_KERNEL);
	QT_EXPECT_EQ(t, quarry_heap_set_level(heap, QUARRY_LEVEL_STACK), 0);
	for (i = 0; i < 4; i++)
		block[2][i] = quarry_heap_alloc(heap, size[i], GFP_KERNEL);
	QT_EXPECT_EQ(t, quarry_heap_set_level(heap, 7), -EINVAL);
	qt_check_heap(t, heap);
	for (i = 0; i < 12; i++)
		quarry_free(block[i / 4][i % 4]);
	QT_EXPECT_EQ(t, quarry_heap_set_level(heap, QUARRY_LEVEL_DEFAULT), 0);
}
