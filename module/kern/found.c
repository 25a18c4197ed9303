// SPDX-License-Identifier: GPL-2.0-only
/* found.c - findings for whoever traces: quarry:quarry_finding. */
#include <linux/kernel.h>

#include "finding.h"
#include "site_text.h"

#define CREATE_TRACE_POINTS
#include "trace_finding.h"

static noinline void emit(const struct qr_event *event)
{
	char site[QR_SITE_LINE] = "-";

	if (event->site)
		qr_site_line(event->site, site, sizeof(site));
	trace_quarry_finding(qr_event_name(event->kind),
			     (void *)event->address,
			     event->owner[0] ? event->owner : "-",
			     event->caller ? event->caller_text : "-", site);
}

void qr_platform_found(const struct qr_event *event)
{
	if (trace_quarry_finding_enabled())
		emit(event);
}
