/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * world.h - what the programs of this directory share.  Free of headers that
 * kselftest's own would collide with.
 *
 * QT_SEED sets the seed, which is printed whenever something fails; QT_SCALE
 * is a percentage that all long loops are scaled by.
 */
#ifndef _QT_WORLD_H
#define _QT_WORLD_H

#include <stdbool.h>

unsigned long long world_seed(void);
unsigned long world_scale(unsigned long count);

/* The machine that a test runs on. */
struct world {
	/* Bit n: node n exists. */
	unsigned long nodes;
	/* Pages are filled with a pattern when they come and go. */
	bool fill;
	/* As booted with init_on_alloc=1 init_on_free=1. */
	bool init;
};

/*
 * A fresh mirror; and its end, false when metadata was damaged or something was
 * left behind.
 */
bool world_begin(const struct world *world);
bool world_end(void);
/* Whether all metadata is sound; nobody may be at work. */
bool world_is_sound(void);

/*
 * Runs a shared case by name in a mirror of its own.  True when all held and
 * nothing was left behind; *@skip says why the case could not run, or is NULL.
 */
bool world_run_case(const char *name, const struct world *world,
		    const char **skip);

#endif /* _QT_WORLD_H */
