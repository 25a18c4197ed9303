/* SPDX-License-Identifier: GPL-2.0-only */
/* mark.h - moments with a name, to tell what was allocated after them. */
#ifndef _QR_MARK_H
#define _QR_MARK_H

#include "internal.h"

#define QR_MARKS_MAX		16
/* Longest name, in bytes without the NUL. */
#define QR_MARK_NAME_MAX	31

struct qr_mark {
	/* Constant while the platform knows the mark; empty: none is here. */
	char name[QR_MARK_NAME_MAX + 1];
	/* In jiffies: what is born then, or later, came after the mark. */
	unsigned long from;
	/* The larger, the newer. */
	u64 seq;
	/* Opaque to core: what the platform hangs on it. */
	void *platform;
};

/*
 * "NAME" remembers now, under a new name or one already used; "-NAME" forgets.
 * When it returns, whatever is allocated from then on counts as allocated
 * after the mark, and nothing that was allocated before the call does.
 * 0, or -EINVAL: not of that form; -ENOSPC: there are too many; -ENOENT: there
 * is none of that name to forget.  Context: process, sleeps up to a jiffy.
 */
int qr_mark_write(char *text);
/* Copies the mark of that name, the newest where @name is NULL; false: none. */
bool qr_mark_find(const char *name, struct qr_mark *copy);
/* Copies the oldest mark that is newer than @seq; false: none. */
bool qr_mark_next(u64 seq, struct qr_mark *copy);
/* Forgets all.  Nobody writes any more. */
void qr_mark_exit(void);

#endif /* _QR_MARK_H */
