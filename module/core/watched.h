/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * watched.h - live objects of the kernel's own allocator, of modules that are
 * watched.  Each is known by a slab of one object, which is not ours to give
 * out: so whatever reads slabs reads them too, see qr_walk_all().
 */
#ifndef _QR_WATCHED_H
#define _QR_WATCHED_H

#include "internal.h"
#include "walk.h"

/* Objects that can be known at a time, 144 bytes each. */
#define QR_WATCHED_MAX		(1U << 20)

/*
 * From _begin to _end objects can be added.  0 or -ENOMEM.  Nobody adds or
 * deletes during either.  Context: process, sleeps.
 */
int qr_watched_begin(void);
void qr_watched_end(void);

/*
 * @object, of which @asked of @given bytes were asked for by a call from
 * @caller, is live; @watch tells whose it is.  Allocates nothing: false where
 * there is no room.  Context: any but NMI; so for the next one.
 */
bool qr_watched_add(unsigned int watch, const void *object, size_t asked,
		    size_t given, unsigned long caller);
/* It is not live any more.  False: it was not known. */
bool qr_watched_del(const void *object);

/* Whether qr_watched_supply() has something to do.  Context: any. */
bool qr_watched_wants(void);
/* Makes room, and numbers call sites.  Context: process, sleeps. */
void qr_watched_supply(void);

/* Forgets all of @watch, of which none is added now.  Process, sleeps. */
void qr_watched_drop(unsigned int watch);

struct qr_watched_sum {
	unsigned long objects;
	unsigned long bytes;
};

/* What lives of @watch.  Context: process, sleeps. */
struct qr_watched_sum qr_watched_sum(unsigned int watch);

/* All of them, as slabs.  Context: process, sleeps; not from within @fn. */
void qr_watched_each(qr_walk_slab_fn fn, void *data);

#endif /* _QR_WATCHED_H */
