/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * report.h - the texts of debugfs, one function a file.
 *
 * Every file but slabinfo, allocinfo, alloc_traces, folded, kmemleak and
 * fail_nth, whose forms are others', begins with "# quarry <file> v1".  A table goes on with a
 * line of column names and has one record a line; "-" stands for what does not
 * apply; only the last column may have blanks in it; lines that begin with "#"
 * are remarks.  The rest are lines of a name and a value.  Kernel addresses are
 * in leaks, holders, kmemleak, findings and validate alone.
 *
 * Context: process, may sleep, no lock of ours held.
 */
#ifndef _QR_REPORT_H
#define _QR_REPORT_H

#include "internal.h"
#include "setting.h"

struct qr_mark;
struct qr_sink;
struct qr_site_sums;

/*
 * The files there are, a table for the top, one for each cache and one for
 * each heap; an entry without a name ends each.  One of the functions is set,
 * which one is the table's matter.
 */
struct qr_report {
	const char *name;
	/* Who may read the file, as in open(2). */
	u16 mode;
	void (*all)(struct qr_sink *sink);
	void (*cache)(struct qr_sink *sink, struct quarry_cache *cache);
	void (*heap)(struct qr_sink *sink, struct quarry_heap *heap);
	void (*mark)(struct qr_sink *sink, const struct qr_mark *mark);
};

extern const struct qr_report qr_reports[];
extern const struct qr_report qr_cache_reports[];
extern const struct qr_report qr_heap_reports[];
/* since/NAME for each mark, which is what names it. */
extern const struct qr_report qr_mark_report;

void qr_report_version(struct qr_sink *sink);
void qr_report_caches(struct qr_sink *sink);
void qr_report_slabinfo(struct qr_sink *sink);
void qr_report_heaps(struct qr_sink *sink);
void qr_report_sites(struct qr_sink *sink);
void qr_report_allocinfo(struct qr_sink *sink);
void qr_report_events(struct qr_sink *sink);
void qr_report_folded(struct qr_sink *sink);
void qr_report_scan(struct qr_sink *sink);
void qr_report_leaks(struct qr_sink *sink);
void qr_report_holders(struct qr_sink *sink);
void qr_report_kmemleak(struct qr_sink *sink);
void qr_report_findings(struct qr_sink *sink);
void qr_report_on_error(struct qr_sink *sink);

void qr_report_cache_stats(struct qr_sink *sink, struct quarry_cache *cache);
void qr_report_cache_slabs(struct qr_sink *sink, struct quarry_cache *cache);
void qr_report_cache_sites(struct qr_sink *sink, struct quarry_cache *cache);
void qr_report_cache_traces(struct qr_sink *sink, struct quarry_cache *cache);

void qr_report_heap_stats(struct qr_sink *sink, struct quarry_heap *heap);
void qr_report_heap_classes(struct qr_sink *sink, struct quarry_heap *heap);
void qr_report_heap_sites(struct qr_sink *sink, struct quarry_heap *heap);
void qr_report_heap_traces(struct qr_sink *sink, struct quarry_heap *heap);

void qr_report_inject(struct qr_sink *sink);
/* As /proc/PID/fail-nth: a number, of the task that reads. */
void qr_report_fail_nth(struct qr_sink *sink);

void qr_report_growth(struct qr_sink *sink);
void qr_report_watch(struct qr_sink *sink);
void qr_report_validate(struct qr_sink *sink);

void qr_report_marks(struct qr_sink *sink);
/* What was allocated after the newest mark, or after @mark, and still lives. */
void qr_report_since_mark(struct qr_sink *sink);
void qr_report_since(struct qr_sink *sink, const struct qr_mark *mark);

/* ------------------------------------- shared by the report_*.c files */

/* First line of @file. */
void qr_report_head(struct qr_sink *sink, const char *file);

/* One line of a file of names and values; @name says the unit. */
void qr_report_value(struct qr_sink *sink, const char *name, u64 value);
void qr_report_text(struct qr_sink *sink, const char *name, const char *value);

/* "file:line [module] func", the words in the order of allocinfo. */
void qr_report_site(struct qr_sink *sink, u32 id);
/* Seconds since @birth, in jiffies, with three decimals. */
#define QR_AGE_TEXT		24
const char *qr_report_age(char buf[QR_AGE_TEXT], u32 birth);
/* So many jiffies, in the same form. */
const char *qr_report_ticks(char buf[QR_AGE_TEXT], u64 ticks);

/* @part of @whole in percent with one decimal, "-" of nothing. */
#define QR_PERCENT_TEXT		16
const char *qr_percent(char buf[QR_PERCENT_TEXT], u64 part, u64 whole);

/* Name of a cache as files show it: classes are "heap-64", runs "heap-runs". */
#define QR_CACHE_TITLE		(QUARRY_NAME_MAX + 16)
const char *qr_cache_title(const struct quarry_cache *cache,
			   char buf[QR_CACHE_TITLE]);

/* The table of @file, which are @sums; consumes them. */
void qr_report_sums(struct qr_sink *sink, const char *file,
		    struct qr_site_sums *sums);

/*
 * The caches of a heap in order of size, runs last, NULL after that; @index
 * begins at 0.  Valid as long as the heap is pinned.
 */
struct quarry_cache *qr_report_heap_cache(struct quarry_heap *heap,
					  unsigned int *index);

/* The table of caches: column names, then a line for each. */
void qr_report_cache_columns(struct qr_sink *sink, int name_width);
void qr_report_cache_row(struct qr_sink *sink, int name_width,
			 struct quarry_cache *cache);

struct qr_cache_count;

/* Bytes of pages and descriptors behind what was counted. */
u64 qr_count_held_bytes(const struct qr_cache_count *count);
/* Bytes of the objects that live. */
u64 qr_count_live_bytes(const struct quarry_cache *cache,
			const struct qr_cache_count *count);
/* All members of @count, except high-water marks where @sums_only. */
void qr_report_count(struct qr_sink *sink, const struct qr_cache_count *count,
		     bool sums_only);
/* Adds @more to @sum, member by member. */
void qr_count_add(struct qr_cache_count *sum,
		  const struct qr_cache_count *more);

#endif /* _QR_REPORT_H */
