// SPDX-License-Identifier: GPL-2.0-only
/*
 * finding.c - an address that was misused becomes a finding: what it is of,
 * where in it, who allocated it, who freed it, who is at it now.
 *
 * What it is of may go while it is looked at: of slabs nothing is believed
 * that was read after their pages had lost the stamp, and nothing is read in a
 * way that could fault.
 */
#include <linux/atomic.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/preempt.h>
#include <linux/printk.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/topology.h>

#include "event.h"
#include "finding.h"
#include "frame.h"
#include "layout.h"
#include "origin.h"
#include "site_text.h"
#include "slab.h"
#include "suspect.h"
#include "walk.h"

/* Calls of quarry itself that may lead to a finding. */
#define OWN_FRAMES	12
/* Shown of an object that is not damaged, bytes. */
#define VIEW_PLAIN	32UL
#define ROW		16UL

/* ------------------------------------------------------- what it is of */

/* Both are multiples of a word. */
static bool load_safely(void *to, const void *from, size_t bytes)
{
	unsigned long *word = to;
	const unsigned long *at = from;

	for (; bytes; bytes -= sizeof(*word))
		if (!qr_load_nofault(word++, at++))
			return false;
	return true;
}

/*
 * The slab that @address lies in, and its first lines as they were while it
 * did; NULL when it is in none.
 */
static struct qr_slab *slab_find(unsigned long address, struct qr_slab *copy)
{
	struct qr_slab *slab;
	bool found;

	static_assert(sizeof(*copy) % sizeof(long) == 0);
	preempt_disable();
	slab = qr_page_slab((void *)address);
	found = slab && load_safely(copy, slab, sizeof(*copy)) &&
		qr_page_slab((void *)address) == slab;
	preempt_enable();
	return found ? slab : NULL;
}

/* The object that @address lies in, or the nearest. */
static u32 nearest_index(const struct qr_slab *slab, unsigned long address)
{
	if (address < slab->base)
		return 0;
	return min(qr_slab_index(slab, address), slab->objects - 1);
}

/* The owner's, or 0. */
static u64 tag_load(struct qr_slab *slab, const struct qr_slab *copy, u32 index)
{
	unsigned long at = (unsigned long)qr_tag_place(slab, index,
						       copy->level);
	unsigned long word;

	if (!qr_load_nofault(&word, (unsigned long *)(at & ~7UL)))
		return 0;
	if (copy->level == QUARRY_LEVEL_OFF)
		return word >> at % 8 * 8 & QR_TAG_LIVE;
	return word & QR_TAG_LIVE ? word : 0;
}

static u8 state_of(const struct qr_slab *copy, u32 index, u64 tag)
{
	unsigned long word;

	if (tag)
		return QR_OBJECT_LIVE;
	if (!qr_load_nofault(&word, copy->free + index / BITS_PER_LONG))
		return QR_OBJECT_NONE;
	return word >> index % BITS_PER_LONG & 1 ? QR_OBJECT_FREE :
						   QR_OBJECT_CACHED;
}

static u8 state_of_check(const struct qr_check *check)
{
	switch (READ_ONCE(check->state)) {
	case QR_CHECK_FREE:
		return QR_OBJECT_FREE;
	case QR_CHECK_LIVE:
		return QR_OBJECT_LIVE;
	case QR_CHECK_QUARANTINED:
		return QR_OBJECT_QUARANTINED;
	default:
		return QR_OBJECT_MOVING;
	}
}

static void tracks_take(struct qr_finding *f, const struct qr_track *born,
			const struct qr_track *freed)
{
	f->born = *born;
	f->freed = *freed;
	if (f->freed.caller)
		qr_caller_text(f->freed.caller, f->freed_text,
			       sizeof(f->freed_text));
}

/* What slabs with debug options know of an object. */
static u64 history_take(struct qr_finding *f, const struct qr_check *check)
{
	f->state = state_of_check(check);
	f->asked = check->asked;
	tracks_take(f, &check->born, &check->freed);
	return check->tag;
}

/* What level stack knows. */
static void origin_take(struct qr_finding *f, const struct qr_slab *slab,
			u32 index)
{
	struct qr_origin origin;

	if (!qr_origin_read(slab, index, &origin))
		return;
	f->born.time_ns = origin.time_ns;
	f->born.stack = origin.stack;
	f->born.pid = origin.pid;
	f->born.cpu = origin.cpu;
	memcpy(f->born.comm, origin.comm, sizeof(f->born.comm));
}

static u32 asked_of(const struct qr_slab *slab, u64 tag)
{
	if (!(slab->flags & QR_SLAB_HEAP))
		return slab->cache->object_size;
	if (slab->level == QUARRY_LEVEL_OFF || !tag)
		return 0;
	return slab->size - qr_tag_slack(tag, slab->size);
}

static void object_take(struct qr_finding *f, struct qr_slab *slab,
			const struct qr_slab *copy, u32 index)
{
	const struct qr_check *check = qr_slab_check(slab, index);
	u64 tag = tag_load(slab, copy, index);

	f->object = (unsigned long)qr_slab_object(copy, index);
	f->usable = qr_slab_bytes(slab);
	f->frozen = copy->flags & QR_SLAB_FROZEN;
	strscpy(f->cache, copy->cache->name, sizeof(f->cache));
	if (check) {
		tag = history_take(f, check);
	} else {
		f->state = state_of(copy, index, tag);
		f->asked = asked_of(copy, tag);
	}
	if (copy->level == QUARRY_LEVEL_OFF || !tag)
		return;
	f->event.site = qr_tag_site(tag);
	f->born_age_ms = jiffies_to_msecs(qr_jiffies() - qr_tag_birth(tag));
	if (!check && copy->level == QUARRY_LEVEL_STACK)
		origin_take(f, slab, index);
}

/* What the place of a guarded object knows whose slab is gone, or not near. */
static bool story_take(struct qr_finding *f, unsigned long address)
{
	struct qr_guard_story story;

	if (!qr_guard_story(address, &story))
		return false;
	f->object = story.object;
	f->asked = story.asked;
	f->usable = story.asked;
	f->state = story.live ? QR_OBJECT_LIVE : QR_OBJECT_FREE;
	f->event.site = qr_tag_site(story.tag);
	strscpy(f->cache, story.owner, sizeof(f->cache));
	tracks_take(f, &story.born, &story.freed);
	return true;
}

/* Of a guarded object that was freed nothing can be seen. */
static bool is_closed(const struct qr_finding *f, const struct qr_slab *copy)
{
	return (copy->flags & QR_SLAB_GUARD) &&
	       (f->state == QR_OBJECT_FREE ||
		f->state == QR_OBJECT_QUARANTINED);
}

/* --------------------------------------------------------- a look at it */

static void view_load(struct qr_finding *f)
{
	unsigned long at, word;
	unsigned int i;

	for (i = 0; i < f->view_bytes; i++) {
		at = f->view + i;
		if (!qr_load_nofault(&word, (unsigned long *)(at & ~7UL)))
			continue;
		f->byte[i] = word >> at % 8 * 8;
		__set_bit(i, f->known);
	}
}

/*
 * In rows from the object's start: those with damage, the one before and the
 * one behind them; else the first two.  Not beyond the slab's pages.
 */
static void view_take(struct qr_finding *f, const struct qr_slab *slab)
{
	unsigned long first = (unsigned long)slab->pages;
	unsigned long end = first + (unsigned long)slab->nr_pages * PAGE_SIZE;
	unsigned long from = f->object, to;

	if (f->damage_bytes) {
		from -= round_up(f->object - min(f->address, f->object), ROW);
		from += round_down(f->address - from, ROW);
		to = from + round_up(f->address + f->damage_bytes - from, ROW) +
		     ROW;
		if (from >= first + ROW)
			from -= ROW;
	} else {
		to = from + min_t(unsigned long, VIEW_PLAIN, slab->size);
	}
	f->view = max(from, first);
	f->view_bytes = min3(end, to, f->view + QR_FINDING_VIEW) - f->view;
	view_load(f);
}

/* ------------------------------------------------------------- who, where */

static noinline void calls_take(struct qr_finding *f)
{
	struct qr_frame frame[QR_FINDING_FRAMES + OWN_FRAMES];
	unsigned int i, all;

	all = qr_platform_walk(frame, ARRAY_SIZE(frame));
	for (i = 0; i < all && f->nr_entries < QR_FINDING_FRAMES; i++)
		if (f->nr_entries || !qr_platform_is_own(frame[i].address))
			f->entry[f->nr_entries++] = frame[i].address;
}

static void who_take(struct qr_finding *f)
{
	f->pid = qr_platform_task(f->comm);
	f->cpu = raw_smp_processor_id();
	/* Who died has brought them. */
	if (!f->nr_entries && !qr_in_nmi())
		calls_take(f);
	if (!f->event.caller && f->nr_entries)
		f->event.caller = f->entry[0];
}

static enum qr_address address_kind(unsigned long address)
{
	if (address < PAGE_SIZE)
		return QR_ADDRESS_NULL_PAGE;
	if (IS_ERR_VALUE(address))
		return QR_ADDRESS_ERROR;
	return qr_platform_address(address);
}

/* An address in no slab. */
static void foreign_take(struct qr_finding *f)
{
	f->where = address_kind(f->address);
	f->event.where = qr_address_name(f->where);
	if (f->where == QR_ADDRESS_IMAGE || f->where == QR_ADDRESS_MODULE)
		qr_caller_text(f->address, f->symbol, sizeof(f->symbol));
}

/*
 * Where @address is, and what is there; @near is where its slab is looked for.
 * Returns that slab.
 */
static struct qr_slab *address_take(struct qr_finding *f, unsigned long address,
				    unsigned long near)
{
	struct qr_slab copy, *slab = slab_find(near, &copy);

	f->address = address;
	if (slab && !qr_walk_knows_cache(copy.cache))
		slab = NULL;
	if (slab) {
		object_take(f, slab, &copy, nearest_index(&copy, near));
		if (!is_closed(f, &copy))
			view_take(f, &copy);
	} else if (!story_take(f, near)) {
		foreign_take(f);
		return NULL;
	}
	f->event.offset = address - f->object;
	f->event.end = f->asked ?: f->usable;
	f->event.bytes = f->usable;
	return slab;
}

/* --------------------------------------------------------------- to tell */

static void log_line(void *unused, const char *text)
{
	pr_err("  %s\n", text);
}

/* What has no room for a finding is told by its headline alone. */
static struct qr_finding *begin(struct qr_event *event, struct qr_finding *f)
{
	if (!f) {
		qr_event_add(event);
		qr_platform_found(event);
		return NULL;
	}
	f->event = *event;
	return f;
}

/* @cache is one, or NULL; so is @owner, whose @slab may be gone. */
static void tell(struct qr_finding *f, struct quarry_cache *cache,
		 struct quarry_cache *owner, struct qr_slab *slab)
{
	bool fatal = qr_on_error_is_fatal(cache);

	who_take(f);
	f->event.urgent = fatal;
	/* The kernel's own report of a guard page has more from oops.c. */
	if (qr_event_add(&f->event) && f->event.kind != QR_EVENT_GUARD)
		qr_finding_lines(f, true, log_line, NULL);
	qr_platform_found(&f->event);
	qr_finding_release(f);
	if (fatal)
		panic("quarry: %s\n", qr_event_name(f->event.kind));
	if (owner && qr_on_error() == QR_ON_ERROR_FREEZE && !qr_in_nmi())
		qr_on_error_freeze(owner, slab);
}

/* Counts it; false where @cache is none, or none any more. */
static bool charge(struct quarry_cache *cache, struct qr_event *event)
{
	if (!cache)
		return false;
	if (!qr_walk_knows_cache(cache)) {
		event->kind = QR_EVENT_DEAD;
		return false;
	}
	atomic_long_inc(&cache->findings);
	strscpy(event->owner, cache->name, sizeof(event->owner));
	return true;
}

void qr_damage_found(struct quarry_cache *cache, int kind, const void *object,
		     const void *damage, size_t bytes, unsigned long caller)
{
	struct qr_event event = {
		.kind = kind,
		.address = (unsigned long)object,
		.caller = caller,
	};
	struct quarry_cache *owner = NULL;
	struct qr_slab *slab = NULL;
	struct qr_finding *f;

	if (!charge(cache, &event))
		cache = NULL;
	f = begin(&event, qr_finding_claim());
	if (!f)
		return;
	f->damage_bytes = bytes;
	/* What the slab has beside its pages stays until then. */
	rcu_read_lock();
	if (object)
		slab = address_take(f, (unsigned long)damage,
				    (unsigned long)object);
	if (slab)
		owner = slab->cache;
	rcu_read_unlock();
	tell(f, cache, owner, slab);
}

void qr_cache_finding(struct quarry_cache *cache, int kind, const void *object,
		      unsigned long caller)
{
	qr_damage_found(cache, kind, object, object, 0, caller);
}

void qr_event_finding(struct qr_event *event)
{
	struct qr_finding *f = begin(event, qr_finding_claim());

	if (!f)
		return;
	f->address = event->address;
	tell(f, NULL, NULL, NULL);
	*event = f->event;
}

/* Who dies holds nothing: the cache may be gone, or go meanwhile. */
void qr_guard_found(const struct qr_guard_story *story, unsigned long address,
		    const unsigned long *call, unsigned int nr)
{
	struct quarry_cache *cache = story->cache;
	struct qr_event event = {
		.kind = QR_EVENT_GUARD,
		.site = qr_tag_site(story->tag),
		.address = address,
		.bytes = story->asked,
		.caller = *call,
	};
	struct qr_finding *f;

	strscpy(event.owner, story->owner, sizeof(event.owner));
	if (qr_walk_pin_maybe(cache, story->owner))
		atomic_long_inc(&cache->findings);
	else
		cache = NULL;
	f = begin(&event, qr_finding_claim());
	if (f) {
		f->nr_entries = min(nr, QR_FINDING_FRAMES);
		memcpy(f->entry, call, f->nr_entries * sizeof(*call));
		rcu_read_lock();
		address_take(f, address, story->object);
		rcu_read_unlock();
		tell(f, cache, NULL, NULL);
	}
	if (cache)
		qr_walk_unpin_cache(cache);
}

void qr_finding_suspect(void)
{
	const struct qr_suspect *suspect = qr_suspect_take();

	if (!suspect)
		return;
	qr_cache_finding(suspect->slab ? suspect->slab->cache : NULL,
			 suspect->kind, suspect->object, 0);
	if (suspect->slab && suspect->kind == QR_EVENT_BAD_TAG)
		qr_slab_freeze(suspect->slab);
	qr_suspect_done();
}

/* ------------------------------------------------- caches that are gone */

static bool gone(struct quarry_cache *cache, bool dead, const void *address,
		 unsigned long caller)
{
	if (likely(!dead))
		return false;
	qr_cache_finding(cache, QR_EVENT_DEAD, address, caller);
	return true;
}

bool qr_cache_is_gone(struct quarry_cache *cache, unsigned long caller)
{
	bool known = qr_walk_knows_cache(cache);

	return gone(known ? cache : NULL, !known || READ_ONCE(cache->dead),
		    cache, caller);
}

bool qr_heap_is_gone(struct quarry_heap *heap, unsigned long caller)
{
	bool known = qr_walk_knows_heap(heap);

	return gone(known ? heap->runs : NULL, !known || READ_ONCE(heap->dead),
		    heap, caller);
}
