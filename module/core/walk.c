// SPDX-License-Identifier: GPL-2.0-only
/*
 * walk.c - the lists of caches and heaps, and walks over them and their slabs.
 * Takes the list lock for a step, pins what it stands on, and holds nothing
 * while it looks.
 */
#include <linux/delay.h>
#include <linux/hash.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "layout.h"
#include "slab.h"
#include "walk.h"
#include "watched.h"

#define BUCKET_BITS	8
#define NR_BUCKETS	(1U << BUCKET_BITS)

struct list {
	/* Newest first: a walk has an end, however many come meanwhile. */
	struct list_head all;
	/* By name, and by address. */
	struct qr_listed *bucket[NR_BUCKETS];
	struct qr_listed *at[NR_BUCKETS];
};

static struct list caches = { .all = LIST_HEAD_INIT(caches.all) };
static struct list heaps = { .all = LIST_HEAD_INIT(heaps.all) };

/* Rank 2.  Protects both lists and the pins of what is on them. */
static DEFINE_RAW_SPINLOCK(list_lock);

/* ---------------------------------------------------------------- lists */

/* Where what is called @name is linked, or the end of its bucket. */
static struct qr_listed **find_locked(struct list *list, const char *name)
	__must_hold(&list_lock)
{
	struct qr_listed **at;
	const char *c;
	u32 hash = 0;

	for (c = name; *c; c++)
		hash = hash * 31 + (u8)*c;
	at = &list->bucket[hash % NR_BUCKETS];
	while (*at && strcmp((*at)->name, name))
		at = &(*at)->next;
	return at;
}

/* Where @item, which may be the address of anything, is linked by its address. */
static struct qr_listed **place_locked(struct list *list,
				       const struct qr_listed *item)
	__must_hold(&list_lock)
{
	struct qr_listed **at = &list->at[hash_ptr(item, BUCKET_BITS)];

	while (*at && *at != item)
		at = &(*at)->next_at;
	return at;
}

/* Caches that come on the list have their magazines closed: qr_walk_shut(). */
static bool shut;

bool qr_walk_is_shut(void)
{
	return READ_ONCE(shut);
}

void qr_walk_shut(bool shall)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&list_lock, flags);
	WRITE_ONCE(shut, shall);
	raw_spin_unlock_irqrestore(&list_lock, flags);
}

static void close_if_shut_locked(struct list *list, struct qr_listed *item)
	__must_hold(&list_lock)
{
	if (list == &caches && shut)
		WRITE_ONCE(container_of(item, struct quarry_cache,
					listed)->cpu, qr_closed);
}

/* @name is NULL for what nobody may find by it. */
static int list_add_named(struct list *list, struct qr_listed *item,
			  const char *name)
{
	struct qr_listed **at = NULL;
	unsigned long flags;
	int err = 0;

	raw_spin_lock_irqsave(&list_lock, flags);
	if (name)
		at = find_locked(list, name);
	if (at && *at) {
		err = -EEXIST;
	} else {
		item->name = name;
		if (at)
			*at = item;
		list_add(&item->link, &list->all);
		item->next_at = NULL;
		*place_locked(list, item) = item;
		close_if_shut_locked(list, item);
	}
	raw_spin_unlock_irqrestore(&list_lock, flags);
	return err;
}

static void hide_locked(struct list *list, struct qr_listed *item)
	__must_hold(&list_lock)
{
	struct qr_listed **at;

	if (!item->name)
		return;
	at = find_locked(list, item->name);
	*at = item->next;
	item->next = NULL;
	item->name = NULL;
}

static void list_hide(struct list *list, struct qr_listed *item)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&list_lock, flags);
	hide_locked(list, item);
	raw_spin_unlock_irqrestore(&list_lock, flags);
}

/* Takes @item off once nobody has it pinned. */
static void list_del_unpinned(struct list *list, struct qr_listed *item)
{
	unsigned long flags;
	bool gone;

	do {
		raw_spin_lock_irqsave(&list_lock, flags);
		hide_locked(list, item);
		gone = !item->pins;
		if (gone) {
			list_del_init(&item->link);
			*place_locked(list, item) = item->next_at;
		}
		raw_spin_unlock_irqrestore(&list_lock, flags);
		if (!gone)
			usleep_range(100, 1000);
	} while (!gone);
}

/* The next after @item, pinned; unpins @item. */
static struct qr_listed *list_step(struct list *list, struct qr_listed *item)
{
	struct qr_listed *next = NULL;
	struct list_head *at;
	unsigned long flags;

	raw_spin_lock_irqsave(&list_lock, flags);
	at = item ? item->link.next : list->all.next;
	if (at != &list->all) {
		next = list_entry(at, struct qr_listed, link);
		next->pins++;
	}
	if (item)
		item->pins--;
	raw_spin_unlock_irqrestore(&list_lock, flags);
	return next;
}

static void list_unpin(struct qr_listed *item)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&list_lock, flags);
	item->pins--;
	raw_spin_unlock_irqrestore(&list_lock, flags);
}

static void list_pin(struct qr_listed *item)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&list_lock, flags);
	item->pins++;
	raw_spin_unlock_irqrestore(&list_lock, flags);
}

static struct qr_listed *list_find(struct list *list, const char *name)
{
	struct qr_listed *item;
	unsigned long flags;

	raw_spin_lock_irqsave(&list_lock, flags);
	item = *find_locked(list, name);
	if (item)
		item->pins++;
	raw_spin_unlock_irqrestore(&list_lock, flags);
	return item;
}

static bool list_knows(struct list *list, const struct qr_listed *item)
{
	unsigned long flags;
	bool found;

	if (qr_in_nmi())
		return true;
	raw_spin_lock_irqsave(&list_lock, flags);
	found = *place_locked(list, item);
	raw_spin_unlock_irqrestore(&list_lock, flags);
	return found;
}

/* --------------------------------------------------------------- caches */

static struct quarry_cache *cache_of(struct qr_listed *item)
{
	return item ? container_of(item, struct quarry_cache, listed) : NULL;
}

int qr_walk_add_cache(struct quarry_cache *cache)
{
	return list_add_named(&caches, &cache->listed,
			      cache->heap ? NULL : cache->name);
}

void qr_walk_hide_cache(struct quarry_cache *cache)
{
	list_hide(&caches, &cache->listed);
}

void qr_walk_del_cache(struct quarry_cache *cache)
{
	list_del_unpinned(&caches, &cache->listed);
}

bool qr_walk_knows_cache(const struct quarry_cache *cache)
{
	return list_knows(&caches, &cache->listed);
}

struct quarry_cache *qr_walk_next_cache(struct quarry_cache *cache)
{
	return cache_of(list_step(&caches, cache ? &cache->listed : NULL));
}

void qr_walk_unpin_cache(struct quarry_cache *cache)
{
	list_unpin(&cache->listed);
}

void qr_walk_pin_cache(struct quarry_cache *cache)
{
	list_pin(&cache->listed);
}

bool qr_walk_pin_maybe(struct quarry_cache *cache, const char *name)
{
	unsigned long flags;
	bool found;

	if (qr_in_nmi())
		return false;
	raw_spin_lock_irqsave(&list_lock, flags);
	found = *place_locked(&caches, &cache->listed) &&
		!strcmp(cache->name, name);
	if (found)
		cache->listed.pins++;
	raw_spin_unlock_irqrestore(&list_lock, flags);
	return found;
}

struct quarry_cache *qr_walk_find_cache(const char *name)
{
	return cache_of(list_find(&caches, name));
}

/* ---------------------------------------------------------------- heaps */

static struct quarry_heap *heap_of(struct qr_listed *item)
{
	return item ? container_of(item, struct quarry_heap, listed) : NULL;
}

int qr_walk_add_heap(struct quarry_heap *heap)
{
	return list_add_named(&heaps, &heap->listed, heap->name);
}

void qr_walk_hide_heap(struct quarry_heap *heap)
{
	list_hide(&heaps, &heap->listed);
}

void qr_walk_del_heap(struct quarry_heap *heap)
{
	list_del_unpinned(&heaps, &heap->listed);
}

bool qr_walk_knows_heap(const struct quarry_heap *heap)
{
	return list_knows(&heaps, &heap->listed);
}

struct quarry_heap *qr_walk_next_heap(struct quarry_heap *heap)
{
	return heap_of(list_step(&heaps, heap ? &heap->listed : NULL));
}

void qr_walk_unpin_heap(struct quarry_heap *heap)
{
	list_unpin(&heap->listed);
}

struct quarry_heap *qr_walk_find_heap(const char *name)
{
	return heap_of(list_find(&heaps, name));
}

/* ---------------------------------------------------------------- slabs */

void qr_walk_slabs(struct quarry_cache *cache, qr_walk_slab_fn fn, void *data)
{
	int nid;

	for_each_node(nid) {
		struct qr_slab *slab = NULL;

		while ((slab = qr_slab_next(cache->node[nid], slab))) {
			fn(slab, data);
			cond_resched();
		}
	}
}

void qr_walk_all(qr_walk_slab_fn fn, void *data)
{
	struct quarry_cache *cache = NULL;

	while ((cache = qr_walk_next_cache(cache)))
		qr_walk_slabs(cache, fn, data);
	qr_watched_each(fn, data);
}

struct search {
	unsigned long address;
	qr_walk_object_fn fn;
	void *data;
	bool found;
};

static void search_slab(struct qr_slab *slab, void *data)
{
	struct search *search = data;

	if (search->address - slab->base >=
	    (unsigned long)slab->size * slab->objects)
		return;
	search->found = true;
	search->fn(slab, qr_slab_index(slab, search->address), search->data);
}

bool qr_walk_object(unsigned long address, qr_walk_object_fn fn, void *data)
{
	struct search search = { .address = address, .fn = fn, .data = data };

	qr_walk_all(search_slab, &search);
	return search.found;
}

/* ---------------------------------------------------------------- checks */

/* Items that buckets hold, each in the one that its name says; or -1. */
static long named_locked(struct list *list)
	__must_hold(&list_lock)
{
	struct qr_listed *item;
	unsigned int i;
	long nr = 0;

	for (i = 0; i < NR_BUCKETS; i++)
		for (item = list->bucket[i]; item; item = item->next, nr++)
			if (!item->name ||
			    *find_locked(list, item->name) != item)
				return -1;
	return nr;
}

static const char *damage_locked(struct list *list, unsigned long *address)
	__must_hold(&list_lock)
{
	const struct list_head *at = &list->all, *next;
	long named = 0;

	*address = (unsigned long)list;
	for (; (next = at->next) != &list->all; at = next) {
		if (next->prev != at)
			return "links of the list of caches or heaps";
		named += !!list_entry(next, struct qr_listed, link)->name;
	}
	if (list->all.prev != at)
		return "links of the list of caches or heaps";
	if (named != named_locked(list))
		return "names of caches or heaps";
	return NULL;
}

const char *qr_walk_damage(unsigned long *at)
{
	const char *damage;
	unsigned long flags;

	raw_spin_lock_irqsave(&list_lock, flags);
	damage = damage_locked(&caches, at) ?: damage_locked(&heaps, at);
	raw_spin_unlock_irqrestore(&list_lock, flags);
	return damage;
}
