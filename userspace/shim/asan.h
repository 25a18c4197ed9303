/* SPDX-License-Identifier: GPL-2.0-only */
/* asan.h - tells AddressSanitizer which memory of ours is free. */
#ifndef _MIRROR_ASAN_H
#define _MIRROR_ASAN_H

#include <stddef.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MIRROR_ASAN
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define MIRROR_ASAN
#endif

#ifdef MIRROR_ASAN
#include <sanitizer/asan_interface.h>

static inline void mirror_poison(const void *at, size_t bytes)
{
	__asan_poison_memory_region(at, bytes);
}

static inline void mirror_unpoison(const void *at, size_t bytes)
{
	__asan_unpoison_memory_region(at, bytes);
}
#else
static inline void mirror_poison(const void *at, size_t bytes)
{
	(void)at;
	(void)bytes;
}

static inline void mirror_unpoison(const void *at, size_t bytes)
{
	(void)at;
	(void)bytes;
}
#endif

#endif /* _MIRROR_ASAN_H */
