/* SPDX-License-Identifier: GPL-2.0-only */
/* limits.h - bounds of the kernel's types. */
#include_next <linux/limits.h>

#ifndef _MIRROR_LINUX_LIMITS_H
#define _MIRROR_LINUX_LIMITS_H

#include <limits.h>
#include <stdint.h>

#define U8_MAX		((unsigned char)~0U)
#define S8_MAX		((signed char)(U8_MAX >> 1))
#define U16_MAX		((unsigned short)~0U)
#define S16_MAX		((short)(U16_MAX >> 1))
#define U32_MAX		(~0U)
#define S32_MAX		((int)(U32_MAX >> 1))
#define S32_MIN		(-S32_MAX - 1)
#define U64_MAX		(~0ULL)
#define S64_MAX		((long long)(U64_MAX >> 1))
#define S64_MIN		(-S64_MAX - 1)

#endif /* _MIRROR_LINUX_LIMITS_H */
