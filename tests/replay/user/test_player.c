// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_player.c - the player: that it plays what the streams say, and that it
 * notices an allocator that loses, shares or soils memory.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kselftest_harness.h"
#include "user.h"

#define RARELY		1000	/* one allocation in so many goes wrong */

static struct player *open_stream(const char *name, void **data)
{
	unsigned long len, error_at;
	const char *error;
	char path[256];

	snprintf(path, sizeof(path), REPLAY_DATA "/%s.qs.xz", name);
	*data = user_read(path, &len);
	if (!*data)
		return NULL;
	return player_open(&user_world, *data, len, &error, &error_at);
}

/* Plays "net" once into @target. */
static int play_net(const struct player_target *target, int verify,
		    struct player_result *result)
{
	void *data;
	struct player *player = open_stream("net", &data);
	int ret;

	if (!player)
		return -1;
	ret = player_begin(player, target, NULL, verify);
	if (!ret) {
		player_peak(player);
		player_finish(player);
		ret = player_end(player);
	}
	*result = *player_result(player);
	player_close(player);
	free(data);
	return ret;
}

FIXTURE(streams) {
};

FIXTURE_VARIANT(streams) {
	const char *name;
};

FIXTURE_SETUP(streams)
{
}

FIXTURE_TEARDOWN(streams)
{
}

FIXTURE_VARIANT_ADD(streams, boot) { .name = "boot" };
FIXTURE_VARIANT_ADD(streams, find) { .name = "find" };
FIXTURE_VARIANT_ADD(streams, unpack) { .name = "unpack" };
FIXTURE_VARIANT_ADD(streams, net) { .name = "net" };

TEST_F(streams, player_plays_all_of_it_twice)
{
	void *data;
	struct player *player = open_stream(variant->name, &data);
	const struct player_result *r;
	const struct qrys_stream *s;

	ASSERT_NE(player, NULL);
	r = player_result(player);
	s = player_stream(player);
	EXPECT_STREQ(s->title, variant->name);
	ASSERT_EQ(player_begin(player, &user_malloc, NULL, 1), 0);
	EXPECT_EQ(player_peak(player), 0);
	EXPECT_EQ(r->allocs - r->frees, r->peak_objects);
	EXPECT_EQ(player_finish(player), 0);
	EXPECT_EQ(r->allocs + r->frees - r->leftovers, s->nr_events);
	EXPECT_EQ(player_peak(player), 0);
	EXPECT_EQ(player_finish(player), 0);
	EXPECT_EQ(player_end(player), 0);
	EXPECT_EQ(r->allocs + r->frees - r->leftovers, 2 * s->nr_events);
	EXPECT_EQ(r->allocs, r->frees);
	EXPECT_EQ(r->failures, 0);
	EXPECT_EQ(r->mismatches, 0);
	EXPECT_EQ(r->not_zeroed, 0);
	EXPECT_GE(r->peak_asked_bytes, r->end_asked_bytes);
	EXPECT_LE(r->peak_objects, s->nr_slots);
	player_close(player);
	free(data);
}

TEST(player_out_of_turn_refused)
{
	void *data;
	struct player *player = open_stream("net", &data);

	ASSERT_NE(player, NULL);
	EXPECT_NE(player_peak(player), 0);
	EXPECT_NE(player_finish(player), 0);
	EXPECT_NE(player_end(player), 0);
	ASSERT_EQ(player_begin(player, &user_malloc, NULL, 1), 0);
	EXPECT_NE(player_begin(player, &user_malloc, NULL, 1), 0);
	EXPECT_NE(player_finish(player), 0);
	EXPECT_EQ(player_peak(player), 0);
	EXPECT_NE(player_peak(player), 0);
	/* At its peak: what lives is freed. */
	EXPECT_EQ(player_end(player), 0);
	EXPECT_EQ(player_result(player)->allocs, player_result(player)->frees);
	player_close(player);
	free(data);
}

/* ---------------------------------------------- allocators that go wrong */

static unsigned int calls;

static void *failing_alloc(void *state, unsigned int size, unsigned int gfp,
			   void *site)
{
	if (++calls % RARELY == 0)
		return NULL;
	return user_malloc.alloc(state, size, gfp, site);
}

TEST(player_failed_allocation_counted)
{
	struct player_target target = user_malloc;
	struct player_result r;

	target.alloc = failing_alloc;
	ASSERT_EQ(play_net(&target, 1, &r), 0);
	EXPECT_EQ(r.failures, calls / RARELY);
	EXPECT_GT(r.failures, 0);
	EXPECT_EQ(r.allocs, r.frees + r.failures);
	EXPECT_EQ(r.mismatches, 0);
}

/* Everything from one ring that is too small: memory given out twice. */
static unsigned char ring[64 << 10];

static void *sharing_alloc(void *state, unsigned int size, unsigned int gfp,
			   void *site)
{
	static unsigned int at;
	void *block;

	if (size > sizeof(ring) / 2)
		return NULL;
	if (at + size > sizeof(ring))
		at = 0;
	block = ring + at;
	at += (size + 15) & ~15u;
	return block;
}

static void sharing_free(void *state, void *block)
{
}

TEST(player_memory_given_out_twice_noticed)
{
	struct player_target target = user_malloc;
	struct player_result r;

	target.alloc = sharing_alloc;
	target.free = sharing_free;
	ASSERT_EQ(play_net(&target, 1, &r), 0);
	EXPECT_GT(r.mismatches, 0);
	ASSERT_EQ(play_net(&target, 0, &r), 0);
	EXPECT_EQ(r.mismatches, 0);
}

/* Damages the last byte of a block now and then, far from its start. */
static void *soiling_alloc(void *state, unsigned int size, unsigned int gfp,
			   void *site)
{
	unsigned char *block = calloc(1, size);

	if (gfp && ++calls % 10 == 0)
		block[size - 1] = 1;
	return block;
}

TEST(player_soiled_zero_memory_noticed)
{
	struct player_target target = user_malloc;
	struct player_result r;

	target.alloc = soiling_alloc;
	ASSERT_EQ(play_net(&target, 1, &r), 0);
	EXPECT_GT(calls, 10);
	EXPECT_EQ(r.not_zeroed, calls / 10);
}

static unsigned int created;

static void *refusing_cache_create(void *state, const char *name,
				   unsigned int size)
{
	return ++created == 5 ? NULL :
		user_malloc.cache_create(state, name, size);
}

static int counting_cache_destroy(void *state, void *cache)
{
	created--;
	return 0;
}

TEST(player_cache_not_made_ends_the_play)
{
	struct player_target target = user_malloc;
	struct player_result r;

	target.cache_create = refusing_cache_create;
	target.cache_destroy = counting_cache_destroy;
	EXPECT_NE(play_net(&target, 1, &r), 0);
	EXPECT_EQ(created, 1);		/* the one refused */
	EXPECT_EQ(r.allocs, 0);
}

TEST(player_broken_stream_refused)
{
	unsigned long error_at;
	const char *error;

	EXPECT_EQ(player_open(&user_world, "QRYS", 4, &error, &error_at),
		  NULL);
	EXPECT_STREQ(error, "ends inside a number");
	EXPECT_EQ(error_at, 4);
}

TEST_HARNESS_MAIN
