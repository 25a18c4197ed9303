/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * printk.h - lines to mirror_log(), which writes to stderr unless a test has
 * put its own there.  Printing with one of our locks held aborts.
 */
#ifndef _MIRROR_LINUX_PRINTK_H
#define _MIRROR_LINUX_PRINTK_H

#include <linux/compiler.h>

#define KERN_SOH	"\001"
#define KERN_EMERG	KERN_SOH "0"
#define KERN_ALERT	KERN_SOH "1"
#define KERN_CRIT	KERN_SOH "2"
#define KERN_ERR	KERN_SOH "3"
#define KERN_WARNING	KERN_SOH "4"
#define KERN_NOTICE	KERN_SOH "5"
#define KERN_INFO	KERN_SOH "6"
#define KERN_DEBUG	KERN_SOH "7"
#define KERN_CONT	KERN_SOH "c"

/* @line without its level, as one write; level 0 to 7. */
extern void (*mirror_log)(int level, const char *line);

__printf(1, 2) int _printk(const char *fmt, ...);
#define printk(fmt, ...)	_printk(fmt, ##__VA_ARGS__)

#ifndef pr_fmt
#define pr_fmt(fmt) fmt
#endif

#define pr_emerg(fmt, ...)	printk(KERN_EMERG pr_fmt(fmt), ##__VA_ARGS__)
#define pr_alert(fmt, ...)	printk(KERN_ALERT pr_fmt(fmt), ##__VA_ARGS__)
#define pr_crit(fmt, ...)	printk(KERN_CRIT pr_fmt(fmt), ##__VA_ARGS__)
#define pr_err(fmt, ...)	printk(KERN_ERR pr_fmt(fmt), ##__VA_ARGS__)
#define pr_warn(fmt, ...)	printk(KERN_WARNING pr_fmt(fmt), ##__VA_ARGS__)
#define pr_notice(fmt, ...)	printk(KERN_NOTICE pr_fmt(fmt), ##__VA_ARGS__)
#define pr_info(fmt, ...)	printk(KERN_INFO pr_fmt(fmt), ##__VA_ARGS__)
/* Compiled and thrown away, as without DEBUG. */
#define pr_debug(fmt, ...) \
	do { if (0) printk(KERN_DEBUG pr_fmt(fmt), ##__VA_ARGS__); } while (0)

/* linux/ratelimit.h has the limits. */
#define pr_err_ratelimited(fmt, ...)	MIRROR_LIMITED(pr_err, fmt, ##__VA_ARGS__)
#define pr_warn_ratelimited(fmt, ...)	MIRROR_LIMITED(pr_warn, fmt, ##__VA_ARGS__)
#define pr_info_ratelimited(fmt, ...)	MIRROR_LIMITED(pr_info, fmt, ##__VA_ARGS__)
#define pr_err_once(fmt, ...)	MIRROR_ONCE(pr_err, fmt, ##__VA_ARGS__)
#define pr_warn_once(fmt, ...)	MIRROR_ONCE(pr_warn, fmt, ##__VA_ARGS__)
#define MIRROR_ONCE(pr, fmt, ...)					\
do {									\
	static int __once;						\
	if (!__atomic_exchange_n(&__once, 1, __ATOMIC_RELAXED))		\
		pr(fmt, ##__VA_ARGS__);					\
} while (0)

#endif /* _MIRROR_LINUX_PRINTK_H */
