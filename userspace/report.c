// SPDX-License-Identifier: GPL-2.0-only
/*
 * report.c - the files of debugfs by name, written to a stream: the same
 * tables and the same code as module/kern/debugfs.c has.
 */
#include <errno.h>
#include <stdio.h>

#include <linux/string.h>

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
	const struct qr_report *report = report_find(qr_cache_reports, file);
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
	const struct qr_report *report = report_find(qr_heap_reports, file);
	struct quarry_heap *heap;

	heap = report ? qr_walk_find_heap(name) : NULL;
	if (!heap)
		return -ENOENT;
	report->heap(sink, heap);
	qr_walk_unpin_heap(heap);
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
