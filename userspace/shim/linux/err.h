/* SPDX-License-Identifier: GPL-2.0-only */
/* err.h - error numbers inside pointers. */
#ifndef _MIRROR_LINUX_ERR_H
#define _MIRROR_LINUX_ERR_H

#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/types.h>

#define MAX_ERRNO		4095
#define IS_ERR_VALUE(x)	unlikely((unsigned long)(void *)(x) >= -(unsigned long)MAX_ERRNO)

static __always_inline void * __must_check ERR_PTR(long error)
{
	return (void *)error;
}

static __always_inline long __must_check PTR_ERR(const void *ptr)
{
	return (long)ptr;
}

static __always_inline bool __must_check IS_ERR(const void *ptr)
{
	return IS_ERR_VALUE((unsigned long)ptr);
}

static __always_inline bool __must_check IS_ERR_OR_NULL(const void *ptr)
{
	return unlikely(!ptr) || IS_ERR(ptr);
}

static __always_inline int __must_check PTR_ERR_OR_ZERO(const void *ptr)
{
	return IS_ERR(ptr) ? PTR_ERR(ptr) : 0;
}

#define ERR_CAST(ptr)		((void *)(ptr))

#endif /* _MIRROR_LINUX_ERR_H */
