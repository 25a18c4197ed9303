/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * options.h - debug options as words: letters, and which caches and heaps a
 * parameter gives them to.
 */
#ifndef _QR_OPTIONS_H
#define _QR_OPTIONS_H

#include "internal.h"

/* One letter an option, and a NUL. */
#define QR_OPTIONS_TEXT		10

/* What a bad text is told. */
#define QR_OPTIONS_EXPECTED \
	"letters of FZPUTWQGX, or - for none"
#define QR_RULES_EXPECTED \
	"LETTERS[,NAME...][;LETTERS,NAME...], letters of FZPUTWQGX or -, a * may end a name"

/* Letters, in any order and case; "-" is none.  0 or -EINVAL. */
int qr_options_parse(const char *text, size_t len, unsigned int *options);
/* The letters of @options, "-" for none.  Returns @buf. */
const char *qr_options_text(unsigned int options, char *buf);

/* Where @c is from @from on, or @end. */
const char *qr_text_find(const char *from, const char *end, char c);
/* Whether @name is what @len bytes of @pattern say; at their end * is anything. */
bool qr_name_matches(const char *pattern, size_t len, const char *name);

/*
 * As slub_debug: blocks with ';' between them, each letters (none: FZPU) and
 * the names it is for; a block without names is for all that no other names.
 * @rules is kept.  0 or -EINVAL; then nothing has changed.
 */
int qr_options_set_rules(const char *rules);
/* What the rules give to a cache or heap of that name, or @otherwise. */
unsigned int qr_options_for(const char *name, unsigned int otherwise);
/* What they give to those that no block names. */
unsigned int qr_options_for_all(void);

/*
 * What a cache can have of @options: objects with a constructor, or that are
 * looked at after they were freed, keep their contents.
 */
unsigned int qr_options_fit(const struct quarry_cache *cache,
			    unsigned int options);

#endif /* _QR_OPTIONS_H */
