// SPDX-License-Identifier: GPL-2.0-only
/*
 * check.c - invariants of a quiet cache: lists, counts, bitmaps, tags,
 * stamps and magazines of every slab agree with one another.
 *
 * Sums are taken under the locks; nothing is printed before they are dropped.
 */
#include <linux/bitmap.h>
#include <linux/cpumask.h>
#include <linux/percpu.h>

#include "qt.h"
#include "check.h"
#include "layout.h"
#include "magazine.h"
#include "slab.h"
#include "walk.h"

/* What was found by looking, against what the structures claim. */
struct sum {
	unsigned long slabs;
	unsigned long partial;
	unsigned long empty;
	unsigned long objects;
	unsigned long free;
	unsigned long pages;
	unsigned long live;
	/* Neither in the bitmap nor tagged: those that wait, too. */
	unsigned long cached;
	/* Found in magazines. */
	unsigned long in_magazines;
	/* First thing found wrong; NULL when all is well. */
	const char *fault;
	unsigned long at;
};

static void fault(struct sum *sum, const char *what, const void *at)
{
	if (sum->fault)
		return;
	sum->fault = what;
	sum->at = (unsigned long)at;
}

static void sum_objects(struct sum *sum, struct qr_slab *slab)
{
	u32 i;

	for (i = 0; i < slab->objects; i++) {
		bool tagged = qr_tag_read(qr_tag_at(slab, i), slab->level);
		struct qr_origin *origin = qr_slab_origin(slab, i);
		void *object = qr_slab_object(slab, i);

		if (qt_slab(object) != slab)
			fault(sum, "object on a page of another slab", object);
		if (origin && !origin->stack == tagged)
			fault(sum, "record and tag differ", object);
		if (test_bit(i, slab->free)) {
			sum->free++;
			if (qr_tag_raw(qr_tag_at(slab, i), slab->level))
				fault(sum, "tag of a FREE object set", object);
		} else if (tagged) {
			sum->live++;
		} else {
			sum->cached++;
		}
	}
}

static void sum_slab(struct sum *sum, struct qr_node *node,
		     struct qr_slab *slab)
{
	unsigned long free = sum->free;

	sum->slabs++;
	sum->objects += slab->objects;
	sum->pages += slab->nr_pages;
	if (slab->cache != node->cache)
		fault(sum, "slab of another cache", slab);
	if (slab->home != qr_slab_home(node->cache, node, slab->level,
				       slab->flags))
		fault(sum, "slab of another home", slab);
	if (slab->flags & QR_SLAB_DYING)
		fault(sum, "dying slab on a quiet node", slab);
	if (slab->pins)
		fault(sum, "pinned slab on a quiet node", slab);
	sum_objects(sum, slab);
	if (sum->free - free != slab->nr_free)
		fault(sum, "nr_free differs from the bitmap", slab);
	if (slab->flags & (QR_SLAB_FROZEN | QR_SLAB_STALE))
		return;
	if (slab->nr_free == slab->objects)
		sum->empty++;
	else if (slab->nr_free)
		sum->partial++;
}

static unsigned long list_length(struct sum *sum, struct list_head *head,
				 bool empty)
{
	struct qr_slab *slab;
	unsigned long length = 0;

	list_for_each_entry(slab, head, link) {
		length++;
		if (!slab->nr_free || (slab->nr_free == slab->objects) != empty)
			fault(sum, "slab on the wrong list", slab);
	}
	return length;
}

static void sum_entries(struct sum *sum, struct qr_node *node,
			const struct qr_entry *entry, unsigned int nr)
{
	for (; nr--; entry++) {
		struct qr_slab *slab = qt_slab(entry->object);
		u32 index;

		sum->in_magazines++;
		if (!slab || (node && qr_home_node(slab->home) != node)) {
			fault(sum, "foreign object cached", entry->object);
			continue;
		}
		index = qr_slab_index(slab, (unsigned long)entry->object);
		if (qr_slab_object(slab, index) != entry->object)
			fault(sum, "middle of an object cached", entry->object);
		if (qr_tag_at(slab, index) != entry->tag)
			fault(sum, "entry with another's tag", entry->object);
		if (!qr_entry_holds(entry, slab->level))
			fault(sum, "tag of a CACHED object set", entry->object);
	}
}

static void sum_depot(struct sum *sum, struct qr_node *node)
{
	unsigned long before = sum->in_magazines;
	struct qr_depot *depot = &node->depot;
	unsigned int full = 0, empty = 0;
	unsigned long flags;
	struct qr_mag *mag;

	raw_spin_lock_irqsave(&depot->lock, flags);
	for (mag = depot->full; mag; mag = mag->next) {
		full++;
		sum_entries(sum, node, mag->entry, mag->rounds);
	}
	for (mag = depot->empty; mag; mag = mag->next) {
		empty++;
		if (mag->rounds)
			fault(sum, "objects in an empty magazine", mag);
	}
	if (full != depot->nr_full || empty != depot->nr_empty)
		fault(sum, "depot miscounts its magazines", depot);
	if (sum->in_magazines - before != depot->nr_objects)
		fault(sum, "depot miscounts its objects", depot);
	raw_spin_unlock_irqrestore(&depot->lock, flags);
}

static void sum_node(struct sum *sum, struct qr_node *node)
{
	unsigned long partial = 0, empty = 0, flags;
	struct sum own = { 0 };
	struct qr_slab *slab;
	unsigned int list;

	raw_spin_lock_irqsave(&node->lock, flags);
	list_for_each_entry(slab, &node->all, all)
		sum_slab(&own, node, slab);
	for (list = 0; list < QR_NR_LISTS; list++) {
		partial += list_length(&own, &node->partial[list], false);
		empty += list_length(&own, &node->empty[list], true);
	}
	if (partial != own.partial || partial != node->nr_partial)
		fault(&own, "partial slabs miscounted", node);
	if (empty != own.empty || empty != node->nr_empty)
		fault(&own, "empty slabs miscounted", node);
	if (own.slabs != node->nr_slabs)
		fault(&own, "slabs miscounted", node);
	if (own.objects != node->nr_objects || own.free != node->nr_free)
		fault(&own, "objects miscounted", node);
	if (own.pages != node->nr_pages)
		fault(&own, "pages miscounted", node);
	raw_spin_unlock_irqrestore(&node->lock, flags);

	sum_depot(&own, node);
	sum->slabs += own.slabs;
	sum->objects += own.objects;
	sum->free += own.free;
	sum->pages += own.pages;
	sum->live += own.live;
	sum->cached += own.cached;
	sum->in_magazines += own.in_magazines;
	if (own.fault)
		fault(sum, own.fault, (void *)own.at);
}

static void sum_cpus(struct sum *sum, struct quarry_cache *cache)
{
	int cpu;

	if (!cache->cpus)
		return;
	/* Whoever drains may have closed it for a moment. */
	if (cache->cpu == cache->cpus && (cache->dead || cache->options))
		fault(sum, "gate of a quiet cache", cache);
	for_each_possible_cpu(cpu) {
		struct qr_cpu *pc = per_cpu_ptr(cache->cpus, cpu);
		struct qr_node *node = qr_home_node(pc->home[cache->level]);

		if (!node) {
			fault(sum, "home taken on a quiet CPU", pc);
			continue;
		}
		if (pc->bottom > pc->top || pc->top > pc->limit)
			fault(sum, "magazine out of bounds", pc);
		else
			sum_entries(sum, node, pc->bottom,
				    pc->top - pc->bottom);
		if (pc->previous)
			sum_entries(sum, node, pc->previous->entry,
				    pc->previous->rounds);
	}
}

static void check_counts(struct qt *t, struct quarry_cache *cache,
			 const struct sum *sum)
{
	struct qr_cache_count count;

	qr_cache_count(cache, &count);
	QT_EXPECT_EQ(t, count.slabs, sum->slabs);
	QT_EXPECT_EQ(t, count.pages, sum->pages);
	QT_EXPECT_EQ(t, count.objects, sum->objects);
	QT_EXPECT_EQ(t, count.free, sum->free);
	QT_EXPECT_EQ(t, count.live, sum->live);
	QT_EXPECT_EQ(t, count.cached + count.quarantined, sum->cached);
	QT_EXPECT_EQ(t, count.allocs - count.frees,
		     count.live + count.quarantined);
	QT_EXPECT_EQ(t, count.alloc_hits + count.alloc_misses, count.allocs);
	QT_EXPECT_EQ(t, count.free_hits + count.free_misses, count.frees);
	QT_EXPECT_EQ(t, count.live + count.cached + count.quarantined +
		     count.free, count.objects);
	QT_EXPECT_EQ(t, count.slabs_created - count.slabs_destroyed,
		     count.slabs);
	QT_EXPECT_LE(t, count.slabs, count.slabs_max);
	QT_EXPECT_LE(t, count.pages, count.pages_max);
	QT_EXPECT_LE(t, count.live + count.cached, count.out_max);
}

void qt_check_cache(struct qt *t, struct quarry_cache *cache)
{
	struct sum sum = { 0 };
	unsigned int nid;

	for (nid = 0; nid < nr_node_ids; nid++) {
		if (cache->node[nid])
			sum_node(&sum, cache->node[nid]);
	}
	sum_cpus(&sum, cache);
	if (sum.cached != sum.in_magazines + cache->quarantine.objects)
		fault(&sum, "objects neither FREE, CACHED nor LIVE", cache);
	if (sum.fault)
		qt_fail(t, "cache %s: %s (%#lx)", cache->name, sum.fault,
			sum.at);
	check_counts(t, cache, &sum);
}

void qt_check_heap(struct qt *t, struct quarry_heap *heap)
{
	unsigned int i;

	if (!heap)
		heap = qr_default_heap;
	for (i = 0; i < QR_NR_CLASSES; i++) {
		if (qr_heap_class_at(heap, i))
			qt_check_cache(t, qr_heap_class_at(heap, i));
	}
	if (heap->runs)
		qt_check_cache(t, heap->runs);
}

void qt_check_all(struct qt *t)
{
	struct quarry_cache *cache = NULL;

	/* Frees that wait for a grace period are somebody at work. */
	quarry_barrier();
	while ((cache = qr_walk_next_cache(cache)))
		qt_check_cache(t, cache);
}
