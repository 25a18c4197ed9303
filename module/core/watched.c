// SPDX-License-Identifier: GPL-2.0-only
/*
 * watched.c - the table of watched objects: found by address when they are
 * freed, which every free of the kernel asks, and walked by who reads what
 * lives.
 *
 * A piece describes one object.  It is in a bucket from qr_watched_add() to
 * qr_watched_del(), else in stock, which is made larger in time, so that no
 * allocation is made where an object is added.  Pieces are metadata: no scan
 * looks for references there.
 *
 * Owns watched_lock, a mutex; and two kinds of leaves that never nest: those of
 * the buckets, and stock_lock.
 */
#include <linux/atomic.h>
#include <linux/hash.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "inject.h"
#include "layout.h"
#include "meta.h"
#include "site.h"
#include "slab.h"
#include "watched.h"

struct piece {
	/* In its bucket, or in stock. */
	struct piece *next;
	/* Of the call, until its site has a number; then 0. */
	unsigned long caller;
	u32 watch;
	/* Who looks at it: under stock_lock. */
	u32 pins;
	/* Of one object; its tag follows, 0 while it is none. */
	struct qr_slab slab;
};

#define PIECE_BYTES	(sizeof(struct piece) + sizeof(u64))
#define CHUNK_BYTES	(4 * PAGE_SIZE)

/* Pieces come by the chunk. */
struct chunk {
	struct chunk *next;
	unsigned long pad;
};

#define CHUNK_PIECES	((CHUNK_BYTES - sizeof(struct chunk)) / PIECE_BYTES)
static_assert(PIECE_BYTES == 144);

/* Pieces there are from the beginning. */
#define FIRST		16384U

#define HASH_BITS	16
#define NR_LOCKS	64U

/* Of the slabs: nobody allocates from them. */
static struct quarry_cache cache = { .name = "watched" };
static struct qr_node node = { .cache = &cache };

/* Outside all locks.  Chunks and buckets stay while it is held. */
static DEFINE_MUTEX(watched_lock);
/* Heads of buckets, peeked at without their locks; NULL: nothing is watched. */
static struct piece **bucket;

/* Leaves.  Each protects the buckets whose number ends in its own. */
static raw_spinlock_t bucket_lock[NR_LOCKS];

/* Leaf.  Protects the pieces in stock, and pins. */
static DEFINE_RAW_SPINLOCK(stock_lock);
static struct piece *stock;
/* Peeked at without the lock. */
static u32 nr_stock;

/* Under watched_lock. */
static struct chunk *chunks;
static u32 nr_pieces;

/* Pieces whose site has no number yet: about so many. */
static atomic_t unnamed;

static u64 *piece_tag(struct piece *piece)
{
	return (u64 *)(piece + 1);
}

static bool is_live(struct piece *piece)
{
	/* Pairs with the release in qr_watched_add(). */
	return smp_load_acquire(piece_tag(piece));
}

/*
 * For who frees, maybe in a probe that is reached by a trap: the kernel takes that
 * for an NMI, where lockdep wants a lock to be tried.  It is none; whoever calls
 * what has the probe holds no lock of ours.
 */
static unsigned long lock_in_trap(raw_spinlock_t *lock)
	__acquires(lock)
{
	unsigned long flags;

	while (!raw_spin_trylock_irqsave(lock, flags))
		cpu_relax();
	return flags;
}

/* ----------------------------------------------------------------- stock */

static struct piece *stock_take(void)
{
	struct piece *piece;
	unsigned long flags;

	raw_spin_lock_irqsave(&stock_lock, flags);
	piece = stock;
	if (piece) {
		stock = piece->next;
		WRITE_ONCE(nr_stock, nr_stock - 1);
	}
	raw_spin_unlock_irqrestore(&stock_lock, flags);
	return piece;
}

static void stock_put_locked(struct piece *piece)
	__must_hold(&stock_lock)
{
	piece->next = stock;
	stock = piece;
	WRITE_ONCE(nr_stock, nr_stock + 1);
}

/* It describes nothing from now on; who looks at it puts it back. */
static void piece_retire(struct piece *piece)
{
	unsigned long flags = lock_in_trap(&stock_lock);

	if (READ_ONCE(piece->caller))
		atomic_dec(&unnamed);
	WRITE_ONCE(piece->caller, 0);
	WRITE_ONCE(*piece_tag(piece), 0);
	if (!piece->pins)
		stock_put_locked(piece);
	raw_spin_unlock_irqrestore(&stock_lock, flags);
}

/* What it describes stays as it is, but for being live. */
static bool piece_pin(struct piece *piece)
{
	unsigned long flags;
	bool live;

	if (!is_live(piece))
		return false;
	raw_spin_lock_irqsave(&stock_lock, flags);
	live = is_live(piece);
	piece->pins += live;
	raw_spin_unlock_irqrestore(&stock_lock, flags);
	return live;
}

static void piece_unpin(struct piece *piece)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&stock_lock, flags);
	if (!--piece->pins && !is_live(piece))
		stock_put_locked(piece);
	raw_spin_unlock_irqrestore(&stock_lock, flags);
}

static void piece_init(struct piece *piece)
{
	piece->slab = (struct qr_slab) {
		.home = qr_home(&node, QUARRY_LEVEL_SITE),
		.cache = &cache,
		.gate = &qr_closed,
		.reciprocal = 1,
		.bound = 1,
		.objects = 1,
		/* Bytes asked for are in the tag, and no page leads to it. */
		.flags = QR_SLAB_RUN | QR_SLAB_HEAP | QR_SLAB_VIRT,
		.level = QUARRY_LEVEL_SITE,
	};
}

static struct piece *chunk_piece(struct chunk *chunk, u32 i)
{
	return (void *)(chunk + 1) + i * PIECE_BYTES;
}

static bool chunk_add(void)
{
	struct chunk *chunk;
	unsigned long flags;
	u32 i;

	lockdep_assert_held(&watched_lock);
	chunk = qr_meta_alloc(CHUNK_BYTES, GFP_KERNEL | __GFP_NOWARN,
			      NUMA_NO_NODE);
	if (!chunk)
		return false;
	chunk->next = chunks;
	chunks = chunk;
	nr_pieces += CHUNK_PIECES;
	for (i = 0; i < CHUNK_PIECES; i++) {
		piece_init(chunk_piece(chunk, i));
		raw_spin_lock_irqsave(&stock_lock, flags);
		stock_put_locked(chunk_piece(chunk, i));
		raw_spin_unlock_irqrestore(&stock_lock, flags);
	}
	return true;
}

static bool stock_is_low(void)
{
	return READ_ONCE(nr_stock) < READ_ONCE(nr_pieces) / 2 &&
	       READ_ONCE(nr_pieces) < QR_WATCHED_MAX;
}

/* ------------------------------------------------------- finding by address */

static u32 bucket_of(const void *object)
{
	return hash_ptr(object, HASH_BITS);
}

static raw_spinlock_t *lock_of(u32 at)
{
	return &bucket_lock[at % NR_LOCKS];
}

/* Where in its bucket what describes @object is linked, or the end. */
static struct piece **find_locked(u32 at, const void *object)
{
	struct piece **link = &bucket[at];

	lockdep_assert_held(lock_of(at));
	while (*link && (*link)->slab.base != (unsigned long)object)
		link = &(*link)->next;
	return link;
}

/*
 * What describes @object, out of its bucket; where @only is not NULL, that or
 * none.  NULL: there is no such.
 */
static struct piece *bucket_take(const void *object, const struct piece *only)
{
	u32 at = bucket_of(object);
	struct piece **link, *piece;
	unsigned long flags;

	/* Who frees an object has it from whom it was added by. */
	if (!READ_ONCE(bucket[at]))
		return NULL;
	flags = lock_in_trap(lock_of(at));
	link = find_locked(at, object);
	piece = !only || *link == only ? *link : NULL;
	if (piece)
		WRITE_ONCE(*link, piece->next);
	raw_spin_unlock_irqrestore(lock_of(at), flags);
	return piece;
}

static void bucket_put(struct piece *piece, const void *object)
{
	u32 at = bucket_of(object);
	unsigned long flags;

	raw_spin_lock_irqsave(lock_of(at), flags);
	piece->next = bucket[at];
	WRITE_ONCE(bucket[at], piece);
	raw_spin_unlock_irqrestore(lock_of(at), flags);
}

bool qr_watched_add(unsigned int watch, const void *object, size_t asked,
		    size_t given, unsigned long caller)
{
	u32 site = qr_site_find(caller);
	struct piece *piece = stock_take();
	u64 tag;

	if (!piece)
		return false;
	tag = qr_site_part(site ?: QR_SITE_UNKNOWN) | qr_jiffies() |
	      qr_asked_tag(given, asked);
	piece->watch = watch;
	piece->slab.base = (unsigned long)object;
	piece->slab.size = given;
	WRITE_ONCE(piece->caller, site ? 0 : caller);
	if (!site)
		atomic_inc(&unnamed);
	/* Pairs with the acquire in is_live(). */
	smp_store_release(piece_tag(piece), tag);
	bucket_put(piece, object);
	return true;
}

bool qr_watched_del(const void *object)
{
	struct piece *piece = bucket_take(object, NULL);

	if (piece)
		piece_retire(piece);
	return piece;
}

/* --------------------------------------------------------------- walking */

typedef void (*piece_fn)(struct piece *piece, void *data);

static void each_piece(piece_fn fn, void *data)
{
	struct chunk *chunk;
	u32 i;

	lockdep_assert_held(&watched_lock);
	for (chunk = chunks; chunk; chunk = chunk->next) {
		for (i = 0; i < CHUNK_PIECES; i++) {
			struct piece *piece = chunk_piece(chunk, i);

			if (!piece_pin(piece))
				continue;
			fn(piece, data);
			piece_unpin(piece);
		}
		cond_resched();
	}
}

struct each {
	qr_walk_slab_fn fn;
	void *data;
};

static void piece_show(struct piece *piece, void *data)
{
	const struct each *each = data;

	each->fn(&piece->slab, each->data);
}

void qr_watched_each(qr_walk_slab_fn fn, void *data)
{
	struct each each = { .fn = fn, .data = data };

	mutex_lock(&watched_lock);
	each_piece(piece_show, &each);
	mutex_unlock(&watched_lock);
}

struct summing {
	unsigned int watch;
	struct qr_watched_sum sum;
};

static void piece_sum(struct piece *piece, void *data)
{
	struct summing *summing = data;

	if (piece->watch != summing->watch)
		return;
	summing->sum.objects++;
	summing->sum.bytes += piece->slab.size;
}

struct qr_watched_sum qr_watched_sum(unsigned int watch)
{
	struct summing summing = { .watch = watch };

	mutex_lock(&watched_lock);
	each_piece(piece_sum, &summing);
	mutex_unlock(&watched_lock);
	return summing.sum;
}

/* --------------------------------------------------------------- supply */

bool qr_watched_wants(void)
{
	return stock_is_low() || atomic_read(&unnamed) > 0;
}

/* It is pinned: it may be retired, but describes nothing else. */
static void piece_name(struct piece *piece, void *unused)
{
	unsigned long caller = READ_ONCE(piece->caller), flags;
	u64 *tag = piece_tag(piece), site;

	if (!caller)
		return;
	site = qr_site_of_address(caller);
	raw_spin_lock_irqsave(&stock_lock, flags);
	if (is_live(piece)) {
		WRITE_ONCE(*tag, (*tag & ~qr_site_part(QR_TAG_SITE_MAX)) | site);
		WRITE_ONCE(piece->caller, 0);
		atomic_dec(&unnamed);
	}
	raw_spin_unlock_irqrestore(&stock_lock, flags);
}

void qr_watched_supply(void)
{
	mutex_lock(&watched_lock);
	while (bucket && stock_is_low() && chunk_add())
		cond_resched();
	if (atomic_read(&unnamed) > 0)
		each_piece(piece_name, NULL);
	mutex_unlock(&watched_lock);
}

/* --------------------------------------------------------- begin and end */

static void piece_drop(struct piece *piece, void *data)
{
	const unsigned int *watch = data;

	/* It may be retired meanwhile, and its address be another's. */
	if (piece->watch == *watch &&
	    bucket_take((void *)piece->slab.base, piece))
		piece_retire(piece);
}

void qr_watched_drop(unsigned int watch)
{
	mutex_lock(&watched_lock);
	each_piece(piece_drop, &watch);
	mutex_unlock(&watched_lock);
}

static void chunks_free(void)
{
	struct chunk *chunk;

	while ((chunk = chunks)) {
		chunks = chunk->next;
		qr_meta_free(chunk, CHUNK_BYTES);
	}
	nr_pieces = 0;
	nr_stock = 0;
	stock = NULL;
	atomic_set(&unnamed, 0);
}

static int begin_locked(void)
{
	unsigned int i;

	lockdep_assert_held(&watched_lock);
	while (nr_pieces < FIRST)
		if (!chunk_add())
			return -ENOMEM;
	for (i = 0; i < NR_LOCKS; i++)
		raw_spin_lock_init(&bucket_lock[i]);
	bucket = qr_buffer_zalloc(1UL << HASH_BITS, sizeof(struct piece *),
				  GFP_KERNEL);
	return bucket ? 0 : -ENOMEM;
}

int qr_watched_begin(void)
{
	int err;

	mutex_lock(&watched_lock);
	err = begin_locked();
	if (err)
		chunks_free();
	mutex_unlock(&watched_lock);
	return err;
}

void qr_watched_end(void)
{
	mutex_lock(&watched_lock);
	kvfree(bucket);
	bucket = NULL;
	chunks_free();
	mutex_unlock(&watched_lock);
}
