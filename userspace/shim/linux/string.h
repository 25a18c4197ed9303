/* SPDX-License-Identifier: GPL-2.0-only */
/* string.h - the C library's, and what only the kernel has. */
#include_next <linux/string.h>

#ifndef _MIRROR_LINUX_STRING_H
#define _MIRROR_LINUX_STRING_H

#include <string.h>

#include <linux/compiler.h>
#include <linux/types.h>

/* Length copied, or -E2BIG; the rest of @to is not touched. */
ssize_t strscpy(char *to, const char *from, size_t size);
/* Each @old becomes @new. */
char *strreplace(char *str, char old, char new);
/* First byte that is not @c, or NULL. */
void *memchr_inv(const void *from, int c, size_t len);

/* What memset() is where AddressSanitizer is not to see it. */
void *mirror_set(void *at, int c, size_t len);

/* A clear that the compiler keeps; of nothing at NULL, too, as in the kernel. */
static inline void memzero_explicit(void *at, size_t len)
{
	if (len)
		memset(at, 0, len);
	barrier_data(at);
}

#endif /* _MIRROR_LINUX_STRING_H */
