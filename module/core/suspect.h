/* SPDX-License-Identifier: GPL-2.0-only */
/* suspect.h - objects that are not where their tags say. */
#ifndef _QR_SUSPECT_H
#define _QR_SUSPECT_H

#include "event.h"

/*
 * Remembers @object, and that this is a finding of @kind; found out under the
 * lock of the node of @slab, or NULL: that slab is gone.  While one waits,
 * others are not remembered.
 */
void qr_suspect_note(const void *object, struct qr_slab *slab,
		     enum qr_event_kind kind);
/* Has it told of soon, if there is one.  With no lock held, any but NMI. */
void qr_suspect_wake(void);

struct qr_suspect {
	const void *object;
	struct qr_slab *slab;
	enum qr_event_kind kind;
};

/* One that is to be told of, until it is done with; NULL: none. */
const struct qr_suspect *qr_suspect_take(void);
void qr_suspect_done(void);

#endif /* _QR_SUSPECT_H */
