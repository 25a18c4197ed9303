// SPDX-License-Identifier: GPL-2.0-only
/*
 * module_heap.c - heaps of modules: what a module asks of the kernel's own
 * allocator comes from a heap of its name, where <quarry/slab.h> or the graft
 * sends it here.  Such a heap is made by the first call and stays as long as
 * quarry does, so nobody needs to hold it.
 */
#include <linux/err.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "chain.h"
#include "heap.h"
#include "module_heap.h"
#include "site.h"
#include "stack.h"
#include "walk.h"

/* Pinned by nobody: it stays.  NULL: there is none; -EEXIST: another's. */
static struct quarry_heap *find(const char *name)
{
	struct quarry_heap *heap = qr_walk_find_heap(name);

	if (!heap)
		return NULL;
	qr_walk_unpin_heap(heap);
	return heap->permanent ? heap : ERR_PTR(-EEXIST);
}

static struct quarry_heap *find_or_make(const char *name, gfp_t gfp)
{
	struct quarry_heap *heap = find(name);

	if (heap)
		return heap;
	heap = qr_heap_create(name, 0, true, gfp);
	/* Two may try it at once: then the second finds what the first made. */
	if (heap == ERR_PTR(-EEXIST))
		return find(name);
	/* The caller may hold any lock: its directory is made by another. */
	if (!IS_ERR(heap))
		qr_platform_reap();
	return heap;
}

static struct quarry_heap *heap_for(const char *module, gfp_t gfp)
{
	char other[QUARRY_NAME_MAX + 1];
	struct quarry_heap *heap;

	/* Who was interrupted may hold the lock of the names. */
	if (qr_in_nmi())
		return NULL;
	gfp = (gfp & (GFP_KERNEL | GFP_ATOMIC)) | __GFP_NOWARN;
	heap = find_or_make(module, gfp);
	/* Somebody has a heap of that name, and may destroy it. */
	if (heap == ERR_PTR(-EEXIST)) {
		scnprintf(other, sizeof(other), "%s.ko", module);
		heap = find_or_make(other, gfp);
	}
	return IS_ERR(heap) ? NULL : heap;
}

/**
 * quarry_module_heap() - the heap of a module, made if there is none yet
 * @cell: where the caller keeps it, %NULL as yet; written when it is there
 * @module: name of the module
 * @gfp: of the allocation that it is wanted for
 *
 * Its name is that of the module, with ".ko" behind it where somebody else has
 * a heap of that name; its limit, level and options are what parameters of
 * quarry give to that name, else no limit and the defaults.
 *
 * Context: Any.
 * Return: the heap, for as long as quarry is loaded; %NULL, which is the
 * default heap, where there is no memory for one, and in NMI.
 */
struct quarry_heap *quarry_module_heap(struct quarry_heap **cell,
				       const char *module, gfp_t gfp)
{
	struct quarry_heap *heap = heap_for(module, gfp);

	if (heap)
		WRITE_ONCE(*cell, heap);
	return heap;
}
EXPORT_SYMBOL_GPL(quarry_module_heap);

/* The module in "function+0x1/0x2 [module]"; false: it is in the kernel. */
static bool module_in(const char *text, char name[QUARRY_NAME_MAX + 1])
{
	const char *from = strrchr(text, '['), *to = strrchr(text, ']');

	if (!from || !to || to <= from || to - from > QUARRY_NAME_MAX)
		return false;
	strscpy(name, from + 1, to - from);
	return true;
}

struct quarry_heap *qr_module_heap_of(u64 tag, gfp_t gfp)
{
	const struct qr_site *site = qr_site_get(qr_tag_site(tag));
	char name[QUARRY_NAME_MAX + 1];
	struct quarry_heap *heap;

	if (!site)
		return NULL;
	heap = READ_ONCE(site->heap);
	if (heap || !module_in(site->func, name))
		return heap;
	heap = heap_for(name, gfp);
	if (heap)
		qr_site_set_heap(site->id, heap);
	return heap;
}

u64 qr_module_site(unsigned long caller)
{
	const struct qr_stack *stack;
	unsigned int i;

	if (likely(qr_platform_is_module(caller)))
		return qr_site_of_address(caller);
	stack = qr_stack_get(qr_chain_here(caller));
	for (i = 0; stack && i < stack->nr; i++)
		if (qr_platform_is_module(stack->entry[i]))
			return qr_site_of_address(stack->entry[i]);
	return qr_site_of_address(caller);
}

void qr_module_heaps_show(void)
{
	struct quarry_heap *heap = NULL;

	while ((heap = qr_walk_next_heap(heap)))
		if (heap->permanent && !heap->platform)
			qr_platform_add_heap(heap);
}

void qr_module_heap_gone(const char *module)
{
	struct quarry_heap *heap = find(module);

	if (!IS_ERR_OR_NULL(heap) && heap != qr_default_heap)
		qr_heap_drain(heap, true);
}
