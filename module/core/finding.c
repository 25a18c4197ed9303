// SPDX-License-Identifier: GPL-2.0-only
/*
 * finding.c - an address that was misused becomes an event: what it is of,
 * where in it, who allocated it.  Takes no locks.
 */
#include <linux/atomic.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "event.h"
#include "finding.h"
#include "layout.h"
#include "slab.h"

static void describe_object(struct qr_event *event, const void *object)
{
	struct qr_slab *slab = qr_page_slab(object);
	u64 tag;
	u32 index;

	if (!slab)
		return;
	index = qr_slab_index(slab, (unsigned long)object);
	if (index >= slab->objects)
		return;
	event->offset = (unsigned long)object -
			(unsigned long)qr_slab_object(slab, index);
	tag = qr_tag_read(qr_tag_at(slab, index), slab->level);
	if (slab->level != QUARRY_LEVEL_OFF)
		event->site = qr_tag_site(tag);
	event->bytes = slab->size;
}

void qr_cache_finding(struct quarry_cache *cache, int kind, const void *object,
		      unsigned long caller)
{
	struct qr_event event = {
		.kind = kind,
		.address = (unsigned long)object,
		.caller = caller,
	};

	if (object)
		describe_object(&event, object);
	if (cache) {
		atomic_long_inc(&cache->findings);
		strscpy(event.owner, cache->name, sizeof(event.owner));
	}
	qr_event_add(&event);
}
