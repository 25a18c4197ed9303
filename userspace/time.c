// SPDX-License-Identifier: GPL-2.0-only
/*
 * time.c - ticks, time since boot, sleeping and giving way, and rate limits.
 */
#include <errno.h>
#include <sched.h>
#include <time.h>

#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/ratelimit.h>
#include <linux/sched.h>

#include "machine.h"
#include "platform.h"

unsigned long mirror_jiffies = INITIAL_JIFFIES;

/* Ticks of the clock at the start, less what tests have added. */
static unsigned long ticks_at_start;

static unsigned long ticks(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return now.tv_sec * HZ + now.tv_nsec / (NSEC_PER_SEC / HZ);
}

void mirror_time_init(void)
{
	WRITE_ONCE(ticks_at_start, ticks());
	mirror_tick();
}

/* Never back, though several threads do it at once. */
void mirror_tick(void)
{
	unsigned long now = INITIAL_JIFFIES + ticks() -
			    READ_ONCE(ticks_at_start);
	unsigned long was = jiffies;

	while (time_after(now, was) &&
	       !try_cmpxchg(&mirror_jiffies, &was, now))
		;
}

void mirror_advance_jiffies(unsigned long nr)
{
	__atomic_fetch_sub(&ticks_at_start, nr, __ATOMIC_RELAXED);
	mirror_tick();
}

u64 qr_time_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * (u64)NSEC_PER_SEC + now.tv_nsec;
}

void usleep_range(unsigned long min_us, unsigned long max_us)
{
	struct timespec left = {
		.tv_sec = min_us / USEC_PER_SEC,
		.tv_nsec = min_us % USEC_PER_SEC * NSEC_PER_USEC,
	};

	(void)max_us;
	mirror_might_sleep("usleep_range()");
	while (clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) == EINTR)
		;
	mirror_tick();
}

void msleep(unsigned int ms)
{
	usleep_range(ms * 1000UL, ms * 1000UL);
}

void udelay(unsigned long us)
{
	u64 end = qr_time_ns() + us * NSEC_PER_USEC;

	while (qr_time_ns() < end)
		;
}

int cond_resched(void)
{
	mirror_might_sleep("cond_resched()");
	return sched_yield() == 0;
}

void ratelimit_state_init(struct ratelimit_state *rs, int interval, int burst)
{
	*rs = (struct ratelimit_state) RATELIMIT_STATE_INIT((*rs), interval,
							    burst);
}

int ___ratelimit(struct ratelimit_state *rs, const char *func)
{
	unsigned long flags;
	int missed = 0, ok;

	if (!rs->interval)
		return 1;
	if (!raw_spin_trylock_irqsave(&rs->lock, flags))
		return 0;
	if (!rs->begin || time_after(jiffies, rs->begin + rs->interval)) {
		missed = rs->missed;
		rs->begin = jiffies;
		rs->printed = 0;
		rs->missed = 0;
	}
	ok = rs->printed < rs->burst;
	rs->printed += ok;
	rs->missed += !ok;
	raw_spin_unlock_irqrestore(&rs->lock, flags);
	if (missed)
		printk(KERN_WARNING "%s: %d callbacks suppressed\n", func,
		       missed);
	return ok;
}
