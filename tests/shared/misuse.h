/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * misuse.h - tables of mistakes: each row is a mistake, made with some kind of
 * object under some debug options, and what must come of it.
 */
#ifndef _QT_MISUSE_H
#define _QT_MISUSE_H

#include "qt.h"

#define F	QUARRY_CONSISTENCY
#define Z	QUARRY_RED_ZONE
#define P	QUARRY_POISON
#define U	QUARRY_STORE_USER
#define W	QUARRY_WIPE
#define Q	QUARRY_QUARANTINE
#define G	QUARRY_GUARD

/* What objects a mistake is made with. */
enum kind {
	C52,	/* of a cache, 52 bytes with 4 of slack */
	C64,	/* of a cache, 64 bytes with none */
	CTOR,	/* of a cache with a constructor, 64 bytes */
	H6,	/* of a heap, 6 bytes of 8 */
	H64,	/* of a heap, 64 bytes of 64 */
	H100,	/* of a heap, 100 bytes of 112 */
	RUN,	/* of a heap, 10000 bytes of three pages */
	PAGES,	/* of a heap, two pages exactly and a bit: none to spare */
	NR_KINDS,
};

/* Bytes asked for, by kind. */
u32 misuse_asked(enum kind kind);

/* Where a mistake is made. */
struct ground {
	struct qt *t;
	struct quarry_cache *cache;
	struct quarry_heap *heap;
	u32 asked;
	/* The object that the report should be about. */
	void *object;
};

/* Nothing is told: @why says why not. */
#define NOTHING		(-1)

struct row {
	const char *name;
	void (*commit)(struct ground *ground);
	enum kind kind;
	unsigned long options;
	int expected;
	const char *why;
};

#define ROW(mistake, kind, options, expected) \
	{ #mistake, mistake, kind, options, QR_EVENT_##expected, NULL }
#define UNSEEN(mistake, kind, options, why) \
	{ #mistake, mistake, kind, options, NOTHING, why }


/* ---------------------------------------------- for the mistakes themselves */

/* An object, which is then what the report should be about. */
void *misuse_take(struct ground *ground);
void misuse_give(struct ground *ground, void *object);
/* What waits leaves, and empty slabs go. */
void misuse_flush(struct ground *ground);
void misuse_write(struct ground *ground, long from, u32 nr, u8 value);
/* Debug options in force. */
unsigned long misuse_options(const struct ground *ground);
/* Ends what a mistake has made besides: there is not room for many. */
void misuse_end_cache(struct qt *t, struct quarry_cache *cache);
void misuse_end_heap(struct qt *t, struct quarry_heap *heap);

/* ------------------------------------------------------------- for tables */

/* All rows of that kind of event, or NOTHING. */
void misuse_play(struct qt *t, const struct row *row, unsigned int nr,
		 int expected);
/* How many rows are told of, and how many are not. */
void misuse_count(struct qt *t, const struct row *row, unsigned int nr);

#endif /* _QT_MISUSE_H */
