/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * holder.h - what points to an object, or to those of a site.  Who wants to know
 * says so; the next scan that begins tells, after its verdict.
 */
#ifndef _QR_HOLDER_H
#define _QR_HOLDER_H

#include "internal.h"
#include "roots.h"
#include "site_text.h"

struct qr_scan;

/* Rows of the answer; of places beyond, only how many there were. */
#define QR_HOLDERS_MAX		64

/* Of sites that are written alike. */
#define QR_HOLDERS_SITES	16

struct qr_wanted {
	/* Complement of an address in the object; 0: the objects of sites. */
	unsigned long hidden;
	u32 site[QR_HOLDERS_SITES];
	u32 nr_sites;
	/* As it was asked for. */
	char text[QR_SITE_LINE];
};

/*
 * Words that refer to what is wanted: those so far into the objects of one site, or
 * one that is in no object of ours.
 */
struct qr_holder {
	/* Complement of where one of them is. */
	unsigned long hidden_at;
	unsigned long refs;
	/* Of these, those that refer to the inside alone. */
	unsigned long interior;
	bool in_object;
	/* The object is garbage itself. */
	bool garbage;
	/* 0: of level off. */
	u32 site;
	u32 offset;
	/* Of the other ones. */
	char place[QR_PLACE_LINE];
};

struct qr_holders {
	struct qr_wanted wanted;
	/* Live ones that are wanted, and those of them that something refers to. */
	unsigned long objects;
	unsigned long held;
	/* References for which there was no row. */
	unsigned long others;
	u32 nr;
	/* Most references first. */
	struct qr_holder holder[QR_HOLDERS_MAX];
};

/*
 * Has the next scan answer, and nobody who was to be answered before: @text is an
 * address, "0x" and hexadecimal digits, or a site as qr_site_is_at() takes it.  0;
 * -EINVAL for another text, or where nothing lives; -ENOENT: no such site; -ENOMEM.
 * Context: process, sleeps.
 */
int qr_holders_want(const char *text);
/* Forgets all.  Nobody else is here. */
void qr_holders_exit(void);

/* Calls @fn with the last answer, which does not change meanwhile.  Sleeps. */
typedef void (*qr_holders_fn)(const struct qr_holders *holders, void *data);
void qr_holders_use(qr_holders_fn fn, void *data);

/* ------------------------------------------------------------ for the scan */

/* What is wanted is this scan's to tell, from now on; NULL: nothing is. */
struct qr_holders *qr_holders_take(void);
void qr_holders_put(struct qr_holders *holders);
/* Looks everywhere once more.  0, or -EINTR when it was stopped, or -ENOMEM. */
int qr_holders_answer(struct qr_scan *scan);
/* The word at hand refers to this object. */
void qr_holder_note(struct qr_scan *scan, u32 slab, u32 index, bool exact);

#endif /* _QR_HOLDER_H */
