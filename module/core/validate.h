/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * validate.h - everything that internal.h promises, checked while it moves.
 *
 * What is told is wrong for certain, however much is going on meanwhile.  How
 * much can be told depends on that: see the flags.
 */
#ifndef _QR_VALIDATE_H
#define _QR_VALIDATE_H

#include "internal.h"

/*
 * Closes the magazines of each cache for as long as it is looked at, to look
 * into them too; allocation goes around them meanwhile.
 */
#define QR_VALIDATE_STILL	0x1U
/*
 * Nobody allocates or frees until this is done: nothing may be on its way,
 * and all sums must come out exactly.
 */
#define QR_VALIDATE_QUIET	0x2U

/* Problems of a run that are kept in words; all are counted. */
#define QR_PROBLEMS_KEPT	16U

/* Something that is not what it must be. */
struct qr_problem {
	const char *what;
	/* Cache or heap, or what of quarry itself. */
	char owner[QUARRY_NAME_MAX + 8];
	/* Of what is damaged, or of the object it is about. */
	unsigned long address;
	unsigned long found;
	unsigned long expected;
};

/* What a run looked at, and what it found. */
struct qr_validation {
	unsigned long runs;	/* so far, this one included */
	unsigned long heaps;
	unsigned long caches;
	unsigned long slabs;
	unsigned long objects;
	unsigned long free;
	unsigned long live;
	unsigned long magazines;
	unsigned long cached;	/* entries of those */
	unsigned long quarantined;
	/* On their way, or in magazines that were not looked into. */
	unsigned long elsewhere;
	/* Caches whose magazines would not keep still. */
	unsigned long restless;
	/* Objects with debug options whose patterns were written over. */
	unsigned long damaged;
	unsigned long problems;
	struct qr_problem problem[QR_PROBLEMS_KEPT];
};

/*
 * Returns the number of problems, each of which is an event besides.  Context:
 * process, may sleep.
 */
unsigned long qr_validate(unsigned int flags);
/* Of the last run; all zero before the first. */
void qr_validate_last(struct qr_validation *result);
/* What a control file of that text does; 0 or -EINVAL. */
int qr_validate_write(char *text);

/* ----------------------------------- shared by the validate_*.c files */

/* A run, as it looks at one cache. */
struct qr_validator {
	struct qr_validation *result;
	unsigned int flags;
	/* Whom problems are of. */
	const char *owner;
	struct quarry_cache *cache;
	/*
	 * What the magazines of @cache hold, in order of address, while they
	 * are closed; NULL where nobody knows.
	 */
	struct qr_entry *entry;
	size_t nr_entries;
	size_t max_entries;
	/* Those of them that their slabs know as CACHED. */
	size_t nr_met;
	/* Objects of @cache found QUARANTINED. */
	size_t nr_waiting;
};

/* Takes note; no lock is taken, nothing is printed yet.  Context: any. */
void qr_validate_note(struct qr_validator *val, const char *what,
		      const void *at, unsigned long found,
		      unsigned long expected);

/* The same, unless it is as expected.  Returns whether it is. */
static inline bool qr_validate_same(struct qr_validator *val, const char *what,
				    const void *at, unsigned long found,
				    unsigned long expected)
{
	if (likely(found == expected))
		return true;
	qr_validate_note(val, what, at, found, expected);
	return false;
}

/* Slab of any address: what is being validated stays, others are compared only. */
struct qr_slab *qr_validate_slab_at(const void *at);

/*
 * Where @at leads, if the two links agree; else NULL.  Does not fault.
 * Context: whatever keeps the list still.
 */
struct list_head *qr_validate_step(const struct list_head *at);

/* All slabs of @val->cache, and what its nodes say of them. */
void qr_validate_slabs(struct qr_validator *val);
/*
 * All magazines of @val->cache, and what they hold, into @val->entry.  False:
 * no memory for that.  Nobody may be at the magazines of CPUs.
 */
bool qr_validate_magazines(struct qr_validator *val);
/* The entry of @object, or NULL. */
const struct qr_entry *qr_validate_cached(const struct qr_validator *val,
					  const void *object);

#endif /* _QR_VALIDATE_H */
