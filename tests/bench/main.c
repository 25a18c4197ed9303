// SPDX-License-Identifier: GPL-2.0-only
/*
 * main.c - the module: runs every workload when it is inserted, all sides in
 * turns, and logs one line for each side of each workload:
 *	instructions,workload,side,level,minimum,median,maximum
 *	latency,workload,side,level,median,99.9 %,maximum
 * both in hundredths of an instruction, and for what is held
 *	bytes,workload,side,level,asked,held
 */
#include <linux/cpumask.h>
#include <linux/glob.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/sched.h>

#include "bench.h"

static char *only = "";
module_param(only, charp, 0444);
MODULE_PARM_DESC(only, "workloads to run, a glob (default: all)");

unsigned int qb_repeats = 5;
module_param_named(repeats, qb_repeats, uint, 0444);
MODULE_PARM_DESC(repeats, "times each side is measured, 1 to 101 (default 5)");

unsigned long qb_ops = 3000000;
module_param_named(ops, qb_ops, ulong, 0444);
MODULE_PARM_DESC(ops, "operations of which the longest is looked for");

char *qb_streams = "";
module_param_named(streams, qb_streams, charp, 0444);
MODULE_PARM_DESC(streams, "directory with recorded streams, boot.qs and so on");

bool qb_wanted(const char *name)
{
	return !*only || glob_match(only, name);
}

/* User-Mode Linux counts nanoseconds: what takes many of them, in loops. */
static int (* const parts[])(void) = {
	qb_workload_run,
#ifndef CONFIG_UML
	qb_churn_run,
	qb_irq_run,
	qb_create_run,
	qb_replay_run,
	qb_latency_run,
	qb_read_run,
	qb_live_run,
#endif
};

static int run_parts(void)
{
	unsigned int i;
	int err;

	/* Only interrupts come between the instructions that are counted. */
	sched_set_fifo(current);
	err = qb_clock_init();
	if (!err)
		err = qb_sides_init();
	if (!err)
		err = qb_steps_init();
	for (i = 0; i < ARRAY_SIZE(parts) && !err; i++)
		err = parts[i]();
	qb_steps_exit();
	sched_set_normal(current, 0);
	return err;
}

static int __init bench_init(void)
{
	int err;

	if (!qb_repeats || qb_repeats > QB_REPEATS_MAX) {
		pr_err("repeats=%u: expected 1 to %u\n", qb_repeats,
		       QB_REPEATS_MAX);
		return -EINVAL;
	}
	if (num_online_cpus() != 1) {
		pr_err("%u CPUs: instructions can be counted with one only\n",
		       num_online_cpus());
		return -EINVAL;
	}
	qb_sizes_init();
	err = run_parts();
	if (qb_clock_disturbed)
		pr_info("note,%lu measurements were repeated\n",
			qb_clock_disturbed);
	return err;
}

static void __exit bench_exit(void)
{
}

module_init(bench_init);
module_exit(bench_exit);

MODULE_DESCRIPTION("Instructions and bytes of quarry and SLUB");
MODULE_LICENSE("GPL");
