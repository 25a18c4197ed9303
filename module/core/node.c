// SPDX-License-Identifier: GPL-2.0-only
/*
 * node.c - the slabs of a node as a whole: on which of its lists each is, how
 * many there are, who stands on one, and which may go.  Takes the node's lock,
 * or is called under it.
 */
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/spinlock.h>

#include "magazine.h"
#include "meta.h"
#include "node.h"
#include "slab.h"

/* Full magazines that a depot may always hold, bytes of objects in them at most. */
#define DEPOT_BYTES	(1UL << 20)
#define DEPOT_FULL_MIN	2UL
#define DEPOT_FULL_MAX	64UL
/*
 * And else one in so many of its node's objects, so that a set which is renewed
 * half at a time never goes back to slabs, however large it is.
 */
#define DEPOT_SHARE	2

/* --------------------------------------------------------------- depots */

unsigned int qr_node_depot_max(const struct qr_node *node)
{
	const struct qr_layout *layout = &node->cache->layout;
	unsigned long rounds = layout->mag_capacity;

	if (!rounds)
		return 0;
	return max(clamp(DEPOT_BYTES / (rounds * layout->size),
			 DEPOT_FULL_MIN, DEPOT_FULL_MAX),
		   node->nr_objects / DEPOT_SHARE / rounds);
}

/* After a change of @nr_objects.  Written only if it changes: CPUs read it. */
static void resize_depot(struct qr_node *node)
	__must_hold(&node->lock)
{
	unsigned int max = qr_node_depot_max(node);

	if (node->depot.full_max != max)
		WRITE_ONCE(node->depot.full_max, max);
}

/* ---------------------------------------------------------------- lists */

void qr_node_add(struct qr_node *node, struct qr_slab *slab)
	__must_hold(&node->lock)
{
	/* Before all others, where no walk that has begun comes: each ends. */
	list_add(&slab->all, &node->all);
	list_add(&slab->link, &node->empty[qr_slab_list(slab)]);
	node->nr_slabs++;
	node->nr_empty++;
	node->nr_objects += slab->objects;
	node->nr_free += slab->objects;
	node->nr_pages += slab->nr_pages;
	node->meta_bytes += qr_meta_size(qr_slab_meta_bytes(slab));
	node->stats.slabs_created++;
	node->stats.slabs_max = max(node->stats.slabs_max, node->nr_slabs);
	WRITE_ONCE(node->stats.pages_max,
		   max(node->stats.pages_max, node->nr_pages));
	resize_depot(node);
}

/* Off @all, onto @doomed. */
static void node_remove(struct qr_node *node, struct qr_slab *slab,
			struct list_head *doomed)
	__must_hold(&node->lock)
{
	list_del_init(&slab->all);
	list_move_tail(&slab->link, doomed);
	slab->pins = QR_SLAB_GONE;
	node->nr_slabs--;
	node->nr_objects -= slab->objects;
	node->nr_free -= slab->objects;
	node->nr_pages -= slab->nr_pages;
	node->meta_bytes -= qr_meta_size(qr_slab_meta_bytes(slab));
	node->stats.slabs_destroyed++;
	resize_depot(node);
}

void qr_node_retire(struct qr_node *node, struct qr_slab *slab,
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

void qr_node_relist(struct qr_node *node, struct qr_slab *slab, u32 was)
	__must_hold(&node->lock)
{
	bool was_partial = was && was < slab->objects;
	bool partial = slab->nr_free && slab->nr_free < slab->objects;

	if (slab->flags & QR_SLAB_FROZEN)
		return;
	node->nr_empty += (slab->nr_free == slab->objects) -
			  (was == slab->objects);
	if (slab->flags & QR_SLAB_STALE) {
		list_del_init(&slab->link);
		return;
	}
	node->nr_partial += partial - was_partial;
	if (partial && !was_partial)
		list_move(&slab->link, &node->partial[qr_slab_list(slab)]);
	else if (slab->nr_free == slab->objects)
		list_move(&slab->link, &node->empty[qr_slab_list(slab)]);
	else if (!slab->nr_free)
		list_del_init(&slab->link);
}

/* ------------------------------------------------------- all of a node */

void qr_slab_trim(struct qr_node *node, unsigned int keep,
		  struct list_head *doomed)
{
	struct qr_slab *slab, *next;
	unsigned long flags;
	unsigned int list;

	raw_spin_lock_irqsave(&node->lock, flags);
	for (list = 0; list < QR_NR_LISTS; list++) {
		list_for_each_entry_safe(slab, next, &node->empty[list],
					 link) {
			if (node->nr_empty <= keep)
				break;
			qr_node_retire(node, slab, doomed);
		}
	}
	raw_spin_unlock_irqrestore(&node->lock, flags);
}

void qr_slab_retire_checked(struct qr_node *node, struct list_head *doomed)
{
	struct qr_slab *slab, *next;
	unsigned long flags;

	raw_spin_lock_irqsave(&node->lock, flags);
	list_for_each_entry_safe(slab, next, &node->all, all) {
		if (!(slab->flags & QR_SLAB_CHECKED) ||
		    (slab->flags & (QR_SLAB_STALE | QR_SLAB_FROZEN |
				    QR_SLAB_DYING)))
			continue;
		WRITE_ONCE(slab->flags, slab->flags | QR_SLAB_STALE);
		if (slab->nr_free == slab->objects) {
			qr_node_retire(node, slab, doomed);
		} else {
			node->nr_partial -= !!slab->nr_free;
			list_del_init(&slab->link);
		}
	}
	raw_spin_unlock_irqrestore(&node->lock, flags);
}

void qr_slab_evict(struct qr_node *node, struct list_head *doomed)
{
	struct qr_slab *slab, *next;
	unsigned long flags;

	raw_spin_lock_irqsave(&node->lock, flags);
	list_for_each_entry_safe(slab, next, &node->all, all) {
		/* Nobody can be late with anything any more. */
		WRITE_ONCE(slab->flags, slab->flags | QR_SLAB_FROZEN);
		if (slab->pins)
			WRITE_ONCE(slab->flags, slab->flags | QR_SLAB_DYING);
		else
			node_remove(node, slab, doomed);
	}
	raw_spin_unlock_irqrestore(&node->lock, flags);
}

void qr_slab_freeze(struct qr_slab *slab)
{
	struct qr_node *node = qr_home_node(slab->home);
	unsigned long flags;

	raw_spin_lock_irqsave(&node->lock, flags);
	if (!(slab->flags & (QR_SLAB_FROZEN | QR_SLAB_DYING)) &&
	    slab->pins != QR_SLAB_GONE) {
		node->nr_partial -= slab->nr_free &&
				    slab->nr_free < slab->objects &&
				    !(slab->flags & QR_SLAB_STALE);
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
