// SPDX-License-Identifier: GPL-2.0-only
/*
 * target_quarry.c - plays a stream into quarry through its public interface:
 * each kmem_cache of the stream is a cache of that name and object size, its
 * kmalloc calls go to a heap named after the stream, and each call site of the
 * captured kernel has its own record, so that quarry reports the original
 * functions.  Compiled in both worlds.
 */
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/types.h>

#include <quarry/quarry.h>

#include "target_quarry.h"

static int make_sites(struct quarry_target *t, const struct qrys_stream *stream)
{
	unsigned int i;

	t->site = t->world->get((stream->nr_sites + 1) * sizeof(*t->site));
	if (!t->site)
		return -ENOMEM;
	for (i = 0; i < stream->nr_sites; i++) {
		t->site[i].file = stream->title;
		t->site[i].func = stream->site[i].name;
		t->site[i].module = stream->title;
	}
	return 0;
}

/* Caches and heaps of several instances need names of their own. */
static void name_of(const struct quarry_target *t, const char *base, char *name)
{
	if (t->instance)
		t->world->print(name, QUARRY_NAME_MAX + 1, "%s~%u", base,
				t->instance);
	else
		t->world->print(name, QUARRY_NAME_MAX + 1, "%s", base);
}

static int target_begin(void *state, const struct qrys_stream *stream)
{
	struct quarry_target *t = state;
	char name[QUARRY_NAME_MAX + 1];
	int err = make_sites(t, stream);

	if (err)
		return err;
	t->used_before = t->used();
	name_of(t, stream->title, name);
	t->heap = quarry_heap_create(name, 0);
	if (!IS_ERR_OR_NULL(t->heap))
		return 0;
	err = t->heap ? PTR_ERR(t->heap) : -ENOMEM;
	t->world->put(t->site);
	return err;
}

static int target_end(void *state)
{
	struct quarry_target *t = state;
	int err = quarry_heap_destroy(t->heap);

	quarry_barrier();
	t->world->put(t->site);
	return err;
}

static long long target_held(void *state)
{
	struct quarry_target *t = state;

	return t->used() - t->used_before;
}

static void *target_cache_create(void *state, const char *name,
				 unsigned int size)
{
	char full[QUARRY_NAME_MAX + 1];
	struct quarry_cache *cache;

	name_of(state, name, full);
	cache = quarry_cache_create(full, size, 0, 0, NULL);
	return IS_ERR(cache) ? NULL : cache;
}

static int target_cache_destroy(void *state, void *cache)
{
	return quarry_cache_destroy(cache);
}

static unsigned int target_gfp(void *state, unsigned int qrys_gfp)
{
	static const gfp_t class[] = {
		[QRYS_GFP_KERNEL] = GFP_KERNEL,
		[QRYS_GFP_NOWAIT] = GFP_NOWAIT,
		[QRYS_GFP_ATOMIC] = GFP_ATOMIC,
		[QRYS_GFP_NOFS] = GFP_NOFS,
	};
	gfp_t gfp = class[qrys_gfp & ~QRYS_GFP_ZERO] | __GFP_NOWARN;

	if (qrys_gfp & QRYS_GFP_ZERO)
		gfp |= __GFP_ZERO;
	return (__force unsigned int)gfp;
}

static void *target_site(void *state, unsigned int site)
{
	struct quarry_target *t = state;

	return &t->site[site];
}

static void *target_cache_alloc(void *state, void *cache, unsigned int gfp,
				void *site)
{
	return __quarry_cache_alloc(cache, (__force gfp_t)gfp, site);
}

static void target_cache_free(void *state, void *cache, void *object)
{
	quarry_cache_free(cache, object);
}

static void *target_alloc(void *state, unsigned int size, unsigned int gfp,
			  void *site)
{
	struct quarry_target *t = state;

	return __quarry_heap_alloc(t->heap, size, (__force gfp_t)gfp, site);
}

static void target_free(void *state, void *block)
{
	struct quarry_target *t = state;

	quarry_heap_free(t->heap, block);
}

const struct player_target target_quarry = {
	.name = "quarry",
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
