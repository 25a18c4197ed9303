/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * setting.h - what is set of heaps, as words, and the parameter that sets it by
 * name.
 */
#ifndef _QR_SETTING_H
#define _QR_SETTING_H

#include "internal.h"

/* How levels are written wherever text is read or written. */
#define QR_LEVEL_NAMES		"off, site or stack"
#define QR_SETTINGS_EXPECTED \
	"NAME.limit=BYTES, NAME.level=LEVEL, NAME.debug=LETTERS, with commas between, a * may end a name"

const char *qr_level_name(unsigned int level);
/* The level of that name, or -EINVAL. */
int qr_level_parse(const char *name);
/* Decimal bytes with an optional K, M or G.  0 or -EINVAL. */
int qr_bytes_parse(const char *text, size_t len, size_t *bytes);

/*
 * Settings of heaps that are made from now on.  @text is kept.  0 or -EINVAL;
 * then nothing has changed.
 */
int qr_settings_set(const char *text);
/* Has @heap, which nobody knows yet, get what is set for one of its name. */
void qr_settings_apply(struct quarry_heap *heap);

#endif /* _QR_SETTING_H */
