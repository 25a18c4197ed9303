// SPDX-License-Identifier: GPL-2.0-only
/*
 * kfree.c - freeing what may be anybody's: blocks, objects, guarded ones and
 * memory that is not ours; and what the kernel's own kfree() was given of ours.
 */
#include "kselftest_harness.h"

#include <stdlib.h>

#include "event.h"
#include "file_text.h"
#include "kfree.h"
#include "module_heap.h"
#include "qt.h"
#include "quarry_mirror.h"
#include "slab.h"
#include "world.h"

static void no_line(int level, const char *line)
{
}

FIXTURE(kfree) {
	struct quarry_cache *cache;
	struct quarry_heap *heap;
	char *text;
	size_t len;
};

FIXTURE_SETUP(kfree)
{
	static const struct world one_node = { .nodes = 0x1 };

	ASSERT_TRUE(world_begin(&one_node));
	mirror_log = no_line;
	self->cache = quarry_cache_create("some", 100, 0, 0, NULL);
	self->heap = quarry_heap_create("some", 0);
}

FIXTURE_TEARDOWN(kfree)
{
	free(self->text);
	EXPECT_EQ(0, quarry_cache_destroy(self->cache));
	EXPECT_EQ(0, quarry_heap_destroy(self->heap));
	EXPECT_TRUE(world_end());
}

static unsigned long found(enum qr_event_kind kind)
{
	return qr_event_count(kind);
}

TEST_F(kfree, blocks_of_any_size_and_objects_are_freed)
{
	static const size_t size[] = { 1, 100, 5000, 100000 };
	void *block;
	unsigned int i, again;

	for (again = 0; again < 100; again++) {
		for (i = 0; i < ARRAY_SIZE(size); i++) {
			block = quarry_heap_alloc(self->heap, size[i],
						  GFP_KERNEL);
			EXPECT_TRUE(qr_is_ours(block));
			EXPECT_TRUE(qr_kfree(block, _RET_IP_));
		}
		block = quarry_cache_alloc(self->cache, GFP_KERNEL);
		EXPECT_TRUE(qr_is_ours(block));
		EXPECT_TRUE(qr_kfree(block, _RET_IP_));
	}
	EXPECT_EQ(0, qr_event_last());
	READ("heap/some/stats");
	EXPECT_VALUE(0, "live_objs");
	READ("cache/some/stats");
	EXPECT_VALUE(0, "live_objs");
}

TEST_F(kfree, what_is_not_ours_is_left_to_others)
{
	void *foreign = qt_foreign_alloc(100);

	EXPECT_FALSE(qr_is_ours(foreign));
	EXPECT_FALSE(qr_kfree(foreign, _RET_IP_));
	EXPECT_EQ(0, qr_event_last());
	qt_foreign_free(foreign);
}

TEST_F(kfree, misuse_is_told_of)
{
	char *block = quarry_heap_alloc(self->heap, 100, GFP_KERNEL);
	char *object = quarry_cache_alloc(self->cache, GFP_KERNEL);

	EXPECT_TRUE(qr_kfree(block + 8, _RET_IP_));
	EXPECT_TRUE(qr_kfree(object + 8, _RET_IP_));
	EXPECT_EQ(2, found(QR_EVENT_INVALID_FREE));
	EXPECT_TRUE(qr_kfree(block, _RET_IP_));
	EXPECT_TRUE(qr_kfree(object, _RET_IP_));
	EXPECT_TRUE(qr_kfree(block, _RET_IP_));
	EXPECT_TRUE(qr_kfree(object, _RET_IP_));
	EXPECT_EQ(2, found(QR_EVENT_DOUBLE_FREE));
}

TEST_F(kfree, guarded_objects_are_known)
{
	struct quarry_cache *cache;
	void *object;

	cache = quarry_cache_create("guarded", 100, 0, QUARRY_GUARD, NULL);
	object = quarry_cache_alloc(cache, GFP_KERNEL);
	EXPECT_TRUE(qr_kfree(object, _RET_IP_));
	EXPECT_EQ(0, qr_event_last());
	EXPECT_TRUE(qr_kfree(object, _RET_IP_));
	EXPECT_EQ(1, found(QR_EVENT_DOUBLE_FREE));
	EXPECT_EQ(0, quarry_cache_destroy(cache));
}

static unsigned int traced;

static void count_trace(const struct mirror_trace *trace)
{
	traced += trace->is_free;
}

TEST_F(kfree, frees_are_traced_of_what_is_ours)
{
	void *block = quarry_heap_alloc(self->heap, 100, GFP_KERNEL);
	void *foreign = qt_foreign_alloc(100);

	mirror_traced = count_trace;
	EXPECT_FALSE(qr_kfree(foreign, _RET_IP_));
	EXPECT_EQ(0, traced);
	EXPECT_TRUE(qr_kfree(block, _RET_IP_));
	EXPECT_EQ(1, traced);
	mirror_traced = NULL;
	qt_foreign_free(foreign);
}

/* ----------------------------------------------------------------- strays */

/* Nobody can say whether the kernel's own allocator has damaged it: it stays. */
TEST_F(kfree, strays_of_caches_are_told_of_and_stay)
{
	void *object[3];

	ASSERT_EQ(3, qt_fill(self->cache, object, 3));
	qr_stray_free(object[0], _RET_IP_);
	qr_stray_free(object[1], _RET_IP_);
	EXPECT_EQ(2, found(QR_EVENT_STRAY_KFREE));
	READ("cache/some/stats");
	EXPECT_VALUE(3, "live_objs");
	qt_empty(self->cache, object, 3);
}

static noinline void *module_block(struct quarry_heap *heap)
{
	return quarry_heap_alloc(heap, 100, GFP_KERNEL);
}

static noinline void *other_block(struct quarry_heap *heap)
{
	return quarry_heap_alloc(heap, 100, GFP_KERNEL);
}

TEST_F(kfree, strays_of_modules_are_freed_and_told_of_once_a_site)
{
	struct quarry_heap *heap, *cell = NULL;
	unsigned int i;

	heap = quarry_module_heap(&cell, "loop", GFP_KERNEL);
	for (i = 0; i < 10; i++)
		qr_stray_free(module_block(heap), _RET_IP_);
	EXPECT_EQ(1, found(QR_EVENT_STRAY_KFREE));
	qr_stray_free(other_block(heap), _RET_IP_);
	EXPECT_EQ(2, found(QR_EVENT_STRAY_KFREE));
	READ("heap/loop/stats");
	EXPECT_VALUE(0, "live_objs");
}

TEST_F(kfree, a_stray_whose_site_is_not_kept_is_told_of_each_time)
{
	struct quarry_heap *heap, *cell = NULL;
	unsigned int i;

	heap = quarry_module_heap(&cell, "loop", GFP_KERNEL);
	ASSERT_EQ(0, quarry_heap_set_level(heap, QUARRY_LEVEL_OFF));
	for (i = 0; i < 3; i++)
		qr_stray_free(module_block(heap), _RET_IP_);
	EXPECT_EQ(3, found(QR_EVENT_STRAY_KFREE));
	READ("heap/loop/stats");
	EXPECT_VALUE(0, "live_objs");
}

TEST_HARNESS_MAIN
