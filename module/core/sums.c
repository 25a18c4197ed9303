// SPDX-License-Identifier: GPL-2.0-only
/*
 * sums.c - live objects added up by call site.  Tags are read as they are,
 * without a lock; a walk sees each of them once.
 */
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/sort.h>
#include <linux/string.h>

#include "inject.h"
#include "layout.h"
#include "site.h"
#include "slab.h"
#include "sums.h"
#include "walk.h"

int qr_site_sums_init(struct qr_site_sums *sums)
{
	u32 i;

	/* Sites numbered after this are not seen: they did not live yet. */
	sums->nr = qr_site_count() + 1;
	sums->sum = qr_buffer_zalloc(sums->nr, sizeof(*sums->sum), GFP_KERNEL);
	if (!sums->sum)
		return -ENOMEM;
	for (i = 0; i < sums->nr; i++)
		sums->sum[i].site = i;
	sums->dated = false;
	sums->undated = 0;
	return 0;
}

int qr_site_sums_init_since(struct qr_site_sums *sums, unsigned long from)
{
	int err = qr_site_sums_init(sums);

	sums->dated = true;
	sums->from = from;
	return err;
}

void qr_site_sums_free(struct qr_site_sums *sums)
{
	kvfree(sums->sum);
	sums->sum = NULL;
	sums->nr = 0;
}

/*
 * Of two times that both wrap, how long after @from is what tells: a birth
 * before it looks like one in the far future.
 */
static bool born_since(unsigned long from, u64 tag)
{
	/* Read after the tag, so that no birth is later. */
	unsigned long passed = jiffies - from;

	/* Longer ago than births can tell. */
	if (passed > U32_MAX)
		return true;
	return qr_tag_birth(tag) - (u32)from <= (u32)passed;
}

static bool is_wanted(struct qr_site_sums *sums, const struct qr_slab *slab,
		      u64 tag)
{
	if (!sums->dated)
		return true;
	if (slab->level != QUARRY_LEVEL_OFF)
		return born_since(sums->from, tag);
	sums->undated++;
	return false;
}

static void sum_object(struct qr_site_sums *sums, const struct qr_slab *slab,
		       u64 tag)
{
	bool has_site = slab->level != QUARRY_LEVEL_OFF;
	bool has_slack = has_site && (qr_slab_flags(slab) & QR_SLAB_HEAP);
	u32 site = has_site ? qr_tag_site(tag) : 0;
	u32 bytes = qr_slab_bytes(slab);
	struct qr_site_sum *sum;

	if (site >= sums->nr || !is_wanted(sums, slab, tag))
		return;
	sum = &sums->sum[site];
	if (has_site && (!sum->objects ||
			 (s32)(qr_tag_birth(tag) - sum->oldest) < 0))
		sum->oldest = qr_tag_birth(tag);
	sum->objects++;
	sum->given += slab->size;
	sum->asked += bytes - (has_slack ? qr_tag_slack(tag, bytes) : 0);
}

static void sum_slab(struct qr_slab *slab, void *data)
{
	struct qr_site_sums *sums = data;
	u32 i;

	for (i = 0; i < slab->objects; i++) {
		u64 tag = qr_tag_read(qr_tag_at(slab, i), slab->level);

		if (tag)
			sum_object(sums, slab, tag);
	}
}

void qr_site_sums_add_cache(struct qr_site_sums *sums,
			    struct quarry_cache *cache)
{
	qr_walk_slabs(cache, sum_slab, sums);
}

void qr_site_sums_add_heap(struct qr_site_sums *sums, struct quarry_heap *heap)
{
	unsigned int i;

	for (i = 0; i < QR_NR_CLASSES; i++) {
		struct quarry_cache *cache;

		cache = qr_heap_class_at(heap, i);
		if (cache)
			qr_site_sums_add_cache(sums, cache);
	}
	qr_site_sums_add_cache(sums, heap->runs);
}

void qr_site_sums_add_all(struct qr_site_sums *sums)
{
	qr_walk_all(sum_slab, sums);
}

static int more_bytes_first(const void *a, const void *b)
{
	const struct qr_site_sum *x = a, *y = b;

	if (x->given != y->given)
		return x->given < y->given ? 1 : -1;
	return x->site < y->site ? -1 : x->site > y->site;
}

void qr_site_sums_sort(struct qr_site_sums *sums)
{
	u32 from, to = 0;

	for (from = 0; from < sums->nr; from++)
		if (sums->sum[from].objects)
			sums->sum[to++] = sums->sum[from];
	sums->nr = to;
	sort(sums->sum, to, sizeof(*sums->sum), more_bytes_first, NULL);
}
