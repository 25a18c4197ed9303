/* SPDX-License-Identifier: GPL-2.0-only */
/* play.h - a side of the native bench, and the workload that is no stream. */
#ifndef _NATIVE_PLAY_H
#define _NATIVE_PLAY_H

#include "../../replay/player.h"

/*
 * side.c: the target that allocates on the side @name: malloc, off, site,
 * stack; or none, which makes no allocation, so that what the player costs can
 * be taken off, and shims, which does what a fast path asks of the simulated
 * kernel and nothing else.  NULL: no such side, or the mirror has no such
 * level.  With @whole every page of an object is written, else its first byte.
 */
const struct player_target *side_open(const char *name, int whole);
/* 0, or -1: something is left behind. */
int side_close(void);
/* What the player needs besides; its memory is there before it is used. */
extern const struct player_world side_world;
/* Bytes of memory that the process has, now and at most. */
long long side_resident(void);
long long side_resident_max(void);
/* Forgets the maximum. */
void side_resident_reset(void);
/* Bytes of pages that the mirror has handed out; 0 on other sides. */
long long side_pages(void);
/* Nanoseconds of CPU time that the process has used, all threads. */
unsigned long long side_cpu_ns(void);

/*
 * churn.c: keeps @live objects of mixed sizes and replaces half of them, each
 * chosen at random, in every one of @rounds rounds.  Prints a line as play.c
 * does.  0, or -1: no memory.
 */
int churn(const struct player_target *target, const char *side,
	  unsigned int live, unsigned int rounds);

#endif /* _NATIVE_PLAY_H */
