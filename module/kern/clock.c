// SPDX-License-Identifier: GPL-2.0-only
/*
 * clock.c - the clock behind qr_age(): a tick a second while any cache has
 * magazines, and one at once when the kernel runs short of memory.
 */
#include <linux/jiffies.h>
#include <linux/workqueue.h>

#include "age.h"
#include "hooks.h"

/* At most one in so much time. */
#define PRESS_INTERVAL	(2 * HZ)

static bool pressed;
static unsigned long next_press;

static void tick(struct work_struct *work);

/* Puts itself off while its CPU sleeps. */
static DECLARE_DEFERRABLE_WORK(tick_work, tick);

static void tick(struct work_struct *work)
{
	if (qr_age(xchg(&pressed, false)))
		queue_delayed_work(system_unbound_wq, &tick_work, HZ);
}

void qr_platform_age(void)
{
	if (!delayed_work_pending(&tick_work))
		queue_delayed_work(system_unbound_wq, &tick_work, HZ);
}

/* Reclaim waits for no grace period: the tick does. */
void qr_age_press(void)
{
	if (time_before(jiffies, READ_ONCE(next_press)))
		return;
	WRITE_ONCE(next_press, jiffies + PRESS_INTERVAL);
	WRITE_ONCE(pressed, true);
	mod_delayed_work(system_unbound_wq, &tick_work, 0);
}

void qr_age_exit(void)
{
	cancel_delayed_work_sync(&tick_work);
}
