// SPDX-License-Identifier: GPL-2.0-only
/*
 * slab.c - what the calls of <quarry/slab.h> do for blocks that are not just
 * calls of quarry: whatever may be the kernel's own is told apart here, and
 * passed on.
 */
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include <quarry/slab_calls.h>

#include "block.h"
#include "kfree.h"
#include "site.h"

/**
 * quarry_native_kmalloc() - a block of the kernel's own allocator
 * @size: bytes
 * @gfp: as for kmalloc()
 *
 * For what the kernel itself is going to free, in a driver whose kmalloc() is
 * quarry's.  Its kfree() takes it as well.
 *
 * Context: As kmalloc().
 * Return: the block, or %NULL.
 */
void *quarry_native_kmalloc(size_t size, gfp_t gfp)
{
	return kmalloc(size, gfp);
}
EXPORT_SYMBOL_GPL(quarry_native_kmalloc);

/**
 * __quarry_native_node() - the same on a NUMA node
 * @size: bytes
 * @gfp: as for kmalloc()
 * @node: the node wanted
 *
 * Context: As kmalloc().
 * Return: the block, or %NULL.
 */
void *__quarry_native_node(size_t size, gfp_t gfp, int node)
{
	return kmalloc_node(size, gfp, node);
}
EXPORT_SYMBOL_GPL(__quarry_native_node);

/**
 * quarry_kfree() - kfree() for a driver with blocks of both kinds
 * @block: a block of any heap, an object of any cache, a block of kmalloc();
 *	%NULL and %ZERO_SIZE_PTR are accepted
 *
 * Context: Any but NMI.
 */
void quarry_kfree(const void *block)
{
	if (!qr_kfree(block, _RET_IP_))
		kfree(block);
}
EXPORT_SYMBOL_GPL(quarry_kfree);

/**
 * quarry_kvfree() - kvfree() for a driver with blocks of both kinds
 * @block: as for quarry_kfree(), or a block of vmalloc()
 *
 * Context: As kvfree().
 */
void quarry_kvfree(const void *block)
{
	if (!qr_kfree(block, _RET_IP_))
		kvfree(block);
}
EXPORT_SYMBOL_GPL(quarry_kvfree);

/**
 * quarry_kfree_sensitive() - kfree_sensitive() for blocks of both kinds
 * @block: as for quarry_kfree()
 *
 * Context: Any but NMI.
 */
void quarry_kfree_sensitive(const void *block)
{
	if (qr_is_ours(block))
		quarry_free_sensitive(block);
	else
		kfree_sensitive(block);
}
EXPORT_SYMBOL_GPL(quarry_kfree_sensitive);

/**
 * quarry_kvfree_sensitive() - kvfree_sensitive() for blocks of both kinds
 * @block: as for quarry_kvfree()
 * @len: bytes that are wiped
 *
 * Context: As kvfree().
 */
void quarry_kvfree_sensitive(const void *block, size_t len)
{
	if (qr_is_ours(block))
		quarry_free_sensitive(block);
	else
		kvfree_sensitive(block, len);
}
EXPORT_SYMBOL_GPL(quarry_kvfree_sensitive);

/**
 * quarry_kfree_const() - kfree_const() for blocks of both kinds
 * @block: as for quarry_kfree(), or a constant of the kernel's
 *
 * Context: Any but NMI.
 */
void quarry_kfree_const(const void *block)
{
	if (!qr_kfree(block, _RET_IP_))
		kfree_const(block);
}
EXPORT_SYMBOL_GPL(quarry_kfree_const);

/**
 * quarry_kvfree_atomic() - kvfree_atomic() for blocks of both kinds
 * @block: as for quarry_kvfree()
 *
 * Context: Any but NMI.
 */
void quarry_kvfree_atomic(const void *block)
{
	if (!qr_kfree(block, _RET_IP_))
		qr_native_kvfree_atomic(block);
}
EXPORT_SYMBOL_GPL(quarry_kvfree_atomic);

/**
 * quarry_kfree_link() - kfree_link() for blocks of both kinds
 * @block: as for quarry_kfree()
 *
 * Context: Any but NMI.
 */
void quarry_kfree_link(void *block)
{
	quarry_kfree(block);
}
EXPORT_SYMBOL_GPL(quarry_kfree_link);

/**
 * quarry_kfree_bulk() - free several
 * @nr: how many
 * @blocks: each as for quarry_kfree()
 *
 * Context: Any but NMI.
 */
void quarry_kfree_bulk(size_t nr, void **blocks)
{
	while (nr--)
		if (!qr_kfree(blocks[nr], _RET_IP_))
			kfree(blocks[nr]);
}
EXPORT_SYMBOL_GPL(quarry_kfree_bulk);

/**
 * quarry_kvfree_call_rcu() - free after a grace period
 * @head: the RCU head inside @block, or %NULL: then it is waited for here
 * @block: as for quarry_kvfree()
 *
 * Context: Any but NMI; process, may sleep, without @head.
 */
void quarry_kvfree_call_rcu(struct rcu_head *head, void *block)
{
	if (!qr_is_ours(block)) {
		qr_native_kvfree_rcu(head, block);
	} else if (head) {
		quarry_call_free_rcu(head);
	} else {
		synchronize_rcu();
		quarry_kfree(block);
	}
}
EXPORT_SYMBOL_GPL(quarry_kvfree_call_rcu);

/**
 * quarry_ksize() - ksize() for blocks of both kinds
 * @block: as for quarry_kfree()
 *
 * Context: Any.
 * Return: bytes that the block really has.
 */
size_t quarry_ksize(const void *block)
{
	return qr_is_ours(block) ? quarry_usable_size(block) : ksize(block);
}
EXPORT_SYMBOL_GPL(quarry_ksize);

static bool is_native(const void *block)
{
	return !ZERO_OR_NULL_PTR(block) && !qr_is_ours(block);
}

/**
 * __quarry_krealloc() - krealloc() for blocks of both kinds
 * @heap: where a new block comes from
 * @block: as for quarry_kfree(); what is the kernel's own stays that
 * @size: bytes wanted
 * @gfp: as for kmalloc()
 * @site: static record of the call site
 *
 * Context: As @gfp says.
 * Return: as krealloc().
 */
void *__quarry_krealloc(struct quarry_heap *heap, const void *block,
			size_t size, gfp_t gfp, struct quarry_site *site)
{
	if (is_native(block))
		return krealloc(block, size, gfp);
	/* A block stays in the heap that it is of. */
	return __quarry_heap_realloc(ZERO_OR_NULL_PTR(block) ? heap : NULL,
				     (void *)block, size, gfp, site);
}
EXPORT_SYMBOL_GPL(__quarry_krealloc);

/**
 * __quarry_kvrealloc() - kvrealloc() for blocks of both kinds
 * @heap: where a new block comes from
 * @block: as for quarry_kvfree(); what is the kernel's own stays that
 * @old: bytes it has, where the kernel's own call is told, else not looked at
 * @size: bytes wanted
 * @gfp: as for kvmalloc()
 * @site: static record of the call site
 *
 * Context: As @gfp says.
 * Return: as kvrealloc().
 */
void *__quarry_kvrealloc(struct quarry_heap *heap, const void *block,
			 size_t old, size_t size, gfp_t gfp,
			 struct quarry_site *site)
{
	size_t usable = quarry_usable_size(block);
	void *fresh;

	if (is_native(block))
		return qr_native_kvrealloc(block, old, size, gfp);
	if (usable && (size <= usable || size <= QUARRY_CLASS_MAX))
		return __quarry_heap_realloc(NULL, (void *)block, size, gfp,
					     site);
	fresh = qr_block_kvalloc(heap, size, gfp, qr_site_tag(site), _RET_IP_);
	if (fresh && usable) {
		memcpy(fresh, block, usable);
		quarry_kfree(block);
	}
	return fresh;
}
EXPORT_SYMBOL_GPL(__quarry_kvrealloc);
