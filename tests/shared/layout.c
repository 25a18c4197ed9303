// SPDX-License-Identifier: GPL-2.0-only
/*
 * layout.c - cases: the arithmetic of sizes, tried over its whole range:
 * reciprocals are exact, classes cover every size, waste is bounded.
 */
#include <linux/log2.h>

#include "qt.h"
#include "cases.h"
#include "layout.h"

QT_CASE(layout_class_serves_every_size)
{
	unsigned int index, wrong = 0;
	size_t size;

	for (size = 1; size <= QUARRY_CLASS_MAX; size++) {
		index = __quarry_class(size);
		wrong += index >= QR_NR_CLASSES;
		wrong += qr_class_size(index) < size;
		/* And no smaller class would do. */
		wrong += index && qr_class_size(index - 1) >= size;
	}
	QT_EXPECT_EQ(t, wrong, 0);
}

QT_CASE(layout_class_table_agrees)
{
	unsigned int wrong = 0;
	size_t size;

	for (size = 1; size <= QR_CLASS_TABLE_MAX; size++)
		wrong += qr_class_table[(size - 1) / 8] != __quarry_class(size);
	QT_EXPECT_EQ(t, wrong, 0);
}

QT_CASE(layout_class_sizes_round_trip)
{
	unsigned int i;

	for (i = 0; i < QR_NR_CLASSES; i++) {
		QT_EXPECT_EQ(t, __quarry_class(qr_class_size(i)), i);
		if (i)
			QT_EXPECT_GT(t, qr_class_size(i),
				     qr_class_size(i - 1));
	}
	QT_EXPECT_EQ(t, qr_class_size(QR_NR_CLASSES - 1), QUARRY_CLASS_MAX);
}

QT_CASE(layout_class_waste_is_bounded)
{
	unsigned int wrong = 0;
	size_t size, waste;

	/* Four steps a doubling: under a quarter; 7 bytes up to 64. */
	for (size = 1; size <= QUARRY_CLASS_MAX; size++) {
		waste = qr_class_size(__quarry_class(size)) - size;
		wrong += size <= 64 ? waste > 7 : waste * 4 > size;
	}
	QT_EXPECT_EQ(t, wrong, 0);
}

QT_CASE(layout_class_aligned_is_aligned_and_large_enough)
{
	size_t size, align;
	int index;

	for (align = 1; align <= PAGE_SIZE; align <<= 1) {
		for (size = 1; size <= QUARRY_CLASS_MAX; size += 13) {
			index = qr_class_aligned(size, align);
			if (index < 0)
				continue;
			QT_EXPECT_LT(t, index, QR_NR_CLASSES);
			QT_EXPECT_GE(t, qr_class_size(index), size);
			QT_EXPECT_EQ(t, qr_class_size(index) & (align - 1), 0);
		}
	}
}

/* First byte, last byte and a random one of every object find its index. */
static unsigned int wrong_indexes(struct qt *t, const struct qr_layout *layout,
				  unsigned int nr_pages)
{
	struct qr_slab slab = {
		.base = 0xffff888000000000UL,
		.size = layout->size,
		.reciprocal = layout->reciprocal,
		.objects = qr_layout_objects(layout, nr_pages),
	};
	unsigned int wrong = 0;
	u32 i;

	for (i = 0; i < slab.objects; i++) {
		unsigned long first = slab.base + (unsigned long)i * slab.size;

		wrong += qr_slab_index(&slab, first) != i;
		wrong += qr_slab_index(&slab, first + slab.size - 1) != i;
		wrong += qr_slab_index(&slab, first +
				       qt_below(t, slab.size)) != i;
	}
	return wrong;
}

/* Odd steps where sizes are many. */
static size_t next_size(size_t size)
{
	if (size < 9000)
		return size + 1;
	return size + (size >> 7) + 1;
}

QT_CASE(layout_reciprocal_is_exact)
{
	struct qr_layout layout;
	unsigned int nr;
	size_t size;

	for (size = 1; size <= QUARRY_CACHE_SIZE_MAX; size = next_size(size)) {
		if (!QT_EXPECT_EQ(t, qr_layout_slab(&layout, size, 0), 0))
			return;
		if (layout.single)
			continue;
		for (nr = layout.nr_pages; nr <= QR_SLAB_PAGES_MAX; nr++)
			if (!QT_EXPECT_EQ(t, wrong_indexes(t, &layout, nr), 0))
				return;
	}
}

/* How the fast path tells the start of an object, see layout.h. */
static bool starts_object(const struct qr_layout *layout, u32 objects,
			  u32 offset)
{
	u32 bound = objects * (u32)(layout->reciprocal * layout->size);

	return (u32)(offset * layout->reciprocal) < bound;
}

QT_CASE(layout_low_half_tells_starts_from_middles)
{
	struct qr_layout layout;
	u32 offset, next, objects;
	unsigned int wrong;
	size_t size;

	for (size = 8; size <= 8 * PAGE_SIZE; size += size < 9000 ? 8 : 4096) {
		QT_EXPECT_EQ(t, qr_layout_slab(&layout, size, 0), 0);
		objects = qr_layout_objects(&layout, QR_SLAB_PAGES_MAX);
		wrong = 0;
		next = 0;
		for (offset = 0; offset < QR_SLAB_PAGES_MAX * PAGE_SIZE;
		     offset++) {
			bool start = offset == next &&
				     offset / size < objects;

			wrong += starts_object(&layout, objects, offset) !=
				 start;
			next += offset == next ? size : 0;
		}
		/* And what lies before the first, where the colour is. */
		for (offset = 1; offset <= PAGE_SIZE; offset++)
			wrong += starts_object(&layout, objects, -offset);
		if (!QT_EXPECT_EQ(t, wrong, 0))
			return;
	}
}

QT_CASE(layout_objects_fit_their_pages)
{
	struct qr_layout layout;
	unsigned long pages;
	unsigned int nr;
	size_t size;

	for (size = 1; size <= QUARRY_CACHE_SIZE_MAX; size = next_size(size)) {
		if (!QT_EXPECT_EQ(t, qr_layout_slab(&layout, size, 0), 0))
			return;
		QT_EXPECT_GE(t, layout.size, size);
		for (pages = 0; pages <= 80; pages++) {
			nr = qr_layout_grow(&layout, pages);
			/* An eighth more, or the smallest there is. */
			if (nr != layout.nr_pages)
				QT_EXPECT_LE(t, nr * 8, pages);
			QT_EXPECT_GE(t, qr_layout_objects(&layout, nr), 1);
			QT_EXPECT_LE(t, qr_layout_objects(&layout, nr) *
				     (u64)layout.size, (u64)nr * PAGE_SIZE);
		}
		if (layout.single)
			QT_EXPECT_EQ(t, layout.nr_pages,
				     DIV_ROUND_UP(layout.size, PAGE_SIZE));
	}
}

/* Bytes at the end of @pages that no object of @size fits, in 1/1024. */
static size_t waste(size_t pages, size_t size)
{
	return pages * PAGE_SIZE % size * 1024 / (pages * PAGE_SIZE);
}

/* The least part of a slab of up to 8 pages that must be wasted. */
static size_t least_waste(size_t size)
{
	size_t pages, least = 1024;

	for (pages = DIV_ROUND_UP(size, PAGE_SIZE); pages <= 8; pages++)
		least = min(least, waste(pages, size));
	return least;
}

QT_CASE(layout_tail_waste_is_bounded)
{
	struct qr_layout layout;
	size_t size, least;

	for (size = 8; size <= 8 * PAGE_SIZE; size += 8) {
		QT_EXPECT_EQ(t, qr_layout_slab(&layout, size, 0), 0);
		least = least_waste(size);
		/* The first slab: an 8th, or hardly more than the least. */
		QT_EXPECT_LE(t, waste(layout.nr_pages, size),
			     max_t(size_t, 1024 / 8, least + 32));
		/* Of a large cache: a 32nd, or hardly more than the least. */
		QT_EXPECT_LE(t, waste(qr_layout_grow(&layout, 64), size),
			     max_t(size_t, 1024 / 32, least + 32));
	}
}

QT_CASE(layout_bad_shapes_refused)
{
	struct qr_layout layout;

	QT_EXPECT_EQ(t, qr_layout_slab(&layout, 0, 0), -EINVAL);
	QT_EXPECT_EQ(t, qr_layout_slab(&layout, QUARRY_CACHE_SIZE_MAX + 1, 0),
		     -EINVAL);
	QT_EXPECT_EQ(t, qr_layout_slab(&layout, SIZE_MAX, 0), -EINVAL);
	QT_EXPECT_EQ(t, qr_layout_slab(&layout, (1UL << 32) + 1, 0), -EINVAL);
	QT_EXPECT_EQ(t, qr_layout_slab(&layout, 64, 12), -EINVAL);
}

QT_CASE(layout_alignment_is_kept)
{
	struct qr_layout layout;
	size_t align;

	for (align = 1; align <= PAGE_SIZE; align <<= 1) {
		QT_EXPECT_EQ(t, qr_layout_slab(&layout, 77, align), 0);
		QT_EXPECT_EQ(t, layout.size & (align - 1), 0);
		QT_EXPECT_GE(t, layout.align, align);
	}
}
