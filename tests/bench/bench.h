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

/*
 * The sides, measured in turns: SLUB, then quarry at each level that its
 * interface takes.
 */
#define QB_SLUB		0U
#define QB_SIDES_MAX	4U
extern unsigned int qb_nr_sides;

/* Finds out what levels there are.  Returns 0, or -ENOMEM. */
int qb_sides_init(void);
const char *qb_side_name(unsigned int side);
const char *qb_side_level(unsigned int side);

struct qb_workload;

/*
 * Makes @turns times the pairs of one turn on @owner, a cache or a heap of one
 * side.  False when an allocation failed; nothing is left allocated.
 */
typedef bool (*qb_loop)(const struct qb_workload *workload, void *owner,
			unsigned long turns);

struct qb_loops {
	qb_loop none;
	qb_loop slub;
	qb_loop quarry;
};

struct qb_workload {
	const char *name;
	/* Bytes of an object of the cache; 0: a heap is used. */
	unsigned int cache_size;
	/* Pairs in one turn, at most QB_HELD_MAX. */
	unsigned int pairs;
	const struct qb_loops *loops;
	/* Turns before it is measured; 0: as many as let magazines adapt. */
	unsigned int warm_turns;
	/* Debug options of quarry's cache; SLUB's has none, and runs beside. */
	unsigned long options;
};

/* Objects that a turn may hold at once, and where. */
#define QB_HELD_MAX	4096U
extern void *qb_held[QB_HELD_MAX];

/* cache.c */
extern const struct qb_loops qb_cache_pair;
extern const struct qb_loops qb_cache_batch;
extern const struct qb_loops qb_cache_bulk;

/* heap.c: the size is known where the call is compiled, or is not. */
extern const struct qb_loops qb_heap_pair_8;
extern const struct qb_loops qb_heap_pair_16;
extern const struct qb_loops qb_heap_pair_32;
extern const struct qb_loops qb_heap_pair_64;
extern const struct qb_loops qb_heap_pair_128;
extern const struct qb_loops qb_heap_pair_256;
extern const struct qb_loops qb_heap_pair_512;
extern const struct qb_loops qb_heap_pair_1024;
extern const struct qb_loops qb_heap_pair_2048;
extern const struct qb_loops qb_heap_pair_4096;
extern const struct qb_loops qb_heap_pair_8192;
extern const struct qb_loops qb_heap_var_64;
extern const struct qb_loops qb_heap_var_1024;
extern const struct qb_loops qb_heap_pair_mixed;
extern const struct qb_loops qb_heap_batch_mixed;
extern const struct qb_loops qb_run_pair_64k;
extern const struct qb_loops qb_run_pair_256k;
extern const struct qb_loops qb_run_pair_1m;
extern const struct qb_loops qb_run_pair_4m;

/* resize.c: a turn grows one block, by doubling or by adding. */
#define QB_DOUBLE_STEPS	10U
#define QB_APPEND_STEPS	64U
extern const struct qb_loops qb_resize_double;
extern const struct qb_loops qb_resize_append;

/* Sizes that the mixed workloads ask for, in turn: 1 to 1024 bytes. */
#define QB_NR_SIZES	256U
extern u16 qb_sizes[QB_NR_SIZES];
void qb_sizes_init(void);

/*
 * owner.c: a cache of @cache_size bytes, or a heap where that is 0.  Returns
 * NULL when there is no memory.  For SLUB's heap, which is one for all, any
 * address that is not NULL.
 */
void *qb_owner_create(unsigned int side, unsigned int cache_size);
/* Returns false when objects were left in it. */
bool qb_owner_destroy(unsigned int side, unsigned int cache_size, void *owner);
/* All sides at once.  Returns 0, -ENOMEM, or -EBUSY. */
int qb_owners_create(void *owner[QB_SIDES_MAX], unsigned int cache_size);
int qb_owners_destroy(void *owner[QB_SIDES_MAX], unsigned int cache_size);

/* A cache, one of many: its name has @number in it, and it is not merged. */
#define QB_NUMBERED_SIZE	256U
void *qb_numbered_create(unsigned int side, unsigned int number);

/*
 * clock.c: finds out how far the cycle counter goes for an instruction.
 * Returns 0, or -EIO when it does not count instructions.
 */
int qb_clock_init(void);
/* Sleeps until the timer has ticked: nothing else waits to run then. */
unsigned long qb_clock_wait(void);
/* Cycles that fit between two ticks of the timer. */
u64 qb_clock_tick_cycles(void);
/* Hundredths of an instruction that @cycles are for each of @units. */
u64 qb_clock_hundredths(u64 cycles, u64 units);
/* The same of nanoseconds that a task ran. */
u64 qb_clock_ns_hundredths(u64 ns, u64 units);
/* Times that a measurement was given up because the timer ticked in it. */
extern unsigned long qb_clock_disturbed;

/* Cycles that @loop takes, once; -EAGAIN: the timer ticked; -EIO: it failed. */
s64 qb_clock_once(qb_loop loop, const struct qb_workload *workload,
		  void *owner, unsigned long turns);
/*
 * The same, again and again until no tick is in it, but for a single turn that takes
 * longer; 0 on failure.
 */
u64 qb_clock_loop(qb_loop loop, const struct qb_workload *workload,
		  void *owner, unsigned long turns);

/*
 * step.c: whether it was asked for; counts what is executed between on and off, by
 * instruction, and logs it as that of @units pairs or events.  begin forgets what
 * was counted.
 */
#ifdef CONFIG_UML
#define qb_steps	false
static inline int qb_steps_init(void) { return 0; }
static inline void qb_steps_exit(void) { }
static inline void qb_steps_begin(void) { }
static inline void qb_steps_on(void) { }
static inline void qb_steps_off(void) { }
static inline void qb_steps_print(const char *name, unsigned int side,
				  u64 units) { }
static inline void qb_stretches_print(const char *name, unsigned int side) { }
#else
extern bool qb_steps;
/* Returns 0, or -ENOMEM. */
int qb_steps_init(void);
void qb_steps_exit(void);
void qb_steps_begin(void);
void qb_steps_on(void);
void qb_steps_off(void);
void qb_steps_print(const char *name, unsigned int side, u64 units);
/* Of what was counted the longest stretches alone. */
void qb_stretches_print(const char *name, unsigned int side);
#endif

/* figures.c: what was measured, by side; hundredths of an instruction. */
#define QB_REPEATS_MAX	101U
struct qb_figures {
	/* The first side that was measured. */
	unsigned int first;
	/* Figures of each side. */
	unsigned int nr;
	u64 value[QB_SIDES_MAX][QB_REPEATS_MAX];
};

/* Sorts them and logs a line for each side. */
void qb_figures_print(const char *workload, struct qb_figures *figures);
/* Logs @err, if it is one, as that of @workload; returns it. */
int qb_result(const char *workload, int err);

/* Parameters: how often to measure, and what. */
extern unsigned int qb_repeats;
extern unsigned long qb_ops;
extern char *qb_streams;
/* Whether the workload @name was asked for. */
bool qb_wanted(const char *name);

/*
 * One function a file, which runs those of its workloads that are wanted and
 * logs their figures.  Returns 0 or an error.
 */
int qb_workload_run(void);
int qb_churn_run(void);
int qb_irq_run(void);
int qb_create_run(void);
int qb_replay_run(void);
int qb_latency_run(void);
int qb_read_run(void);
int qb_live_run(void);

#endif /* _QB_BENCH_H */
