/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * event.h - the ring of what happened: budget hits, failures, misuse.
 */
#ifndef _QR_EVENT_H
#define _QR_EVENT_H

#include "internal.h"
#include "site_text.h"

enum qr_event_kind {
	QR_EVENT_BUDGET,	/* a heap refused: over its limit */
	QR_EVENT_FAILURE,	/* no pages to be had */
	QR_EVENT_DOUBLE_FREE,
	QR_EVENT_INVALID_FREE,	/* not an object of ours, or its middle */
	QR_EVENT_WRONG_OWNER,	/* of another cache or heap */
	QR_EVENT_BAD_TAG,	/* tag that does not say where the object is */
	QR_EVENT_OVERFLOW,	/* array size beyond what a size_t holds */
	QR_EVENT_DEAD,		/* use of a destroyed cache or heap */
	QR_EVENT_NMI,		/* called from NMI */
	QR_EVENT_BAD_GFP,	/* zeroing asked of an object with constructor */
	QR_EVENT_LIVE_AT_DESTROY,	/* one for each site */
	QR_EVENT_LIVE_AT_UNLOAD,	/* the same, of a module */
	QR_EVENT_FOREIGN_FREE,	/* other code gave a page of ours away */
	QR_EVENT_STRAY_KFREE,	/* the kernel's kfree() was given an object */
	QR_EVENT_REDZONE,	/* written outside the bytes asked for */
	QR_EVENT_POISON,	/* written after free */
	QR_EVENT_GUARD,		/* a guard page was touched */
	QR_EVENT_KASAN,		/* the kernel's KASAN has reported an access */
	QR_EVENT_DAMAGED,	/* metadata found inconsistent */
	QR_NR_EVENTS,
};

/*
 * Events kept: so many refusals (budget, failure), and so many of all other
 * kinds, which a flood of refusals thus cannot push out.
 */
#define QR_EVENT_RING		256

struct qr_event {
	u64 seq;		/* 1 is the first ever */
	u64 time_ns;		/* since boot */
	enum qr_event_kind kind;
	u32 site;		/* of allocation, 0 unknown */
	s32 offset;		/* into the object, bytes; negative: before it */
	u32 end;		/* bytes of the object, 0: there is none */
	unsigned long caller;	/* return address, 0 unknown */
	unsigned long address;	/* of the object; shown to no one unprivileged */
	unsigned long bytes;	/* asked for, or involved */
	unsigned long objects;	/* involved, 0: it is about one, or none */
	bool quiet;		/* only recorded, not printed: __GFP_NOWARN */
	bool urgent;		/* printed, however many there were */
	const char *where;	/* what an address of nobody is, or NULL */
	char owner[QUARRY_NAME_MAX + 1];	/* cache, heap, module */
	char caller_text[QR_CALLER_TEXT];	/* outlives the caller's module */
};

/*
 * Records @event (seq, time_ns and caller_text are filled in) and, rate
 * limited by kind, prints one line; returns whether it did.  Context: any, no
 * lock of ours held; from NMI nothing is printed, and when the ring is being
 * written at that very moment the event is only counted.
 */
bool qr_event_add(struct qr_event *event);
/* Copies event @seq; false when it is not, or no longer, kept. */
bool qr_event_get(u64 seq, struct qr_event *event);
/* Copies the oldest event kept that is newer than @seq; false: none is. */
bool qr_event_next(u64 seq, struct qr_event *event);
/* Newest seq, 0 before the first. */
u64 qr_event_last(void);
/* How many there were, in the ring or not. */
unsigned long qr_event_count(enum qr_event_kind kind);
/*
 * Where in an object, which is called @it, or how far from it, in words: "16
 * bytes into it"; empty at its start.  Returns @buf.
 */
#define QR_PLACE_TEXT	48
const char *qr_event_place(const struct qr_event *event, const char *it,
			   char buf[QR_PLACE_TEXT]);
/* What happened, in words. */
const char *qr_event_what(enum qr_event_kind kind);
/* Word for the events file. */
const char *qr_event_name(enum qr_event_kind kind);

#endif /* _QR_EVENT_H */
