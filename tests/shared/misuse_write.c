// SPDX-License-Identifier: GPL-2.0-only
/*
 * misuse_write.c - cases: a table of writes and reads where there should be
 * none, by debug options: found, or not and why.
 */
#include "cases.h"
#include "inspect.h"
#include "misuse.h"
#include "slab.h"

/* Objects until all of a slab's have been used again; then back. */
#define REUSED	300

static void reuse(struct ground *ground)
{
	static void *object[REUSED];
	void *first = ground->object;
	u32 i, nr = ground->asked > PAGE_SIZE ? 4 : REUSED;

	for (i = 0; i < nr; i++)
		object[i] = misuse_take(ground);
	while (i--)
		misuse_give(ground, object[i]);
	ground->object = first;
}

static void overrun(struct ground *ground, long from, u32 nr, u8 value)
{
	void *object = misuse_take(ground);

	misuse_write(ground, from, nr, value);
	misuse_give(ground, object);
}

static void one_behind(struct ground *ground)
{
	overrun(ground, ground->asked, 1, 0x11);
}

static void two_behind(struct ground *ground)
{
	overrun(ground, ground->asked, 2, 0x11);
}

static void one_behind_much_later(struct ground *ground)
{
	overrun(ground, ground->asked + 3, 1, 0x11);
}

static void same_behind(struct ground *ground)
{
	overrun(ground, ground->asked, 1, QR_REDZONE_LIVE);
}

static void last_of_own(struct ground *ground)
{
	overrun(ground, ground->asked - 1, 1, 0x11);
}

static void one_before(struct ground *ground)
{
	overrun(ground, -1, 1, 0x11);
}

static void eight_before(struct ground *ground)
{
	overrun(ground, -8, 8, 0x11);
}

/* After free at @at; found when it is used again. */
static void late_write(struct ground *ground, u32 at, u8 value)
{
	void *object = misuse_take(ground), *keep = misuse_take(ground);

	/* Its slab stays. */
	ground->object = object;
	misuse_give(ground, object);
	misuse_write(ground, at, 1, value);
	reuse(ground);
	misuse_flush(ground);
	misuse_give(ground, keep);
}

static void late_first(struct ground *ground)
{
	late_write(ground, 0, 0x11);
}

static void late_middle(struct ground *ground)
{
	late_write(ground, ground->asked / 2, 0x11);
}

static void late_last(struct ground *ground)
{
	late_write(ground, ground->asked - 1, 0x11);
}

static void late_behind(struct ground *ground)
{
	late_write(ground, ground->asked, 0x11);
}

static void late_poison(struct ground *ground)
{
	late_write(ground, 0, 0x6b);
}

static void late_zero(struct ground *ground)
{
	late_write(ground, 0, 0);
}

/* Found without being used again. */
static void late_on_demand(struct ground *ground)
{
	void *object = misuse_take(ground), *keep = misuse_take(ground);

	ground->object = object;
	misuse_give(ground, object);
	misuse_write(ground, 0, 1, 0x11);
	if (qt_slab(object))
		qr_inspect_slab(qt_slab(object));
	misuse_give(ground, keep);
}

/* Through an old pointer into what has a new owner. */
static void late_to_new_owner(struct ground *ground)
{
	u8 *object = misuse_take(ground), *keep = misuse_take(ground), *owner;

	ground->object = object;
	misuse_give(ground, object);
	owner = misuse_take(ground);
	ground->object = object;
	misuse_write(ground, 0, 1, 0x11);
	misuse_give(ground, owner);
	ground->object = object;
	misuse_flush(ground);
	misuse_give(ground, keep);
}

/* Smaller in place; what was ours is not any more. */
static void behind_smaller(struct ground *ground)
{
	u8 *object = misuse_take(ground);

	object = quarry_heap_realloc(ground->heap, object, 98, GFP_KERNEL);
	OPTIMIZER_HIDE_VAR(object);
	ground->object = object;
	misuse_write(ground, 98, 1, 0x11);
	misuse_give(ground, object);
}

/* What is not told of may still do no harm: it reads as nothing real. */
static void late_read(struct ground *ground)
{
	u8 *object = misuse_take(ground), *keep = misuse_take(ground);
	unsigned long options = misuse_options(ground);

	memset(object, 0x33, ground->asked);
	misuse_give(ground, object);
	if (options & P)
		QT_EXPECT_BYTES(ground->t, object, 0x6b, ground->asked - 8);
	else if (options & W)
		QT_EXPECT_BYTES(ground->t, object, 0, ground->asked);
	misuse_give(ground, keep);
}

static void early_read(struct ground *ground)
{
	u8 *object = misuse_take(ground);
	unsigned long options = misuse_options(ground);

	if ((options & P) && !qr_want_init_on_alloc(GFP_KERNEL))
		QT_EXPECT_BYTES(ground->t, object, 0x6b, ground->asked - 8);
	misuse_give(ground, object);
}

/* ---------------------------------------------------------------- table */

static const char no_redzone[] = "nobody looks at these bytes without Z";
static const char slack[] = "slack of its own, and nobody looks without Z";
static const char in_bounds[] = "it is no mistake";
static const char same_value[] = "the byte is what it was";
static const char no_pattern[] = "free bytes may be anything without P or W";
static const char new_owner[] = "the new owner may write there: Q keeps it free";
static const char only_read[] = "reading leaves no trace";

static const struct row rows[] = {
	/* Behind the end. */
	ROW(one_behind, C52, Z, REDZONE),
	ROW(one_behind, C64, Z, REDZONE),
	ROW(one_behind, CTOR, Z, REDZONE),
	ROW(one_behind, H6, Z, REDZONE),
	ROW(one_behind, H64, Z, REDZONE),
	ROW(one_behind, H100, Z, REDZONE),
	ROW(one_behind, RUN, Z, REDZONE),
	ROW(one_behind, PAGES, Z, REDZONE),
	ROW(one_behind, H6, F | Z | P | U, REDZONE),
	ROW(one_behind, H64, Z | P | Q, REDZONE),
	ROW(one_behind, C52, Z | W, REDZONE),
	ROW(two_behind, H6, Z, REDZONE),
	ROW(two_behind, H6, Z | P, REDZONE),
	UNSEEN(two_behind, H6, 0, slack),
	UNSEEN(one_behind, H100, 0, slack),
	UNSEEN(one_behind, C52, 0, slack),
	UNSEEN(one_behind, RUN, 0, slack),
	UNSEEN(one_behind, C52, P, no_redzone),
	ROW(one_behind_much_later, H100, Z, REDZONE),
	ROW(one_behind_much_later, H64, Z, REDZONE),
	ROW(one_behind_much_later, RUN, Z, REDZONE),
	ROW(one_behind, C52, G, REDZONE),
	ROW(one_behind, H100, G, REDZONE),
	ROW(one_behind, H6, G, REDZONE),
	UNSEEN(same_behind, H64, Z, same_value),
	UNSEEN(last_of_own, C52, F | Z | P | U, in_bounds),
	UNSEEN(last_of_own, H6, Z, in_bounds),
	UNSEEN(last_of_own, H64, G, in_bounds),
	UNSEEN(last_of_own, PAGES, Z, in_bounds),
	ROW(behind_smaller, H100, Z, REDZONE),
	ROW(behind_smaller, H100, Z | P, REDZONE),
	UNSEEN(behind_smaller, H100, 0, slack),
	/* Before the beginning. */
	ROW(one_before, C52, Z, REDZONE),
	ROW(one_before, C64, Z, REDZONE),
	ROW(one_before, H6, Z, REDZONE),
	ROW(one_before, H64, Z, REDZONE),
	ROW(eight_before, C64, Z, REDZONE),
	ROW(eight_before, H100, Z | P | U, REDZONE),
	ROW(one_before, H64, G, REDZONE),
	ROW(eight_before, H100, G, REDZONE),
	/* After free. */
	ROW(late_first, C52, P, POISON),
	ROW(late_first, H64, P, POISON),
	ROW(late_middle, C64, P, POISON),
	ROW(late_last, C64, P, POISON),
	ROW(late_last, H6, Z | P, POISON),
	ROW(late_first, H100, F | Z | P | U, POISON),
	ROW(late_behind, H100, P, POISON),
	ROW(late_behind, H100, Z, REDZONE),
	ROW(late_first, C64, W, POISON),
	ROW(late_last, H64, W, POISON),
	ROW(late_first, C64, P | Q, POISON),
	ROW(late_last, H64, W | Q, POISON),
	ROW(late_first, RUN, P | Q, POISON),
	ROW(late_behind, C52, Z | Q, REDZONE),
	ROW(late_on_demand, C64, P, POISON),
	ROW(late_on_demand, H64, W, POISON),
	ROW(late_on_demand, H64, P | Q, POISON),
	UNSEEN(late_first, C64, 0, no_pattern),
	UNSEEN(late_first, H64, Z, no_pattern),
	UNSEEN(late_first, CTOR, P, "a constructor's work must stay"),
	UNSEEN(late_poison, C64, P, same_value),
	UNSEEN(late_zero, C64, W, same_value),
	UNSEEN(late_on_demand, C64, 0, no_pattern),
	UNSEEN(late_to_new_owner, C64, 0, new_owner),
	UNSEEN(late_to_new_owner, C64, W, new_owner),
	ROW(late_to_new_owner, C64, P | Q, POISON),
	ROW(late_to_new_owner, H64, W | Q, POISON),
	UNSEEN(late_read, C64, 0, only_read),
	UNSEEN(late_read, C64, P, only_read),
	UNSEEN(late_read, H64, W, only_read),
	UNSEEN(early_read, C64, P, only_read),
	UNSEEN(early_read, H64, P | Z, only_read),
};

static void play(struct qt *t, int expected)
{
	misuse_play(t, rows, ARRAY_SIZE(rows), expected);
}

QT_CASE(table_redzones_tell)
{
	play(t, QR_EVENT_REDZONE);
}

QT_CASE(table_poison_tells)
{
	play(t, QR_EVENT_POISON);
}

QT_CASE(table_nothing_is_told_without_reason)
{
	misuse_count(t, rows, ARRAY_SIZE(rows));
	play(t, NOTHING);
}
