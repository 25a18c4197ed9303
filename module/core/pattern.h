/* SPDX-License-Identifier: GPL-2.0-only */
/* pattern.h - bytes that tell when they are written. */
#ifndef _QR_PATTERN_H
#define _QR_PATTERN_H

#include <linux/types.h>

/* As in the kernel's poison.h. */
#define QR_REDZONE_FREE		0xbb
#define QR_REDZONE_LIVE		0xcc

/* What was found: of which kind of event, and from where to where. */
struct qr_damage {
	int kind;
	const void *at;
	size_t bytes;
};

/* Whether any of @len bytes is not @value; from the first to the last. */
bool qr_pattern_damaged(const void *from, size_t len, u8 value,
			struct qr_damage *damage);
/* The pattern of what is free. */
void qr_poison(void *object, size_t len);
bool qr_poison_damaged(const void *object, size_t len,
		       struct qr_damage *damage);

#endif /* _QR_PATTERN_H */
