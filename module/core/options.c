// SPDX-License-Identifier: GPL-2.0-only
/*
 * options.c - debug options as letters, and the rules that give them to caches
 * and heaps by name.  The rules are set once, before anything is created.
 */
#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "options.h"

static const struct {
	char letter;
	unsigned int option;
} letters[] = {
	{ 'F', QUARRY_CONSISTENCY },
	{ 'Z', QUARRY_RED_ZONE },
	{ 'P', QUARRY_POISON },
	{ 'U', QUARRY_STORE_USER },
	{ 'T', QUARRY_TRACE },
	{ 'W', QUARRY_WIPE },
	{ 'Q', QUARRY_QUARANTINE },
	{ 'G', QUARRY_GUARD },
	{ 'X', QUARRY_PANIC },
};

static_assert(ARRAY_SIZE(letters) + 1 == QR_OPTIONS_TEXT);

/* What a block without letters means, as with slub_debug. */
#define USUAL	(QUARRY_CONSISTENCY | QUARRY_RED_ZONE | QUARRY_POISON | \
		 QUARRY_STORE_USER)

static const char *rules = "";

static unsigned int option_of(char letter)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(letters); i++)
		if (letters[i].letter == letter)
			return letters[i].option;
	return 0;
}

int qr_options_parse(const char *text, size_t len, unsigned int *options)
{
	unsigned int all = 0;
	size_t i;

	if (!len)
		return -EINVAL;
	if (len > 1 || text[0] != '-') {
		for (i = 0; i < len; i++) {
			unsigned int option = option_of(toupper(text[i]));

			if (!option)
				return -EINVAL;
			all |= option;
		}
	}
	*options = all;
	return 0;
}

const char *qr_options_text(unsigned int options, char *buf)
{
	char *at = buf;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(letters); i++)
		if (options & letters[i].option)
			*at++ = letters[i].letter;
	if (at == buf)
		*at++ = '-';
	*at = '\0';
	return buf;
}

/* ---------------------------------------------------------------- rules */

/* A block of rules: its letters, and where its names begin, or NULL. */
struct block {
	unsigned int options;
	const char *names;
	const char *end;
};

const char *qr_text_find(const char *from, const char *end, char c)
{
	while (from < end && *from != c)
		from++;
	return from;
}

/* The block that begins at @at; 0 or -EINVAL. */
static int block_read(const char *at, struct block *block)
{
	const char *names;

	block->end = qr_text_find(at, at + strlen(at), ';');
	names = qr_text_find(at, block->end, ',');
	block->options = USUAL;
	if (names > at && qr_options_parse(at, names - at, &block->options))
		return -EINVAL;
	block->names = names < block->end ? names + 1 : NULL;
	if (block->names == block->end)
		return -EINVAL;
	/* Nothing at all is no block. */
	return names == at && !block->names ? -EINVAL : 0;
}

static const char *block_next(const struct block *block)
{
	return *block->end ? block->end + 1 : NULL;
}

bool qr_name_matches(const char *pattern, size_t len, const char *name)
{
	if (len && pattern[len - 1] == '*')
		return !strncmp(pattern, name, len - 1);
	return strlen(name) == len && !strncmp(pattern, name, len);
}

static bool block_names(const struct block *block, const char *name)
{
	const char *at = block->names;

	while (at) {
		const char *end = qr_text_find(at, block->end, ',');

		if (qr_name_matches(at, end - at, name))
			return true;
		at = end < block->end ? end + 1 : NULL;
	}
	return false;
}

static bool names_are_good(const struct block *block)
{
	const char *at = block->names;

	while (at) {
		const char *end = qr_text_find(at, block->end, ',');

		if (at == end || qr_text_find(at, end, '*') < end - 1)
			return false;
		at = end < block->end ? end + 1 : NULL;
	}
	return true;
}

int qr_options_set_rules(const char *text)
{
	const char *at = *text ? text : NULL;
	struct block block;

	while (at) {
		if (block_read(at, &block) || !names_are_good(&block))
			return -EINVAL;
		at = block_next(&block);
	}
	rules = text;
	return 0;
}

unsigned int qr_options_for_all(void)
{
	const char *at = *rules ? rules : NULL;
	unsigned int options = 0;
	struct block block;

	for (; at; at = block_next(&block)) {
		block_read(at, &block);
		if (!block.names)
			options = block.options;
	}
	return options;
}

unsigned int qr_options_for(const char *name, unsigned int otherwise)
{
	const char *at = *rules ? rules : NULL;
	struct block block;

	for (; at; at = block_next(&block)) {
		block_read(at, &block);
		if (block_names(&block, name))
			return block.options;
	}
	return otherwise;
}

unsigned int qr_options_fit(const struct quarry_cache *cache,
			    unsigned int options)
{
	if (cache->ctor || (cache->flags & QUARRY_TYPESAFE_BY_RCU))
		options &= ~(QUARRY_POISON | QUARRY_WIPE | QUARRY_GUARD);
	return options & QUARRY_DEBUG_MASK;
}
