// SPDX-License-Identifier: GPL-2.0-only
/* report_validate.c - what the last look at all metadata found. */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/mm.h>

#include "report.h"
#include "sink.h"
#include "validate.h"

static void problem_line(struct qr_sink *sink, const struct qr_problem *problem)
{
	qr_sink_printf(sink, "problem 0x%lx %s: %s: 0x%lx, not 0x%lx\n",
		       problem->address, problem->owner, problem->what,
		       problem->found, problem->expected);
}

void qr_report_validate(struct qr_sink *sink)
{
	struct qr_validation *last = kvzalloc(sizeof(*last), GFP_KERNEL);
	unsigned long i;

	if (!last) {
		sink->error = sink->error ?: -ENOMEM;
		return;
	}
	qr_validate_last(last);
	qr_report_head(sink, "validate");
	qr_report_value(sink, "runs", last->runs);
	qr_report_value(sink, "heaps", last->heaps);
	qr_report_value(sink, "caches", last->caches);
	qr_report_value(sink, "slabs", last->slabs);
	qr_report_value(sink, "objects", last->objects);
	qr_report_value(sink, "free_objs", last->free);
	qr_report_value(sink, "live_objs", last->live);
	qr_report_value(sink, "magazines", last->magazines);
	qr_report_value(sink, "cached_objs", last->cached);
	qr_report_value(sink, "quarantined_objs", last->quarantined);
	qr_report_value(sink, "elsewhere_objs", last->elsewhere);
	qr_report_value(sink, "restless_caches", last->restless);
	qr_report_value(sink, "damaged_objs", last->damaged);
	qr_report_value(sink, "problems", last->problems);
	for (i = 0; i < min_t(unsigned long, last->problems, QR_PROBLEMS_KEPT);
	     i++)
		problem_line(sink, &last->problem[i]);
	kvfree(last);
}
