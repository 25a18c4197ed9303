// SPDX-License-Identifier: GPL-2.0-only
/*
 * main.c - quarry_test.ko: runs cases when it is inserted, prints KTAP to the
 * log and to debugfs quarry_test/results.
 *
 * Insertion succeeds whether cases hold or not: the results say which.
 *	run=GLOB	cases to run, "*" by default, "" none
 *	warn=1		those that make the kernel warn, instead of the others
 *	seed=N		of everything random; printed
 *	load=1		threads that play until load=0 or removal, see load.c
 */
#include <linux/debugfs.h>
#include <linux/glob.h>
#include <linux/module.h>
#include <linux/random.h>
#include <linux/sched.h>

#include "cases.h"
#include "kmod.h"

static char *run = "*";
module_param(run, charp, 0444);
MODULE_PARM_DESC(run, "glob of the cases to run; empty for none");

static bool warn;
module_param(warn, bool, 0444);
MODULE_PARM_DESC(warn, "1: only the cases that make the kernel warn");

static unsigned long seed;
module_param(seed, ulong, 0444);
MODULE_PARM_DESC(seed, "seed of everything random; 0 takes one");

#define KERNEL_ENTRY(case_name)	{ #case_name, qt_case_##case_name },

static const struct qt_case kernel_cases[] = {
	KERNEL_CASES(KERNEL_ENTRY)
};

static const struct qt_case warning_cases[] = {
	WARNING_CASES(KERNEL_ENTRY)
};

static struct dentry *directory;

static unsigned int nr_cases(void)
{
	return warn ? ARRAY_SIZE(warning_cases) :
		      qt_nr_cases + ARRAY_SIZE(kernel_cases);
}

static const struct qt_case *case_at(unsigned int index)
{
	if (warn)
		return &warning_cases[index];
	if (index < qt_nr_cases)
		return &qt_cases[index];
	return &kernel_cases[index - qt_nr_cases];
}

static bool wanted(const struct qt_case *which)
{
	return glob_match(run, which->name);
}

static void run_case(const struct qt_case *which, unsigned int number)
{
	static struct qt t;
	bool held = qt_run(&t, which, seed);

	if (t.skip)
		qt_print("ok %u %s # SKIP %s\n", number, which->name, t.skip);
	else
		qt_print("%sok %u %s\n", held ? "" : "not ", number,
			 which->name);
}

static void run_cases(void)
{
	unsigned int all = nr_cases();
	unsigned int i, planned = 0, number = 0;

	for (i = 0; i < all; i++)
		planned += wanted(case_at(i));
	qt_print("KTAP version 1\n");
	qt_print("# seed=%lu\n", seed);
	qt_print("1..%u\n", planned);
	for (i = 0; i < all; i++) {
		if (!wanted(case_at(i)))
			continue;
		run_case(case_at(i), ++number);
		cond_resched();
	}
}

/* Ends a load that runs, and says how it went in a line of its own. */
static bool end_load(void)
{
	static struct qt t;
	unsigned long ops = load_ops();
	bool held;

	memset(&t, 0, sizeof(t));
	t.name = "load";
	held = load_stop(&t);
	qt_print("# load: %lu operations, %s\n", ops, held ? "held" : "FAILED");
	return held;
}

static int load_set(const char *value, const struct kernel_param *param)
{
	bool on;
	int err = kstrtobool(value, &on);

	if (err)
		return err;
	/* At insertion the load waits for the cases: see test_init(). */
	if (!directory) {
		*(bool *)param->arg = on;
		return 0;
	}
	if (on == load_runs())
		return 0;
	err = on ? load_start(seed) : end_load() ? 0 : -EIO;
	*(bool *)param->arg = load_runs();
	return err;
}

static const struct kernel_param_ops load_ops_param = {
	.set = load_set,
	.get = param_get_bool,
};

static bool load;
module_param_cb(load, &load_ops_param, &load, 0644);
MODULE_PARM_DESC(load, "1: threads allocate and free on every CPU");

static int __init test_init(void)
{
	int err;

	if (!seed)
		seed = get_random_u32();
	directory = debugfs_create_dir("quarry_test", NULL);
	err = results_init(directory);
	if (err)
		goto err_directory;
	if (*run)
		run_cases();
	if (!load)
		return 0;
	err = load_start(seed);
	if (!err)
		return 0;
	debugfs_remove(directory);
	results_exit();
	return err;

err_directory:
	debugfs_remove(directory);
	return err;
}

static void __exit test_exit(void)
{
	if (load_runs())
		end_load();
	debugfs_remove(directory);
	results_exit();
}

module_init(test_init);
module_exit(test_exit);
MODULE_DESCRIPTION("Tests of the quarry allocator");
MODULE_LICENSE("GPL");
