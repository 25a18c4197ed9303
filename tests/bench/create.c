// SPDX-License-Identifier: GPL-2.0-only
/*
 * create.c - what it costs to make a cache, to use it once and to destroy it,
 * while so many others exist.  The task sleeps in between, so what is counted
 * is the time that it ran; what others do for it meanwhile is not in that.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/overflow.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include <quarry/quarry.h>

#include "bench.h"

/* Caches made and destroyed in one measurement. */
#define ROUNDS		8U
/* Measurements at most: each waits for grace periods. */
#define REPEATS_MAX	5U

struct create_set {
	const char *name;
	unsigned int others;
};

static const struct create_set sets[] = {
	{ "create-among-1", 1 },
	{ "create-among-10", 10 },
	{ "create-among-100", 100 },
	{ "create-among-1000", 1000 },
};

static struct qb_figures figures;

/* Nanoseconds that this task ran: brought up to date when it sleeps. */
static u64 time_run(void)
{
	qb_clock_wait();
	return current->se.sum_exec_runtime;
}

static bool use(unsigned int side, void *cache)
{
	void *object = side == QB_SLUB ?
		       kmem_cache_alloc(cache, GFP_KERNEL) :
		       quarry_cache_alloc(cache, GFP_KERNEL);

	if (!object)
		return false;
	if (side == QB_SLUB)
		kmem_cache_free(cache, object);
	else
		quarry_cache_free(cache, object);
	return true;
}

static int round_trip(unsigned int side, unsigned int number)
{
	void *cache = qb_numbered_create(side, number);
	bool used = cache && use(side, cache);

	if (!qb_owner_destroy(side, QB_NUMBERED_SIZE, cache))
		return -EBUSY;
	return used ? 0 : -ENOMEM;
}

/* Hundredths of an instruction for one cache. */
static s64 measure(unsigned int side, unsigned int number)
{
	u64 from, idle, busy;
	unsigned int i;
	int err = 0;

	from = time_run();
	idle = time_run() - from;
	from = time_run();
	for (i = 0; i < ROUNDS && !err; i++)
		err = round_trip(side, number + i);
	busy = time_run() - from;
	return err ? err :
		     qb_clock_ns_hundredths(busy > idle ? busy - idle : 0,
					    ROUNDS);
}

static int measure_side(unsigned int side, unsigned int others)
{
	void **other = vzalloc(array_size(others, sizeof(*other)));
	unsigned int i;
	int err = other ? 0 : -ENOMEM;
	s64 figure;

	for (i = 0; i < others && !err; i++) {
		other[i] = qb_numbered_create(side, i);
		if (!other[i])
			err = -ENOMEM;
	}
	for (i = 0; i <= figures.nr && !err; i++) {
		figure = measure(side, others + i * ROUNDS);
		if (figure < 0)
			err = figure;
		/* The first one is for whatever is made once. */
		else if (i)
			figures.value[side][i - 1] = figure;
	}
	for (i = 0; other && i < others; i++)
		if (!qb_owner_destroy(side, QB_NUMBERED_SIZE, other[i]))
			err = -EBUSY;
	vfree(other);
	return err;
}

int qb_create_run(void)
{
	unsigned int i, side;
	int err = 0;

	for (i = 0; i < ARRAY_SIZE(sets) && !err; i++) {
		if (!qb_wanted(sets[i].name))
			continue;
		figures.nr = min(qb_repeats, REPEATS_MAX);
		for (side = 0; side < qb_nr_sides && !err; side++)
			err = measure_side(side, sets[i].others);
		if (!err)
			qb_figures_print(sets[i].name, &figures);
		qb_result(sets[i].name, err);
	}
	return err;
}
