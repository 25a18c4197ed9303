// SPDX-License-Identifier: GPL-2.0-only
/*
 * quarantine.c - freed objects of a cache wait in a queue, so that what is
 * written to them meanwhile is damage and not somebody else's.  Takes the lock
 * of the queue (rank 5, a leaf); what leaves it is looked at without.
 */
#include <linux/kernel.h>
#include <linux/spinlock.h>

#include "inspect.h"
#include "quarantine.h"
#include "slab.h"

static unsigned long bytes_of(const struct qr_check *check)
{
	return check->slab->size;
}

/* Takes those off the queue that are too many; linked, the oldest first. */
static struct qr_check *overflow(struct qr_quarantine *queue,
				 unsigned long limit)
	__must_hold(&queue->lock)
{
	struct qr_check *first = queue->oldest, *last = NULL;

	while (queue->oldest && queue->bytes > limit) {
		last = queue->oldest;
		queue->oldest = last->next;
		queue->bytes -= bytes_of(last);
		WRITE_ONCE(queue->objects, queue->objects - 1);
	}
	if (!last)
		return NULL;
	last->next = NULL;
	if (!queue->oldest)
		queue->newest = NULL;
	return first;
}

static void release(struct qr_check *check, struct list_head *doomed)
{
	while (check) {
		struct qr_check *next = check->next;

		check->next = NULL;
		qr_inspect_release(check, doomed);
		check = next;
	}
}

void qr_quarantine_add(struct quarry_cache *cache, struct qr_check *check,
		       struct list_head *doomed)
{
	struct qr_quarantine *queue = &cache->quarantine;
	struct qr_check *out;
	unsigned long flags;

	raw_spin_lock_irqsave(&queue->lock, flags);
	check->next = NULL;
	if (queue->newest)
		queue->newest->next = check;
	else
		queue->oldest = check;
	queue->newest = check;
	queue->bytes += bytes_of(check);
	WRITE_ONCE(queue->objects, queue->objects + 1);
	out = overflow(queue, READ_ONCE(qr_params.quarantine_bytes));
	raw_spin_unlock_irqrestore(&queue->lock, flags);
	release(out, doomed);
}

void qr_quarantine_flush(struct quarry_cache *cache, struct list_head *doomed)
{
	struct qr_quarantine *queue = &cache->quarantine;
	struct qr_check *out;
	unsigned long flags;

	raw_spin_lock_irqsave(&queue->lock, flags);
	out = overflow(queue, 0);
	raw_spin_unlock_irqrestore(&queue->lock, flags);
	release(out, doomed);
}
