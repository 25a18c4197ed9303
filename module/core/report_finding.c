// SPDX-License-Identifier: GPL-2.0-only
/*
 * report_finding.c - the files findings, a block of lines "name: value" for
 * each, an empty line before it, the newest last; and on_error.
 */
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/mm.h>

#include "finding.h"
#include "inject.h"
#include "report.h"
#include "sink.h"

static void sink_line(void *sink, const char *text)
{
	qr_sink_printf(sink, "%s\n", text);
}

void qr_report_findings(struct qr_sink *sink)
{
	struct qr_finding *finding;
	u64 nr = 0;

	qr_report_head(sink, "findings");
	/* Too large for a stack. */
	finding = qr_buffer_alloc(sizeof(*finding), GFP_KERNEL | __GFP_NOWARN);
	if (!finding) {
		sink->error = -ENOMEM;
		return;
	}
	while (qr_finding_next(nr, finding)) {
		qr_sink_printf(sink, "\n");
		qr_finding_lines(finding, false, sink_line, sink);
		nr = finding->nr;
	}
	kvfree(finding);
}

void qr_report_on_error(struct qr_sink *sink)
{
	qr_sink_printf(sink, "%s\n", qr_on_error_name());
}
