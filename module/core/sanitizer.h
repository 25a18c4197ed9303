/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sanitizer.h - tells the platform's sanitizer, KASAN or AddressSanitizer, which
 * bytes of a slab somebody owns: those asked for of objects that are LIVE, and
 * no others.  Where there is none, QR_SANITIZED is 0 and nothing of this is in
 * the code.
 *
 * Who changes it owns the object, or has it half way to a magazine.  Code that
 * looks at what nobody owns is compiled without the sanitizer: pattern.c,
 * checks.c.
 */
#ifndef _QR_SANITIZER_H
#define _QR_SANITIZER_H

#include <linux/mm.h>

#include "checks.h"

/*
 * Not of pages that are contiguous only virtually, nor where a freed object may
 * be read until a grace period has passed.
 */
static __always_inline bool qr_is_sanitized(const struct qr_slab *slab)
{
	return QR_SANITIZED && !(qr_slab_flags(slab) & QR_SLAB_VIRT) &&
	       !(slab->cache->flags & QUARRY_TYPESAFE_BY_RCU);
}

/* The first @bytes of @object may be used, and nothing up to the next one. */
static __always_inline void
qr_sanitizer_open(const struct qr_slab *slab, const void *object, size_t bytes)
{
	if (qr_is_sanitized(slab))
		qr_platform_open(object, bytes, slab->size);
}

static __always_inline void
qr_sanitizer_close(const struct qr_slab *slab, const void *object)
{
	if (qr_is_sanitized(slab))
		qr_platform_close(object, slab->size);
}

/* A new slab's: nobody's, what lies around the objects neither. */
static inline void qr_sanitizer_begin(const struct qr_slab *slab)
{
	if (qr_is_sanitized(slab))
		qr_platform_close(slab->pages,
				  (size_t)slab->nr_pages << PAGE_SHIFT);
}

#endif /* _QR_SANITIZER_H */
