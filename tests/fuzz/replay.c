// SPDX-License-Identifier: GPL-2.0-only
/*
 * replay.c - recorded streams: each is refused with the place of its first
 * fault, or played from begin to end into quarry, and all is freed.
 */
#include <stdlib.h>

#include "../replay/target_quarry.h"
#include "../replay/user/user.h"
#include "fuzz.h"

/* Live bytes that the arena can serve; what does not fit is no fault. */
#define ASKED_MAX	(16ULL << 20)

static long long used(void)
{
	return 0;
}

static struct quarry_target target = { .world = &user_world, .used = used };

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	fuzz_begin();
	return 0;
}

static bool is_too_large(const struct player *player)
{
	const struct qrys_stream *stream = player_stream(player);
	unsigned int i;

	for (i = 0; i < stream->nr_kinds; i++)
		if ((unsigned long long)stream->kind[i].size *
		    stream->nr_slots > ASKED_MAX)
			return true;
	return false;
}

static void play(struct player *player)
{
	const struct player_result *result = player_result(player);

	/* Names of caches may come twice, or be refused. */
	if (player_begin(player, &target_quarry, &target, 1))
		return;
	fuzz_must(!player_peak(player) && !player_finish(player),
		  "a stream plays to its end");
	fuzz_must(!player_end(player), "all caches go");
	fuzz_must(!result->mismatches && !result->not_zeroed && !result->stuck,
		  "objects are what they should be");
	fuzz_must(result->allocs == result->frees + result->failures,
		  "all is freed");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *error = NULL;
	unsigned long error_at = 0;
	struct player *player;

	player = player_open(&user_world, data, size, &error, &error_at);
	if (!player) {
		fuzz_must(error && error_at <= size, "a fault has a place");
		return 0;
	}
	if (!is_too_large(player)) {
		play(player);
		fuzz_validate();
	}
	player_close(player);
	return 0;
}
