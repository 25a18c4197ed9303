/* SPDX-License-Identifier: GPL-2.0-only */
/* sort.h - in place, not stable, as the kernel's. */
#ifndef _MIRROR_LINUX_SORT_H
#define _MIRROR_LINUX_SORT_H

#include <linux/types.h>

/* @swap may be NULL: bytes are exchanged. */
void sort(void *base, size_t nr, size_t size,
	  int (*cmp)(const void *a, const void *b),
	  void (*swap)(void *a, void *b, int size));

#endif /* _MIRROR_LINUX_SORT_H */
