// SPDX-License-Identifier: GPL-2.0-only
/*
 * on_error.c - what a finding leads to beside its report: nothing, a slab that
 * is set aside for a crash dump, or the end.
 */
#include <linux/atomic.h>
#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/nodemask.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "finding.h"
#include "slab.h"

static const char * const names[] = {
	[QR_ON_ERROR_REPORT] = "report",
	[QR_ON_ERROR_PANIC] = "panic",
	[QR_ON_ERROR_FREEZE] = "freeze",
};

static_assert(ARRAY_SIZE(names) == QR_NR_ON_ERROR);

static unsigned int policy = QR_ON_ERROR_REPORT;
/* Times that magazines were to be emptied, and how many of them were. */
static atomic_t drains_wanted;
static int drains_done;

int qr_on_error_set(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		if (strcmp(name, names[i]))
			continue;
		WRITE_ONCE(policy, i);
		return 0;
	}
	return -EINVAL;
}

enum qr_on_error qr_on_error(void)
{
	return READ_ONCE(policy);
}

const char *qr_on_error_name(void)
{
	return names[qr_on_error()];
}

bool qr_on_error_is_fatal(const struct quarry_cache *cache)
{
	return qr_on_error() == QR_ON_ERROR_PANIC ||
	       (cache && (READ_ONCE(cache->options) & QUARRY_PANIC));
}

/* Whether @node has @slab, which may be none any more; then it is pinned. */
static bool slab_pin(struct qr_node *node, const struct qr_slab *slab)
{
	struct qr_slab *at;
	unsigned long flags;
	bool found = false;

	raw_spin_lock_irqsave(&node->lock, flags);
	list_for_each_entry(at, &node->all, all) {
		if (at != slab)
			continue;
		found = !(at->flags & QR_SLAB_DYING);
		at->pins += found;
		break;
	}
	raw_spin_unlock_irqrestore(&node->lock, flags);
	return found;
}

void qr_on_error_freeze(struct quarry_cache *cache, struct qr_slab *slab)
{
	int nid;

	for_each_node(nid) {
		if (!slab_pin(cache->node[nid], slab))
			continue;
		qr_slab_freeze(slab);
		qr_slab_unpin(slab);
		atomic_inc(&drains_wanted);
		qr_platform_reap();
		break;
	}
}

bool qr_on_error_drain_due(void)
{
	/* Pairs with the release below. */
	return atomic_read(&drains_wanted) != smp_load_acquire(&drains_done);
}

void qr_on_error_drain(void (*drain)(void))
{
	int wanted = atomic_read(&drains_wanted);

	if (wanted == drains_done)
		return;
	drain();
	/* Pairs with the acquire above. */
	smp_store_release(&drains_done, wanted);
}
