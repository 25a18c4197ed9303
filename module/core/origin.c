// SPDX-License-Identifier: GPL-2.0-only
/*
 * origin.c - who allocated an object of level stack: process, CPU, time and
 * call chain, beside its tag.  Takes no locks.
 *
 * One writer at a time, the object's owner; readers look at any time.  What
 * frees an object clears its chain before anybody else can have it, so a reader
 * that finds the same chain and time before and after has read one owner's.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "chain.h"
#include "origin.h"
#include "slab.h"

static void origin_now(struct qr_origin *now, u64 tag)
{
	now->time_ns = qr_time_ns();
	now->cpu = raw_smp_processor_id();
	now->pid = qr_platform_task(now->comm);
	now->stack = qr_chain_here(qr_tag_site(tag));
}

/*
 * Whoever sees any of the first ones sees the chain cleared, as it was before;
 * whoever sees the chain sees them all: see qr_origin_read().
 */
static void origin_store(struct qr_origin *at, const struct qr_origin *now)
{
	/* Each pairs with smp_rmb() there. */
	smp_store_release(&at->time_ns, now->time_ns);
	/* So does this, */
	smp_store_release(&at->comm_words[0], now->comm_words[0]);
	/* and this, */
	smp_store_release(&at->comm_words[1], now->comm_words[1]);
	/* and this, */
	smp_store_release(&at->pid, now->pid);
	/* and this. */
	smp_store_release(&at->cpu, now->cpu);
	/* Pairs with the acquire there. */
	smp_store_release(&at->stack, now->stack);
}

/* Its slab may have gone meanwhile: see slow.c. */
static void origin_store_of(const void *object, const struct qr_origin *now)
{
	struct qr_origin *at = NULL;
	struct qr_slab *slab;
	u32 index;

	preempt_disable();
	slab = qr_page_slab(object);
	if (likely(slab)) {
		index = qr_slab_index(slab, (unsigned long)object);
		at = qr_slab_origin(slab, index);
	}
	if (likely(at))
		origin_store(at, now);
	preempt_enable();
}

noinline void qr_origin_write(const void *object, u64 tag)
{
	struct qr_origin now;

	origin_now(&now, tag);
	origin_store_of(object, &now);
}

noinline void qr_origin_write_all(void *const *objects, size_t nr, u64 tag)
{
	struct qr_origin now;
	size_t i;

	if (!nr)
		return;
	origin_now(&now, tag);
	for (i = 0; i < nr; i++)
		origin_store_of(objects[i], &now);
}

bool qr_origin_read(const struct qr_slab *slab, u32 index,
		    struct qr_origin *copy)
{
	const struct qr_origin *at = qr_slab_origin(slab, index);

	if (!at)
		return false;
	/* Pairs with the last release in origin_store(). */
	copy->stack = smp_load_acquire(&at->stack);
	copy->time_ns = READ_ONCE(at->time_ns);
	copy->comm_words[0] = READ_ONCE(at->comm_words[0]);
	copy->comm_words[1] = READ_ONCE(at->comm_words[1]);
	copy->pid = READ_ONCE(at->pid);
	copy->cpu = READ_ONCE(at->cpu);
	/* Pairs with the other releases there. */
	smp_rmb();
	return copy->stack && copy->stack == READ_ONCE(at->stack) &&
	       copy->time_ns == READ_ONCE(at->time_ns);
}
