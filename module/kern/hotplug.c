// SPDX-License-Identifier: GPL-2.0-only
/*
 * hotplug.c - the magazines of a CPU that goes offline, and the home of one
 * that comes.  Both run on another CPU while this one does not.
 */
#include <linux/cpuhotplug.h>

#include "cache.h"
#include "hooks.h"
#include "walk.h"

static enum cpuhp_state state;

static int cpu_absent(unsigned int cpu)
{
	struct quarry_cache *cache = NULL;

	while ((cache = qr_walk_next_cache(cache)))
		qr_cache_cpu_absent(cache, cpu);
	return 0;
}

int qr_hotplug_init(void)
{
	int ret;

	/* Teardown of a PREPARE state runs once the CPU is dead. */
	ret = cpuhp_setup_state_nocalls(CPUHP_BP_PREPARE_DYN, "mm/quarry",
					cpu_absent, cpu_absent);
	if (ret < 0)
		return ret;
	state = ret;
	return 0;
}

void qr_hotplug_exit(void)
{
	cpuhp_remove_state_nocalls(state);
}
