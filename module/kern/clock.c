// SPDX-License-Identifier: GPL-2.0-only
/*
 * clock.c - the clocks: behind qr_age() a tick a second while any cache has
 * magazines or a task fail_nth, and one at once when the kernel runs short of
 * memory; behind qr_growth_sample() a slow one.
 */
#include <linux/jiffies.h>
#include <linux/workqueue.h>

#include "age.h"
#include "growth.h"
#include "hooks.h"
#include "platform.h"

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
		queue_delayed_work(qr_unbound_wq, &tick_work, HZ);
}

void qr_platform_age(void)
{
	if (!delayed_work_pending(&tick_work))
		queue_delayed_work(qr_unbound_wq, &tick_work, HZ);
}

/* Reclaim waits for no grace period: the tick does. */
void qr_age_press(void)
{
	if (time_before(jiffies, READ_ONCE(next_press)))
		return;
	WRITE_ONCE(next_press, jiffies + PRESS_INTERVAL);
	WRITE_ONCE(pressed, true);
	mod_delayed_work(qr_unbound_wq, &tick_work, 0);
}

void qr_age_exit(void)
{
	cancel_delayed_work_sync(&tick_work);
}

/* --------------------------------------------------------------- growth */

static unsigned int growth_period_s;

static void grow(struct work_struct *work);

static DECLARE_DELAYED_WORK(growth_work, grow);

static void growth_next(unsigned int periods)
{
	unsigned long secs = (unsigned long)growth_period_s * periods;

	queue_delayed_work(qr_unbound_wq, &growth_work, secs * HZ);
}

static void grow(struct work_struct *work)
{
	growth_next(qr_growth_sample(qr_time_ns()));
}

void qr_growth_clock_init(unsigned int period_s)
{
	growth_period_s = period_s;
	if (period_s)
		growth_next(1);
}

void qr_growth_clock_exit(void)
{
	cancel_delayed_work_sync(&growth_work);
}
