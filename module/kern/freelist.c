// SPDX-License-Identifier: GPL-2.0-only
/*
 * freelist.c - what the kernel's own allocator has free in a slab.
 *
 * A free object keeps the words of who had it last, which a scan cannot tell from
 * references.  SLUB links what is free: from the slab, and, until 6.18, from the CPU
 * that allocates from it.  The lists are read as they are, while everybody goes on
 * allocating.  One is believed if it has as many objects as the slab counts, each
 * where an object is and each once, and then ends; so what is in use is not taken
 * for free, but for what was free a moment ago.
 */
#include <linux/bitmap.h>
#include <linux/cpumask.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/percpu.h>

#include "freelist.h"
#include "internal.h"
#include "roots.h"
#include "scan.h"
#include "slub.h"

/* SLUB counts them in 15 bits. */
#define OBJECTS_MAX	32768
#define ANY		U32_MAX

/* Times to read a list that changes meanwhile. */
#define TRIES		4

struct qr_freelist {
	const struct qr_slub *slub;
	/* The slab that this is about: its first frame, and where it lies. */
	struct page *head;
	unsigned long base;
	u32 size;
	u32 objects;
	u32 offset;
	unsigned long random;
	void __percpu *lists;
	/* Objects begin so far into their places: after a redzone. */
	u32 pad;
	DECLARE_BITMAP(free, OBJECTS_MAX);
	DECLARE_BITMAP(linked, OBJECTS_MAX);
};

struct qr_freelist *qr_freelist_get(void)
{
	const struct qr_slub *slub = qr_slub_learn();
	struct qr_freelist *list;

	if (!slub)
		return NULL;
	list = qr_scan_memory_get(sizeof(*list));
	if (list)
		list->slub = slub;
	return list;
}

void qr_freelist_put(struct qr_freelist *list)
{
	qr_scan_memory_put(list, sizeof(*list));
}

/* The number of the object at @address; list->objects if none can be there. */
static u32 place(struct qr_freelist *list, unsigned long address)
{
	unsigned long at = address - list->base;

	if (at >= (unsigned long)list->size * list->objects)
		return list->objects;
	if (list->pad == ANY)
		list->pad = at % list->size;
	return at % list->size == list->pad ? at / list->size : list->objects;
}

/* Takes for free what is linked from @object on: that many, or ANY. */
static bool take(struct qr_freelist *list, unsigned long object, u32 wanted)
{
	u32 nr;

	bitmap_zero(list->linked, list->objects);
	for (nr = 0; object; nr++) {
		u32 i = place(list, object);
		unsigned long at = object + list->offset;

		if (nr == wanted || i == list->objects ||
		    __test_and_set_bit(i, list->linked))
			return false;
		object = qr_slub_next(qr_slub_load(at), list->random, at);
	}
	if (wanted != ANY && nr != wanted)
		return false;
	bitmap_or(list->free, list->free, list->linked, list->objects);
	return true;
}

/* True if it is taken, or is another slab's. */
static bool take_list_of_cpu(struct qr_freelist *list, unsigned int cpu)
{
	void *here = per_cpu_ptr(list->lists, cpu);
	unsigned long first = qr_slub_load((unsigned long)here);

	return place(list, first) == list->objects || take(list, first, ANY);
}

static void take_lists_of_cpus(struct qr_freelist *list)
{
	unsigned int cpu, try;

	for_each_online_cpu(cpu)
		for (try = 0; try < TRIES; try++)
			if (take_list_of_cpu(list, cpu))
				break;
}

static bool take_list_of_slab(struct qr_freelist *list)
{
	unsigned long at = (unsigned long)list->head + list->slub->list_at;
	unsigned long first = qr_slub_load(at);
	unsigned long counters = qr_slub_load(at + sizeof(long));
	u32 wanted = QR_SLUB_OBJECTS(counters) - QR_SLUB_INUSE(counters);

	return take(list, first, wanted) && qr_slub_load(at) == first &&
	       qr_slub_load(at + sizeof(long)) == counters;
}

/* What its cache tells of the slab, if it is one all the while. */
static bool ask_cache(struct qr_freelist *list)
{
	const struct qr_slub *slub = list->slub;
	unsigned long at = (unsigned long)list->head + slub->cache_at;
	unsigned long cache = qr_slub_load(at);

	if (!virt_addr_valid((void *)cache))
		return false;
	list->lists = (void __percpu *)qr_slub_load(cache);
	list->size = qr_slub_load(cache + slub->size_at);
	list->offset = qr_slub_load(cache + slub->offset_at);
	list->random = qr_slub_load(cache + slub->random_at);
	return PageSlab(list->head) && qr_slub_load(at) == cache;
}

/* Nothing is free yet. */
static bool begin(struct qr_freelist *list, struct page *head)
{
	unsigned long at = (unsigned long)head + list->slub->list_at;

	list->head = head;
	list->base = (unsigned long)page_address(head);
	list->objects = QR_SLUB_OBJECTS(qr_slub_load(at + sizeof(long)));
	list->pad = ANY;
	bitmap_zero(list->free, list->objects);
	return ask_cache(list) && list->size &&
	       list->size * (u64)list->objects <= page_size(head);
}

/* Returns how many objects are free. */
static u32 look_at(struct qr_freelist *list, struct page *head)
{
	unsigned int try;

	if (!begin(list, head)) {
		list->objects = 0;
		return 0;
	}
	for (try = 0; try < TRIES && !take_list_of_slab(list); try++)
		bitmap_zero(list->free, list->objects);
	if (list->slub->lists_of_cpus)
		take_lists_of_cpus(list);
	return bitmap_weight(list->free, list->objects);
}

/* The number of the object whose place @at is in; list->objects behind the last. */
static u32 place_around(const struct qr_freelist *list, unsigned long at)
{
	if (!list->objects)
		return 0;
	return min_t(unsigned long, (at - list->base) / list->size,
		     list->objects);
}

void qr_freelist_scan(struct qr_freelist *list, struct qr_scan *scan,
		      struct page *page)
{
	unsigned long at = (unsigned long)page_address(page);
	unsigned long end = at + PAGE_SIZE, next;

	/* Frame by frame the same slab; what is met again may be another. */
	if (list->head != compound_head(page) || list->head == page)
		scan->stats.slub_free += look_at(list, compound_head(page));
	for (; at < end; at = next) {
		u32 i = place_around(list, at);
		bool free = i < list->objects && test_bit(i, list->free);

		i = free ? find_next_zero_bit(list->free, list->objects, i) :
			   find_next_bit(list->free, list->objects, i);
		next = i < list->objects ?
		       min(list->base + (unsigned long)list->size * i, end) : end;
		if (free)
			qr_scan_free(scan, (void *)at, (void *)next);
		else
			qr_scan_root(scan, (void *)at, (void *)next);
	}
}
