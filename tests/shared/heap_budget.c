// SPDX-License-Identifier: GPL-2.0-only
/*
 * heap_budget.c - cases: the life of heaps, their byte budgets, and misuse of
 * their blocks.
 */

#include "qt.h"
#include "cases.h"
#include "site.h"
#include "check.h"

static long heap_error(const char *name)
{
	struct quarry_heap *heap = quarry_heap_create(name, 0);

	if (IS_ERR(heap))
		return PTR_ERR(heap);
	quarry_heap_destroy(heap);
	return 0;
}

QT_CASE(heap_create_bad_names_refused)
{
	char name[QUARRY_NAME_MAX + 2];

	memset(name, 'h', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	QT_EXPECT_EQ(t, heap_error(NULL), -EINVAL);
	QT_EXPECT_EQ(t, heap_error(""), -EINVAL);
	QT_EXPECT_EQ(t, heap_error(name), -EINVAL);
	QT_EXPECT_EQ(t, heap_error("a/b"), -EINVAL);
	QT_EXPECT_EQ(t, heap_error("a b"), -EINVAL);
	QT_EXPECT_EQ(t, heap_error("a\tb"), -EINVAL);
	QT_EXPECT_EQ(t, heap_error("a\nb"), -EINVAL);
	QT_EXPECT_EQ(t, heap_error("a\x01" "b"), -EINVAL);
	name[QUARRY_NAME_MAX] = '\0';
	QT_EXPECT_EQ(t, heap_error(name), 0);
}

QT_CASE(heap_create_name_in_use_refused)
{
	struct quarry_heap *heap = qt_heap(t, 0);

	if (heap)
		QT_EXPECT_EQ(t, heap_error(quarry_heap_name(heap)), -EEXIST);
	QT_EXPECT_EQ(t, heap_error(quarry_heap_name(NULL)), -EEXIST);
}

QT_CASE(heap_destroy_null_ignored)
{
	void *block;

	QT_EXPECT_EQ(t, quarry_heap_destroy(NULL), 0);
	block = quarry_alloc(100, GFP_KERNEL);
	QT_EXPECT_PTR(t, block);
	quarry_free(block);
}

/* An object of @bytes of this file, told of when its heap was destroyed. */
static void expect_live_event(struct qt *t, u64 seq, unsigned long bytes)
{
	const struct qr_site *site;

	memset(&t->event, 0, sizeof(t->event));
	QT_EXPECT_TRUE(t, qr_event_get(seq, &t->event));
	QT_EXPECT_EQ(t, t->event.kind, QR_EVENT_LIVE_AT_DESTROY);
	QT_EXPECT_EQ(t, t->event.objects, 1);
	QT_EXPECT_EQ(t, t->event.bytes, bytes);
	site = qr_site_get(t->event.site);
	if (QT_EXPECT_PTR(t, site))
		QT_EXPECT_PTR(t, strstr(site->file, "heap_budget.c"));
}

QT_CASE(heap_destroy_with_live_keeps_memory)
{
	struct quarry_heap *heap = qt_heap(t, 0);
	char *small, *large;
	u64 seq;

	if (!heap)
		return;
	small = quarry_heap_alloc(heap, 100, GFP_KERNEL);
	large = quarry_heap_alloc(heap, 50000, GFP_KERNEL);
	memset(small, 0x71, 100);
	memset(large, 0x72, 50000);
	seq = qr_event_last();
	qt_forget_heap(t, heap);
	QT_EXPECT_EQ(t, quarry_heap_destroy(heap), -EBUSY);
	/* One for each site, most bytes first. */
	QT_EXPECT_EQ(t, qr_event_last() - seq, 2);
	expect_live_event(t, seq + 1, 53248);
	expect_live_event(t, seq + 2, 112);
	QT_EXPECT_BYTES(t, small, 0x71, 100);
	QT_EXPECT_BYTES(t, large, 0x72, 50000);
	quarry_free(small);
	QT_EXPECT_FALSE(t, qt_heap_gone(heap, 50));
	quarry_free(large);
	QT_EXPECT_TRUE(t, qt_heap_gone(heap, 5000));
}

QT_CASE(heap_destroyed_with_live_serves_no_more)
{
	static const size_t size[] = { 100, 5000, 50000 };
	struct quarry_heap *heap = qt_heap(t, 0);
	unsigned int i;
	void *block;
	u64 seq;

	if (!heap)
		return;
	block = quarry_heap_alloc(heap, 100, GFP_KERNEL);
	qt_forget_heap(t, heap);
	QT_EXPECT_EQ(t, quarry_heap_destroy(heap), -EBUSY);
	for (i = 0; i < ARRAY_SIZE(size); i++) {
		seq = qr_event_last();
		QT_EXPECT_NULL(t, quarry_heap_alloc(heap, size[i],
						    GFP_KERNEL));
		QT_EXPECT_EVENT(t, seq, QR_EVENT_DEAD);
		QT_EXPECT_NULL(t, quarry_heap_kvalloc(heap, size[i],
						      GFP_KERNEL));
		QT_EXPECT_NULL(t, quarry_heap_alloc_node(heap, size[i],
							 GFP_KERNEL, 0));
		QT_EXPECT_NULL(t, quarry_heap_alloc_aligned(heap, size[i], 64,
							    GFP_KERNEL));
	}
	quarry_free(block);
	QT_EXPECT_TRUE(t, qt_heap_gone(heap, 5000));
}

/* ------------------------------------------------------------- budgets */

QT_CASE(budget_is_never_passed)
{
	static const size_t limit = 1 << 20;
	struct quarry_heap *heap = qt_heap(t, limit);
	static void *block[6000];
	unsigned int nr, i;

	if (!heap)
		return;
	QT_EXPECT_EQ(t, quarry_heap_limit(heap), limit);
	for (nr = 0; nr < ARRAY_SIZE(block); nr++) {
		block[nr] = quarry_heap_alloc(heap, 200 + nr % 1000,
					      GFP_KERNEL | __GFP_NOWARN);
		if (!block[nr])
			break;
		if (quarry_heap_held(heap) > limit)
			break;
	}
	QT_EXPECT_LE(t, quarry_heap_held(heap), limit);
	QT_EXPECT_GE(t, quarry_heap_held(heap), limit / 2);
	QT_EXPECT_LT(t, nr, ARRAY_SIZE(block));
	qt_check_heap(t, heap);
	for (i = 0; i < nr; i++)
		quarry_free(block[i]);
	quarry_heap_shrink(heap);
	QT_EXPECT_EQ(t, quarry_heap_held(heap), 0);
}

QT_CASE(budget_refusal_is_counted_and_told)
{
	struct quarry_heap *heap = qt_heap(t, 64 << 10);
	u64 seq;

	if (!heap)
		return;
	seq = qr_event_last();
	QT_EXPECT_NULL(t, quarry_heap_alloc(heap, 100000, GFP_KERNEL));
	if (QT_EXPECT_TRUE(t, qt_event_after(t, seq, QR_EVENT_BUDGET)))
		QT_EXPECT_STREQ(t, t->event.owner, quarry_heap_name(heap));
	QT_EXPECT_EQ(t, atomic_long_read(&heap->budget.refusals), 1);
	QT_EXPECT_EQ(t, quarry_heap_held(heap), 0);
}

QT_CASE(budget_endless_loop_ends_with_null)
{
	static const size_t limit = 16 << 20;
	struct quarry_heap *heap = qt_heap(t, limit);
	/* Blocks are chained by their first word. */
	void **last = NULL, **block;
	unsigned int nr = 0;

	if (!heap)
		return;
	while ((block = quarry_heap_alloc(heap, 1000000, GFP_KERNEL))) {
		*block = last;
		last = block;
		nr++;
	}
	QT_EXPECT_EQ(t, nr, limit / (245 * PAGE_SIZE));
	QT_EXPECT_EQ(t, quarry_heap_held(heap), nr * 245 * PAGE_SIZE);
	while (last) {
		block = *last;
		quarry_free(last);
		last = block;
	}
	QT_EXPECT_EQ(t, quarry_heap_held(heap), 0);
	block = quarry_heap_alloc(heap, 1000000, GFP_KERNEL);
	QT_EXPECT_PTR(t, block);
	quarry_free(block);
}

QT_CASE(budget_freed_bytes_can_be_used_again)
{
	struct quarry_heap *heap = qt_heap(t, 128 << 10);
	unsigned int i;
	void *block;

	if (!heap)
		return;
	for (i = 0; i < 200; i++) {
		block = quarry_heap_alloc(heap, 100000, GFP_KERNEL);
		if (!QT_EXPECT_PTR(t, block))
			return;
		quarry_free(block);
	}
	/* What another class holds in reserve must not be in the way. */
	block = quarry_heap_alloc(heap, 5000, GFP_KERNEL);
	QT_EXPECT_PTR(t, block);
	quarry_free(block);
	QT_EXPECT_LE(t, quarry_heap_held(heap), 128 << 10);
}

QT_CASE(budget_limit_can_be_changed)
{
	struct quarry_heap *heap = qt_heap(t, 64 << 10);
	void *block;

	if (!heap)
		return;
	QT_EXPECT_NULL(t, quarry_heap_alloc(heap, 100000, GFP_KERNEL));
	quarry_heap_set_limit(heap, 1 << 20);
	QT_EXPECT_EQ(t, quarry_heap_limit(heap), 1 << 20);
	block = quarry_heap_alloc(heap, 100000, GFP_KERNEL);
	QT_EXPECT_PTR(t, block);
	/* Below what is held: nothing is taken away, nothing more given. */
	quarry_heap_set_limit(heap, 4096);
	QT_EXPECT_GT(t, quarry_heap_held(heap), 4096);
	QT_EXPECT_NULL(t, quarry_heap_alloc(heap, 20000, GFP_KERNEL));
	quarry_free(block);
	quarry_heap_set_limit(heap, 0);
	block = quarry_heap_alloc(heap, 2 << 20, GFP_KERNEL);
	QT_EXPECT_PTR(t, block);
	quarry_free(block);
}

QT_CASE(budget_holds_for_kvalloc)
{
	struct quarry_heap *heap = qt_heap(t, 1 << 20);
	void *block;

	if (!heap)
		return;
	QT_EXPECT_NULL(t, quarry_heap_kvalloc(heap, 8 << 20, GFP_KERNEL));
	block = quarry_heap_kvalloc(heap, 900000, GFP_KERNEL);
	QT_EXPECT_PTR(t, block);
	quarry_free(block);
	quarry_barrier();
	QT_EXPECT_EQ(t, quarry_heap_held(heap), 0);
}

QT_CASE(budget_high_water_is_kept)
{
	struct quarry_heap *heap = qt_heap(t, 0);
	void *block;

	if (!heap)
		return;
	block = quarry_heap_alloc(heap, 300000, GFP_KERNEL);
	quarry_free(block);
	QT_EXPECT_EQ(t, quarry_heap_held(heap), 0);
	QT_EXPECT_EQ(t, atomic_long_read(&heap->budget.high_water),
		     PAGE_ALIGN(300000));
}

/* -------------------------------------------------------------- misuse */

static void double_free(struct qt *t, size_t size, enum qr_event_kind kind)
{
	struct quarry_heap *heap = qt_heap(t, 0);
	void *block, *keep;
	u64 seq;

	if (!heap)
		return;
	keep = quarry_heap_alloc(heap, size, GFP_KERNEL);
	block = quarry_heap_alloc(heap, size, GFP_KERNEL);
	quarry_free(block);
	seq = qr_event_last();
	quarry_free(block);
	QT_EXPECT_EVENT(t, seq, kind);
	QT_EXPECT_EQ(t, t->event.address, block);
	quarry_free(keep);
}

QT_CASE(heap_double_free_refused)
{
	double_free(t, 100, QR_EVENT_DOUBLE_FREE);
	double_free(t, 8000, QR_EVENT_DOUBLE_FREE);
	/* A run's pages are gone: nobody's any more. */
	double_free(t, 100000, QR_EVENT_INVALID_FREE);
}

QT_CASE(heap_free_to_wrong_heap_refused)
{
	struct quarry_heap *mine = qt_heap(t, 0);
	struct quarry_heap *other = qt_heap(t, 0);
	static const size_t size[] = { 100, 50000 };
	unsigned int i;
	char *block;
	u64 seq;

	if (!mine || !other)
		return;
	for (i = 0; i < 2; i++) {
		block = quarry_heap_alloc(mine, size[i], GFP_KERNEL);
		memset(block, 0x61, size[i]);
		seq = qr_event_last();
		quarry_heap_free(other, block);
		QT_EXPECT_EVENT(t, seq, QR_EVENT_WRONG_OWNER);
		seq = qr_event_last();
		quarry_heap_free(NULL, block);
		QT_EXPECT_EVENT(t, seq, QR_EVENT_WRONG_OWNER);
		QT_EXPECT_BYTES(t, block, 0x61, size[i]);
		quarry_heap_free(mine, block);
	}
}

QT_CASE(heap_free_of_middle_refused)
{
	static const size_t size[] = { 100, 3000, 50000 };
	unsigned int i;
	char *block;
	u64 seq;

	for (i = 0; i < ARRAY_SIZE(size); i++) {
		block = quarry_alloc(size[i], GFP_KERNEL);
		seq = qr_event_last();
		quarry_free(block + size[i] / 2);
		QT_EXPECT_EVENT(t, seq, QR_EVENT_INVALID_FREE);
		quarry_free(block);
	}
}

QT_CASE(heap_free_of_foreign_refused)
{
	static char in_data[64];
	char *block = qt_foreign_alloc(100);
	char on_stack[64];
	u64 seq = qr_event_last();

	quarry_free(block);
	QT_EXPECT_EVENT(t, seq, QR_EVENT_INVALID_FREE);
	quarry_free(in_data);
	QT_EXPECT_EVENT(t, seq + 1, QR_EVENT_INVALID_FREE);
	quarry_free(on_stack);
	QT_EXPECT_EVENT(t, seq + 2, QR_EVENT_INVALID_FREE);
	quarry_free(qt_user_address());
	QT_EXPECT_EVENT(t, seq + 3, QR_EVENT_INVALID_FREE);
	quarry_free((void *)24UL);
	QT_EXPECT_EVENT(t, seq + 4, QR_EVENT_INVALID_FREE);
	quarry_free(ERR_PTR(-EINVAL));
	QT_EXPECT_EVENT(t, seq + 5, QR_EVENT_INVALID_FREE);
	qt_foreign_free(block);
}
