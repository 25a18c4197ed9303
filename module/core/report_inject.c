// SPDX-License-Identifier: GPL-2.0-only
/*
 * report_inject.c - the texts of the files inject and fail_nth.
 */
#include <linux/kernel.h>

#include "inject.h"
#include "inject_control.h"
#include "report.h"
#include "sink.h"

/* "# injected: alloc 3, pages 1", by point. */
static void report_points(struct qr_sink *sink,
			  const struct qr_inject_state *state)
{
	const char *before = "# injected: ";
	unsigned int i;

	for (i = 0; i < QR_NR_INJECT; i++) {
		if (!state->injected[i])
			continue;
		qr_sink_printf(sink, "%s%s %lu", before,
			       qr_inject_point_name(i), state->injected[i]);
		before = ", ";
	}
	qr_sink_printf(sink, "%s\n", *before == '#' ? "# injected: none" : "");
}

void qr_report_inject(struct qr_sink *sink)
{
	struct qr_inject_state state;
	struct qr_inject_rule rule;
	unsigned int i;

	qr_inject_state(&state);
	qr_report_head(sink, "inject");
	qr_sink_printf(sink, "# state: %s, verbose=%u\n",
		       READ_ONCE(qr_inject_armed) ? "armed" : "idle",
		       state.verbose);
	qr_sink_printf(sink, "# fail_nth: %u tasks, %lu injected\n",
		       state.tasks, state.nth_injected);
	report_points(sink, &state);
	qr_sink_printf(sink, "%4s %10s %10s %10s %s\n", "rule", "seen",
		       "passed", "injected", "text");
	for (i = 1; i <= QR_INJECT_RULES; i++)
		if (qr_inject_rule(i, &rule))
			qr_sink_printf(sink, "%4u %10lu %10lu %10lu %s\n", i,
				       rule.seen, rule.seen - rule.injected,
				       rule.injected, rule.text);
}

void qr_report_fail_nth(struct qr_sink *sink)
{
	qr_sink_printf(sink, "%lu\n", qr_fail_nth_read());
}
