// SPDX-License-Identifier: GPL-2.0-only
/*
 * finding_ring.c - the findings kept.
 *
 * ring_lock (rank 5, a leaf) protects who has which place, and what is in
 * those that nobody has.  It is taken from any context; from NMI it is only
 * tried.  Who has claimed a place writes it, and prints from it, without the
 * lock: so nothing that large is on anybody's stack.
 */
#include <linux/kernel.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "finding.h"
#include "stack.h"

static DEFINE_RAW_SPINLOCK(ring_lock);
static struct qr_finding ring[QR_FINDING_RING];
/* Where the next one goes, if nobody has it. */
static unsigned int next;
static u64 last;

static struct qr_finding *claim_locked(void)
{
	struct qr_finding *finding;
	unsigned int i;

	for (i = 0; i < QR_FINDING_RING; i++) {
		finding = &ring[(next + i) % QR_FINDING_RING];
		/* Pairs with the release in qr_finding_release(). */
		if (smp_load_acquire(&finding->busy))
			continue;
		memset(finding, 0, sizeof(*finding));
		WRITE_ONCE(finding->busy, true);
		finding->nr = ++last;
		next = (next + i + 1) % QR_FINDING_RING;
		return finding;
	}
	return NULL;
}

struct qr_finding *qr_finding_claim(void)
{
	struct qr_finding *finding;
	unsigned long flags;

	if (qr_in_nmi()) {
		if (!raw_spin_trylock(&ring_lock))
			return NULL;
		finding = claim_locked();
		raw_spin_unlock(&ring_lock);
		return finding;
	}
	raw_spin_lock_irqsave(&ring_lock, flags);
	finding = claim_locked();
	raw_spin_unlock_irqrestore(&ring_lock, flags);
	return finding;
}

void qr_finding_release(struct qr_finding *finding)
{
	/* Pairs with the acquires in claim_locked() and is_whole(). */
	smp_store_release(&finding->busy, false);
}

static bool is_whole(const struct qr_finding *finding)
{
	/* Pairs with the release above. */
	return finding->nr && !smp_load_acquire(&finding->busy);
}

bool qr_finding_next(u64 nr, struct qr_finding *copy)
{
	const struct qr_finding *found = NULL;
	unsigned long flags;
	unsigned int i;

	raw_spin_lock_irqsave(&ring_lock, flags);
	for (i = 0; i < QR_FINDING_RING; i++)
		if (is_whole(&ring[i]) && ring[i].nr > nr &&
		    (!found || ring[i].nr < found->nr))
			found = &ring[i];
	if (found)
		*copy = *found;
	raw_spin_unlock_irqrestore(&ring_lock, flags);
	return found;
}

u64 qr_finding_last(void)
{
	unsigned long flags;
	u64 nr;

	raw_spin_lock_irqsave(&ring_lock, flags);
	nr = last;
	raw_spin_unlock_irqrestore(&ring_lock, flags);
	return nr;
}

static bool leads_through(const struct qr_finding *finding, unsigned long start,
			  unsigned long end)
{
	unsigned int i;

	for (i = 0; i < finding->nr_entries; i++)
		if (finding->entry[i] > start && finding->entry[i] <= end)
			return true;
	return false;
}

/* Claims the next one from place *@i on that leads through that code. */
static struct qr_finding *claim_retired(unsigned int *i, unsigned long start,
					unsigned long end)
{
	struct qr_finding *found = NULL;
	unsigned long flags;

	raw_spin_lock_irqsave(&ring_lock, flags);
	for (; !found && *i < QR_FINDING_RING; ++*i)
		if (is_whole(&ring[*i]) &&
		    leads_through(&ring[*i], start, end))
			found = &ring[*i];
	if (found)
		found->busy = true;
	raw_spin_unlock_irqrestore(&ring_lock, flags);
	return found;
}

/* Numbered chains keep their names, and there is time for that now. */
void qr_finding_retire(unsigned long start, unsigned long end)
{
	struct qr_finding *finding;
	unsigned int i = 0;

	while ((finding = claim_retired(&i, start, end))) {
		finding->stack = qr_stack_number(finding->entry,
						 finding->nr_entries);
		finding->nr_entries = 0;
		qr_finding_release(finding);
	}
}

void qr_finding_reset(void)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&ring_lock, flags);
	memset(ring, 0, sizeof(ring));
	next = 0;
	last = 0;
	raw_spin_unlock_irqrestore(&ring_lock, flags);
}
