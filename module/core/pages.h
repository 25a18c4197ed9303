/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pages.h - what core asks of the page backend (module/kern/pages.c in the
 * kernel, userspace/pages.c in the mirror).
 *
 * Every page quarry holds carries extra references, so that stray frees by
 * other code cannot take it away, and a stamp that names its owner.  The
 * inline look-up qr_page_slab() belongs to the backend and comes with
 * platform.h.
 */
#ifndef _QR_PAGES_H
#define _QR_PAGES_H

#include <linux/types.h>
#include <linux/gfp.h>

struct qr_slab;

/*
 * @nr physically contiguous pages, naturally aligned to @nr rounded up to a
 * power of two; zeroed if @gfp has __GFP_ZERO, or the running kernel zeroes all
 * it gives, else of undefined contents.  @nid is a node or NUMA_NO_NODE, a hint
 * unless @gfp has __GFP_THISNODE.  Returns NULL when @gfp cannot be satisfied.
 * Context: any but NMI; never with a lock held or preemption off.
 */
void *qr_pages_get(unsigned int nr, gfp_t gfp, int nid);

/* Gives @nr pages back, removing any stamp.  Context: as qr_pages_get(). */
void qr_pages_put(void *addr, unsigned int nr);

/*
 * Tells of references to @nr pages that others gave up, while it is known whose
 * they are, and takes them anew.  Context: any but NMI, no lock of ours held.
 */
void qr_pages_mend(void *addr, unsigned int nr);

/* Node that the memory at @addr lies on. */
int qr_pages_nid(const void *addr);

/* Stamps @nr pages with @slab: from here qr_page_slab() finds it. */
void qr_pages_stamp(void *addr, unsigned int nr, struct qr_slab *slab);

/* Takes the stamps of @nr pages, which may be virtually contiguous, off. */
void qr_pages_unstamp(void *addr, unsigned int nr);

/* Stamps @nr pages as quarry's own metadata: never a slab, never a root. */
void qr_pages_stamp_meta(void *addr, unsigned int nr);

/*
 * @nr virtually contiguous pages, stamped with @slab.  Context: process, may
 * sleep.
 */
void *qr_vrun_get(unsigned int nr, gfp_t gfp, int nid, struct qr_slab *slab);

/*
 * Gives a virtually contiguous run back; puts it off to process context by
 * itself where it must.  The stamps are gone when this returns.
 */
void qr_vrun_put(void *addr, unsigned int nr);

/*
 * Address space for @nr guarded pages, none of which can be touched: the first
 * page of it is none of them, and from then on every other one is.  0,
 * -ENOMEM, or -EOPNOTSUPP where there is no such thing.  Context: process.
 */
int qr_guard_range_get(unsigned int nr, void **range);
void qr_guard_range_put(void *range, unsigned int nr);
/* One of them can be touched; or no more, by this CPU at once.  Any context. */
void qr_guard_page_open(void *page);
void qr_guard_page_close(void *page);

/* Slab of the guarded object that @addr lies in, for the look-ups below. */
struct qr_slab *qr_guard_slab(const void *addr);

/*
 *	struct qr_slab *qr_page_slab(const void *addr);
 *	struct qr_slab *qr_page_slab_near(const void *addr);
 *	struct qr_slab *qr_page_slab_plain(const void *addr);
 *	struct qr_slab *qr_page_slab_ours(const void *addr);
 *
 * Slab or run that owns the page of @addr, NULL for every other address there
 * is: foreign, unmapped, user, stack, static, metadata.  Never faults.  The
 * second looks only where it need not call: NULL also for virtually contiguous
 * runs.  The third is for the fast path: NULL, or not, for any run.  The fourth is
 * for what is known to lie in a contiguous slab.  Inline, supplied through
 * platform.h.
 *
 * Preemption is off from the first three on for as long as the slab is looked at, or it
 * may go, whoever has the object: see slow.c.
 */

#endif /* _QR_PAGES_H */
