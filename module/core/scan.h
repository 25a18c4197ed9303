/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * scan.h - which live objects does anything still point to?
 *
 * A scan is conservative, as in Boehm and Weiser (1988): whatever looks like
 * the address of an object, or of its inside, refers to it.  It remembers what
 * lives (scan_table.c), marks what can be reached from memory that is not ours
 * (the platform's, see roots.h) and from live objects so reached, and does so
 * again for what was not, as long as that helps: an object is garbage when at
 * least two passes, and all there were, did not reach it, and it did not change
 * meanwhile.  verdict.c parts garbage into lost and indirect.  All of it runs
 * while everybody allocates and frees.
 */
#ifndef _QR_SCAN_H
#define _QR_SCAN_H

#include <linux/minmax.h>
#include <linux/sched.h>

#include "holder.h"
#include "internal.h"

/* Largest values of qr_params: a day, a week. */
#define QR_SCAN_MIN_AGE_MS_MAX	86400000U
#define QR_SCAN_PERIOD_S_MAX	604800U

/* qr_scan.state, a byte an object; 0: not live when the scan began. */
#define QR_SCAN_LIVE		0x01
/* Too young to judge, or said to be no leak: refers, and is not reported. */
#define QR_SCAN_ROOT		0x02
/* Neither refers nor is reported. */
#define QR_SCAN_IGNORED		0x04
#define QR_SCAN_REACHED		0x08
/* By its start, not only by its inside. */
#define QR_SCAN_EXACT		0x10
/* What it refers to is marked too. */
#define QR_SCAN_FOLLOWED	0x20
/* Not reached by any pass so far. */
#define QR_SCAN_SUSPECT		0x40
/* Garbage that other garbage refers to. */
#define QR_SCAN_INDIRECT	0x80
/* After the verdict: it is asked what refers to it; something does. */
#define QR_SCAN_WANTED		QR_SCAN_EXACT
#define QR_SCAN_HELD		QR_SCAN_FOLLOWED

/*
 * What stands for @slab in tables: compared, never followed.  The address
 * itself would stay behind when a table is freed, and refer to whatever is
 * allocated where the descriptor was.
 */
static inline unsigned long qr_scan_hide(const struct qr_slab *slab)
{
	return ~(unsigned long)slab;
}

/* A slab as it was when the scan began. */
struct qr_scan_slab {
	/* Which one, by qr_scan_hide(). */
	unsigned long hidden_slab;
	/* Complement of the address of object 0: no reference to it. */
	unsigned long hidden;
	/* The same of its tags; they may be gone. */
	unsigned long hidden_tags;
	u64 reciprocal;
	/* From object to object, and what may be used of each. */
	u32 size;
	u32 bytes;
	u32 objects;
	/* Number of its object 0 in qr_scan.tag and .state. */
	u32 first;
	u8 level;
	/* Tags tell the bytes asked for. */
	bool heap;
	/* A virtual run, or watched: found by its address, not by its pages. */
	bool far;
};

struct qr_scan_far {
	unsigned long hidden;
	u32 slab;
};

/* What a scan met; pages by what became of them. */
struct qr_scan_stats {
	unsigned long words;
	unsigned long pages_scanned;
	unsigned long pages_free;
	unsigned long pages_user;	/* anonymous and page cache */
	unsigned long pages_own;	/* quarry's */
	unsigned long pages_other;	/* page tables, dead stacks */
	unsigned long pages_absent;	/* offline, holes between memory */
	unsigned long pages_bad;	/* poisoned, not mapped, ballooned */
	unsigned long stacks;
	unsigned long dead_stacks;
	unsigned long slub_free;	/* objects the kernel has free */
};

/* Objects to follow that are remembered one by one. */
#define QR_SCAN_TODO_MAX	(1U << 16)

/*
 * What free memory referred to in the first pass: a bit for each word and its place,
 * as in Bloom (1970).  Some that are not among them seem to be.
 */
#define QR_SCAN_STALE_BITS	20

/* What becomes of a reference: holder.c notes it. */
enum qr_scan_mode { QR_SCAN_MARK, QR_SCAN_CLASSIFY, QR_SCAN_NOTE };

struct qr_scan {
	struct qr_scan_slab *slab;
	u32 nr_slabs;
	u32 max_slabs;
	/* Open hash of slabs: number + 1, 0 for none. */
	u32 *bucket;
	u32 bucket_bits;
	/* Of every object, live or not. */
	u64 *tag;
	u8 *state;
	u32 nr_objects;
	u32 max_objects;
	/* Objects reached and not followed yet: slab << 32 | index. */
	u64 *todo;
	u32 nr_todo;
	/* It was full: look for them in @state. */
	bool todo_overflow;
	unsigned long *stale;
	/* All objects lie in (from, from + bytes): near ones, far ones. */
	unsigned long near_from;
	unsigned long near_bytes;
	unsigned long far_from;
	unsigned long far_bytes;
	/* Those found by address, in its order. */
	struct qr_scan_far *far;
	u32 nr_far;
	u32 max_far;
	enum qr_scan_mode mode;
	/* Complement of where the word at hand is. */
	unsigned long hidden_at;
	/* What is to be told besides, or NULL. */
	struct qr_holders *holders;
	/* Whose references are looked at, while classifying. */
	u64 leader;
	/* Of the objects: younger ones are not judged. */
	u32 min_age;
	u32 now;
	bool stop;
	/* Counts pieces of work: see qr_scan_breathe(). */
	u32 breath;
	/* 0 before the first. */
	u8 pass;
	/* For who waits: parts of the whole of this pass. */
	unsigned long done;
	unsigned long whole;
	struct qr_scan_stats stats;
};

/* Where it stands, for who reads it.  @state is a word. */
struct qr_scan_progress {
	const char *state;
	unsigned int pass;
	unsigned int percent;
};

/*
 * A whole scan, all its passes, and its verdicts put in place of the last ones.
 * Objects younger than @min_age_ms are not judged.  One at a time.  Returns 0,
 * -EBUSY, -ENOMEM, -EINTR when it was stopped.  Context: process, sleeps.
 */
int qr_scan_run(unsigned int min_age_ms);
/* Ends the one that runs, soon. */
void qr_scan_stop(void);
void qr_scan_progress(struct qr_scan_progress *progress);

/* ------------------------------------------- for whoever finds the roots */

/*
 * Marks what the words in [@from, @to) refer to; any memory at all.  Follow
 * soon: what is freed meanwhile leads nowhere.
 */
void qr_scan_range(struct qr_scan *scan, const void *from, const void *to);
/*
 * The same of memory that is not ours; objects in it that are watched are
 * left out.
 */
void qr_scan_root(struct qr_scan *scan, const void *from, const void *to);
/*
 * The same of memory that is free.  A word that is there in the first pass is stale
 * and refers to nothing.  One that has come there since was written by who could
 * still write it, and was in use: that is the trail of a pointer that moves.
 */
void qr_scan_free(struct qr_scan *scan, const void *from, const void *to);
/* Follows all references that are to be followed.  Context: process, sleeps. */
void qr_scan_follow(struct qr_scan *scan);
/* Whether a slab was there when the scan began: its objects are no roots. */
bool qr_scan_knows(const struct qr_scan *scan, const struct qr_slab *slab);

/* Lets others run now and then.  Context: process, no lock. */
static inline void qr_scan_breathe(struct qr_scan *scan)
{
	if (!(++scan->breath % 64))
		cond_resched();
}

static inline bool qr_scan_stopped(const struct qr_scan *scan)
{
	return READ_ONCE(scan->stop);
}

/* -------------------------------------------------- between scan*.c files */

/* NULL without memory.  What lives now, young ones told apart. */
struct qr_scan *qr_scan_table_create(unsigned int min_age);
void qr_scan_table_destroy(struct qr_scan *scan);
/* Number of the slab + 1, or 0. */
u32 qr_scan_find(const struct qr_scan *scan, const struct qr_slab *slab);
/* The same of those found by address: which one it lies in. */
u32 qr_scan_find_far(const struct qr_scan *scan, unsigned long address);
/* Of qr_scan.far, the first that ends behind @address; or their number. */
u32 qr_scan_next_far(const struct qr_scan *scan, unsigned long address);
/* Nothing is reached, but for the roots among the objects. */
void qr_scan_reset(struct qr_scan *scan);
/* The one that @address may lie in, by its pages or by itself. */
u32 qr_scan_slab_at(const struct qr_scan *scan, unsigned long address);
/* Looks at the words of one object; as one that is followed. */
void qr_scan_words(struct qr_scan *scan, u32 slab, u32 index);
void qr_scan_object(struct qr_scan *scan, u32 slab, u32 index);

/* Bytes of an object that its owner asked for. */
static inline u32 qr_scan_asked(const struct qr_scan_slab *entry, u64 tag)
{
	if (!entry->heap || entry->level == QUARRY_LEVEL_OFF)
		return entry->bytes;
	return entry->bytes - min_t(u32, entry->bytes,
				    qr_tag_slack(tag, entry->bytes));
}

static inline unsigned long qr_scan_address(const struct qr_scan_slab *entry,
					    u32 index)
{
	return ~entry->hidden + (unsigned long)index * entry->size;
}

/* Number of the object that @address lies in; ->objects or more if in none. */
static inline u32 qr_scan_index(const struct qr_scan_slab *entry,
				unsigned long address)
{
	unsigned long offset = address - ~entry->hidden;

	/* In the waste before the first object, or another slab by now. */
	if (offset >= (unsigned long)entry->size * entry->objects)
		return entry->objects;
	return (u32)offset * entry->reciprocal >> 32;
}

/* Neither reached nor excused, in all passes. */
static inline bool qr_scan_is_garbage(u8 state)
{
	return (state & (QR_SCAN_LIVE | QR_SCAN_SUSPECT | QR_SCAN_ROOT |
			 QR_SCAN_IGNORED | QR_SCAN_REACHED)) ==
	       (QR_SCAN_LIVE | QR_SCAN_SUSPECT);
}

#endif /* _QR_SCAN_H */
