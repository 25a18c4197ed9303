/* SPDX-License-Identifier: GPL-2.0-only */
/* target_quarry.h - quarry as a target of the player, in both worlds. */
#ifndef _REPLAY_TARGET_QUARRY_H
#define _REPLAY_TARGET_QUARRY_H

#include "player.h"

struct quarry_heap;
struct quarry_site;

struct quarry_target {
	const struct player_world *world;
	/* Bytes of the system's memory in use, by whomever. */
	long long (*used)(void);
	/* Of several at a time: its caches have this in their names, if not 0. */
	unsigned int instance;

	/* Private to target_quarry.c. */
	long long used_before;
	struct quarry_heap *heap;
	struct quarry_site *site;
};

/* Its state is a struct quarry_target with @world and @used set. */
extern const struct player_target target_quarry;

#endif /* _REPLAY_TARGET_QUARRY_H */
