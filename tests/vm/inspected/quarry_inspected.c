// SPDX-License-Identifier: GPL-2.0-only
/*
 * quarry_inspected.c - mistakes that an inspector of the kernel's own reports
 * while they are made, one at insertion:
 *	do=overrun	writes the byte behind the 100 asked for
 *	do=late		writes what was freed
 *	do=race		two threads write a word of an object, unlocked
 */
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/string.h>

#include <quarry/quarry.h>

#define BYTES	100

static char *what = "";
module_param_named(do, what, charp, 0444);
MODULE_PARM_DESC(do, "the mistake: overrun, late, race");

static noinline __noclone void overrun(char *packet, unsigned int at)
{
	WRITE_ONCE(packet[at], 1);
}

static noinline __noclone void write_late(char *packet)
{
	WRITE_ONCE(packet[8], 1);
}

static noinline __noclone void count_up(unsigned long *counter)
{
	(*counter)++;
	barrier();
}

static int racer(void *counter)
{
	while (!kthread_should_stop()) {
		count_up(counter);
		cond_resched();
	}
	return 0;
}

static int race(unsigned long *counter)
{
	unsigned long end = jiffies + 5 * HZ;
	struct task_struct *task = kthread_run(racer, counter, "racer");

	if (IS_ERR(task))
		return PTR_ERR(task);
	while (time_before(jiffies, end)) {
		count_up(counter);
		cond_resched();
	}
	return kthread_stop(task);
}

static int __init inspected_init(void)
{
	char *packet = quarry_zalloc(BYTES, GFP_KERNEL);
	int err = 0;

	if (!packet)
		return -ENOMEM;
	if (!strcmp(what, "overrun"))
		overrun(packet, BYTES);
	else if (!strcmp(what, "race"))
		err = race((unsigned long *)packet);
	else if (strcmp(what, "late"))
		err = -EINVAL;
	quarry_free(packet);
	if (!strcmp(what, "late"))
		write_late(packet);
	return err;
}

static void __exit inspected_exit(void)
{
}

module_init(inspected_init);
module_exit(inspected_exit);

MODULE_DESCRIPTION("Mistakes for the kernel's inspectors");
MODULE_LICENSE("GPL");
