/* SPDX-License-Identifier: GPL-2.0-only */
/* hardirq.h - which context this is. */
#ifndef _MIRROR_LINUX_HARDIRQ_H
#define _MIRROR_LINUX_HARDIRQ_H

#include <linux/compiler.h>

#define in_nmi()		(mirror_self()->nmi != 0)
#define in_hardirq()		(mirror_self()->hardirq != 0)
#define in_serving_softirq()	(mirror_self()->softirq != 0)
#define in_softirq()		in_serving_softirq()
#define in_interrupt()		(in_nmi() || in_hardirq() || in_softirq())
#define in_task()		(!in_interrupt())

#endif /* _MIRROR_LINUX_HARDIRQ_H */
