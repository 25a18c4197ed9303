// SPDX-License-Identifier: GPL-2.0-only
/*
 * guard.c - places for guarded objects: a page each, between pages that are
 * never mapped.  guard_lock (rank 5, a leaf) protects which are in use, and who
 * looks at an object from its being closed; what a place tells of an object
 * belongs to who frees it.
 */
#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "guard.h"
#include "inject.h"
#include "pages.h"
#include "pattern.h"
#include "slab.h"

struct slot {
	/* Who lies there, or has just gone. */
	struct qr_slab *slab;
	bool used;
	/* Of the object, in its page; no address, or a scan would find it here. */
	u16 at;
	/* Without the object; no owner: there has been none. */
	struct qr_guard_story story;
};

/* From one place to the next: its page, and one that is never mapped. */
#define SLOT_BYTES	(2 * PAGE_SIZE)

static DEFINE_RAW_SPINLOCK(guard_lock);
/* Rank 1.  Who makes the places. */
static DEFINE_MUTEX(enable_lock);
static struct slot *slots;
static unsigned int nr_slots;
static unsigned int nr_used;
/* Where the next search begins: the place that was left longest ago. */
static unsigned int next;
/* Begins with a page that is never mapped. */
static unsigned long range;
static atomic_long_t missed;

static unsigned int slots_there(void)
{
	/* Pairs with the release in qr_guard_enable(). */
	return smp_load_acquire(&nr_slots);
}

static void *page_of(unsigned int slot)
{
	return (void *)(range + PAGE_SIZE + slot * SLOT_BYTES);
}

/* The place whose page, or the page behind it, has @addr; or NULL. */
static struct slot *slot_of(unsigned long addr)
{
	unsigned int nr = slots_there();

	if (addr - range >= PAGE_SIZE + (unsigned long)nr * SLOT_BYTES)
		return NULL;
	return &slots[min_t(unsigned long, nr - 1,
			    (max(addr, range + PAGE_SIZE) - range - PAGE_SIZE) /
			    SLOT_BYTES)];
}

static unsigned long object_of(const struct slot *slot)
{
	return (unsigned long)page_of(slot - slots) + slot->at;
}

int qr_guard_enable(void)
{
	unsigned int nr = qr_params.guard_slots;
	struct slot *table;
	void *base;
	int err = 0;

	mutex_lock(&enable_lock);
	if (nr_slots)
		goto out;
	table = qr_buffer_zalloc(nr, sizeof(*table), GFP_KERNEL);
	err = -ENOMEM;
	if (table && !qr_inject(QR_INJECT_VRUN, NULL, nr * SLOT_BYTES,
				GFP_KERNEL))
		err = qr_guard_range_get(nr, &base);
	if (err) {
		kvfree(table);
		goto out;
	}
	slots = table;
	range = (unsigned long)base;
	/* Pairs with the acquire in slots_there(). */
	smp_store_release(&nr_slots, nr);
out:
	mutex_unlock(&enable_lock);
	return err;
}

void qr_guard_exit(bool live)
{
	if (!nr_slots || live)
		return;
	qr_guard_range_put((void *)range, nr_slots);
	kvfree(slots);
	nr_slots = 0;
	nr_used = 0;
	next = 0;
	atomic_long_set(&missed, 0);
}

static struct slot *slot_take(void)
{
	unsigned int nr = slots_there(), i;
	struct slot *slot = NULL;
	unsigned long flags;

	raw_spin_lock_irqsave(&guard_lock, flags);
	for (i = 0; i < nr && nr_used < nr; i++) {
		struct slot *here = &slots[next];

		next = next + 1 < nr ? next + 1 : 0;
		if (here->used)
			continue;
		here->used = true;
		WRITE_ONCE(nr_used, nr_used + 1);
		slot = here;
		break;
	}
	raw_spin_unlock_irqrestore(&guard_lock, flags);
	return slot;
}

static void slot_give(struct slot *slot)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&guard_lock, flags);
	slot->used = false;
	WRITE_ONCE(nr_used, nr_used - 1);
	raw_spin_unlock_irqrestore(&guard_lock, flags);
}

/* One in so many, exactly, of all that the cache is asked for. */
static bool is_due(struct quarry_cache *cache)
{
	unsigned int every = READ_ONCE(qr_params.guard_every);

	return (u32)atomic_inc_return(&cache->guard_turn) % every == 0;
}

/* Alignment comes first: bytes behind the object may be left before the page. */
static struct qr_slab *slot_fill(struct slot *slot, struct quarry_cache *cache,
				 u32 asked, gfp_t gfp)
{
	u32 bytes = round_up(asked, cache->layout.align);
	void *page = page_of(slot - slots);
	struct qr_slab *slab;

	slab = qr_slab_create_guard(cache, page, page + PAGE_SIZE - bytes,
				    asked, gfp);
	if (!slab)
		return NULL;
	qr_guard_page_open(page);
	qr_poison(page + PAGE_SIZE - bytes, asked);
	slot->at = slab->base & ~PAGE_MASK;
	slot->story.asked = asked;
	WRITE_ONCE(slot->story.live, true);
	slot->story.cache = cache;
	strscpy(slot->story.owner, cache->name, sizeof(slot->story.owner));
	/* Pairs with the acquire in qr_guard_slab(). */
	smp_store_release(&slot->slab, slab);
	return slab;
}

bool qr_guard_alloc(struct quarry_cache *cache, gfp_t gfp, u64 tag,
		    struct qr_entry *entry)
{
	u32 asked = qr_cache_asked(cache, tag);
	struct qr_slab *slab;
	struct slot *slot;

	if (!is_due(cache))
		return false;
	slot = round_up(asked, cache->layout.align) > PAGE_SIZE ? NULL :
								  slot_take();
	slab = slot ? slot_fill(slot, cache, asked, gfp) : NULL;
	if (slab) {
		qr_slab_attach(slab, entry);
		return true;
	}
	if (slot)
		slot_give(slot);
	atomic_long_inc(&missed);
	return false;
}

void qr_guard_close(struct qr_slab *slab)
{
	struct qr_guard_story *story = &slot_of(slab->base)->story;
	const struct qr_check *check = qr_slab_check(slab, 0);
	unsigned long flags;

	WRITE_ONCE(story->live, false);
	story->asked = check->asked;
	story->tag = check->tag;
	story->born = check->born;
	story->freed = check->freed;
	raw_spin_lock_irqsave(&guard_lock, flags);
	qr_guard_page_close(slab->pages);
	raw_spin_unlock_irqrestore(&guard_lock, flags);
}

bool qr_guard_look(bool (*fn)(void *data), void *data)
{
	unsigned long flags;
	bool result;

	raw_spin_lock_irqsave(&guard_lock, flags);
	result = fn(data);
	raw_spin_unlock_irqrestore(&guard_lock, flags);
	return result;
}

void qr_guard_put(struct qr_slab *slab)
{
	struct slot *slot = slot_of(slab->base);

	WRITE_ONCE(slot->slab, NULL);
	slot_give(slot);
}

struct qr_slab *qr_guard_slab(const void *addr)
{
	struct slot *slot = slot_of((unsigned long)addr);
	struct qr_slab *slab;

	if (!slot)
		return NULL;
	/* Pairs with the release in slot_fill(). */
	slab = smp_load_acquire(&slot->slab);
	return slab && (unsigned long)addr - slab->base < slab->size ? slab :
								      NULL;
}

bool qr_guard_story(unsigned long addr, struct qr_guard_story *story)
{
	struct slot *slot = slot_of(addr);
	const struct qr_slab *slab;

	if (!slot || !slot->story.owner[0])
		return false;
	*story = slot->story;
	story->object = object_of(slot);
	/* Of a live object its record tells more. */
	slab = smp_load_acquire(&slot->slab);
	if (slab && story->live) {
		const struct qr_check *check = qr_slab_check(slab, 0);

		story->tag = check->tag;
		story->born = check->born;
		story->freed = check->freed;
	}
	return true;
}

bool qr_guard_was_freed(const void *addr)
{
	struct slot *slot = slot_of((unsigned long)addr);

	return slot && slot->story.owner[0] &&
	       object_of(slot) == (unsigned long)addr &&
	       !READ_ONCE(slot->slab);
}

unsigned long qr_guard_missed(void)
{
	return atomic_long_read(&missed);
}

unsigned int qr_guard_used(void)
{
	return READ_ONCE(nr_used);
}
