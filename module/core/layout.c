// SPDX-License-Identifier: GPL-2.0-only
/*
 * layout.c - arithmetic of sizes: how objects lie in slabs, which class serves
 * which size.  No state, no locks; the only place that computes sizes.
 */
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/mm.h>

#include "layout.h"

/* Alignment of everything, bytes: what kmalloc promises on x86. */
#define ALIGN_MIN	8U

/* Objects that a slab should have, to share out its descriptor. */
#define OBJECTS_WANTED	8U

/* A slab may waste a WASTE_PART-th of its bytes. */
#define WASTE_PART	16U

/*
 * Page counts to try, best first: powers of two are kindest to the page
 * allocator, the others fit sizes that no power of two fits.
 */
static const u8 page_counts[] = { 1, 2, 4, 8, 3, 5, 6, 7 };

unsigned int qr_layout_objects(const struct qr_layout *layout,
			       unsigned int nr_pages)
{
	if (layout->single)
		return nr_pages >= layout->nr_pages;
	return ((unsigned long)nr_pages << PAGE_SHIFT) / layout->size;
}

static unsigned long layout_waste(const struct qr_layout *layout,
				  unsigned int nr_pages)
{
	return ((unsigned long)nr_pages << PAGE_SHIFT) % layout->size;
}

static bool waste_is_small(const struct qr_layout *layout,
			   unsigned int nr_pages)
{
	return layout_waste(layout, nr_pages) * WASTE_PART <=
	       (unsigned long)nr_pages << PAGE_SHIFT;
}

/* Whether @a pages waste a smaller part of themselves than @b pages. */
static bool wastes_less(const struct qr_layout *layout, unsigned int a,
			unsigned int b)
{
	return layout_waste(layout, a) * b < layout_waste(layout, b) * a;
}

/*
 * First count with small waste and enough objects; else the one with small
 * waste and most objects; else the one with least waste.
 */
static unsigned int layout_pages(const struct qr_layout *layout)
{
	unsigned int i, small = 0, least = 0;

	for (i = 0; i < ARRAY_SIZE(page_counts); i++) {
		unsigned int nr = page_counts[i];

		if (!qr_layout_objects(layout, nr))
			continue;
		if (!least || wastes_less(layout, nr, least))
			least = nr;
		if (!waste_is_small(layout, nr))
			continue;
		if (qr_layout_objects(layout, nr) >= OBJECTS_WANTED)
			return nr;
		small = max(small, nr);
	}
	return small ?: least;
}

/* A magazine parks at most about 8 KiB of objects, and two a CPU do so. */
static unsigned int layout_magazine(size_t size)
{
	if (size <= 128)
		return 62;
	if (size <= 256)
		return 30;
	if (size <= 512)
		return 14;
	if (size <= 2048)
		return 6;
	return size <= 8 * PAGE_SIZE ? 3 : 0;
}

int qr_layout_slab(struct qr_layout *layout, size_t size, size_t align)
{
	if (!size || size > QUARRY_CACHE_SIZE_MAX)
		return -EINVAL;
	if (!align)
		align = ALIGN_MIN;
	if (!is_power_of_2(align) || align > PAGE_SIZE)
		return -EINVAL;

	align = max_t(size_t, align, ALIGN_MIN);
	size = round_up(size, align);
	layout->size = size;
	layout->align = align;
	layout->mag_capacity = layout_magazine(size);
	layout->single = size > QUARRY_CLASS_MAX;
	if (layout->single) {
		layout->nr_pages = DIV_ROUND_UP(size, PAGE_SIZE);
		layout->objects = 1;
		layout->reciprocal = 1;
		return 0;
	}
	layout->nr_pages = layout_pages(layout);
	layout->objects = qr_layout_objects(layout, layout->nr_pages);
	layout->reciprocal = DIV_ROUND_UP_ULL(1ULL << 32, size);
	return 0;
}

size_t qr_layout_meta_bytes(unsigned int objects, unsigned int level)
{
	size_t tag = level == QUARRY_LEVEL_OFF ? sizeof(u8) : sizeof(u64);

	return sizeof(struct qr_slab) +
	       BITS_TO_LONGS(objects) * sizeof(unsigned long) + objects * tag;
}

const u8 qr_class_table[QR_CLASS_TABLE_MAX / 8] = {
	0, 1, 2, 3, 4, 5, 6, 7,
	[8 ... 9] = 8,
	[10 ... 11] = 9,
	[12 ... 13] = 10,
	[14 ... 15] = 11,
	[16 ... 19] = 12,
	[20 ... 23] = 13,
	[24 ... 27] = 14,
	[28 ... 31] = 15,
	[32 ... 39] = 16,
	[40 ... 47] = 17,
	[48 ... 55] = 18,
	[56 ... 63] = 19,
	[64 ... 79] = 20,
	[80 ... 95] = 21,
	[96 ... 111] = 22,
	[112 ... 127] = 23,
};

size_t qr_class_size(unsigned int index)
{
	unsigned int shift;

	if (index < 8)
		return (index + 1) * 8UL;
	shift = 4 + (index - 8) / 4;
	return (5UL + (index - 8) % 4) << shift;
}

/* Largest power of two that divides @size: what its blocks are aligned to. */
static size_t class_alignment(size_t size)
{
	return min_t(size_t, size & -size, PAGE_SIZE);
}

int qr_class_aligned(size_t size, size_t align)
{
	unsigned int index;

	if (size > QUARRY_CLASS_MAX || align > PAGE_SIZE)
		return -1;
	for (index = __quarry_class(size); index < QR_NR_CLASSES; index++)
		if (class_alignment(qr_class_size(index)) >= align)
			return index;
	return -1;
}
