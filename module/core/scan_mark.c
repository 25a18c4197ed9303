// SPDX-License-Identifier: GPL-2.0-only
/*
 * scan_mark.c - marking: from a word to the object it refers to, from there on
 * to what that refers to.  No locks.
 *
 * The stack of objects to follow is bounded; when it overflows, they are
 * looked for among the states instead, as in Boehm's collector.
 */
#include <linux/bitops.h>
#include <linux/hash.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/preempt.h>
#include <linux/sched.h>

#include "layout.h"
#include "roots.h"
#include "scan.h"

/* ---------------------------------------------------------- a reference */

static void todo_add(struct qr_scan *scan, u32 slab, u32 index)
{
	if (scan->nr_todo == QR_SCAN_TODO_MAX)
		scan->todo_overflow = true;
	else
		scan->todo[scan->nr_todo++] = (u64)slab << 32 | index;
}

/* Among garbage: whom another leads to is not the one that was lost. */
static void classify(struct qr_scan *scan, u32 slab, u32 index, u8 *state)
{
	if (!qr_scan_is_garbage(*state) ||
	    ((u64)slab << 32 | index) == scan->leader)
		return;
	*state |= QR_SCAN_INDIRECT;
	if (!(*state & QR_SCAN_FOLLOWED))
		todo_add(scan, slab, index);
}

/*
 * The tag of an object as it is now, or of what has come in its place; 0 where
 * that does not live, as in a magazine.
 */
static u64 tag_now(const struct qr_scan_slab *entry, u32 index)
{
	unsigned long at = ~entry->hidden_tags, value = 0;

	at += entry->level == QUARRY_LEVEL_OFF ? index : index * sizeof(u64);
	if (!qr_load_nofault(&value, (void *)(at & -sizeof(value))))
		return 0;
	if (entry->level == QUARRY_LEVEL_OFF)
		return ((u8 *)&value)[at % sizeof(value)] & QR_TAG_LIVE;
	return value & QR_TAG_LIVE ? value : 0;
}

static void mark(struct qr_scan *scan, u32 slab, u32 index, u8 *state,
		 bool exact)
{
	u8 was = *state;

	/* Born since the scan began, it may have taken references over. */
	if (!(was & QR_SCAN_LIVE)) {
		if (!tag_now(&scan->slab[slab], index))
			return;
		was = QR_SCAN_LIVE | QR_SCAN_ROOT;
	}
	*state = was | QR_SCAN_REACHED | (exact ? QR_SCAN_EXACT : 0);
	if (!(was & (QR_SCAN_REACHED | QR_SCAN_IGNORED)))
		todo_add(scan, slab, index);
}

u32 qr_scan_slab_at(const struct qr_scan *scan, unsigned long address)
{
	struct qr_slab *slab;

	/* What is watched lies among pages of ours. */
	if (address - scan->near_from < scan->near_bytes) {
		/* Looked for among those that are pinned, not looked into. */
		preempt_disable();
		slab = qr_page_slab_near((void *)address);
		preempt_enable();
		if (slab)
			return qr_scan_find(scan, slab);
	}
	if (address - scan->far_from < scan->far_bytes)
		return qr_scan_find_far(scan, address);
	return 0;
}

static noinline void refer_to(struct qr_scan *scan, const void *at,
			      unsigned long address)
{
	u32 slab = qr_scan_slab_at(scan, address), index;
	const struct qr_scan_slab *entry;
	u8 *state;
	bool exact;

	if (!slab--)
		return;
	entry = &scan->slab[slab];
	index = qr_scan_index(entry, address);
	if (index >= entry->objects)
		return;
	state = &scan->state[entry->first + index];
	exact = address == qr_scan_address(entry, index);
	switch (scan->mode) {
	case QR_SCAN_MARK:
		mark(scan, slab, index, state, exact);
		break;
	case QR_SCAN_CLASSIFY:
		classify(scan, slab, index, state);
		break;
	case QR_SCAN_NOTE:
		scan->hidden_at = ~(unsigned long)at;
		qr_holder_note(scan, slab, index, exact);
		break;
	}
}

/* Of a word in free memory; the first pass remembers those it meets. */
static noinline bool is_stale(struct qr_scan *scan, const unsigned long *at,
			      unsigned long value)
{
	u32 bit = hash_long((unsigned long)at + value * GOLDEN_RATIO_64,
			    QR_SCAN_STALE_BITS);

	if (scan->pass == 1)
		__set_bit(bit, scan->stale);
	return test_bit(bit, scan->stale);
}

static __always_inline void look_at_words(struct qr_scan *scan, const void *from,
					  const void *to, bool is_free)
{
	const unsigned long *at = PTR_ALIGN(from, sizeof(*at));
	const unsigned long *end =
		(const unsigned long *)((unsigned long)to & -sizeof(*at));
	unsigned long value;

	for (; at < end; at++) {
		if (!qr_load_nofault(&value, at)) {
			scan->stats.pages_bad++;
			return;
		}
		scan->stats.words++;
		if (value - scan->near_from >= scan->near_bytes &&
		    value - scan->far_from >= scan->far_bytes)
			continue;
		if (!is_free || !is_stale(scan, at, value))
			refer_to(scan, at, value);
	}
}

void qr_scan_range(struct qr_scan *scan, const void *from, const void *to)
{
	look_at_words(scan, from, to, false);
}

static void look_at_free(struct qr_scan *scan, const void *from, const void *to)
{
	look_at_words(scan, from, to, true);
}

/* Whether it is what it was when the scan began. */
static bool is_still(const struct qr_scan *scan, u32 slab)
{
	const struct qr_scan_slab *entry = &scan->slab[slab];

	return tag_now(entry, 0) == scan->tag[entry->first];
}

/* What is watched is not this memory's. */
static void look_around_far(struct qr_scan *scan, const void *from,
			    const void *to,
			    void (*look)(struct qr_scan *scan, const void *from,
					 const void *to))
{
	unsigned long at = (unsigned long)from, end = (unsigned long)to;
	u32 next;

	for (next = qr_scan_next_far(scan, at); next < scan->nr_far; next++) {
		const struct qr_scan_far *far = &scan->far[next];
		unsigned long base = ~far->hidden;

		if (base >= end)
			break;
		if (!is_still(scan, far->slab))
			continue;
		look(scan, (void *)at, (void *)max(at, base));
		at = base + scan->slab[far->slab].size;
	}
	if (at < end)
		look(scan, (void *)at, to);
}

void qr_scan_root(struct qr_scan *scan, const void *from, const void *to)
{
	look_around_far(scan, from, to, qr_scan_range);
}

void qr_scan_free(struct qr_scan *scan, const void *from, const void *to)
{
	look_around_far(scan, from, to, look_at_free);
}

/* ------------------------------------------------------------ following */

void qr_scan_words(struct qr_scan *scan, u32 slab, u32 index)
{
	const struct qr_scan_slab *entry = &scan->slab[slab];
	u32 number = entry->first + index;
	unsigned long at = qr_scan_address(entry, index), end;
	u64 tag = tag_now(entry, index);

	/* It may be another one by now, of which nothing is known. */
	end = at + (tag == scan->tag[number] ? qr_scan_asked(entry, tag) :
					       entry->bytes);
	for (; at < end && !qr_scan_stopped(scan); at += PAGE_SIZE) {
		qr_scan_range(scan, (void *)at,
			      (void *)min(end, at + PAGE_SIZE));
		qr_scan_breathe(scan);
	}
}

void qr_scan_object(struct qr_scan *scan, u32 slab, u32 index)
{
	scan->state[scan->slab[slab].first + index] |= QR_SCAN_FOLLOWED;
	qr_scan_words(scan, slab, index);
}

static bool wants_following(u8 state)
{
	return (state & QR_SCAN_REACHED) &&
	       !(state & (QR_SCAN_FOLLOWED | QR_SCAN_IGNORED));
}

static void follow_todo(struct qr_scan *scan)
{
	while (scan->nr_todo && !qr_scan_stopped(scan)) {
		u64 next = scan->todo[--scan->nr_todo];

		qr_scan_object(scan, next >> 32, (u32)next);
	}
}

/* What the stack had no room for. */
static void follow_states(struct qr_scan *scan)
{
	u32 slab, i;

	for (slab = 0; slab < scan->nr_slabs; slab++) {
		const struct qr_scan_slab *entry = &scan->slab[slab];

		for (i = 0; i < entry->objects; i++) {
			u8 state = scan->state[entry->first + i];

			if (scan->mode == QR_SCAN_CLASSIFY ?
			    (state & (QR_SCAN_INDIRECT | QR_SCAN_FOLLOWED)) ==
			    QR_SCAN_INDIRECT : wants_following(state))
				qr_scan_object(scan, slab, i);
			follow_todo(scan);
		}
	}
}

void qr_scan_follow(struct qr_scan *scan)
{
	follow_todo(scan);
	while (scan->todo_overflow && !qr_scan_stopped(scan)) {
		scan->todo_overflow = false;
		follow_states(scan);
	}
}

void qr_scan_reset(struct qr_scan *scan)
{
	u32 slab, i;

	scan->nr_todo = 0;
	scan->todo_overflow = false;
	for (slab = 0; slab < scan->nr_slabs; slab++) {
		const struct qr_scan_slab *entry = &scan->slab[slab];

		for (i = 0; i < entry->objects; i++) {
			u8 *state = &scan->state[entry->first + i];

			/* What was born in the last pass may be gone. */
			if (!scan->tag[entry->first + i])
				*state = 0;
			*state &= ~(QR_SCAN_REACHED | QR_SCAN_EXACT |
				    QR_SCAN_FOLLOWED);
			if (*state & QR_SCAN_ROOT) {
				*state |= QR_SCAN_REACHED;
				todo_add(scan, slab, i);
			}
		}
		qr_scan_breathe(scan);
	}
}
