/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * internal.h - the theory of quarry and the structures shared by its files.
 *
 * LAYERS, lower never calls higher:
 *	layout			arithmetic
 *	pages			whole pages and their owner (the platform's)
 *	meta			memory for descriptors
 *	site, budget		call sites; byte limits
 *	event			the ring of what happened
 *	slab | magazine		objects in page runs; objects on their way
 *	walk, sums, live	reading it all while it moves
 *	cache			objects of one size, for callers
 *	heap			blocks of any size: caches and page runs
 *	sink, report		texts
 *
 * LIFE OF AN OBJECT
 *	FREE	its bit in slab->free is set, its tag is 0
 *	CACHED	in a magazine of a CPU or of a depot; bit clear, tag 0
 *	LIVE	owned by a caller; bit clear, tag not 0
 * Allocation takes CACHED to LIVE by writing the tag, free takes it back by
 * clearing it.  So a tag found set on allocation, or clear on free, is proof
 * of damage or of a double free.  No pointer is ever stored in an object.
 *
 * STATES OF A SLAB (all under node->lock)
 *	nr_free		on list			may be given back
 *	0		none ("full")		no
 *	1..objects-1	node->partial		no
 *	objects		node->empty		yes, unless pinned by a walker
 * Every slab is on node->all from birth to death besides.
 *
 * TAGS.  Level site keeps one u64 an object beside the slab's descriptor:
 *	63..52 bytes asked for, low bits   51..32 site number (never 0)
 *	31..0 birth in jiffies
 * The bytes asked for are kept of heaps only, and tell the slack: what the
 * block has beyond them.  They are at the top so that one shift puts them
 * there.  Level off keeps one byte an object, 0 or 1.
 *
 * HOME.  A slab belongs to one node of one cache and to one level.  The three
 * are one word, the node's address with the level in its low bits.  A CPU
 * keeps the home of the objects its magazines hold, by level, and 0 for the
 * other levels; the fast path of free compares the two words and thereby
 * checks cache, node and level at once.
 *
 * WHO MAY TOUCH A CPU'S MAGAZINES
 *	(a) the CPU itself, preemption off, after it has taken the home from
 *	    them and left 0 there; an interrupt that finds 0 goes around, to the
 *	    slab.  It puts the home back when it is done: whole words, because
 *	    a load that spans an earlier, narrower store stalls.
 *	(b) a drainer that holds drain_lock, has pointed cache->cpu at
 *	    qr_closed, whose homes are always 0, and has then waited for a grace
 *	    period (regions with preemption off are RCU readers), or that knows
 *	    the CPU is dead.
 *
 * LOCKS, outermost first.  All but the first are raw and taken with
 * interrupts off; under none of those is memory allocated or freed, anything
 * printed, a constructor run, or another of them taken.
 *	1. drain_lock (mutex): who drains.  Process context; so are the mutexes
 *	   outside of it, of who makes a tick and who ends caches and heaps.
 *	2. list_lock: lists of caches and heaps, their names and pins.
 *	3. qr_node.lock: slabs of a node, their bitmaps and counts.
 *	4. qr_depot.lock: magazines of a depot.
 *	5. meta pool locks, site table lock, event ring lock: leaves.
 *
 * PINS.  A reader that walks caches or slabs holds a pin on the one it stands
 * on and no lock.  A pinned slab stays on node->all; one that should be given
 * back meanwhile is given back by the last unpin.
 */
#ifndef _QR_INTERNAL_H
#define _QR_INTERNAL_H

#include <linux/types.h>
#include <linux/build_bug.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/cache.h>
#include <linux/atomic.h>
#include <linux/rcupdate.h>

#include <quarry/quarry.h>

#include "pages.h"
#include "platform.h"

struct qr_slab;
struct qr_node;

/* ---------------------------------------------------------------- tags */

/* Levels that a slab can have: enum quarry_level from 0. */
#define QR_NR_LEVELS		2

#define QR_TAG_SITE_SHIFT	32
#define QR_TAG_SITE_MAX		0xfffffU
#define QR_TAG_ASKED_SHIFT	52
/* More than any class has; a larger slack counts as this. */
#define QR_TAG_SLACK_MAX	0xfffU

static inline u32 qr_tag_site(u64 tag)
{
	return (tag >> QR_TAG_SITE_SHIFT) & QR_TAG_SITE_MAX;
}

/* Of a block of @given bytes. */
static inline u32 qr_tag_slack(u64 tag, size_t given)
{
	return (given - (tag >> QR_TAG_ASKED_SHIFT)) & QR_TAG_SLACK_MAX;
}

/* What a tag says of @asked bytes in a block of @given. */
static inline u64 qr_asked_tag(size_t given, size_t asked)
{
	if (given - asked > QR_TAG_SLACK_MAX)
		asked = given - QR_TAG_SLACK_MAX;
	return (u64)asked << QR_TAG_ASKED_SHIFT;
}

static inline u32 qr_tag_birth(u64 tag)
{
	return (u32)tag;
}

/* ----------------------------------------------------------- magazines */

/* One object on its way: where it is, and where its tag is. */
struct qr_entry {
	void *object;
	void *tag;
};

/* Rounds of the largest magazine. */
#define QR_MAG_CAPACITY_MAX	126U

/* Owned by one CPU, or by a depot, or by the path that carries it. */
struct qr_mag {
	struct qr_mag *next;
	u32 capacity;
	u32 rounds;
	/*
	 * What a pop finds when there is no round left: its tag is always set,
	 * so that the one test for damage is the test for emptiness too.
	 */
	struct qr_entry floor;
	struct qr_entry entry[];
};

/* Loaded where there is no magazine: empty and full at once. */
extern struct qr_mag qr_no_mag;

/*
 * A cache's share of one CPU.  The first line is all that the fast path
 * touches.  @top points past the newest entry of the loaded magazine, which
 * spans @bottom to @limit.
 */
struct qr_cpu {
	/*
	 * Of the one level that the magazines hold objects of: their home.
	 * 0 while somebody is at them, and of every other level.
	 */
	unsigned long home[QR_NR_LEVELS];
	struct qr_entry *top;
	struct qr_entry *limit;
	/* What the fast path alone did. */
	unsigned long allocs;
	unsigned long frees;
	struct qr_entry *bottom;
	/* Exchanged with the loaded one before the depot is asked. */
	struct qr_mag *previous;

	/* Second line: slow path only, written with @home taken. */
	unsigned long slow_allocs;
	unsigned long slow_frees;
	/* Times the slow path was entered: what magazines grow by. */
	unsigned long misses;
} ____cacheline_aligned;

/*
 * A node's stock of magazines.  @full is bounded by @full_max; what comes
 * beyond goes back to the slabs.
 */
struct qr_depot {
	/* Rank 4.  Protects everything below. */
	raw_spinlock_t lock;
	struct qr_mag *full;
	struct qr_mag *empty;
	/* These two are peeked at without the lock. */
	unsigned int nr_full;
	unsigned int nr_empty;
	/* Fewest of each since the last tick: what was not needed. */
	unsigned int low_full;
	unsigned int low_empty;
	/* Objects inside @full. */
	unsigned long nr_objects;
	unsigned int full_max;
	unsigned long exchanges;
	/* Times the lock was found taken. */
	unsigned long contended;
};

/* --------------------------------------------------------------- slabs */

/* qr_slab.flags */
#define QR_SLAB_RUN		0x01	/* one block of its own size: a page run */
#define QR_SLAB_VIRT		0x02	/* pages contiguous only virtually */
#define QR_SLAB_DYING		0x04	/* give back at the last unpin */
#define QR_SLAB_FROZEN		0x08	/* set aside after a finding */
#define QR_SLAB_HEAP		0x10	/* of a heap, class or run */

/*
 * Descriptor, off the slab; tags and then the bitmap follow it in the same
 * piece of metadata.  The first line is constant while the slab lives.
 */
struct qr_slab {
	unsigned long home;
	/* Address of object 0. */
	unsigned long base;
	struct quarry_cache *cache;
	/*
	 * Where quarry_free() finds the magazines: cache->cpu of a size class,
	 * else qr_closed.
	 */
	struct qr_cpu __percpu *const *gate;
	/* 1 = FREE. */
	unsigned long *free;
	/* These two find an object and tell its start: see layout.h. */
	u64 reciprocal;
	u32 bound;
	/* Bytes from object to object. */
	u32 size;
	u32 objects;
	u32 nr_pages;

	/* Below, a line of its own: under node->lock, but for @pages, @level. */
	void *pages;
	union {
		struct list_head all;
		/* Once off that list for good. */
		struct rcu_head rcu;
	};
	struct list_head link;
	/* Peeked at without the lock by who shows slabs. */
	u32 nr_free;
	u16 pins;
	u8 flags;
	u8 level;
	/* u64[objects] at level site, u8[objects] at level off. */
	u64 tags[];
};

static_assert(offsetof(struct qr_slab, pages) == 64);

/* Counters of a node, written under its lock.  Folded by qr_cache_count(). */
struct qr_node_stats {
	unsigned long direct_allocs;	/* around the magazines */
	unsigned long direct_frees;
	unsigned long refills;		/* magazines filled from slabs */
	unsigned long flushes;		/* magazines emptied into slabs */
	unsigned long slabs_created;
	unsigned long slabs_destroyed;
	unsigned long slabs_max;	/* high-water mark of nr_slabs */
	unsigned long pages_max;	/* high-water mark of nr_pages */
	unsigned long out_max;		/* of objects LIVE or CACHED */
};

/* A cache's share of one node. */
struct qr_node {
	/* Rank 3.  Protects everything up to @depot. */
	raw_spinlock_t lock;
	struct quarry_cache *cache;
	int nid;
	/* By level, so that a CPU finds objects of its own level at once. */
	struct list_head partial[QR_NR_LEVELS];
	struct list_head empty[QR_NR_LEVELS];
	struct list_head all;
	/* State of the generator that makes hand-out order random. */
	u64 random;
	/* A permutation of 0 to @order_nr - 1: where a refill puts what it takes. */
	u8 order[QR_MAG_CAPACITY_MAX];
	u8 order_nr;
	unsigned long nr_slabs;
	unsigned long nr_partial;
	unsigned long nr_empty;
	unsigned long nr_objects;
	unsigned long nr_free;
	unsigned long nr_pages;
	/* Bytes of descriptors, bitmaps and tags. */
	unsigned long meta_bytes;
	struct qr_node_stats stats;

	struct qr_depot depot;
} ____cacheline_aligned;

#define QR_HOME_LEVEL_MASK	3UL

static inline unsigned long qr_home(struct qr_node *node, unsigned int level)
{
	return (unsigned long)node | level;
}

static inline unsigned int qr_home_level(unsigned long home)
{
	return home & QR_HOME_LEVEL_MASK;
}

static inline struct qr_node *qr_home_node(unsigned long home)
{
	return (struct qr_node *)(home & ~QR_HOME_LEVEL_MASK);
}

/* -------------------------------------------------------------- caches */

/* A cache or heap on its list, under list_lock: see walk.c. */
struct qr_listed {
	struct list_head link;
	/* Next in a bucket of names; NULL name: cannot be found by name. */
	struct qr_listed *next;
	const char *name;
	unsigned int pins;
};

/* quarry_cache.flags beside the public ones. */
#define QR_CACHE_CLASS		(1UL << 16)	/* size class of a heap */
#define QR_CACHE_RUNS		(1UL << 17)	/* page runs of a heap */
#define QR_CACHE_NATURAL	(1UL << 18)	/* keep natural alignment */

/* Bytes taken against bytes allowed; charged where pages are taken. */
struct qr_budget {
	atomic_long_t held;
	/* 0: no limit. */
	unsigned long limit;
	atomic_long_t high_water;
	atomic_long_t refusals;
	/*
	 * Asked, with no lock held, when a charge would pass the limit: gives
	 * back what holds no live object.  True when trying again makes sense.
	 */
	bool (*relieve)(struct qr_budget *budget, gfp_t gfp);
	/*
	 * Told that a request for @bytes failed for good; true when the budget
	 * was the cause and the refusal is reported.
	 */
	bool (*refused)(struct qr_budget *budget, unsigned long bytes,
			gfp_t gfp, u64 tag);
};

/* Pages of the largest slab of more than one object. */
#define QR_SLAB_PAGES_MAX	8U

/* Shape of a cache's slabs, see qr_layout_slab(). */
struct qr_layout {
	u32 size;		/* bytes from object to object */
	u32 align;
	u64 reciprocal;
	u32 nr_pages;		/* of the smallest slab worth making */
	u32 mag_capacity;	/* largest magazine, 0: none */
	bool single;		/* one object a slab */
	/* Pages of the best slab of at most so many; from @nr_pages on. */
	u8 best[QR_SLAB_PAGES_MAX + 1];
};

struct quarry_cache {
	/* Fast path: @cpus, or qr_closed while nobody may use those. */
	struct qr_cpu __percpu *cpu;
	struct qr_cpu __percpu *cpus;
	unsigned long flags;
	struct qr_layout layout;
	/* Bytes the creator asked for. */
	u32 object_size;
	/* Of new slabs. */
	u8 level;
	/* Destroyed; objects may remain. */
	bool dead;
	void (*ctor)(void *object);
	/* NULL for a cache that is not part of a heap. */
	struct quarry_heap *heap;
	struct qr_budget *budget;

	/* Slow path. */
	atomic_long_t failures;
	atomic_long_t findings;
	/* Bytes of metadata that magazines take. */
	atomic_long_t mag_bytes;
	/* Slabs not given back yet, on a node or on somebody's @doomed. */
	atomic_long_t slabs;
	/* Next cache colour, in units of layout.align. */
	atomic_t colour;
	/* Empty slabs a node keeps. */
	unsigned int reserve;
	/* Calls at the last tick, and ticks without one: see age.c. */
	unsigned long calls;
	unsigned int rest_ticks;

	struct qr_listed listed;

	/* Opaque to core: what the platform hangs on a named cache. */
	void *platform;
	/* Room for a heap's name and the size of a class. */
	char name[QUARRY_NAME_MAX + 8];
	/* nr_node_ids of them; NULL where a node is not possible. */
	struct qr_node *node[];
};

/* --------------------------------------------------------------- heaps */

#define QR_NR_CLASSES		36	/* see layout.c */

/* Always closed: the magazines of nobody. */
extern struct qr_cpu __percpu *qr_closed;

struct quarry_heap {
	/* Created on first use, published with release order; else qr_no_class. */
	struct quarry_cache *class[QR_NR_CLASSES];
	/* Blocks too large for a class: a cache of runs, no magazines. */
	struct quarry_cache *runs;
	struct qr_budget budget;
	u8 level;
	bool dead;
	struct qr_listed listed;
	/* Next time a refusal may print, in jiffies. */
	unsigned long next_print;
	/* Next time a refusal may drain every CPU, in jiffies. */
	unsigned long next_relief;
	void *platform;
	char name[QUARRY_NAME_MAX + 1];
};

extern struct quarry_heap *qr_default_heap;

/* Closed: the fast path need not ask whether there is a class. */
extern struct quarry_cache qr_no_class;

/* A class, or NULL where none was needed yet. */
static inline struct quarry_cache *qr_heap_class_at(struct quarry_heap *heap,
						    unsigned int index)
{
	struct quarry_cache *cache;

	/* Pairs with the cmpxchg() in qr_heap_class(). */
	cache = smp_load_acquire(&heap->class[index]);
	return cache == &qr_no_class ? NULL : cache;
}

/* Set once at load, before anything is allocated. */
struct qr_params {
	u8 level;		/* default enum quarry_level */
	unsigned int reserve;	/* empty slabs kept by a node */
	unsigned long heap_limit_bytes;	/* default heap's budget, 0 none */
};

extern struct qr_params qr_params;

#endif /* _QR_INTERNAL_H */
