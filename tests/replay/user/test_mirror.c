// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_mirror.c - the captured streams, played into quarry's mirror: contents
 * right, every byte given back, original functions in the reports.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <quarry_mirror.h>

#include "kselftest_harness.h"

#include "../target_quarry.h"
#include "user.h"

#define THREADS		4
#define ROUNDS		2

FIXTURE(replay) {
	void *data;
	unsigned long len;
	void *state;
};

FIXTURE_VARIANT(replay) {
	const char *name;
	/* A function of the captured kernel that owns memory at the peak. */
	const char *function;
};

FIXTURE_VARIANT_ADD(replay, boot) {
	.name = "boot", .function = "__kernfs_new_node+",
};

FIXTURE_VARIANT_ADD(replay, find) {
	.name = "find", .function = "__d_alloc+",
};

FIXTURE_VARIANT_ADD(replay, unpack) {
	.name = "unpack", .function = "alloc_inode+",
};

FIXTURE_VARIANT_ADD(replay, net) {
	.name = "net", .function = "vm_area_dup+",
};

FIXTURE_SETUP(replay)
{
	char path[256];

	snprintf(path, sizeof(path), REPLAY_DATA "/%s.qs.xz", variant->name);
	self->data = user_read(path, &self->len);
	ASSERT_NE(self->data, NULL);
	self->state = user_mirror_begin();
}

FIXTURE_TEARDOWN(replay)
{
	EXPECT_EQ(user_mirror_end(), 0);
	free(self->data);
}

static struct player *open_player(const void *data, unsigned long len)
{
	unsigned long error_at;
	const char *error;

	return player_open(&user_world, data, len, &error, &error_at);
}

/* Whether the report @name has @word in it. */
static int report_has(const char *name, const char *word)
{
	size_t size = 0;
	char *text = NULL;
	FILE *to = open_memstream(&text, &size);
	int found = mirror_report(name, to);

	fclose(to);
	found = !found && strstr(text, word);
	free(text);
	return found;
}

TEST_F(replay, mirror_plays_and_gives_all_back)
{
	struct player *player = open_player(self->data, self->len);
	unsigned long pages = mirror_pages_out();
	const struct player_result *r;
	unsigned int i;

	ASSERT_NE(player, NULL);
	r = player_result(player);
	ASSERT_EQ(player_begin(player, &target_quarry, self->state, 1), 0);
	for (i = 0; i < ROUNDS; i++) {
		ASSERT_EQ(player_peak(player), 0);
		EXPECT_TRUE(report_has("sites", variant->function));
		EXPECT_TRUE(report_has("caches", "dentry"));
		EXPECT_TRUE(report_has("heaps", variant->name));
		ASSERT_EQ(player_finish(player), 0);
	}
	EXPECT_FALSE(report_has("sites", variant->function));
	EXPECT_EQ(player_end(player), 0);
	EXPECT_EQ(r->failures, 0);
	EXPECT_EQ(r->mismatches, 0);
	EXPECT_EQ(r->not_zeroed, 0);
	EXPECT_EQ(r->allocs, r->frees);
	/* Held is at least what was asked for, and not twice as much. */
	EXPECT_GT(r->peak_held_bytes, (long long)r->peak_asked_bytes);
	if (r->peak_asked_bytes > 4 << 20) {
		EXPECT_LT(r->peak_held_bytes,
			  2 * (long long)r->peak_asked_bytes);
	}
	/* Only the table of sites, append-only, may have grown. */
	EXPECT_LE(mirror_pages_out(), pages + 64);
	player_close(player);
}

static void *play_thread(void *arg)
{
	struct player *player = arg;
	unsigned int i;

	for (i = 0; i < ROUNDS; i++)
		if (player_peak(player) || player_finish(player))
			abort();
	return NULL;
}

TEST_F(replay, mirror_threads_share_caches)
{
	struct user_share share = {
		.target = &target_quarry, .target_state = self->state,
	};
	struct user_part part[THREADS];
	struct player *player[THREADS];
	pthread_t thread[THREADS];
	unsigned int i;

	for (i = 0; i < THREADS; i++) {
		player[i] = open_player(self->data, self->len);
		ASSERT_NE(player[i], NULL);
	}
	ASSERT_EQ(user_share_begin(&share, player_stream(player[0])), 0);
	for (i = 0; i < THREADS; i++) {
		part[i].share = &share;
		ASSERT_EQ(player_begin(player[i], &user_shared, &part[i], 1),
			  0);
		ASSERT_EQ(pthread_create(&thread[i], NULL, play_thread,
					 player[i]), 0);
	}
	for (i = 0; i < THREADS; i++) {
		const struct player_result *r = player_result(player[i]);

		pthread_join(thread[i], NULL);
		EXPECT_EQ(player_end(player[i]), 0);
		EXPECT_EQ(r->failures, 0);
		EXPECT_EQ(r->mismatches, 0);
		EXPECT_EQ(r->not_zeroed, 0);
		EXPECT_EQ(r->allocs, r->frees);
	}
	EXPECT_EQ(user_share_end(&share), 0);
	for (i = 0; i < THREADS; i++)
		player_close(player[i]);
}

TEST_HARNESS_MAIN
