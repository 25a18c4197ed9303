// SPDX-License-Identifier: GPL-2.0-only
/*
 * sanitizer.c - cases: what KASAN, or AddressSanitizer, is told of objects: open
 * are the bytes asked for of those that live, and no others.
 */
#include <linux/minmax.h>

#include "cases.h"
#include "qt.h"
#include "slab.h"

#define NR	8U

static bool without(struct qt *t)
{
	if (!qt_has_sanitizer())
		t->skip = "no sanitizer here";
	return t->skip;
}

/* How many bytes at @at, of @len, are not as they should be. */
static unsigned int wrong(const void *at, size_t len, bool closed)
{
	unsigned int nr = 0;

	while (len--)
		nr += qt_is_closed(at++) != closed;
	return nr;
}

/* Up to the next object, without asking for what is usable: that opens it. */
static size_t given(const void *object)
{
	const struct qr_slab *slab = qt_slab(object);

	return slab->size;
}

static void expect_owned(struct qt *t, const void *object, size_t asked)
{
	QT_EXPECT_EQ(t, wrong(object, asked, false), 0);
	QT_EXPECT_EQ(t, wrong(object + asked, given(object) - asked, true), 0);
}

static void expect_nobodys(struct qt *t, const void *object, size_t bytes)
{
	QT_EXPECT_EQ(t, wrong(object, bytes, true), 0);
}

/* The first keeps the slab, so that the others can be looked at. */
static void objects_of(struct qt *t, struct quarry_cache *cache)
{
	size_t asked = quarry_cache_size(cache), bytes;
	void *object[NR];
	unsigned int i;

	if (!QT_EXPECT_EQ(t, qt_fill(cache, object, NR), NR))
		return;
	bytes = given(object[0]);
	for (i = 0; i < NR; i++)
		expect_owned(t, object[i], asked);
	for (i = NR; --i; )
		quarry_cache_free(cache, object[i]);
	expect_owned(t, object[0], asked);
	for (i = 1; i < NR; i++)
		if (qt_slab(object[i]))
			expect_nobodys(t, object[i], bytes);
	quarry_cache_free(cache, object[0]);
}

static void levels_of(struct qt *t, size_t size, unsigned long options)
{
	static const enum quarry_level level[] = {
		QUARRY_LEVEL_OFF, QUARRY_LEVEL_SITE, QUARRY_LEVEL_STACK,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(level); i++) {
		struct quarry_cache *cache = qt_cache(t, size, 0, options, NULL);

		if (!cache)
			return;
		quarry_cache_set_level(cache, level[i]);
		objects_of(t, cache);
		/* Out of magazines, too. */
		objects_of(t, cache);
	}
}

QT_CASE(sanitizer_knows_objects)
{
	if (without(t))
		return;
	levels_of(t, 1, 0);
	levels_of(t, 64, 0);
	levels_of(t, 100, 0);
	levels_of(t, 1000, 0);
	levels_of(t, 5000, 0);
}

QT_CASE(sanitizer_knows_objects_with_options)
{
	if (without(t))
		return;
	levels_of(t, 60, QUARRY_RED_ZONE);
	levels_of(t, 64, QUARRY_RED_ZONE | QUARRY_POISON);
	levels_of(t, 100, QUARRY_WIPE | QUARRY_QUARANTINE);
	levels_of(t, 100, QUARRY_CONSISTENCY | QUARRY_STORE_USER);
}

QT_CASE(sanitizer_knows_bulk)
{
	struct quarry_cache *cache = qt_cache(t, 70, 0, 0, NULL);
	void *object[NR], *keep;
	unsigned int i;

	if (without(t) || !cache)
		return;
	qt_warm(cache);
	keep = quarry_cache_alloc(cache, GFP_KERNEL);
	if (QT_EXPECT_EQ(t, quarry_cache_alloc_bulk(cache, GFP_KERNEL, NR,
						    object), NR)) {
		for (i = 0; i < NR; i++)
			expect_owned(t, object[i], 70);
		quarry_cache_free_bulk(cache, NR, object);
		for (i = 0; i < NR; i++)
			if (qt_slab(object[i]))
				expect_nobodys(t, object[i], 70);
	}
	quarry_cache_free(cache, keep);
}

static void block_of(struct qt *t, struct quarry_heap *heap, size_t size)
{
	void *keep = quarry_heap_alloc(heap, size, GFP_KERNEL);
	void *block = quarry_heap_alloc(heap, size, GFP_KERNEL);
	size_t bytes;

	if (QT_EXPECT_PTR(t, keep) && QT_EXPECT_PTR(t, block)) {
		bytes = given(block);
		expect_owned(t, block, size);
		quarry_free(block);
		if (size <= QUARRY_CLASS_MAX && qt_slab(block))
			expect_nobodys(t, block, bytes);
		block = NULL;
	}
	quarry_free(block);
	quarry_free(keep);
}

QT_CASE(sanitizer_knows_blocks)
{
	struct quarry_heap *heap = qt_heap(t, 0);
	unsigned int i;

	if (without(t) || !heap)
		return;
	for (i = 0; i < 100; i++)
		block_of(t, heap, 1 + qt_below(t, 8192));
	block_of(t, heap, 8192 + 100);
	block_of(t, heap, 3 * PAGE_SIZE);
}

QT_CASE(sanitizer_knows_sizes_that_change)
{
	struct quarry_heap *heap = qt_heap(t, 0);
	char *block, *moved;

	if (without(t) || !heap)
		return;
	block = quarry_heap_alloc(heap, 100, GFP_KERNEL);
	if (!QT_EXPECT_PTR(t, block))
		return;
	/* In place, larger and smaller. */
	moved = quarry_heap_realloc(heap, block, 110, GFP_KERNEL | __GFP_ZERO);
	QT_EXPECT_EQ(t, moved, block);
	expect_owned(t, block, 110);
	QT_EXPECT_EQ(t, quarry_heap_realloc(heap, block, 97, GFP_KERNEL), block);
	expect_owned(t, block, 97);
	/* Who asks what there is may use it. */
	expect_owned(t, block, quarry_usable_size(block));
	/* All of it is copied. */
	moved = quarry_heap_realloc(heap, block, 1000, GFP_KERNEL);
	if (QT_EXPECT_PTR(t, moved)) {
		expect_owned(t, moved, 1000);
		block = moved;
	}
	quarry_free(block);
}

/* Who looks at an object under rcu_read_lock() may do so after it is freed. */
QT_CASE(sanitizer_lets_rcu_readers_look)
{
	struct quarry_cache *cache = qt_cache(t, 64, 0, QUARRY_TYPESAFE_BY_RCU,
					      NULL);
	void *object[NR];
	unsigned int i;

	if (without(t) || !cache)
		return;
	if (!QT_EXPECT_EQ(t, qt_fill(cache, object, NR), NR))
		return;
	for (i = 1; i < NR; i++)
		quarry_cache_free(cache, object[i]);
	for (i = 1; i < NR; i++)
		QT_EXPECT_EQ(t, wrong(object[i], 64, false), 0);
	quarry_cache_free(cache, object[0]);
}
