/* SPDX-License-Identifier: GPL-2.0-only */
/* timer.h - hrtimer_setup() for kernels before 6.13. */
#ifndef _QT_TIMER_H
#define _QT_TIMER_H

#include <linux/hrtimer.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
static inline void hrtimer_setup(struct hrtimer *timer,
				 enum hrtimer_restart (*function)(struct hrtimer *),
				 clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = function;
}
#endif

#endif /* _QT_TIMER_H */
