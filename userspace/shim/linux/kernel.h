/* SPDX-License-Identifier: GPL-2.0-only */
/* kernel.h - odds and ends, and formatting with the kernel's own %p forms. */
#include_next <linux/kernel.h>

#ifndef _MIRROR_LINUX_KERNEL_H
#define _MIRROR_LINUX_KERNEL_H

#include <stdio.h>

#include <linux/bitops.h>
#include <linux/bug.h>
#include <linux/limits.h>
#include <linux/log2.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/printk.h>
#include <linux/stdarg.h>
#include <linux/types.h>

#undef ARRAY_SIZE
#define ARRAY_SIZE(a)							\
	(sizeof(a) / sizeof((a)[0]) +					\
	 BUILD_BUG_ON_ZERO(__same_type((a), &(a)[0])))

#undef __ALIGN_KERNEL
#undef __ALIGN_KERNEL_MASK
#define ALIGN(x, a)		(((x) + ((typeof(x))(a) - 1)) & ~((typeof(x))(a) - 1))
#define ALIGN_DOWN(x, a)	((x) & ~((typeof(x))(a) - 1))
#define IS_ALIGNED(x, a)	(((x) & ((typeof(x))(a) - 1)) == 0)
#define PTR_ALIGN(p, a)		((typeof(p))ALIGN((unsigned long)(p), (a)))

#undef container_of
#define container_of(ptr, type, member)					\
({									\
	_Static_assert(__same_type(*(ptr), ((type *)0)->member) ||	\
		       __same_type(*(ptr), void), "container_of()");	\
	(type *)((char *)(ptr) - offsetof(type, member));		\
})

/* Aborts. */
#define panic			mirror_panic
#define might_sleep()		mirror_might_sleep(__func__)
#define IS_ENABLED(option)	0

#undef snprintf
#undef vsnprintf
#define snprintf		mirror_snprintf
#define vsnprintf		mirror_vsnprintf
__printf(3, 4) int mirror_snprintf(char *buf, size_t size, const char *fmt, ...);
__printf(3, 0)
int mirror_vsnprintf(char *buf, size_t size, const char *fmt, va_list args);
__printf(3, 4) int scnprintf(char *buf, size_t size, const char *fmt, ...);
__printf(3, 0)
int vscnprintf(char *buf, size_t size, const char *fmt, va_list args);

#endif /* _MIRROR_LINUX_KERNEL_H */
