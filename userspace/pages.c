// SPDX-License-Identifier: GPL-2.0-only
/*
 * pages.c - the page backend of core (see pages.h): pages with an extra
 * reference and a stamp, on the arena of nodes.c.  Refuses what the contract
 * forbids: giving pages back twice, a lock held, sleeping where that is wrong.
 */
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/string.h>

#include "asan.h"
#include "finding.h"
#include "machine.h"
#include "pages.h"
#include "platform.h"

/* The allocator's own reference, and the extra one. */
#define REFS	1024

unsigned long (*mirror_reclaim)(void);
static atomic_long_t stray_puts;

static void check_context(const char *what)
{
	if (in_nmi())
		mirror_panic("%s in NMI", what);
	mirror_check_unlocked(what);
}

/* First entry of @nr pages at @addr, which are out. */
static struct mirror_page *pages_out(const void *addr, unsigned int nr,
				     const char *what)
{
	unsigned long at = (unsigned long)addr - mirror_arena.base;
	struct mirror_page *page;
	unsigned int i;

	if (!nr || !PAGE_ALIGNED(addr) || at >= mirror_arena.bytes ||
	    nr > (mirror_arena.bytes - at) >> PAGE_SHIFT)
		mirror_panic("%s of %u pages at %px, not of the arena", what,
			     nr, addr);
	page = &mirror_arena.page[at >> PAGE_SHIFT];
	for (i = 0; i < nr; i++)
		if (!READ_ONCE(page[i].refs))
			mirror_panic("%s of a page at %px that is free", what,
				     (char *)addr + i * PAGE_SIZE);
	return page;
}

/* Direct reclaim: not from within itself. */
static bool reclaim(gfp_t gfp)
{
	unsigned long (*give_back)(void) = READ_ONCE(mirror_reclaim);
	struct mirror_cpu *cpu = mirror_self();
	unsigned long pages;

	if (!gfpflags_allow_blocking(gfp) || !give_back || cpu->reclaiming)
		return false;
	cpu->reclaiming = true;
	pages = give_back();
	cpu->reclaiming = false;
	return pages;
}

void *qr_pages_get(unsigned int nr, gfp_t gfp, int nid)
{
	unsigned int i;
	char *addr;
	u32 page;

	check_context("qr_pages_get()");
	might_alloc(gfp);
	if (!nr || nr > 1U << MAX_PAGE_ORDER)
		return NULL;
	if (!(gfp & __GFP_NOFAIL) && mirror_fault_fires(MIRROR_FAULT_PAGES))
		return NULL;
	page = mirror_pages_take(nr, gfp, nid);
	while (!page && reclaim(gfp))
		page = mirror_pages_take(nr, gfp, nid);
	if (!page)
		return NULL;
	for (i = 0; i < nr; i++)
		WRITE_ONCE(mirror_arena.page[page - 1 + i].refs, REFS);
	addr = (char *)mirror_arena.base + (page - 1) * PAGE_SIZE;
	mirror_unpoison(addr, nr * PAGE_SIZE);
	if (qr_want_init_on_alloc(gfp))
		memset(addr, 0, nr * PAGE_SIZE);
	return addr;
}

/* @slab had the page, or NULL. */
static void report_stray(void *addr, const struct qr_slab *slab)
{
	struct qr_event event = {
		.kind = QR_EVENT_FOREIGN_FREE,
		.address = (unsigned long)addr,
		.bytes = PAGE_SIZE,
	};

	if (slab)
		strscpy(event.owner, slab->cache->name, sizeof(event.owner));
	atomic_long_inc(&stray_puts);
	qr_event_finding(&event);
}

void qr_pages_mend(void *addr, unsigned int nr)
{
	struct mirror_page *page = pages_out(addr, nr, "qr_pages_mend()");

	for (; nr--; page++)
		for (; READ_ONCE(page->refs) < REFS; page->refs++)
			report_stray(addr, page->slab);
}

/* Drops both references of each page; a missing one was put by others. */
void qr_pages_put(void *addr, unsigned int nr)
{
	struct mirror_page *page = pages_out(addr, nr, "qr_pages_put()");
	const struct qr_slab *slab = page->slab;
	unsigned int i, stray = 0;

	check_context("qr_pages_put()");
	for (i = 0; i < nr; i++) {
		stray += REFS - READ_ONCE(page[i].refs);
		/* Pairs with qr_page_slab(). */
		smp_store_release(&page[i].slab, NULL);
		WRITE_ONCE(page[i].refs, 0);
	}
	mirror_pages_return(page - mirror_arena.page, nr);
	while (stray--)
		report_stray(addr, slab);
}

int qr_pages_nid(const void *addr)
{
	unsigned long at = (unsigned long)addr - mirror_arena.vbase;

	if (at < mirror_arena.vbytes) {
		u32 page = mirror_arena.vpage[at >> PAGE_SHIFT].page;

		if (!page)
			mirror_panic("qr_pages_nid(%px): no run there", addr);
		return mirror_arena.page[page - 1].nid;
	}
	addr = (const void *)((unsigned long)addr & PAGE_MASK);
	return pages_out(addr, 1, "qr_pages_nid()")->nid;
}

static void stamp(void *addr, unsigned int nr, struct qr_slab *slab, u8 state)
{
	struct mirror_page *page = pages_out(addr, nr, "stamping");
	unsigned int i;

	for (i = 0; i < nr; i++) {
		if (READ_ONCE(page[i].slab) ||
		    READ_ONCE(page[i].state) != MIRROR_PAGE_OUT)
			mirror_panic("page at %px is stamped already",
				     (char *)addr + i * PAGE_SIZE);
		WRITE_ONCE(page[i].state, state);
		/* Pairs with qr_page_slab(): a slab found is a whole one. */
		smp_store_release(&page[i].slab, slab);
	}
}

void qr_pages_stamp(void *addr, unsigned int nr, struct qr_slab *slab)
{
	stamp(addr, nr, slab, MIRROR_PAGE_OUT);
}

void qr_pages_unstamp(void *addr, unsigned int nr)
{
	unsigned long at = (unsigned long)addr - mirror_arena.vbase;
	struct mirror_page *page;
	unsigned int i;

	if (at < mirror_arena.vbytes) {
		for (i = 0; i < nr; i++)
			smp_store_release(&mirror_arena.vpage[(at >> PAGE_SHIFT)
							      + i].slab, NULL);
		return;
	}
	page = pages_out(addr, nr, "unstamping");
	for (i = 0; i < nr; i++)
		smp_store_release(&page[i].slab, NULL);
}

void qr_pages_stamp_meta(void *addr, unsigned int nr)
{
	stamp(addr, nr, NULL, MIRROR_PAGE_META);
}

void mirror_stray_put(const void *addr)
{
	void *start = (void *)((unsigned long)addr & PAGE_MASK);
	struct mirror_page *page = pages_out(start, 1, "stray put");

	if (READ_ONCE(page->refs) == 1)
		mirror_panic("last reference of a page put by other code");
	__atomic_fetch_sub(&page->refs, 1, __ATOMIC_RELAXED);
}

unsigned long mirror_stray_puts(void)
{
	return atomic_long_read(&stray_puts);
}

unsigned long mirror_pages_out(void)
{
	if (mirror_may_sleep())
		mirror_worker_flush();
	return mirror_nr_out();
}
