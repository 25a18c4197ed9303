/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stream.h - a captured allocation stream: its format and its decoder.  Needs
 * no other header, so it compiles in the kernel and in userspace alike.
 *
 * FORMAT, version 1.  u is an unsigned LEB128 number of at most 32 bits; s is
 * u length, that many bytes from '!' to '~', and a NUL.
 *	"QRYS" u:version
 *	u:caches u:sites u:kinds u:slots u:events s:title s:kernel
 *	caches	times { u:size in bytes, s:name }
 *	sites	times { s:name, as %pS prints without the length }
 *	kinds	times { u:site u:cache + 1, or 0 for kmalloc, u:size u:gfp }
 *	then to the end of the file, all told @events allocations and frees:
 *	u:kind << 2			allocation
 *	u:zigzag(slot - last) << 2 | 1	free of the object in a slot
 *	u:cpu << 2 | 2			what follows happened on this CPU
 * A slot holds one live object.  An allocation takes the slot freed last, or
 * the lowest never used; @slots is how many that makes.  @last is the slot of
 * the event before.  Objects that are live at the end were never freed.
 */
#ifndef _REPLAY_STREAM_H
#define _REPLAY_STREAM_H

#define QRYS_VERSION		1

/* Limits that a stream must keep; sizes in bytes, names without the NUL. */
#define QRYS_CACHES_MAX		1024u
#define QRYS_SITES_MAX		16384u
#define QRYS_KINDS_MAX		65535u
#define QRYS_SLOTS_MAX		(1u << 20)
#define QRYS_EVENTS_MAX		(1u << 24)
#define QRYS_SIZE_MAX		(1u << 22)
#define QRYS_CPUS_MAX		256u
#define QRYS_NAME_MAX		63u

/* A kind's gfp: one of these, with or without QRYS_GFP_ZERO. */
#define QRYS_GFP_KERNEL		0u
#define QRYS_GFP_NOWAIT		1u
#define QRYS_GFP_ATOMIC		2u
#define QRYS_GFP_NOFS		3u
#define QRYS_GFP_ZERO		4u
#define QRYS_GFP_MAX		7u

/* qrys_kind.cache of what came from kmalloc(). */
#define QRYS_KMALLOC		0xffffffffu

struct qrys_cache {
	const char *name;
	unsigned int size;
};

struct qrys_site {
	const char *name;
};

/* What the allocations of one place that ask for the same have in common. */
struct qrys_kind {
	unsigned int site;
	unsigned int cache;
	unsigned int size;
	unsigned int gfp;
};

enum qrys_op {
	QRYS_ALLOC,
	QRYS_FREE,
};

struct qrys_event {
	unsigned int slot;
	/* Of the object; for a free, that of its allocation. */
	unsigned short kind;
	unsigned char op;
	unsigned char cpu;
};

/* State of one slot while decoding; private to stream.c. */
struct qrys_slot {
	unsigned int next;
	unsigned short kind;
	unsigned short live;
};

struct qrys_stream {
	/* The file, borrowed: names point into it. */
	const unsigned char *data;
	unsigned long len;
	unsigned long pos;

	unsigned int nr_caches;
	unsigned int nr_sites;
	unsigned int nr_kinds;
	unsigned int nr_slots;
	unsigned int nr_events;
	const char *title;
	const char *kernel;

	/* Room for the counts above, lent by the caller after qrys_open(). */
	struct qrys_cache *cache;
	struct qrys_site *site;
	struct qrys_kind *kind;
	struct qrys_slot *slot;

	/* Where qrys_next() stands. */
	unsigned int event;
	unsigned int last;
	unsigned int fresh;
	unsigned int freed;
	unsigned int cpu;

	/* What is wrong with the file, and at which byte. */
	const char *error;
	unsigned long error_at;
};

/* Reads the counts.  0, or -1 with @error set. */
int qrys_open(struct qrys_stream *stream, const void *data, unsigned long len);
/* Reads caches, sites and kinds into the arrays the caller lent. */
int qrys_tables(struct qrys_stream *stream);
/* 1: @event is the next one.  0: that was all, and well.  -1: error. */
int qrys_next(struct qrys_stream *stream, struct qrys_event *event);

#endif /* _REPLAY_STREAM_H */
