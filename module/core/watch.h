/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * watch.h - modules whose objects of the kernel's own allocator are watched,
 * by name: they need not be there yet, and may go and come again.
 */
#ifndef _QR_WATCH_H
#define _QR_WATCH_H

#include <linux/atomic.h>

#include "internal.h"

#define QR_WATCHES_MAX		8
/* Longest name, in bytes without the NUL: that of a module is shorter. */
#define QR_WATCH_NAME_MAX	63

/* Where code lies; no bytes: nowhere. */
struct qr_code {
	unsigned long from;
	unsigned long bytes;
};

struct qr_watch {
	/* Empty: none is here. */
	char name[QR_WATCH_NAME_MAX + 1];
	/* The module's, and that of its init; no bytes while it is not there. */
	struct qr_code text;
	struct qr_code init;
	/* Objects that were told of, and those that there was no room for. */
	atomic_long_t allocs;
	atomic_long_t no_room;
};

/*
 * "NAME" watches a module, "-NAME" does no longer, and forgets its objects.
 * 0, or -EINVAL: not of that form; -ENOSPC: there are too many; -ENOENT: none of
 * that name to end; -ENOMEM; or what the platform says.  Context: process,
 * sleeps.
 */
int qr_watch_write(char *text);
/* Copies what is watched as number @index; false: nothing is. */
bool qr_watch_get(unsigned int index, struct qr_watch *copy);
/* Watches nothing any more. */
void qr_watch_exit(void);

/* ------------------------------------------------- told by the platform */

/* A module is there, its init has run, it has gone.  Context: process, sleeps. */
void qr_watch_came(const char *name, const struct qr_code *text,
		   const struct qr_code *init);
void qr_watch_started(const char *name);
void qr_watch_went(const char *name);

/* All that is watched lies from the one to below the other, and other code. */
extern unsigned long qr_watch_low;
extern unsigned long qr_watch_high;

static __always_inline bool qr_watch_is_near(unsigned long address)
{
	return address >= READ_ONCE(qr_watch_low) &&
	       address < READ_ONCE(qr_watch_high);
}

/* Whether @address is of code that is watched.  Context: any. */
bool qr_watch_has(unsigned long address);

/*
 * An object was given out to a call that returns to @caller, which is watched;
 * one was freed; one was given out to anybody: if it was known, its free was
 * not told of.  Context: any but NMI, preemption off.
 */
void qr_watch_alloc(const void *object, size_t asked, size_t given,
		    unsigned long caller);
void qr_watch_free(const void *object);
void qr_watch_reuse(const void *object);
/* Frees that were not told of. */
unsigned long qr_watch_unseen(void);

/* ------------------------------------------------- asked of the platform */

/*
 * Begins or ends to tell of allocations and frees; ended, nobody tells any
 * more.  0, or -EOPNOTSUPP: it cannot; or another error.
 */
int qr_platform_watch(bool on);
/* Whether such a module is there now, and where. */
bool qr_platform_find_code(const char *name, struct qr_code *text,
			   struct qr_code *init);

#endif /* _QR_WATCH_H */
