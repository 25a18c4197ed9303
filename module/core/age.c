// SPDX-License-Identifier: GPL-2.0-only
/*
 * age.c - gives back, as time goes by, what magazines hold and nobody uses.
 * A depot's working set is what went below its stock since the last tick
 * (Bonwick and Adams, "Magazines and Vmem", USENIX 2001, section 3.3); the
 * magazines of CPUs go when their cache rests.  Owns age_lock, and under it
 * the ages of caches.  Who armed fail_nth and is no more is noticed here, too.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/nodemask.h>
#include <linux/sched.h>

#include "age.h"
#include "cache.h"
#include "inject_control.h"
#include "magazine.h"
#include "slab.h"
#include "walk.h"

/* Who makes a tick: outside of drain_lock. */
static DEFINE_MUTEX(age_lock);

/* Ticks without a call after which a cache's CPUs are emptied. */
#define REST_TICKS	4U

/* What the depots of @cache did not need since the last tick. */
static void depots_age(struct quarry_cache *cache)
{
	LIST_HEAD(doomed);
	int nid;

	for_each_node(nid) {
		struct qr_node *node = cache->node[nid];

		qr_magazines_dissolve(node, qr_depot_age(&node->depot),
				      &doomed);
	}
	qr_slab_release(&doomed);
}

/* Whether nobody has called for some ticks. */
static bool cache_rests(struct quarry_cache *cache,
			const struct qr_cache_count *count)
{
	unsigned long calls = count->allocs + count->frees;

	cache->rest_ticks = calls == cache->calls ? cache->rest_ticks + 1 : 0;
	cache->calls = calls;
	return cache->rest_ticks >= REST_TICKS;
}

bool qr_age(bool pressure)
{
	struct quarry_cache *cache = NULL;
	struct qr_cache_count count;
	bool more = false;

	mutex_lock(&age_lock);
	while ((cache = qr_walk_next_cache(cache))) {
		if (!atomic_long_read(&cache->mag_bytes))
			continue;
		qr_cache_count(cache, &count);
		if (cache_rests(cache, &count) || pressure) {
			qr_caches_drain(&cache, 1);
			cache->rest_ticks = 0;
		} else {
			depots_age(cache);
			more = true;
		}
		cond_resched();
	}
	mutex_unlock(&age_lock);
	return qr_inject_age() || more;
}
