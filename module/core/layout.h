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

/*
 * The same with room for redzones around objects of which @size bytes may be
 * used; @plain is their layout without.
 */
#define QR_REDZONE	8U

void qr_layout_checked(struct qr_layout *layout, const struct qr_layout *plain,
		       size_t size);

/* Fewest pages that a slab can have. */
unsigned int qr_layout_least(const struct qr_layout *layout);

/* Objects that fit a slab of @nr_pages pages. */
unsigned int qr_layout_objects(const struct qr_layout *layout,
			       unsigned int nr_pages);

/*
 * Pages that a new slab should have where the cache has had @pages pages: the
 * best number that adds at most an eighth to them.
 */
unsigned int qr_layout_grow(const struct qr_layout *layout,
			    unsigned long pages);

/*
 * Bytes of a slab descriptor with tags and bitmap, and between those so many of
 * @checks.
 */
size_t qr_layout_meta_bytes(unsigned int objects, unsigned int level,
			    size_t checks);
/* Where in it these are. */
size_t qr_layout_checks_at(unsigned int objects, unsigned int level);

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
 *
 * reciprocal is floor(2^32 / size) + 1, which times size is 2^32 + e with e
 * from 1 to size.  So for offset = i * size + r the product offset * reciprocal
 * is i * 2^32 + i * e + r * reciprocal: its high half is i, and its low half
 * is below bound = objects * e exactly when r is 0 and i is below objects.
 * The fast path tests both with that one comparison.  It holds because offset,
 * size and so objects * e are at most 8 pages, and reciprocal is more than
 * that; a slab of one larger object has reciprocal and bound 1.
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
