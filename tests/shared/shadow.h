/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * shadow.h - random operations against a shadow of what must live: where, how
 * large, with which contents.  Threads of one stage share caches and heaps
 * and free each other's objects through boxes; each has a player of its own.
 */
#ifndef _QT_SHADOW_H
#define _QT_SHADOW_H

#include "qt.h"

#define QM_CACHES	6
#define QM_HEAPS	3
#define QM_BOXES	64

/* What the shadow knows of one object; @at NULL: nothing. */
struct qm_slot {
	void *at;
	/* Bytes that carry the pattern made of @seed. */
	u32 size;
	u32 seed;
	/* Below QM_CACHES a cache, from there on a heap. */
	u32 owner;
};

/* Where one player leaves an object for another. */
struct qm_box {
	/* 0 open, 1 somebody's hand is in it. */
	atomic_t busy;
	struct qm_slot slot;
};

struct qm_stage {
	struct quarry_cache *cache[QM_CACHES];
	struct quarry_heap *heap[QM_HEAPS];
	/* Memory may run short: NULL is no fault. */
	bool may_fail;
	/* Players switch levels, shrink and look at sums now and then. */
	bool restless;
	struct qm_box box[QM_BOXES];
};

struct qm_player {
	struct qm_stage *stage;
	struct qm_slot *slot;
	u32 nr_slots;
	u64 random;
	unsigned long ops;
	unsigned long allocs;
	/* Allocations that gave NULL where that was no fault. */
	unsigned long refused;
	/* The first thing that was wrong; NULL while all is well. */
	const char *fault;
	unsigned long fault_at;
};

/* 0 or -ENOMEM.  Levels are set as given. */
int qm_stage_begin(struct qm_stage *stage, enum quarry_level level);
/* Everything must have been freed; failures go to @t. */
void qm_stage_end(struct qm_stage *stage, struct qt *t);

/* @slot: @nr_slots of them, zeroed, the caller's. */
void qm_player_begin(struct qm_player *player, struct qm_stage *stage,
		     struct qm_slot *slot, u32 nr_slots, u64 seed);
/* Stops early at the first fault. */
void qm_play(struct qm_player *player, unsigned long ops);
/* Verifies and frees what the player has, and what is in boxes. */
void qm_player_end(struct qm_player *player);

#endif /* _QT_SHADOW_H */
