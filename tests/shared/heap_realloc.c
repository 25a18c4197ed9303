// SPDX-License-Identifier: GPL-2.0-only
/*
 * heap_realloc.c - cases: realloc does what krealloc() does; copies of
 * strings and memory; free that wipes.
 */

#include "qt.h"
#include "cases.h"

QT_CASE(realloc_null_allocates)
{
	char *block = quarry_realloc(NULL, 100, GFP_KERNEL);

	if (QT_EXPECT_PTR(t, block))
		QT_EXPECT_GE(t, quarry_usable_size(block), 100);
	quarry_free(block);
}

QT_CASE(realloc_zero_pointer_allocates)
{
	char *block = quarry_realloc(QUARRY_ZERO_PTR, 100, GFP_KERNEL);

	QT_EXPECT_PTR(t, block);
	QT_EXPECT_NE(t, block, QUARRY_ZERO_PTR);
	quarry_free(block);
}

QT_CASE(realloc_to_zero_frees)
{
	struct quarry_heap *heap = qt_heap(t, 0);
	void *block;

	if (!heap)
		return;
	block = quarry_heap_alloc(heap, 100, GFP_KERNEL);
	QT_EXPECT_EQ(t, quarry_heap_realloc(heap, block, 0, GFP_KERNEL),
		     QUARRY_ZERO_PTR);
	block = quarry_heap_alloc(heap, 50000, GFP_KERNEL);
	QT_EXPECT_EQ(t, quarry_heap_realloc(heap, block, 0, GFP_KERNEL),
		     QUARRY_ZERO_PTR);
	/* That nothing is live is checked when the heap is destroyed. */
}

QT_CASE(realloc_null_to_zero_gives_zero_pointer)
{
	QT_EXPECT_EQ(t, quarry_realloc(NULL, 0, GFP_KERNEL), QUARRY_ZERO_PTR);
}

QT_CASE(realloc_inside_class_stays)
{
	char *block = quarry_alloc(97, GFP_KERNEL);
	size_t usable = quarry_usable_size(block);
	char *same;

	memset(block, 0x41, 97);
	same = quarry_realloc(block, usable, GFP_KERNEL);
	QT_EXPECT_EQ(t, same, block);
	QT_EXPECT_BYTES(t, same, 0x41, 97);
	same = quarry_realloc(same, 97, GFP_KERNEL);
	QT_EXPECT_EQ(t, same, block);
	quarry_free(same);
}

QT_CASE(realloc_keeps_content)
{
	static const size_t size[] = {
		1, 8, 60, 200, 199, 1000, 5000, 8192, 8193, 30000, 200000,
		30000, 100, 7,
	};
	size_t kept = 1;
	unsigned int i;
	char *block;

	block = quarry_alloc(1, GFP_KERNEL);
	if (!QT_EXPECT_PTR(t, block))
		return;
	*block = 0x6b;
	for (i = 1; i < ARRAY_SIZE(size); i++) {
		block = quarry_realloc(block, size[i], GFP_KERNEL);
		if (!QT_EXPECT_PTR(t, block))
			return;
		kept = min(kept, size[i]);
		QT_EXPECT_BYTES(t, block, 0x6b, kept);
		memset(block, 0x6b, size[i]);
		kept = size[i];
	}
	quarry_free(block);
}

QT_CASE(realloc_with_zero_flag_zeroes_what_is_new)
{
	static const size_t size[] = { 20, 30, 100, 112, 5000, 20000, 20480 };
	struct quarry_heap *heap = qt_heap(t, 0);
	unsigned int i;
	char *block;

	if (!heap)
		return;
	block = quarry_heap_zalloc(heap, 1, GFP_KERNEL);
	if (!QT_EXPECT_PTR(t, block))
		return;
	*block = 1;
	for (i = 0; i < ARRAY_SIZE(size); i++) {
		size_t old = i ? size[i - 1] : 1;

		block = quarry_heap_realloc(heap, block, size[i],
					    GFP_KERNEL | __GFP_ZERO);
		if (!QT_EXPECT_PTR(t, block))
			return;
		QT_EXPECT_BYTES(t, block, 1, old);
		QT_EXPECT_BYTES(t, block + old, 0, size[i] - old);
		memset(block, 1, size[i]);
	}
	quarry_free(block);
}

QT_CASE(realloc_to_smaller_never_fails)
{
	struct quarry_heap *heap = qt_heap(t, 0);
	char *block;

	if (!heap)
		return;
	block = quarry_heap_alloc(heap, 60000, GFP_KERNEL);
	if (!QT_EXPECT_PTR(t, block))
		return;
	memset(block, 0x2b, 60000);
	quarry_heap_set_limit(heap, 1);
	block = quarry_heap_realloc(heap, block, 30000, GFP_KERNEL);
	if (!QT_EXPECT_PTR(t, block))
		return;
	QT_EXPECT_BYTES(t, block, 0x2b, 30000);
	block = quarry_heap_realloc(heap, block, 100, GFP_KERNEL);
	if (QT_EXPECT_PTR(t, block))
		QT_EXPECT_BYTES(t, block, 0x2b, 100);
	quarry_free(block);
}

QT_CASE(realloc_in_wrong_heap_refused)
{
	struct quarry_heap *mine = qt_heap(t, 0);
	struct quarry_heap *other = qt_heap(t, 0);
	char *block;
	u64 seq;

	if (!mine || !other)
		return;
	block = quarry_heap_alloc(mine, 100, GFP_KERNEL);
	memset(block, 0x2a, 100);
	seq = qr_event_last();
	QT_EXPECT_NULL(t, quarry_heap_realloc(other, block, 1000, GFP_KERNEL));
	QT_EXPECT_EVENT(t, seq, QR_EVENT_WRONG_OWNER);
	QT_EXPECT_BYTES(t, block, 0x2a, 100);
	quarry_free(block);
}

QT_CASE(realloc_of_cache_object_refused)
{
	struct quarry_cache *cache = qt_cache(t, 100, 0, 0, NULL);
	void *object;
	u64 seq;

	if (!cache)
		return;
	object = quarry_cache_alloc(cache, GFP_KERNEL);
	seq = qr_event_last();
	QT_EXPECT_NULL(t, quarry_realloc(object, 1000, GFP_KERNEL));
	QT_EXPECT_EVENT(t, seq, QR_EVENT_WRONG_OWNER);
	quarry_cache_free(cache, object);
}

QT_CASE(realloc_failure_leaves_block)
{
	struct quarry_heap *heap = qt_heap(t, 256 << 10);
	char *block;

	if (!heap)
		return;
	block = quarry_heap_alloc(heap, 1000, GFP_KERNEL);
	if (!QT_EXPECT_PTR(t, block))
		return;
	memset(block, 0x29, 1000);
	QT_EXPECT_NULL(t, quarry_heap_realloc(heap, block, 1 << 20,
					      GFP_KERNEL | __GFP_NOWARN));
	QT_EXPECT_EQ(t, quarry_heap_of(block), heap);
	QT_EXPECT_BYTES(t, block, 0x29, 1000);
	quarry_free(block);
}

QT_CASE(realloc_array_overflow_leaves_block)
{
	volatile size_t huge = SIZE_MAX / 8 + 1;
	char *block = quarry_alloc(100, GFP_KERNEL);
	u64 seq = qr_event_last();

	memset(block, 0x28, 100);
	QT_EXPECT_NULL(t, quarry_realloc_array(block, huge, 16, GFP_KERNEL));
	QT_EXPECT_EVENT(t, seq, QR_EVENT_OVERFLOW);
	QT_EXPECT_BYTES(t, block, 0x28, 100);
	quarry_free(block);
}

QT_CASE(realloc_array_grows)
{
	u32 *block = quarry_realloc_array(NULL, 10, sizeof(u32), GFP_KERNEL);

	if (!QT_EXPECT_PTR(t, block))
		return;
	block[9] = 99;
	block = quarry_realloc_array(block, 1000, sizeof(u32), GFP_KERNEL);
	if (QT_EXPECT_PTR(t, block))
		QT_EXPECT_EQ(t, block[9], 99);
	quarry_free(block);
}

QT_CASE(realloc_of_foreign_refused)
{
	char *block = qt_foreign_alloc(100);
	u64 seq = qr_event_last();

	memset(block, 0x27, 100);
	QT_EXPECT_NULL(t, quarry_realloc(block, 5000, GFP_KERNEL));
	QT_EXPECT_TRUE(t, qt_event_after(t, seq, QR_EVENT_INVALID_FREE));
	QT_EXPECT_BYTES(t, block, 0x27, 100);
	qt_foreign_free(block);
}

/* -------------------------------------------------------------- copies */

QT_CASE(strdup_copies)
{
	char *copy = quarry_strdup("a string of some length", GFP_KERNEL);

	QT_EXPECT_STREQ(t, copy, "a string of some length");
	quarry_free(copy);
	copy = quarry_strdup("", GFP_KERNEL);
	QT_EXPECT_STREQ(t, copy, "");
	quarry_free(copy);
}

QT_CASE(strdup_null_gives_null)
{
	QT_EXPECT_NULL(t, quarry_strdup(NULL, GFP_KERNEL));
	QT_EXPECT_NULL(t, quarry_strndup(NULL, 10, GFP_KERNEL));
}

QT_CASE(strndup_cuts_and_ends)
{
	char unended[4] = { 'a', 'b', 'c', 'd' };
	char *copy;

	copy = quarry_strndup("abcdef", 3, GFP_KERNEL);
	QT_EXPECT_STREQ(t, copy, "abc");
	quarry_free(copy);
	copy = quarry_strndup("abc", 100, GFP_KERNEL);
	QT_EXPECT_STREQ(t, copy, "abc");
	quarry_free(copy);
	copy = quarry_strndup(unended, 4, GFP_KERNEL);
	QT_EXPECT_STREQ(t, copy, "abcd");
	quarry_free(copy);
	copy = quarry_strndup("abc", 0, GFP_KERNEL);
	QT_EXPECT_STREQ(t, copy, "");
	quarry_free(copy);
}

QT_CASE(strndup_max_size_serves)
{
	char *copy = quarry_strndup("abc", SIZE_MAX, GFP_KERNEL);

	QT_EXPECT_STREQ(t, copy, "abc");
	quarry_free(copy);
}

QT_CASE(memdup_copies)
{
	char from[300];
	char *copy;

	memset(from, 0x3c, sizeof(from));
	copy = quarry_memdup(from, sizeof(from), GFP_KERNEL);
	if (QT_EXPECT_PTR(t, copy))
		QT_EXPECT_BYTES(t, copy, 0x3c, sizeof(from));
	quarry_free(copy);
}

QT_CASE(memdup_of_nothing_gives_zero_pointer)
{
	QT_EXPECT_EQ(t, quarry_memdup("", 0, GFP_KERNEL), QUARRY_ZERO_PTR);
	QT_EXPECT_NULL(t, quarry_memdup_nul(NULL, 5, GFP_KERNEL));
}

QT_CASE(asprintf_formats)
{
	char *text = quarry_asprintf(GFP_KERNEL, "%s-%d-%#x", "x", -5, 255);

	QT_EXPECT_STREQ(t, text, "x--5-0xff");
	quarry_free(text);
	text = quarry_asprintf(GFP_KERNEL, "%s", "");
	QT_EXPECT_STREQ(t, text, "");
	quarry_free(text);
}

QT_CASE(asprintf_long_text_is_whole)
{
	static char from[5001];
	char *text;

	memset(from, 'y', 5000);
	text = quarry_asprintf(GFP_KERNEL, "%s|%s", from, from);
	if (!QT_EXPECT_PTR(t, text))
		return;
	QT_EXPECT_EQ(t, strlen(text), 10001);
	QT_EXPECT_EQ(t, text[5000], '|');
	QT_EXPECT_EQ(t, text[10000], 'y');
	quarry_free(text);
}

/* ------------------------------------------------------------- wiping */

static void wiped(struct qt *t, size_t size)
{
	struct quarry_heap *heap = qt_heap(t, 0);
	char *keep, *block;
	size_t usable;

	if (!heap)
		return;
	/* The neighbour keeps the slab, so that its bytes can be looked at. */
	keep = quarry_heap_alloc(heap, size, GFP_KERNEL);
	block = quarry_heap_alloc(heap, size, GFP_KERNEL);
	if (!QT_EXPECT_PTR(t, keep) || !QT_EXPECT_PTR(t, block))
		return;
	usable = quarry_usable_size(block);
	qt_write_all(block, 0x99);
	quarry_free_sensitive(block);
	QT_EXPECT_BYTES(t, block, 0, usable);
	quarry_free(keep);
}

QT_CASE(free_sensitive_wipes)
{
	wiped(t, 32);
	wiped(t, 100);
	wiped(t, 2000);
}

QT_CASE(free_sensitive_of_run_frees)
{
	struct quarry_heap *heap = qt_heap(t, 0);
	char *block;

	if (!heap)
		return;
	block = quarry_heap_alloc(heap, 100000, GFP_KERNEL);
	quarry_free_sensitive(block);
	QT_EXPECT_NULL(t, quarry_heap_of(block));
}

QT_CASE(free_sensitive_of_foreign_refused)
{
	char *block = qt_foreign_alloc(100);
	u64 seq = qr_event_last();

	memset(block, 0x26, 100);
	quarry_free_sensitive(block);
	QT_EXPECT_EVENT(t, seq, QR_EVENT_INVALID_FREE);
	QT_EXPECT_BYTES(t, block, 0x26, 100);
	qt_foreign_free(block);
}

/*
 * A large block that is made small where there is no memory for another: it has
 * more to spare than a tag can say, but with options its record says it.
 */
static void grow_again_zeroed(struct qt *t, struct quarry_heap *heap,
			      size_t size)
{
	char *block, *moved;

	block = quarry_heap_alloc(heap, 20000, GFP_KERNEL);
	if (!QT_EXPECT_PTR(t, block))
		return;
	memset(block, 0x55, 20000);
	quarry_heap_set_limit(heap, 1);
	moved = quarry_heap_realloc(heap, block, 1, GFP_KERNEL);
	QT_EXPECT_EQ(t, moved, block);
	quarry_heap_set_limit(heap, 0);
	moved = quarry_heap_realloc(heap, block, size, GFP_KERNEL | __GFP_ZERO);
	if (QT_EXPECT_PTR(t, moved)) {
		QT_EXPECT_EQ(t, *moved, 0x55);
		QT_EXPECT_BYTES(t, moved + 1, 0, size - 1);
		block = moved;
	}
	quarry_free(block);
}

QT_CASE(realloc_zeroes_all_that_a_large_redzone_was)
{
	static const unsigned int options[] = {
		QUARRY_RED_ZONE, QUARRY_POISON,
		QUARRY_RED_ZONE | QUARRY_POISON | QUARRY_STORE_USER,
	};
	struct quarry_heap *heap = qt_heap(t, 0);
	unsigned int i;

	if (!heap)
		return;
	for (i = 0; i < ARRAY_SIZE(options); i++) {
		QT_EXPECT_EQ(t, quarry_heap_set_debug(heap, options[i]), 0);
		grow_again_zeroed(t, heap, 10000);
		grow_again_zeroed(t, heap, 19000);
		grow_again_zeroed(t, heap, 40000);
	}
}
