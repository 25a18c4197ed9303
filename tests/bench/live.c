// SPDX-License-Identifier: GPL-2.0-only
/*
 * live.c - bytes held for live sets.  One ruler for all sides: the pages that
 * the whole machine has less of, so that descriptors, tags and magazines count
 * on one side and SLUB's own on the other.
 */
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/nodemask.h>
#include <linux/percpu.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include <quarry/quarry.h>

#include "bench.h"

/* Objects in the largest of the sets. */
#define LIVE_MAX	100000U

struct live_set {
	const char *name;
	unsigned int cache_size;	/* 0: a heap, sizes mixed */
	unsigned int objects;
};

static const struct live_set live_sets[] = {
	{ "held-cache-64", 64, LIVE_MAX },
	{ "held-cache-256", 256, LIVE_MAX },
	{ "held-cache-1024", 1024, LIVE_MAX / 2 },
	{ "held-heap-mixed", 0, LIVE_MAX },
};

/* ---------------------------------------------------------------- ruler */

/*
 * SLUB may put objects into slabs that it has already.  More than a
 * RULER_ERROR-th of them does not fit there.
 */
#define RULER_ERROR	64

/* Pages of a zone that are free, those on their way to a CPU counted in. */
static long zone_free_pages(struct zone *zone)
{
	long pages = atomic_long_read(&zone->vm_stat[NR_FREE_PAGES]);
	int cpu;

	for_each_online_cpu(cpu) {
		pages += per_cpu_ptr(zone->per_cpu_zonestats,
				     cpu)->vm_stat_diff[NR_FREE_PAGES];
		pages += per_cpu_ptr(zone->per_cpu_pageset, cpu)->count;
	}
	return pages;
}

static long free_pages_now(void)
{
	long pages = 0;
	int nid, i;

	for_each_online_node(nid) {
		for (i = 0; i < MAX_NR_ZONES; i++) {
			struct zone *zone = &NODE_DATA(nid)->node_zones[i];

			if (populated_zone(zone))
				pages += zone_free_pages(zone);
		}
	}
	return pages;
}

/* ----------------------------------------------------------------- sets */

static void *live_alloc(unsigned int side, const struct live_set *set,
			void *owner, unsigned int i)
{
	size_t size = qb_sizes[i % QB_NR_SIZES];

	if (side == QB_SLUB)
		return set->cache_size ? kmem_cache_alloc(owner, GFP_KERNEL) :
					 kmalloc(size, GFP_KERNEL);
	return set->cache_size ? quarry_cache_alloc(owner, GFP_KERNEL) :
				 quarry_heap_alloc(owner, size, GFP_KERNEL);
}

static void live_free(unsigned int side, const struct live_set *set,
		      void *owner, void *object)
{
	if (side != QB_SLUB)
		set->cache_size ? quarry_cache_free(owner, object) :
				  quarry_free(object);
	else if (set->cache_size)
		kmem_cache_free(owner, object);
	else
		kfree(object);
}

static u64 live_asked(const struct live_set *set)
{
	u64 bytes = 0;
	unsigned int i;

	if (set->cache_size)
		return (u64)set->cache_size * set->objects;
	for (i = 0; i < set->objects; i++)
		bytes += qb_sizes[i % QB_NR_SIZES];
	return bytes;
}

/* Bytes that the live set made the machine hold, or an error. */
static s64 live_held(unsigned int side, const struct live_set *set,
		     void **objects)
{
	void *owner = qb_owner_create(side, set->cache_size);
	long before = free_pages_now(), after;
	unsigned int got, i;

	if (!owner)
		return -ENOMEM;
	for (got = 0; got < set->objects; got++) {
		objects[got] = live_alloc(side, set, owner, got);
		if (!objects[got])
			break;
	}
	after = free_pages_now();
	for (i = 0; i < got; i++)
		live_free(side, set, owner, objects[i]);
	if (!qb_owner_destroy(side, set->cache_size, owner))
		return -EBUSY;
	return got == set->objects ? (s64)(before - after) << PAGE_SHIFT :
				     -ENOMEM;
}

static int live_set_run(const struct live_set *set, void **objects)
{
	s64 asked = live_asked(set);
	unsigned int side;
	s64 held;

	for (side = 0; side < qb_nr_sides; side++) {
		held = live_held(side, set, objects);
		if (held == -ENOMEM || held == -EBUSY)
			return held;
		if (held < asked - asked / RULER_ERROR) {
			pr_err("%s: %lld bytes held, %lld asked for: the ruler is wrong\n",
			       set->name, held, asked);
			return -EIO;
		}
		pr_info("bytes,%s,%s,%s,%lld,%lld\n", set->name,
			qb_side_name(side), qb_side_level(side), asked, held);
	}
	return 0;
}

int qb_live_run(void)
{
	void **objects;
	unsigned int i;
	int err = 0;

	objects = vmalloc(array_size(LIVE_MAX, sizeof(*objects)));
	if (!objects)
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(live_sets) && !err; i++)
		if (qb_wanted(live_sets[i].name))
			err = qb_result(live_sets[i].name,
					live_set_run(&live_sets[i], objects));
	vfree(objects);
	return err;
}
