// SPDX-License-Identifier: GPL-2.0-only
/* mirror.c - quarry's mirror as a target: the machine it runs on. */
#include <stdio.h>
#include <stdlib.h>

#include <quarry_mirror.h>

#include "../target_quarry.h"
#include "user.h"

#define PAGE_BYTES	4096

/* Pages of the arena that are out, whoever in the machine has them. */
static long long mirror_used(void)
{
	return (long long)mirror_pages_out() * PAGE_BYTES;
}

void *user_mirror_begin(void)
{
	static struct quarry_target state = {
		.world = &user_world,
		.used = mirror_used,
	};

	if (mirror_init(NULL)) {
		fprintf(stderr, "replay: the mirror does not start\n");
		exit(1);
	}
	return &state;
}

int user_mirror_end(void)
{
	return mirror_exit();
}

int user_mirror_report(const char *name)
{
	return mirror_report(name, stdout);
}
