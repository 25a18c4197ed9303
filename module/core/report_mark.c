// SPDX-License-Identifier: GPL-2.0-only
/*
 * report_mark.c - the marks there are, and who owns what was allocated after
 * one and still lives.
 */
#include <linux/jiffies.h>
#include <linux/kernel.h>

#include "mark.h"
#include "report.h"
#include "sink.h"
#include "sums.h"

const struct qr_report qr_mark_report = {
	.mode = 0444, .mark = qr_report_since,
};

void qr_report_marks(struct qr_sink *sink)
{
	struct qr_mark mark = {};
	char age[QR_AGE_TEXT];

	qr_report_head(sink, "mark");
	qr_sink_printf(sink, "%12s  %s\n", "age_s", "name");
	while (qr_mark_next(mark.seq, &mark))
		qr_sink_printf(sink, "%12s  %s\n",
			       qr_report_ticks(age, jiffies - mark.from),
			       mark.name);
}

static void report_since(struct qr_sink *sink, const char *file,
			 const struct qr_mark *mark)
{
	/* May be set anew at any time. */
	unsigned long from = READ_ONCE(mark->from);
	struct qr_site_sums sums;
	char age[QR_AGE_TEXT];
	unsigned long undated;

	sink->error = sink->error ?: qr_site_sums_init_since(&sums, from);
	if (sink->error)
		return;
	qr_site_sums_add_all(&sums);
	undated = sums.undated;
	qr_report_sums(sink, file, &sums);
	qr_sink_printf(sink, "# since mark %s, %s s ago\n", mark->name,
		       qr_report_ticks(age, jiffies - from));
	if (undated)
		qr_sink_printf(sink, "# %lu live objects of level off have no birth: in no row\n",
			       undated);
}

void qr_report_since(struct qr_sink *sink, const struct qr_mark *mark)
{
	report_since(sink, "since", mark);
}

void qr_report_since_mark(struct qr_sink *sink)
{
	struct qr_site_sums none = {};
	struct qr_mark mark;

	if (qr_mark_find(NULL, &mark)) {
		report_since(sink, "since_mark", &mark);
		return;
	}
	qr_report_sums(sink, "since_mark", &none);
	qr_sink_printf(sink, "# no mark is set: echo NAME > mark\n");
}
