// SPDX-License-Identifier: GPL-2.0-only
/*
 * leaks.c - what a scan of the process found, for tests, and at its end.
 */
#include <stdio.h>
#include <stdlib.h>

#include "machine.h"
#include "verdict.h"

static void total_take(const struct qr_verdict *verdict, void *data)
{
	struct qr_leak_sum *total = data;

	*total = verdict->total;
}

unsigned long mirror_lost(void)
{
	struct qr_leak_sum total;

	qr_verdict_use(total_take, &total);
	return total.lost;
}

unsigned long mirror_indirect(void)
{
	struct qr_leak_sum total;

	qr_verdict_use(total_take, &total);
	return total.indirect;
}

void mirror_leaks_at_exit(void)
{
	const char *wanted = getenv("QUARRY_LEAKS");
	unsigned long lost, indirect;
	int err;

	if (!wanted || *wanted != '1')
		return;
	err = mirror_scan(0);
	if (err) {
		fprintf(stderr, "mirror: no scan for leaks: error %d\n", -err);
		return;
	}
	lost = mirror_lost();
	indirect = mirror_indirect();
	fprintf(stderr, "mirror: %lu objects lost, and %lu in their reach alone\n",
		lost, indirect);
	if (lost) {
		mirror_report("leaks", stderr);
		mirror_report("kmemleak", stderr);
	}
}
