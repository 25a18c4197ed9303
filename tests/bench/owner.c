// SPDX-License-Identifier: GPL-2.0-only
/* owner.c - the sides: the cache or heap that each of them works on. */
#include <linux/err.h>
#include <linux/slab.h>

#include <quarry/quarry.h>

#include "bench.h"

/* Since 6.5; before, any flag that forbids merging and costs nothing. */
#ifndef SLAB_NO_MERGE
#define SLAB_NO_MERGE	SLAB_NOLEAKTRACE
#endif

/* What the levels of enum quarry_level are called, from 0. */
static const char * const level_names[] = { "off", "site", "stack" };

static_assert(ARRAY_SIZE(level_names) < QB_SIDES_MAX);

unsigned int qb_nr_sides;

const char *qb_side_name(unsigned int side)
{
	return side == QB_SLUB ? "slub" : "quarry";
}

const char *qb_side_level(unsigned int side)
{
	return side == QB_SLUB ? "-" : level_names[side - 1];
}

static enum quarry_level level_of(unsigned int side)
{
	return side - 1;
}

int qb_sides_init(void)
{
	struct quarry_cache *cache = quarry_cache_create("bench-levels", 64, 0,
							 0, NULL);
	unsigned int side;

	if (IS_ERR(cache))
		return PTR_ERR(cache);
	for (side = 1; side <= ARRAY_SIZE(level_names); side++)
		if (quarry_cache_set_level(cache, level_of(side)))
			break;
	qb_nr_sides = side;
	return quarry_cache_destroy(cache);
}

static void *quarry_cache(unsigned int side, const char *name,
			  unsigned int size)
{
	struct quarry_cache *cache;

	cache = quarry_cache_create(name, size, 0, 0, NULL);
	if (IS_ERR(cache))
		return NULL;
	if (quarry_cache_set_level(cache, level_of(side))) {
		quarry_cache_destroy(cache);
		return NULL;
	}
	return cache;
}

static void *quarry_heap(unsigned int side, const char *name)
{
	struct quarry_heap *heap;

	heap = quarry_heap_create(name, 0);
	if (IS_ERR(heap))
		return NULL;
	if (quarry_heap_set_level(heap, level_of(side))) {
		quarry_heap_destroy(heap);
		return NULL;
	}
	return heap;
}

void *qb_owner_create(unsigned int side, unsigned int cache_size)
{
	char name[QUARRY_NAME_MAX + 1];
	static char slub_heap;

	if (side == QB_SLUB)
		return cache_size ? kmem_cache_create("bench-slub", cache_size,
						      0, 0, NULL) :
				    (void *)&slub_heap;
	snprintf(name, sizeof(name), "bench-%s", qb_side_level(side));
	return cache_size ? quarry_cache(side, name, cache_size) :
			    quarry_heap(side, name);
}

bool qb_owner_destroy(unsigned int side, unsigned int cache_size, void *owner)
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

int qb_owners_create(void *owner[QB_SIDES_MAX], unsigned int cache_size)
{
	unsigned int side;

	memset(owner, 0, QB_SIDES_MAX * sizeof(*owner));
	for (side = 0; side < qb_nr_sides; side++) {
		owner[side] = qb_owner_create(side, cache_size);
		if (!owner[side])
			return -ENOMEM;
	}
	return 0;
}

int qb_owners_destroy(void *owner[QB_SIDES_MAX], unsigned int cache_size)
{
	unsigned int side;
	int err = 0;

	for (side = 0; side < qb_nr_sides; side++)
		if (!qb_owner_destroy(side, cache_size, owner[side]))
			err = -EBUSY;
	return err;
}

void *qb_numbered_create(unsigned int side, unsigned int number)
{
	char name[QUARRY_NAME_MAX + 1];

	snprintf(name, sizeof(name), "bench-%s-%u", qb_side_level(side),
		 number);
	if (side == QB_SLUB)
		return kmem_cache_create(name, QB_NUMBERED_SIZE, 0,
					 SLAB_NO_MERGE, NULL);
	return quarry_cache(side, name, QB_NUMBERED_SIZE);
}
