// SPDX-License-Identifier: GPL-2.0-only
/* report_growth.c - the sites that own more and more. */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/mm.h>

#include "growth.h"
#include "report.h"
#include "sink.h"

#define GROWTH_COLUMNS	"%10s %12s %13s %15s %8s %15s  "

static void growth_row(struct qr_sink *sink, const struct qr_growth *growth)
{
	char until[24] = "-";

	if (growth->until_budget_s >= 0)
		scnprintf(until, sizeof(until), "%lld", growth->until_budget_s);
	qr_sink_printf(sink, "%10lu %12lu %13ld %15ld %8u %15s  ",
		       growth->objects, growth->bytes,
		       growth->objects_per_hour, growth->bytes_per_hour,
		       growth->samples, until);
	qr_report_site(sink, growth->site);
}

void qr_report_growth(struct qr_sink *sink)
{
	struct qr_growth_list *list = qr_growth_rising();
	u32 i;

	if (!list) {
		sink->error = sink->error ?: -ENOMEM;
		return;
	}
	qr_report_head(sink, "growth");
	qr_sink_printf(sink, GROWTH_COLUMNS "%s\n", "live_objs",
		       "given_bytes", "objs_per_hour", "bytes_per_hour",
		       "samples", "until_budget_s", "site");
	for (i = 0; i < list->nr; i++)
		growth_row(sink, &list->growth[i]);
	qr_sink_printf(sink, "# %u samples in %llu s, %u needed\n",
		       list->samples, list->span_s, QR_GROWTH_MIN);
	kvfree(list);
}
