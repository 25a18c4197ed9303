// SPDX-License-Identifier: GPL-2.0-only
/*
 * clock.c - the bench's clock where instructions cannot be counted: in
 * User-Mode Linux its unit is the nanosecond of the host's clock.  A loop is
 * long, so that asking for the time costs nothing beside it.
 */
#include <linux/errno.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/printk.h>
#include <linux/sched.h>

#include "../../bench.h"

/* Times that a loop is made longer than it was asked to be. */
#define LONGER		32U
/* Turns of the empty loop that shows whether the clock moves. */
#define TURNS		1000000UL

unsigned long qb_clock_disturbed;

u64 qb_clock_loop(qb_loop loop, const struct qb_workload *workload,
		  void *owner, unsigned long turns)
{
	u64 start;

	cond_resched();
	start = ktime_get_ns();
	if (!loop(workload, owner, turns * LONGER))
		return 0;
	/* Never 0: that would be a failure. */
	return (ktime_get_ns() - start) / LONGER + 1;
}

u64 qb_clock_hundredths(u64 cycles, u64 units)
{
	return div64_u64(cycles * 100, units);
}

/* As if the timer ticked a thousand times a second. */
u64 qb_clock_tick_cycles(void)
{
	return NSEC_PER_MSEC;
}

static noinline bool empty(const struct qb_workload *workload, void *owner,
			   unsigned long turns)
{
	while (turns--)
		barrier();
	return true;
}

int qb_clock_init(void)
{
	if (qb_clock_loop(empty, NULL, NULL, TURNS) > TURNS / 100)
		return 0;
	pr_err("the clock does not move\n");
	return -EIO;
}
