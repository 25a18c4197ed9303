// SPDX-License-Identifier: GPL-2.0-only
/*
 * setting.c - limit, level and debug options of heaps as words, and the rules
 * that give them to heaps by name.  The rules are set once, before any heap is
 * made, and stay the text that they were.
 */
#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/kstrtox.h>
#include <linux/limits.h>
#include <linux/string.h>

#include "options.h"
#include "setting.h"

static const char * const level_names[] = {
	[QUARRY_LEVEL_OFF] = "off",
	[QUARRY_LEVEL_SITE] = "site",
	[QUARRY_LEVEL_STACK] = "stack",
};

static_assert(ARRAY_SIZE(level_names) == QR_NR_LEVELS);

/* Longest number. */
#define NUMBER_TEXT	24

static const char *settings = "";

const char *qr_level_name(unsigned int level)
{
	return level < ARRAY_SIZE(level_names) ? level_names[level] : "?";
}

static int level_parse(const char *text, size_t len)
{
	unsigned int level;

	for (level = 0; level < ARRAY_SIZE(level_names); level++)
		if (strlen(level_names[level]) == len &&
		    !strncmp(text, level_names[level], len))
			return level;
	return -EINVAL;
}

int qr_level_parse(const char *name)
{
	return level_parse(name, strlen(name));
}

/* How far a unit shifts; -1 where there is none. */
static int unit_shift(char unit)
{
	switch (toupper(unit)) {
	case 'K':
		return 10;
	case 'M':
		return 20;
	case 'G':
		return 30;
	}
	return -1;
}

int qr_bytes_parse(const char *text, size_t len, size_t *bytes)
{
	char digits[NUMBER_TEXT] = "";
	unsigned long value;
	int shift;

	if (!len || len >= sizeof(digits) || !isdigit(text[0]))
		return -EINVAL;
	memcpy(digits, text, len);
	shift = unit_shift(digits[len - 1]);
	if (shift >= 0)
		digits[len - 1] = '\0';
	else
		shift = 0;
	if (kstrtoul(digits, 10, &value) || value > ULONG_MAX >> shift)
		return -EINVAL;
	*bytes = value << shift;
	return 0;
}

/* ---------------------------------------------------------------- rules */

/* One of the settings: NAME.KEY=VALUE, each by where it begins and its bytes. */
struct setting {
	const char *name, *key, *value;
	size_t name_len, key_len, value_len;
	const char *next;
};

/* Names may have dots; keys have none. */
static int setting_read(const char *at, struct setting *setting)
{
	const char *end = qr_text_find(at, at + strlen(at), ',');
	const char *value = qr_text_find(at, end, '=');
	const char *key = value;

	while (key > at && *key != '.')
		key--;
	if (value == end || key == at)
		return -EINVAL;
	setting->name = at;
	setting->name_len = key - at;
	setting->key = key + 1;
	setting->key_len = value - key - 1;
	setting->value = value + 1;
	setting->value_len = end - value - 1;
	setting->next = *end ? end + 1 : NULL;
	return 0;
}

static bool setting_has_key(const struct setting *setting, const char *key)
{
	return setting->key_len == strlen(key) &&
	       !strncmp(setting->key, key, setting->key_len);
}

/* Limit, level and options as they are, or as @setting wants them. */
static int setting_take(const struct setting *setting, size_t *limit, int *level,
			unsigned int *options)
{
	if (setting_has_key(setting, "limit"))
		return qr_bytes_parse(setting->value, setting->value_len,
				      limit);
	if (setting_has_key(setting, "debug"))
		return qr_options_parse(setting->value, setting->value_len,
					options);
	if (!setting_has_key(setting, "level"))
		return -EINVAL;
	*level = level_parse(setting->value, setting->value_len);
	return *level < 0 ? *level : 0;
}

int qr_settings_set(const char *text)
{
	const char *at = *text ? text : NULL;
	struct setting setting;
	unsigned int options;
	size_t limit;
	int level;

	while (at) {
		if (setting_read(at, &setting) ||
		    setting_take(&setting, &limit, &level, &options))
			return -EINVAL;
		at = setting.next;
	}
	settings = text;
	return 0;
}

void qr_settings_apply(struct quarry_heap *heap)
{
	const char *at = *settings ? settings : NULL;
	unsigned int options = heap->options;
	size_t limit = heap->budget.limit;
	int level = heap->level;
	struct setting setting;

	for (; at; at = setting.next) {
		setting_read(at, &setting);
		if (qr_name_matches(setting.name, setting.name_len,
				    heap->name))
			setting_take(&setting, &limit, &level, &options);
	}
	heap->budget.limit = limit;
	heap->level = level;
	heap->options = options;
}
