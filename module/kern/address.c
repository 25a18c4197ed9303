// SPDX-License-Identifier: GPL-2.0-only
/*
 * address.c - what an address is that is in no slab of ours, as far as that
 * can be told without touching it: by the layout of the address space, and by
 * the frame behind it.
 */
#include <linux/mm.h>
#include <linux/memory_hotplug.h>
#include <linux/moduleparam.h>
#include <linux/page-flags.h>
#include <linux/sched/task_stack.h>
#include <linux/vmalloc.h>

#include "finding.h"
#include "internal.h"

static enum qr_address page_address_kind(struct page *page)
{
	unsigned long index = READ_ONCE(page->qr_page_index);
	struct page *head = compound_head(page);

	if (index == (unsigned long)QR_STAMP_META)
		return QR_ADDRESS_META;
	if (PageSlab(head))
		return QR_ADDRESS_OTHER_SLAB;
	if (PageBuddy(page) || !page_count(head))
		return QR_ADDRESS_FREE_PAGE;
	return QR_ADDRESS_OTHER_PAGE;
}

#if defined(CONFIG_X86_64) && !defined(CONFIG_UML)
/* The two halves have nothing between them; the image is in the upper one. */
static bool is_nonsense(unsigned long address)
{
	long top = (long)address >> __VIRTUAL_MASK_SHIFT;

	return top && top != -1;
}

static bool is_image(unsigned long address)
{
	return address - __START_KERNEL_map < KERNEL_IMAGE_SIZE;
}
#else
static bool is_nonsense(unsigned long address)
{
	return false;
}

static bool is_image(unsigned long address)
{
	return false;
}
#endif

bool qr_platform_is_module(unsigned long address)
{
#ifdef MODULES_VADDR
	return address >= MODULES_VADDR && address < MODULES_END;
#else
	return false;
#endif
}

enum qr_address qr_platform_address(unsigned long address)
{
	struct page *page;

	if (address < TASK_SIZE_MAX)
		return QR_ADDRESS_USER;
	if (is_nonsense(address))
		return QR_ADDRESS_NONSENSE;
	if (object_is_on_stack((void *)address))
		return QR_ADDRESS_STACK;
	if (is_image(address))
		return QR_ADDRESS_IMAGE;
	if (qr_platform_is_module(address))
		return QR_ADDRESS_MODULE;
	if (is_vmalloc_addr((void *)address))
		return vmalloc_to_page((void *)address) ? QR_ADDRESS_VMALLOC :
							  QR_ADDRESS_UNMAPPED;
	if (address < PAGE_OFFSET || address >= (unsigned long)high_memory)
		return QR_ADDRESS_UNMAPPED;
	page = pfn_to_online_page((address - PAGE_OFFSET) >> PAGE_SHIFT);
	return page ? page_address_kind(page) : QR_ADDRESS_UNMAPPED;
}
