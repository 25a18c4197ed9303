// SPDX-License-Identifier: GPL-2.0-only
/*
 * exempt.c - objects and sites of which a scan shall not complain.  An object
 * is remembered with its tag, so that another one at its address is not
 * excused for it.  Owns exempt_lock.
 */
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/hash.h>
#include <linux/kernel.h>
#include <linux/preempt.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "exempt.h"
#include "layout.h"
#include "meta.h"
#include "site.h"
#include "site_text.h"
#include "slab.h"
#include "walk.h"

#define HASH_BITS	8

/* In metadata, where no scan looks for references. */
struct exemption {
	struct exemption *next;
	unsigned long address;
	u64 tag;
	enum qr_exempt kind;
	/* The scan before which it was made, or which has met it. */
	u32 scan;
};

/* Leaf.  Protects all of this. */
static DEFINE_RAW_SPINLOCK(exempt_lock);
static struct exemption *bucket[1 << HASH_BITS];
static unsigned long nr_exempt;
static u32 scans;
/* Some site is exempt: read without the lock. */
static bool any_site;

static struct exemption **find_locked(unsigned long address)
	__must_hold(&exempt_lock)
{
	struct exemption **at = &bucket[hash_long(address, HASH_BITS)];

	while (*at && (*at)->address != address)
		at = &(*at)->next;
	return at;
}

int qr_exempt_object(unsigned long address, u64 tag, enum qr_exempt kind)
{
	struct exemption *fresh, *old, **at;
	unsigned long flags;

	fresh = qr_meta_alloc(sizeof(*fresh), GFP_NOWAIT, NUMA_NO_NODE);
	if (!fresh)
		return -ENOMEM;
	*fresh = (struct exemption) {
		.address = address, .tag = tag, .kind = kind,
	};
	raw_spin_lock_irqsave(&exempt_lock, flags);
	at = find_locked(address);
	old = *at;
	fresh->next = old ? old->next : NULL;
	fresh->scan = scans + 1;
	*at = fresh;
	WRITE_ONCE(nr_exempt, nr_exempt + !old);
	raw_spin_unlock_irqrestore(&exempt_lock, flags);
	if (old)
		qr_meta_free(old, sizeof(*old));
	return 0;
}

/* --------------------------------------------------------------- by name */

struct wish {
	enum qr_exempt kind;
	int err;
};

static void grant(struct qr_slab *slab, u32 index, void *data)
{
	u64 tag = qr_tag_read(qr_tag_at(slab, index), slab->level);
	struct wish *wish = data;

	if (tag)
		wish->err = qr_exempt_object((unsigned long)
					     qr_slab_object(slab, index),
					     tag, wish->kind);
}

int qr_exempt_address(unsigned long address, enum qr_exempt kind)
{
	struct wish wish = { .kind = kind, .err = -EINVAL };

	qr_walk_object(address, grant, &wish);
	return wish.err;
}

static void exempt_site(u32 id, enum qr_exempt kind)
{
	qr_site_exempt(id, kind);
	WRITE_ONCE(any_site, true);
}

int qr_exempt_site(const char *where, enum qr_exempt kind)
{
	int err = -ENOENT;
	u32 id;

	for (id = 1; id <= qr_site_count(); id++) {
		if (!qr_site_is_at(id, where))
			continue;
		exempt_site(id, kind);
		err = 0;
	}
	return err;
}

/* --------------------------------------------------------------- a scan */

void qr_exempt_begin(void)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&exempt_lock, flags);
	scans++;
	raw_spin_unlock_irqrestore(&exempt_lock, flags);
}

static enum qr_exempt exempt_of_object(unsigned long address, u64 tag)
{
	enum qr_exempt kind = QR_EXEMPT_NO;
	struct exemption *found;
	unsigned long flags;

	if (!READ_ONCE(nr_exempt))
		return QR_EXEMPT_NO;
	raw_spin_lock_irqsave(&exempt_lock, flags);
	found = *find_locked(address);
	if (found && found->tag == tag) {
		found->scan = scans;
		kind = found->kind;
	}
	raw_spin_unlock_irqrestore(&exempt_lock, flags);
	return kind;
}

enum qr_exempt qr_exempt_of(unsigned long address, u64 tag, u32 site)
{
	enum qr_exempt kind = exempt_of_object(address, tag);

	if (kind == QR_EXEMPT_NO && READ_ONCE(any_site))
		kind = qr_site_exemption(site);
	return kind;
}

/* Takes those out that @scan has not met; all of them for 0. */
static struct exemption *take_old_locked(struct exemption **at, u32 scan)
	__must_hold(&exempt_lock)
{
	struct exemption *old = NULL, *item;

	while ((item = *at)) {
		if (scan && item->scan >= scan) {
			at = &item->next;
			continue;
		}
		*at = item->next;
		item->next = old;
		old = item;
		WRITE_ONCE(nr_exempt, nr_exempt - 1);
	}
	return old;
}

static void forget(u32 scan)
{
	struct exemption *old, *next;
	unsigned long flags;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bucket); i++) {
		raw_spin_lock_irqsave(&exempt_lock, flags);
		old = take_old_locked(&bucket[i], scan);
		raw_spin_unlock_irqrestore(&exempt_lock, flags);
		for (; old; old = next) {
			next = old->next;
			qr_meta_free(old, sizeof(*old));
		}
	}
}

void qr_exempt_end(void)
{
	forget(scans);
}

void qr_exempt_exit(void)
{
	forget(0);
	scans = 0;
	any_site = false;
}

/* ------------------------------------------------------------------- API */

/* Tag of the live object at @object, or 0. */
static u64 tag_of(const void *object, unsigned int *level)
{
	struct qr_slab *slab;
	u64 tag = 0;
	u32 index;

	preempt_disable();
	slab = qr_slab_of_live(object);
	if (slab) {
		index = qr_slab_index(slab, (unsigned long)object);
		*level = slab->level;
		tag = qr_tag_read(qr_tag_at(slab, index), slab->level);
	}
	preempt_enable();
	return tag;
}

static int exempt(const void *object, enum qr_exempt kind)
{
	unsigned int level;
	u64 tag = tag_of(object, &level);

	return tag ? qr_exempt_object((unsigned long)object, tag, kind) :
		     -EINVAL;
}

static int exempt_site_of(const void *object, enum qr_exempt kind)
{
	unsigned int level;
	u64 tag = tag_of(object, &level);

	if (!tag || level == QUARRY_LEVEL_OFF)
		return -EINVAL;
	exempt_site(qr_tag_site(tag), kind);
	return 0;
}

/**
 * quarry_not_leak() - have no scan report an object as lost
 * @object: a live object of any cache or heap, borrowed
 *
 * For objects that hardware alone, or an address in a form of one's own,
 * refers to.  What the object refers to is held as well.  Holds until it is
 * freed.
 *
 * Context: Any but NMI.
 * Return: 0, %-EINVAL when it is no live object, or %-ENOMEM.
 */
int quarry_not_leak(const void *object)
{
	return exempt(object, QR_EXEMPT_NOT_LEAK);
}
EXPORT_SYMBOL_GPL(quarry_not_leak);

/**
 * quarry_ignore() - leave an object out of all scans
 * @object: a live object of any cache or heap, borrowed
 *
 * Neither is it reported, nor looked into: it has no pointers in it.  Holds
 * until it is freed.
 *
 * Context: Any but NMI.
 * Return: 0, %-EINVAL when it is no live object, or %-ENOMEM.
 */
int quarry_ignore(const void *object)
{
	return exempt(object, QR_EXEMPT_IGNORE);
}
EXPORT_SYMBOL_GPL(quarry_ignore);

/**
 * quarry_not_leak_site() - have no scan report the objects of a call site
 * @object: a live object that the site has allocated, borrowed
 *
 * As quarry_not_leak(), for all objects of the site, those to come too.
 *
 * Context: Any but NMI.
 * Return: 0, or %-EINVAL when it is no live object, or one of level off.
 */
int quarry_not_leak_site(const void *object)
{
	return exempt_site_of(object, QR_EXEMPT_NOT_LEAK);
}
EXPORT_SYMBOL_GPL(quarry_not_leak_site);

/**
 * quarry_ignore_site() - leave the objects of a call site out of all scans
 * @object: a live object that the site has allocated, borrowed
 *
 * As quarry_ignore(), for all objects of the site, those to come too.
 *
 * Context: Any but NMI.
 * Return: 0, or %-EINVAL when it is no live object, or one of level off.
 */
int quarry_ignore_site(const void *object)
{
	return exempt_site_of(object, QR_EXEMPT_IGNORE);
}
EXPORT_SYMBOL_GPL(quarry_ignore_site);
