/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * player.h - plays a decoded stream into an allocator.  Compiles in the kernel
 * and in userspace; what differs comes through the two tables below.
 */
#ifndef _REPLAY_PLAYER_H
#define _REPLAY_PLAYER_H

#include "stream.h"

#define PLAYER_BREATH	1024u

/* What the player needs of the world it runs in. */
struct player_world {
	/* Zeroed memory, not from the allocator under test. */
	void *(*get)(unsigned long bytes);
	void (*put)(void *memory);
	/* Monotonic, in ns. */
	unsigned long long (*now)(void);
	/* Called every PLAYER_BREATH events: a long run must let others in. */
	void (*breathe)(void);
	/* As the kernel's scnprintf(). */
	__attribute__((format(printf, 3, 4)))
	int (*print)(char *text, unsigned long size, const char *fmt, ...);
};

/* The allocator under test.  @site and what the calls return is its own. */
struct player_target {
	const char *name;
	/* Before the caches are made, and after they are gone.  0 or -errno. */
	int (*begin)(void *state, const struct qrys_stream *stream);
	int (*end)(void *state);
	/* Bytes the allocator took from the system since begin(). */
	long long (*held)(void *state);
	/* NULL when it cannot be made. */
	void *(*cache_create)(void *state, const char *name, unsigned int size);
	/* 0, or not when objects live in it. */
	int (*cache_destroy)(void *state, void *cache);
	/* gfp class of a stream to the flags that the calls below take. */
	unsigned int (*gfp)(void *state, unsigned int qrys_gfp);
	/* A handle for the site whose number in the stream is @site. */
	void *(*site)(void *state, unsigned int site);
	void *(*cache_alloc)(void *state, void *cache, unsigned int gfp,
			     void *site);
	void (*cache_free)(void *state, void *cache, void *object);
	void *(*alloc)(void *state, unsigned int size, unsigned int gfp,
		       void *site);
	void (*free)(void *state, void *block);
};

struct player_result {
	unsigned long long allocs;
	unsigned long long frees;
	/* Frees at the end, of what the stream never freed; among @frees. */
	unsigned long long leftovers;
	/* Allocations that returned NULL. */
	unsigned long long failures;
	/* Objects whose contents were not what was written into them. */
	unsigned long long mismatches;
	/* __GFP_ZERO objects that were not zero. */
	unsigned long long not_zeroed;
	/* Spent in playing, measuring left out. */
	unsigned long long ns;
	unsigned int rounds;
	/* Caches made, nothing allocated yet. */
	long long empty_held_bytes;
	/* At the moment of most live bytes. */
	unsigned long peak_objects;
	unsigned long long peak_asked_bytes;
	long long peak_held_bytes;
	/* Bytes asked for and still live at the end of the stream. */
	unsigned long long end_asked_bytes;
	long long end_held_bytes;
	/* All is freed; then caches are destroyed too. */
	long long idle_held_bytes;
	long long final_held_bytes;
	/* Caches that could not be destroyed. */
	unsigned int stuck;
};

struct player;

/*
 * Decodes @data, which must stay until player_close().  NULL with *@error
 * and *@error_at set: a bad stream, or no memory.
 */
struct player *player_open(const struct player_world *world, const void *data,
			   unsigned long len, const char **error,
			   unsigned long *error_at);
void player_close(struct player *player);
const struct qrys_stream *player_stream(const struct player *player);

/*
 * begin: makes the caches.  peak: plays up to the moment of most live bytes.
 * finish: plays the rest and frees what is left.  end: destroys the caches.
 * A round is peak and finish; there may be any number between begin and end.
 * peak and finish return 0, or -1 when called out of turn.
 */
int player_begin(struct player *player, const struct player_target *target,
		 void *state, int verify);
int player_peak(struct player *player);
int player_finish(struct player *player);
int player_end(struct player *player);
const struct player_result *player_result(const struct player *player);

/* The result as lines of "key value"; returns bytes without the NUL. */
int player_print(const struct player *player, char *text, unsigned long size);

#endif /* _REPLAY_PLAYER_H */
