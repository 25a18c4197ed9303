// SPDX-License-Identifier: GPL-2.0-only
/*
 * pages.c - the page backend of the kernel: takes pages from the page
 * allocator and gives them back, with extra references while they are ours,
 * and maps runs that are contiguous only virtually.  See core/pages.h.
 */
#include <linux/gfp.h>
#include <linux/llist.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>

#include "backend.h"
#include "finding.h"
#include "inject.h"
#include "internal.h"

unsigned long qr_near_bytes;

/* ------------------------------------------------------- contiguous pages */

/* Makes @nr pages from @page on ones that qr_page_slab() looks at. */
static void near_extend(const struct page *page, unsigned int nr)
{
	unsigned long end = (unsigned long)page_address(page) - PAGE_OFFSET +
			    ((unsigned long)nr << PAGE_SHIFT);
	unsigned long now = READ_ONCE(qr_near_bytes);

	while (now < end) {
		unsigned long was = cmpxchg(&qr_near_bytes, now, end);

		if (was == now)
			return;
		now = was;
	}
}

/* References that hold a page of ours: so many frees by others it survives. */
#define PAGE_REFS	1024

/* @slab had the page, or NULL. */
static void report_foreign_free(const struct page *page,
				const struct qr_slab *slab)
{
	struct qr_event event = {
		.kind = QR_EVENT_FOREIGN_FREE,
		.address = (unsigned long)page_address(page),
		.bytes = PAGE_SIZE,
	};

	if (slab)
		strscpy(event.owner, slab->cache->name, sizeof(event.owner));
	qr_event_finding(&event);
}

/* @nr pages without a reference, back in the largest blocks they make. */
static void blocks_put(struct page *page, unsigned long nr)
{
	while (nr) {
		unsigned int order = min_t(unsigned int, __fls(nr),
					   __ffs(page_to_pfn(page) |
						 BIT(MAX_PAGE_ORDER)));

		set_page_count(page, 1);
		__free_pages(page, order);
		page += 1UL << order;
		nr -= 1UL << order;
	}
}

/* Where any of @refs are missing, other code has freed the page under us. */
static void page_mend(struct page *page, int refs, const struct qr_slab *slab)
{
	int missing = refs - page_ref_count(page);

	for (; missing > 0; missing--) {
		report_foreign_free(page, slab);
		page_ref_inc(page);
	}
}

/*
 * Gives up @refs references of ours to a page that others have, or have taken,
 * some of too.
 */
static void page_put_shared(struct page *page, int refs,
			    const struct qr_slab *slab)
{
	page_mend(page, refs, slab);
	page_ref_sub(page, refs - 1);
	__free_page(page);
}

/* Those from @page on that nobody else has: left without a reference. */
static unsigned long pages_freeze(struct page *page, unsigned long nr, int refs)
{
	unsigned long i;

	for (i = 0; i < nr && page_ref_freeze(page + i, refs); i++)
		;
	return i;
}

/* @nr pages, on each of which we have @refs references; @slab had them, or NULL. */
static void pages_put(struct page *page, unsigned long nr, int refs,
		      const struct qr_slab *slab)
{
	struct page *end = page + nr;

	while (page < end) {
		unsigned long ours = pages_freeze(page, end - page, refs);

		blocks_put(page, ours);
		page += ours;
		if (page < end)
			page_put_shared(page++, refs, slab);
	}
}

static void page_put(struct page *page)
{
	const struct qr_slab *slab = qr_page_owner(page);

	qr_stamp_clear(page);
	page_put_shared(page, PAGE_REFS, slab);
}

/* A page with a reference may have got others already; one without has none. */
static void page_hold(struct page *page)
{
	if (page_ref_count(page))
		page_ref_add(page, PAGE_REFS - 1);
	else
		set_page_count(page, PAGE_REFS);
}

/*
 * One allocation of the next order up; what is too many goes back at once.
 * Pages that go back in other blocks than they came must be split.
 */
void *qr_pages_get(unsigned int nr, gfp_t gfp, int nid)
{
	unsigned int order = get_order((unsigned long)nr << PAGE_SHIFT);
	unsigned int i, many = 1U << order;
	struct page *page;

	if (order > MAX_PAGE_ORDER)
		return NULL;
	if (!qr_platform_may_lock())
		return NULL;
	page = alloc_pages_node(nid, gfp | __GFP_NOWARN, order);
	if (!page)
		return NULL;
	near_extend(page, nr);
	if (nr < many) {
		split_page(page, order);
		pages_put(page + nr, many - nr, 1, NULL);
	}
	for (i = 0; i < nr; i++) {
		qr_stamp_clear(page + i);
		page_hold(page + i);
	}
	return page_address(page);
}

void qr_pages_mend(void *addr, unsigned int nr)
{
	struct page *page = virt_to_page(addr);
	const struct qr_slab *slab = qr_page_owner(page);
	unsigned int i;

	for (i = 0; i < nr; i++)
		page_mend(page + i, PAGE_REFS, slab);
}

int qr_pages_nid(const void *addr)
{
	return page_to_nid(virt_to_page(addr));
}

void qr_pages_stamp(void *addr, unsigned int nr, struct qr_slab *slab)
{
	long stamp = qr_slab_flags(slab) & QR_SLAB_RUN ? QR_STAMP_RUN : QR_STAMP;
	struct page *page = virt_to_page(addr);
	unsigned int i;

	for (i = 0; i < nr; i++)
		qr_stamp_set(page + i, slab, stamp);
}

void qr_pages_unstamp(void *addr, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++, addr += PAGE_SIZE)
		qr_stamp_remove(is_vmalloc_addr(addr) ? vmalloc_to_page(addr) :
							virt_to_page(addr));
}

void qr_pages_stamp_meta(void *addr, unsigned int nr)
{
	struct page *page = virt_to_page(addr);
	unsigned int i;

	for (i = 0; i < nr; i++)
		qr_stamp_set_meta(page + i);
}

/* ------------------------------------------- virtually contiguous pages */

/*
 * Mapped before each run.  The kernel remembers where each mapping begins, which
 * a scan would take for a reference to what lies there.
 */
static struct page *leader;

static struct page *vrun_page(void *addr, unsigned int i)
{
	return vmalloc_to_page(addr + (size_t)i * PAGE_SIZE);
}

static void vrun_release(void *addr, unsigned int nr)
{
	struct page *first = NULL, *page;
	unsigned int i;

	/* Chained through their first words, which nobody reads any more. */
	for (i = 0; i < nr; i++) {
		page = vrun_page(addr, i);
		*(struct page **)page_address(page) = first;
		first = page;
	}
	vunmap(addr - PAGE_SIZE);
	while (first) {
		page = first;
		first = *(struct page **)page_address(page);
		page_put(page);
	}
}

/* ------------------------------------- what cannot be given back at once */

/* In the first of pages that wait for somebody who may take the locks. */
struct late {
	struct llist_node node;
	void *addr;
	unsigned int nr;
};

static LLIST_HEAD(late);

static void late_release(struct work_struct *work)
{
	struct llist_node *list = llist_del_all(&late);

	while (list) {
		struct late run = *llist_entry(list, struct late, node);

		list = run.node.next;
		if (is_vmalloc_addr(run.addr))
			vrun_release(run.addr, run.nr);
		else
			pages_put(virt_to_page(run.addr), run.nr, PAGE_REFS,
				  NULL);
	}
}

static DECLARE_WORK(late_work, late_release);

/* @page is the first of those at @addr.  Context: any. */
static void put_off(struct page *page, void *addr, unsigned int nr)
{
	struct late *run = page_address(page);

	run->addr = addr;
	run->nr = nr;
	llist_add(&run->node, &late);
	schedule_work(&late_work);
}

void qr_pages_put(void *addr, unsigned int nr)
{
	struct page *page = virt_to_page(addr);
	const struct qr_slab *slab = qr_page_owner(page);
	unsigned int i;

	for (i = 0; i < nr; i++)
		qr_stamp_clear(page + i);
	if (qr_platform_may_lock())
		pages_put(page, nr, PAGE_REFS, slab);
	else
		put_off(page, addr, nr);
}

static unsigned int pages_fill(const struct quarry_cache *cache,
			       struct page **pages, unsigned int nr, gfp_t gfp,
			       int nid)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		void *addr = NULL;

		if (!qr_inject(QR_INJECT_PAGES, cache, PAGE_SIZE, gfp))
			addr = qr_pages_get(1, gfp, nid);
		if (!addr)
			break;
		pages[i] = virt_to_page(addr);
	}
	return i;
}

void *qr_vrun_get(unsigned int nr, gfp_t gfp, int nid, struct qr_slab *slab)
{
	struct page **pages;
	unsigned int i, got;
	void *addr = NULL;

	/* What was put off is given back before more is asked for. */
	flush_work(&late_work);
	pages = kvmalloc_array(nr + 1, sizeof(*pages),
			       GFP_KERNEL | __GFP_NOWARN);
	if (!pages)
		return NULL;
	pages[0] = leader;
	got = pages_fill(slab->cache, pages + 1, nr, gfp, nid);
	if (got == nr)
		addr = vmap(pages, nr + 1, VM_MAP, PAGE_KERNEL);
	for (i = 1; i <= got; i++) {
		if (addr)
			qr_stamp_set(pages[i], slab, QR_STAMP_RUN);
		else
			page_put(pages[i]);
	}
	kvfree(pages);
	return addr ? addr + PAGE_SIZE : NULL;
}

void qr_vrun_put(void *addr, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		qr_stamp_clear(vrun_page(addr, i));
	/* Without a preemption count nobody can tell that this may sleep. */
	if (IS_ENABLED(CONFIG_PREEMPT_COUNT) && preemptible()) {
		vrun_release(addr, nr);
		return;
	}
	put_off(vrun_page(addr, 0), addr, nr);
}

struct qr_slab *qr_page_slab_far(const void *addr)
{
	struct qr_slab *slab;
	struct page *page;

	if (!is_vmalloc_addr(addr))
		return NULL;
	slab = qr_guard_slab(addr);
	if (slab)
		return slab;
	page = vmalloc_to_page(addr);
	if (!page || !pfn_valid(page_to_pfn(page)))
		return NULL;
	slab = qr_page_owner(page);
	if (!slab || !(qr_slab_flags(slab) & QR_SLAB_VIRT))
		return NULL;
	/* Other code may have mapped our page elsewhere. */
	return (unsigned long)addr - slab->base < slab->size ?
	       slab : NULL;
}

/* ------------------------------------------------------------ start, end */

int qr_pages_init(void)
{
	leader = alloc_page(GFP_KERNEL | __GFP_ZERO);
	return leader ? 0 : -ENOMEM;
}

void qr_pages_exit(void)
{
	flush_work(&late_work);
	__free_page(leader);
}
