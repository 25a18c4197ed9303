// SPDX-License-Identifier: GPL-2.0-only
/*
 * scrub.c - old words in memory that the kernel's allocator has at hand.
 *
 * A free object keeps the words of who had it last, and a sheaf, which SLUB has
 * lists of free objects in since 6.18, the addresses of those that were taken from
 * it.  freelist.c does not find what is in sheaves, nor a list that changes too fast.
 * So each CPU takes as many objects of every size of kmalloc() as it may have at
 * hand, cleared, and frees them again: over those words.  Other caches than those of
 * kmalloc() are not to be had.
 */
#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "scrub.h"

/* Objects of a size, which is in bytes. */
#define OBJECTS_MIN	16U
#define OBJECTS_MAX	256U

static const unsigned int sizes[] = {
	8, 16, 32, 64, 96, 128, 192, 256, 512, 1024, 2048, 4096, 8192,
};

static void scrub_size(unsigned int size)
{
	unsigned int nr = clamp(SZ_64K / size, OBJECTS_MIN, OBJECTS_MAX);
	void *taken = NULL, **object;

	while (nr--) {
		object = kzalloc(size, GFP_NOWAIT | __GFP_NOWARN);
		if (!object)
			break;
		*object = taken;
		taken = object;
	}
	while ((object = taken)) {
		taken = *object;
		*object = NULL;
		kfree(object);
	}
}

static long scrub_here(void *unused)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		scrub_size(sizes[i]);
	return 0;
}

void qr_scrub(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		cpus_read_lock();
		if (cpu_online(cpu))
			work_on_cpu(cpu, scrub_here, NULL);
		cpus_read_unlock();
	}
}
