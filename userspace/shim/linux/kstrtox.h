/* SPDX-License-Identifier: GPL-2.0-only */
/* kstrtox.h - numbers out of texts, as the kernel takes them: see string.c. */
#ifndef _MIRROR_LINUX_KSTRTOX_H
#define _MIRROR_LINUX_KSTRTOX_H

#include <linux/types.h>

/* All of @text but one newline at its end; 0, -EINVAL or -ERANGE. */
int kstrtoul(const char *text, unsigned int base, unsigned long *value);
int kstrtouint(const char *text, unsigned int base, unsigned int *value);

#endif /* _MIRROR_LINUX_KSTRTOX_H */
