// SPDX-License-Identifier: GPL-2.0-only
/*
 * workload.c - the workloads that are loops, and how a loop is measured: all
 * sides in turns, between two ticks of the timer, what the loop costs that
 * makes no call taken off.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/minmax.h>

#include <quarry/quarry.h>

#include "bench.h"

/* Pairs that a side makes before it is measured: magazines adapt. */
#define WARM_PAIRS	65536U
/* The same of runs, which go to no magazine. */
#define WARM_RUNS	16U
/*
 * Turns in a measurement, at least: what one costs depends on what those
 * before left in lists.  Of runs, stretches of turns.
 */
#define TURNS_MIN	16UL
/* Turns in a measurement, at most. */
#define TURNS_MAX	(2 * QB_NR_SIZES)

#define F	QUARRY_CONSISTENCY
#define Z	QUARRY_RED_ZONE
#define P	QUARRY_POISON
#define U	QUARRY_STORE_USER
#define W	QUARRY_WIPE
#define Q	QUARRY_QUARANTINE
#define G	QUARRY_GUARD

static const struct qb_workload workloads[] = {
	{ "cache-pair-64", 64, 1, &qb_cache_pair },
	{ "cache-pair-256", 256, 1, &qb_cache_pair },
	{ "cache-pair-1024", 1024, 1, &qb_cache_pair },
	{ "cache-batch-16-of-256", 256, 16, &qb_cache_batch },
	{ "cache-batch-256-of-256", 256, 256, &qb_cache_batch },
	{ "cache-batch-4096-of-256", 256, 4096, &qb_cache_batch },
	{ "cache-bulk-16-of-256", 256, 16, &qb_cache_bulk },
	{ "cache-bulk-64-of-256", 256, 64, &qb_cache_bulk },
	{ "heap-pair-8", 0, 1, &qb_heap_pair_8 },
	{ "heap-pair-16", 0, 1, &qb_heap_pair_16 },
	{ "heap-pair-32", 0, 1, &qb_heap_pair_32 },
	{ "heap-pair-64", 0, 1, &qb_heap_pair_64 },
	{ "heap-pair-128", 0, 1, &qb_heap_pair_128 },
	{ "heap-pair-256", 0, 1, &qb_heap_pair_256 },
	{ "heap-pair-512", 0, 1, &qb_heap_pair_512 },
	{ "heap-pair-1024", 0, 1, &qb_heap_pair_1024 },
	{ "heap-pair-2048", 0, 1, &qb_heap_pair_2048 },
	{ "heap-pair-4096", 0, 1, &qb_heap_pair_4096 },
	{ "heap-pair-8192", 0, 1, &qb_heap_pair_8192 },
	{ "heap-var-64", 0, 1, &qb_heap_var_64 },
	{ "heap-var-1024", 0, 1, &qb_heap_var_1024 },
	{ "heap-pair-mixed", 0, 1, &qb_heap_pair_mixed },
	{ "heap-batch-256-mixed", 0, 256, &qb_heap_batch_mixed },
	{ "run-pair-64K", 0, 1, &qb_run_pair_64k, WARM_RUNS },
	{ "run-pair-256K", 0, 1, &qb_run_pair_256k, WARM_RUNS },
	{ "run-pair-1M", 0, 1, &qb_run_pair_1m, WARM_RUNS },
	{ "run-pair-4M", 0, 1, &qb_run_pair_4m, WARM_RUNS },
	{ "realloc-double", 0, QB_DOUBLE_STEPS, &qb_resize_double },
	{ "realloc-append", 0, QB_APPEND_STEPS, &qb_resize_append },
	{ "options-F", 256, 1, &qb_cache_pair, 0, F },
	{ "options-Z", 256, 1, &qb_cache_pair, 0, Z },
	{ "options-P", 256, 1, &qb_cache_pair, 0, P },
	{ "options-U", 256, 1, &qb_cache_pair, 0, U },
	{ "options-W", 256, 1, &qb_cache_pair, 0, W },
	{ "options-Q", 256, 1, &qb_cache_pair, 0, Q },
	{ "options-G", 256, 1, &qb_cache_pair, 0, G },
	{ "options-FZPU", 256, 1, &qb_cache_pair, 0, F | Z | P | U },
	{ "options-PUQ", 256, 1, &qb_cache_pair, 0, P | U | Q },
};

static struct {
	const struct qb_workload *workload;
	void *owner[QB_SIDES_MAX];
	/* Turns in one measurement, the same for all sides. */
	unsigned long turns;
	/* Cycles of the loop that makes no call. */
	u64 none;
	struct qb_figures figures;
} run;

static qb_loop loop_of(unsigned int side)
{
	const struct qb_loops *loops = run.workload->loops;

	return side == QB_SLUB ? loops->slub : loops->quarry;
}

/* Cycles of @turns turns, the mean of some stretches. */
static u64 measure(unsigned int side, unsigned long turns)
{
	unsigned int stretches = run.workload->warm_turns ? TURNS_MIN :
				 DIV_ROUND_UP(TURNS_MIN, turns);
	u64 sum = 0, cycles;
	unsigned int i;

	for (i = 0; i < stretches; i++) {
		cycles = qb_clock_loop(loop_of(side), run.workload,
				       run.owner[side], turns);
		if (!cycles)
			return 0;
		sum += cycles;
	}
	return div_u64(sum, stretches);
}

static bool warm_up(unsigned int side)
{
	unsigned long turns = run.workload->warm_turns;

	if (!turns)
		turns = DIV_ROUND_UP(WARM_PAIRS, run.workload->pairs);
	return loop_of(side)(run.workload, run.owner[side], turns);
}

/*
 * As many turns as take the slowest side half the time between two ticks, and
 * no more than show every size of a mixed workload twice.
 */
static bool choose_turns(void)
{
	u64 slowest = 0;
	unsigned int side;

	for (side = 0; side < qb_nr_sides; side++) {
		u64 cycles = measure(side, 1);

		if (!cycles)
			return false;
		slowest = max(slowest, cycles);
	}
	run.turns = clamp_t(u64, qb_clock_tick_cycles() / 2 / slowest, 1,
			    TURNS_MAX);
	return true;
}

static u64 hundredths(u64 cycles)
{
	return qb_clock_hundredths(cycles > run.none ? cycles - run.none : 0,
				   run.turns * run.workload->pairs);
}

static bool measure_all(void)
{
	unsigned int side, i;

	for (side = 0; side < qb_nr_sides; side++)
		if (!warm_up(side))
			return false;
	if (!choose_turns())
		return false;
	run.none = qb_clock_loop(run.workload->loops->none, run.workload, &run,
				 run.turns);
	if (!run.none)
		return false;
	run.figures.nr = qb_repeats;
	for (i = 0; i < qb_repeats; i++) {
		for (side = 0; side < qb_nr_sides; side++) {
			u64 cycles = measure(side, run.turns);

			if (!cycles)
				return false;
			run.figures.value[side][i] = hundredths(cycles);
		}
	}
	return true;
}

/* Pairs whose instructions are looked at, about. */
#define STEP_PAIRS	4096U

static bool step_all(void)
{
	unsigned long turns = DIV_ROUND_UP(STEP_PAIRS, run.workload->pairs);
	unsigned int side;
	bool done = true;

	for (side = 0; side < qb_nr_sides && done; side++) {
		qb_steps_begin();
		qb_steps_on();
		done = loop_of(side)(run.workload, run.owner[side], turns);
		qb_steps_off();
		qb_steps_print(run.workload->name, side,
			       turns * run.workload->pairs);
	}
	return done;
}

static int set_options(void)
{
	unsigned int side;
	int err = 0;

	for (side = QB_SLUB + 1; side < qb_nr_sides && !err; side++)
		if (run.workload->options)
			err = quarry_cache_set_debug(run.owner[side],
						     run.workload->options);
	return err;
}

static int run_workload(const struct qb_workload *workload)
{
	int err, busy;

	run.workload = workload;
	err = qb_owners_create(run.owner, workload->cache_size);
	if (!err)
		err = set_options();
	if (!err && !(measure_all() && (!qb_steps || step_all())))
		err = -EIO;
	if (!err)
		qb_figures_print(workload->name, &run.figures);
	busy = qb_owners_destroy(run.owner, workload->cache_size);
	/* There are no guard pages on every machine. */
	if (err == -EOPNOTSUPP)
		err = 0;
	return qb_result(workload->name, err ?: busy);
}

int qb_workload_run(void)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < ARRAY_SIZE(workloads) && !err; i++)
		if (qb_wanted(workloads[i].name))
			err = run_workload(&workloads[i]);
	return err;
}
