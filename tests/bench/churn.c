// SPDX-License-Identifier: GPL-2.0-only
/*
 * churn.c - what a pair costs while so many objects live: half of them, chosen
 * at random, are freed in random order and as many allocated again, over and
 * over.  A cycle is longer than the time between two ticks, so it is measured
 * in slices, one right after the other: what ages sees no idle time.  A slice in
 * which the timer ticked is left out.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/overflow.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include <quarry/quarry.h>

#include "loop.h"

#define OBJECT_BYTES	256U
/* Instructions that one step may take before a slice is too long. */
#define STEP_MAX	1000U
/* Pairs in one measurement: at least, and in all of them at most. */
#define PAIRS_MIN	8192U
#define PAIRS_ALL	1500000U
/* And before: magazines adapt. */
#define PAIRS_WARM	262144U

struct churn_set {
	const char *name;
	unsigned int objects;
};

static const struct churn_set sets[] = {
	{ "live-1000", 1000 },
	{ "live-10000", 10000 },
	{ "live-100000", 100000 },
	{ "live-1000000", 1000000 },
};

/* One side's set; steps [0, @half) of a cycle free, the rest allocate. */
struct churn {
	void *owner;
	void **slot;
	/* The first half is what a cycle frees, in this order. */
	const u32 *order;
	unsigned int nr;
	unsigned int at;
};

static struct churn state[QB_SIDES_MAX + 1];
static u32 *order;
static struct qb_figures figures;

/* ---------------------------------------------------------------- steps */

static __always_inline void *slub_alloc(void *owner, size_t size)
{
	return kmem_cache_alloc(owner, GFP_KERNEL);
}

static __always_inline void slub_free(void *owner, void *object)
{
	kmem_cache_free(owner, object);
}

static __always_inline void *quarry_alloc_one(void *owner, size_t size)
{
	return quarry_cache_alloc(owner, GFP_KERNEL);
}

static __always_inline void quarry_free_one(void *owner, void *object)
{
	quarry_cache_free(owner, object);
}

static __always_inline bool steps(struct churn *c, unsigned long turns,
				  void *(*alloc)(void *, size_t),
				  void (*free)(void *, void *))
{
	unsigned int half = c->nr / 2;

	for (; turns; turns--, c->at++) {
		void *object;

		if (c->at < half) {
			free(c->owner, c->slot[c->order[c->at]]);
			continue;
		}
		object = alloc(c->owner, 0);
		if (unlikely(!object))
			return false;
		c->slot[c->order[c->at - half]] = object;
	}
	return true;
}

static bool steps_none(const struct qb_workload *workload, void *set,
		       unsigned long turns)
{
	return steps(set, turns, qb_none_alloc, qb_none_free);
}

static bool steps_slub(const struct qb_workload *workload, void *set,
		       unsigned long turns)
{
	return steps(set, turns, slub_alloc, slub_free);
}

static bool steps_quarry(const struct qb_workload *workload, void *set,
			 unsigned long turns)
{
	return steps(set, turns, quarry_alloc_one, quarry_free_one);
}

/* The side after the last makes no call. */
static qb_loop loop_of(unsigned int side)
{
	return side == qb_nr_sides ? steps_none :
	       side == QB_SLUB ? steps_slub : steps_quarry;
}

/* --------------------------------------------------------------- cycles */

static void shuffle(unsigned int nr, u32 seed)
{
	struct rnd_state random;
	unsigned int i, with;

	prandom_seed_state(&random, seed);
	for (i = 0; i < nr; i++)
		order[i] = i;
	for (i = 0; i < nr / 2; i++) {
		with = i + prandom_u32_state(&random) % (nr - i);
		swap(order[i], order[with]);
	}
}

/* Adds a cycle's cycles and steps, or returns an error. */
static int cycle(unsigned int side, u32 seed, u64 *cycles, u64 *done)
{
	struct churn *c = &state[side];
	unsigned int slice = qb_clock_tick_cycles() / 2 / STEP_MAX;

	shuffle(c->nr, seed);
	for (c->at = 0; c->at < c->nr;) {
		unsigned int nr = min(slice, c->nr - c->at);
		s64 took = qb_clock_once(loop_of(side), NULL, c, nr);

		cond_resched();
		if (took == -EAGAIN)
			continue;
		if (took < 0)
			return -EIO;
		*cycles += took;
		*done += nr;
	}
	return *done ? 0 : -EIO;
}

/* Hundredths of an instruction a pair, two steps. */
static s64 measure(unsigned int side, u32 seed)
{
	unsigned int rounds = DIV_ROUND_UP(PAIRS_MIN, state[side].nr / 2);
	u64 cycles = 0, done = 0;
	int err = 0;

	for (; rounds && !err; rounds--)
		err = cycle(side, seed + rounds, &cycles, &done);
	return err ? err : qb_clock_hundredths(2 * cycles, done);
}

static int measure_all(unsigned int nr)
{
	unsigned int pairs = max(PAIRS_MIN, nr / 2);
	unsigned int warm = max(PAIRS_WARM / pairs, 1U);
	unsigned int side, i;
	s64 none, figure;

	figures.nr = clamp(PAIRS_ALL / pairs, 1U, qb_repeats);
	none = measure(qb_nr_sides, 1);
	if (none < 0)
		return none;
	for (i = 0; i < warm + figures.nr; i++) {
		for (side = 0; side < qb_nr_sides; side++) {
			figure = measure(side, i << 16);
			if (figure < 0)
				return figure;
			if (i >= warm)
				figures.value[side][i - warm] = figure - none;
		}
	}
	return 0;
}

/* ----------------------------------------------------------------- sets */

static void drop(unsigned int side)
{
	struct churn *c = &state[side];
	unsigned int i;

	for (i = 0; c->slot && side < qb_nr_sides && i < c->nr; i++) {
		if (!c->slot[i])
			continue;
		if (side == QB_SLUB)
			kmem_cache_free(c->owner, c->slot[i]);
		else
			quarry_cache_free(c->owner, c->slot[i]);
	}
	vfree(c->slot);
}

static int fill(unsigned int side, void *owner, unsigned int nr)
{
	struct churn *c = &state[side];
	unsigned int i;

	*c = (struct churn){
		.owner = owner,
		.slot = vzalloc(array_size(nr, sizeof(*c->slot))),
		.order = order,
		.nr = nr,
	};
	if (!c->slot)
		return -ENOMEM;
	for (i = 0; side < qb_nr_sides && i < nr; i++) {
		c->slot[i] = side == QB_SLUB ? slub_alloc(owner, 0) :
					       quarry_alloc_one(owner, 0);
		if (!c->slot[i])
			return -ENOMEM;
	}
	return 0;
}

static int run_set(const struct churn_set *set)
{
	void *owner[QB_SIDES_MAX];
	unsigned int side;
	int err, busy;

	memset(state, 0, sizeof(state));
	order = vmalloc(array_size(set->objects, sizeof(*order)));
	err = qb_owners_create(owner, OBJECT_BYTES);
	if (!order)
		err = -ENOMEM;
	for (side = 0; side <= qb_nr_sides && !err; side++)
		err = fill(side, side < qb_nr_sides ? owner[side] : &state,
			   set->objects);
	if (!err)
		err = measure_all(set->objects);
	if (!err)
		qb_figures_print(set->name, &figures);
	for (side = 0; side <= qb_nr_sides; side++)
		drop(side);
	vfree(order);
	busy = qb_owners_destroy(owner, OBJECT_BYTES);
	return qb_result(set->name, err ?: busy);
}

int qb_churn_run(void)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < ARRAY_SIZE(sets) && !err; i++)
		if (qb_wanted(sets[i].name))
			err = run_set(&sets[i]);
	return err;
}
