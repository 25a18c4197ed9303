// SPDX-License-Identifier: GPL-2.0-only
/*
 * checks.c - records and patterns of objects in slabs with debug options: where
 * they are, and whether they are as they were left.  Takes no locks: see
 * inspect.c for who may touch them.
 */
#include <linux/kernel.h>
#include <linux/string.h>

#include "checks.h"
#include "event.h"
#include "layout.h"
#include "pattern.h"

/* -------------------------------------------------------------- records */

struct qr_checks *qr_checks_place(const struct qr_slab *slab)
{
	return (void *)slab + qr_layout_checks_at(slab->objects, slab->level);
}

static u32 index_of(const struct qr_check *check)
{
	return check - qr_slab_checks(check->slab)->check;
}

void *qr_check_object(const struct qr_check *check)
{
	return qr_slab_object(check->slab, index_of(check));
}

u32 qr_check_usable(const struct qr_slab *slab, const void *object)
{
	u32 index = qr_slab_index(slab, (unsigned long)object);

	return READ_ONCE(qr_slab_check(slab, index)->asked);
}

/* ------------------------------------------------------------- patterns */

static bool has_redzones(const struct qr_slab *slab,
			 const struct qr_checks *checks)
{
	return (checks->options & QUARRY_RED_ZONE) ||
	       (qr_slab_flags(slab) & QR_SLAB_GUARD);
}

/* Where the right redzone begins: poison is of all that may be used. */
static u32 right_of(const struct qr_check *check, u8 value)
{
	const struct qr_checks *checks = qr_slab_checks(check->slab);

	if (value == QR_REDZONE_FREE && (checks->options & QUARRY_POISON))
		return checks->bytes;
	return READ_ONCE(check->asked);
}

static void redzones_paint(const struct qr_check *check, u8 value)
{
	struct qr_checks *checks = qr_slab_checks(check->slab);
	void *object = qr_check_object(check);
	u32 right = right_of(check, value);

	if (!has_redzones(check->slab, checks))
		return;
	memset(object - checks->left, value, checks->left);
	memset(object + right, value, checks->extent - right);
}

static bool redzones_damaged(const struct qr_check *check, u8 value,
			     struct qr_damage *damage)
{
	struct qr_checks *checks = qr_slab_checks(check->slab);
	void *object = qr_check_object(check);
	u32 right = right_of(check, value);

	damage->kind = QR_EVENT_REDZONE;
	if (!has_redzones(check->slab, checks))
		return false;
	return qr_pattern_damaged(object + right, checks->extent - right, value,
				  damage) ||
	       qr_pattern_damaged(object - checks->left, checks->left, value,
				  damage);
}

static void body_paint(const struct qr_check *check)
{
	struct qr_checks *checks = qr_slab_checks(check->slab);
	void *object = qr_check_object(check);

	if (checks->options & QUARRY_POISON)
		qr_poison(object, checks->bytes);
	else if ((checks->options & QUARRY_WIPE) ||
		 qr_cache_wipes(check->slab->cache))
		memset(object, 0, check->asked);
}

static bool body_damaged(const struct qr_check *check, struct qr_damage *damage)
{
	struct qr_checks *checks = qr_slab_checks(check->slab);
	void *object = qr_check_object(check);

	damage->kind = QR_EVENT_POISON;
	if (checks->options & QUARRY_POISON)
		return qr_poison_damaged(object, checks->bytes, damage);
	if (checks->options & QUARRY_WIPE)
		return qr_pattern_damaged(object, check->asked, 0, damage);
	return false;
}

void qr_check_paint_free(const struct qr_check *check)
{
	if (qr_slab_flags(check->slab) & QR_SLAB_GUARD)
		return;
	body_paint(check);
	redzones_paint(check, QR_REDZONE_FREE);
}

/* A freed object on a guard page cannot be touched, by us neither. */
bool qr_check_free_damaged(const struct qr_check *check,
			   struct qr_damage *damage)
{
	if (qr_slab_flags(check->slab) & QR_SLAB_GUARD)
		return false;
	return body_damaged(check, damage) ||
	       redzones_damaged(check, QR_REDZONE_FREE, damage);
}

void qr_check_paint_live(const struct qr_check *check)
{
	redzones_paint(check, QR_REDZONE_LIVE);
}

bool qr_check_live_damaged(const struct qr_check *check,
			   struct qr_damage *damage)
{
	return redzones_damaged(check, QR_REDZONE_LIVE, damage);
}

void qr_checks_init(struct qr_slab *slab, unsigned int options, u32 bytes,
		    u32 left, u32 extent)
{
	struct qr_checks *checks = qr_slab_checks(slab);
	u32 i;

	checks->options = options;
	checks->bytes = bytes;
	checks->left = left;
	checks->extent = extent;
	for (i = 0; i < slab->objects; i++) {
		struct qr_check *check = &checks->check[i];

		check->slab = slab;
		check->asked = bytes;
		/* Before the first owner too, the bytes of W are zero. */
		qr_check_paint_free(check);
	}
}
