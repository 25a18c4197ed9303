/* SPDX-License-Identifier: GPL-2.0-only */
/* delay.h - sleeping, where sleeping is allowed. */
#ifndef _MIRROR_LINUX_DELAY_H
#define _MIRROR_LINUX_DELAY_H

#include <linux/compiler.h>

void usleep_range(unsigned long min_us, unsigned long max_us);
void msleep(unsigned int ms);
/* Busy, and allowed anywhere. */
void udelay(unsigned long us);

#endif /* _MIRROR_LINUX_DELAY_H */
