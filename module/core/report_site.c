// SPDX-License-Identifier: GPL-2.0-only
/*
 * report_site.c - who owns what lives: sites, of everything, of a cache and
 * of a heap; allocinfo.
 */
#define pr_fmt(fmt) "quarry: " fmt

#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/printk.h>
#include <linux/sched.h>

#include "report.h"
#include "sink.h"
#include "site.h"
#include "site_text.h"
#include "sums.h"
#include "walk.h"

/* How objects without a site, of level off, are shown. */
#define UNTRACKED	"(not tracked: level off)"

void qr_report_site(struct qr_sink *sink, u32 id)
{
	struct qr_site_text text;

	if (!id) {
		qr_sink_printf(sink, UNTRACKED "\n");
		return;
	}
	qr_site_text(id, &text);
	if (text.line)
		qr_sink_printf(sink, "%s:%u ", text.file, text.line);
	if (text.module[0])
		qr_sink_printf(sink, "[%s] ", text.module);
	qr_sink_printf(sink, "%s\n", text.func);
}

const char *qr_report_ticks(char buf[QR_AGE_TEXT], u64 ticks)
{
	u32 left;
	u64 secs = div_u64_rem(ticks, HZ, &left);

	/* Not jiffies_to_msecs(): its 32 bits hold 49 days. */
	scnprintf(buf, QR_AGE_TEXT, "%llu.%03u", secs,
		  (u32)div_u64((u64)left * 1000, HZ));
	return buf;
}

const char *qr_report_age(char buf[QR_AGE_TEXT], u32 birth)
{
	return qr_report_ticks(buf, qr_jiffies() - birth);
}

static void sum_row(struct qr_sink *sink, const struct qr_site_sum *sum)
{
	char age[QR_AGE_TEXT];

	qr_sink_printf(sink, "%10lu %12lu %12lu %12s  ", sum->objects,
		       sum->asked, sum->given,
		       sum->site ? qr_report_age(age, sum->oldest) : "-");
	qr_report_site(sink, sum->site);
}

void qr_report_sums(struct qr_sink *sink, const char *file,
		    struct qr_site_sums *sums)
{
	u32 i;

	qr_site_sums_sort(sums);
	qr_report_head(sink, file);
	qr_sink_printf(sink, "%10s %12s %12s %12s  %s\n", "live_objs",
		       "asked_bytes", "given_bytes", "oldest_s", "site");
	for (i = 0; i < sums->nr; i++) {
		sum_row(sink, &sums->sum[i]);
		cond_resched();
	}
	qr_site_sums_free(sums);
}

void qr_report_sites(struct qr_sink *sink)
{
	struct qr_site_sums sums;

	sink->error = sink->error ?: qr_site_sums_init(&sums);
	if (sink->error)
		return;
	qr_site_sums_add_all(&sums);
	qr_report_sums(sink, "sites", &sums);
}

void qr_report_cache_sites(struct qr_sink *sink, struct quarry_cache *cache)
{
	struct qr_site_sums sums;

	sink->error = sink->error ?: qr_site_sums_init(&sums);
	if (sink->error)
		return;
	qr_site_sums_add_cache(&sums, cache);
	qr_report_sums(sink, "cache/sites", &sums);
}

void qr_report_heap_sites(struct qr_sink *sink, struct quarry_heap *heap)
{
	struct qr_site_sums sums;

	sink->error = sink->error ?: qr_site_sums_init(&sums);
	if (sink->error)
		return;
	qr_site_sums_add_heap(&sums, heap);
	qr_report_sums(sink, "heap/sites", &sums);
}

static void allocinfo_row(struct qr_sink *sink, const struct qr_site_sum *sum,
			  u32 id)
{
	struct qr_site_text text = { .file = "?", .func = "level_off" };

	if (id)
		qr_site_text(id, &text);
	qr_sink_printf(sink, "%12lli %8llu ", (long long)sum->given,
		       (unsigned long long)sum->objects);
	qr_sink_printf(sink, "%s:%u ", text.file, text.line);
	if (text.module[0])
		qr_sink_printf(sink, "[%s] ", text.module);
	/* A blank ends each line, as in the kernel's own file. */
	qr_sink_printf(sink, "func:%s ", text.func);
	qr_sink_printf(sink, "\n");
}

void qr_report_allocinfo(struct qr_sink *sink)
{
	struct qr_site_sums sums;
	u32 id;

	sink->error = sink->error ?: qr_site_sums_init(&sums);
	if (sink->error)
		return;
	qr_site_sums_add_all(&sums);
	qr_sink_printf(sink, "allocinfo - version: 2.0\n");
	qr_sink_printf(sink, "#     <size>  <calls> <tag info>\n");
	for (id = 0; id < sums.nr; id++) {
		/* Like the original, sites that own nothing now are listed. */
		if (id > QR_SITE_UNKNOWN || sums.sum[id].objects)
			allocinfo_row(sink, &sums.sum[id], id);
		cond_resched();
	}
	qr_site_sums_free(&sums);
}
