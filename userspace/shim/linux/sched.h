/* SPDX-License-Identifier: GPL-2.0-only */
/* sched.h - giving way. */
#include_next <linux/sched.h>

#ifndef _MIRROR_LINUX_SCHED_H
#define _MIRROR_LINUX_SCHED_H

#include <linux/compiler.h>

/* Aborts where giving way is wrong; returns whether it gave way. */
int cond_resched(void);

#endif /* _MIRROR_LINUX_SCHED_H */
