// SPDX-License-Identifier: GPL-2.0-only
/*
 * slab.c - objects in page runs: how slabs hand out and take back objects.
 * Owns the lists, bitmaps and counts of struct qr_node and takes its lock.
 */
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
	WRITE_ONCE(node->stats.pages_max,
		   max(node->stats.pages_max, node->nr_pages));
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

/* Another step on the way to a permutation that has nothing to do with it. */
static void order_stir(struct qr_node *node)
	__must_hold(&node->lock)
{
	u32 random = next_random(node);
	unsigned int i, a, b;

	for (i = 0; i < 2; i++, random >>= 16) {
		a = (random & 0xff) * node->order_nr >> 8;
		b = (random >> 8 & 0xff) * node->order_nr >> 8;
		swap(node->order[a], node->order[b]);
	}
}

/* Fisher and Yates. */
static noinline void order_make(struct qr_node *node, unsigned int nr)
	__must_hold(&node->lock)
{
	unsigned int i, other;

	for (i = 0; i < nr; i++) {
		other = (u64)next_random(node) * (i + 1) >> 32;
		node->order[i] = node->order[other];
		node->order[other] = i;
	}
	node->order_nr = nr;
}

/*
 * Takes up to @nr objects of one slab, from a random place on, wrapping: entry
 * number i to where @order[i] says.
 */
static unsigned int slab_take(struct qr_node *node, struct qr_slab *slab,
			      struct qr_entry *entry, const u8 *order,
			      unsigned int nr)
	__must_hold(&node->lock)
{
	unsigned int at = (u64)next_random(node) * slab->objects >> 32;
	unsigned int shift = slab->level == QUARRY_LEVEL_OFF ? 0 : 3;
	unsigned long mask = ~0UL << at % BITS_PER_LONG;
	unsigned int word = at / BITS_PER_LONG, got = 0;
	u32 was = slab->nr_free;

	nr = min(nr, was);
	for (;;) {
		unsigned long bits = slab->free[word] & mask, left = bits;

		while (left && got < nr) {
			u32 index = word * BITS_PER_LONG + __ffs(left);
			struct qr_entry *to = &entry[order[got++]];

			left &= left - 1;
			to->object = qr_slab_object(slab, index);
			to->tag = (void *)slab->tags + ((size_t)index << shift);
		}
		slab->free[word] ^= bits ^ left;
		if (got == nr)
			break;
		/* There are @nr of them, so the first word comes round. */
		mask = ~0UL;
		if (++word == BITS_TO_LONGS(slab->objects))
			word = 0;
	}
	WRITE_ONCE(slab->nr_free, was - got);
	node->nr_free -= got;
	if (state_changed(slab, was))
		node_relist(node, slab, was);
	return got;
}

/* Closes the gaps that a refill of @got instead of @nr has left. */
static void close_gaps(struct qr_entry *entry, const u8 *order,
		       unsigned int got, unsigned int nr)
{
	unsigned int i;

	for (i = got; i < nr; i++)
		entry[order[i]].object = NULL;
	for (i = 0, got = 0; i < nr; i++)
		if (entry[i].object)
			entry[got++] = entry[i];
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

static struct qr_slab *slab_to_take(struct qr_node *node, unsigned int level)
	__must_hold(&node->lock)
{
	struct qr_slab *slab;

	slab = list_first_entry_or_null(&node->partial[level], struct qr_slab,
					link);
	return slab ?: list_first_entry_or_null(&node->empty[level],
						struct qr_slab, link);
}

unsigned int qr_slab_refill(struct qr_node *node, unsigned int level,
			    struct qr_entry *entry, unsigned int nr)
{
	struct qr_slab *slab;
	unsigned int got = 0;
	unsigned long flags;

	raw_spin_lock_irqsave(&node->lock, flags);
	if (node->order_nr != nr)
		order_make(node, nr);
	else
		order_stir(node);
	while (got < nr && (slab = slab_to_take(node, level)))
		got += slab_take(node, slab, entry, node->order + got,
				 nr - got);
	if (got && got < nr)
		close_gaps(entry, node->order, got, nr);
	count_taken(node, got, false);
	raw_spin_unlock_irqrestore(&node->lock, flags);
	return got;
}

static const u8 no_order[1];

bool qr_slab_take(struct qr_node *node, unsigned int level,
		  struct qr_entry *entry)
{
	struct qr_slab *slab;
	unsigned long flags;

	raw_spin_lock_irqsave(&node->lock, flags);
	slab = slab_to_take(node, level);
	if (slab)
		count_taken(node, slab_take(node, slab, entry, no_order, 1),
			    true);
	raw_spin_unlock_irqrestore(&node->lock, flags);
	return slab;
}

void qr_slab_attach(struct qr_slab *slab, struct qr_entry *entry)
{
	struct qr_node *node = qr_home_node(slab->home);
	unsigned long flags;

	if (!(slab->flags & QR_SLAB_VIRT))
		qr_pages_stamp(slab->pages, slab->nr_pages, slab);
	raw_spin_lock_irqsave(&node->lock, flags);
	node_add(node, slab);
	count_taken(node, slab_take(node, slab, entry, no_order, 1), true);
	raw_spin_unlock_irqrestore(&node->lock, flags);
}

/* -------------------------------------------------------------- return */

/* A slab that was full, or is empty now. */
static noinline void slab_given(struct qr_node *node, struct qr_slab *slab,
				struct list_head *doomed)
	__must_hold(&node->lock)
{
	node_relist(node, slab, slab->nr_free - 1);
	if (slab->nr_free == slab->objects && !(slab->flags & QR_SLAB_FROZEN) &&
	    (node->nr_empty > slab->cache->reserve ||
	     slab->level != READ_ONCE(slab->cache->level)))
		node_retire(node, slab, doomed);
}

static __always_inline void slab_give(struct qr_node *node,
				      struct qr_slab *slab, const void *object,
				      struct list_head *doomed)
	__must_hold(&node->lock)
{
	u32 nr_free = slab->nr_free + 1;

	__set_bit(qr_slab_index(slab, (unsigned long)object), slab->free);
	WRITE_ONCE(slab->nr_free, nr_free);
	if (unlikely(nr_free == 1 || nr_free == slab->objects))
		slab_given(node, slab, doomed);
}

void qr_slab_flush(struct qr_node *node, const struct qr_entry *entry,
		   unsigned int nr, struct list_head *doomed)
{
	unsigned long flags;
	unsigned int i;

	raw_spin_lock_irqsave(&node->lock, flags);
	/* All of them first: what dies among them takes its own away again. */
	node->nr_free += nr;
	for (i = 0; i < nr; i++)
		slab_give(node, qr_page_slab_ours(entry[i].object),
			  entry[i].object, doomed);
	node->stats.flushes++;
	raw_spin_unlock_irqrestore(&node->lock, flags);
}

void qr_slab_give(struct qr_slab *slab, const void *object,
		  struct list_head *doomed)
{
	struct qr_node *node = qr_home_node(slab->home);
	unsigned long flags;

	raw_spin_lock_irqsave(&node->lock, flags);
	node->nr_free++;
	slab_give(node, slab, object, doomed);
	node->stats.direct_frees++;
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
