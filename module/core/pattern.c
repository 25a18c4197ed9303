// SPDX-License-Identifier: GPL-2.0-only
/*
 * pattern.c - bytes that tell when they are written: fills them, finds damage.
 * What it looks at is nobody's, so it is compiled without sanitizers, and calls
 * nothing that is compiled with them.
 */
#include <linux/kernel.h>
#include <linux/string.h>

#include "pattern.h"

#define POISON_FREE	0x6b
#define POISON_END	0xa5

/* As memchr_inv(): the first byte that is not @value, or NULL; word by word. */
static const u8 __no_kcsan *find_other(const void *from, size_t len, u8 value)
{
	const u64 all = value * 0x0101010101010101ULL;
	const u8 *at = from, *end = at + len;

	for (; at < end && (unsigned long)at % sizeof(all); at++)
		if (*at != value)
			return at;
	while (end - at >= (long)sizeof(all) && *(const u64 *)at == all)
		at += sizeof(all);
	for (; at < end; at++)
		if (*at != value)
			return at;
	return NULL;
}

/*
 * What is looked at may be freed meanwhile, and so change: who calls this, or
 * qr_poison_damaged(), without owning it asks afterwards.
 */
bool __no_kcsan qr_pattern_damaged(const void *from, size_t len, u8 value,
				   struct qr_damage *damage)
{
	const u8 *first = find_other(from, len, value), *last;

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
