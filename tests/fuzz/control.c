// SPDX-License-Identifier: GPL-2.0-only
/*
 * control.c - texts written to quarry's files: each is taken, or refused and
 * nothing has changed.  The first byte of the input, from 0 on, says which file.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include <stdio.h>
#include <stdlib.h>

#include "quarry_mirror.h"
#include "fuzz.h"
#include "internal.h"
#include "mark.h"
#include "options.h"
#include "sink.h"
#include "report.h"

static const char *const files[] = {
	"mark", "scan", "kmemleak", "validate", "heap/fuzz/limit_bytes",
	"heap/fuzz/level", "heap/fuzz/shrink", "heap/fuzz/debug",
	"cache/fuzz/level", "cache/fuzz/shrink", "cache/fuzz/debug",
	"no such file", "on_error", "holders",
};

static struct quarry_cache *cache;
static struct quarry_heap *heap;
static void *object, *block;

/* All that a text may change. */
struct state {
	size_t limit;
	unsigned int heap_level, cache_level, heap_options, cache_options;
	unsigned int scan_min_age_ms, scan_period_s;
	char marks[4096];
};

/* The last word of each line: those before it are times, and they go on. */
static void last_words(char *to, size_t size, const char *text)
{
	size_t len = 0, line = 0;

	for (; *text && len < size - 1; text++) {
		if (*text == ' ')
			len = line;
		else
			to[len++] = *text;
		if (*text == '\n')
			line = len;
	}
}

static void state_get(struct state *state)
{
	struct qr_sink sink = {};

	memset(state, 0, sizeof(*state));
	state->limit = quarry_heap_limit(heap);
	state->heap_level = heap->level;
	state->cache_level = cache->level;
	state->heap_options = heap->options;
	state->cache_options = cache->options;
	state->scan_min_age_ms = qr_params.scan_min_age_ms;
	state->scan_period_s = qr_params.scan_period_s;
	qr_report_marks(&sink);
	last_words(state->marks, sizeof(state->marks), sink.text ?: "");
	qr_sink_free(&sink);
}

static void state_reset(void)
{
	fuzz_must(!mirror_control("heap/fuzz/limit_bytes", "0"), "a reset");
	fuzz_must(!mirror_control("on_error", "report"), "a reset");
	fuzz_must(!mirror_control("heap/fuzz/debug", "-"), "a reset");
	fuzz_must(!mirror_control("cache/fuzz/debug", "-"), "a reset");
	quarry_heap_set_level(heap, QUARRY_LEVEL_SITE);
	quarry_cache_set_level(cache, QUARRY_LEVEL_SITE);
	qr_params.scan_min_age_ms = 5000;
	qr_params.scan_period_s = 0;
	qr_mark_exit();
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	fuzz_begin();
	cache = quarry_cache_create("fuzz", 100, 0, 0, NULL);
	heap = quarry_heap_create("fuzz", 0);
	object = quarry_cache_alloc(cache, GFP_KERNEL);
	block = quarry_heap_alloc(heap, 100, GFP_KERNEL);
	return 0;
}

/* A whole scan copies the process: nothing for many times a second. */
static bool asks_for_scan(const char *file, const char *text)
{
	return (!strcmp(file, "scan") || !strcmp(file, "kmemleak")) &&
	       strstr(text, "scan") && !strchr(text, '=');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct state before, after;
	char text[300];
	const char *file;
	int err;

	if (!size || size > sizeof(text))
		return -1;
	file = files[(u8)(data[0] - '0') % ARRAY_SIZE(files)];
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	if (asks_for_scan(file, text))
		return -1;
	state_get(&before);
	err = mirror_control(file, text);
	state_get(&after);
	if (err)
		fuzz_must(!memcmp(&before, &after, sizeof(before)),
			  "a text that is refused changes nothing");
	fuzz_must(!err || err == -EINVAL || err == -ENOENT || err == -ENOMEM ||
		  err == -ENOSPC || err == -ERANGE || err == -EEXIST,
		  "an error that a file may give");
	fuzz_validate();
	state_reset();
	return 0;
}
