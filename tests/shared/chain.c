// SPDX-License-Identifier: GPL-2.0-only
/*
 * chain.c - cases: a chain that is recognised without a walk is the one that a
 * walk would have found, whatever lies between.
 */
#include "qt.h"
#include "cases.h"
#include "chain.h"
#include "frame.h"
#include "layout.h"
#include "origin.h"
#include "stack.h"

struct dive {
	struct qt *t;
	struct quarry_cache *cache;
	unsigned int wrong;
};

static void dive_on(struct dive *dive, unsigned int depth);

/* What is remembered against what the unwinder says. */
static noinline void dive_compare(struct dive *dive, const void *object)
{
	const struct qr_slab *slab = qt_slab(object);
	const struct qr_stack *stack = NULL;
	struct qr_origin origin;
	struct qr_frame frame[24];
	unsigned int nr, at = 0, i;

	if (qr_origin_read(slab, qr_slab_index(slab, (unsigned long)object),
			   &origin))
		stack = qr_stack_get(origin.stack);
	nr = qr_platform_walk(frame, ARRAY_SIZE(frame));
	while (at < nr && qr_platform_is_own(frame[at].address))
		at++;
	/* This function, which was not there then. */
	at++;
	if (!stack || !stack->nr)
		dive->wrong++;
	/* Frame 0 is the caller, in which the two calls differ. */
	for (i = 1; stack && i < stack->nr && at + i < nr; i++)
		dive->wrong += stack->entry[i] != frame[at + i].address;
}

static noinline void dive_end(struct dive *dive)
{
	void *object = quarry_cache_alloc(dive->cache, GFP_KERNEL);

	dive_compare(dive, object);
	quarry_cache_free(dive->cache, object);
}

/* Frames of three sizes, and one whose size differs each time. */
static noinline void dive_small(struct dive *dive, unsigned int depth)
{
	dive_on(dive, depth);
	barrier();
}

static noinline void dive_large(struct dive *dive, unsigned int depth)
{
	char room[64];

	barrier_data(room);
	dive_on(dive, depth);
	barrier_data(room);
}

static noinline void dive_any(struct dive *dive, unsigned int depth)
{
	char *room = __builtin_alloca(16 * (1 + qt_below(dive->t, 4)));

	barrier_data(room);
	dive_on(dive, depth);
	barrier_data(room);
}

static noinline void dive_on(struct dive *dive, unsigned int depth)
{
	if (!depth)
		return dive_end(dive);
	switch (qt_below(dive->t, 3)) {
	case 0:
		return dive_small(dive, depth - 1);
	case 1:
		return dive_large(dive, depth - 1);
	default:
		return dive_any(dive, depth - 1);
	}
}

QT_CASE(chain_remembered_is_what_a_walk_finds)
{
	struct dive dive = { .t = t, .cache = qt_cache(t, 64, 0, 0, NULL) };
	unsigned long walks;
	unsigned int i;

	if (!dive.cache)
		return;
	QT_EXPECT_EQ(t, quarry_cache_set_level(dive.cache, QUARRY_LEVEL_STACK),
		     0);
	for (i = 0; i < 3000; i++)
		dive_on(&dive, qt_below(t, 6));
	QT_EXPECT_EQ(t, dive.wrong, 0);
	walks = qr_chain_walks();
	for (i = 0; i < 100; i++)
		dive_end(&dive);
	/* One for a new chain, and some when we were moved or interrupted. */
	QT_EXPECT_LE(t, qr_chain_walks() - walks, 50);
}
