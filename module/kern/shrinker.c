// SPDX-License-Identifier: GPL-2.0-only
/*
 * shrinker.c - gives depots and empty slabs back when the kernel runs short
 * of memory.  Counts in pages.  Waits for nothing: the magazines of CPUs are
 * left to the clock.
 */
#include <linux/mm.h>
#include <linux/shrinker.h>

#include "cache.h"
#include "hooks.h"
#include "walk.h"

static struct shrinker legacy;
static struct shrinker *shrinker;

static unsigned long shrink_count(struct shrinker *s, struct shrink_control *sc)
{
	struct quarry_cache *cache = NULL;
	unsigned long pages = 0;

	qr_age_press();
	while ((cache = qr_walk_next_cache(cache)))
		pages += qr_cache_reclaimable(cache);
	return pages ?: SHRINK_EMPTY;
}

static unsigned long shrink_scan(struct shrinker *s, struct shrink_control *sc)
{
	struct quarry_cache *cache = NULL;
	unsigned long pages = 0;

	while ((cache = qr_walk_next_cache(cache))) {
		pages += qr_cache_drain(cache);
		if (pages >= sc->nr_to_scan) {
			qr_walk_unpin_cache(cache);
			break;
		}
	}
	return pages ?: SHRINK_STOP;
}

int qr_shrinker_init(void)
{
	static const struct shrinker ops = {
		.count_objects = shrink_count,
		.scan_objects = shrink_scan,
		/* Costs no input or output to make anew: half at each request. */
		.seeks = 0,
		.batch = 32,
	};

	shrinker = qr_shrinker_register(&legacy, &ops);
	return shrinker ? 0 : -ENOMEM;
}

void qr_shrinker_exit(void)
{
	qr_shrinker_unregister(shrinker);
}
