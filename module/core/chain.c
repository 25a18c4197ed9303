// SPDX-License-Identifier: GPL-2.0-only
/*
 * chain.c - the call chain that leads here.  A walk by the unwinder costs
 * thousands of instructions, so it is remembered where on the stack each return
 * address of a chain was found.  If, so far from where this function stands,
 * every one of them is found again, it is the same chain: what returns where,
 * from what height of the stack, is what an unwinder goes by.  Frames whose size
 * may differ each time have a frame pointer, which some call from there has
 * saved: whatever word may be that one is remembered, and must be the same, too.
 * Reads frame by frame, and thus never beyond the frames that are there.
 *
 * An entry is written by who gets it, read by all, and checked by its sequence.
 */
#include <linux/atomic.h>
#include <linux/hash.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "chain.h"
#include "frame.h"
#include "inject.h"
#include "meta.h"
#include "stack.h"

/* Calls inside quarry that may be on the way. */
#define OWN_FRAMES	8U
#define MEMO_FRAMES	(QR_STACK_FRAMES + 4U)
#define MEMO_LINKS	20U

/* Farther from here a frame is on another stack. */
#define SPAN_MAX	16384UL

struct memo {
	/* Odd while it is written. */
	u32 seq;
	u32 id;
	u32 hint;
	u16 height;
	u16 nr;
	u16 nr_links;
	/*
	 * Words that point into the stack, both ends in words from the anchor,
	 * and before which frame that is looked at.
	 */
	struct {
		u16 offset;
		u16 target;
		u16 frame;
	} link[MEMO_LINKS];
	/* Of each return address, in words from the anchor. */
	u16 offset[MEMO_FRAMES];
	unsigned long word[MEMO_FRAMES];
};

#define PER_PAGE	(PAGE_SIZE / sizeof(struct memo))
#define NR_PAGES	32U
/* Chains of one site at one height of the stack that are remembered. */
#define WAYS		4U

static struct memo *pages[NR_PAGES];
static atomic_long_t walks;
/* Which way is written next. */
static atomic_t turn;

/* The first of the WAYS entries for a place, or NULL where none is made yet. */
static struct memo *memo_set(u32 hint, u32 height, struct memo ***page)
{
	u32 hash = hash_32(hint * 4096 + height / 8, 16);
	struct memo *memo;

	*page = &pages[hash % NR_PAGES];
	/* Pairs with the cmpxchg() in memo_make(). */
	memo = smp_load_acquire(*page);
	if (!memo)
		return NULL;
	return memo + hash / NR_PAGES % (PER_PAGE / WAYS) * WAYS;
}

/* -------------------------------------------------------------- recalling */

/* The links of frame @i, from number *@next on. */
static bool links_match(const struct memo *memo, const unsigned long *anchor,
			unsigned int i, unsigned int *next)
{
	unsigned int nr = READ_ONCE(memo->nr_links);

	for (; *next < nr && READ_ONCE(memo->link[*next].frame) == i; ++*next)
		if (qr_stack_word(anchor + READ_ONCE(memo->link[*next].offset))
		    != (unsigned long)(anchor +
				       READ_ONCE(memo->link[*next].target)))
			return false;
	return true;
}

static bool frames_match(const struct memo *memo, const unsigned long *anchor)
{
	unsigned int i, link = 0, nr = READ_ONCE(memo->nr);

	for (i = 0; i < nr; i++)
		if (!links_match(memo, anchor, i, &link) ||
		    qr_stack_word(anchor + READ_ONCE(memo->offset[i])) !=
		    READ_ONCE(memo->word[i]))
			return false;
	return true;
}

/* Number of the chain that @memo is of if it is this one, or 0. */
static u32 memo_match(const struct memo *memo, const unsigned long *anchor,
		      u32 hint, u32 height)
{
	/* Pairs with the release in memo_write(). */
	u32 seq = smp_load_acquire(&memo->seq), id;

	if ((seq & 1) || READ_ONCE(memo->hint) != hint ||
	    READ_ONCE(memo->height) != height || !frames_match(memo, anchor))
		return 0;
	id = READ_ONCE(memo->id);
	/* Pairs with the barrier in memo_write(). */
	smp_rmb();
	return READ_ONCE(memo->seq) == seq ? id : 0;
}

/* Number of the chain, or 0. */
static u32 memo_find(const unsigned long *anchor, u32 hint, u32 height)
{
	struct memo **page, *memo = memo_set(hint, height, &page);
	const struct qr_stack *stack;
	unsigned int way;
	u32 id = 0;

	for (way = 0; memo && way < WAYS && !id; way++)
		id = memo_match(memo + way, anchor, hint, height);
	stack = id ? qr_stack_get(id) : NULL;
	return stack && !READ_ONCE(stack->retired) ? id : 0;
}

/* ------------------------------------------------------------ remembering */

static struct memo *memo_make(u32 hint, u32 height)
{
	struct memo **page, *memo = memo_set(hint, height, &page), *fresh;

	if (memo || qr_in_nmi())
		return memo;
	fresh = NULL;
	if (!qr_inject(QR_INJECT_STACK, NULL, PAGE_SIZE, GFP_NOWAIT))
		fresh = qr_meta_alloc(PAGE_SIZE, GFP_NOWAIT, NUMA_NO_NODE);
	if (!fresh)
		return NULL;
	if (cmpxchg(page, NULL, fresh))
		qr_meta_free(fresh, PAGE_SIZE);
	return memo_set(hint, height, &page);
}

static void memo_write(struct memo *memo, const struct memo *to)
{
	u32 seq = READ_ONCE(memo->seq);
	unsigned int i;

	/* Whoever is at it needs no help. */
	if ((seq & 1) || cmpxchg(&memo->seq, seq, seq + 1) != seq)
		return;
	/* Pairs with the barrier in memo_match(). */
	smp_wmb();
	WRITE_ONCE(memo->id, to->id);
	WRITE_ONCE(memo->hint, to->hint);
	WRITE_ONCE(memo->height, to->height);
	WRITE_ONCE(memo->nr, to->nr);
	WRITE_ONCE(memo->nr_links, to->nr_links);
	for (i = 0; i < to->nr_links; i++) {
		WRITE_ONCE(memo->link[i].offset, to->link[i].offset);
		WRITE_ONCE(memo->link[i].target, to->link[i].target);
		WRITE_ONCE(memo->link[i].frame, to->link[i].frame);
	}
	for (i = 0; i < to->nr; i++) {
		WRITE_ONCE(memo->offset[i], to->offset[i]);
		WRITE_ONCE(memo->word[i], to->word[i]);
	}
	/* Pairs with the acquire in memo_match(). */
	smp_store_release(&memo->seq, seq + 2);
}

/* Whether @inner, which ends where @frame returns, has a frame pointer. */
static bool is_variable(const struct qr_frame *inner,
			const struct qr_frame *frame)
{
	return inner->pointer > inner->place && inner->pointer < frame->place;
}

/*
 * The frame pointer of @frame was saved by the frame within it that changed it,
 * if not by one between the two, that did not need to; or is still what it was:
 * then it is in the anchor itself.
 */
static bool memo_add_links(struct memo *memo, const struct qr_frame *frame,
			   const unsigned long *anchor)
{
	const struct qr_frame *inner = frame - 1;
	const unsigned long *at;

	while (inner->place > anchor && inner->pointer == frame->pointer)
		inner--;
	at = inner->place > anchor ? inner->place : anchor;
	for (; at < frame->place; at++) {
		if (qr_stack_word(at) != (unsigned long)frame->pointer)
			continue;
		if (memo->nr_links == MEMO_LINKS)
			return false;
		memo->link[memo->nr_links].frame = memo->nr;
		memo->link[memo->nr_links].offset = at - anchor;
		memo->link[memo->nr_links++].target = frame->pointer - anchor;
	}
	return true;
}

/*
 * Adds where a return address is to @memo; false where it may be elsewhere
 * another time.  The first is that of the function with the anchor.
 */
static bool memo_add(struct memo *memo, const struct qr_frame *frame,
		     const unsigned long *anchor)
{
	unsigned long bytes = (unsigned long)frame->place -
			      (unsigned long)anchor;

	if (!frame->place || bytes >= SPAN_MAX || memo->nr == MEMO_FRAMES)
		return false;
	if (memo->nr && is_variable(frame - 1, frame) &&
	    !memo_add_links(memo, frame - 1, anchor))
		return false;
	memo->offset[memo->nr] = bytes / sizeof(long);
	memo->word[memo->nr++] = frame->address;
	return true;
}

/* Below the anchor: calls that are over when this is asked again. */
static bool is_below(const struct qr_frame *frame, const unsigned long *anchor)
{
	return frame->place && frame->place < anchor;
}

static noinline u32 chain_walk(const unsigned long *anchor, u32 hint,
			       u32 height)
{
	struct qr_frame frame[QR_STACK_FRAMES + OWN_FRAMES];
	struct memo memo = { .hint = hint, .height = height };
	unsigned long entry[QR_STACK_FRAMES];
	unsigned int i, all, nr = 0;
	bool known = true;
	struct memo *set;

	atomic_long_inc(&walks);
	all = qr_platform_walk(frame, ARRAY_SIZE(frame));
	for (i = 0; i < all && nr < QR_STACK_FRAMES; i++) {
		if (is_below(&frame[i], anchor))
			continue;
		known = known && memo_add(&memo, &frame[i], anchor);
		if (nr || !qr_platform_is_own(frame[i].address))
			entry[nr++] = frame[i].address;
	}
	memo.id = qr_stack_number(entry, nr);
	if (known && memo.id != QR_STACK_UNKNOWN) {
		set = memo_make(hint, height);
		if (set)
			memo_write(set + (u32)atomic_inc_return(&turn) % WAYS,
				   &memo);
	}
	return memo.id;
}

noinline u32 qr_chain_here(u32 hint)
{
	const unsigned long *anchor = __builtin_frame_address(0);
	u32 height = (unsigned long)anchor & (SPAN_MAX - 1);
	u32 id = memo_find(anchor, hint, height);

	if (unlikely(!id))
		id = chain_walk(anchor, hint, height);
	/* The anchor stands as long as the walk takes: no jump there. */
	barrier();
	return id;
}

unsigned long qr_chain_walks(void)
{
	return atomic_long_read(&walks);
}

/* Nobody allocates any more. */
void qr_chain_exit(void)
{
	unsigned int i;

	for (i = 0; i < NR_PAGES; i++) {
		if (pages[i])
			qr_meta_free(pages[i], PAGE_SIZE);
		pages[i] = NULL;
	}
	atomic_long_set(&walks, 0);
}
