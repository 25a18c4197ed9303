// SPDX-License-Identifier: GPL-2.0-only
/* report_watch.c - the modules that are watched, and what lives of each. */
#include "report.h"
#include "sink.h"
#include "watch.h"
#include "watched.h"

static void watch_row(struct qr_sink *sink, unsigned int index,
		      const struct qr_watch *watch)
{
	struct qr_watched_sum sum = qr_watched_sum(index);

	qr_sink_printf(sink, "%10lu %12lu %12ld %12ld  %-6s  %s\n",
		       sum.objects, sum.bytes,
		       atomic_long_read(&watch->allocs),
		       atomic_long_read(&watch->no_room),
		       watch->text.bytes ? "loaded" : "absent", watch->name);
}

void qr_report_watch(struct qr_sink *sink)
{
	struct qr_watch watch;
	unsigned int i;

	qr_report_head(sink, "watch");
	qr_sink_printf(sink, "%10s %12s %12s %12s  %-6s  %s\n", "live_objs",
		       "given_bytes", "allocs", "no_room_objs", "state",
		       "module");
	for (i = 0; i < QR_WATCHES_MAX; i++)
		if (qr_watch_get(i, &watch))
			watch_row(sink, i, &watch);
	qr_sink_printf(sink, "# %lu frees were not told of until the address was given out again\n",
		       qr_watch_unseen());
}
