// SPDX-License-Identifier: GPL-2.0-only
/*
 * abandon.c - caches that are still there when quarry itself goes: those that
 * nobody destroyed, and those whose objects nobody has freed.
 */
#include <linux/kernel.h>
#include <linux/printk.h>

#include "abandon.h"
#include "cache.h"
#include "pages.h"
#include "slab.h"
#include "walk.h"

static void abandon_slab(struct qr_slab *slab, void *data)
{
	if (!(qr_slab_flags(slab) & QR_SLAB_GUARD))
		qr_pages_unstamp(slab->pages, slab->nr_pages);
}

void qr_cache_abandon(struct quarry_cache *cache)
{
	qr_walk_slabs(cache, abandon_slab, NULL);
}

static struct quarry_cache *find_forgotten(void)
{
	struct quarry_cache *cache = NULL;

	while ((cache = qr_walk_next_cache(cache)))
		if (!cache->heap && !READ_ONCE(cache->dead))
			break;
	return cache;
}

unsigned long qr_cache_exit(void)
{
	struct quarry_cache *cache;
	struct qr_cache_count count;
	unsigned long live = 0;

	while ((cache = find_forgotten())) {
		pr_err("cache %s was never destroyed\n", cache->name);
		qr_walk_unpin_cache(cache);
		if (quarry_cache_destroy(cache))
			qr_platform_drop();
	}
	while ((cache = qr_walk_next_cache(cache))) {
		if (cache->heap)
			continue;
		qr_cache_count(cache, &count);
		live += count.live;
		qr_cache_abandon(cache);
	}
	return live;
}
