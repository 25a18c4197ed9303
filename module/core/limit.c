// SPDX-License-Identifier: GPL-2.0-only
/*
 * limit.c - the budget of a heap, for its owner: how much it is, how much is
 * held, and the call that is made before anything is refused.  Takes
 * reclaim->lock (rank 5, a leaf), and calls the owner with no lock held.
 */
#include <linux/atomic.h>
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/printk.h>
#include <linux/spinlock.h>

#include "finding.h"
#include "limit.h"

/* --------------------------------------------------------------- limit */

/**
 * quarry_heap_set_limit() - change a heap's budget
 * @heap: the heap, borrowed; %NULL is the default heap
 * @limit_bytes: bytes of pages it may hold, 0 for no limit
 *
 * A limit below what is held takes nothing away: it refuses until enough is
 * freed.
 *
 * Context: Any.
 */
void quarry_heap_set_limit(struct quarry_heap *heap, size_t limit_bytes)
{
	heap = heap ?: qr_default_heap;
	if (!qr_heap_is_gone(heap, _RET_IP_))
		WRITE_ONCE(heap->budget.limit, limit_bytes);
}
EXPORT_SYMBOL_GPL(quarry_heap_set_limit);

/**
 * quarry_heap_limit() - a heap's budget
 * @heap: the heap, borrowed; %NULL is the default heap
 *
 * Context: Any.
 * Return: bytes, 0 for no limit.
 */
size_t quarry_heap_limit(const struct quarry_heap *heap)
{
	heap = heap ?: qr_default_heap;
	return READ_ONCE(heap->budget.limit);
}
EXPORT_SYMBOL_GPL(quarry_heap_limit);

/**
 * quarry_heap_held() - bytes of pages a heap holds now
 * @heap: the heap, borrowed; %NULL is the default heap
 *
 * Context: Any.
 * Return: bytes charged to the budget; descriptors and tags are not.
 */
size_t quarry_heap_held(const struct quarry_heap *heap)
{
	heap = heap ?: qr_default_heap;
	return atomic_long_read(&heap->budget.held);
}
EXPORT_SYMBOL_GPL(quarry_heap_held);

/* ------------------------------------------------------------- shrinker */

/* A call that is being made, on the stack of who makes it. */
struct qr_reclaimer {
	struct qr_reclaimer *next;
	u32 task;
};

void qr_reclaim_init(struct qr_reclaim *reclaim)
{
	raw_spin_lock_init(&reclaim->lock);
}

static u32 this_task(void)
{
	char comm[16];

	return qr_platform_task(comm);
}

static bool is_inside_locked(const struct qr_reclaim *reclaim, u32 task)
	__must_hold(&reclaim->lock)
{
	const struct qr_reclaimer *at;

	for (at = reclaim->now; at; at = at->next)
		if (at->task == task)
			return true;
	return false;
}

/* False: nobody is to be asked now. */
static bool enter(struct qr_reclaim *reclaim, struct qr_reclaimer *self,
		  unsigned long (**fn)(void *data, unsigned long bytes),
		  void **data)
{
	unsigned long flags;
	bool may;

	raw_spin_lock_irqsave(&reclaim->lock, flags);
	*fn = reclaim->fn;
	*data = reclaim->data;
	may = *fn && !is_inside_locked(reclaim, self->task);
	if (may) {
		self->next = reclaim->now;
		reclaim->now = self;
	}
	raw_spin_unlock_irqrestore(&reclaim->lock, flags);
	return may;
}

static void leave(struct qr_reclaim *reclaim, const struct qr_reclaimer *self)
{
	struct qr_reclaimer **at;
	unsigned long flags;

	raw_spin_lock_irqsave(&reclaim->lock, flags);
	for (at = &reclaim->now; *at != self; at = &(*at)->next)
		;
	*at = self->next;
	raw_spin_unlock_irqrestore(&reclaim->lock, flags);
}

unsigned long qr_reclaim_ask(struct qr_reclaim *reclaim, unsigned long bytes)
{
	struct qr_reclaimer self = { .task = this_task() };
	unsigned long (*fn)(void *data, unsigned long bytes);
	unsigned long given;
	void *data;

	/* Most heaps have nobody to ask. */
	if (!READ_ONCE(reclaim->fn) || !enter(reclaim, &self, &fn, &data))
		return 0;
	given = fn(data, bytes);
	leave(reclaim, &self);
	return given;
}

/* Whether somebody is being asked, other than in this task. */
static bool is_busy(struct qr_reclaim *reclaim)
{
	u32 task = this_task();
	unsigned long flags;
	bool busy;

	raw_spin_lock_irqsave(&reclaim->lock, flags);
	busy = reclaim->now && !is_inside_locked(reclaim, task);
	raw_spin_unlock_irqrestore(&reclaim->lock, flags);
	return busy;
}

/**
 * quarry_heap_set_shrinker() - be asked before the budget refuses
 * @heap: the heap, borrowed; %NULL is the default heap
 * @reclaim: frees blocks of @heap that can be done without, @bytes or more if
 *	it can, and returns about how many bytes these were, 0 for none; %NULL
 *	takes the one there is away, and waits until nobody is in it
 * @data: passed to @reclaim
 *
 * It is called in the context of a request that would pass the budget, if that
 * request may sleep and does not have %__GFP_NORETRY, with no lock of quarry's
 * held; on several CPUs at once, if it comes to that.  As with any shrinker of
 * the kernel's, a lock that it takes must not be held by who allocates from
 * @heap and may sleep.  It may allocate from @heap itself: what it asks for
 * then does not call it again.
 *
 * Context: Process, may sleep.
 * Return: 0, %-EBUSY when @heap has one already, or %-EINVAL when it was
 * destroyed.
 */
int quarry_heap_set_shrinker(struct quarry_heap *heap,
			     unsigned long (*reclaim)(void *data,
						      unsigned long bytes),
			     void *data)
{
	struct qr_reclaim *of;
	unsigned long flags;
	int err = 0;

	heap = heap ?: qr_default_heap;
	if (qr_heap_is_gone(heap, _RET_IP_))
		return -EINVAL;
	of = &heap->reclaim;
	raw_spin_lock_irqsave(&of->lock, flags);
	if (of->fn && reclaim) {
		err = -EBUSY;
	} else {
		WRITE_ONCE(of->fn, reclaim);
		of->data = data;
	}
	raw_spin_unlock_irqrestore(&of->lock, flags);
	if (err)
		pr_err("heap %s: it has a shrinker already\n", heap->name);
	while (!reclaim && is_busy(of))
		usleep_range(100, 1000);
	return err;
}
EXPORT_SYMBOL_GPL(quarry_heap_set_shrinker);
