/* SPDX-License-Identifier: GPL-2.0-only */
/* random.h - random numbers, reproducible from the seed of mirror_seed(). */
#include_next <linux/random.h>

#ifndef _MIRROR_LINUX_RANDOM_H
#define _MIRROR_LINUX_RANDOM_H

#include <linux/types.h>

u64 get_random_u64(void);
void get_random_bytes(void *to, size_t len);

static inline u32 get_random_u32(void)
{
	return get_random_u64() >> 32;
}

static inline u32 get_random_u32_below(u32 ceil)
{
	return ((u64)get_random_u32() * ceil) >> 32;
}

#endif /* _MIRROR_LINUX_RANDOM_H */
