// SPDX-License-Identifier: GPL-2.0-only
/* owner.c - the sides: the cache or heap that each of them works on. */
#include <linux/err.h>
#include <linux/slab.h>

#include <quarry/quarry.h>

#include "bench.h"

static const struct {
	const char *name;
	const char *level_name;
	enum quarry_level level;
} sides[QB_NR_SIDES] = {
	[QB_SLUB] = { "slub", "-" },
	[QB_SITE] = { "quarry", "site", QUARRY_LEVEL_SITE },
	[QB_OFF] = { "quarry", "off", QUARRY_LEVEL_OFF },
};

const char *qb_side_name(enum qb_side side)
{
	return sides[side].name;
}

const char *qb_side_level(enum qb_side side)
{
	return sides[side].level_name;
}

static void *quarry_cache(enum qb_side side, unsigned int size)
{
	char name[QUARRY_NAME_MAX + 1];
	struct quarry_cache *cache;

	snprintf(name, sizeof(name), "bench-%s", sides[side].level_name);
	cache = quarry_cache_create(name, size, 0, 0, NULL);
	if (IS_ERR(cache))
		return NULL;
	if (quarry_cache_set_level(cache, sides[side].level)) {
		quarry_cache_destroy(cache);
		return NULL;
	}
	return cache;
}

static void *quarry_heap(enum qb_side side)
{
	char name[QUARRY_NAME_MAX + 1];
	struct quarry_heap *heap;

	snprintf(name, sizeof(name), "bench-%s", sides[side].level_name);
	heap = quarry_heap_create(name, 0);
	if (IS_ERR(heap))
		return NULL;
	if (quarry_heap_set_level(heap, sides[side].level)) {
		quarry_heap_destroy(heap);
		return NULL;
	}
	return heap;
}

void *qb_owner_create(enum qb_side side, unsigned int cache_size)
{
	static char slub_heap;

	if (side != QB_SLUB)
		return cache_size ? quarry_cache(side, cache_size) :
				    quarry_heap(side);
	if (!cache_size)
		return &slub_heap;
	return kmem_cache_create("bench-slub", cache_size, 0, 0, NULL);
}

bool qb_owner_destroy(enum qb_side side, unsigned int cache_size, void *owner)
{
	if (!owner)
		return true;
	if (side != QB_SLUB)
		return cache_size ? !quarry_cache_destroy(owner) :
				    !quarry_heap_destroy(owner);
	if (cache_size)
		kmem_cache_destroy(owner);
	return true;
}
