// SPDX-License-Identifier: GPL-2.0-only
/*
 * slab.c - objects in page runs: how slabs hand out and take back objects.
 * Owns their bitmaps, takes the lock of struct qr_node.
 */
#include <linux/bitops.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/spinlock.h>

#include "layout.h"
#include "node.h"
#include "slab.h"
#include "suspect.h"

/* Whether a slab that had @was free objects belongs on another list now. */
static __always_inline bool state_changed(const struct qr_slab *slab, u32 was)
{
	return unlikely(!was || was == slab->objects || !slab->nr_free ||
			slab->nr_free == slab->objects);
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
 * Object @index of the slab to @entry, which is to hold it.  False where its
 * tag says that somebody has it: who freed it twice at the same moment as
 * another did, and late.  Then that is true, and it is not FREE any more.
 */
static __always_inline bool entry_fill(struct qr_entry *entry,
				       struct qr_node *node,
				       struct qr_slab *slab, u32 index,
				       unsigned int level)
	__must_hold(&node->lock)
{
	entry->object = qr_slab_object(slab, index);
	entry->tag = qr_tag_place(slab, index, level);
	if (unlikely(qr_tag_raw(entry->tag, level))) {
		node->stats.direct_frees--;
		qr_suspect_note(entry->object, slab, QR_EVENT_BAD_TAG);
		return false;
	}
	qr_entry_seal(entry, level);
	return true;
}

/*
 * Takes up to @nr objects of one slab, from a random place on, wrapping: entry
 * number i to where @order[i] says.
 */
static __always_inline unsigned int
slab_take_of(struct qr_node *node, struct qr_slab *slab, struct qr_entry *entry,
	     const u8 *order, unsigned int nr, unsigned int level)
	__must_hold(&node->lock)
{
	unsigned int at = (u64)next_random(node) * slab->objects >> 32;
	unsigned long mask = ~0UL << at % BITS_PER_LONG;
	unsigned int word = at / BITS_PER_LONG, got = 0;
	u32 was = slab->nr_free, left_free = was;

	while (got < nr && left_free) {
		unsigned long bits = slab->free[word] & mask, left = bits;

		while (left && got < nr) {
			u32 index = word * BITS_PER_LONG + __ffs(left);

			left &= left - 1;
			left_free--;
			got += entry_fill(&entry[order[got]], node, slab,
					  index, level);
		}
		slab->free[word] ^= bits ^ left;
		/* The first word may come round: what was before @at. */
		mask = ~0UL;
		if (++word == BITS_TO_LONGS(slab->objects))
			word = 0;
	}
	WRITE_ONCE(slab->nr_free, left_free);
	node->nr_free -= was - left_free;
	if (state_changed(slab, was))
		qr_node_relist(node, slab, was);
	return got;
}

/* Levels differ in how long a tag is. */
static unsigned int slab_take(struct qr_node *node, struct qr_slab *slab,
			      struct qr_entry *entry, const u8 *order,
			      unsigned int nr)
	__must_hold(&node->lock)
{
	if (slab->level == QUARRY_LEVEL_OFF)
		return slab_take_of(node, slab, entry, order, nr,
				    QUARRY_LEVEL_OFF);
	return slab_take_of(node, slab, entry, order, nr, QUARRY_LEVEL_SITE);
}

/* Closes the gaps that a refill of @got instead of @nr has left. */
static void close_gaps(struct qr_entry *entry, const u8 *order,
		       unsigned int got, unsigned int nr, unsigned int level)
{
	unsigned int i;

	for (i = got; i < nr; i++)
		entry[order[i]].object = NULL;
	for (i = 0, got = 0; i < nr; i++) {
		if (!entry[i].object)
			continue;
		entry[got] = entry[i];
		qr_entry_seal(&entry[got++], level);
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

static struct qr_slab *slab_to_take(struct qr_node *node, unsigned int list)
	__must_hold(&node->lock)
{
	struct qr_slab *slab;

	slab = list_first_entry_or_null(&node->partial[list], struct qr_slab,
					link);
	return slab ?: list_first_entry_or_null(&node->empty[list],
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
		close_gaps(entry, node->order, got, nr, level);
	count_taken(node, got, false);
	raw_spin_unlock_irqrestore(&node->lock, flags);
	qr_suspect_wake();
	return got;
}

static const u8 no_order[1];

bool qr_slab_take(struct qr_node *node, unsigned int list,
		  struct qr_entry *entry)
{
	struct qr_slab *slab;
	unsigned long flags;
	unsigned int got = 0;

	raw_spin_lock_irqsave(&node->lock, flags);
	while (!got && (slab = slab_to_take(node, list)))
		got = slab_take(node, slab, entry, no_order, 1);
	count_taken(node, got, true);
	raw_spin_unlock_irqrestore(&node->lock, flags);
	qr_suspect_wake();
	return got;
}

void qr_slab_attach(struct qr_slab *slab, struct qr_entry *entry)
{
	struct qr_node *node = qr_home_node(slab->home);
	unsigned long flags;

	if (!(slab->flags & QR_SLAB_VIRT))
		qr_pages_stamp(slab->pages, slab->nr_pages, slab);
	raw_spin_lock_irqsave(&node->lock, flags);
	qr_node_add(node, slab);
	count_taken(node, slab_take(node, slab, entry, no_order, 1), true);
	raw_spin_unlock_irqrestore(&node->lock, flags);
}

/* -------------------------------------------------------------- return */

/* A slab that was full, or is empty now. */
static noinline void slab_given(struct qr_node *node, struct qr_slab *slab,
				struct list_head *doomed)
	__must_hold(&node->lock)
{
	qr_node_relist(node, slab, slab->nr_free - 1);
	if (slab->nr_free == slab->objects && !(slab->flags & QR_SLAB_FROZEN) &&
	    (node->nr_empty > slab->cache->reserve ||
	     (slab->flags & QR_SLAB_STALE) ||
	     qr_slab_list(slab) != qr_cache_list(slab->cache)))
		qr_node_retire(node, slab, doomed);
}

/* It was counted as freed twice; what counts is the sum. */
static void freed_twice(struct qr_node *node, const void *object)
	__must_hold(&node->lock)
{
	struct qr_slab *slab = qr_page_slab_near(object);

	node->stats.direct_frees--;
	if (slab && (qr_home_node(slab->home) != node ||
		     slab->pins == QR_SLAB_GONE))
		slab = NULL;
	qr_suspect_note(object, slab, QR_EVENT_DOUBLE_FREE);
}

static __always_inline void slab_give(struct qr_node *node,
				      struct qr_slab *slab, const void *object,
				      unsigned int level,
				      struct list_head *doomed)
	__must_hold(&node->lock)
{
	u32 index = qr_slab_index(slab, (unsigned long)object);
	u32 nr_free = slab->nr_free + 1;

	/* As long as somebody has it: see slab_end(). */
	qr_tag_write(qr_tag_place(slab, index, level), level, 0);
	/* It came back before, while another CPU was still freeing it. */
	if (unlikely(__test_and_set_bit(index, slab->free))) {
		node->nr_free--;
		freed_twice(node, object);
		return;
	}
	WRITE_ONCE(slab->nr_free, nr_free);
	if (unlikely(nr_free == 1 || nr_free == slab->objects))
		slab_given(node, slab, doomed);
}

static __always_inline void flush_of(struct qr_node *node,
				     const struct qr_entry *entry,
				     unsigned int nr, unsigned int level,
				     struct list_head *doomed)
	__must_hold(&node->lock)
{
	const struct qr_entry *end = entry + nr;

	/* All of them first: what dies among them takes its own away again. */
	node->nr_free += nr;
	for (; entry < end; entry++) {
		if (unlikely(!qr_entry_holds(entry, level))) {
			node->nr_free--;
			freed_twice(node, entry->object);
			continue;
		}
		slab_give(node, qr_page_slab_ours(entry->object),
			  entry->object, level, doomed);
	}
	node->stats.flushes++;
}

void qr_slab_flush(unsigned long home, const struct qr_entry *entry,
		   unsigned int nr, struct list_head *doomed)
{
	struct qr_node *node = qr_home_node(home);
	unsigned long flags;

	raw_spin_lock_irqsave(&node->lock, flags);
	if (qr_home_level(home) == QUARRY_LEVEL_OFF)
		flush_of(node, entry, nr, QUARRY_LEVEL_OFF, doomed);
	else
		flush_of(node, entry, nr, QUARRY_LEVEL_SITE, doomed);
	raw_spin_unlock_irqrestore(&node->lock, flags);
	qr_suspect_wake();
}

void qr_slab_disown(unsigned long home, const struct qr_entry *entry)
{
	struct qr_node *node = qr_home_node(home);
	unsigned long flags;

	raw_spin_lock_irqsave(&node->lock, flags);
	freed_twice(node, entry->object);
	raw_spin_unlock_irqrestore(&node->lock, flags);
	qr_suspect_wake();
}

void qr_slab_give(struct qr_slab *slab, const void *object,
		  struct list_head *doomed)
{
	struct qr_node *node = qr_home_node(slab->home);
	unsigned long flags;

	raw_spin_lock_irqsave(&node->lock, flags);
	node->nr_free++;
	slab_give(node, slab, object, slab->level, doomed);
	node->stats.direct_frees++;
	raw_spin_unlock_irqrestore(&node->lock, flags);
	qr_suspect_wake();
}

u32 qr_slab_asked(const struct qr_slab *slab, const void *object)
{
	u32 bytes = qr_slab_bytes(slab);
	u64 tag;

	if (!(qr_slab_flags(slab) & QR_SLAB_HEAP))
		return slab->cache->object_size;
	if (qr_slab_flags(slab) & QR_SLAB_CHECKED)
		return qr_check_usable(slab, object);
	if (slab->level == QUARRY_LEVEL_OFF)
		return bytes;
	tag = qr_tag_read(qr_tag_at(slab, qr_slab_index(slab,
							(unsigned long)object)),
			  slab->level);
	return bytes - qr_tag_slack(tag, bytes);
}

struct qr_slab *qr_slab_of_live(const void *object)
{
	struct qr_slab *slab = qr_page_slab(object);
	u32 index;

	if (!slab)
		return NULL;
	index = qr_slab_index(slab, (unsigned long)object);
	if (!qr_slab_exact(slab, (unsigned long)object, index))
		return NULL;
	return qr_tag_read(qr_tag_at(slab, index), slab->level) ? slab : NULL;
}
