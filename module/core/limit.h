/* SPDX-License-Identifier: GPL-2.0-only */
/* limit.h - what owners of a heap give up when its budget is short. */
#ifndef _QR_LIMIT_H
#define _QR_LIMIT_H

#include "internal.h"

void qr_reclaim_init(struct qr_reclaim *reclaim);
/*
 * Has the owner asked for @bytes, unless it is this very task that it is asked
 * in already.  Returns what the owner says it gave up.  Context: process,
 * sleeps.
 */
unsigned long qr_reclaim_ask(struct qr_reclaim *reclaim, unsigned long bytes);

#endif /* _QR_LIMIT_H */
