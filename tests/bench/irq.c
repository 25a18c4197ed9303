// SPDX-License-Identifier: GPL-2.0-only
/*
 * irq.c - what a pair costs in an interrupt that strikes at any place of a
 * task that is busy with the same cache.  Only the interrupt's pairs are
 * counted; nothing strikes inside it.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/prandom.h>
#include <linux/slab.h>
#include <linux/timex.h>

#include <quarry/quarry.h>

#include "../kmod/timer.h"
#include "loop.h"

#define NAME		"irq-over-busy-256"
#define OBJECT_BYTES	256U
/* Interrupts in a measurement, and pairs in each of them. */
#define INTERRUPTS	5000U
#define PAIRS		4UL
/* From one to the next: at least, and at random more. */
#define PERIOD_NS	5000U
#define SPREAD_NS	4096U

/* Of the task and its interrupt, which are never at it at once. */
static struct {
	struct hrtimer timer;
	struct rnd_state random;
	qb_loop loop;
	void *owner;
	bool failed;
	unsigned int left;
	u64 cycles;
} run;

static struct qb_figures figures;

/* --------------------------------------------------------------- pairs */

static __always_inline void *slub_alloc(void *owner, size_t size)
{
	return kmem_cache_alloc(owner, GFP_ATOMIC);
}

static __always_inline void slub_free(void *owner, void *object)
{
	kmem_cache_free(owner, object);
}

static __always_inline void *quarry_alloc_one(void *owner, size_t size)
{
	return quarry_cache_alloc(owner, GFP_ATOMIC);
}

static __always_inline void quarry_free_one(void *owner, void *object)
{
	quarry_cache_free(owner, object);
}

static bool pair_none(const struct qb_workload *workload, void *owner,
		      unsigned long turns)
{
	return qb_pair(owner, turns, 0, qb_none_alloc, qb_none_free);
}

static bool pair_slub(const struct qb_workload *workload, void *owner,
		      unsigned long turns)
{
	return qb_pair(owner, turns, 0, slub_alloc, slub_free);
}

static bool pair_quarry(const struct qb_workload *workload, void *owner,
			unsigned long turns)
{
	return qb_pair(owner, turns, 0, quarry_alloc_one, quarry_free_one);
}

/* The side after the last makes no call. */
static qb_loop loop_of(unsigned int side)
{
	return side == qb_nr_sides ? pair_none :
	       side == QB_SLUB ? pair_slub : pair_quarry;
}

/* ---------------------------------------------------------- interrupts */

static enum hrtimer_restart strike(struct hrtimer *timer)
{
	u64 from = get_cycles();

	if (!run.loop(NULL, run.owner, PAIRS))
		run.failed = true;
	run.cycles += get_cycles() - from;
	WRITE_ONCE(run.left, run.left - 1);
	if (!run.left)
		return HRTIMER_NORESTART;
	hrtimer_forward_now(timer, PERIOD_NS + prandom_u32_state(&run.random) %
					       SPREAD_NS);
	return HRTIMER_RESTART;
}

/* Hundredths of an instruction a pair. */
static s64 measure(unsigned int side, void *owner)
{
	run.loop = loop_of(side);
	run.owner = owner;
	run.left = INTERRUPTS;
	run.cycles = 0;
	qb_clock_wait();
	hrtimer_start(&run.timer, PERIOD_NS, HRTIMER_MODE_REL_PINNED_HARD);
	while (READ_ONCE(run.left))
		if (!run.loop(NULL, owner, 1))
			run.failed = true;
	hrtimer_cancel(&run.timer);
	return run.failed ? -EIO :
			    qb_clock_hundredths(run.cycles, INTERRUPTS * PAIRS);
}

static int measure_all(void *owner[QB_SIDES_MAX])
{
	s64 none = measure(qb_nr_sides, &run), figure;
	unsigned int side, i;

	if (none < 0)
		return none;
	figures.nr = qb_repeats;
	for (i = 0; i <= qb_repeats; i++) {
		for (side = 0; side < qb_nr_sides; side++) {
			figure = measure(side, owner[side]);
			if (figure < 0)
				return figure;
			/* The first one is for magazines to adapt. */
			if (i)
				figures.value[side][i - 1] = figure - none;
		}
	}
	return 0;
}

int qb_irq_run(void)
{
	void *owner[QB_SIDES_MAX];
	int err, busy;

	if (!qb_wanted(NAME))
		return 0;
	prandom_seed_state(&run.random, 1);
	hrtimer_setup(&run.timer, strike, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_PINNED_HARD);
	err = qb_owners_create(owner, OBJECT_BYTES);
	if (!err)
		err = measure_all(owner);
	if (!err)
		qb_figures_print(NAME, &figures);
	busy = qb_owners_destroy(owner, OBJECT_BYTES);
	return qb_result(NAME, err ?: busy);
}
