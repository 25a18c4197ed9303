/* SPDX-License-Identifier: GPL-2.0-only */
/* layout.h - arithmetic of sizes: slab shapes, size classes, overflow. */
#ifndef _QR_LAYOUT_H
#define _QR_LAYOUT_H

#include "internal.h"

/*
 * Shape of the slabs of a cache.  @align is a power of two.  Returns 0 or
 * -EINVAL when size or alignment is out of range.
 */
int qr_layout_slab(struct qr_layout *layout, size_t size, size_t align);

/* Objects that fit a slab of @nr_pages pages. */
unsigned int qr_layout_objects(const struct qr_layout *layout,
			       unsigned int nr_pages);

/*
 * Pages that a new slab should have where the cache has had @pages pages: the
 * best number that adds at most an eighth to them.
 */
unsigned int qr_layout_grow(const struct qr_layout *layout,
			    unsigned long pages);

/* Bytes of a slab descriptor with bitmap and tags. */
size_t qr_layout_meta_bytes(unsigned int objects, unsigned int level);

/*
 * What __quarry_class() says of sizes up to QR_CLASS_TABLE_MAX, by eights of
 * bytes: a look-up is shorter.
 */
#define QR_CLASS_TABLE_MAX	1024UL

extern const u8 qr_class_table[QR_CLASS_TABLE_MAX / 8];

/* Bytes that the blocks of a class have. */
size_t qr_class_size(unsigned int index);

/* Smallest class for @size whose blocks are @align aligned, or -1. */
int qr_class_aligned(size_t size, size_t align);

/*
 * Index of the object that @address lies in; may be past the last one.
 * ceil(2^32 / size) * offset >> 32 is floor(offset / size) while
 * offset * size < 2^32, which holds: both are at most 8 pages.  The
 * low half of that product is below ceil(2^32 / size) exactly when offset is a
 * multiple of size, which is how the fast path tests it.
 */
static __always_inline u32 qr_slab_index(const struct qr_slab *slab,
					 unsigned long address)
{
	return ((u64)(u32)(address - slab->base) * slab->reciprocal) >> 32;
}

/* Whether @address is where object @index begins. */
static __always_inline bool qr_slab_exact(const struct qr_slab *slab,
					  unsigned long address, u32 index)
{
	return index < slab->objects &&
	       address - slab->base == (unsigned long)index * slab->size;
}

static inline void *qr_slab_object(const struct qr_slab *slab, u32 index)
{
	return (void *)(slab->base + (unsigned long)index * slab->size);
}

#endif /* _QR_LAYOUT_H */
