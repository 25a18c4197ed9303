// SPDX-License-Identifier: GPL-2.0-only
/*
 * owner.c - whose an address is, and what needs to know that: freeing an
 * object of any cache or heap after an RCU grace period.
 */
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/rcupdate.h>

#include "cache.h"
#include "layout.h"

static void free_rcu(struct rcu_head *head)
{
	struct qr_slab *slab = qr_page_slab(head);
	void *object;

	/* Freed by other means during the grace period. */
	if (unlikely(!slab)) {
		qr_cache_finding(NULL, QR_EVENT_DOUBLE_FREE, head, 0);
		return;
	}
	object = qr_slab_object(slab, qr_slab_index(slab, (unsigned long)head));
	if (slab->cache->heap)
		quarry_free(object);
	else
		quarry_cache_free(slab->cache, object);
}

/**
 * quarry_call_free_rcu() - the function behind quarry_free_rcu()
 * @head: RCU head inside the object, which is consumed
 *
 * Context: Any but NMI.
 */
void quarry_call_free_rcu(struct rcu_head *head)
{
	struct qr_slab *slab = qr_page_slab(head);

	if (unlikely(!slab || qr_slab_index(slab, (unsigned long)head) >=
			      slab->objects)) {
		qr_cache_finding(NULL, QR_EVENT_INVALID_FREE, head, _RET_IP_);
		return;
	}
	call_rcu(head, free_rcu);
}
EXPORT_SYMBOL_GPL(quarry_call_free_rcu);

/**
 * quarry_barrier() - wait for all quarry_free_rcu() calls made so far
 *
 * Context: Process, may sleep.
 */
void quarry_barrier(void)
{
	rcu_barrier();
}
EXPORT_SYMBOL_GPL(quarry_barrier);

/**
 * quarry_cache_of() - the cache whose memory an address lies in
 * @object: any address at all
 *
 * Context: Any.
 * Return: the cache, or %NULL when the address is in no slab of a cache that
 * somebody created by name.
 */
struct quarry_cache *quarry_cache_of(const void *object)
{
	struct qr_slab *slab = qr_page_slab(object);

	return slab && !slab->cache->heap ? slab->cache : NULL;
}
EXPORT_SYMBOL_GPL(quarry_cache_of);

/**
 * quarry_heap_of() - the heap whose memory an address lies in
 * @block: any address at all
 *
 * Context: Any.
 * Return: the heap, or %NULL.
 */
struct quarry_heap *quarry_heap_of(const void *block)
{
	struct qr_slab *slab = qr_page_slab(block);

	return slab ? slab->cache->heap : NULL;
}
EXPORT_SYMBOL_GPL(quarry_heap_of);
