// SPDX-License-Identifier: GPL-2.0-only
/* pattern.c - bytes that tell when they are written: fills them, finds damage. */
#include <linux/kernel.h>
#include <linux/string.h>

#include "pattern.h"

#define POISON_FREE	0x6b
#define POISON_END	0xa5

/*
 * What is looked at may be freed meanwhile, and so change: who calls this, or
 * qr_poison_damaged(), without owning it asks afterwards.
 */
bool __no_kcsan qr_pattern_damaged(const void *from, size_t len, u8 value,
				   struct qr_damage *damage)
{
	const u8 *first = memchr_inv(from, value, len), *last;

	if (!first)
		return false;
	for (last = from + len - 1; *last == value && last > first; last--)
		;
	damage->at = first;
	damage->bytes = last + 1 - first;
	return true;
}

void qr_poison(void *object, size_t len)
{
	memset(object, POISON_FREE, len - 1);
	*(u8 *)(object + len - 1) = POISON_END;
}

bool __no_kcsan qr_poison_damaged(const void *object, size_t len,
				  struct qr_damage *damage)
{
	const u8 *end = object + len - 1;

	if (!qr_pattern_damaged(object, len - 1, POISON_FREE, damage)) {
		damage->at = end;
		damage->bytes = 1;
		return *end != POISON_END;
	}
	if (*end != POISON_END)
		damage->bytes = (const void *)end + 1 - damage->at;
	return true;
}
