// SPDX-License-Identifier: GPL-2.0-only
/*
 * scan.c - a scan from its beginning to its end: its passes, and what is
 * garbage after all of them.  Owns scan_lock: one scan at a time.
 */
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "holder.h"
#include "inject.h"
#include "roots.h"
#include "scan.h"
#include "slab.h"
#include "verdict.h"
#include "walk.h"

/* Between passes, milliseconds. */
#define PAUSE_MS	20U

/* More do not help where references move all the time. */
#define PASSES_MAX	5U

/* --------------------------------------------------------------- passes */

/* What came to live meanwhile may have taken references over. */
static void newborn_scan(struct qr_slab *slab, void *data)
{
	struct qr_scan *scan = data;
	u32 number = qr_scan_find(scan, slab), i;
	const struct qr_scan_slab *entry;

	/* A slab that is not known is a root as a whole. */
	if (!number || qr_scan_stopped(scan))
		return;
	entry = &scan->slab[number - 1];
	for (i = 0; i < min(entry->objects, slab->objects); i++) {
		u64 tag = qr_tag_read(qr_tag_at(slab, i), slab->level);
		void *object = qr_slab_object(slab, i);

		if (tag && tag != scan->tag[entry->first + i])
			qr_scan_range(scan, object, object + qr_slab_bytes(slab));
	}
}

static int pass_run(struct qr_scan *scan)
{
	int err;

	scan->pass++;
	scan->done = 0;
	memset(&scan->stats, 0, sizeof(scan->stats));
	qr_scan_reset(scan);
	err = qr_roots_scan(scan);
	if (err)
		return err;
	qr_walk_all(newborn_scan, scan);
	qr_scan_follow(scan);
	return qr_scan_stopped(scan) ? -EINTR : 0;
}

/* -------------------------------------------------------------- suspects */

struct suspect {
	u32 slab;
	u32 index;
	/* Of its contents. */
	u32 hash;
};

struct suspects {
	struct suspect *suspect;
	u32 nr;
};

static u32 contents_hash(const struct qr_scan *scan, u32 slab, u32 index)
{
	const struct qr_scan_slab *entry = &scan->slab[slab];
	const unsigned long *at = (void *)qr_scan_address(entry, index);
	u32 words = entry->bytes / sizeof(*at), i;
	u64 hash = 0;

	for (i = 0; i < words; i++) {
		unsigned long value = 0;

		if (!qr_load_nofault(&value, at + i))
			break;
		hash = (hash ^ value) * 0x9e3779b97f4a7c15ULL;
		hash ^= hash >> 32;
	}
	return hash;
}

static bool is_suspect(u8 state)
{
	return (state & QR_SCAN_LIVE) &&
	       !(state & (QR_SCAN_REACHED | QR_SCAN_IGNORED));
}

static u32 suspects_count(const struct qr_scan *scan)
{
	u32 i, nr = 0;

	for (i = 0; i < scan->nr_objects; i++)
		nr += is_suspect(scan->state[i]);
	return nr;
}

static void suspects_take(struct qr_scan *scan, struct suspects *suspects)
{
	u32 slab, i;

	suspects->nr = 0;
	for (slab = 0; slab < scan->nr_slabs; slab++) {
		const struct qr_scan_slab *entry = &scan->slab[slab];

		for (i = 0; i < entry->objects; i++) {
			u8 *state = &scan->state[entry->first + i];

			if (!is_suspect(*state))
				continue;
			*state |= QR_SCAN_SUSPECT;
			suspects->suspect[suspects->nr++] = (struct suspect) {
				.slab = slab, .index = i,
				.hash = contents_hash(scan, slab, i),
			};
		}
		cond_resched();
	}
}

static int suspects_create(struct qr_scan *scan, struct suspects *suspects)
{
	u32 nr = suspects_count(scan);

	suspects->suspect = qr_buffer_zalloc(max(nr, 1U),
					     sizeof(*suspects->suspect),
					     GFP_KERNEL);
	if (!suspects->suspect)
		return -ENOMEM;
	suspects_take(scan, suspects);
	return 0;
}

static u8 *suspect_state(const struct qr_scan *scan,
			 const struct suspect *suspect)
{
	return &scan->state[scan->slab[suspect->slab].first + suspect->index];
}

static void lives_still(struct qr_slab *slab, void *data)
{
	struct qr_scan *scan = data;
	u32 number = qr_scan_find(scan, slab), i, first;

	if (!number)
		return;
	first = scan->slab[number - 1].first;
	for (i = 0; i < min(scan->slab[number - 1].objects, slab->objects); i++)
		if ((scan->state[first + i] & QR_SCAN_SUSPECT) &&
		    qr_tag_read(qr_tag_at(slab, i), slab->level) ==
		    scan->tag[first + i])
			scan->state[first + i] |= QR_SCAN_LIVE;
}

/* Suspects that were freed do not live any more. */
static void suspects_bury(struct qr_scan *scan, const struct suspects *suspects)
{
	u32 i;

	for (i = 0; i < suspects->nr; i++)
		*suspect_state(scan, &suspects->suspect[i]) &= ~QR_SCAN_LIVE;
	qr_walk_all(lives_still, scan);
}

/* Drops those that are no garbage after this pass; how many. */
static u32 suspects_drop(struct qr_scan *scan, struct suspects *suspects)
{
	u32 i, was = suspects->nr;

	suspects_bury(scan, suspects);
	suspects->nr = 0;
	for (i = 0; i < was; i++) {
		struct suspect suspect = suspects->suspect[i];
		u8 *state = suspect_state(scan, &suspect);

		/* Who changed is in use. */
		if (qr_scan_is_garbage(*state) &&
		    contents_hash(scan, suspect.slab, suspect.index) ==
		    suspect.hash)
			suspects->suspect[suspects->nr++] = suspect;
		else
			*state &= ~QR_SCAN_SUSPECT;
		qr_scan_breathe(scan);
	}
	return was - suspects->nr;
}

/*
 * More passes for those that the first one did not reach.  Each that reaches
 * another says that the last one was misled by what happened meanwhile.
 */
static int confirm(struct qr_scan *scan)
{
	struct suspects suspects = { };
	u32 dropped = 1;
	int err;

	err = suspects_create(scan, &suspects);
	while (!err && dropped && suspects.nr && scan->pass < PASSES_MAX) {
		msleep(PAUSE_MS);
		err = pass_run(scan);
		if (!err)
			dropped = suspects_drop(scan, &suspects);
	}
	kvfree(suspects.suspect);
	return err;
}

/* ----------------------------------------------------------------- a scan */

/* Outside all other locks. */
static DEFINE_MUTEX(scan_lock);

/* Leaf.  Protects @running. */
static DEFINE_RAW_SPINLOCK(running_lock);
static struct qr_scan *running;

static void running_set(struct qr_scan *scan)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&running_lock, flags);
	running = scan;
	raw_spin_unlock_irqrestore(&running_lock, flags);
}

void qr_scan_stop(void)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&running_lock, flags);
	if (running)
		WRITE_ONCE(running->stop, true);
	raw_spin_unlock_irqrestore(&running_lock, flags);
}

void qr_scan_progress(struct qr_scan_progress *progress)
{
	unsigned long flags, done, whole;

	*progress = (struct qr_scan_progress) { .state = "idle" };
	raw_spin_lock_irqsave(&running_lock, flags);
	if (running) {
		progress->state = qr_scan_stopped(running) ? "stopping" :
							     "running";
		progress->pass = READ_ONCE(running->pass);
		done = READ_ONCE(running->done);
		whole = READ_ONCE(running->whole);
		progress->percent = whole ? min(done * 100 / whole, 100UL) : 0;
	}
	raw_spin_unlock_irqrestore(&running_lock, flags);
}

int qr_scan_run(unsigned int min_age_ms)
{
	u64 start = qr_time_ns();
	struct qr_holders *holders;
	struct qr_scan *scan;
	int err = -ENOMEM;

	if (!mutex_trylock(&scan_lock))
		return -EBUSY;
	/* Before the table: what lived when it was asked for is in there. */
	holders = qr_holders_take();
	scan = qr_scan_table_create(msecs_to_jiffies(min_age_ms));
	if (!scan)
		goto out;
	scan->holders = holders;
	running_set(scan);
	err = pass_run(scan);
	if (!err)
		err = confirm(scan);
	if (!err)
		err = qr_verdict_make(scan, qr_time_ns() - start);
	if (!err)
		err = qr_holders_answer(scan);
	running_set(NULL);
	qr_scan_table_destroy(scan);
out:
	qr_holders_put(holders);
	mutex_unlock(&scan_lock);
	return err;
}
