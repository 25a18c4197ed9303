// SPDX-License-Identifier: GPL-2.0-only
/*
 * slub.c - the cases of quarry_slub.ko: those of the tour with objects, made
 * with the kernel's own allocator; and none of them mistakes, what the kernel
 * allocates and frees for a driver in other ways than by kmalloc() and kfree().
 */
#include <linux/kernel.h>
#include <linux/mempool.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "tour.h"

/* ----------------------------------------------------------------- pools */

#define POOLED	8

static mempool_t *pool;

static noinline void make_pool(void)
{
	WRITE_ONCE(pool, mempool_create_kmalloc_pool(POOLED, 200));
}

static void drop_pool(void)
{
	mempool_destroy(pool);
	WRITE_ONCE(pool, NULL);
}

static const struct tour_case tour_pooled = {
	.name = "pooled",
	.mistake = "None: a pool, its table, and eight objects in it.",
	.func = "make_pool",
	.expect = { .held = 2 + POOLED },
	.commit = make_pool,
	.forget = drop_pool,
};

/* ------------------------------------------------------------------ bulk */

#define BULK	16
#define FREED	6

static struct kmem_cache *cache;
static void *bulk[BULK];

static void construct(void *object)
{
}

/* One with a constructor has no other cache stand for it. */
static noinline void make_cache(void)
{
	cache = kmem_cache_create("quarry_slub_bulk", 100, 0, 0, construct);
}

static noinline void fill_by_bulk(void)
{
	if (cache && kmem_cache_alloc_bulk(cache, GFP_KERNEL, BULK, bulk))
		kmem_cache_free_bulk(cache, FREED, bulk);
	memset(bulk, 0, FREED * sizeof(bulk[0]));
}

static void by_bulk_commit(void)
{
	make_cache();
	fill_by_bulk();
}

static void by_bulk_forget(void)
{
	if (bulk[FREED])
		kmem_cache_free_bulk(cache, BULK - FREED, bulk + FREED);
	memset(bulk, 0, sizeof(bulk));
	kmem_cache_destroy(cache);
	cache = NULL;
}

static const struct tour_case tour_by_bulk = {
	.name = "by_bulk",
	.mistake = "None: 16 objects come by one call, 6 go by another.",
	.func = "fill_by_bulk",
	.expect = { .held = BULK - FREED },
	.commit = by_bulk_commit,
	.forget = by_bulk_forget,
};

/* ------------------------------------------------------------------- RCU */

struct late {
	struct rcu_head rcu;
	long value[10];
};

static struct late *late;

static noinline void free_late(void)
{
	struct late *object;
	int i;

	for (i = 0; i < 10; i++) {
		object = kzalloc(sizeof(*object), GFP_KERNEL);
		if (object)
			kfree_rcu(object, rcu);
	}
	WRITE_ONCE(late, noted(kzalloc(sizeof(*late), GFP_KERNEL)));
}

static void by_rcu_forget(void)
{
	WRITE_ONCE(late, NULL);
}

static const struct tour_case tour_by_rcu = {
	.name = "by_rcu",
	.mistake = "None: ten objects are freed after a grace period, one stays.",
	.func = "free_late",
	.expect = { .held = 1 },
	.commit = free_late,
	.forget = by_rcu_forget,
};

/* ---------------------------------------------------------------- resized */

static char *grown;

static noinline void grow_often(void)
{
	char *block = kmalloc(10, GFP_KERNEL), *larger;
	size_t size;

	for (size = 100; block && size < 100000; size *= 3) {
		larger = krealloc(block, size, GFP_KERNEL);
		if (!larger)
			break;
		block = larger;
	}
	WRITE_ONCE(grown, noted(block));
}

static void resized_forget(void)
{
	WRITE_ONCE(grown, NULL);
}

static const struct tour_case tour_resized = {
	.name = "resized",
	.mistake = "None: one block, made larger again and again.",
	.func = "grow_often",
	.expect = { .held = 1 },
	.commit = grow_often,
	.forget = resized_forget,
};

/* ------------------------------------------------------------------ aside */

/* Of a size: more than SLUB has free in slabs that it used before. */
#define ASIDE	512

static void *aside[6 * ASIDE];

/* What is allocated next lies elsewhere, where no stale word may point to. */
static noinline void set_aside(void)
{
	static const size_t size[] = { 60, 100, 200, 500, 1000, 4000 };
	int i;

	for (i = 0; i < ARRAY_SIZE(aside); i++)
		aside[i] = kzalloc(size[i / ASIDE], GFP_KERNEL);
}

static void aside_forget(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(aside); i++) {
		kfree(aside[i]);
		aside[i] = NULL;
	}
}

static const struct tour_case tour_aside = {
	.name = "aside",
	.mistake = "None: a table of objects of many sizes.",
	.func = "set_aside",
	.expect = { .held = ARRAY_SIZE(aside) },
	.commit = set_aside,
	.forget = aside_forget,
};

#define ENTRY(name)	&tour_##name,

const struct tour_case *const tour_cases[] = {
	TOUR_OBJECTS(ENTRY)
	TOUR_THREADS(ENTRY)
	&tour_pooled, &tour_by_bulk, &tour_by_rcu, &tour_resized,
	&tour_aside,
};

const unsigned int tour_nr_cases = ARRAY_SIZE(tour_cases);
const unsigned int tour_nr_apart;

/* No case has heaps or caches of quarry's. */
bool ground_end(void)
{
	return true;
}
