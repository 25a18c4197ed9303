/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * internal.h - the theory of quarry and the structures shared by its files.
 *
 * LAYERS, lower never calls higher:
 *	params, budget, layout	what is set; byte limits; arithmetic
 *	pages			whole pages and their owner (the platform's)
 *	inject			which allocations are to fail
 *	meta			memory for descriptors
 *	site, stack		call sites and call chains
 *	event			the ring of what happened
 *	pattern, options	debug options, and bytes that tell of writing
 *	magazine		objects on their way
 *	slab, node, birth	objects in page runs, and how those come and go
 *	watched, walk, live	what lives, read while it moves
 *	exempt, scan, verdict	what is still referred to
 *	inspect, quarantine	what options look at; freed objects that wait
 *	cache			objects of one size, for callers
 *	heap			blocks of any size: caches and page runs
 *	mark, growth, watch	what came after a moment; on and on; of a module
 *	validate		all of the above, checked
 *	sink, report		texts
 *	control			what texts written to us do
 *
 * LIFE OF AN OBJECT
 *	FREE	its bit in slab->free is set, its tag is 0
 *	CACHED	in a magazine of a CPU or of a depot; bit clear, tag says where
 *	LIVE	owned by a caller; bit clear, tag says whose
 *	QUARANTINED	freed, held back by option Q; bit clear, tag 0
 * Allocation takes CACHED to LIVE by writing the tag, free takes it back.  So a
 * tag that does not say so on allocation, or on free, is proof of damage or of a
 * double free.  No pointer is ever stored in an object.
 *
 * TWO CPUS THAT FREE AN OBJECT AT ONCE may each see it LIVE and put it into a
 * magazine.  Its tag then names the entry of the one that was later; the other
 * entry is not believed when its turn comes, and told of.  A slab goes only when
 * nobody can be about to free one of its objects: see birth.c.  So no memory is
 * handed out that is not ours, and none twice, but that object to two at a time.
 *
 * STATES OF A SLAB (all under node->lock)
 *	nr_free		on list			may be given back
 *	0		none ("full")		no
 *	1..objects-1	node->partial		no
 *	objects		node->empty		yes, unless pinned by a walker
 * Every slab is on node->all from birth to death besides.  One that was set
 * aside (QR_SLAB_FROZEN) or is of no use any more (QR_SLAB_STALE) is on no
 * other list; the latter is given back when it is empty.
 *
 * DEBUG OPTIONS.  A cache that has any is closed for good: cache->cpu is
 * qr_closed.  All allocations then take the slow path, and slabs made from there
 * on are QR_SLAB_CHECKED: their home has a bit that no CPU's home has, so that
 * their objects are freed on the slow path too.  See checks.h.
 *
 * TAGS.  Level site keeps one u64 an object beside the slab's descriptor.  Of a
 * LIVE one it is odd:
 *	63..52 bytes asked for, low bits   51..32 site number (never 0)
 *	31..1 birth in jiffies, without its last bit   0 always 1
 * The bytes asked for are kept of heaps only, and tell the slack: what the
 * block has beyond them.  They are at the top so that one shift puts them
 * there.  Of a CACHED one it is the address that its entry ends at.  Level off
 * keeps one byte an object: 1, or some bits of that address.  Level stack keeps
 * the tags of level site, and behind them a struct qr_origin an object: written
 * after the tag by who allocates, its chain cleared with the tag by who frees.
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
 *	   outside of it, of who makes a tick, who ends caches and heaps, who
 *	   makes marks, who samples for growth and who validates.
 *	2. list_lock: lists of caches and heaps, their names and pins.
 *	3. qr_node.lock: slabs of a node, their bitmaps and counts.
 *	4. qr_depot.lock: magazines of a depot.
 *	5. meta pool locks, site table lock, inject_lock, locks of the rings of
 *	   events and of findings: leaves.
 *
 * PINS.  A reader that walks caches or slabs holds a pin on the one it stands
 * on and no lock.  A pinned slab stays on node->all; one that should be given
 * back meanwhile is given back by the last unpin.
 */
#ifndef _QR_INTERNAL_H
#define _QR_INTERNAL_H

#include <linux/types.h>
#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/cache.h>
#include <linux/atomic.h>
#include <linux/rcupdate.h>

#include <quarry/quarry.h>

#include "budget.h"
#include "pages.h"
#include "params.h"
#include "platform.h"
#include "tag.h"

struct qr_slab;
struct qr_node;

/* --------------------------------------------------------------- levels */

/* Levels that a slab can have: enum quarry_level from 0. */
#define QR_NR_LEVELS		3

/* Lists of a node's slabs: by level, and one of those with debug options. */
#define QR_LIST_CHECKED		QR_NR_LEVELS
#define QR_NR_LISTS		(QR_NR_LEVELS + 1)

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
	u16 capacity;
	/* Of the objects in it, when it is full and in a depot. */
	u16 level;
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

	/* Second line: slow path only, written with @home taken. */
	/* Exchanged with the loaded one before the depot is asked. */
	struct qr_mag *previous;
	unsigned long slow_allocs;
	unsigned long slow_frees;
	/* Times the slow path was entered: what magazines grow by. */
	unsigned long misses;
} ____cacheline_aligned;

static_assert(offsetof(struct qr_cpu, previous) == 64);

/*
 * A node's stock of magazines.  None is added to those @full or @empty that are
 * @full_max already; it goes back to the slabs.
 */
struct qr_depot {
	/* Rank 4.  Protects all of this but @full_max. */
	raw_spinlock_t lock;
	struct qr_mag *full;
	struct qr_mag *empty;
	/* These three are peeked at without the lock; the last has node->lock. */
	unsigned int nr_full;
	unsigned int nr_empty;
	unsigned int full_max;
	/* Fewest of each since the last tick: what was not needed. */
	unsigned int low_full;
	unsigned int low_empty;
	/* Objects inside @full. */
	unsigned long nr_objects;
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
#define QR_SLAB_CHECKED		0x20	/* has debug options: see checks.h */
#define QR_SLAB_GUARD		0x40	/* one object against an unmapped page */
#define QR_SLAB_STALE		0x80	/* of options that are no more: not used again */

/* qr_slab.pins of one that is on no list any more, and cannot be pinned. */
#define QR_SLAB_GONE		U16_MAX

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
	/*
	 * u64[objects] at levels site and stack, u8[objects] at level off; then
	 * struct qr_origin[objects] at level stack.
	 */
	u64 tags[];
};

static_assert(offsetof(struct qr_slab, pages) == 64);

/* For who does not have node->lock. */
static inline u8 qr_slab_flags(const struct qr_slab *slab)
{
	return READ_ONCE(slab->flags);
}

/*
 * Who allocated an object of level stack, and how it came there.  All of it is
 * valid while @stack is set: that is written last, and cleared first.
 */
struct qr_origin {
	u64 time_ns;		/* since boot */
	union {
		char comm[16];
		u64 comm_words[2];
	};
	u32 stack;		/* call chain, see stack.h */
	u32 pid;
	u32 cpu;
};

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
	struct list_head partial[QR_NR_LISTS];
	struct list_head empty[QR_NR_LISTS];
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
/* Of a slab that the fast path gives nothing back to: inspected, or wiped.  Of no CPU. */
#define QR_HOME_APART		4UL

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
	return (struct qr_node *)(home & ~(QR_HOME_LEVEL_MASK |
					   QR_HOME_APART));
}

/* -------------------------------------------------------------- caches */

/* A cache or heap on its list, under list_lock: see walk.c. */
struct qr_listed {
	struct list_head link;
	/* Next in a bucket of names, in none where @name is NULL; and of addresses. */
	struct qr_listed *next, *next_at;
	const char *name;
	unsigned int pins;
};

/* quarry_cache.flags beside the public ones. */
#define QR_CACHE_CLASS		(1UL << 16)	/* size class of a heap */
#define QR_CACHE_RUNS		(1UL << 17)	/* page runs of a heap */
#define QR_CACHE_NATURAL	(1UL << 18)	/* keep natural alignment */

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
	u32 lead;		/* bytes before the first object */
	/* Pages of the best slab of at most so many; from @nr_pages on. */
	u8 best[QR_SLAB_PAGES_MAX + 1];
};

struct qr_check;

/* Freed objects of a cache that wait, first in, first out. */
struct qr_quarantine {
	/* Rank 5.  Protects everything below. */
	raw_spinlock_t lock;
	struct qr_check *oldest;
	struct qr_check *newest;
	unsigned long bytes;
	unsigned long objects;
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
	/* Debug options of new slabs, QUARRY_CONSISTENCY and so on. */
	u16 options;
	void (*ctor)(void *object);
	/* NULL for a cache that is not part of a heap. */
	struct quarry_heap *heap;
	struct qr_budget *budget;

	/* Slow path. */
	/* Shape of slabs with debug options. */
	struct qr_layout checked;
	struct qr_quarantine quarantine;
	/* Allocations since option G came, see guard.c. */
	atomic_t guard_turn;
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

struct qr_reclaimer;

/* Who is asked before the budget refuses anything: see limit.c. */
struct qr_reclaim {
	/* Rank 5.  Protects everything below. */
	raw_spinlock_t lock;
	unsigned long (*fn)(void *data, unsigned long bytes);
	void *data;
	/* Calls that are being made. */
	struct qr_reclaimer *now;
};

/* Always closed: the magazines of nobody. */
extern struct qr_cpu __percpu *qr_closed;

struct quarry_heap {
	/* Created on first use, published with release order; else qr_no_class. */
	struct quarry_cache *class[QR_NR_CLASSES];
	/* Blocks too large for a class: a cache of runs, no magazines. */
	struct quarry_cache *runs;
	struct qr_budget budget;
	struct qr_reclaim reclaim;
	u8 level;
	u16 options;		/* of all its caches */
	bool dead, permanent;
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

#endif /* _QR_INTERNAL_H */
