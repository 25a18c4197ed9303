// SPDX-License-Identifier: GPL-2.0-only
/*
 * quarry_swallow.c - while (1) of 1,000,000 bytes from the default heap, in a
 * thread, for as long as the module is inserted.  Parameters that can be read
 * tell how many blocks it has, and how often it got none.
 */
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/sched.h>

#include <quarry/quarry.h>

#define BLOCK_BYTES	1000000

/* Each block begins with the address of the one before it. */
static void **newest;
static struct task_struct *thread;

static unsigned long blocks;
module_param(blocks, ulong, 0444);
MODULE_PARM_DESC(blocks, "blocks it has");

static unsigned long refused;
module_param(refused, ulong, 0444);
MODULE_PARM_DESC(refused, "allocations that returned NULL");

static noinline void swallow(void)
{
	void **block = quarry_alloc(BLOCK_BYTES, GFP_KERNEL);

	if (!block) {
		WRITE_ONCE(refused, refused + 1);
		return;
	}
	*block = newest;
	newest = block;
	WRITE_ONCE(blocks, blocks + 1);
}

static int swallow_thread(void *unused)
{
	while (!kthread_should_stop()) {
		swallow();
		cond_resched();
	}
	return 0;
}

static int __init swallow_init(void)
{
	thread = kthread_run(swallow_thread, NULL, "quarry_swallow");
	return PTR_ERR_OR_ZERO(thread);
}

static void __exit swallow_exit(void)
{
	kthread_stop(thread);
	while (newest) {
		void **block = newest;

		newest = *block;
		quarry_free(block);
	}
}

module_init(swallow_init);
module_exit(swallow_exit);

MODULE_DESCRIPTION("Swallows all that quarry's default heap may have");
MODULE_LICENSE("GPL");
