// SPDX-License-Identifier: GPL-2.0-only
/*
 * slab.c - objects in page runs: how slabs hand out and take back objects.
 * Owns the lists, bitmaps and counts of struct qr_node and takes its lock.
 */
#include <linux/bitmap.h>
#include <linux/bitops.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/spinlock.h>

#include "layout.h"
#include "meta.h"
#include "slab.h"

/* ---------------------------------------------------------------- lists */

static void node_add(struct qr_node *node, struct qr_slab *slab)
	__must_hold(&node->lock)
{
	list_add_tail(&slab->all, &node->all);
	list_add(&slab->link, &node->empty[slab->level]);
	node->nr_slabs++;
	node->nr_empty++;
	node->nr_objects += slab->objects;
	node->nr_free += slab->objects;
	node->nr_pages += slab->nr_pages;
	node->meta_bytes += qr_meta_size(qr_slab_meta_bytes(slab));
	node->stats.slabs_created++;
	node->stats.slabs_max = max(node->stats.slabs_max, node->nr_slabs);
	node->stats.pages_max = max(node->stats.pages_max, node->nr_pages);
}

/* Off @all, onto @doomed. */
static void node_remove(struct qr_node *node, struct qr_slab *slab,
			struct list_head *doomed)
	__must_hold(&node->lock)
{
	list_del_init(&slab->all);
	list_move_tail(&slab->link, doomed);
	node->nr_slabs--;
	node->nr_objects -= slab->objects;
	node->nr_free -= slab->objects;
	node->nr_pages -= slab->nr_pages;
	node->meta_bytes -= qr_meta_size(qr_slab_meta_bytes(slab));
	node->stats.slabs_destroyed++;
}

/* An empty slab leaves its list for good: now, or at the last unpin. */
static void node_retire(struct qr_node *node, struct qr_slab *slab,
			struct list_head *doomed)
	__must_hold(&node->lock)
{
	node->nr_empty--;
	if (!slab->pins) {
		node_remove(node, slab, doomed);
		return;
	}
	WRITE_ONCE(slab->flags, slab->flags | QR_SLAB_DYING);
	list_del_init(&slab->link);
}

/* Whether a slab that had @was free objects belongs on another list now. */
static __always_inline bool state_changed(const struct qr_slab *slab, u32 was)
{
	return unlikely(!was || was == slab->objects || !slab->nr_free ||
			slab->nr_free == slab->objects);
}

/* Puts a slab on the list its state asks for; @was is its nr_free before. */
static noinline void node_relist(struct qr_node *node, struct qr_slab *slab, u32 was)
	__must_hold(&node->lock)
{
	bool was_partial = was && was < slab->objects;
	bool partial = slab->nr_free && slab->nr_free < slab->objects;

	if (slab->flags & QR_SLAB_FROZEN)
		return;
	node->nr_partial += partial - was_partial;
	node->nr_empty += (slab->nr_free == slab->objects) -
			  (was == slab->objects);
	if (partial && !was_partial)
		list_move(&slab->link, &node->partial[slab->level]);
	else if (slab->nr_free == slab->objects)
		list_move(&slab->link, &node->empty[slab->level]);
	else if (!slab->nr_free)
		list_del_init(&slab->link);
}

/* ----------------------------------------------------------- hand-out */

/* xorshift64: the seed is random, the lock orders the steps. */
static u32 next_random(struct qr_node *node)
	__must_hold(&node->lock)
{
	node->random ^= node->random << 13;
	node->random ^= node->random >> 7;
	node->random ^= node->random << 17;
	return node->random >> 32;
}

/* Takes up to @nr objects of one slab, from a random place on, wrapping. */
static unsigned int slab_take(struct qr_node *node, struct qr_slab *slab,
			      struct qr_entry *entry, unsigned int nr)
	__must_hold(&node->lock)
{
	u32 was = slab->nr_free;
	unsigned int at = (u64)next_random(node) * slab->objects >> 32;
	unsigned int got;

	nr = min(nr, was);
	for (got = 0; got < nr; got++) {
		at = find_next_bit(slab->free, slab->objects, at);
		if (at >= slab->objects)
			at = find_first_bit(slab->free, slab->objects);
		__clear_bit(at, slab->free);
		entry[got].object = qr_slab_object(slab, at);
		entry[got].tag = qr_tag_at(slab, at);
	}
	WRITE_ONCE(slab->nr_free, was - got);
	node->nr_free -= got;
	if (state_changed(slab, was))
		node_relist(node, slab, was);
	return got;
}

static void shuffle(struct qr_node *node, struct qr_entry *entry,
		    unsigned int nr)
	__must_hold(&node->lock)
{
	unsigned int i, other;

	for (i = nr; i > 1; i--) {
		other = (u64)next_random(node) * i >> 32;
		swap(entry[i - 1], entry[other]);
	}
}

static void count_taken(struct qr_node *node, unsigned int nr, bool direct)
	__must_hold(&node->lock)
{
	if (direct)
		node->stats.direct_allocs += nr;
	else if (nr)
		node->stats.refills++;
	node->stats.out_max = max(node->stats.out_max,
				  node->nr_objects - node->nr_free);
}

unsigned int qr_slab_take(struct qr_node *node, unsigned int level,
			  struct qr_entry *entry, unsigned int nr, bool direct)
{
	unsigned int got = 0;
	unsigned long flags;

	raw_spin_lock_irqsave(&node->lock, flags);
	while (got < nr) {
		struct qr_slab *slab;

		slab = list_first_entry_or_null(&node->partial[level],
						struct qr_slab, link);
		if (!slab)
			slab = list_first_entry_or_null(&node->empty[level],
							struct qr_slab, link);
		if (!slab)
			break;
		got += slab_take(node, slab, entry + got, nr - got);
	}
	shuffle(node, entry, got);
	count_taken(node, got, direct);
	raw_spin_unlock_irqrestore(&node->lock, flags);
	return got;
}

unsigned int qr_slab_attach(struct qr_slab *slab, struct qr_entry *entry,
			    unsigned int nr)
{
	struct qr_node *node = qr_home_node(slab->home);
	unsigned long flags;
	unsigned int got;

	if (!(slab->flags & QR_SLAB_VIRT))
		qr_pages_stamp(slab->pages, slab->nr_pages, slab);
	raw_spin_lock_irqsave(&node->lock, flags);
	node_add(node, slab);
	got = slab_take(node, slab, entry, nr);
	count_taken(node, got, true);
	raw_spin_unlock_irqrestore(&node->lock, flags);
	return got;
}

/* -------------------------------------------------------------- return */

static void slab_give(struct qr_node *node, struct qr_slab *slab,
		      const void *object, struct list_head *doomed)
	__must_hold(&node->lock)
{
	u32 was = slab->nr_free;

	__set_bit(qr_slab_index(slab, (unsigned long)object), slab->free);
	WRITE_ONCE(slab->nr_free, was + 1);
	node->nr_free++;
	if (!state_changed(slab, was))
		return;
	node_relist(node, slab, was);
	if (slab->nr_free == slab->objects && !(slab->flags & QR_SLAB_FROZEN) &&
	    (node->nr_empty > slab->cache->reserve ||
	     slab->level != READ_ONCE(slab->cache->level)))
		node_retire(node, slab, doomed);
}

void qr_slab_give(struct qr_node *node, const struct qr_entry *entry,
		  unsigned int nr, bool direct, struct list_head *doomed)
{
	unsigned long flags;
	unsigned int i;

	raw_spin_lock_irqsave(&node->lock, flags);
	for (i = 0; i < nr; i++)
		slab_give(node, qr_page_slab(entry[i].object), entry[i].object,
			  doomed);
	if (direct)
		node->stats.direct_frees += nr;
	else
		node->stats.flushes++;
	raw_spin_unlock_irqrestore(&node->lock, flags);
}

void qr_slab_trim(struct qr_node *node, unsigned int keep,
		  struct list_head *doomed)
{
	struct qr_slab *slab, *next;
	unsigned long flags;
	unsigned int level;

	raw_spin_lock_irqsave(&node->lock, flags);
	for (level = 0; level < QR_NR_LEVELS; level++) {
		list_for_each_entry_safe(slab, next, &node->empty[level],
					 link) {
			if (node->nr_empty <= keep)
				break;
			node_retire(node, slab, doomed);
		}
	}
	raw_spin_unlock_irqrestore(&node->lock, flags);
}

void qr_slab_evict(struct qr_node *node, struct list_head *doomed)
{
	struct qr_slab *slab, *next;
	unsigned long flags;

	raw_spin_lock_irqsave(&node->lock, flags);
	list_for_each_entry_safe(slab, next, &node->all, all)
		node_remove(node, slab, doomed);
	raw_spin_unlock_irqrestore(&node->lock, flags);
}

void qr_slab_freeze(struct qr_slab *slab)
{
	struct qr_node *node = qr_home_node(slab->home);
	unsigned long flags;

	raw_spin_lock_irqsave(&node->lock, flags);
	if (!(slab->flags & (QR_SLAB_FROZEN | QR_SLAB_DYING))) {
		node->nr_partial -= slab->nr_free &&
				    slab->nr_free < slab->objects;
		node->nr_empty -= slab->nr_free == slab->objects;
		list_del_init(&slab->link);
		WRITE_ONCE(slab->flags, slab->flags | QR_SLAB_FROZEN);
	}
	raw_spin_unlock_irqrestore(&node->lock, flags);
}

/* ---------------------------------------------------------------- pins */

/* Drops a pin; the last one gives a dying slab back. */
static void unpin_locked(struct qr_node *node, struct qr_slab *slab,
			 struct list_head *doomed)
	__must_hold(&node->lock)
{
	if (!--slab->pins && (slab->flags & QR_SLAB_DYING))
		node_remove(node, slab, doomed);
}

struct qr_slab *qr_slab_next(struct qr_node *node, struct qr_slab *slab)
{
	struct list_head *at = slab ? &slab->all : &node->all;
	struct qr_slab *next = NULL;
	unsigned long flags;
	LIST_HEAD(doomed);

	raw_spin_lock_irqsave(&node->lock, flags);
	for (at = at->next; at != &node->all; at = at->next) {
		next = list_entry(at, struct qr_slab, all);
		if (!(next->flags & QR_SLAB_DYING))
			break;
		next = NULL;
	}
	if (next)
		next->pins++;
	if (slab)
		unpin_locked(node, slab, &doomed);
	raw_spin_unlock_irqrestore(&node->lock, flags);
	qr_slab_release(&doomed);
	return next;
}

void qr_slab_unpin(struct qr_slab *slab)
{
	struct qr_node *node = qr_home_node(slab->home);
	unsigned long flags;
	LIST_HEAD(doomed);

	raw_spin_lock_irqsave(&node->lock, flags);
	unpin_locked(node, slab, &doomed);
	raw_spin_unlock_irqrestore(&node->lock, flags);
	qr_slab_release(&doomed);
}
