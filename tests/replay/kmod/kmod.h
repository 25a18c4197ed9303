/* SPDX-License-Identifier: GPL-2.0-only */
/* kmod.h - the player's world in the kernel, and SLUB as a target. */
#ifndef _REPLAY_KMOD_H
#define _REPLAY_KMOD_H

#include <linux/slab.h>

#include "../player.h"

/*
 * Bytes of the machine's memory in use: all there is but free pages, those in
 * per-CPU lists included among the free.  Exact to the page when the machine
 * is quiet.  Context: process, may sleep.
 */
long long world_used_bytes(void);

extern const struct player_world kernel_world;

/* kmalloc's classes from 8 bytes to 8 KiB, 96 and 192 among them. */
#define SLUB_NR_CLASSES	13

/* State of target_slub; zero it, the rest is target_slub.c's. */
struct slub_target {
	long long used_before;
	struct kmem_cache *class[SLUB_NR_CLASSES];
};

extern const struct player_target target_slub;

/*
 * @nr threads play the stream into quarry until crowd_stop(); the stream stays
 * where it is until then.  At each peak thread i rests i % 4 * @rest_s.
 */
int crowd_start(const char *stream, unsigned long bytes, unsigned int nr,
		unsigned int rest_s);
/* 0 when every object was what it should have been, and all was freed. */
int crowd_stop(void);
bool crowd_runs(void);

#endif /* _REPLAY_KMOD_H */
