/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * file_text.h - reads one of quarry's files within a test, and looks for lines in
 * it.  The fixture has `char *text` and `size_t len` and frees the text.
 */
#ifndef QUARRY_UNIT_FILE_TEXT_H
#define QUARRY_UNIT_FILE_TEXT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "quarry_mirror.h"

/* The text of file @name, kept in the fixture. */
#define READ(name)							\
do {									\
	FILE *to;							\
									\
	free(self->text);						\
	self->text = NULL;						\
	to = open_memstream(&self->text, &self->len);			\
	ASSERT_EQ(0, mirror_report(name, to));				\
	fclose(to);							\
} while (0)

/* Where @line is in @text as a line of its own, or NULL. */
static inline const char *line_in(const char *text, const char *line)
{
	const char *at = text;
	size_t len = strlen(line);

	while ((at = strstr(at, line))) {
		if ((at == text || at[-1] == '\n') && at[len] == '\n')
			return at;
		at++;
	}
	return NULL;
}

/* Number behind @key at the start of a line, or -1. */
static inline long value_of(const char *text, const char *key)
{
	size_t len = strlen(key);

	while (text && *text) {
		if (!strncmp(text, key, len) && text[len] == ' ')
			return strtol(text + len, NULL, 10);
		text = strchr(text, '\n');
		text = text ? text + 1 : NULL;
	}
	return -1;
}

static inline unsigned int count_of(const char *text, const char *what)
{
	unsigned int nr = 0;

	for (; (text = strstr(text, what)); text++)
		nr++;
	return nr;
}

/* Of the text that was read. */
#define EXPECT_LINE(line) EXPECT_NE(NULL, line_in(self->text, line))

#define EXPECT_VALUE(value, key) EXPECT_EQ(value, value_of(self->text, key))

#endif /* QUARRY_UNIT_FILE_TEXT_H */
