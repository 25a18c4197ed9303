// SPDX-License-Identifier: GPL-2.0-only
/* malloc.c - plays a stream into the C library: a yardstick, and a first test. */
#include <malloc.h>
#include <stdlib.h>

#include "user.h"

static long long base;

static long long taken(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.arena + info.hblkhd;
}

static int target_begin(void *state, const struct qrys_stream *stream)
{
	malloc_trim(0);
	base = taken();
	return 0;
}

static int target_end(void *state)
{
	malloc_trim(0);
	return 0;
}

static long long target_held(void *state)
{
	return taken() - base;
}

static void *target_cache_create(void *state, const char *name,
				 unsigned int size)
{
	return (void *)(unsigned long)size;
}

static int target_cache_destroy(void *state, void *cache)
{
	return 0;
}

static unsigned int target_gfp(void *state, unsigned int qrys_gfp)
{
	return qrys_gfp & QRYS_GFP_ZERO;
}

static void *target_site(void *state, unsigned int site)
{
	return NULL;
}

static void *target_alloc(void *state, unsigned int size, unsigned int gfp,
			  void *site)
{
	return gfp ? calloc(1, size) : malloc(size);
}

static void *target_cache_alloc(void *state, void *cache, unsigned int gfp,
				void *site)
{
	return target_alloc(state, (unsigned long)cache, gfp, site);
}

static void target_free(void *state, void *block)
{
	free(block);
}

static void target_cache_free(void *state, void *cache, void *object)
{
	target_free(state, object);
}

const struct player_target user_malloc = {
	.name = "malloc",
	.begin = target_begin,
	.end = target_end,
	.held = target_held,
	.cache_create = target_cache_create,
	.cache_destroy = target_cache_destroy,
	.gfp = target_gfp,
	.site = target_site,
	.cache_alloc = target_cache_alloc,
	.cache_free = target_cache_free,
	.alloc = target_alloc,
	.free = target_free,
};
