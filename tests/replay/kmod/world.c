// SPDX-License-Identifier: GPL-2.0-only
/* world.c - memory and time for the player in the kernel. */
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/nodemask.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/vmalloc.h>
#include <linux/vmstat.h>

#include "kmod.h"

static void *world_get(unsigned long bytes)
{
	return vzalloc(bytes);
}

static void world_put(void *memory)
{
	vfree(memory);
}

static unsigned long long world_now(void)
{
	return ktime_get_ns();
}

static void world_breathe(void)
{
	cond_resched();
}

__printf(3, 4)
static int world_print(char *text, unsigned long size, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vscnprintf(text, size, fmt, args);
	va_end(args);
	return n;
}

const struct player_world kernel_world = {
	.get = world_get,
	.put = world_put,
	.now = world_now,
	.breathe = world_breathe,
	.print = world_print,
};

static unsigned long zone_free_pages(struct zone *zone)
{
	unsigned long pages = zone_page_state_snapshot(zone, NR_FREE_PAGES);
	int cpu;

	for_each_possible_cpu(cpu)
		pages += READ_ONCE(per_cpu_ptr(zone->per_cpu_pageset,
					       cpu)->count);
	return pages;
}

long long world_used_bytes(void)
{
	long long pages = totalram_pages();
	int nid, i;

	rcu_barrier();
	for_each_online_node(nid)
		for (i = 0; i < MAX_NR_ZONES; i++) {
			struct zone *zone = &NODE_DATA(nid)->node_zones[i];

			if (populated_zone(zone))
				pages -= zone_free_pages(zone);
		}
	return pages * PAGE_SIZE;
}
