// SPDX-License-Identifier: GPL-2.0-only
/*
 * walk.c - the lists of caches and heaps, and walks over them and their slabs.
 * Takes the list lock for a step, pins what it stands on, and holds nothing
 * while it looks.
 */
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "slab.h"
#include "walk.h"

/* Rank 2.  Protects both lists and the pins of what is on them. */
static DEFINE_RAW_SPINLOCK(list_lock);
static LIST_HEAD(cache_list);
static LIST_HEAD(heap_list);

/* ---------------------------------------------------------------- lists */

static struct quarry_cache *find_cache_locked(const char *name)
	__must_hold(&list_lock)
{
	struct quarry_cache *cache;

	list_for_each_entry(cache, &cache_list, link)
		if (!cache->heap && !READ_ONCE(cache->dead) &&
		    !strcmp(cache->name, name))
			return cache;
	return NULL;
}

static struct quarry_heap *find_heap_locked(const char *name)
	__must_hold(&list_lock)
{
	struct quarry_heap *heap;

	list_for_each_entry(heap, &heap_list, link)
		if (!READ_ONCE(heap->dead) && !strcmp(heap->name, name))
			return heap;
	return NULL;
}

int qr_walk_add_cache(struct quarry_cache *cache)
{
	unsigned long flags;
	int err = 0;

	raw_spin_lock_irqsave(&list_lock, flags);
	if (!cache->heap && find_cache_locked(cache->name))
		err = -EEXIST;
	else
		list_add_tail(&cache->link, &cache_list);
	raw_spin_unlock_irqrestore(&list_lock, flags);
	return err;
}

int qr_walk_add_heap(struct quarry_heap *heap)
{
	unsigned long flags;
	int err = 0;

	raw_spin_lock_irqsave(&list_lock, flags);
	if (find_heap_locked(heap->name))
		err = -EEXIST;
	else
		list_add_tail(&heap->link, &heap_list);
	raw_spin_unlock_irqrestore(&list_lock, flags);
	return err;
}

/* Takes @link off its list once @pins is 0. */
static void del_unpinned(struct list_head *link, const unsigned int *pins)
{
	unsigned long flags;
	bool gone;

	do {
		raw_spin_lock_irqsave(&list_lock, flags);
		gone = !*pins;
		if (gone)
			list_del_init(link);
		raw_spin_unlock_irqrestore(&list_lock, flags);
		if (!gone)
			usleep_range(100, 1000);
	} while (!gone);
}

void qr_walk_del_cache(struct quarry_cache *cache)
{
	del_unpinned(&cache->link, &cache->pins);
}

void qr_walk_del_heap(struct quarry_heap *heap)
{
	del_unpinned(&heap->link, &heap->pins);
}

struct quarry_cache *qr_walk_next_cache(struct quarry_cache *cache)
{
	struct list_head *at;
	unsigned long flags;
	struct quarry_cache *next = NULL;

	raw_spin_lock_irqsave(&list_lock, flags);
	at = cache ? cache->link.next : cache_list.next;
	if (at != &cache_list) {
		next = list_entry(at, struct quarry_cache, link);
		next->pins++;
	}
	if (cache)
		cache->pins--;
	raw_spin_unlock_irqrestore(&list_lock, flags);
	return next;
}

void qr_walk_unpin_cache(struct quarry_cache *cache)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&list_lock, flags);
	cache->pins--;
	raw_spin_unlock_irqrestore(&list_lock, flags);
}

struct quarry_heap *qr_walk_next_heap(struct quarry_heap *heap)
{
	struct list_head *at;
	unsigned long flags;
	struct quarry_heap *next = NULL;

	raw_spin_lock_irqsave(&list_lock, flags);
	at = heap ? heap->link.next : heap_list.next;
	if (at != &heap_list) {
		next = list_entry(at, struct quarry_heap, link);
		next->pins++;
	}
	if (heap)
		heap->pins--;
	raw_spin_unlock_irqrestore(&list_lock, flags);
	return next;
}

void qr_walk_unpin_heap(struct quarry_heap *heap)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&list_lock, flags);
	heap->pins--;
	raw_spin_unlock_irqrestore(&list_lock, flags);
}

struct quarry_cache *qr_walk_find_cache(const char *name)
{
	struct quarry_cache *cache;
	unsigned long flags;

	raw_spin_lock_irqsave(&list_lock, flags);
	cache = find_cache_locked(name);
	if (cache)
		cache->pins++;
	raw_spin_unlock_irqrestore(&list_lock, flags);
	return cache;
}

struct quarry_heap *qr_walk_find_heap(const char *name)
{
	struct quarry_heap *heap;
	unsigned long flags;

	raw_spin_lock_irqsave(&list_lock, flags);
	heap = find_heap_locked(name);
	if (heap)
		heap->pins++;
	raw_spin_unlock_irqrestore(&list_lock, flags);
	return heap;
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
