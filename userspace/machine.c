// SPDX-License-Identifier: GPL-2.0-only
/*
 * machine.c - the simulated machine comes up and goes down.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

#include <linux/bitops.h>

#include "machine.h"

#define ARENA_DEFAULT_MB	512UL
#define NODES_DEFAULT		2UL
#define CPUS_MIN		4UL
#define CPUS_DEFAULT		64UL

static bool running;

static unsigned long from_environment(const char *name, unsigned long otherwise)
{
	const char *text = getenv(name);

	return text && *text ? strtoul(text, NULL, 0) : otherwise;
}

static u64 random_seed(void)
{
	u64 seed = 0;

	if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		mirror_panic("no random seed to be had");
	return seed;
}

/* What @config leaves open comes from the environment. */
static void config_fill(struct mirror_config *config)
{
	if (!config->arena_bytes)
		config->arena_bytes = from_environment("QUARRY_ARENA_MB",
						ARENA_DEFAULT_MB) << 20;
	if (!config->nodes)
		config->nodes = BIT(from_environment("QUARRY_NODES",
						NODES_DEFAULT)) - 1;
	if (!config->cpus)
		config->cpus = from_environment("QUARRY_CPUS",
						CPUS_DEFAULT);
	if (!config->fill)
		config->fill = from_environment("QUARRY_FILL", 0);
	if (!config->seed)
		config->seed = from_environment("QUARRY_SEED", 0);
	if (!config->seed)
		config->seed = random_seed();
}

int mirror_machine_init(const struct mirror_config *from)
{
	struct mirror_config config = from ? *from : (struct mirror_config) {};
	int err;

	if (running)
		return -EBUSY;
	config_fill(&config);
	if (config.cpus < CPUS_MIN || config.cpus > NR_CPUS)
		return -EINVAL;
	mirror_cpus_init(config.cpus);
	mirror_time_init();
	mirror_random_init(config.seed);
	err = mirror_percpu_init();
	if (err)
		return err;
	err = mirror_arena_init(config.arena_bytes, config.nodes, config.fill);
	if (err)
		goto err_percpu;
	err = mirror_rcu_start();
	if (err)
		goto err_arena;
	err = mirror_worker_start();
	if (err)
		goto err_rcu;
	running = true;
	return 0;

err_rcu:
	mirror_rcu_stop();
err_arena:
	mirror_arena_exit();
err_percpu:
	mirror_percpu_exit();
	return err;
}

static int left(unsigned long nr, const char *what)
{
	if (nr)
		fprintf(stderr, "mirror: %lu %s left behind\n", nr, what);
	return nr ? 1 : 0;
}

int mirror_machine_exit(void)
{
	int nr;

	if (!running)
		return -EINVAL;
	mirror_interrupts_stop();
	mirror_fail_reset();
	mirror_rcu_stop();
	mirror_worker_stop();
	nr = left(mirror_nr_out(), "pages") +
	     left(mirror_percpu_out(), "per-CPU areas") +
	     left(mirror_buffers_out(), "buffers");
	mirror_arena_exit();
	mirror_percpu_exit();
	running = false;
	return nr;
}
