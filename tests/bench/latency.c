// SPDX-License-Identifier: GPL-2.0-only
/*
 * latency.c - the longest single allocation and the longest single free among
 * many.  How many objects live goes up and down at random, so that magazines,
 * depots, slabs and pages all come and go.  Each operation is taken by itself;
 * one in which the timer ticked is left out.
 */
#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/overflow.h>
#include <linux/prandom.h>
#include <linux/slab.h>
#include <linux/timex.h>
#include <linux/vmalloc.h>

#include <quarry/quarry.h>

#include "loop.h"

/* Objects that live at most. */
#define LIVE_MAX	16384U
/* Operations from one rest to the next: others must come to run. */
#define SLICE		10000UL
/* Cycles that are told apart; what takes longer is counted as this. */
#define NR_BUCKETS	16384U

struct latency_set {
	const char *name;
	unsigned int cache_size;
	qb_loop slub, quarry;
};

struct times {
	u64 nr;
	u64 max;
	u32 bucket[NR_BUCKETS];
};

static struct {
	void *owner;
	void **live;
	unsigned int nr;
	unsigned int target;
	unsigned long tick;
	struct rnd_state random;
	/* By kind: allocation, free. */
	struct times times[2];
} *run;

static const char * const kinds[] = { "alloc", "free" };

/* ---------------------------------------------------------- operations */

static void note(unsigned int kind, u64 cycles)
{
	struct times *t = &run->times[kind];
	unsigned long now = READ_ONCE(jiffies);

	if (run->tick != now) {
		run->tick = now;
		return;
	}
	t->nr++;
	t->max = max(t->max, cycles);
	t->bucket[min_t(u64, cycles, NR_BUCKETS - 1)]++;
}

static __always_inline bool operate(unsigned long turns,
				    void *(*alloc)(void *, size_t),
				    void (*free)(void *, void *))
{
	for (; turns; turns--) {
		u32 random = prandom_u32_state(&run->random);
		void *object;
		u64 from;

		while (run->nr == run->target)
			run->target = prandom_u32_state(&run->random) %
				      LIVE_MAX;
		if (run->nr < run->target) {
			size_t size = qb_sizes[random % QB_NR_SIZES];

			from = get_cycles();
			object = alloc(run->owner, size);
			note(0, get_cycles() - from);
			if (!object)
				return false;
			run->live[run->nr++] = object;
			continue;
		}
		swap(run->live[random % run->nr], run->live[run->nr - 1]);
		object = run->live[--run->nr];
		from = get_cycles();
		free(run->owner, object);
		note(1, get_cycles() - from);
	}
	return true;
}

static __always_inline void *slub_cache_alloc(void *owner, size_t size)
{
	return kmem_cache_alloc(owner, GFP_KERNEL);
}

static __always_inline void slub_cache_free(void *owner, void *object)
{
	kmem_cache_free(owner, object);
}

static __always_inline void *quarry_cache_alloc_one(void *owner, size_t size)
{
	return quarry_cache_alloc(owner, GFP_KERNEL);
}

static __always_inline void quarry_cache_free_one(void *owner, void *object)
{
	quarry_cache_free(owner, object);
}

static __always_inline void *slub_heap_alloc(void *owner, size_t size)
{
	return kmalloc(size, GFP_KERNEL);
}

static __always_inline void slub_heap_free(void *owner, void *object)
{
	kfree(object);
}

static __always_inline void *quarry_heap_alloc_one(void *owner, size_t size)
{
	return quarry_heap_alloc(owner, size, GFP_KERNEL);
}

static __always_inline void quarry_heap_free_one(void *owner, void *object)
{
	quarry_free(object);
}

static bool none(const struct qb_workload *workload, void *owner,
		 unsigned long turns)
{
	return operate(turns, qb_none_alloc, qb_none_free);
}

static bool slub_cache(const struct qb_workload *workload, void *owner,
		       unsigned long turns)
{
	return operate(turns, slub_cache_alloc, slub_cache_free);
}

static bool quarry_cache(const struct qb_workload *workload, void *owner,
			 unsigned long turns)
{
	return operate(turns, quarry_cache_alloc_one, quarry_cache_free_one);
}

static bool slub_heap(const struct qb_workload *workload, void *owner,
		      unsigned long turns)
{
	return operate(turns, slub_heap_alloc, slub_heap_free);
}

static bool quarry_heap(const struct qb_workload *workload, void *owner,
			unsigned long turns)
{
	return operate(turns, quarry_heap_alloc_one, quarry_heap_free_one);
}

static const struct latency_set sets[] = {
	{ "cache-256", 256, slub_cache, quarry_cache },
	{ "heap-mixed", 0, slub_heap, quarry_heap },
};

/* -------------------------------------------------------------- results */

/* Cycles that all but one in @one_in operations stay below. */
static u64 quantile(const struct times *t, unsigned int one_in)
{
	u64 above = t->nr / one_in;
	unsigned int at = NR_BUCKETS - 1;

	while (at && above >= t->bucket[at])
		above -= t->bucket[at--];
	return at;
}

static void print(const struct latency_set *set, unsigned int side,
		  const u64 none[2])
{
	unsigned int kind;

	for (kind = 0; kind < 2; kind++) {
		const struct times *t = &run->times[kind];

		pr_info("latency,%s-%s,%s,%s,%llu,%llu,%llu\n", kinds[kind],
			set->name, qb_side_name(side), qb_side_level(side),
			qb_clock_hundredths(quantile(t, 2) - none[kind], 1),
			qb_clock_hundredths(quantile(t, 1000) - none[kind], 1),
			qb_clock_hundredths(t->max - none[kind], 1));
	}
}

/* -------------------------------------------------------------- running */

static bool slice(qb_loop loop, unsigned long nr)
{
	bool done;

	if (qb_steps)
		qb_steps_on();
	done = loop(NULL, run->owner, nr);
	if (qb_steps)
		qb_steps_off();
	return done;
}

static int measure(qb_loop loop, void *owner, unsigned long ops)
{
	unsigned long nr;

	run->owner = owner;
	run->nr = 0;
	run->target = LIVE_MAX / 2;
	memset(run->times, 0, sizeof(run->times));
	if (qb_steps)
		qb_steps_begin();
	prandom_seed_state(&run->random, 1);
	for (; ops; ops -= nr) {
		nr = min(ops, SLICE);
		run->tick = qb_clock_wait();
		if (!slice(loop, nr))
			return -ENOMEM;
	}
	return 0;
}

static void free_live(const struct latency_set *set, unsigned int side)
{
	while (run->nr) {
		void *object = run->live[--run->nr];

		if (side != QB_SLUB)
			set->cache_size ? quarry_cache_free(run->owner, object) :
					  quarry_free(object);
		else if (set->cache_size)
			kmem_cache_free(run->owner, object);
		else
			kfree(object);
	}
}

/* What reading the clock costs, by kind: no operation takes less. */
static void measure_none(u64 none_cycles[2])
{
	unsigned int kind;

	measure(none, &run, SLICE);
	for (kind = 0; kind < 2; kind++)
		none_cycles[kind] = quantile(&run->times[kind], 2);
}

static int run_set(const struct latency_set *set)
{
	unsigned int side;
	u64 none_cycles[2];
	void *owner;
	int err = 0;

	measure_none(none_cycles);
	for (side = 0; side < qb_nr_sides && !err; side++) {
		owner = qb_owner_create(side, set->cache_size);
		if (!owner)
			return -ENOMEM;
		err = measure(side == QB_SLUB ? set->slub : set->quarry, owner,
			      qb_ops);
		/* Traps take longer than what they look at. */
		if (!err && qb_steps)
			qb_stretches_print(set->name, side);
		else if (!err)
			print(set, side, none_cycles);
		free_live(set, side);
		if (!qb_owner_destroy(side, set->cache_size, owner))
			err = -EBUSY;
	}
	return err;
}

int qb_latency_run(void)
{
	char name[32];
	unsigned int i;
	int err = 0;

	run = vzalloc(sizeof(*run));
	if (run)
		run->live = vmalloc(array_size(LIVE_MAX, sizeof(*run->live)));
	if (!run || !run->live)
		err = -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(sets) && !err; i++) {
		snprintf(name, sizeof(name), "longest-%s", sets[i].name);
		if (qb_wanted(name))
			err = qb_result(name, run_set(&sets[i]));
	}
	if (run)
		vfree(run->live);
	vfree(run);
	return err;
}
