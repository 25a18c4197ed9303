// SPDX-License-Identifier: GPL-2.0-only
/* share.c - lets the players of several threads play into one target. */
#include <stdlib.h>

#include "user.h"

int user_share_begin(struct user_share *share, const struct qrys_stream *stream)
{
	unsigned int i;

	share->cache = calloc(stream->nr_caches + 1, sizeof(*share->cache));
	share->nr_caches = stream->nr_caches;
	if (!share->cache)
		abort();
	if (share->target->begin(share->target_state, stream)) {
		free(share->cache);
		return -1;
	}
	for (i = 0; i < stream->nr_caches; i++) {
		share->cache[i] = share->target->cache_create(
			share->target_state, stream->cache[i].name,
			stream->cache[i].size);
		if (share->cache[i])
			continue;
		user_share_end(share);
		return -1;
	}
	return 0;
}

int user_share_end(struct user_share *share)
{
	unsigned int i;
	int bad = 0;

	for (i = 0; i < share->nr_caches; i++)
		if (share->cache[i] &&
		    share->target->cache_destroy(share->target_state,
						 share->cache[i]))
			bad = -1;
	free(share->cache);
	if (share->target->end(share->target_state))
		bad = -1;
	return bad;
}

static int part_begin(void *state, const struct qrys_stream *stream)
{
	struct user_part *part = state;

	part->next_cache = 0;
	return stream->nr_caches == part->share->nr_caches ? 0 : -1;
}

static int part_end(void *state)
{
	return 0;
}

static long long part_held(void *state)
{
	struct user_share *share = ((struct user_part *)state)->share;

	return share->target->held(share->target_state);
}

static void *part_cache_create(void *state, const char *name, unsigned int size)
{
	struct user_part *part = state;

	return part->share->cache[part->next_cache++];
}

static int part_cache_destroy(void *state, void *cache)
{
	return 0;
}

static unsigned int part_gfp(void *state, unsigned int gfp)
{
	struct user_share *share = ((struct user_part *)state)->share;

	return share->target->gfp(share->target_state, gfp);
}

static void *part_site(void *state, unsigned int site)
{
	struct user_share *share = ((struct user_part *)state)->share;

	return share->target->site(share->target_state, site);
}

static void *part_cache_alloc(void *state, void *cache, unsigned int gfp,
			      void *site)
{
	struct user_share *share = ((struct user_part *)state)->share;

	return share->target->cache_alloc(share->target_state, cache, gfp,
					  site);
}

static void part_cache_free(void *state, void *cache, void *object)
{
	struct user_share *share = ((struct user_part *)state)->share;

	share->target->cache_free(share->target_state, cache, object);
}

static void *part_alloc(void *state, unsigned int size, unsigned int gfp,
			void *site)
{
	struct user_share *share = ((struct user_part *)state)->share;

	return share->target->alloc(share->target_state, size, gfp, site);
}

static void part_free(void *state, void *block)
{
	struct user_share *share = ((struct user_part *)state)->share;

	share->target->free(share->target_state, block);
}

const struct player_target user_shared = {
	.name = "shared",
	.begin = part_begin,
	.end = part_end,
	.held = part_held,
	.cache_create = part_cache_create,
	.cache_destroy = part_cache_destroy,
	.gfp = part_gfp,
	.site = part_site,
	.cache_alloc = part_cache_alloc,
	.cache_free = part_cache_free,
	.alloc = part_alloc,
	.free = part_free,
};
