// SPDX-License-Identifier: GPL-2.0-only
/*
 * magazine.c - magazines and the depots that hold them between CPUs (Bonwick
 * and Adams, "Magazines and Vmem", USENIX 2001).  Knows nothing of slabs: an
 * entry is an object and the place of its tag.  Takes the depot lock only.
 */
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/spinlock.h>

#include "magazine.h"
#include "meta.h"

/* Magazines taken out of a depot with its lock held, at most. */
#define AGE_BATCH	64U

static u64 floor_tag = ~0ULL;

struct qr_mag qr_no_mag = { .floor.tag = &floor_tag };

static size_t mag_bytes(unsigned int capacity)
{
	return sizeof(struct qr_mag) + capacity * sizeof(struct qr_entry);
}

struct qr_mag *qr_mag_alloc(unsigned int capacity, gfp_t gfp, int nid)
{
	struct qr_mag *mag = qr_meta_alloc(mag_bytes(capacity), gfp, nid);

	if (!mag)
		return NULL;
	mag->capacity = capacity;
	mag->floor.tag = &floor_tag;
	return mag;
}

void qr_mag_free(struct qr_mag *mag)
{
	qr_meta_free(mag, mag_bytes(mag->capacity));
}

size_t qr_mag_bytes(const struct qr_mag *mag)
{
	return qr_meta_size(mag_bytes(mag->capacity));
}

struct qr_mag *qr_mag_loaded(struct qr_cpu *cpu)
{
	struct qr_mag *mag;

	if (cpu->bottom == qr_no_mag.entry)
		return NULL;
	mag = container_of(cpu->bottom, struct qr_mag, entry[0]);
	mag->rounds = cpu->top - cpu->bottom;
	return mag;
}

void qr_mag_load(struct qr_cpu *cpu, struct qr_mag *mag)
{
	cpu->bottom = mag->entry;
	cpu->top = mag->entry + mag->rounds;
	cpu->limit = mag->entry + mag->capacity;
}

static unsigned long depot_lock(struct qr_depot *depot)
	__acquires(&depot->lock)
{
	unsigned long flags;

	if (raw_spin_trylock_irqsave(&depot->lock, flags))
		return flags;
	raw_spin_lock_irqsave(&depot->lock, flags);
	depot->contended++;
	return flags;
}

static void depot_unlock(struct qr_depot *depot, unsigned long flags)
	__releases(&depot->lock)
{
	raw_spin_unlock_irqrestore(&depot->lock, flags);
}

static struct qr_mag *mag_pop(struct qr_mag **list)
{
	struct qr_mag *mag = *list;

	if (mag)
		*list = mag->next;
	return mag;
}

static void mag_push(struct qr_mag **list, struct qr_mag *mag)
{
	mag->next = *list;
	*list = mag;
}

struct qr_mag *qr_depot_swap_empty(struct qr_depot *depot,
				   struct qr_mag **empty)
{
	unsigned long flags;
	struct qr_mag *mag;

	if (!READ_ONCE(depot->nr_full))
		return NULL;
	flags = depot_lock(depot);
	mag = mag_pop(&depot->full);
	if (mag) {
		WRITE_ONCE(depot->nr_full, depot->nr_full - 1);
		depot->low_full = min(depot->low_full, depot->nr_full);
		depot->nr_objects -= mag->rounds;
		depot->exchanges++;
		if (*empty && depot->nr_empty < READ_ONCE(depot->full_max)) {
			mag_push(&depot->empty, *empty);
			WRITE_ONCE(depot->nr_empty, depot->nr_empty + 1);
			*empty = NULL;
		}
	}
	depot_unlock(depot, flags);
	return mag;
}

struct qr_mag *qr_depot_swap_full(struct qr_depot *depot, struct qr_mag *full)
{
	struct qr_mag *mag = NULL;
	unsigned long flags;

	if (!READ_ONCE(depot->nr_empty) ||
	    READ_ONCE(depot->nr_full) >= READ_ONCE(depot->full_max))
		return NULL;
	flags = depot_lock(depot);
	if (depot->nr_full < READ_ONCE(depot->full_max))
		mag = mag_pop(&depot->empty);
	if (mag) {
		WRITE_ONCE(depot->nr_empty, depot->nr_empty - 1);
		depot->low_empty = min(depot->low_empty, depot->nr_empty);
		mag_push(&depot->full, full);
		WRITE_ONCE(depot->nr_full, depot->nr_full + 1);
		depot->nr_objects += full->rounds;
		depot->exchanges++;
	}
	depot_unlock(depot, flags);
	return mag;
}

bool qr_depot_put_empty(struct qr_depot *depot, struct qr_mag *mag)
{
	unsigned long flags = depot_lock(depot);
	bool room = depot->nr_empty < READ_ONCE(depot->full_max);

	if (room) {
		mag_push(&depot->empty, mag);
		WRITE_ONCE(depot->nr_empty, depot->nr_empty + 1);
	}
	depot_unlock(depot, flags);
	return room;
}

static struct qr_mag *chain(struct qr_mag *first, struct qr_mag *second)
{
	struct qr_mag *last = first;

	if (!first)
		return second;
	while (last->next)
		last = last->next;
	last->next = second;
	return first;
}

struct qr_mag *qr_depot_drain(struct qr_depot *depot)
{
	unsigned long flags = depot_lock(depot);
	struct qr_mag *full = depot->full, *empty = depot->empty;

	depot->full = NULL;
	depot->empty = NULL;
	WRITE_ONCE(depot->nr_full, 0);
	WRITE_ONCE(depot->nr_empty, 0);
	depot->low_full = 0;
	depot->low_empty = 0;
	depot->nr_objects = 0;
	depot_unlock(depot, flags);
	return chain(full, empty);
}

/*
 * Moves magazines that were not needed to @old, at most AGE_BATCH of them.
 * Returns whether there may be more; the next tick's count begins when not.
 */
static bool age_some(struct qr_depot *depot, struct qr_mag **old)
{
	unsigned long flags = depot_lock(depot);
	unsigned int room = AGE_BATCH;
	struct qr_mag *mag;

	for (; room && depot->low_full; room--, depot->low_full--) {
		mag = mag_pop(&depot->full);
		WRITE_ONCE(depot->nr_full, depot->nr_full - 1);
		depot->nr_objects -= mag->rounds;
		mag_push(old, mag);
	}
	for (; room && depot->low_empty; room--, depot->low_empty--) {
		mag_push(old, mag_pop(&depot->empty));
		WRITE_ONCE(depot->nr_empty, depot->nr_empty - 1);
	}
	if (room) {
		depot->low_full = depot->nr_full;
		depot->low_empty = depot->nr_empty;
	}
	depot_unlock(depot, flags);
	return !room;
}

struct qr_mag *qr_depot_age(struct qr_depot *depot)
{
	struct qr_mag *old = NULL;

	while (age_some(depot, &old))
		;
	return old;
}
