// SPDX-License-Identifier: GPL-2.0-only
/*
 * ground.c - a heap or caches for one mistake.  Every object that the mistake is
 * made with has neighbours with known bytes in them; in the end these must be
 * as they were, and nothing may be handed out twice.
 */
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include <quarry/quarry.h>

#include "tour.h"

/* Objects, every other one of which is a neighbour. */
#define OBJECTS		32

struct ground {
	struct quarry_heap *heap;
	struct quarry_cache *cache;
	size_t bytes;
	u8 *object[OBJECTS];
};

/* A mistake has two at most. */
static struct ground grounds[2];
static unsigned int nr_grounds;
static unsigned int damaged;

static unsigned long options_of(const char *letters)
{
	unsigned long options = 0;

	for (; *letters; letters++) {
		switch (*letters) {
		case 'F':
			options |= QUARRY_CONSISTENCY;
			break;
		case 'Z':
			options |= QUARRY_RED_ZONE;
			break;
		case 'P':
			options |= QUARRY_POISON;
			break;
		case 'U':
			options |= QUARRY_STORE_USER;
			break;
		case 'Q':
			options |= QUARRY_QUARANTINE;
			break;
		}
	}
	return options;
}

static u8 *take(const struct ground *ground)
{
	if (ground->cache)
		return quarry_cache_alloc(ground->cache, GFP_KERNEL);
	return quarry_heap_alloc(ground->heap, ground->bytes, GFP_KERNEL);
}

static void give(struct ground *ground, int i)
{
	if (ground->cache)
		quarry_cache_free(ground->cache, ground->object[i]);
	else
		quarry_heap_free(ground->heap, ground->object[i]);
	ground->object[i] = NULL;
}

/* Whoever else writes there, or owns it, is seen by it. */
static void fill(struct ground *ground)
{
	int i;

	for (i = 0; i < OBJECTS; i++) {
		if (ground->object[i])
			continue;
		ground->object[i] = take(ground);
		if (ground->object[i])
			memset(ground->object[i], i + 1, ground->bytes);
		else
			damaged++;
	}
}

static void check_and_give(struct ground *ground, int i)
{
	if (!ground->object[i])
		return;
	if (memchr_inv(ground->object[i], i + 1, ground->bytes))
		damaged++;
	give(ground, i);
}

static int begin(struct ground *ground)
{
	int i;

	nr_grounds++;
	fill(ground);
	for (i = 0; i < OBJECTS; i += 2)
		if (ground->object[i])
			give(ground, i);
	return damaged ? -ENOMEM : 0;
}

struct quarry_heap *ground_heap(size_t bytes, const char *options)
{
	struct ground *ground = &grounds[nr_grounds];
	struct quarry_heap *heap = quarry_heap_create("tour-ground", 0);

	if (IS_ERR(heap)) {
		damaged++;
		return NULL;
	}
	*ground = (struct ground){ .heap = heap, .bytes = bytes };
	if (quarry_heap_set_debug(heap, options_of(options)))
		damaged++;
	return begin(ground) ? NULL : heap;
}

struct quarry_cache *ground_cache(const char *name, size_t bytes,
				  const char *options)
{
	struct ground *ground = &grounds[nr_grounds];
	struct quarry_cache *cache;

	cache = quarry_cache_create(name, bytes, 0, options_of(options), NULL);
	if (IS_ERR(cache)) {
		damaged++;
		return NULL;
	}
	*ground = (struct ground){ .cache = cache, .bytes = bytes };
	return begin(ground) ? NULL : cache;
}

static nofold void close_ground(struct ground *ground)
{
	int i;

	for (i = 0; i < OBJECTS; i++)
		check_and_give(ground, i);
	fill(ground);
	for (i = 0; i < OBJECTS; i++)
		check_and_give(ground, i);
	if (ground->cache ? quarry_cache_destroy(ground->cache) :
			    quarry_heap_destroy(ground->heap))
		damaged++;
}

bool ground_end(void)
{
	bool intact;

	while (nr_grounds)
		close_ground(&grounds[--nr_grounds]);
	intact = !damaged;
	damaged = 0;
	return intact;
}
