// SPDX-License-Identifier: GPL-2.0-only
/*
 * prepare.c - what a fresh object needs before its owner has it: zeroed as gfp and
 * the running kernel's policy want, and opened where there is a sanitizer.
 */
#include <linux/kernel.h>
#include <linux/preempt.h>
#include <linux/string.h>

#include "cache.h"
#include "checks.h"
#include "event.h"
#include "fast.h"
#include "sanitizer.h"
#include "slab.h"

/* Its owner may use what was asked for. */
static void open_asked(void *object)
{
	struct qr_slab *slab;

	preempt_disable();
	slab = qr_page_slab(object);
	if (slab)
		qr_sanitizer_open(slab, object, qr_slab_asked(slab, object));
	preempt_enable();
}

static bool can_prepare(const struct quarry_cache *cache, gfp_t gfp)
{
	return !(gfp & GFP_ZONEMASK) && !(cache->ctor && (gfp & __GFP_ZERO));
}

static bool must_zero(const struct quarry_cache *cache, gfp_t gfp)
{
	return (gfp & __GFP_ZERO) ||
	       (qr_want_init_on_alloc(gfp) && !cache->ctor &&
		!(cache->flags & QUARRY_TYPESAFE_BY_RCU));
}

void *qr_cache_alloc_prepared(struct quarry_cache *cache, gfp_t gfp, u64 tag)
{
	void *object = qr_fast_pop(cache, &tag, 0, QUARRY_LEVEL_SITE);

	if (unlikely(!object))
		return qr_cache_alloc_other(cache, gfp, tag);
	return qr_cache_prepare_whole(cache, object, gfp);
}

void *qr_cache_prepare_whole(struct quarry_cache *cache, void *object, gfp_t gfp)
{
	if (QR_SANITIZED || unlikely(!can_prepare(cache, gfp)))
		return qr_cache_prepare(object, gfp);
	if (must_zero(cache, gfp))
		memset(object, 0, cache->layout.size);
	return object;
}

void *qr_cache_prepare(void *object, gfp_t gfp)
{
	struct quarry_cache *cache = NULL;
	struct qr_slab *slab;
	u32 bytes = 0;

	preempt_disable();
	slab = qr_page_slab(object);
	if (likely(slab)) {
		cache = slab->cache;
		bytes = qr_slab_usable(slab, object);
		qr_sanitizer_open(slab, object, bytes);
	}
	preempt_enable();
	/* Freed already, by who has no business with it: its owner will hear. */
	if (unlikely(!cache))
		return object;
	if (unlikely(!can_prepare(cache, gfp))) {
		qr_cache_finding(cache, QR_EVENT_BAD_GFP, object, 0);
		qr_cache_free_slow(cache, object, 0);
		return NULL;
	}
	if (must_zero(cache, gfp))
		memset(object, 0, bytes);
	if (QR_SANITIZED)
		open_asked(object);
	return object;
}
