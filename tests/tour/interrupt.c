// SPDX-License-Identifier: GPL-2.0-only
/*
 * interrupt.c - an object lost in a hard interrupt handler.
 */
#include <linux/completion.h>
#include <linux/kernel.h>
#include <linux/preempt.h>

#include <quarry/quarry.h>

#include "../kmod/timer.h"
#include "tour.h"

#define BYTES	100

static struct hrtimer timer;
static DECLARE_COMPLETION(ticked);

static noinline enum hrtimer_restart handle_tick(struct hrtimer *unused)
{
	noted(quarry_alloc(BYTES, GFP_ATOMIC));
	complete(&ticked);
	return HRTIMER_NORESTART;
}

/* On PREEMPT_RT a hard interrupt gets no pages, but what its CPU has free. */
static noinline void keep_one_free(void)
{
	quarry_free(quarry_alloc(BYTES, GFP_KERNEL));
}

static void in_interrupt_commit(void)
{
	reinit_completion(&ticked);
	hrtimer_setup(&timer, handle_tick, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_PINNED_HARD);
	migrate_disable();
	keep_one_free();
	hrtimer_start(&timer, ms_to_ktime(1), HRTIMER_MODE_REL_PINNED_HARD);
	migrate_enable();
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
