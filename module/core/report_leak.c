// SPDX-License-Identifier: GPL-2.0-only
/*
 * report_leak.c - what scans found: how far one is, a table by site, and the
 * text form of the kernel's kmemleak, which tools know.
 */
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "layout.h"
#include "origin.h"
#include "report.h"
#include "scan.h"
#include "sink.h"
#include "site_text.h"
#include "slab.h"
#include "stack.h"
#include "verdict.h"

/* ------------------------------------------------------------------ scan */

static void report_stats(struct qr_sink *sink, const struct qr_verdict *verdict)
{
	const struct qr_scan_stats *stats = &verdict->stats;

	qr_report_value(sink, "scan_us", div_u64(verdict->scan_ns, 1000));
	qr_report_value(sink, "uptime_s", div_u64(verdict->time_ns, 1000000000));
	qr_report_value(sink, "words", stats->words);
	qr_report_value(sink, "pages_scanned", stats->pages_scanned);
	qr_report_value(sink, "pages_free", stats->pages_free);
	qr_report_value(sink, "pages_user", stats->pages_user);
	qr_report_value(sink, "pages_own", stats->pages_own);
	qr_report_value(sink, "pages_other", stats->pages_other);
	qr_report_value(sink, "pages_absent", stats->pages_absent);
	qr_report_value(sink, "pages_bad", stats->pages_bad);
	qr_report_value(sink, "slub_free", stats->slub_free);
	qr_report_value(sink, "stacks", stats->stacks);
	qr_report_value(sink, "dead_stacks", stats->dead_stacks);
}

static void report_verdict(const struct qr_verdict *verdict, void *data)
{
	const struct qr_leak_sum *total = &verdict->total;
	struct qr_sink *sink = data;

	qr_report_value(sink, "scans", verdict->scans);
	if (!verdict->scans)
		return;
	qr_report_value(sink, "objects", verdict->objects);
	qr_report_value(sink, "unjudged", verdict->unjudged);
	qr_report_value(sink, "held", total->held);
	qr_report_value(sink, "interior", total->interior);
	qr_report_value(sink, "lost", total->lost);
	qr_report_value(sink, "lost_bytes", total->lost_bytes);
	qr_report_value(sink, "indirect", total->indirect);
	qr_report_value(sink, "indirect_bytes", total->indirect_bytes);
	report_stats(sink, verdict);
}

void qr_report_scan(struct qr_sink *sink)
{
	struct qr_scan_progress progress;

	qr_scan_progress(&progress);
	qr_report_head(sink, "scan");
	qr_report_text(sink, "state", progress.state);
	qr_report_value(sink, "pass", progress.pass);
	qr_report_value(sink, "progress_percent", progress.percent);
	qr_report_value(sink, "min_age_ms", READ_ONCE(qr_params.scan_min_age_ms));
	qr_report_value(sink, "period_s", READ_ONCE(qr_params.scan_period_s));
	qr_verdict_use(report_verdict, sink);
}

/* ----------------------------------------------------------------- leaks */

/* Frames of a call chain, a line each; how many. */
static unsigned int chain_print(struct qr_sink *sink, u32 chain,
				const char *indent)
{
	const struct qr_stack *stack = qr_stack_get(chain);
	char line[QR_SITE_LINE];
	unsigned int i;

	for (i = 0; stack && i < stack->nr; i++)
		qr_sink_printf(sink, "%s%s\n", indent,
			       qr_stack_text(stack, i, line, sizeof(line)));
	return i;
}

static void leak_row(struct qr_sink *sink, const struct qr_leak_sum *sum)
{
	char age[QR_AGE_TEXT], example[24] = "-";

	if (sum->hidden_example)
		scnprintf(example, sizeof(example), "0x%lx",
			  ~sum->hidden_example);
	qr_sink_printf(sink, "%9lu %10lu %13lu %14lu %9lu %10lu %13lu ",
		       sum->lost, sum->lost_bytes, sum->indirect,
		       sum->indirect_bytes, sum->held, sum->held_bytes,
		       sum->interior);
	qr_sink_printf(sink, "%12s %-18s  ",
		       sum->site ? qr_report_age(age, sum->oldest) : "-",
		       example);
	qr_report_site(sink, sum->site);
	chain_print(sink, sum->stack, "#     ");
}

static void leak_rows(const struct qr_verdict *verdict, void *data)
{
	u32 i;

	for (i = 0; i < verdict->nr_sums; i++) {
		leak_row(data, &verdict->sum[i]);
		cond_resched();
	}
}

void qr_report_leaks(struct qr_sink *sink)
{
	qr_report_head(sink, "leaks");
	qr_sink_printf(sink, "%9s %10s %13s %14s %9s %10s %13s %12s %-18s  %s\n",
		       "lost_objs", "lost_bytes", "indirect_objs",
		       "indirect_bytes", "held_objs", "held_bytes",
		       "interior_objs", "oldest_s", "example", "site");
	qr_verdict_use(leak_rows, sink);
}

/* -------------------------------------------------------------- kmemleak */

#define ROW_BYTES	16U
#define ROWS_MAX	2U
/* Where the characters of a row begin, as print_hex_dump() has it. */
#define ROW_CHARS	49U

static void hex_row(struct qr_sink *sink, const u8 *from, u32 len)
{
	char hex[ROW_CHARS + 1] = "", chars[ROW_BYTES + 1] = "";
	u32 i, at = 0;

	for (i = 0; i < len; i++) {
		u8 c = READ_ONCE(from[i]);

		at += scnprintf(hex + at, sizeof(hex) - at, "%02x ", c);
		chars[i] = c >= 0x20 && c < 0x7f ? c : '.';
	}
	qr_sink_printf(sink, "    %-*s%s\n", ROW_CHARS, hex, chars);
}

static void hex_dump(struct qr_sink *sink, const void *object, u32 size)
{
	u32 len = min(size, ROW_BYTES * ROWS_MAX), at;

	qr_sink_printf(sink, "  hex dump (first %u bytes):\n", len);
	for (at = 0; at < len; at += ROW_BYTES)
		hex_row(sink, object + at, min(len - at, ROW_BYTES));
}

static u32 bytes_hash(const u8 *from, u32 len)
{
	u32 hash = 0x811c9dc5, i;

	for (i = 0; i < len; i++)
		hash = (hash ^ READ_ONCE(from[i])) * 0x01000193;
	return hash;
}

static void kmemleak_record(const struct qr_slab *slab,
			    const struct qr_leak *leak, void *data)
{
	bool dated = slab->level != QUARRY_LEVEL_OFF;
	const void *object = qr_slab_object(slab, leak->index);
	struct qr_origin origin = { .comm = "?" };
	struct qr_sink *sink = data;
	char line[QR_SITE_LINE];
	unsigned long birth = 0;
	u32 size = qr_slab_bytes(slab);

	if (dated && (qr_slab_flags(slab) & QR_SLAB_HEAP))
		size -= qr_tag_slack(leak->tag, size);
	if (dated)
		birth = jiffies - (u32)(qr_jiffies() - qr_tag_birth(leak->tag));
	qr_origin_read(slab, leak->index, &origin);
	qr_sink_printf(sink, "unreferenced object 0x%08lx (size %u):\n",
		       (unsigned long)object, size);
	qr_sink_printf(sink, "  comm \"%s\", pid %d, jiffies %lu\n",
		       origin.comm, origin.pid, birth);
	hex_dump(sink, object, size);
	qr_sink_printf(sink, "  backtrace (crc %x):\n",
		       bytes_hash(object, size));
	/* The chain, or all that is known where there is none. */
	if (!chain_print(sink, origin.stack, "    ") && dated)
		qr_sink_printf(sink, "    %s\n",
			       qr_site_line(qr_tag_site(leak->tag), line,
					    sizeof(line)));
	cond_resched();
}

static void kmemleak_records(const struct qr_verdict *verdict, void *data)
{
	qr_verdict_each(verdict, kmemleak_record, data);
}

void qr_report_kmemleak(struct qr_sink *sink)
{
	qr_verdict_use(kmemleak_records, sink);
}
