// SPDX-License-Identifier: GPL-2.0-only
/*
 * target_slub.c - plays a stream into the kernel's own allocator, for
 * comparison.  Every cache is one of its own, never merged; so are kmalloc's
 * size classes, made anew with kmalloc's sizes and alignment: both allocators
 * begin with no memory at all, and what is measured is this stream's alone.
 * Blocks above the classes come from kmalloc() itself, which asks for pages.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/slab.h>

#include "kmod.h"

/* Since 6.5; before, any flag that forbids merging and costs nothing. */
#ifndef SLAB_NO_MERGE
#define SLAB_NO_MERGE	SLAB_NOLEAKTRACE
#endif

static const unsigned int class_size[SLUB_NR_CLASSES] = {
	8, 16, 32, 64, 96, 128, 192, 256, 512, 1024, 2048, 4096, 8192,
};

/* Index in class_size of the smallest that holds @size, 1 to 8192 bytes. */
static unsigned int class_of(unsigned int size)
{
	unsigned int log = size <= 8 ? 3 : ilog2(size - 1) + 1;

	switch (log) {
	case 3 ... 6:
		return log - 3;
	case 7:
		return size <= 96 ? 4 : 5;
	case 8:
		return size <= 192 ? 6 : 7;
	default:
		return log - 1;
	}
}

static struct kmem_cache *make_cache(const char *name, unsigned int size,
				     unsigned int align)
{
	char full[QRYS_NAME_MAX + 8];

	snprintf(full, sizeof(full), "replay-%s", name);
	return kmem_cache_create(full, size, align, SLAB_NO_MERGE, NULL);
}

static void destroy_classes(struct slub_target *t)
{
	int i;

	for (i = 0; i < SLUB_NR_CLASSES; i++) {
		kmem_cache_destroy(t->class[i]);
		t->class[i] = NULL;
	}
}

static int target_begin(void *state, const struct qrys_stream *stream)
{
	struct slub_target *t = state;
	char name[24];
	int i;

	for (i = 0; i < SLUB_NR_CLASSES; i++) {
		unsigned int size = class_size[i];

		snprintf(name, sizeof(name), "kmalloc-%u", size);
		t->class[i] = make_cache(name, size,
					 is_power_of_2(size) ? size : 8);
		if (!t->class[i]) {
			destroy_classes(t);
			return -ENOMEM;
		}
	}
	t->used_before = world_used_bytes();
	return 0;
}

static int target_end(void *state)
{
	destroy_classes(state);
	return 0;
}

static long long target_held(void *state)
{
	struct slub_target *t = state;

	return world_used_bytes() - t->used_before;
}

static void *target_cache_create(void *state, const char *name,
				 unsigned int size)
{
	return make_cache(name, size, 0);
}

static int target_cache_destroy(void *state, void *cache)
{
	kmem_cache_destroy(cache);
	return 0;
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
	return NULL;
}

static void *target_cache_alloc(void *state, void *cache, unsigned int gfp,
				void *site)
{
	return kmem_cache_alloc(cache, (__force gfp_t)gfp);
}

static void target_cache_free(void *state, void *cache, void *object)
{
	kmem_cache_free(cache, object);
}

static void *target_alloc(void *state, unsigned int size, unsigned int gfp,
			  void *site)
{
	struct slub_target *t = state;

	if (unlikely(size > class_size[SLUB_NR_CLASSES - 1]))
		return kmalloc(size, (__force gfp_t)gfp);
	return kmem_cache_alloc(t->class[class_of(size)], (__force gfp_t)gfp);
}

static void target_free(void *state, void *block)
{
	kfree(block);
}

const struct player_target target_slub = {
	.name = "slub",
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
