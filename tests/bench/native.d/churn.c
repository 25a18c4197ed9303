// SPDX-License-Identifier: GPL-2.0-only
/*
 * churn.c - a live set of mixed sizes, half of which is replaced in each round
 * at random.  Its figures are per replacement: one free and one allocation.
 */
#include <stdio.h>

#include "play.h"

/* Replacements that a round of a small set makes at least. */
#define MIN_PAIRS	100000u
#define SIZE_MAX_BYTES	256u

struct slot {
	void *object;
};

static unsigned long long rng = 88172645463325252ULL;

static unsigned int random_below(unsigned int limit)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return (unsigned long long)(unsigned int)(rng >> 16) * limit >> 32;
}

static void *take(const struct player_target *target, unsigned int gfp,
		  void *site)
{
	return target->alloc(NULL, 1 + random_below(SIZE_MAX_BYTES), gfp, site);
}

static int replace(const struct player_target *target, struct slot *slots,
		   unsigned int live, unsigned int pairs, unsigned int gfp,
		   void *site)
{
	for (; pairs; pairs--) {
		struct slot *slot = &slots[random_below(live)];

		target->free(NULL, slot->object);
		slot->object = take(target, gfp, site);
		if (!slot->object)
			return -1;
	}
	return 0;
}

/* Every round's time, printed. */
static int rounds_timed(const struct player_target *target, const char *side,
			struct slot *slots, unsigned int live,
			unsigned int rounds, unsigned int gfp, void *site)
{
	unsigned int pairs = live / 2 < MIN_PAIRS ? MIN_PAIRS : live / 2;
	unsigned int i;

	if (replace(target, slots, live, pairs, gfp, site))
		return -1;
	printf("time,churn-%u,%s,%u", live, side, pairs);
	for (i = 0; i < rounds; i++) {
		unsigned long long start = side_cpu_ns();

		if (replace(target, slots, live, pairs, gfp, site))
			return -1;
		printf(",%llu", side_cpu_ns() - start);
	}
	putchar('\n');
	return 0;
}

int churn(const struct player_target *target, const char *side,
	  unsigned int live, unsigned int rounds)
{
	struct qrys_site site = { .name = "churn" };
	struct qrys_stream stream = {
		.title = "churn", .site = &site, .nr_sites = 1,
	};
	struct slot *slots = side_world.get(live * sizeof(*slots));
	unsigned int i, gfp;
	int bad = 0;

	if (!slots || target->begin(NULL, &stream))
		return -1;
	gfp = target->gfp(NULL, QRYS_GFP_KERNEL);
	for (i = 0; i < live && !bad; i++) {
		slots[i].object = take(target, gfp, target->site(NULL, 0));
		bad = !slots[i].object;
	}
	if (!bad)
		bad = rounds_timed(target, side, slots, live, rounds, gfp,
				   target->site(NULL, 0));
	for (i = 0; i < live; i++)
		if (slots[i].object)
			target->free(NULL, slots[i].object);
	side_world.put(slots);
	return target->end(NULL) || bad ? -1 : 0;
}
