// SPDX-License-Identifier: GPL-2.0-only
/*
 * pointers.c - where in memory there is a pointer into a noted object: what to
 * look at when a verdict is not the expected one.  Unlike a scan it tells
 * neither dead stacks nor quarry's own tables from the rest; frames that are
 * free or user space's are left out.
 */
#include <linux/mm.h>
#include <linux/memory_hotplug.h>
#include <linux/page-flags.h>
#include <linux/sched/task_stack.h>
#include <linux/seq_file.h>
#include <linux/uaccess.h>

#include "tour.h"

/* Words shown around a pointer, on each side. */
#define AROUND	4

static bool load(unsigned long *value, const unsigned long *at)
{
	__get_kernel_nofault(value, at, unsigned long, fault);
	return true;
fault:
	return false;
}

static void show_word(struct seq_file *seq, const struct page *page,
		      const unsigned long *at, unsigned long value)
{
	unsigned long word;
	int i;

	seq_printf(seq, "0x%lx at 0x%px%s, references %d, flags 0x%lx, private 0x%lx\n",
		   value, at, PageSlab(compound_head((struct page *)page)) ?
		   " of SLUB" : "", page_count(page),
		   *(unsigned long *)&page->flags, page->private);
	for (i = -AROUND; i <= AROUND; i++)
		if (load(&word, at + i))
			seq_printf(seq, "  %+d 0x%016lx %pS\n", i, word,
				   (void *)word);
}

/* Whoever reads has copies on its stack. */
static bool is_own_stack(struct page *page)
{
	unsigned long at = (unsigned long)task_stack_page(current);
	unsigned long end = at + THREAD_SIZE;

	for (; at < end; at += PAGE_SIZE)
		if (is_vmalloc_addr((void *)at) &&
		    vmalloc_to_page((void *)at) == page)
			return true;
	return false;
}

static bool is_searched(struct page *page)
{
	struct page *head = compound_head(page);

	if (PageBuddy(page) || PageHWPoison(page))
		return false;
	/* Since 6.14 they have no reference. */
	if (PageSlab(head))
		return true;
	return page_count(head) && !PageLRU(head) && !PageTable(page);
}

static void search_page(struct seq_file *seq, struct page *page)
{
	const unsigned long *at = page_address(page);
	const unsigned long *end = (void *)at + PAGE_SIZE;
	unsigned long value;

	for (; at < end; at++) {
		if (!load(&value, at))
			return;
		if (value >= PAGE_OFFSET && notes_have(value) &&
		    !is_own_stack(page))
			show_word(seq, page, at, value);
	}
}

int pointers_show(struct seq_file *seq, void *unused)
{
	unsigned long pfn;
	int nid;

	seq_puts(seq, "# quarry_tour pointers v1\n");
	for_each_online_node(nid)
		for (pfn = node_start_pfn(nid); pfn < node_end_pfn(nid); pfn++) {
			struct page *page = pfn_to_online_page(pfn);

			if (page && is_searched(page))
				search_page(seq, page);
			cond_resched();
		}
	return 0;
}
