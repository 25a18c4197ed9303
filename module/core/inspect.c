// SPDX-License-Identifier: GPL-2.0-only
/*
 * inspect.c - objects of slabs with debug options on their way to an owner and
 * back: their history is written, their patterns are looked at and renewed.
 *
 * Who takes the tag of an object away owns its record until the object is
 * FREE, QUARANTINED or LIVE again; the patterns change only in between, and
 * never while its bit is set in slab->free.
 */
#define pr_fmt(fmt) "quarry: " fmt

#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "chain.h"
#include "finding.h"
#include "guard.h"
#include "inspect.h"
#include "layout.h"
#include "pattern.h"
#include "quarantine.h"
#include "sanitizer.h"
#include "site_text.h"
#include "slab.h"

/* -------------------------------------------------------------- telling */

static void tell(struct qr_check *check, const struct qr_damage *damage,
		 unsigned long caller)
{
	qr_damage_found(check->slab->cache, damage->kind,
			qr_check_object(check), damage->at, damage->bytes,
			caller);
	qr_slab_freeze(check->slab);
}

static void trace(const struct qr_check *check, const char *what)
{
	char line[QR_SITE_LINE];

	if (!(qr_slab_checks(check->slab)->options & QUARRY_TRACE))
		return;
	pr_info("%s %s 0x%lx, %u bytes, %s\n", check->slab->cache->name, what,
		(unsigned long)qr_check_object(check), check->asked,
		qr_site_line(qr_tag_site(check->tag), line, sizeof(line)));
}

/* ------------------------------------------------------- to and from LIVE */

static void track(struct qr_track *track, unsigned int options,
		  unsigned long caller, u32 hint)
{
	WRITE_ONCE(track->time_ns, qr_time_ns());
	track->caller = caller;
	track->cpu = raw_smp_processor_id();
	track->pid = qr_platform_task(track->comm);
	track->stack = options & QUARRY_STORE_USER ? qr_chain_here(hint) : 0;
}

/* Site and birth: who resizes a block changes the rest of its tag. */
#define TAG_OWNER	(BIT_ULL(QR_TAG_ASKED_SHIFT) - 1)

/*
 * Option F: whether the record says @state, and that it was @tag who owned it.
 * What does not is told of, and its slab is set aside.
 */
static bool is_consistent(struct qr_check *check, u8 state, u64 tag,
			  unsigned long caller)
{
	if (!(qr_slab_checks(check->slab)->options & QUARRY_CONSISTENCY) ||
	    (check->state == state && !((check->tag ^ tag) & TAG_OWNER)))
		return true;
	qr_cache_finding(check->slab->cache, QR_EVENT_BAD_TAG,
			 qr_check_object(check), caller);
	qr_slab_freeze(check->slab);
	return false;
}

bool qr_inspect_take(struct qr_slab *slab, void *object, u64 tag, u32 asked)
{
	u32 index = qr_slab_index(slab, (unsigned long)object);
	struct qr_check *check = qr_slab_check(slab, index);
	struct qr_damage damage;

	if (!is_consistent(check, QR_CHECK_FREE, check->tag, 0)) {
		check->state = QR_CHECK_FREE;
		return false;
	}
	if (qr_check_free_damaged(check, &damage)) {
		tell(check, &damage, 0);
		qr_check_paint_free(check);
		return false;
	}
	WRITE_ONCE(check->state, QR_CHECK_MOVING);
	/* Pairs with smp_rmb() in state_damaged(). */
	smp_wmb();
	check->told = false;
	check->tag = tag;
	WRITE_ONCE(check->asked, asked);
	qr_check_paint_live(check);
	track(&check->born, qr_slab_checks(slab)->options, 0, qr_tag_site(tag));
	trace(check, "alloc");
	/* Pairs with the acquire in state_damaged(). */
	smp_store_release(&check->state, QR_CHECK_LIVE);
	return true;
}

/* To FREE, or to where it waits. */
static void put(struct qr_check *check, struct list_head *doomed)
{
	struct qr_slab *slab = check->slab;
	struct quarry_cache *cache = slab->cache;
	bool dead = READ_ONCE(cache->dead);

	if (!dead && (qr_slab_checks(slab)->options & QUARRY_QUARANTINE)) {
		/* Pairs with the acquire in state_damaged(). */
		smp_store_release(&check->state, QR_CHECK_QUARANTINED);
		qr_quarantine_add(cache, check, doomed);
		return;
	}
	/* So does this. */
	smp_store_release(&check->state, QR_CHECK_FREE);
	qr_slab_give(slab, qr_check_object(check), doomed);
	if (unlikely(dead))
		qr_platform_reap();
}

void qr_inspect_free(struct qr_slab *slab, void *object, u64 tag,
		     unsigned long caller, struct list_head *doomed)
{
	u32 index = qr_slab_index(slab, (unsigned long)object);
	struct qr_check *check = qr_slab_check(slab, index);
	struct qr_damage damage;

	/* Nobody else can have it: it may wait for long. */
	qr_tag_write(&slab->tags[index], slab->level, 0);
	is_consistent(check, QR_CHECK_LIVE, tag, caller);
	WRITE_ONCE(check->state, QR_CHECK_MOVING);
	/* Pairs with smp_rmb() in state_damaged(). */
	smp_wmb();
	qr_origin_clear(slab, index, slab->level);
	track(&check->freed, qr_slab_checks(slab)->options, caller, (u32)caller);
	if (qr_check_live_damaged(check, &damage) && !check->told)
		tell(check, &damage, caller);
	trace(check, "free");
	qr_check_paint_free(check);
	qr_sanitizer_close(slab, object);
	if (qr_slab_flags(slab) & QR_SLAB_GUARD)
		qr_guard_close(slab);
	put(check, doomed);
}

void qr_inspect_release(struct qr_check *check, struct list_head *doomed)
{
	struct qr_damage damage;

	if (qr_check_free_damaged(check, &damage)) {
		if (!check->told)
			tell(check, &damage, 0);
		qr_check_paint_free(check);
	}
	/* Pairs with the acquire in state_damaged(). */
	smp_store_release(&check->state, QR_CHECK_FREE);
	qr_slab_give(check->slab, qr_check_object(check), doomed);
}

void qr_inspect_resize_begin(struct qr_slab *slab, const void *object)
{
	u32 index = qr_slab_index(slab, (unsigned long)object);
	struct qr_check *check = qr_slab_check(slab, index);

	if (!check)
		return;
	WRITE_ONCE(check->state, QR_CHECK_MOVING);
	/* Pairs with smp_rmb() in state_damaged(). */
	smp_wmb();
}

void qr_inspect_resize_end(struct qr_slab *slab, void *object, u32 asked)
{
	u32 index = qr_slab_index(slab, (unsigned long)object);
	struct qr_check *check = qr_slab_check(slab, index);

	if (!check)
		return;
	WRITE_ONCE(check->asked, asked);
	qr_check_paint_live(check);
	/* Pairs with the acquire in state_damaged(). */
	smp_store_release(&check->state, QR_CHECK_LIVE);
}

/* ------------------------------------------------------------ on demand */

/* Whether it is damaged, and has been in @state all the while. */
static bool state_damaged(struct qr_check *check, u8 state,
			  struct qr_damage *damage)
{
	u64 born, freed;
	bool damaged;

	/* Pairs with the releases above. */
	if (smp_load_acquire(&check->state) != state)
		return false;
	born = READ_ONCE(check->born.time_ns);
	freed = READ_ONCE(check->freed.time_ns);
	if (state == QR_CHECK_LIVE)
		damaged = qr_check_live_damaged(check, damage);
	else
		damaged = qr_check_free_damaged(check, damage);
	/* Pairs with smp_wmb() of who ends it: a pattern changed is seen so. */
	smp_rmb();
	return damaged && READ_ONCE(check->state) == state &&
	       READ_ONCE(check->born.time_ns) == born &&
	       READ_ONCE(check->freed.time_ns) == freed;
}

struct look {
	struct qr_check *check;
	struct qr_damage *damage;
};

static bool look_live(void *data)
{
	struct look *look = data;

	return state_damaged(look->check, QR_CHECK_LIVE, look->damage);
}

/* A guarded object that is freed meanwhile could not be looked at. */
static bool live_is_damaged(struct qr_check *check, struct qr_damage *damage)
{
	struct look look = { .check = check, .damage = damage };

	if (!(qr_slab_flags(check->slab) & QR_SLAB_GUARD))
		return look_live(&look);
	return qr_guard_look(look_live, &look);
}

/* A FREE object stays so under the lock. */
static bool free_is_damaged(struct qr_slab *slab, u32 index,
			    struct qr_damage *damage)
{
	struct qr_node *node = qr_home_node(slab->home);
	struct qr_check *check = qr_slab_check(slab, index);
	bool damaged = false;
	unsigned long flags;

	raw_spin_lock_irqsave(&node->lock, flags);
	if (test_bit(index, slab->free) && qr_check_free_damaged(check, damage)) {
		damaged = true;
		qr_check_paint_free(check);
	}
	raw_spin_unlock_irqrestore(&node->lock, flags);
	return damaged;
}

static bool verify(struct qr_slab *slab, u32 index)
{
	struct qr_check *check = qr_slab_check(slab, index);
	struct qr_damage damage;

	if (free_is_damaged(slab, index, &damage)) {
		tell(check, &damage, 0);
		return true;
	}
	if (!live_is_damaged(check, &damage) &&
	    !state_damaged(check, QR_CHECK_QUARANTINED, &damage))
		return false;
	if (READ_ONCE(check->told))
		return true;
	WRITE_ONCE(check->told, true);
	tell(check, &damage, 0);
	return true;
}

unsigned int qr_inspect_slab(struct qr_slab *slab)
{
	unsigned int damaged = 0;
	u32 i;

	if (!qr_slab_checks(slab))
		return 0;
	for (i = 0; i < slab->objects; i++)
		damaged += verify(slab, i);
	return damaged;
}
