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

#ifndef TICK_MODE
#define TICK_MODE	HRTIMER_MODE_REL_PINNED_HARD
#endif

static struct hrtimer timer;
static DECLARE_COMPLETION(ticked);

static noinline enum hrtimer_restart handle_tick(struct hrtimer *unused)
{
	noted(quarry_alloc(BYTES, GFP_ATOMIC));
	complete(&ticked);
	return HRTIMER_NORESTART;
}

static void *kept;

/*
 * On PREEMPT_RT a hard interrupt gets no pages, but what its CPU or a slab has
 * free; and a slab stays for what lives in it.
 */
static noinline void keep_one_free(void)
{
	void *other;

	WRITE_ONCE(kept, noted(quarry_alloc(BYTES, GFP_KERNEL)));
	other = quarry_alloc(BYTES, GFP_KERNEL);
	quarry_free(other);
}

static void in_interrupt_commit(void)
{
	reinit_completion(&ticked);
	hrtimer_setup(&timer, handle_tick, CLOCK_MONOTONIC,
		      TICK_MODE);
	migrate_disable();
	keep_one_free();
	hrtimer_start(&timer, ms_to_ktime(1), TICK_MODE);
	migrate_enable();
	wait_for_completion(&ticked);
	hrtimer_cancel(&timer);
}

static void in_interrupt_forget(void)
{
	WRITE_ONCE(kept, NULL);
}

const struct tour_case tour_in_interrupt = {
	.name = "in_interrupt",
	.mistake = "An interrupt handler allocates and forgets.",
	.func = "handle_tick",
	.expect = { .lost = 1 },
	.commit = in_interrupt_commit,
	.forget = in_interrupt_forget,
};
