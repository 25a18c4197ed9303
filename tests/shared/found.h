/* SPDX-License-Identifier: GPL-2.0-only */
/* found.h - the newest finding, for the cases that look at it. */
#ifndef _QT_FOUND_H
#define _QT_FOUND_H

#include "finding.h"
#include "qt.h"

/* Too large for a stack; cases run one at a time. */
extern struct qr_finding found;

/* One finding came after @nr, of @kind; it is in found. */
bool found_one(struct qt *t, u64 nr, enum qr_event_kind kind);
/* Who is found is this thread, and how it came here is known. */
void found_me(struct qt *t);

#endif /* _QT_FOUND_H */
