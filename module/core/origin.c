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
#include <linux/sched.h>
#include <linux/string.h>

#include "chain.h"
#include "origin.h"
#include "slab.h"

/* @object tells the call site, which its tag has already. */
static void origin_now(struct qr_origin *now, const void *object)
{
	struct qr_slab *slab = qr_page_slab(object);
	u32 index = qr_slab_index(slab, (unsigned long)object);

	now->time_ns = qr_time_ns();
	now->cpu = raw_smp_processor_id();
	now->pid = qr_platform_task(now->comm);
	now->stack = qr_chain_here(qr_tag_site(READ_ONCE(slab->tags[index])));
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

static struct qr_origin *origin_of(const void *object)
{
	struct qr_slab *slab = qr_page_slab(object);

	return qr_origin_place(slab, qr_slab_index(slab, (unsigned long)object));
}

noinline void qr_origin_write(const void *object)
{
	struct qr_origin now;

	origin_now(&now, object);
	origin_store(origin_of(object), &now);
}

noinline void qr_origin_write_all(void *const *objects, size_t nr)
{
	struct qr_origin now;
	size_t i;

	if (!nr)
		return;
	origin_now(&now, objects[0]);
	for (i = 0; i < nr; i++)
		origin_store(origin_of(objects[i]), &now);
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
