// SPDX-License-Identifier: GPL-2.0-only
/*
 * live.c - what lives, by call site, told to the log: at a budget's end, and
 * when something is destroyed that still has live objects.  Process context.
 */
#include <linux/atomic.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/printk.h>

#include "live.h"
#include "site_text.h"
#include "sums.h"

/* Lines that the destruction of something with live objects may print. */
#define LIVE_SITES	20

/* Consumes @sums. */
static void sums_log(struct qr_site_sums *sums, unsigned int nr)
{
	char line[QR_SITE_LINE];
	u32 i;

	qr_site_sums_sort(sums);
	for (i = 0; i < min(sums->nr, nr); i++)
		pr_warn("%12lu bytes %8lu objects  %s\n", sums->sum[i].given,
			sums->sum[i].objects, sums->sum[i].site ?
			qr_site_line(sums->sum[i].site, line, sizeof(line)) :
			"(not tracked: level off)");
	if (sums->nr > nr)
		pr_warn("and %u more sites\n", sums->nr - nr);
	qr_site_sums_free(sums);
}

void qr_live_log_top(struct quarry_heap *heap, unsigned int nr)
{
	struct qr_site_sums sums;

	pr_warn("heap \"%s\" holds %ld of %lu bytes, most of it for:\n",
		heap->name, atomic_long_read(&heap->budget.held),
		READ_ONCE(heap->budget.limit));
	if (qr_site_sums_init(&sums)) {
		pr_warn("no memory to list its sites\n");
		return;
	}
	qr_site_sums_add_heap(&sums, heap);
	sums_log(&sums, nr);
}

void qr_live_log(const char *name, struct quarry_cache *cache,
		 struct quarry_heap *heap)
{
	struct qr_site_sums sums;

	pr_warn("still live in \"%s\", kept until freed:\n", name);
	if (qr_site_sums_init(&sums)) {
		pr_warn("no memory to list the sites\n");
		return;
	}
	if (cache)
		qr_site_sums_add_cache(&sums, cache);
	else
		qr_site_sums_add_heap(&sums, heap);
	sums_log(&sums, LIVE_SITES);
}
