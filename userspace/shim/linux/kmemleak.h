/* SPDX-License-Identifier: GPL-2.0-only */
/* kmemleak.h - the mirror has none: there is nobody to tell. */
#ifndef _MIRROR_LINUX_KMEMLEAK_H
#define _MIRROR_LINUX_KMEMLEAK_H

static inline void kmemleak_free_percpu(const void *pointer)
{
}

#endif /* _MIRROR_LINUX_KMEMLEAK_H */
