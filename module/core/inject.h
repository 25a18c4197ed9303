/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * inject.h - failures on demand: every place where quarry allocates asks here
 * whether it shall fail.  While nothing is armed that is one test of a flag,
 * off the fast path; what the fast path alone would serve is sent around it by
 * closing the magazines, see inject_control.c.  While something is armed, who
 * asks takes one lock: the counts are exact, and so is which call fails.
 */
#ifndef _QR_INJECT_H
#define _QR_INJECT_H

#include <linux/mm.h>

#include "internal.h"

/* Where an allocation can fail.  A call may come past several of them. */
enum qr_inject_point {
	QR_INJECT_ALLOC,	/* an object or block for a caller */
	QR_INJECT_PAGES,	/* pages of a slab or of a run */
	QR_INJECT_VRUN,		/* pages of a run, contiguous only virtually */
	QR_INJECT_DESCRIPTOR,	/* of a slab or run: with bitmap and tags */
	QR_INJECT_META,		/* any metadata */
	QR_INJECT_PERCPU,	/* a cache's share of the CPUs */
	QR_INJECT_MAGAZINE,
	QR_INJECT_SITE,		/* the table of call sites */
	QR_INJECT_STACK,	/* the tables of call chains */
	QR_INJECT_BUFFER,	/* buffers of reports and scans */
	QR_NR_INJECT,
};

/* Points that know the cache; the first of them alone knows the caller. */
#define QR_INJECT_OF_CACHE \
	(1U << QR_INJECT_ALLOC | 1U << QR_INJECT_PAGES | \
	 1U << QR_INJECT_VRUN | 1U << QR_INJECT_DESCRIPTOR | \
	 1U << QR_INJECT_PERCPU | 1U << QR_INJECT_MAGAZINE)
#define QR_INJECT_ALL		((1U << QR_NR_INJECT) - 1)

#define QR_INJECT_RULES		16U
#define QR_INJECT_TASKS		64U
/* Longest rule, in bytes without the NUL. */
#define QR_INJECT_TEXT		255U
/* Probabilities are so many parts of this. */
#define QR_INJECT_CERTAIN	1000000U

/* What may fail.  Texts are borrowed; "" or NULL where not known. */
struct qr_inject_ask {
	enum qr_inject_point point;
	const struct quarry_cache *cache;
	/* Asked for, of pages and metadata what is to be taken. */
	size_t bytes;
	gfp_t gfp;
	const char *file;
	u32 line;
	const char *func;
	const char *module;
};

/* Inclusive. */
struct qr_inject_range {
	unsigned long min;
	unsigned long max;
};

/* A rule.  Texts point into @words, and are NULL where anything will do. */
struct qr_inject_rule {
	bool used;
	u8 sleeping;		/* QR_INJECT_SLEEPING_... */
	u32 points;		/* bit by enum qr_inject_point */
	u32 probability;
	unsigned long every;
	unsigned long after;
	unsigned long times;
	struct qr_inject_range bytes;
	struct qr_inject_range order;
	const char *site;
	u32 line;		/* 0: any */
	const char *module;
	const char *cache;
	const char *heap;
	/* xorshift64, never 0. */
	u64 random;
	/* Matching calls, and those of them that failed for it. */
	unsigned long seen;
	unsigned long injected;
	/* As it was written; and taken to pieces. */
	char text[QR_INJECT_TEXT + 1];
	char words[QR_INJECT_TEXT + 1];
};

#define QR_INJECT_SLEEPING_ANY	0
#define QR_INJECT_SLEEPING_YES	1
#define QR_INJECT_SLEEPING_NO	2

/* A rule is there, or a task has armed fail_nth. */
extern bool qr_inject_armed;

/*
 * Whether this shall fail.  What must not fail (__GFP_NOFAIL) never does, and
 * nothing counts it.  Context: any.
 */
bool qr_inject_fails(const struct qr_inject_ask *ask);
/* The same for points without a caller. */
bool qr_inject_fails_at(enum qr_inject_point point,
			const struct quarry_cache *cache, size_t bytes,
			gfp_t gfp);

static inline bool qr_inject(enum qr_inject_point point,
			     const struct quarry_cache *cache, size_t bytes,
			     gfp_t gfp)
{
	return unlikely(READ_ONCE(qr_inject_armed)) &&
	       qr_inject_fails_at(point, cache, bytes, gfp);
}

/* An object of @cache or block, see inject_alloc.c; @tag has the site. */
bool qr_inject_fails_alloc(const struct quarry_cache *cache, size_t bytes,
			   gfp_t gfp, u64 tag);

static inline bool qr_inject_alloc(const struct quarry_cache *cache,
				   size_t bytes, gfp_t gfp, u64 tag)
{
	return unlikely(READ_ONCE(qr_inject_armed)) &&
	       qr_inject_fails_alloc(cache, bytes, gfp, tag);
}

/* Buffers for reports and scans: kvfree() frees them.  Context: may sleep. */
static inline void *qr_buffer_alloc(size_t bytes, gfp_t gfp)
{
	if (qr_inject(QR_INJECT_BUFFER, NULL, bytes, gfp))
		return NULL;
	return kvmalloc(bytes, gfp);
}

static inline void *qr_buffer_zalloc(size_t nr, size_t bytes, gfp_t gfp)
{
	if (qr_inject(QR_INJECT_BUFFER, NULL, nr * bytes, gfp))
		return NULL;
	return kvcalloc(nr, bytes, gfp);
}

/* ------------------------------------------------------------- rules */

/*
 * Takes the words of rule->words to pieces.  0, or -EINVAL with a line in the
 * log.  See inject_rule.c for the words.
 */
int qr_inject_parse(struct qr_inject_rule *rule);
const char *qr_inject_point_name(enum qr_inject_point point);

/* What follows wants its callers to come one at a time: inject_control.c. */
/* 0, -EINVAL, or -ENOSPC; the last two with a line in the log. */
int qr_inject_add(const char *text);
/* Rule @number, from 1 on; or -ENOENT. */
int qr_inject_remove(unsigned int number);
void qr_inject_set_verbose(bool verbose);
/* Whether anything armed wants every object and block to ask. */
bool qr_inject_wants_callers(void);

/* ------------------------------------------------ fail_nth, by task */

/*
 * The @nth allocation of the running task from now on, once; 0 none.  0, or
 * -ENOSPC.  Context: process.
 */
int qr_inject_nth_set(unsigned long nth);
/*
 * What is left of it: 0 when it has happened, which is then forgotten, or
 * nothing was armed.  Context: process.
 */
unsigned long qr_inject_nth_get(void);
/* Forgets tasks that are no more, or all. */
void qr_inject_nth_forget(bool all);

/* ---------------------------------------------------------- for reports */

struct qr_inject_state {
	bool verbose;
	unsigned int tasks;
	/* Failures that fail_nth has made, and any by point. */
	unsigned long nth_injected;
	unsigned long injected[QR_NR_INJECT];
};

void qr_inject_state(struct qr_inject_state *state);
/* Copies rule @number, from 1 on; its pointers mean nothing.  False: none. */
bool qr_inject_rule(unsigned int number, struct qr_inject_rule *rule);

#endif /* _QR_INJECT_H */
