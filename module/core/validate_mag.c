// SPDX-License-Identifier: GPL-2.0-only
/*
 * validate_mag.c - magazines checked, those of CPUs and of depots, and what
 * they hold collected.  Takes the depot's lock; the magazines of CPUs must be
 * closed, which drain.c sees to.
 */
#include <linux/bitops.h>
#include <linux/cpumask.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/percpu.h>
#include <linux/sort.h>
#include <linux/spinlock.h>

#include "layout.h"
#include "magazine.h"
#include "roots.h"
#include "slab.h"
#include "validate.h"

/* -------------------------------------------------------------- entries */

static int by_address(const void *a, const void *b)
{
	const struct qr_entry *x = a, *y = b;

	return x->object < y->object ? -1 : x->object > y->object;
}

const struct qr_entry *qr_validate_cached(const struct qr_validator *val,
					  const void *object)
{
	size_t from = 0, to = val->nr_entries;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (val->entry[middle].object == object)
			return &val->entry[middle];
		if (val->entry[middle].object < object)
			from = middle + 1;
		else
			to = middle;
	}
	return NULL;
}

/* An object on its way between @node and its CPUs. */
static void check_entry(struct qr_validator *val, struct qr_node *node,
			const struct qr_entry *entry)
{
	unsigned long home = qr_slab_home(val->cache, node, val->cache->level, 0);
	struct qr_slab *slab = qr_validate_slab_at(entry->object);
	unsigned long address = (unsigned long)entry->object;
	u32 index;

	val->result->cached++;
	if (!slab || slab->home != home) {
		qr_validate_note(val, "foreign object in a magazine",
				 entry->object, slab ? slab->home : 0, home);
		return;
	}
	index = qr_slab_index(slab, address);
	if (!qr_slab_exact(slab, address, index)) {
		qr_validate_note(val, "no object, in a magazine", entry->object,
				 index, slab->objects);
		return;
	}
	if (!qr_validate_same(val, "tag pointer in a magazine", entry->object,
			      (unsigned long)entry->tag,
			      (unsigned long)qr_tag_at(slab, index)))
		return;
	qr_validate_same(val, "tag of a CACHED object", entry->object,
			 qr_tag_raw(entry->tag, slab->level),
			 qr_entry_mark(entry, slab->level));
	if (val->nr_entries < val->max_entries)
		val->entry[val->nr_entries++] = *entry;
}

static void check_duplicates(struct qr_validator *val)
{
	size_t i;

	sort(val->entry, val->nr_entries, sizeof(*val->entry), by_address,
	     NULL);
	for (i = 1; i < val->nr_entries; i++)
		if (val->entry[i].object == val->entry[i - 1].object)
			qr_validate_note(val, "object twice in magazines",
					 val->entry[i].object, 2, 1);
}

/* ------------------------------------------------------------ magazines */

/* Whether @mag is one at all: whatever it is, asking does not fault. */
static bool is_magazine(const struct qr_mag *mag)
{
	unsigned long tag;

	return qr_load_nofault(&tag, (void *)&mag->floor.tag) &&
	       tag == (unsigned long)qr_no_mag.floor.tag && mag->capacity &&
	       mag->capacity <= QR_MAG_CAPACITY_MAX;
}

/* @rounds of it are valid.  Returns the bytes of metadata it takes. */
static unsigned long check_mag(struct qr_validator *val, struct qr_node *node,
			       const struct qr_mag *mag, u32 rounds)
{
	u32 i;

	if (!is_magazine(mag)) {
		qr_validate_note(val, "head of a magazine", mag, 0, 0);
		return 0;
	}
	val->result->magazines++;
	if (rounds > mag->capacity) {
		qr_validate_note(val, "rounds of a magazine", mag, rounds,
				 mag->capacity);
		return 0;
	}
	for (i = 0; i < rounds; i++)
		check_entry(val, node, &mag->entry[i]);
	return qr_mag_bytes(mag);
}

static unsigned long check_loaded(struct qr_validator *val,
				  struct qr_node *node,
				  const struct qr_cpu *cpu)
{
	const struct qr_mag *mag = container_of(cpu->bottom, struct qr_mag,
						entry[0]);
	size_t rounds = cpu->top - cpu->bottom;
	size_t capacity = cpu->limit - cpu->bottom;

	if (cpu->bottom == qr_no_mag.entry) {
		qr_validate_same(val, "rounds of no magazine", cpu,
				 rounds | capacity, 0);
		return 0;
	}
	if (rounds > capacity || capacity > QR_MAG_CAPACITY_MAX) {
		qr_validate_note(val, "bounds of a loaded magazine", cpu,
				 rounds, capacity);
		return 0;
	}
	if (is_magazine(mag) &&
	    !qr_validate_same(val, "capacity of a loaded magazine", cpu,
			      capacity, mag->capacity))
		return 0;
	return check_mag(val, node, mag, rounds);
}

/* Which node's, or NULL: every home but that of the level must be none. */
static struct qr_node *check_home(struct qr_validator *val,
				  const struct qr_cpu *cpu)
{
	struct quarry_cache *cache = val->cache;
	struct qr_node *node = NULL;
	unsigned int level;
	int nid;

	/* Told of already. */
	if (cache->level >= QR_NR_LEVELS)
		return NULL;
	for (level = 0; level < QR_NR_LEVELS; level++)
		if (level != cache->level)
			qr_validate_same(val, "home of a CPU at another level",
					 cpu, cpu->home[level], 0);
	for_each_node(nid)
		if (cpu->home[cache->level] ==
		    qr_home(cache->node[nid], cache->level))
			node = cache->node[nid];
	if (!node)
		qr_validate_note(val, "home of a CPU", cpu,
				 cpu->home[cache->level], 0);
	return node;
}

static unsigned long check_cpu(struct qr_validator *val,
			       const struct qr_cpu *cpu)
{
	struct qr_node *node = check_home(val, cpu);
	unsigned long bytes;

	if (!node)
		return 0;
	bytes = check_loaded(val, node, cpu);
	if (cpu->previous)
		bytes += check_mag(val, node, cpu->previous,
				   cpu->previous->rounds);
	return bytes;
}

/* --------------------------------------------------------------- depots */

/* A chain of @said magazines; @objects and @bytes are added to. */
static unsigned int check_chain(struct qr_validator *val, struct qr_node *node,
				const struct qr_mag *mag, bool full,
				unsigned int said, unsigned long *objects,
				unsigned long *bytes)
{
	/* More than it says and there may be: the chain has a loop. */
	unsigned int max = max(said, READ_ONCE(node->depot.full_max)) + 1;
	unsigned int nr = 0;

	for (; mag && nr < max; mag = mag->next, nr++) {
		if (!is_magazine(mag)) {
			qr_validate_note(val, "link of a depot", &node->depot,
					 (unsigned long)mag, 0);
			break;
		}
		qr_validate_same(val, "magazine among others in a depot", mag,
				 !mag->rounds, !full);
		*objects += mag->rounds;
		*bytes += check_mag(val, node, mag, mag->rounds);
	}
	return nr;
}

static unsigned long check_depot(struct qr_validator *val, struct qr_node *node)
{
	struct qr_depot *depot = &node->depot;
	unsigned long objects = 0, bytes = 0, flags;
	unsigned int full, empty;

	raw_spin_lock_irqsave(&depot->lock, flags);
	full = check_chain(val, node, depot->full, true, depot->nr_full,
			   &objects, &bytes);
	empty = check_chain(val, node, depot->empty, false, depot->nr_empty,
			    &objects, &bytes);
	qr_validate_same(val, "nr_full of a depot", depot, depot->nr_full,
			 full);
	qr_validate_same(val, "nr_empty of a depot", depot, depot->nr_empty,
			 empty);
	qr_validate_same(val, "nr_objects of a depot", depot,
			 depot->nr_objects, objects);
	qr_validate_same(val, "bounds of a depot", depot,
			 depot->low_full > full || depot->low_empty > empty, 0);
	raw_spin_unlock_irqrestore(&depot->lock, flags);
	return bytes;
}

/* ---------------------------------------------------------------- caches */

/* As the depot says, unless the node has not so many. */
static size_t depot_objects(struct qr_node *node)
{
	unsigned long flags;
	size_t nr, most;

	raw_spin_lock_irqsave(&node->depot.lock, flags);
	nr = node->depot.nr_objects;
	raw_spin_unlock_irqrestore(&node->depot.lock, flags);
	raw_spin_lock_irqsave(&node->lock, flags);
	most = node->nr_objects;
	raw_spin_unlock_irqrestore(&node->lock, flags);
	return min(nr, most);
}

/* Objects in magazines, at most: nothing is added while they are closed. */
static size_t count_entries(struct quarry_cache *cache)
{
	size_t nr = 0;
	int cpu, nid;

	for_each_possible_cpu(cpu)
		nr += 2 * QR_MAG_CAPACITY_MAX;
	for_each_node(nid)
		nr += depot_objects(cache->node[nid]);
	return nr;
}

bool qr_validate_magazines(struct qr_validator *val)
{
	struct quarry_cache *cache = val->cache;
	unsigned long bytes = 0;
	int cpu, nid;

	val->nr_entries = 0;
	val->nr_met = 0;
	val->max_entries = count_entries(cache);
	val->entry = kvmalloc_array(val->max_entries, sizeof(*val->entry),
				    GFP_KERNEL | __GFP_NOWARN);
	if (!val->entry)
		return false;
	for_each_possible_cpu(cpu)
		bytes += check_cpu(val, per_cpu_ptr(cache->cpus, cpu));
	for_each_node(nid)
		bytes += check_depot(val, cache->node[nid]);
	if (val->flags & QR_VALIDATE_QUIET)
		qr_validate_same(val, "bytes of magazines", cache,
				 atomic_long_read(&cache->mag_bytes), bytes);
	check_duplicates(val);
	return true;
}
