// SPDX-License-Identifier: GPL-2.0-only
/*
 * control.c - the files of debugfs that can be written: what they take, and
 * what they do with it.  A text is either taken, or refused and nothing has
 * changed.
 */
#include <linux/compiler.h>
#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/kstrtox.h>
#include <linux/limits.h>
#include <linux/printk.h>
#include <linux/string.h>

#include "control.h"
#include "exempt.h"
#include "finding.h"
#include "holder.h"
#include "inject_control.h"
#include "internal.h"
#include "mark.h"
#include "options.h"
#include "scan.h"
#include "setting.h"
#include "sink.h"
#include "validate.h"
#include "verdict.h"
#include "watch.h"

/* What "on" means, as in the kernel's own. */
#define SCAN_PERIOD_S	600U

static void limit_show(struct qr_sink *sink, struct quarry_heap *heap)
{
	qr_sink_printf(sink, "%zu\n", quarry_heap_limit(heap));
}

static int limit_store(struct quarry_heap *heap, char *text)
{
	size_t bytes;
	int err = qr_bytes_parse(text, strlen(text), &bytes);

	if (!err)
		quarry_heap_set_limit(heap, bytes);
	return err;
}

static void debug_show(struct qr_sink *sink, unsigned int options)
{
	char text[QR_OPTIONS_TEXT];

	qr_sink_printf(sink, "%s\n", qr_options_text(options, text));
}

static void cache_debug_show(struct qr_sink *sink, struct quarry_cache *cache)
{
	debug_show(sink, READ_ONCE(cache->options));
}

static void heap_debug_show(struct qr_sink *sink, struct quarry_heap *heap)
{
	debug_show(sink, READ_ONCE(heap->options));
}

static int cache_debug_store(struct quarry_cache *cache, char *text)
{
	unsigned int options;
	int err = qr_options_parse(text, strlen(text), &options);

	return err ?: quarry_cache_set_debug(cache, options);
}

static int heap_debug_store(struct quarry_heap *heap, char *text)
{
	unsigned int options;
	int err = qr_options_parse(text, strlen(text), &options);

	return err ?: quarry_heap_set_debug(heap, options);
}

static void heap_level_show(struct qr_sink *sink, struct quarry_heap *heap)
{
	qr_sink_printf(sink, "%s\n", qr_level_name(READ_ONCE(heap->level)));
}

static int heap_level_store(struct quarry_heap *heap, char *text)
{
	int level = qr_level_parse(text);

	return level < 0 ? level : quarry_heap_set_level(heap, level);
}

static void cache_level_show(struct qr_sink *sink, struct quarry_cache *cache)
{
	qr_sink_printf(sink, "%s\n", qr_level_name(READ_ONCE(cache->level)));
}

static int cache_level_store(struct quarry_cache *cache, char *text)
{
	int level = qr_level_parse(text);

	return level < 0 ? level : quarry_cache_set_level(cache, level);
}

static int cache_shrink_store(struct quarry_cache *cache, char *text)
{
	if (strcmp(text, "1"))
		return -EINVAL;
	quarry_cache_shrink(cache);
	return 0;
}

static int heap_shrink_store(struct quarry_heap *heap, char *text)
{
	if (strcmp(text, "1"))
		return -EINVAL;
	quarry_heap_shrink(heap);
	return 0;
}

/* ----------------------------------------------------------------- scans */

/* What follows @word in @text, or NULL. */
static const char *after(const char *text, const char *word)
{
	size_t len = strlen(word);

	return strncmp(text, word, len) ? NULL : text + len;
}

static int number_parse(const char *text, unsigned int max, unsigned int *value)
{
	if (kstrtouint(text, 10, value) || *value > max)
		return -EINVAL;
	return 0;
}

static void no_site(const char *where)
{
	pr_warn("scan: no site \"%s\" has allocated anything\n", where);
}

/* An address, or a site. */
static int exempt_store(const char *what, enum qr_exempt kind)
{
	unsigned long address;
	int err;

	if (!strncmp(what, "0x", 2))
		return kstrtoul(what, 16, &address) ? -EINVAL :
		       qr_exempt_address(address, kind);
	err = qr_exempt_site(what, kind);
	if (err == -ENOENT)
		no_site(what);
	return err;
}

static int period_store(const char *text)
{
	unsigned int seconds = 0;
	int err = 0;

	if (!strcmp(text, "on"))
		seconds = SCAN_PERIOD_S;
	else if (strcmp(text, "off"))
		err = number_parse(text, QR_SCAN_PERIOD_S_MAX, &seconds);
	if (!err)
		qr_scanner_set_period(seconds);
	return err;
}

static int min_age_store(const char *text)
{
	unsigned int ms;
	int err = number_parse(text, QR_SCAN_MIN_AGE_MS_MAX, &ms);

	if (!err)
		WRITE_ONCE(qr_params.scan_min_age_ms, ms);
	return err;
}

/* The words that both files take; -ENOENT for others. */
static int scan_word_store(const char *text)
{
	const char *value;

	if (!strcmp(text, "scan"))
		return qr_scanner_run();
	if (!strcmp(text, "clear")) {
		qr_verdict_clear();
		return 0;
	}
	value = after(text, "scan=");
	return value ? period_store(value) : -ENOENT;
}

static int scan_store(char *text)
{
	int err = scan_word_store(text);
	const char *value;

	if (err != -ENOENT)
		return err;
	if (!strcmp(text, "stop")) {
		qr_scan_stop();
		return 0;
	}
	value = after(text, "min_age=");
	if (value)
		return min_age_store(value);
	value = after(text, "not_leak=");
	if (value)
		return exempt_store(value, QR_EXEMPT_NOT_LEAK);
	value = after(text, "ignore=");
	return value ? exempt_store(value, QR_EXEMPT_IGNORE) : -EINVAL;
}

static int holders_store(char *text)
{
	int err = qr_holders_want(text);

	if (err == -ENOENT)
		no_site(text);
	return err ?: qr_scanner_run();
}

/* As the kernel's own file; stacks are always looked at. */
static int kmemleak_store(char *text)
{
	int err = scan_word_store(text);
	unsigned long address;
	const char *value;

	if (err != -ENOENT)
		return err;
	if (!strcmp(text, "off"))
		return period_store("off");
	if (!strcmp(text, "stack=on"))
		return 0;
	value = after(text, "dump=");
	if (!value || kstrtoul(value, 16, &address))
		return -EINVAL;
	qr_object_log(address);
	return 0;
}

static int on_error_store(char *text)
{
	return qr_on_error_set(text);
}

/* ---------------------------------------------------------------- files */

#define EXPECTS_BYTES	"a number of bytes, maybe with K, M or G; 0: no limit"
#define EXPECTS_ONE	"1"
#define EXPECTS_MARK \
	"NAME to remember now, or -NAME to forget; 1 to 31 bytes, none of them '/' or blank"

const struct qr_control qr_cache_controls[] = {
	{ .report = { .name = "level", .mode = 0644,
		      .cache = cache_level_show },
	  .store_cache = cache_level_store, .expects = QR_LEVEL_NAMES },
	{ .report = { .name = "debug", .mode = 0644,
		      .cache = cache_debug_show },
	  .store_cache = cache_debug_store, .expects = QR_OPTIONS_EXPECTED },
	{ .report = { .name = "shrink", .mode = 0200 },
	  .store_cache = cache_shrink_store, .expects = EXPECTS_ONE },
	{ }
};

const struct qr_control qr_heap_controls[] = {
	{ .report = { .name = "limit_bytes", .mode = 0644,
		      .heap = limit_show },
	  .store_heap = limit_store, .expects = EXPECTS_BYTES },
	{ .report = { .name = "level", .mode = 0644,
		      .heap = heap_level_show },
	  .store_heap = heap_level_store, .expects = QR_LEVEL_NAMES },
	{ .report = { .name = "debug", .mode = 0644,
		      .heap = heap_debug_show },
	  .store_heap = heap_debug_store, .expects = QR_OPTIONS_EXPECTED },
	{ .report = { .name = "shrink", .mode = 0200 },
	  .store_heap = heap_shrink_store, .expects = EXPECTS_ONE },
	{ }
};

#define EXPECTS_SCAN \
	"scan, stop, clear, scan=SECONDS, min_age=MILLISECONDS, not_leak= or ignore= with 0xADDRESS or FILE:LINE"
#define EXPECTS_KMEMLEAK \
	"scan, clear, scan=on, scan=off, scan=SECONDS, stack=on, dump=ADDRESS or off"

#define EXPECTS_VALIDATE \
	"1 or validate, open (leaves magazines alone), quiet (nobody allocates or frees meanwhile)"

const struct qr_control qr_controls[] = {
	{ .report = { .name = "scan" }, .store = scan_store,
	  .expects = EXPECTS_SCAN },
	{ .report = { .name = "holders" }, .store = holders_store,
	  .expects = "0xADDRESS in a live object, or FILE:LINE as in leaks" },
	{ .report = { .name = "kmemleak" }, .store = kmemleak_store,
	  .expects = EXPECTS_KMEMLEAK },
	{ .report = { .name = "inject" }, .store = qr_inject_write,
	  .expects = "a rule, clear, -N, verbose=0 or verbose=1" },
	{ .report = { .name = "fail_nth" }, .store = qr_fail_nth_write,
	  .expects = "a number: which allocation of this task fails, 0 for none" },
	{ .report = { .name = "mark" }, .store = qr_mark_write,
	  .expects = EXPECTS_MARK },
	{ .report = { .name = "on_error" }, .store = on_error_store,
	  .expects = QR_ON_ERROR_NAMES },
	{ .report = { .name = "watch" }, .store = qr_watch_write,
	  .expects = "the NAME of a module to watch, other than quarry, or -NAME to end that" },
	{ .report = { .name = "validate" }, .store = qr_validate_write,
	  .expects = EXPECTS_VALIDATE },
	{ }
};
