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

/* A first slab may waste a WASTE_PART-th of its bytes. */
#define WASTE_PART	8U

/* Larger slabs have no more objects than this: few are ever free altogether. */
#define OBJECTS_MAX	128U

unsigned int qr_layout_objects(const struct qr_layout *layout,
			       unsigned int nr_pages)
{
	if (layout->single)
		return nr_pages >= layout->nr_pages;
	return (((unsigned long)nr_pages << PAGE_SHIFT) - layout->lead) /
	       layout->size;
}

unsigned int qr_layout_least(const struct qr_layout *layout)
{
	return DIV_ROUND_UP(layout->lead + layout->size, PAGE_SIZE);
}

/* Of an object, by level. */
static const u8 tag_bytes[QR_NR_LEVELS] = {
	[QUARRY_LEVEL_OFF] = sizeof(u8),
	[QUARRY_LEVEL_SITE] = sizeof(u64),
	[QUARRY_LEVEL_STACK] = sizeof(u64) + sizeof(struct qr_origin),
};

size_t qr_layout_checks_at(unsigned int objects, unsigned int level)
{
	return sizeof(struct qr_slab) +
	       ALIGN(objects * tag_bytes[level], sizeof(u64));
}

size_t qr_layout_meta_bytes(unsigned int objects, unsigned int level,
			    size_t checks)
{
	return qr_layout_checks_at(objects, level) + checks +
	       BITS_TO_LONGS(objects) * sizeof(unsigned long);
}

unsigned int qr_layout_grow(const struct qr_layout *layout,
			    unsigned long pages)
{
	if (layout->single)
		return layout->nr_pages;
	return layout->best[clamp(pages / 8, (unsigned long)layout->nr_pages,
				  (unsigned long)QR_SLAB_PAGES_MAX)];
}

/* Bytes of @nr_pages pages that no object has, its descriptor's among them. */
static unsigned long overhead(const struct qr_layout *layout,
			      unsigned int nr_pages)
{
	return (((unsigned long)nr_pages << PAGE_SHIFT) - layout->lead) %
		       layout->size +
	       qr_layout_meta_bytes(qr_layout_objects(layout, nr_pages),
				    QUARRY_LEVEL_OFF, 0);
}

/* Whether @a pages have less overhead, as a part of themselves, than @b. */
static bool is_better(const struct qr_layout *layout, unsigned int a,
		      unsigned int b)
{
	return overhead(layout, a) * b < overhead(layout, b) * a;
}

/* The fewest pages that waste little, or else those that waste least. */
static unsigned int layout_first(const struct qr_layout *layout)
{
	unsigned int least = qr_layout_least(layout);
	unsigned int nr, best = least;

	for (nr = least; nr <= QR_SLAB_PAGES_MAX; nr++) {
		unsigned long bytes = (unsigned long)nr << PAGE_SHIFT;

		if ((bytes - layout->lead) % layout->size * WASTE_PART <= bytes)
			return nr;
		if (is_better(layout, nr, best))
			best = nr;
	}
	return best;
}

static void layout_best(struct qr_layout *layout)
{
	unsigned int nr, best = layout->nr_pages;

	for (nr = best; nr <= QR_SLAB_PAGES_MAX; nr++) {
		if (qr_layout_objects(layout, nr) <= OBJECTS_MAX &&
		    is_better(layout, nr, best))
			best = nr;
		layout->best[nr] = best;
	}
}

/*
 * A magazine parks at most about 32 KiB of objects, and two a CPU do so where
 * there is much traffic.  With the header a power of two, see reload.c.
 */
static unsigned int layout_magazine(size_t size)
{
	if (size <= 256)
		return QR_MAG_CAPACITY_MAX;
	if (size <= 512)
		return 62;
	if (size <= 1024)
		return 30;
	if (size <= 2048)
		return 14;
	if (size <= 4096)
		return 6;
	return size <= QR_SLAB_PAGES_MAX * PAGE_SIZE ? 3 : 0;
}

/* The rest of a layout that has size, align and lead. */
static void layout_fill(struct qr_layout *layout)
{
	layout->mag_capacity = layout_magazine(layout->size);
	layout->single = layout->lead + layout->size >
			 QR_SLAB_PAGES_MAX * PAGE_SIZE;
	if (layout->single) {
		layout->nr_pages = qr_layout_least(layout);
		layout->reciprocal = 1;
		return;
	}
	layout->nr_pages = layout_first(layout);
	layout_best(layout);
	layout->reciprocal = div_u64(1ULL << 32, layout->size) + 1;
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
	layout->size = round_up(size, align);
	layout->align = align;
	layout->lead = 0;
	layout_fill(layout);
	return 0;
}

void qr_layout_checked(struct qr_layout *layout, const struct qr_layout *plain,
		       size_t size)
{
	u32 gap = plain->size - size < QR_REDZONE ? 2 * QR_REDZONE : QR_REDZONE;

	gap = round_up(gap, plain->align);
	*layout = *plain;
	/* Where no pages are as large as that, the slack has to do. */
	if (plain->size + 2UL * gap > QUARRY_CACHE_SIZE_MAX)
		return;
	layout->lead = gap;
	layout->size = plain->size + gap;
	layout_fill(layout);
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
