// SPDX-License-Identifier: GPL-2.0-only
/*
 * report_heap.c - the files about heaps: heaps, and of each heap stats and
 * classes.
 */
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "cache.h"
#include "report.h"
#include "sink.h"
#include "sums.h"
#include "walk.h"

/* What a heap holds, all classes and runs together. */
struct heap_count {
	unsigned long blocks;
	u64 asked;
	u64 given;
	/* Pages, which is what the budget counts. */
	u64 held;
	/* With descriptors, tags and magazines. */
	u64 total;
	struct qr_cache_count count;
};

/* Acquire pairs with the release that publishes a class on first use. */
struct quarry_cache *qr_report_heap_cache(struct quarry_heap *heap,
					  unsigned int *index)
{
	struct quarry_cache *cache;

	while (*index < QR_NR_CLASSES) {
		/* See above. */
		cache = qr_heap_class_at(heap, (*index)++);
		if (cache)
			return cache;
	}
	if ((*index)++ > QR_NR_CLASSES)
		return NULL;
	/* See above. */
	return smp_load_acquire(&heap->runs);
}

/* 0, or -ENOMEM when the live blocks cannot be counted. */
static int heap_count(struct quarry_heap *heap, struct heap_count *count)
{
	struct qr_cache_count one;
	struct quarry_cache *cache;
	struct qr_site_sums sums;
	unsigned int index = 0;
	u32 i;
	int err;

	memset(count, 0, sizeof(*count));
	err = qr_site_sums_init(&sums);
	if (err)
		return err;
	qr_site_sums_add_heap(&sums, heap);
	for (i = 0; i < sums.nr; i++) {
		count->blocks += sums.sum[i].objects;
		count->asked += sums.sum[i].asked;
		count->given += sums.sum[i].given;
	}
	qr_site_sums_free(&sums);
	while ((cache = qr_report_heap_cache(heap, &index))) {
		qr_cache_count(cache, &one);
		qr_count_add(&count->count, &one);
	}
	/* Never less than what lives in it, even while it moves. */
	count->held = max_t(u64, count->given,
			    atomic_long_read(&heap->budget.held));
	count->total = count->held + count->count.meta_bytes;
	return 0;
}

/* What is held beyond what was asked for, in percent. */
static const char *heap_waste(const struct heap_count *count, char *buf)
{
	return qr_percent(buf, count->total - count->asked, count->total);
}

static int names_width(void)
{
	struct quarry_heap *heap = NULL;
	int width = 4;

	while ((heap = qr_walk_next_heap(heap)))
		width = max_t(int, width, strlen(heap->name));
	return width;
}

static void heap_row(struct qr_sink *sink, int width, struct quarry_heap *heap)
{
	unsigned long limit_bytes = READ_ONCE(heap->budget.limit);
	char waste[QR_PERCENT_TEXT], limit[24];
	struct heap_count count;
	int err = heap_count(heap, &count);

	if (err) {
		sink->error = err;
		return;
	}
	scnprintf(limit, sizeof(limit), limit_bytes ? "%lu" : "-", limit_bytes);
	qr_sink_printf(sink,
		       "%-*s %12s %12llu %16lu %11lu %11lu %12llu %12llu %9s %8lu %5s %s\n",
		       width, heap->name, limit, count.held,
		       atomic_long_read(&heap->budget.high_water),
		       count.count.meta_bytes, count.blocks, count.asked,
		       count.given, heap_waste(&count, waste),
		       atomic_long_read(&heap->budget.refusals),
		       qr_level_name(READ_ONCE(heap->level)),
		       READ_ONCE(heap->dead) ? "dead" : "ok");
}

void qr_report_heaps(struct qr_sink *sink)
{
	struct quarry_heap *heap = NULL;
	int width = names_width();

	qr_report_head(sink, "heaps");
	qr_sink_printf(sink,
		       "%-*s %12s %12s %16s %11s %11s %12s %12s %9s %8s %5s %s\n",
		       width, "name", "limit_bytes", "held_bytes",
		       "high_water_bytes", "meta_bytes", "live_blocks",
		       "asked_bytes", "given_bytes", "waste_pct", "refusals",
		       "level", "state");
	while ((heap = qr_walk_next_heap(heap)))
		heap_row(sink, width, heap);
}

void qr_report_heap_stats(struct qr_sink *sink, struct quarry_heap *heap)
{
	char percent[QR_PERCENT_TEXT];
	struct heap_count count;
	int err = heap_count(heap, &count);

	if (err) {
		sink->error = err;
		return;
	}
	qr_report_head(sink, "heap/stats");
	qr_report_text(sink, "name", heap->name);
	qr_report_text(sink, "level", qr_level_name(READ_ONCE(heap->level)));
	qr_report_value(sink, "limit_bytes", READ_ONCE(heap->budget.limit));
	qr_report_value(sink, "held_bytes",
			atomic_long_read(&heap->budget.held));
	qr_report_value(sink, "high_water_bytes",
			atomic_long_read(&heap->budget.high_water));
	qr_report_value(sink, "refusals",
			atomic_long_read(&heap->budget.refusals));
	qr_report_value(sink, "live_blocks", count.blocks);
	qr_report_value(sink, "asked_bytes", count.asked);
	qr_report_value(sink, "given_bytes", count.given);
	qr_report_value(sink, "slack_bytes", count.given - count.asked);
	qr_report_value(sink, "idle_bytes", count.held - count.given);
	qr_report_text(sink, "waste_pct", heap_waste(&count, percent));
	qr_report_text(sink, "hit_pct",
		       qr_percent(percent, (u64)count.count.alloc_hits +
				  count.count.free_hits,
				  (u64)count.count.allocs + count.count.frees));
	qr_report_count(sink, &count.count, true);
}

void qr_report_heap_classes(struct qr_sink *sink, struct quarry_heap *heap)
{
	char title[QR_CACHE_TITLE];
	struct quarry_cache *cache;
	unsigned int index = 0;
	int width = 4;

	while ((cache = qr_report_heap_cache(heap, &index)))
		width = max_t(int, width, strlen(qr_cache_title(cache, title)));
	index = 0;
	qr_report_head(sink, "heap/classes");
	qr_report_cache_columns(sink, width);
	while ((cache = qr_report_heap_cache(heap, &index)))
		qr_report_cache_row(sink, width, cache);
}
