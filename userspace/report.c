// SPDX-License-Identifier: GPL-2.0-only
/*
 * report.c - the files of debugfs by name, written to a stream, and texts
 * written to them: the same tables and the same code as module/kern/debugfs.c
 * has.
 */
#include <errno.h>
#include <stdio.h>

#include <linux/string.h>

#include "control.h"
#include "mark.h"
#include "quarry_mirror.h"
#include "report.h"
#include "sink.h"
#include "walk.h"

static const struct qr_report *report_find(const struct qr_report *report,
					   const char *name)
{
	for (; report->name; report++)
		if (!strcmp(report->name, name))
			return report;
	return NULL;
}

static const struct qr_control *control_find(const struct qr_control *control,
					     const char *name)
{
	for (; control->report.name; control++)
		if (!strcmp(control->report.name, name))
			return control;
	return NULL;
}

/* What a file of a cache or heap shows; NULL where there is nothing to read. */
static const struct qr_report *view_find(const struct qr_report *report,
					 const struct qr_control *control,
					 const char *name)
{
	report = report_find(report, name);
	if (report)
		return report;
	control = control_find(control, name);
	if (!control || !(control->report.cache || control->report.heap))
		return NULL;
	return &control->report;
}

/* Splits "NAME/FILE" after @prefix; false where @path is not of that form. */
static bool path_split(const char *path, const char *prefix,
		       char name[QUARRY_NAME_MAX + 1], const char **file)
{
	size_t len = strlen(prefix);

	if (strncmp(path, prefix, len))
		return false;
	path += len;
	*file = strchr(path, '/');
	if (!*file || *file - path > QUARRY_NAME_MAX)
		return false;
	memcpy(name, path, *file - path);
	name[*file - path] = '\0';
	++*file;
	return true;
}

static int render_cache(struct qr_sink *sink, const char *name,
			const char *file)
{
	const struct qr_report *report = view_find(qr_cache_reports,
						   qr_cache_controls, file);
	struct quarry_cache *cache;

	cache = report ? qr_walk_find_cache(name) : NULL;
	if (!cache)
		return -ENOENT;
	report->cache(sink, cache);
	qr_walk_unpin_cache(cache);
	return sink->error;
}

static int render_heap(struct qr_sink *sink, const char *name,
		       const char *file)
{
	const struct qr_report *report = view_find(qr_heap_reports,
						   qr_heap_controls, file);
	struct quarry_heap *heap;

	heap = report ? qr_walk_find_heap(name) : NULL;
	if (!heap)
		return -ENOENT;
	report->heap(sink, heap);
	qr_walk_unpin_heap(heap);
	return sink->error;
}

static int render_since(struct qr_sink *sink, const char *name)
{
	struct qr_mark mark;

	if (!qr_mark_find(name, &mark))
		return -ENOENT;
	qr_mark_report.mark(sink, &mark);
	return sink->error;
}

static int render(struct qr_sink *sink, const char *path)
{
	char name[QUARRY_NAME_MAX + 1];
	const struct qr_report *report;
	const char *file;

	if (path_split(path, "cache/", name, &file))
		return render_cache(sink, name, file);
	if (path_split(path, "heap/", name, &file))
		return render_heap(sink, name, file);
	if (!strncmp(path, "since/", 6))
		return render_since(sink, path + 6);
	report = report_find(qr_reports, path);
	if (!report)
		return -ENOENT;
	report->all(sink);
	return sink->error;
}

int mirror_report(const char *name, FILE *to)
{
	struct qr_sink sink = {};
	int err = render(&sink, name);

	if (!err && sink.len && fwrite(sink.text, sink.len, 1, to) != 1)
		err = -EIO;
	qr_sink_free(&sink);
	return err;
}

/* ---------------------------------------------------------------- texts */

static int store_cache(const char *name, const char *file, char *text)
{
	const struct qr_control *control = control_find(qr_cache_controls,
							file);
	struct quarry_cache *cache;
	int err;

	cache = control ? qr_walk_find_cache(name) : NULL;
	if (!cache)
		return -ENOENT;
	err = control->store_cache(cache, text);
	qr_walk_unpin_cache(cache);
	return err;
}

static int store_heap(const char *name, const char *file, char *text)
{
	const struct qr_control *control = control_find(qr_heap_controls, file);
	struct quarry_heap *heap;
	int err;

	heap = control ? qr_walk_find_heap(name) : NULL;
	if (!heap)
		return -ENOENT;
	err = control->store_heap(heap, text);
	qr_walk_unpin_heap(heap);
	return err;
}

static int store(const char *path, char *text)
{
	char name[QUARRY_NAME_MAX + 1];
	const struct qr_control *control;
	const char *file;

	if (path_split(path, "cache/", name, &file))
		return store_cache(name, file, text);
	if (path_split(path, "heap/", name, &file))
		return store_heap(name, file, text);
	control = control_find(qr_controls, path);
	return control ? control->store(text) : -ENOENT;
}

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || (u8)c == 0xa0;
}

int mirror_control(const char *name, const char *text)
{
	size_t len = strlen(text);
	char copy[256] = "";
	char *from = copy;

	/* As debugfs.c has it. */
	if (len < sizeof(copy))
		memcpy(copy, text, len);
	for (len = strlen(copy); len && is_blank(copy[len - 1]); len--)
		copy[len - 1] = '\0';
	while (is_blank(*from))
		from++;
	return store(name, from);
}

int qr_scanner_run(void)
{
	return mirror_scan(READ_ONCE(qr_params.scan_min_age_ms));
}

void qr_scanner_set_period(unsigned int seconds)
{
	WRITE_ONCE(qr_params.scan_period_s, seconds);
}
