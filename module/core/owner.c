// SPDX-License-Identifier: GPL-2.0-only
/*
 * owner.c - whose an address is, and what needs to know that: freeing an
 * object of any cache or heap after an RCU grace period.
 */
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>

#include "cache.h"
#include "layout.h"

static void free_rcu(struct rcu_head *head)
{
	struct quarry_cache *cache = NULL;
	struct qr_slab *slab;
	void *object = head;
	u32 index;

	preempt_disable();
	slab = qr_page_slab(head);
	if (likely(slab)) {
		cache = slab->cache;
		index = qr_slab_index(slab, (unsigned long)head);
		object = qr_slab_object(slab, index);
	}
	preempt_enable();
	/* Freed by other means during the grace period. */
	if (unlikely(!cache))
		qr_cache_finding(NULL, QR_EVENT_DOUBLE_FREE, head, 0);
	else if (cache->heap)
		quarry_free(object);
	else
		quarry_cache_free(cache, object);
}

/* Whether @address lies in an object, of whatever state. */
static bool is_in_object(const void *address)
{
	struct qr_slab *slab;
	bool is;

	preempt_disable();
	slab = qr_page_slab(address);
	is = slab && qr_slab_index(slab, (unsigned long)address) <
		     slab->objects;
	preempt_enable();
	return is;
}

/**
 * quarry_call_free_rcu() - the function behind quarry_free_rcu()
 * @head: RCU head inside the object, which is consumed
 *
 * Context: Any but NMI.
 */
void quarry_call_free_rcu(struct rcu_head *head)
{
	if (unlikely(!is_in_object(head))) {
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
	struct quarry_cache *cache = NULL;
	struct qr_slab *slab;

	preempt_disable();
	slab = qr_page_slab(object);
	if (slab && !slab->cache->heap)
		cache = slab->cache;
	preempt_enable();
	return cache;
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
	struct quarry_heap *heap = NULL;
	struct qr_slab *slab;

	preempt_disable();
	slab = qr_page_slab(block);
	if (slab)
		heap = slab->cache->heap;
	preempt_enable();
	return heap;
}
EXPORT_SYMBOL_GPL(quarry_heap_of);
