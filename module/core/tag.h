/* SPDX-License-Identifier: GPL-2.0-only */
/* tag.h - what a tag of level site or stack is made of: see internal.h. */
#ifndef _QR_TAG_H
#define _QR_TAG_H

#include <linux/types.h>

/* Of a live object; what is there of others is even: see slab.h. */
#define QR_TAG_LIVE		1U
#define QR_TAG_SITE_SHIFT	32
#define QR_TAG_SITE_MAX		0xfffffU
#define QR_TAG_ASKED_SHIFT	52
/* More than any class has; a larger slack counts as this. */
#define QR_TAG_SLACK_MAX	0xfffU

static inline u32 qr_tag_site(u64 tag)
{
	return (tag >> QR_TAG_SITE_SHIFT) & QR_TAG_SITE_MAX;
}

/* Of a block of @given bytes. */
static inline u32 qr_tag_slack(u64 tag, size_t given)
{
	return (given - (tag >> QR_TAG_ASKED_SHIFT)) & QR_TAG_SLACK_MAX;
}

/* The same tag with nothing said of bytes. */
static inline u64 qr_tag_unasked(u64 tag)
{
	return tag & ((1ULL << QR_TAG_ASKED_SHIFT) - 1);
}

/* What a tag says of @asked bytes in a block of @given. */
static inline u64 qr_asked_tag(size_t given, size_t asked)
{
	if (given - asked > QR_TAG_SLACK_MAX)
		asked = given - QR_TAG_SLACK_MAX;
	return (u64)asked << QR_TAG_ASKED_SHIFT;
}

/* The part of a tag that call site @id has. */
static inline u64 qr_site_part(u32 id)
{
	return (u64)id << QR_TAG_SITE_SHIFT | QR_TAG_LIVE;
}

/* In jiffies, of which it tells every other one: see moment.h. */
static inline u32 qr_tag_birth(u64 tag)
{
	return (u32)tag & ~QR_TAG_LIVE;
}

#endif /* _QR_TAG_H */
