// SPDX-License-Identifier: GPL-2.0-only
/*
 * scan_table.c - what lives when a scan begins: a table of all slabs, and the
 * tag and a byte of state of every object in them.  Slabs may come and go from
 * then on: the table names them and never follows them.  No locks.
 */
#include <linux/hash.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/sort.h>

#include "exempt.h"
#include "layout.h"
#include "moment.h"
#include "roots.h"
#include "scan.h"
#include "slab.h"
#include "walk.h"

/* No table takes that long to fill, jiffies. */
#define NEWBORN		(600U * HZ)

#define STALE_LONGS	BITS_TO_LONGS(BIT(QR_SCAN_STALE_BITS))

/* Times to try when more comes to live than there is room for. */
#define TRIES		5

/* --------------------------------------------------------------- memory */

static void *table_get(size_t nr, size_t size)
{
	return qr_scan_memory_get(max_t(size_t, nr, 1) * size);
}

static void table_put(void *table, size_t nr, size_t size)
{
	if (table)
		qr_scan_memory_put(table, max_t(size_t, nr, 1) * size);
}

static u32 nr_buckets(const struct qr_scan *scan)
{
	return 1U << scan->bucket_bits;
}

static struct qr_scan *scan_create(u32 slabs, u32 objects)
{
	struct qr_scan *scan = table_get(1, sizeof(*scan));

	if (!scan)
		return NULL;
	scan->max_slabs = slabs;
	scan->max_objects = objects;
	scan->bucket_bits = ilog2(roundup_pow_of_two(max(slabs, 32U))) + 1;
	scan->slab = table_get(slabs, sizeof(*scan->slab));
	scan->bucket = table_get(nr_buckets(scan), sizeof(u32));
	scan->tag = table_get(objects, sizeof(u64));
	scan->state = table_get(objects, 1);
	scan->todo = table_get(QR_SCAN_TODO_MAX, sizeof(u64));
	scan->stale = table_get(STALE_LONGS, sizeof(*scan->stale));
	if (scan->slab && scan->bucket && scan->tag && scan->state &&
	    scan->todo && scan->stale)
		return scan;
	qr_scan_table_destroy(scan);
	return NULL;
}

void qr_scan_table_destroy(struct qr_scan *scan)
{
	table_put(scan->slab, scan->max_slabs, sizeof(*scan->slab));
	table_put(scan->bucket, nr_buckets(scan), sizeof(u32));
	table_put(scan->tag, scan->max_objects, sizeof(u64));
	table_put(scan->state, scan->max_objects, 1);
	table_put(scan->todo, QR_SCAN_TODO_MAX, sizeof(u64));
	table_put(scan->stale, STALE_LONGS, sizeof(*scan->stale));
	table_put(scan->far, scan->max_far, sizeof(*scan->far));
	table_put(scan, 1, sizeof(*scan));
}

/* -------------------------------------------------------------- look-up */

u32 qr_scan_find(const struct qr_scan *scan, const struct qr_slab *slab)
{
	unsigned long hidden = qr_scan_hide(slab);
	u32 at = hash_long(hidden, scan->bucket_bits);

	for (;; at = (at + 1) & (nr_buckets(scan) - 1)) {
		u32 found = scan->bucket[at];

		if (!found || scan->slab[found - 1].hidden_slab == hidden)
			return found;
	}
}

bool qr_scan_knows(const struct qr_scan *scan, const struct qr_slab *slab)
{
	return qr_scan_find(scan, slab);
}

u32 qr_scan_next_far(const struct qr_scan *scan, unsigned long address)
{
	u32 from = 0, to = scan->nr_far;

	while (from < to) {
		u32 middle = from + (to - from) / 2;
		const struct qr_scan_far *far = &scan->far[middle];

		if (address < ~far->hidden + scan->slab[far->slab].size)
			to = middle;
		else
			from = middle + 1;
	}
	return from;
}

u32 qr_scan_find_far(const struct qr_scan *scan, unsigned long address)
{
	u32 next = qr_scan_next_far(scan, address);

	if (next == scan->nr_far || address < ~scan->far[next].hidden)
		return 0;
	return scan->far[next].slab + 1;
}

/* --------------------------------------------------------------- filling */

struct fill {
	struct qr_scan *scan;
	/* Counted in any case, so that it is known how much there is. */
	u64 slabs;
	u64 objects;
	u32 nr_far;
};

/* Born little before the scan began, or after. */
static bool is_young(const struct qr_scan *scan, u32 birth)
{
	return scan->now - birth < scan->min_age ||
	       birth - scan->now - 1 < NEWBORN;
}

static u8 state_of(const struct qr_scan *scan, const struct qr_slab *slab,
		   u32 index, u64 tag)
{
	unsigned long address = (unsigned long)qr_slab_object(slab, index);
	u32 site = 0;
	u8 state = QR_SCAN_LIVE;

	if (slab->level != QUARRY_LEVEL_OFF) {
		site = qr_tag_site(tag);
		if (is_young(scan, qr_tag_birth(tag)))
			state |= QR_SCAN_ROOT;
	}
	switch (qr_exempt_of(address, tag, site)) {
	case QR_EXEMPT_NOT_LEAK:
		return state | QR_SCAN_ROOT;
	case QR_EXEMPT_IGNORE:
		return (state & ~QR_SCAN_ROOT) | QR_SCAN_IGNORED;
	default:
		return state;
	}
}

static void bucket_add(struct qr_scan *scan, u32 number)
{
	u32 at = hash_long(scan->slab[number].hidden_slab, scan->bucket_bits);

	while (scan->bucket[at])
		at = (at + 1) & (nr_buckets(scan) - 1);
	scan->bucket[at] = number + 1;
}

static void fill_objects(struct qr_scan *scan, const struct qr_slab *slab,
			 u32 first)
{
	u32 i;

	for (i = 0; i < slab->objects; i++) {
		u64 tag = qr_tag_read(qr_tag_at(slab, i), slab->level);

		if (!tag)
			continue;
		scan->tag[first + i] = tag;
		scan->state[first + i] = state_of(scan, slab, i, tag);
	}
}

static void fill_slab(struct qr_slab *slab, void *data)
{
	struct fill *fill = data;
	struct qr_scan *scan = fill->scan;
	u32 number = fill->slabs, first = fill->objects;
	u8 flags = qr_slab_flags(slab);

	fill->slabs++;
	fill->objects += slab->objects;
	if (!scan || fill->slabs > scan->max_slabs ||
	    fill->objects > scan->max_objects)
		return;
	scan->slab[number] = (struct qr_scan_slab) {
		.hidden_slab = qr_scan_hide(slab),
		.hidden = ~slab->base,
		.hidden_tags = ~(unsigned long)slab->tags,
		.reciprocal = slab->reciprocal,
		.size = slab->size,
		.bytes = qr_slab_bytes(slab),
		.objects = slab->objects,
		.first = first,
		.level = slab->level,
		.heap = flags & QR_SLAB_HEAP,
		.far = flags & QR_SLAB_VIRT,
	};
	fill->nr_far += !!(flags & QR_SLAB_VIRT);
	scan->nr_slabs = number + 1;
	scan->nr_objects = fill->objects;
	bucket_add(scan, number);
	fill_objects(scan, slab, first);
}

/* False without a table, and when it is too small. */
static bool fill_all(struct fill *fill)
{
	fill->slabs = 0;
	fill->objects = 0;
	fill->nr_far = 0;
	qr_walk_all(fill_slab, fill);
	return fill->scan && fill->slabs <= fill->scan->max_slabs &&
	       fill->objects <= fill->scan->max_objects;
}

/* ----------------------------------------------------------------- bounds */

/* Room for @address to @end; the first bound is before what may be met. */
static void bounds_add(unsigned long *from, unsigned long *bytes,
		       unsigned long address, unsigned long end)
{
	unsigned long last = *bytes ? *from + *bytes : end;

	*from = *bytes ? min(*from, address - 1) : address - 1;
	*bytes = max(last, end) - *from;
}

/* Complements turn the order round. */
static int by_address(const void *a, const void *b)
{
	const struct qr_scan_far *x = a, *y = b;

	return x->hidden > y->hidden ? -1 : x->hidden < y->hidden;
}

static bool bounds_make(struct qr_scan *scan, u32 nr_far)
{
	u32 i;

	scan->far = table_get(nr_far, sizeof(*scan->far));
	scan->max_far = nr_far;
	if (!scan->far)
		return false;
	for (i = 0; i < scan->nr_slabs; i++) {
		const struct qr_scan_slab *entry = &scan->slab[i];
		unsigned long base = qr_scan_address(entry, 0);
		unsigned long end = qr_scan_address(entry, entry->objects);

		if (!entry->far) {
			bounds_add(&scan->near_from, &scan->near_bytes, base,
				   end);
			continue;
		}
		bounds_add(&scan->far_from, &scan->far_bytes, base, end);
		scan->far[scan->nr_far++] = (struct qr_scan_far) {
			.hidden = entry->hidden, .slab = i,
		};
	}
	sort(scan->far, scan->nr_far, sizeof(*scan->far), by_address, NULL);
	return true;
}

struct qr_scan *qr_scan_table_create(unsigned int min_age)
{
	struct fill fill = { };
	unsigned int try;

	for (try = 0; try < TRIES; try++) {
		struct qr_scan *scan;

		fill.scan = NULL;
		fill_all(&fill);
		if (fill.objects + fill.objects / 4 > U32_MAX / 2)
			return NULL;
		scan = scan_create(fill.slabs + fill.slabs / 4 + 64,
				   fill.objects + fill.objects / 4 + 1024);
		if (!scan)
			return NULL;
		scan->now = (u32)qr_moment() - 1;
		scan->min_age = min_age;
		fill.scan = scan;
		qr_exempt_begin();
		if (fill_all(&fill) && bounds_make(scan, fill.nr_far)) {
			qr_exempt_end();
			return scan;
		}
		qr_scan_table_destroy(scan);
	}
	return NULL;
}
