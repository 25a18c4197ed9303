/* SPDX-License-Identifier: GPL-2.0-only */
/* ratelimit.h - at most @burst in @interval jiffies. */
#ifndef _MIRROR_LINUX_RATELIMIT_H
#define _MIRROR_LINUX_RATELIMIT_H

#include <linux/jiffies.h>
#include <linux/printk.h>
#include <linux/spinlock.h>

#define DEFAULT_RATELIMIT_INTERVAL	(5 * HZ)
#define DEFAULT_RATELIMIT_BURST		10

struct ratelimit_state {
	raw_spinlock_t lock;
	int interval;
	int burst;
	int printed;
	int missed;
	unsigned long begin;
};

#define RATELIMIT_STATE_INIT(name, i, b)				\
	{ .lock = __RAW_SPIN_LOCK_UNLOCKED(name.lock),			\
	  .interval = (i), .burst = (b) }
#define DEFINE_RATELIMIT_STATE(name, i, b) \
	struct ratelimit_state name = RATELIMIT_STATE_INIT(name, i, b)

void ratelimit_state_init(struct ratelimit_state *rs, int interval, int burst);
/* 0 is "not now". */
#define __ratelimit(rs)		___ratelimit(rs, __func__)
int ___ratelimit(struct ratelimit_state *rs, const char *func);

#define MIRROR_LIMITED(pr, fmt, ...)					\
do {									\
	static DEFINE_RATELIMIT_STATE(__rs, DEFAULT_RATELIMIT_INTERVAL,	\
				      DEFAULT_RATELIMIT_BURST);		\
	if (__ratelimit(&__rs))						\
		pr(fmt, ##__VA_ARGS__);					\
} while (0)

#endif /* _MIRROR_LINUX_RATELIMIT_H */
