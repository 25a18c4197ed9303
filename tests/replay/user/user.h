/* SPDX-License-Identifier: GPL-2.0-only */
/* user.h - the player's world in userspace, and the targets to be had there. */
#ifndef _REPLAY_USER_H
#define _REPLAY_USER_H

#include "../player.h"

extern const struct player_world user_world;
__attribute__((format(printf, 3, 4)))
int user_print(char *text, unsigned long size, const char *fmt, ...);

/* The C library's malloc; no state. */
extern const struct player_target user_malloc;

/* Starts the mirror; its result is the state of target_quarry. */
void *user_mirror_begin(void);
/* 0, or how many things are left behind, each told on stderr. */
int user_mirror_end(void);
/* Prints a file of quarry's debugfs directory. */
int user_mirror_report(const char *name);

/* One target under several players: they play into the same caches. */
struct user_share {
	const struct player_target *target;
	void *target_state;
	/* One for each cache of the stream. */
	void **cache;
	unsigned int nr_caches;
};

/* Target of a player that takes part in a share; its state is a user_part. */
extern const struct player_target user_shared;

struct user_part {
	struct user_share *share;
	unsigned int next_cache;
};

/* @share has target and state set.  0, or -1: the target refused. */
int user_share_begin(struct user_share *share,
		     const struct qrys_stream *stream);
/* After all players have ended.  0, or -1: caches that could not go. */
int user_share_end(struct user_share *share);

/* @data, or NULL with a message printed; unpacks .xz through xz(1). */
void *user_read(const char *path, unsigned long *len);

#endif /* _REPLAY_USER_H */
