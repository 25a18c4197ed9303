// SPDX-License-Identifier: GPL-2.0-only
/*
 * main.c - the module: runs every workload when it is inserted, all sides in
 * turns, and logs one line for each side of each workload:
 *	instructions,workload,side,level,minimum,median,maximum
 * in hundredths of an instruction a pair, and for the live sets
 *	bytes,workload,side,level,asked,held
 */
#include <linux/glob.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/sort.h>

#include "bench.h"

#define REPEATS_MAX	101
/* Pairs that a side makes before it is measured: magazines adapt. */
#define WARM_PAIRS	16384U
/* Turns in a measurement, at most. */
#define TURNS_MAX	(2 * QB_NR_SIZES)

static char *only = "";
module_param(only, charp, 0444);
MODULE_PARM_DESC(only, "workloads to run, a glob (default: all)");

static unsigned int repeats = 11;
module_param(repeats, uint, 0444);
MODULE_PARM_DESC(repeats, "times each side is measured, 1 to 101 (default 11)");

static const struct qb_workload workloads[] = {
	{ "cache-pair-64", 64, 1, &qb_cache_pair },
	{ "cache-pair-256", 256, 1, &qb_cache_pair },
	{ "cache-pair-1024", 1024, 1, &qb_cache_pair },
	{ "cache-batch-16", 256, 16, &qb_cache_batch },
	{ "cache-batch-256", 256, 256, &qb_cache_batch },
	{ "cache-batch-4096", 256, 4096, &qb_cache_batch },
	{ "cache-bulk-16", 256, 16, &qb_cache_bulk },
	{ "heap-pair-8", 0, 1, &qb_heap_pair_8 },
	{ "heap-pair-64", 0, 1, &qb_heap_pair_64 },
	{ "heap-pair-512", 0, 1, &qb_heap_pair_512 },
	{ "heap-pair-4096", 0, 1, &qb_heap_pair_4096 },
	{ "heap-pair-8192", 0, 1, &qb_heap_pair_8192 },
	{ "heap-pair-mixed", 0, 1, &qb_heap_pair_mixed },
	{ "heap-batch-256-mixed", 0, 256, &qb_heap_batch_mixed },
};

struct bench_run {
	const struct qb_workload *workload;
	void *owner[QB_NR_SIDES];
	/* Turns in one measurement, the same for all sides. */
	unsigned long turns;
	/* Cycles of the loop that makes no call. */
	u64 none;
	u64 cycles[QB_NR_SIDES][REPEATS_MAX];
};

static struct bench_run run;

bool qb_wanted(const char *name, const char *glob)
{
	return !*glob || glob_match(glob, name);
}

/* --------------------------------------------------------------- loops */

static u64 measure(enum qb_side side, unsigned long turns)
{
	const struct qb_loops *loops = run.workload->loops;

	return qb_clock_loop(side == QB_SLUB ? loops->slub : loops->quarry,
			     run.workload, run.owner[side], turns);
}

static bool warm_up(enum qb_side side)
{
	const struct qb_loops *loops = run.workload->loops;

	return (side == QB_SLUB ? loops->slub : loops->quarry)
		(run.workload, run.owner[side],
		 DIV_ROUND_UP(WARM_PAIRS, run.workload->pairs));
}

/*
 * As many turns as take the slowest side half the time between two ticks, and
 * no more than show every size of a mixed workload twice.
 */
static bool choose_turns(void)
{
	u64 slowest = 0;
	enum qb_side side;

	for (side = 0; side < QB_NR_SIDES; side++) {
		u64 cycles = measure(side, 1);

		if (!cycles)
			return false;
		slowest = max(slowest, cycles);
	}
	run.turns = clamp_t(u64, qb_clock_tick_cycles() / 2 / slowest, 1,
			    TURNS_MAX);
	return true;
}

static bool measure_all(void)
{
	enum qb_side side;
	unsigned int i;

	for (side = 0; side < QB_NR_SIDES; side++)
		if (!warm_up(side))
			return false;
	if (!choose_turns())
		return false;
	run.none = qb_clock_loop(run.workload->loops->none, run.workload, &run,
				 run.turns);
	if (!run.none)
		return false;
	for (i = 0; i < repeats; i++) {
		for (side = 0; side < QB_NR_SIDES; side++) {
			run.cycles[side][i] = measure(side, run.turns);
			if (!run.cycles[side][i])
				return false;
		}
	}
	return true;
}

/* -------------------------------------------------------------- results */

static int compare(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

static u64 hundredths(u64 cycles)
{
	return qb_clock_hundredths(cycles > run.none ? cycles - run.none : 0,
				   run.turns * run.workload->pairs);
}

static void print_side(enum qb_side side)
{
	u64 *cycles = run.cycles[side];

	sort(cycles, repeats, sizeof(*cycles), compare, NULL);
	pr_info("instructions,%s,%s,%s,%llu,%llu,%llu\n", run.workload->name,
		qb_side_name(side), qb_side_level(side),
		hundredths(cycles[0]), hundredths(cycles[repeats / 2]),
		hundredths(cycles[repeats - 1]));
}

static int run_workload(const struct qb_workload *workload)
{
	enum qb_side side;
	int err = -ENOMEM;

	run.workload = workload;
	for (side = 0; side < QB_NR_SIDES; side++) {
		run.owner[side] = qb_owner_create(side, workload->cache_size);
		if (!run.owner[side])
			goto out;
	}
	if (!measure_all()) {
		err = -EIO;
		goto out;
	}
	for (side = 0; side < QB_NR_SIDES; side++)
		print_side(side);
	err = 0;
out:
	for (side = 0; side < QB_NR_SIDES; side++) {
		if (!qb_owner_destroy(side, workload->cache_size,
				      run.owner[side]))
			err = -EBUSY;
		run.owner[side] = NULL;
	}
	if (err)
		pr_err("%s: error %d\n", workload->name, err);
	return err;
}

static int run_workloads(void)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < ARRAY_SIZE(workloads) && !err; i++)
		if (qb_wanted(workloads[i].name, only))
			err = run_workload(&workloads[i]);
	return err;
}

static int __init bench_init(void)
{
	int err;

	if (!repeats || repeats > REPEATS_MAX) {
		pr_err("repeats=%u: expected 1 to %d\n", repeats, REPEATS_MAX);
		return -EINVAL;
	}
	if (num_online_cpus() != 1) {
		pr_err("%u CPUs: instructions can be counted with one only\n",
		       num_online_cpus());
		return -EINVAL;
	}
	qb_sizes_init();
	/* Only interrupts come between the instructions that are counted. */
	sched_set_fifo(current);
	err = qb_clock_init();
	if (!err)
		err = run_workloads();
	sched_set_normal(current, 0);
	if (!err)
		err = qb_live_run(only);
	if (qb_clock_disturbed)
		pr_info("note,%lu measurements were repeated\n",
			qb_clock_disturbed);
	return err;
}

static void __exit bench_exit(void)
{
}

module_init(bench_init);
module_exit(bench_exit);

MODULE_DESCRIPTION("Instructions and bytes of quarry and SLUB");
MODULE_LICENSE("GPL");
