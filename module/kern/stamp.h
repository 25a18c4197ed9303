/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stamp.h - whose a page is: the only file that looks into struct page.
 *
 * Every page that quarry holds has its owner in ->private and, in ->index, a
 * value that no page of anybody else has there: no file has that many pages,
 * and no address is odd.  Memory may have holes without a struct page; reading
 * where none is faults, and the fault is the answer.
 */
#ifndef _QR_STAMP_H
#define _QR_STAMP_H

#include <linux/mm.h>
#include <linux/uaccess.h>

#ifndef CONFIG_64BIT
#error "quarry needs a kernel of 64 bits"
#endif

struct qr_slab;

/* Negative numbers of 32 bits: an immediate operand. */
#define QR_STAMP		(-0x35a7e17bL)
#define QR_STAMP_META		(-0x35a7e17dL)
/* Page runs, whose pages go back at once: their owner may be gone already. */
#define QR_STAMP_RUN		(-0x35a7e17fL)

/* No page of quarry lies this far, in bytes, from the direct map's start. */
extern unsigned long qr_near_bytes;

/* The stamp comes last and goes first: a stamped page has an owner. */
static inline void qr_stamp_set(struct page *page, struct qr_slab *slab,
				long stamp)
{
	page->private = (unsigned long)slab;
	/* Pairs with smp_rmb() in qr_page_owner(). */
	smp_store_release(&page->qr_page_index, stamp);
}

/* Metadata: the stamp of no slab. */
static inline void qr_stamp_set_meta(struct page *page)
{
	page->qr_page_index = QR_STAMP_META;
	page->private = 0;
}

/* Who has seen the stamp finds the owner still, until a grace period later. */
static inline void qr_stamp_remove(struct page *page)
{
	WRITE_ONCE(page->qr_page_index, 0);
}

static inline void qr_stamp_clear(struct page *page)
{
	qr_stamp_remove(page);
	/* Whoever sees no owner sees no stamp, when looking again. */
	smp_wmb();
	page->private = 0;
}

/* False where @page has no @stamp, which is a constant, or is not there. */
static __always_inline bool qr_page_is_stamped(const struct page *page,
					       long stamp)
{
#if defined(CONFIG_X86_64) && !defined(CONFIG_UML) && !defined(__CHECKER__)
	/* As below, in two instructions. */
	asm goto("1:	cmpq %[stamp], %[index]\n"
		 "	je 3f\n"
		 "2:	jmp %l[foreign]\n"
		 "3:\n"
		 _ASM_EXTABLE(1b, 2b)
		 : : [stamp] "e" (stamp), [index] "m" (page->qr_page_index)
		 : "cc" : foreign);
	return true;
#else
	unsigned long index;

	__get_kernel_nofault(&index, &page->qr_page_index, unsigned long,
			     foreign);
	return index == (unsigned long)stamp;
#endif
foreign:
	return false;
}

static __always_inline struct qr_slab *qr_page_owner(const struct page *page)
{
	if (!qr_page_is_stamped(page, QR_STAMP) &&
	    !qr_page_is_stamped(page, QR_STAMP_RUN))
		return NULL;
	/* Pairs with the release in qr_stamp_set(). */
	smp_rmb();
	/* NULL when the page has just been given back. */
	return (struct qr_slab *)READ_ONCE(page->private);
}

/* Of virtually contiguous runs; NULL for every address that is not ours. */
struct qr_slab *qr_page_slab_far(const void *addr);

static __always_inline bool qr_page_is_near(const void *addr)
{
	return (unsigned long)addr - PAGE_OFFSET < qr_peek(qr_near_bytes);
}

/* On x86-64 without the look at the kernel's image of virt_to_page(). */
static __always_inline struct page *qr_near_page(const void *addr)
{
	if (IS_ENABLED(CONFIG_X86_64) && !IS_ENABLED(CONFIG_UML))
		return pfn_to_page(((unsigned long)addr - PAGE_OFFSET) >>
				   PAGE_SHIFT);
	return virt_to_page(addr);
}

/* See core/pages.h. */
static __always_inline struct qr_slab *qr_page_slab_near(const void *addr)
{
	if (unlikely(!qr_page_is_near(addr)))
		return NULL;
	return qr_page_owner(qr_near_page(addr));
}

static __always_inline struct qr_slab *qr_page_slab_plain(const void *addr)
{
	struct qr_slab *slab;
	struct page *page;

	if (unlikely(!qr_page_is_near(addr)))
		return NULL;
	page = qr_near_page(addr);
	if (unlikely(!qr_page_is_stamped(page, QR_STAMP)))
		return NULL;
	/* Pairs with the release in qr_stamp_set(). */
	smp_rmb();
	slab = (struct qr_slab *)READ_ONCE(page->private);
	/* Saves a test: this stamp goes a grace period before the owner does. */
	if (!slab)
		__builtin_unreachable();
	return slab;
}

static __always_inline struct qr_slab *qr_page_slab_ours(const void *addr)
{
	return (struct qr_slab *)READ_ONCE(qr_near_page(addr)->private);
}

static inline struct qr_slab *qr_page_slab(const void *addr)
{
	if (unlikely(!qr_page_is_near(addr)))
		return qr_page_slab_far(addr);
	return qr_page_slab_near(addr);
}

#endif /* _QR_STAMP_H */
