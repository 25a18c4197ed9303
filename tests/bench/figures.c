// SPDX-License-Identifier: GPL-2.0-only
/* figures.c - what was measured: put in order, logged. */
#include <linux/printk.h>
#include <linux/sort.h>

#include "bench.h"

static int compare(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

void qb_figures_print(const char *workload, struct qb_figures *figures)
{
	unsigned int nr = figures->nr, side;

	for (side = figures->first; side < qb_nr_sides; side++) {
		u64 *value = figures->value[side];

		sort(value, nr, sizeof(*value), compare, NULL);
		pr_info("instructions,%s,%s,%s,%llu,%llu,%llu\n", workload,
			qb_side_name(side), qb_side_level(side), value[0],
			value[nr / 2], value[nr - 1]);
	}
}

int qb_result(const char *workload, int err)
{
	if (err)
		pr_err("%s: error %d\n", workload, err);
	return err;
}
