// SPDX-License-Identifier: GPL-2.0-only
/* world.c - the mirror under the fuzz targets. */
#include <linux/kernel.h>
#include <linux/minmax.h>

#include <stdio.h>
#include <stdlib.h>

#include "quarry_mirror.h"
#include "fuzz.h"
#include "validate.h"

static void quiet_log(int level, const char *line)
{
}

void fuzz_begin(void)
{
	static const struct mirror_config config = {
		.arena_bytes = 64UL << 20, .nodes = 0x3, .fill = true,
		.seed = 1,
	};

	if (!getenv("QT_VERBOSE"))
		mirror_log = quiet_log;
	fuzz_must(!mirror_init(&config), "the mirror starts");
}

void fuzz_must(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "fuzz: does not hold: %s\n", what);
	abort();
}

void fuzz_validate(void)
{
	static struct qr_validation result;
	unsigned long i, nr;

	if (!qr_validate(QR_VALIDATE_STILL | QR_VALIDATE_QUIET))
		return;
	qr_validate_last(&result);
	nr = min(result.problems, (unsigned long)QR_PROBLEMS_KEPT);
	for (i = 0; i < nr; i++)
		fprintf(stderr, "fuzz: %s: %s: %#lx, not %#lx\n",
			result.problem[i].owner, result.problem[i].what,
			result.problem[i].found, result.problem[i].expected);
	abort();
}
