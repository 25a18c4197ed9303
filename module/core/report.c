// SPDX-License-Identifier: GPL-2.0-only
/*
 * report.c - which files there are; those about quarry as a whole, version and
 * events; and what the other report_*.c files write their lines with.
 */
#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "chain.h"
#include "event.h"
#include "meta.h"
#include "report.h"
#include "sink.h"
#include "site.h"
#include "site_text.h"
#include "stack.h"
#include "version.h"
#include "walk.h"

const struct qr_report qr_reports[] = {
	{ .name = "version", .mode = 0444, .all = qr_report_version },
	{ .name = "caches", .mode = 0444, .all = qr_report_caches },
	{ .name = "heaps", .mode = 0444, .all = qr_report_heaps },
	{ .name = "sites", .mode = 0444, .all = qr_report_sites },
	{ .name = "since_mark", .mode = 0444, .all = qr_report_since_mark },
	{ .name = "growth", .mode = 0444, .all = qr_report_growth },
	{ .name = "events", .mode = 0444, .all = qr_report_events },
	{ .name = "watch", .mode = 0644, .all = qr_report_watch },
	{ .name = "mark", .mode = 0600, .all = qr_report_marks },
	{ .name = "inject", .mode = 0600, .all = qr_report_inject },
	{ .name = "fail_nth", .mode = 0600, .all = qr_report_fail_nth },
	/* These five have addresses of objects; four take words as well. */
	{ .name = "leaks", .mode = 0400, .all = qr_report_leaks },
	{ .name = "holders", .mode = 0600, .all = qr_report_holders },
	{ .name = "scan", .mode = 0600, .all = qr_report_scan },
	{ .name = "kmemleak", .mode = 0600, .all = qr_report_kmemleak },
	{ .name = "validate", .mode = 0600, .all = qr_report_validate },
	/* As the originals in /proc. */
	{ .name = "slabinfo", .mode = 0400, .all = qr_report_slabinfo },
	{ .name = "allocinfo", .mode = 0400, .all = qr_report_allocinfo },
	{ .name = "folded", .mode = 0400, .all = qr_report_folded },
	{ .name = "findings", .mode = 0400, .all = qr_report_findings },
	{ .name = "on_error", .mode = 0644, .all = qr_report_on_error },
	{ }
};

const struct qr_report qr_cache_reports[] = {
	{ .name = "stats", .mode = 0444, .cache = qr_report_cache_stats },
	{ .name = "slabs", .mode = 0444, .cache = qr_report_cache_slabs },
	{ .name = "sites", .mode = 0444, .cache = qr_report_cache_sites },
	{ .name = "alloc_traces", .mode = 0400,
	  .cache = qr_report_cache_traces },
	{ }
};

const struct qr_report qr_heap_reports[] = {
	{ .name = "stats", .mode = 0444, .heap = qr_report_heap_stats },
	{ .name = "classes", .mode = 0444, .heap = qr_report_heap_classes },
	{ .name = "sites", .mode = 0444, .heap = qr_report_heap_sites },
	{ .name = "alloc_traces", .mode = 0400, .heap = qr_report_heap_traces },
	{ }
};

void qr_report_head(struct qr_sink *sink, const char *file)
{
	qr_sink_printf(sink, "# quarry %s v1\n", file);
}

void qr_report_value(struct qr_sink *sink, const char *name, u64 value)
{
	qr_sink_printf(sink, "%-24s %llu\n", name, value);
}

void qr_report_text(struct qr_sink *sink, const char *name, const char *value)
{
	qr_sink_printf(sink, "%-24s %s\n", name, value);
}

const char *qr_percent(char buf[QR_PERCENT_TEXT], u64 part, u64 whole)
{
	u32 tenths;

	if (!whole) {
		strscpy(buf, "-", QR_PERCENT_TEXT);
		return buf;
	}
	/* Keeps the product below 2^64. */
	while (whole >> 53) {
		whole >>= 1;
		part >>= 1;
	}
	tenths = div64_u64(part * 1000, whole);
	scnprintf(buf, QR_PERCENT_TEXT, "%u.%u", tenths / 10, tenths % 10);
	return buf;
}

static u32 caches_count(void)
{
	struct quarry_cache *cache = NULL;
	u32 nr = 0;

	while ((cache = qr_walk_next_cache(cache)))
		nr++;
	return nr;
}

static u32 heaps_count(void)
{
	struct quarry_heap *heap = NULL;
	u32 nr = 0;

	while ((heap = qr_walk_next_heap(heap)))
		nr++;
	return nr;
}

void qr_report_version(struct qr_sink *sink)
{
	char name[32];
	int kind;

	qr_report_head(sink, "version");
	qr_report_text(sink, "version", QR_VERSION);
	qr_report_value(sink, "page_bytes", PAGE_SIZE);
	qr_report_text(sink, "level", qr_level_name(qr_params.level));
	qr_report_value(sink, "reserve_slabs", qr_params.reserve);
	qr_report_value(sink, "caches", caches_count());
	qr_report_value(sink, "heaps", heaps_count());
	qr_report_value(sink, "sites", qr_site_count());
	qr_report_value(sink, "stacks", qr_stack_count());
	qr_report_value(sink, "stacks_lost", qr_stack_lost());
	qr_report_value(sink, "stack_walks", qr_chain_walks());
	qr_report_value(sink, "meta_held_bytes", qr_meta_held());
	qr_report_value(sink, "events", qr_event_last());
	for (kind = 0; kind < QR_NR_EVENTS; kind++) {
		scnprintf(name, sizeof(name), "events_%s", qr_event_name(kind));
		qr_report_value(sink, name, qr_event_count(kind));
	}
}

#define EVENT_COLUMNS	"%8s %14s %-16s %-24s %8s %10s %12s  %-40s %s\n"

/* A site as one word: there is another column behind it. */
static void event_site(u32 id, char *buf, size_t size)
{
	struct qr_site_text text;

	if (!id) {
		strscpy(buf, "-", size);
		return;
	}
	qr_site_text(id, &text);
	if (text.line)
		scnprintf(buf, size, "%s:%u:%s", text.file, text.line,
			  text.func);
	else
		strscpy(buf, text.func, size);
}

static void event_row(struct qr_sink *sink, const struct qr_event *event)
{
	char seq[24], time[24], objects[24] = "-", bytes[24], offset[24];
	char place[QR_SITE_LINE];
	u32 micros;
	u64 secs;

	secs = div_u64_rem(event->time_ns / 1000, 1000000, &micros);
	scnprintf(seq, sizeof(seq), "%llu", event->seq);
	scnprintf(time, sizeof(time), "%llu.%06u", secs, micros);
	if (event->objects)
		scnprintf(objects, sizeof(objects), "%lu", event->objects);
	scnprintf(bytes, sizeof(bytes), "%lu", event->bytes);
	scnprintf(offset, sizeof(offset), "%d", event->offset);
	event_site(event->site, place, sizeof(place));
	qr_sink_printf(sink, EVENT_COLUMNS, seq, time,
		       qr_event_name(event->kind),
		       event->owner[0] ? event->owner : "-", objects, bytes,
		       offset, place, event->caller ? event->caller_text : "-");
}

void qr_report_events(struct qr_sink *sink)
{
	struct qr_event event;
	u64 seq = 0;

	qr_report_head(sink, "events");
	qr_sink_printf(sink, EVENT_COLUMNS, "seq", "uptime_s", "kind",
		       "owner", "objs", "bytes", "offset_bytes", "site",
		       "caller");
	while (qr_event_next(seq, &event)) {
		event_row(sink, &event);
		seq = event.seq;
	}
}
