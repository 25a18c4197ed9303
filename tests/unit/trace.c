// SPDX-License-Identifier: GPL-2.0-only
/*
 * trace.c - who traces allocations is told of each object once when a caller
 * gets it and once when it is freed, with the call's address, by whatever call
 * and whatever way; and of nothing else.
 */
#include "kselftest_harness.h"

#include <stdlib.h>

#include <linux/rcupdate.h>

#include "quarry_mirror.h"
#include "qt.h"
#include "world.h"

#define MANY	300

static struct mirror_trace last;
static unsigned int allocs, frees;

static void note(const struct mirror_trace *trace)
{
	last = *trace;
	if (trace->is_free)
		frees++;
	else
		allocs++;
}

FIXTURE(trace) {
	struct quarry_cache *cache;
	struct quarry_heap *heap;
};

FIXTURE_VARIANT(trace) {
	struct world world;
	enum quarry_level level;
};

FIXTURE_VARIANT_ADD(trace, site) {
	.world = { .nodes = 0x1 },
	.level = QUARRY_LEVEL_SITE,
};

FIXTURE_VARIANT_ADD(trace, off) {
	.world = { .nodes = 0x1 },
	.level = QUARRY_LEVEL_OFF,
};

/* As booted with init_on_alloc=1 init_on_free=1, with two nodes. */
FIXTURE_VARIANT_ADD(trace, init) {
	.world = { .nodes = 0x3, .init = true },
	.level = QUARRY_LEVEL_SITE,
};

FIXTURE_SETUP(trace)
{
	ASSERT_TRUE(world_begin(&variant->world));
	self->cache = quarry_cache_create("some", 100, 0, 0, NULL);
	self->heap = quarry_heap_create("some", 64 << 20);
	quarry_cache_set_level(self->cache, variant->level);
	quarry_heap_set_level(self->heap, variant->level);
	quarry_heap_set_level(NULL, variant->level);
	qt_warm(self->cache);
	mirror_traced = note;
	allocs = 0;
	frees = 0;
}

FIXTURE_TEARDOWN(trace)
{
	mirror_traced = NULL;
	quarry_cache_destroy(self->cache);
	quarry_heap_destroy(self->heap);
	if (!world_end())
		abort();
}

/* Tests that say who called lie in a section of their own. */
#define CALLER_TEST(name)						\
static noinline __attribute__((section("callers")))			\
void trace_##name(struct __test_metadata *, FIXTURE_DATA(trace) *,	\
		  const FIXTURE_VARIANT(trace) *);			\
TEST_F(trace, name)

extern const char __start_callers[], __stop_callers[];

static bool is_test(unsigned long caller)
{
	return caller > (unsigned long)__start_callers &&
	       caller <= (unsigned long)__stop_callers;
}

/* @object came by one allocation of @bytes, which the last trace was of. */
#define EXPECT_ALLOC(object_, bytes)					\
do {									\
	const void *__object = (object_);				\
									\
	ASSERT_NE(NULL, __object);					\
	EXPECT_EQ(1, allocs);						\
	EXPECT_EQ(0, frees);						\
	EXPECT_FALSE(last.is_free);					\
	EXPECT_EQ(__object, last.object);				\
	EXPECT_EQ((bytes), last.asked);					\
	EXPECT_EQ(quarry_usable_size(__object), last.given);		\
	EXPECT_TRUE(is_test(last.caller));			\
	allocs = 0;							\
} while (0)

/* The last trace was of one free of it. */
#define EXPECT_FREE(object_)						\
do {									\
	EXPECT_EQ(0, allocs);						\
	EXPECT_EQ(1, frees);						\
	EXPECT_TRUE(last.is_free);					\
	EXPECT_EQ((const void *)(object_), last.object);		\
	frees = 0;							\
} while (0)

#define EXPECT_SILENCE()						\
do {									\
	EXPECT_EQ(0, allocs);						\
	EXPECT_EQ(0, frees);						\
} while (0)

CALLER_TEST(caches)
{
	void *object;

	object = quarry_cache_alloc(self->cache, GFP_KERNEL);
	EXPECT_ALLOC(object, 100);
	EXPECT_EQ(GFP_KERNEL, last.gfp);
	EXPECT_EQ(NUMA_NO_NODE, last.nid);
	quarry_cache_free(self->cache, object);
	EXPECT_FREE(object);
	EXPECT_TRUE(is_test(last.caller));

	object = quarry_cache_zalloc(self->cache, GFP_KERNEL);
	EXPECT_ALLOC(object, 100);
	quarry_cache_free(self->cache, object);
	EXPECT_FREE(object);

	object = quarry_cache_alloc_node(self->cache, GFP_KERNEL, 0);
	EXPECT_ALLOC(object, 100);
	quarry_cache_free(self->cache, object);
	EXPECT_FREE(object);

	object = (quarry_cache_alloc)(self->cache, GFP_KERNEL);
	EXPECT_ALLOC(object, 100);
	quarry_cache_free(self->cache, object);
	EXPECT_FREE(object);

	object = (quarry_cache_zalloc)(self->cache, GFP_KERNEL);
	EXPECT_ALLOC(object, 100);
	quarry_cache_free(self->cache, object);
	EXPECT_FREE(object);

	object = (quarry_cache_alloc_node)(self->cache, GFP_KERNEL, 0);
	EXPECT_ALLOC(object, 100);
	quarry_cache_free(self->cache, object);
	EXPECT_FREE(object);
}

/* Through magazines, depots, slabs, new slabs, and back. */
TEST_F(trace, every_way_through_a_cache)
{
	static void *object[MANY];
	unsigned int i, round;

	for (round = 0; round < 5; round++) {
		for (i = 0; i < MANY; i++) {
			object[i] = quarry_cache_alloc(self->cache, GFP_ATOMIC);
			ASSERT_EQ(object[i], last.object);
			ASSERT_EQ(i + 1, allocs);
		}
		EXPECT_EQ(0, frees);
		for (i = 0; i < MANY; i++) {
			quarry_cache_free(self->cache, object[i]);
			ASSERT_EQ(object[i], last.object);
			ASSERT_EQ(i + 1, frees);
		}
		EXPECT_EQ(MANY, allocs);
		allocs = 0;
		frees = 0;
		quarry_cache_shrink(self->cache);
	}
}

TEST_F(trace, bulk)
{
	static void *object[MANY];
	unsigned int i;

	ASSERT_EQ(MANY, quarry_cache_alloc_bulk(self->cache, GFP_KERNEL, MANY,
						object));
	EXPECT_EQ(MANY, allocs);
	EXPECT_EQ(object[MANY - 1], last.object);
	quarry_cache_free_bulk(self->cache, MANY, object);
	EXPECT_EQ(MANY, frees);
	ASSERT_EQ(2, (quarry_cache_alloc_bulk)(self->cache, GFP_KERNEL, 2,
					       object));
	EXPECT_EQ(MANY + 2, allocs);
	/* Two are one and the same, one is none. */
	object[2] = object[0];
	object[3] = NULL;
	quarry_cache_free_bulk(self->cache, 4, object);
	EXPECT_EQ(MANY + 2, frees);
	/* Nobody gets any of these. */
	allocs = 0;
	frees = 0;
	mirror_fail_nth(MIRROR_FAULT_PAGES, 3);
	for (i = 0; i < 10; i++)
		if (!quarry_cache_alloc_bulk(self->cache, GFP_NOWAIT, MANY,
					     object))
			break;
		else
			quarry_cache_free_bulk(self->cache, MANY, object);
	mirror_fail_nth(MIRROR_FAULT_PAGES, 0);
	EXPECT_EQ(allocs, frees);
}

CALLER_TEST(blocks_of_any_size)
{
	static const size_t size[] = { 1, 64, 1000, 5000, 8192, 8193, 100000 };
	unsigned int i;
	void *block;

	for (i = 0; i < ARRAY_SIZE(size); i++) {
		block = quarry_heap_alloc(self->heap, size[i], GFP_KERNEL);
		EXPECT_ALLOC(block, size[i]);
		quarry_free(block);
		EXPECT_FREE(block);
		EXPECT_TRUE(is_test(last.caller));

		block = quarry_heap_zalloc(self->heap, size[i], GFP_KERNEL);
		EXPECT_ALLOC(block, size[i]);
		quarry_heap_free(self->heap, block);
		EXPECT_FREE(block);

		block = quarry_heap_calloc(self->heap, size[i], 3, GFP_KERNEL);
		EXPECT_ALLOC(block, 3 * size[i]);
		quarry_free_sensitive(block);
		EXPECT_FREE(block);

		block = quarry_heap_alloc_node(self->heap, size[i], GFP_KERNEL,
					       0);
		EXPECT_ALLOC(block, size[i]);
		EXPECT_EQ(0, last.nid);
		quarry_free(block);
		EXPECT_FREE(block);

		block = quarry_heap_alloc_aligned(self->heap, size[i], 64,
						  GFP_KERNEL);
		EXPECT_ALLOC(block, size[i]);
		quarry_free(block);
		EXPECT_FREE(block);

		block = quarry_heap_kvalloc(self->heap, size[i], GFP_KERNEL);
		EXPECT_ALLOC(block, size[i]);
		quarry_free(block);
		EXPECT_FREE(block);
	}
	block = quarry_heap_alloc(self->heap, 64, GFP_KERNEL);
	EXPECT_ALLOC(block, 64);
	quarry_free(block);
	EXPECT_FREE(block);
}

CALLER_TEST(by_address)
{
	void *block;

	block = (quarry_heap_alloc)(self->heap, 77, GFP_KERNEL);
	EXPECT_ALLOC(block, 77);
	quarry_free(block);
	EXPECT_FREE(block);
	block = (quarry_heap_kvalloc)(self->heap, 77777, GFP_KERNEL);
	EXPECT_ALLOC(block, 77777);
	quarry_free(block);
	EXPECT_FREE(block);
	block = (quarry_alloc)(77, GFP_KERNEL);
	EXPECT_ALLOC(block, 77);
	block = (quarry_realloc)(block, 700, GFP_KERNEL);
	EXPECT_EQ(1, allocs);
	EXPECT_EQ(1, frees);
	allocs = 0;
	frees = 0;
	quarry_free(block);
	EXPECT_FREE(block);
	block = (quarry_zalloc)(77, GFP_KERNEL);
	EXPECT_ALLOC(block, 77);
	quarry_free(block);
	EXPECT_FREE(block);
	block = (quarry_kvalloc)(77, GFP_KERNEL);
	EXPECT_ALLOC(block, 77);
	quarry_free(block);
	EXPECT_FREE(block);
}

CALLER_TEST(copies_are_the_caller_s)
{
	void *block;

	block = quarry_heap_memdup(self->heap, "quarry", 7, GFP_KERNEL);
	EXPECT_ALLOC(block, 7);
	quarry_free(block);
	EXPECT_FREE(block);
	block = quarry_heap_strdup(self->heap, "quarry", GFP_KERNEL);
	EXPECT_ALLOC(block, 7);
	quarry_free(block);
	EXPECT_FREE(block);
	block = quarry_heap_strndup(self->heap, "quarry", 3, GFP_KERNEL);
	EXPECT_ALLOC(block, 4);
	quarry_free(block);
	EXPECT_FREE(block);
	block = quarry_heap_asprintf(self->heap, GFP_KERNEL, "%d", 12345);
	EXPECT_ALLOC(block, 6);
	quarry_free(block);
	EXPECT_FREE(block);
}

CALLER_TEST(realloc)
{
	void *block, *moved;

	block = quarry_heap_realloc(self->heap, NULL, 100, GFP_KERNEL);
	EXPECT_ALLOC(block, 100);
	/* In place: it is still the same block. */
	EXPECT_EQ(block, quarry_heap_realloc(self->heap, block, 101,
					     GFP_KERNEL));
	EXPECT_SILENCE();
	moved = quarry_heap_realloc(self->heap, block, 10000, GFP_KERNEL);
	EXPECT_NE(block, moved);
	EXPECT_EQ(1, allocs);
	EXPECT_EQ(1, frees);
	EXPECT_TRUE(last.is_free);
	EXPECT_EQ(block, last.object);
	EXPECT_TRUE(is_test(last.caller));
	allocs = 0;
	frees = 0;
	EXPECT_EQ(QUARRY_ZERO_PTR,
		  quarry_heap_realloc(self->heap, moved, 0, GFP_KERNEL));
	EXPECT_FREE(moved);
}

struct item {
	long value;
	struct rcu_head rcu;
};

TEST_F(trace, rcu)
{
	struct quarry_cache *cache;
	struct item *item;

	cache = quarry_cache_create("items", sizeof(*item), 0, 0, NULL);
	item = quarry_cache_alloc(cache, GFP_KERNEL);
	allocs = 0;
	quarry_free_rcu(item, rcu);
	quarry_barrier();
	EXPECT_FREE(item);
	item = quarry_heap_alloc(self->heap, sizeof(*item), GFP_KERNEL);
	allocs = 0;
	quarry_free_rcu(item, rcu);
	quarry_barrier();
	EXPECT_FREE(item);
	EXPECT_EQ(0, quarry_cache_destroy(cache));
}

TEST_F(trace, nothing_is_nothing)
{
	void *object = quarry_cache_alloc(self->cache, GFP_KERNEL);
	void *block = quarry_heap_alloc(self->heap, 64, GFP_KERNEL);
	/* The compiler knows better. */
	volatile size_t huge = ~0UL;

	allocs = 0;
	quarry_free(NULL);
	quarry_free(QUARRY_ZERO_PTR);
	quarry_cache_free(self->cache, NULL);
	EXPECT_EQ(QUARRY_ZERO_PTR, quarry_heap_alloc(self->heap, 0,
						     GFP_KERNEL));
	EXPECT_EQ(NULL, quarry_heap_alloc(self->heap, 65 << 20, GFP_KERNEL));
	EXPECT_EQ(NULL, quarry_heap_calloc(self->heap, huge, 2, GFP_KERNEL));
	/* Refused. */
	quarry_free(object);
	quarry_free(block + 8);
	quarry_cache_free(self->cache, block);
	quarry_heap_free(NULL, block);
	quarry_free(&block);
	EXPECT_SILENCE();
	quarry_cache_free(self->cache, object);
	EXPECT_FREE(object);
	quarry_cache_free(self->cache, object);
	EXPECT_SILENCE();
	quarry_free(block);
	EXPECT_FREE(block);
}

TEST_HARNESS_MAIN
