// SPDX-License-Identifier: GPL-2.0-only
/*
 * roots.c - the roots of a scan in the kernel: all memory there is, frame by
 * frame through the direct map, but for what is free, user space's, dead, or
 * ours, or watched.  Data of the kernel and of modules, per-CPU areas, SLUB and
 * vmalloc memory are all among these frames.
 */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/memory.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/notifier.h>
#include <linux/page-flags.h>
#include <linux/rwsem.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/vmalloc.h>

#include "freelist.h"
#include "internal.h"
#include "roots.h"
#include "scan.h"
#include "scrub.h"
#include "stacks.h"

/* The tables hold no addresses of objects. */
void *qr_scan_memory_get(size_t bytes)
{
	return vzalloc(bytes);
}

void qr_scan_memory_put(void *memory, size_t bytes)
{
	vfree(memory);
}

/* ------------------------------------------------------ what a frame is */

enum kind { FRAME_SCAN, FRAME_SLUB, FRAME_FREE, FRAME_USER, FRAME_OWN,
	    FRAME_OTHER, FRAME_BAD };

struct sweep {
	struct qr_scan *scan;
	struct qr_stacks stacks;
	/* NULL if all of a slab is looked at. */
	struct qr_freelist *freelist;
};

/* Frames to go on by: free ones come in blocks. */
static unsigned long frame_step(struct page *page)
{
	unsigned long order = READ_ONCE(page->private);

	if (!PageBuddy(page) || order > MAX_PAGE_ORDER)
		return 1;
	return 1UL << order;
}

/* Linked, as free pages of a CPU are. */
static bool is_on_list(const struct page *page)
{
	const struct list_head *lru = &page->lru;
	struct list_head *next = READ_ONCE(lru->next);
	struct list_head *prev = READ_ONCE(lru->prev);
	unsigned long back, forth;

	/* Poison, or what ends beyond the last address: these may not be tried. */
	if ((unsigned long)next < PAGE_OFFSET || IS_ERR(next) ||
	    (unsigned long)prev < PAGE_OFFSET || IS_ERR(prev))
		return false;
	return qr_load_nofault(&back, (unsigned long *)&next->prev) &&
	       qr_load_nofault(&forth, (unsigned long *)&prev->next) &&
	       back == (unsigned long)lru && forth == (unsigned long)lru;
}

/*
 * A frame without a reference is free, in the page allocator or in a CPU's
 * list, alone or in a block that its first frame tells of; or it is part of a
 * larger allocation that only its first frame tells of, too; or of one that has a
 * type instead of a reference, as SLUB's have since 6.14.  So the nearest one
 * before it that says anything says it.
 */
static bool is_free(struct page *page, unsigned long pfn)
{
	unsigned long back = pfn & (BIT(MAX_PAGE_ORDER) - 1), i;

	for (i = 0; i <= back; i++, page--) {
		if (PageBuddy(page))
			return i < frame_step(page);
		if (page_count(page))
			return false;
		/* Before its type: what a guest has not accepted yet is listed so. */
		if (is_on_list(page))
			return true;
		if (page_has_type(page))
			return false;
	}
	return false;
}

/* What quarry holds is followed from object to object, or never looked at. */
static bool is_own(struct qr_scan *scan, const struct page *page)
{
	unsigned long index = READ_ONCE(page->qr_page_index);
	const struct qr_slab *slab;

	if (index == (unsigned long)QR_STAMP_META)
		return true;
	if (index != (unsigned long)QR_STAMP &&
	    index != (unsigned long)QR_STAMP_RUN)
		return false;
	slab = (const struct qr_slab *)READ_ONCE(page->private);
	return !slab || qr_scan_knows(scan, slab);
}

static enum kind frame_kind(const struct sweep *sweep, struct page *page,
			    unsigned long pfn)
{
	struct page *head;

	if (PageHWPoison(page) || PageOffline(page))
		return FRAME_BAD;
	head = compound_head(page);
	if (!page_count(head) && is_free(page, pfn))
		return FRAME_FREE;
	if (PageSlab(head))
		return FRAME_SLUB;
	if (!page_count(head))
		return FRAME_SCAN;
	if (is_own(sweep->scan, page))
		return FRAME_OWN;
	if (PageTable(page) || qr_stacks_have(&sweep->stacks, pfn))
		return FRAME_OTHER;
	if (PageLRU(head) || READ_ONCE(head->mapping))
		return FRAME_USER;
	return FRAME_SCAN;
}

/* ----------------------------------------------------------------- sweep */

/* Memory is there, or is not, by 2 MiB. */
#define HOLE_PAGES	(SZ_2M >> PAGE_SHIFT)

static void frame_scan(const struct sweep *sweep, struct page *page, bool slub)
{
	struct qr_scan *scan = sweep->scan;
	void *from = page_address(page);

	if (slub && sweep->freelist)
		qr_freelist_scan(sweep->freelist, scan, page);
	else
		qr_scan_root(scan, from, from + PAGE_SIZE);
	qr_scan_follow(scan);
	scan->stats.pages_scanned++;
}

/* Returns how many frames further the next is. */
static unsigned long sweep_frame(const struct sweep *sweep, struct page *page,
				 unsigned long pfn)
{
	struct qr_scan_stats *stats = &sweep->scan->stats;
	unsigned long step = frame_step(page);
	enum kind kind;

	if (PageBuddy(page)) {
		stats->pages_free += step;
		return step;
	}
	kind = frame_kind(sweep, page, pfn);
	switch (kind) {
	case FRAME_SCAN:
	case FRAME_SLUB:
		frame_scan(sweep, page, kind == FRAME_SLUB);
		break;
	case FRAME_FREE:
		stats->pages_free++;
		break;
	case FRAME_USER:
		stats->pages_user++;
		break;
	case FRAME_OWN:
		stats->pages_own++;
		break;
	case FRAME_OTHER:
		stats->pages_other++;
		break;
	case FRAME_BAD:
		stats->pages_bad++;
		break;
	}
	return 1;
}

/*
 * Memory that goes offline may be taken out of the machine next, and what
 * describes its frames with it.  A frame that was online when this was taken
 * stays until it is given back.
 */
static DECLARE_RWSEM(online_lock);

static int memory_changes(struct notifier_block *block, unsigned long action,
			  void *data)
{
	/* Nobody finds those frames any more: wait for who has. */
	if (action == MEM_OFFLINE) {
		down_write(&online_lock);
		up_write(&online_lock);
	}
	return NOTIFY_DONE;
}

static struct notifier_block notifier = { .notifier_call = memory_changes };

/* What is at @pfn, and how far to go on from there. */
static unsigned long sweep_pfn(const struct sweep *sweep, int nid,
			       unsigned long pfn, unsigned long end)
{
	struct page *page = pfn_to_online_page(pfn);
	unsigned long step = min(HOLE_PAGES - pfn % HOLE_PAGES, end - pfn);

	if (!page)
		sweep->scan->stats.pages_absent += step;
	else
		/* Nodes may lie one within the other. */
		step = page_to_nid(page) == nid ?
		       sweep_frame(sweep, page, pfn) : 1;
	return step;
}

static int sweep_node(const struct sweep *sweep, int nid)
{
	unsigned long pfn = node_start_pfn(nid), end = node_end_pfn(nid);
	struct qr_scan *scan = sweep->scan;
	unsigned int turns = 0;

	down_read(&online_lock);
	while (pfn < end && !qr_scan_stopped(scan)) {
		unsigned long step = sweep_pfn(sweep, nid, pfn, end);

		pfn += step;
		WRITE_ONCE(scan->done, scan->done + step);
		if (++turns % 64)
			continue;
		up_read(&online_lock);
		cond_resched();
		down_read(&online_lock);
	}
	up_read(&online_lock);
	return qr_scan_stopped(scan) ? -EINTR : 0;
}

static int sweep_nodes(const struct sweep *sweep)
{
	struct qr_scan *scan = sweep->scan;
	int nid, err = register_memory_notifier(&notifier);

	if (err)
		return err;
	WRITE_ONCE(scan->whole, 0);
	for_each_online_node(nid)
		WRITE_ONCE(scan->whole, scan->whole + node_end_pfn(nid) -
					node_start_pfn(nid));
	for_each_online_node(nid) {
		err = sweep_node(sweep, nid);
		if (err)
			break;
	}
	unregister_memory_notifier(&notifier);
	return err;
}

int qr_roots_scan(struct qr_scan *scan)
{
	struct sweep sweep = { .scan = scan };
	int err;

	qr_scrub();
	sweep.freelist = qr_freelist_get();
	err = qr_stacks_find(&sweep.stacks, scan);
	if (!err) {
		qr_stacks_scan(&sweep.stacks, scan);
		err = sweep_nodes(&sweep);
	}
	qr_stacks_free(&sweep.stacks);
	qr_freelist_put(sweep.freelist);
	return err;
}
