// SPDX-License-Identifier: GPL-2.0-only
/*
 * vrun.c - virtually contiguous runs: pages of the arena, wherever they lie,
 * side by side in a range of their own, with a page that faults after each.  vrun_lock protects the table of that range, but for its
 * stamps, which are read without it; a leaf.
 */
#include <sys/mman.h>

#include <linux/mm.h>
#include <linux/spinlock.h>

#include "machine.h"
#include "pages.h"
#include "platform.h"

static DEFINE_RAW_SPINLOCK(vrun_lock);
/* Where the next search begins, in pages. */
static unsigned long cursor;
/* Runs to unmap: number + 1 of the first page, linked by ->next. */
static u32 doomed;

static unsigned long nr_vpages(void)
{
	return mirror_arena.vbytes >> PAGE_SHIFT;
}

static struct mirror_vpage *vpage_at(unsigned long at)
{
	return &mirror_arena.vpage[at];
}

static char *vpage_address(unsigned long at)
{
	return (char *)mirror_arena.vbase + at * PAGE_SIZE;
}

void mirror_vruns_init(void)
{
	cursor = 0;
	doomed = 0;
}

/* ---------------------------------------------------------------- table */

/* First of @nr unused entries in [@from, @to), or -1. */
static long range_find(unsigned long from, unsigned long to, unsigned int nr)
	__must_hold(&vrun_lock)
{
	unsigned long at, got = 0;

	for (at = from; at < to; at++) {
		got = vpage_at(at)->nr ? 0 : got + 1;
		if (got == nr)
			return at + 1 - nr;
	}
	return -1;
}

/* Reserves @nr entries and one for the guard; -1 where there are none. */
static long range_take(unsigned int nr)
{
	unsigned long flags;
	unsigned int i;
	long at;

	raw_spin_lock_irqsave(&vrun_lock, flags);
	at = range_find(cursor, nr_vpages(), nr + 1);
	if (at < 0)
		at = range_find(0, nr_vpages(), nr + 1);
	if (at >= 0) {
		for (i = 0; i <= nr; i++)
			vpage_at(at + i)->nr = nr;
		cursor = at + nr + 1;
	}
	raw_spin_unlock_irqrestore(&vrun_lock, flags);
	return at;
}

static void range_give(unsigned long at, unsigned int nr)
{
	unsigned long flags;
	unsigned int i;

	raw_spin_lock_irqsave(&vrun_lock, flags);
	for (i = 0; i <= nr; i++)
		vpage_at(at + i)->nr = 0;
	raw_spin_unlock_irqrestore(&vrun_lock, flags);
}

/* -------------------------------------------------------------- mapping */

/*
 * Entries from @at on stand for @nr pages in one piece from @page on.  The
 * memory is another: nobody looks at a page in both places.
 */
static bool piece_map(unsigned long at, unsigned int nr, u32 page)
{
	unsigned int i;

	if (mmap(vpage_address(at), nr * PAGE_SIZE, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1,
		 0) == MAP_FAILED)
		return false;
	mirror_fill(vpage_address(at), nr * PAGE_SIZE);
	for (i = 0; i < nr; i++)
		vpage_at(at + i)->page = page + i + 1;
	return true;
}

/* Pages go back one by one: a run does not remember its pieces. */
static void run_unmap(unsigned long at, unsigned int nr)
{
	unsigned int i;

	if (mmap(vpage_address(at), nr * PAGE_SIZE, PROT_NONE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1,
		 0) == MAP_FAILED)
		mirror_panic("a run cannot be unmapped");
	for (i = 0; i < nr; i++) {
		if (vpage_at(at + i)->page)
			mirror_pages_return(vpage_at(at + i)->page - 1, 1);
		vpage_at(at + i)->page = 0;
	}
}

/* The largest piece up to @nr pages that is to be had; its length, or 0. */
static unsigned int piece_take(unsigned int nr, gfp_t gfp, int nid, u32 *page)
{
	unsigned int piece = min_t(unsigned int, rounddown_pow_of_two(nr),
				   1U << MAX_PAGE_ORDER);

	if (!(gfp & __GFP_NOFAIL) && mirror_fault_fires(MIRROR_FAULT_PAGES))
		return 0;
	for (; piece; piece /= 2) {
		*page = mirror_pages_take(piece, gfp, nid);
		if (*page)
			return piece;
	}
	return 0;
}

static bool run_map(unsigned long at, unsigned int nr, gfp_t gfp, int nid)
{
	unsigned int done = 0, piece;
	u32 page;

	while (done < nr) {
		piece = piece_take(nr - done, gfp, nid, &page);
		if (!piece)
			return false;
		if (!piece_map(at + done, piece, page - 1)) {
			mirror_pages_return(page - 1, piece);
			return false;
		}
		done += piece;
	}
	return true;
}

void *qr_vrun_get(unsigned int nr, gfp_t gfp, int nid, struct qr_slab *slab)
{
	unsigned int i;
	long at;

	mirror_might_sleep("qr_vrun_get()");
	mirror_check_unlocked("qr_vrun_get()");
	if (!nr || nr >= nr_vpages())
		return NULL;
	at = range_take(nr);
	if (at < 0)
		return NULL;
	if (!run_map(at, nr, gfp, nid)) {
		run_unmap(at, nr);
		range_give(at, nr);
		return NULL;
	}
	if (qr_want_init_on_alloc(gfp))
		memset(vpage_address(at), 0, nr * PAGE_SIZE);
	/* Pairs with qr_page_slab(): a slab found is a whole one. */
	for (i = 0; i < nr; i++)
		smp_store_release(&vpage_at(at + i)->slab, slab);
	return vpage_address(at);
}

static void run_put(unsigned long at, unsigned int nr)
{
	run_unmap(at, nr);
	range_give(at, nr);
}

static void run_defer(unsigned long at)
{
	u32 first = READ_ONCE(doomed);

	do {
		vpage_at(at)->next = first;
	} while (!__atomic_compare_exchange_n(&doomed, &first, at + 1, 0,
					      __ATOMIC_RELEASE,
					      __ATOMIC_RELAXED));
	mirror_worker_wake();
}

void qr_vrun_put(void *addr, unsigned int nr)
{
	unsigned long offset = (unsigned long)addr - mirror_arena.vbase;
	unsigned long at = offset >> PAGE_SHIFT;
	unsigned int i;

	mirror_check_unlocked("qr_vrun_put()");
	if (offset >= mirror_arena.vbytes || !PAGE_ALIGNED(addr) ||
	    vpage_at(at)->nr != nr || !READ_ONCE(vpage_at(at)->slab))
		mirror_panic("qr_vrun_put(%px, %u): no such run", addr, nr);
	/* Pairs with qr_page_slab(). */
	for (i = 0; i < nr; i++)
		smp_store_release(&vpage_at(at + i)->slab, NULL);
	if (mirror_may_sleep())
		run_put(at, nr);
	else
		run_defer(at);
}

void mirror_vruns_reap(void)
{
	u32 next = __atomic_exchange_n(&doomed, 0, __ATOMIC_ACQUIRE);

	while (next) {
		unsigned long at = next - 1;

		next = vpage_at(at)->next;
		run_put(at, vpage_at(at)->nr);
	}
}
