/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * jiffies.h - ticks at 250 Hz.  As in the kernel they begin five minutes
 * before 32 bits wrap.
 */
#ifndef _MIRROR_LINUX_JIFFIES_H
#define _MIRROR_LINUX_JIFFIES_H

#include <linux/compiler.h>
#include <linux/types.h>

#undef HZ
#define HZ			250
#define MSEC_PER_SEC		1000L
#define USEC_PER_SEC		1000000L
#define NSEC_PER_USEC		1000L
#define NSEC_PER_MSEC		1000000L
#define NSEC_PER_SEC		1000000000L
#define INITIAL_JIFFIES		((unsigned long)(unsigned int)(-300 * HZ))
#define MAX_JIFFY_OFFSET	((~0UL >> 2) - 1)

/* Moved on by the machine's worker, from the clock. */
extern unsigned long mirror_jiffies;
#define jiffies			READ_ONCE(mirror_jiffies)
#define get_jiffies_64()	((u64)jiffies)

#define time_after(a, b)	((long)((b) - (a)) < 0)
#define time_before(a, b)	time_after(b, a)
#define time_after_eq(a, b)	((long)((a) - (b)) >= 0)
#define time_before_eq(a, b)	time_after_eq(b, a)
#define time_is_before_jiffies(a)	time_after(jiffies, a)
#define time_is_after_jiffies(a)	time_before(jiffies, a)

static __always_inline unsigned int jiffies_to_msecs(unsigned long j)
{
	return j * (MSEC_PER_SEC / HZ);
}

static __always_inline unsigned long msecs_to_jiffies(unsigned int ms)
{
	if ((int)ms < 0)
		return MAX_JIFFY_OFFSET;
	return ((unsigned long)ms + MSEC_PER_SEC / HZ - 1) /
	       (MSEC_PER_SEC / HZ);
}

#endif /* _MIRROR_LINUX_JIFFIES_H */
