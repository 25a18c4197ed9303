/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * platform.h - what core needs of the kernel beyond its common API, and the
 * one file that knows kernel versions.  Each stanza names the version it is
 * for and when it can go.
 */
#ifndef _QR_PLATFORM_H
#define _QR_PLATFORM_H

#ifdef pr_fmt
#undef pr_fmt
#endif
#define pr_fmt(fmt) "quarry: " fmt

#include <linux/hardirq.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/sched/mm.h>
#include <linux/shrinker.h>
#include <linux/timekeeping.h>
#include <linux/version.h>

#include "caller.h"
#include "debugfs.h"

/* Context analysis annotations: since 7.0; drop when 6.12 goes. */
#ifndef __guarded_by
#define __guarded_by(...)
#endif

/* MAX_PAGE_ORDER, inclusive: since 6.8; drop when 6.1 goes. */
#ifndef MAX_PAGE_ORDER
#define MAX_PAGE_ORDER (MAX_ORDER - 1)
#endif

/* page->index was renamed in 6.16; drop when 6.12 goes. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 16, 0)
#define qr_page_index __folio_index
#else
#define qr_page_index index
#endif

/* shrinker_alloc(): since 6.7; drop when 6.1 goes. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 7, 0)
static inline struct shrinker *qr_shrinker_register(struct shrinker *legacy,
						    const struct shrinker *ops)
{
	*legacy = *ops;
	return register_shrinker(legacy, "quarry") ? NULL : legacy;
}

static inline void qr_shrinker_unregister(struct shrinker *shrinker)
{
	unregister_shrinker(shrinker);
}
#else
static inline struct shrinker *qr_shrinker_register(struct shrinker *legacy,
						    const struct shrinker *ops)
{
	struct shrinker *shrinker = shrinker_alloc(0, "quarry");

	if (!shrinker)
		return NULL;
	shrinker->count_objects = ops->count_objects;
	shrinker->scan_objects = ops->scan_objects;
	shrinker->seeks = ops->seeks;
	shrinker->batch = ops->batch;
	shrinker_register(shrinker);
	return shrinker;
}

static inline void qr_shrinker_unregister(struct shrinker *shrinker)
{
	shrinker_free(shrinker);
}
#endif

static inline bool qr_in_nmi(void)
{
	return in_nmi();
}

/* Since boot. */
static inline u64 qr_time_ns(void)
{
	return ktime_get_boot_fast_ns();
}

static __always_inline bool qr_want_init_on_alloc(gfp_t gfp)
{
	return want_init_on_alloc(gfp);
}

static __always_inline bool qr_want_init_on_free(void)
{
	return want_init_on_free();
}

/*
 * Where the compiler knows the segment register, this CPU's part of something
 * needs no addition.  The sanitizers would look at the wrong address.
 */
#if defined(__SEG_GS) && defined(CONFIG_SMP) && !defined(__CHECKER__) && \
	!defined(CONFIG_KASAN) && !defined(CONFIG_KCSAN)
#define qr_percpu		__seg_gs
#define qr_this_cpu(cpus) \
	((qr_percpu struct qr_cpu *)(__force unsigned long)(cpus))
#else
#define qr_percpu
#define qr_this_cpu(cpus)	this_cpu_ptr(cpus)
#endif

/* Reads once what others may write, in whatever way is cheapest. */
#define qr_peek(x)	data_race(x)

/* The low half of jiffies, in one load: x86 is little endian. */
static __always_inline u32 qr_jiffies(void)
{
	return READ_ONCE(*(u32 *)&jiffies);
}

/* A counter that one CPU writes at a time and any may read. */
#define qr_stat_add(counter, n)	data_race((counter) += (n))

/* Makes qr_reap() run soon, in process context.  Context: any but NMI. */
void qr_platform_reap(void);
/*
 * Makes qr_age() run every second or so, until it says that it need not.
 * Context: any but NMI.
 */
void qr_platform_age(void);
/* The module stays loaded from hold to drop. */
void qr_platform_hold(void);
void qr_platform_drop(void);

#include "stamp.h"

#endif /* _QR_PLATFORM_H */
