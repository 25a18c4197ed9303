/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stamp.h - whose a page is: the only file that looks into struct page.
 *
 * Every page that quarry holds has its owner in ->private and, in ->index, a
 * secret of this load xor the address of the struct page: nobody else writes
 * that by chance or knows how to on purpose.  struct page itself is looked at
 * only where it is certain to exist: in sections of memory that quarry has had
 * a page of.
 */
#ifndef _QR_STAMP_H
#define _QR_STAMP_H

#include <linux/bitops.h>
#include <linux/mm.h>

#ifndef CONFIG_X86_64
#error "quarry knows the direct map of x86-64 only"
#endif

struct qr_slab;

/* At most a section of the sparse memory map, whose struct pages all exist. */
#define QR_SECTION_SHIFT	27
/* 16 TiB of memory; pages beyond are not used. */
#define QR_NR_SECTIONS		(1UL << 17)

extern unsigned long qr_sections[BITS_TO_LONGS(QR_NR_SECTIONS)];
extern unsigned long qr_secret;

static __always_inline unsigned long qr_stamp_of(const struct page *page)
{
	return qr_secret ^ (unsigned long)page;
}

static inline void qr_stamp_set(struct page *page, struct qr_slab *slab)
{
	page->qr_page_index = qr_stamp_of(page);
	/* A reader that finds the owner finds the owner's fields. */
	smp_store_release(&page->private, (unsigned long)slab);
}

/* Metadata: the stamp of no slab. */
static inline void qr_stamp_set_meta(struct page *page)
{
	page->qr_page_index = ~qr_stamp_of(page);
	page->private = 0;
}

static inline void qr_stamp_clear(struct page *page)
{
	page->qr_page_index = 0;
	page->private = 0;
}

static __always_inline struct qr_slab *qr_stamp_slab(const struct page *page)
{
	if (unlikely(page->qr_page_index != qr_stamp_of(page)))
		return NULL;
	return (struct qr_slab *)READ_ONCE(page->private);
}

/* Virtually contiguous runs, and every address that is not ours. */
struct qr_slab *qr_page_slab_elsewhere(const void *addr);

/* See core/pages.h. */
static __always_inline struct qr_slab *qr_page_slab(const void *addr)
{
	unsigned long offset = (unsigned long)addr - PAGE_OFFSET;
	unsigned long section = offset >> QR_SECTION_SHIFT;

	if (unlikely(section >= QR_NR_SECTIONS ||
		     !test_bit(section, qr_sections)))
		return qr_page_slab_elsewhere(addr);
	/* On x86-64 the direct map begins with page frame 0. */
	return qr_stamp_slab(pfn_to_page(offset >> PAGE_SHIFT));
}

#endif /* _QR_STAMP_H */
