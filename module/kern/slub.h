/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * slub.h - where the kernel's own allocator keeps what it has free: offsets into
 * structures that no module gets to see.
 */
#ifndef _QR_SLUB_H
#define _QR_SLUB_H

#include <linux/err.h>
#include <linux/kconfig.h>
#include <linux/mm.h>
#include <linux/swab.h>
#include <linux/types.h>

#include "internal.h"
#include "roots.h"

/* In bytes. */
struct qr_slub {
	/* Into struct page, of a slab's first: its cache; its first free object. */
	unsigned int cache_at;
	unsigned int list_at;
	/*
	 * Into struct kmem_cache: from object to object, u32; where in a free one
	 * the address of the next is, u32; and what that is mixed with.
	 */
	unsigned int size_at;
	unsigned int offset_at;
	unsigned int random_at;
	/* Where its name is; 0: unknown. */
	unsigned int name_at;
	/* Its first word is per-CPU, and begins with the first free object there. */
	bool lists_of_cpus;
};

/* The word after a slab's first free object, in its struct page. */
#define QR_SLUB_INUSE(counters)		((counters) & 0xffff)
#define QR_SLUB_OBJECTS(counters)	((counters) >> 16 & 0x7fff)

/*
 * Finds out when it is called first, or, without memory, later; NULL if that cannot
 * be found out.  Context: process, sleeps; one at a time.
 */
const struct qr_slub *qr_slub_learn(void);

/*
 * The word at what ought to be an address in the kernel, 0 if there is none.  Others
 * fault where no fixup helps.
 */
static inline unsigned long qr_slub_load(unsigned long at)
{
	unsigned long word;

	if (at < PAGE_OFFSET || IS_ERR_VALUE(at) ||
	    !qr_load_nofault(&word, (unsigned long *)at))
		return 0;
	return word;
}

/* The address of the next free object, of which @word was read at @at. */
static inline unsigned long qr_slub_next(unsigned long word,
					 unsigned long random, unsigned long at)
{
	if (!IS_ENABLED(CONFIG_SLAB_FREELIST_HARDENED))
		return word;
	return word ^ random ^ swab(at);
}

#endif /* _QR_SLUB_H */
