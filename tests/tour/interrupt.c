// SPDX-License-Identifier: GPL-2.0-only
/*
 * interrupt.c - an object lost in a hard interrupt handler.
 */
#include <linux/completion.h>
#include <linux/kernel.h>

#include <quarry/quarry.h>

#include "../kmod/timer.h"
#include "tour.h"

static struct hrtimer timer;
static DECLARE_COMPLETION(ticked);

static noinline enum hrtimer_restart handle_tick(struct hrtimer *unused)
{
	noted(quarry_alloc(100, GFP_ATOMIC));
	complete(&ticked);
	return HRTIMER_NORESTART;
}

static void in_interrupt_commit(void)
{
	reinit_completion(&ticked);
	hrtimer_setup(&timer, handle_tick, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_HARD);
	hrtimer_start(&timer, ms_to_ktime(1), HRTIMER_MODE_REL_HARD);
	wait_for_completion(&ticked);
	hrtimer_cancel(&timer);
}

const struct tour_case tour_in_interrupt = {
	.name = "in_interrupt",
	.mistake = "An interrupt handler allocates and forgets.",
	.func = "handle_tick",
	.expect = { .lost = 1 },
	.commit = in_interrupt_commit,
};
