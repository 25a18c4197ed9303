// SPDX-License-Identifier: GPL-2.0-only
/*
 * shadow.c - players of shadow.h: what they do at random, and what must hold.
 */
#include <linux/atomic.h>
#include <linux/minmax.h>
#include <linux/sched.h>

#include "check.h"
#include "shadow.h"
#include "sums.h"
#include "sums.h"

#define CTOR_MAGIC	0x600d600d600d600dULL
/* Bytes at the front of constructed objects that belong to the constructor. */
#define CTOR_BYTES	8
#define CTOR_CACHE	2
#define BUDGET_HEAP	(QM_CACHES + 2)
#define BUDGET_BYTES	(192UL << 10)

static const struct {
	u16 size;
	u16 align;
	unsigned long flags;
} shapes[QM_CACHES] = {
	{ 24, 0, 0 }, { 256, 0, QUARRY_HWCACHE_ALIGN }, { 104, 0, 0 },
	{ 1000, 64, 0 }, { 4096, 4096, 0 }, { 72, 0, QUARRY_TYPESAFE_BY_RCU },
};

static void construct(void *object)
{
	*(u64 *)object = CTOR_MAGIC;
}

/* -------------------------------------------------------------- stage */

int qm_stage_begin(struct qm_stage *stage, enum quarry_level level)
{
	char name[QUARRY_NAME_MAX + 1];
	unsigned int i;

	memset(stage, 0, sizeof(*stage));
	for (i = 0; i < QM_CACHES; i++) {
		snprintf(name, sizeof(name), "model-%u", i);
		stage->cache[i] = quarry_cache_create(name, shapes[i].size,
						      shapes[i].align,
						      shapes[i].flags,
						      i == CTOR_CACHE ?
						      construct : NULL);
		if (IS_ERR(stage->cache[i]))
			return -ENOMEM;
		quarry_cache_set_level(stage->cache[i], level);
	}
	/* The first heap is the default one. */
	for (i = 1; i < QM_HEAPS; i++) {
		snprintf(name, sizeof(name), "model-%u", i);
		stage->heap[i] = quarry_heap_create(name, 0);
		if (IS_ERR(stage->heap[i]))
			return -ENOMEM;
		quarry_heap_set_level(stage->heap[i], level);
	}
	quarry_heap_set_limit(stage->heap[BUDGET_HEAP - QM_CACHES],
			      BUDGET_BYTES);
	return 0;
}

void qm_stage_end(struct qm_stage *stage, struct qt *t)
{
	unsigned int i;

	quarry_barrier();
	for (i = 0; i < QM_CACHES; i++) {
		qt_check_cache(t, stage->cache[i]);
		QT_EXPECT_EQ(t, quarry_cache_destroy(stage->cache[i]), 0);
	}
	for (i = 1; i < QM_HEAPS; i++) {
		qt_check_heap(t, stage->heap[i]);
		QT_EXPECT_EQ(t, quarry_heap_destroy(stage->heap[i]), 0);
	}
	qt_check_heap(t, NULL);
}

/* ------------------------------------------------------------- player */

static u32 rnd(struct qm_player *p)
{
	p->random ^= p->random >> 12;
	p->random ^= p->random << 25;
	p->random ^= p->random >> 27;
	return (p->random * 0x2545f4914f6cdd1dULL) >> 32;
}

static u32 below(struct qm_player *p, u32 ceiling)
{
	return ((u64)rnd(p) * ceiling) >> 32;
}

static bool fault(struct qm_player *p, const char *what, const void *at)
{
	if (!p->fault) {
		p->fault = what;
		p->fault_at = (unsigned long)at;
	}
	return false;
}

static bool is_heap(u32 owner)
{
	return owner >= QM_CACHES;
}

static struct quarry_heap *slot_heap(struct qm_player *p, u32 owner)
{
	return p->stage->heap[owner - QM_CACHES];
}

static size_t skipped(const struct qm_slot *slot)
{
	return slot->owner == CTOR_CACHE ? CTOR_BYTES : 0;
}

static u64 pattern(u32 seed)
{
	return seed * 0x9e3779b97f4a7c15ULL;
}

static void fill(const struct qm_slot *slot)
{
	u64 *word = slot->at + skipped(slot);
	size_t bytes = slot->size - skipped(slot);
	u64 value = pattern(slot->seed);
	size_t i;

	for (i = 0; i < bytes / 8; i++)
		word[i] = value + i;
	memset(word + i, (u8)value, bytes % 8);
}

/* @size bytes of the pattern, which may be fewer than were filled. */
static bool verify(struct qm_player *p, const struct qm_slot *slot,
		   size_t size)
{
	const u64 *word = slot->at + skipped(slot);
	size_t bytes = size - skipped(slot), i;
	u64 value = pattern(slot->seed);
	u64 wrong = 0;

	for (i = 0; i < bytes / 8; i++)
		wrong |= word[i] ^ (value + i);
	if (wrong)
		return fault(p, "contents changed", slot->at);
	/* The tail is byte-wise only where the size filled ends there. */
	for (i *= 8; size == slot->size && i < bytes; i++)
		wrong |= ((const u8 *)word)[i] ^ (u8)value;
	if (wrong)
		return fault(p, "contents changed at the end", slot->at);
	if (skipped(slot) && *(u64 *)slot->at != CTOR_MAGIC)
		return fault(p, "constructed bytes changed", slot->at);
	return true;
}

static bool all_zero(const void *at, size_t size)
{
	const u64 *word = at;
	size_t i;
	u64 any = 0;

	for (i = 0; i < size / 8; i++)
		any |= word[i];
	for (i *= 8; i < size; i++)
		any |= ((const u8 *)at)[i];
	return !any;
}

static u32 random_size(struct qm_player *p)
{
	u32 roll = below(p, 2000);

	if (roll < 1600)
		return 1 + below(p, 256);
	if (roll < 1940)
		return 1 + below(p, 2048);
	if (roll < 1990)
		return 1 + below(p, QUARRY_CLASS_MAX);
	if (roll < 1999)
		return 1 + below(p, 40000);
	return 1 + below(p, 300000);
}

static gfp_t random_gfp(struct qm_player *p)
{
	static const gfp_t gfp[] = {
		GFP_KERNEL, GFP_KERNEL, GFP_NOWAIT, GFP_ATOMIC,
	};

	return gfp[below(p, ARRAY_SIZE(gfp))] | __GFP_NOWARN;
}

/* ---------------------------------------------------------- operations */

static void *alloc_object(struct qm_player *p, struct qm_slot *slot, gfp_t gfp)
{
	struct quarry_cache *cache = p->stage->cache[slot->owner];

	slot->size = shapes[slot->owner].size;
	if (slot->owner == CTOR_CACHE)
		gfp &= ~__GFP_ZERO;
	if (below(p, 16))
		return quarry_cache_alloc(cache, gfp);
	return quarry_cache_alloc_node(cache, gfp, below(p, nr_node_ids));
}

static void *alloc_block(struct qm_player *p, struct qm_slot *slot, gfp_t gfp)
{
	struct quarry_heap *heap = slot_heap(p, slot->owner);
	u32 size = random_size(p);

	slot->size = size;
	switch (below(p, 16)) {
	case 0:
		return quarry_heap_kvalloc(heap, size, gfp);
	case 1:
		return quarry_heap_alloc_aligned(heap, size,
						 1UL << below(p, 14), gfp);
	case 2:
		return quarry_heap_alloc_node(heap, size, gfp,
					      below(p, nr_node_ids));
	case 3:
		slot->size = round_up(size, 4);
		return quarry_heap_alloc_array(heap, slot->size / 4, 4, gfp);
	default:
		return quarry_heap_alloc(heap, size, gfp);
	}
}

/* NULL where it may not be is a fault. */
static void refused(struct qm_player *p, u32 owner)
{
	p->refused++;
	if (!p->stage->may_fail && owner != BUDGET_HEAP)
		fault(p, "allocation failed", NULL);
}

static void do_alloc(struct qm_player *p, struct qm_slot *slot)
{
	gfp_t gfp = random_gfp(p);
	struct qm_slot new = {
		.owner = below(p, QM_CACHES + QM_HEAPS),
		.seed = rnd(p),
	};

	if (!below(p, 8))
		gfp |= __GFP_ZERO;
	if (is_heap(new.owner))
		new.at = alloc_block(p, &new, gfp);
	else
		new.at = alloc_object(p, &new, gfp);
	if (!new.at) {
		refused(p, new.owner);
		return;
	}
	p->allocs++;
	if ((gfp & __GFP_ZERO) && new.owner != CTOR_CACHE &&
	    !all_zero(new.at, new.size))
		fault(p, "not zeroed", new.at);
	if (new.owner == CTOR_CACHE && *(u64 *)new.at != CTOR_MAGIC)
		fault(p, "not constructed", new.at);
	fill(&new);
	*slot = new;
}

static void free_slot(struct qm_player *p, struct qm_slot *slot)
{
	if (!is_heap(slot->owner))
		quarry_cache_free(p->stage->cache[slot->owner], slot->at);
	else if (p->stage->restless && slot->size >= sizeof(struct rcu_head) &&
		 !below(p, 16))
		quarry_call_free_rcu(slot->at);
	else if (below(p, 4))
		quarry_free(slot->at);
	else if (below(p, 8))
		quarry_heap_free(slot_heap(p, slot->owner), slot->at);
	else
		quarry_free_sensitive(slot->at);
	slot->at = NULL;
}

static void do_free(struct qm_player *p, struct qm_slot *slot)
{
	if (verify(p, slot, slot->size))
		free_slot(p, slot);
}

static void do_realloc(struct qm_player *p, struct qm_slot *slot)
{
	u32 size = random_size(p);
	void *at;

	if (!is_heap(slot->owner) || !verify(p, slot, slot->size))
		return;
	at = quarry_heap_realloc(slot_heap(p, slot->owner), slot->at, size,
				 random_gfp(p));
	if (!at) {
		refused(p, slot->owner);
		verify(p, slot, slot->size);
		return;
	}
	slot->at = at;
	if (verify(p, slot, min(size, slot->size) & ~7U)) {
		slot->size = size;
		slot->seed = rnd(p);
		fill(slot);
	}
}

static void do_look(struct qm_player *p, struct qm_slot *slot)
{
	if (quarry_usable_size(slot->at) < slot->size)
		fault(p, "usable size is too small", slot->at);
	if (is_heap(slot->owner)) {
		struct quarry_heap *heap = slot_heap(p, slot->owner);

		if (quarry_heap_of(slot->at) != (heap ?: qr_default_heap))
			fault(p, "block of another heap", slot->at);
	} else if (quarry_cache_of(slot->at) != p->stage->cache[slot->owner]) {
		fault(p, "object of another cache", slot->at);
	}
	verify(p, slot, slot->size);
}

/* Trades the slot for what lies in a box: others free what we allocated. */
static void do_trade(struct qm_player *p, struct qm_slot *slot)
{
	struct qm_box *box = &p->stage->box[below(p, QM_BOXES)];

	if (atomic_cmpxchg(&box->busy, 0, 1))
		return;
	swap(box->slot, *slot);
	atomic_set_release(&box->busy, 0);
}

static void do_bulk(struct qm_player *p)
{
	u32 owner = below(p, QM_CACHES), nr = 1 + below(p, 40), i;
	struct quarry_cache *cache = p->stage->cache[owner];
	void *object[40];

	if (!quarry_cache_alloc_bulk(cache, random_gfp(p), nr, object)) {
		refused(p, owner);
		return;
	}
	p->allocs += nr;
	for (i = 0; i < nr; i++) {
		struct qm_slot slot = {
			.at = object[i], .owner = owner, .seed = i,
			.size = shapes[owner].size,
		};

		fill(&slot);
	}
	for (i = 0; i < nr; i++) {
		struct qm_slot slot = {
			.at = object[i], .owner = owner, .seed = i,
			.size = shapes[owner].size,
		};

		verify(p, &slot, slot.size);
	}
	quarry_cache_free_bulk(cache, nr, object);
}

static void look_at_sums(struct qm_player *p)
{
	struct qr_site_sums sums;

	if (qr_site_sums_init(&sums))
		return;
	qr_site_sums_add_all(&sums);
	qr_site_sums_sort(&sums);
	qr_site_sums_free(&sums);
}

/* None, as often as any; never those that speak or panic. */
static unsigned long random_options(struct qm_player *p)
{
	unsigned long options = below(p, 1 << 16) & QUARRY_DEBUG_MASK;

	return below(p, 2) ? options & ~(QUARRY_TRACE | QUARRY_PANIC) : 0;
}

/* What a machine does at times: give memory back, switch levels, read. */
static void do_rare(struct qm_player *p)
{
	struct quarry_cache *cache = p->stage->cache[below(p, QM_CACHES)];
	struct quarry_heap *heap = p->stage->heap[below(p, QM_HEAPS)];
	enum quarry_level level = below(p, QR_NR_LEVELS);
	unsigned long options = random_options(p);
	struct qr_cache_count count;

	switch (below(p, 8)) {
	case 0:
		quarry_cache_shrink(cache);
		break;
	case 1:
		quarry_heap_shrink(heap);
		break;
	case 2:
		quarry_cache_set_level(cache, level);
		break;
	case 3:
		quarry_heap_set_level(heap, level);
		break;
	case 4:
		quarry_cache_set_debug(cache, options);
		break;
	case 5:
		quarry_heap_set_debug(heap, options);
		break;
	case 6:
		qr_cache_count(cache, &count);
		break;
	default:
		look_at_sums(p);
	}
}

static void play_one(struct qm_player *p)
{
	struct qm_slot *slot = &p->slot[below(p, p->nr_slots)];
	u32 roll = below(p, 64);

	p->ops++;
	if (roll < 1)
		do_bulk(p);
	else if (roll < 3)
		do_trade(p, slot);
	else if (!slot->at)
		do_alloc(p, slot);
	else if (roll < 12)
		do_realloc(p, slot);
	else if (roll < 18)
		do_look(p, slot);
	else
		do_free(p, slot);
	if (p->stage->restless && !below(p, 20000))
		do_rare(p);
}

void qm_player_begin(struct qm_player *player, struct qm_stage *stage,
		     struct qm_slot *slot, u32 nr_slots, u64 seed)
{
	memset(player, 0, sizeof(*player));
	player->stage = stage;
	player->slot = slot;
	player->nr_slots = nr_slots;
	player->random = (seed * 0x9e3779b97f4a7c15ULL) | 1;
}

void qm_play(struct qm_player *player, unsigned long ops)
{
	while (ops-- && !player->fault) {
		play_one(player);
		if (!(player->ops & 255))
			cond_resched();
	}
}

void qm_player_end(struct qm_player *player)
{
	struct qm_stage *stage = player->stage;
	u32 i;

	for (i = 0; i < player->nr_slots; i++) {
		if (player->slot[i].at)
			do_free(player, &player->slot[i]);
	}
	for (i = 0; i < QM_BOXES; i++) {
		if (atomic_cmpxchg(&stage->box[i].busy, 0, 1))
			continue;
		if (stage->box[i].slot.at)
			do_free(player, &stage->box[i].slot);
		atomic_set_release(&stage->box[i].busy, 0);
	}
}
