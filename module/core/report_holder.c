// SPDX-License-Identifier: GPL-2.0-only
/* report_holder.c - what points to an object, or to those of a site: a table. */
#include <linux/kernel.h>

#include "holder.h"
#include "report.h"
#include "sink.h"

static void holder_row(struct qr_sink *sink, const struct qr_holder *holder)
{
	qr_sink_printf(sink, "%10lu %13lu %-6s 0x%-16lx  ", holder->refs,
		       holder->interior, !holder->in_object ? "-" :
		       holder->garbage ? "lost" : "held", ~holder->hidden_at);
	if (!holder->in_object) {
		qr_sink_printf(sink, "%s\n", holder->place);
		return;
	}
	qr_sink_printf(sink, "+%u ", holder->offset);
	qr_report_site(sink, holder->site);
}

static void holder_rows(const struct qr_holders *holders, void *data)
{
	struct qr_sink *sink = data;
	u32 i;

	if (!holders->wanted.text[0]) {
		qr_sink_printf(sink, "# nobody has asked: write FILE:LINE or 0xADDRESS\n");
		return;
	}
	qr_sink_printf(sink, "# %s: %lu objects, something points to %lu of them\n",
		       holders->wanted.text, holders->objects, holders->held);
	qr_sink_printf(sink, "%10s %13s %-6s %-18s  %s\n", "references",
		       "interior_refs", "holder", "example", "place");
	for (i = 0; i < holders->nr; i++)
		holder_row(sink, &holders->holder[i]);
	if (holders->others)
		qr_sink_printf(sink, "# and %lu references from other places\n",
			       holders->others);
}

void qr_report_holders(struct qr_sink *sink)
{
	qr_report_head(sink, "holders");
	qr_holders_use(holder_rows, sink);
}
