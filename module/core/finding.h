/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * finding.h - misuse and damage: what is told of each, and what it leads to.
 *
 * A finding is a snapshot, made at once and without allocating, of all that is
 * known at that moment; it goes to the ring of events, to the log, to whoever
 * traces, and into a ring of its own that the file findings shows.
 */
#ifndef _QR_FINDING_H
#define _QR_FINDING_H

#include <linux/bitmap.h>

#include "checks.h"
#include "event.h"
#include "guard.h"
#include "internal.h"

/* Findings kept. */
#define QR_FINDING_RING		64
/* Calls kept of the chain that led to it, the innermost. */
#define QR_FINDING_FRAMES	16U
/* Bytes of memory kept, rows of 16. */
#define QR_FINDING_VIEW		128U

/* What an address is that is in no slab, as far as that can be told safely. */
enum qr_address {
	QR_ADDRESS_SLAB,	/* it is in one */
	QR_ADDRESS_NULL_PAGE,
	QR_ADDRESS_ERROR,	/* an ERR_PTR() */
	QR_ADDRESS_USER,
	QR_ADDRESS_STACK,	/* of the task that runs */
	QR_ADDRESS_IMAGE,	/* code or data of the kernel */
	QR_ADDRESS_MODULE,	/* the same of a module */
	QR_ADDRESS_VMALLOC,
	QR_ADDRESS_OTHER_SLAB,	/* of the kernel's own allocator */
	QR_ADDRESS_OTHER_PAGE,
	QR_ADDRESS_FREE_PAGE,
	QR_ADDRESS_META,	/* quarry's own */
	QR_ADDRESS_UNMAPPED,
	QR_ADDRESS_NONSENSE,	/* nothing can ever be there */
	QR_NR_ADDRESSES,
};

enum qr_object_state {
	QR_OBJECT_NONE,
	QR_OBJECT_LIVE,
	QR_OBJECT_CACHED,
	QR_OBJECT_FREE,
	QR_OBJECT_QUARANTINED,
	QR_OBJECT_MOVING,	/* being freed */
};

/* All 0 where it is not known. */
struct qr_finding {
	/* 1 is the first ever; 0: nothing here. */
	u64 nr;
	/* Being written, or printed, by who has claimed it. */
	bool busy;
	/* The headline. */
	struct qr_event event;

	/* Whose the memory is; @event.owner is whom it was passed to. */
	char cache[QUARRY_NAME_MAX + 8];
	u8 where;		/* enum qr_address */
	u8 state;		/* enum qr_object_state */
	bool frozen;		/* its slab is set aside */
	unsigned long address;	/* what was passed, or where damage begins */
	char symbol[QR_CALLER_TEXT];	/* of an address of code or data */

	unsigned long object;	/* where it begins, 0: there is none */
	u32 usable;		/* bytes */
	u32 asked;		/* bytes, 0: not kept */
	u32 damage_bytes;

	u64 born_age_ms;	/* @born has more where that is kept */
	struct qr_track born;
	struct qr_track freed;
	char freed_text[QR_CALLER_TEXT];

	/* Who did it, or found it. */
	u32 pid;
	u32 cpu;
	char comm[16];
	/* The calls that led here; @stack instead once their names are kept. */
	u32 stack;
	u32 nr_entries;
	unsigned long entry[QR_FINDING_FRAMES];

	/* Memory from @view on, and which bytes could be read. */
	unsigned long view;
	u32 view_bytes;
	u8 byte[QR_FINDING_VIEW];
	DECLARE_BITMAP(known, QR_FINDING_VIEW);
};

/*
 * Misuse of @object, or of @cache where that is NULL: counts it against @cache
 * (may be NULL, or no cache any more) and tells of it.  @caller is 0 where it
 * is not known.  Context: any, no lock of ours held; from NMI it is recorded,
 * and nothing is printed.
 */
void qr_cache_finding(struct quarry_cache *cache, int kind, const void *object,
		      unsigned long caller);

/*
 * The same of damage found: the @bytes bytes from @damage on, in or around
 * @object, are not what they were left as.
 */
void qr_damage_found(struct quarry_cache *cache, int kind, const void *object,
		     const void *damage, size_t bytes, unsigned long caller);

/* The same of something else, as @event says. */
void qr_event_finding(struct qr_event *event);
/* Of an object that is not where its tag says, if one waits.  Context: process. */
void qr_finding_suspect(void);

/*
 * The processor did not let code touch @address, as @story tells; @call leads
 * there, that code itself first.  Told of in a report of the kernel's that has
 * the rest.  Context: any that can die.
 */
void qr_guard_found(const struct qr_guard_story *story, unsigned long address,
		    const unsigned long *call, unsigned int nr);

/* A use of what is no cache, or heap, any more: told of, and true. */
bool qr_cache_is_gone(struct quarry_cache *cache, unsigned long caller);
bool qr_heap_is_gone(struct quarry_heap *heap, unsigned long caller);

/* ---------------------------------------------------- finding_ring.c */

/* An empty finding with a number, or NULL.  Context: any. */
struct qr_finding *qr_finding_claim(void);
/* It is complete. */
void qr_finding_release(struct qr_finding *finding);
/* Copies the oldest that is newer than @nr; false: none is. */
bool qr_finding_next(u64 nr, struct qr_finding *copy);
/* Newest number, 0 before the first. */
u64 qr_finding_last(void);
/*
 * Code from @start up to @end goes away: what led through it keeps its names.
 * Before qr_stack_retire().  Context: process, may sleep.
 */
void qr_finding_retire(unsigned long start, unsigned long end);
/* As if nothing had been found.  Nobody else is at it. */
void qr_finding_reset(void);

/* ---------------------------------------------------- finding_text.c */

/*
 * Calls @line for each line of @finding.  For the log (@log) no addresses are
 * shown, and it works in any context but NMI; else process.
 */
void qr_finding_lines(const struct qr_finding *finding, bool log,
		      void (*line)(void *to, const char *text), void *to);
/* What an address is, in words. */
const char *qr_address_name(enum qr_address where);
/* Tells the log whose object @address is.  Context: process, sleeps. */
void qr_object_log(unsigned long address);

/* -------------------------------------------------------- on_error.c */

enum qr_on_error {
	QR_ON_ERROR_REPORT,
	QR_ON_ERROR_PANIC,
	QR_ON_ERROR_FREEZE,
	QR_NR_ON_ERROR,
};

#define QR_ON_ERROR_NAMES	"report, panic or freeze"
/* 0, or -EINVAL where there is no such name. */
int qr_on_error_set(const char *name);
const char *qr_on_error_name(void);
enum qr_on_error qr_on_error(void);
/* Whether a finding of @cache, which may be NULL, is to be the last one. */
bool qr_on_error_is_fatal(const struct quarry_cache *cache);
/*
 * Sets the slab aside if @cache has it (still).  What magazines have of it goes
 * back soon.  Context: any but NMI.
 */
void qr_on_error_freeze(struct quarry_cache *cache, struct qr_slab *slab);
/* Has @drain empty all magazines if that is due.  By one at a time. */
void qr_on_error_drain(void (*drain)(void));
/* Whether it is, or is being done. */
bool qr_on_error_drain_due(void);

/* ------------------------------------------------- of the platform */

/* What @address is.  Touches nothing that may fault.  Context: any. */
enum qr_address qr_platform_address(unsigned long address);
/* Tells whoever traces.  Context: any. */
void qr_platform_found(const struct qr_event *event);

#endif /* _QR_FINDING_H */
