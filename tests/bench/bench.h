/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bench.h - what the files of the bench share: who is measured, what a
 * workload is, and the clock that counts instructions.
 *
 * Every figure belongs to a pair: one allocation and the free of what it gave.
 * The loops of a workload differ in nothing but the two calls, and one of them
 * makes no call at all: what it costs is taken off the others.
 */
#ifndef _QB_BENCH_H
#define _QB_BENCH_H

#include <linux/compiler.h>
#include <linux/types.h>

#undef pr_fmt
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

/* The sides, measured in turns. */
enum qb_side {
	QB_SLUB,
	QB_SITE,
	QB_OFF,
	QB_NR_SIDES
};

const char *qb_side_name(enum qb_side side);
const char *qb_side_level(enum qb_side side);

struct qb_workload;

/*
 * Makes @turns times the pairs of one turn on @owner, a cache or a heap of one
 * side.  False when an allocation failed; nothing is left allocated.
 */
struct qb_loops {
	bool (*none)(const struct qb_workload *workload, void *owner,
		     unsigned long turns);
	bool (*slub)(const struct qb_workload *workload, void *owner,
		     unsigned long turns);
	bool (*quarry)(const struct qb_workload *workload, void *owner,
		       unsigned long turns);
};

struct qb_workload {
	const char *name;
	/* Bytes of an object of the cache; 0: a heap is used. */
	unsigned int cache_size;
	/* Pairs in one turn, at most QB_HELD_MAX. */
	unsigned int pairs;
	const struct qb_loops *loops;
};

/* Objects that a turn may hold at once, and where. */
#define QB_HELD_MAX	4096U
extern void *qb_held[QB_HELD_MAX];

/* cache.c */
extern const struct qb_loops qb_cache_pair;
extern const struct qb_loops qb_cache_batch;
extern const struct qb_loops qb_cache_bulk;

/* heap.c */
extern const struct qb_loops qb_heap_pair_8;
extern const struct qb_loops qb_heap_pair_64;
extern const struct qb_loops qb_heap_pair_512;
extern const struct qb_loops qb_heap_pair_4096;
extern const struct qb_loops qb_heap_pair_8192;
extern const struct qb_loops qb_heap_pair_mixed;
extern const struct qb_loops qb_heap_batch_mixed;

/* Sizes that the mixed workloads ask for, in turn: 1 to 1024 bytes. */
#define QB_NR_SIZES	256U
extern u16 qb_sizes[QB_NR_SIZES];
void qb_sizes_init(void);

/*
 * owner.c: a cache of @cache_size bytes, or a heap where that is 0.  Returns
 * NULL when there is no memory.  For SLUB's heap, which is one for all, any
 * address that is not NULL.
 */
void *qb_owner_create(enum qb_side side, unsigned int cache_size);
/* Returns false when objects were left in it. */
bool qb_owner_destroy(enum qb_side side, unsigned int cache_size, void *owner);

/*
 * clock.c: finds out how far the cycle counter goes for an instruction.
 * Returns 0, or -EIO when it does not count instructions.
 */
int qb_clock_init(void);
/* Cycles that fit between two ticks of the timer. */
u64 qb_clock_tick_cycles(void);
/* Hundredths of an instruction that @cycles are for each of @units. */
u64 qb_clock_hundredths(u64 cycles, u64 units);
/* Times that a measurement was given up because the timer ticked in it. */
extern unsigned long qb_clock_disturbed;

/* Cycles that @loop takes, no tick of the timer in them; 0 on failure. */
u64 qb_clock_loop(bool (*loop)(const struct qb_workload *, void *,
			       unsigned long),
		  const struct qb_workload *workload, void *owner,
		  unsigned long turns);

/* live.c: bytes held for live sets, printed.  Returns 0 or an error. */
int qb_live_run(const char *only);

/* Whether the workload @name was asked for: @only is empty or a glob. */
bool qb_wanted(const char *name, const char *only);

#endif /* _QB_BENCH_H */
