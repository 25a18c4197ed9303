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

/* The stamp comes last and goes first: a stamped page has an owner. */
static inline void qr_stamp_set(struct page *page, struct qr_slab *slab)
{
	page->private = (unsigned long)slab;
	/* Pairs with smp_rmb() in qr_stamp_slab(). */
	smp_store_release(&page->qr_page_index, qr_stamp_of(page));
}

/* Metadata: the stamp of no slab. */
static inline void qr_stamp_set_meta(struct page *page)
{
	page->qr_page_index = ~qr_stamp_of(page);
	page->private = 0;
}

static inline void qr_stamp_clear(struct page *page)
{
	WRITE_ONCE(page->qr_page_index, 0);
	/* Whoever sees no owner sees no stamp, when looking again. */
	smp_wmb();
	page->private = 0;
}

static __always_inline struct qr_slab *qr_stamp_slab(const struct page *page)
{
	if (unlikely(qr_peek(page->qr_page_index) != qr_stamp_of(page)))
		return NULL;
	/* Pairs with the release in qr_stamp_set(). */
	smp_rmb();
	/* NULL when the page has just been given back. */
	return (struct qr_slab *)READ_ONCE(page->private);
}

/* Of virtually contiguous runs; NULL for every address that is not ours. */
struct qr_slab *qr_page_slab_far(const void *addr);

/* Whether the struct page of @addr in the direct map is certain to exist. */
static __always_inline bool qr_page_is_near(const void *addr)
{
	unsigned long section = ((unsigned long)addr - PAGE_OFFSET) >>
				QR_SECTION_SHIFT;

	return section < QR_NR_SECTIONS && test_bit(section, qr_sections);
}

/* See core/pages.h.  On x86-64 the direct map begins with page frame 0. */
static __always_inline struct qr_slab *qr_page_slab_near(const void *addr)
{
	/* Once: what is volatile in test_bit() would have it computed again. */
	unsigned long offset = (unsigned long)addr - PAGE_OFFSET;
	unsigned long section = offset >> QR_SECTION_SHIFT;

	if (unlikely(section >= QR_NR_SECTIONS ||
		     !test_bit(section, qr_sections)))
		return NULL;
	return qr_stamp_slab(pfn_to_page(offset >> PAGE_SHIFT));
}

static inline struct qr_slab *qr_page_slab(const void *addr)
{
	if (unlikely(!qr_page_is_near(addr)))
		return qr_page_slab_far(addr);
	return qr_page_slab_near(addr);
}

#endif /* _QR_STAMP_H */
