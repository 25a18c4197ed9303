// SPDX-License-Identifier: GPL-2.0-only
/*
 * ops.c - any calls in any order with any arguments, misuse included: nothing
 * crashes, all metadata stays sound, and what is left can be freed.  A byte of
 * the input says which call, those after it say with what.
 */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/string.h>

#include <stdio.h>
#include <stdlib.h>

#include "quarry_mirror.h"
#include "event.h"
#include "fuzz.h"
#include "growth.h"
#include "mark.h"
#include "slab.h"

#define CACHES	3
#define HEAPS	2
#define SLOTS	32

static struct quarry_cache *caches[CACHES];
static struct quarry_heap *heaps[HEAPS];

/* What was handed out, or was once. */
static struct slot {
	void *at;
	void *stale;
	u32 size;
} slots[SLOTS];

/* Some are with RCU, which links them through themselves. */
static bool waiting;

static void construct(void *object)
{
	*(u8 *)object = 1;
}

/* ------------------------------------------------------------ arguments */

static struct slot *slot_of(struct fuzz_input *in)
{
	return &slots[fuzz_byte(in) % SLOTS];
}

static struct quarry_cache *cache_of(struct fuzz_input *in)
{
	return caches[fuzz_byte(in) % CACHES];
}

/* One of ours, or the default one. */
static struct quarry_heap *heap_of(struct fuzz_input *in)
{
	u32 which = fuzz_byte(in) % (HEAPS + 1);

	return which < HEAPS ? heaps[which] : NULL;
}

static gfp_t gfp_of(struct fuzz_input *in)
{
	static const gfp_t flags[] = {
		GFP_KERNEL, GFP_NOWAIT, GFP_ATOMIC, GFP_KERNEL | __GFP_ZERO,
		GFP_ATOMIC | __GFP_ZERO, GFP_KERNEL | __GFP_NORETRY,
		GFP_KERNEL | __GFP_THISNODE, GFP_KERNEL | GFP_DMA,
	};

	return flags[fuzz_byte(in) % ARRAY_SIZE(flags)];
}

static size_t size_of(struct fuzz_input *in)
{
	u32 how = fuzz_byte(in);

	switch (how % 8) {
	case 0:
		return fuzz_number(in, 3);
	case 1:
		return SIZE_MAX - fuzz_byte(in);
	case 2:
	case 3:
		return fuzz_number(in, 2);
	default:
		return fuzz_byte(in);
	}
}

/* Any address at all, ours among them. */
static void *address_of(struct fuzz_input *in)
{
	static u64 ours[4];
	u32 how = fuzz_byte(in);
	struct slot *slot = slot_of(in);

	switch (how % 8) {
	case 0:
		return slot->at;
	case 1:
		return slot->stale;
	case 2:
		return slot->at ? slot->at + fuzz_byte(in) : NULL;
	case 3:
		return slot->at ? slot->at - fuzz_byte(in) : NULL;
	case 4:
		return ours;
	case 5:
		return __builtin_frame_address(0);
	case 6:
		return (void *)(mirror_arena.base + fuzz_number(in, 4));
	default:
		return (void *)((u64)fuzz_number(in, 4) << 32 |
				fuzz_number(in, 4));
	}
}

/* The owner writes all that it asked for. */
static void got(struct slot *slot, void *at, size_t size)
{
	if (IS_ERR_OR_NULL(at) || at == QUARRY_ZERO_PTR)
		return;
	fuzz_must(quarry_usable_size(at) >= size, "all asked for is usable");
	memset(at, 0x5a, size);
	slot->at = at;
	slot->size = size;
}

static void gone(struct slot *slot)
{
	slot->stale = slot->at;
	slot->at = NULL;
}

/* As its owner would. */
static void release(struct slot *slot)
{
	struct quarry_cache *cache = quarry_cache_of(slot->at);

	if (!slot->at)
		return;
	if (cache)
		quarry_cache_free(cache, slot->at);
	else
		quarry_free(slot->at);
	gone(slot);
}

/* ----------------------------------------------------------------- calls */

static void alloc_object(struct fuzz_input *in)
{
	struct slot *slot = slot_of(in);
	struct quarry_cache *cache = cache_of(in);
	u32 how = fuzz_byte(in);
	gfp_t gfp = gfp_of(in);
	void *at;

	release(slot);
	if (how & 1)
		at = quarry_cache_alloc_node(cache, gfp, (s8)fuzz_byte(in));
	else
		at = quarry_cache_alloc(cache, gfp);
	got(slot, at, quarry_cache_size(cache));
}

static void alloc_block(struct fuzz_input *in)
{
	struct slot *slot = slot_of(in);
	struct quarry_heap *heap = heap_of(in);
	u32 how = fuzz_byte(in);
	gfp_t gfp = gfp_of(in);
	size_t size = size_of(in), nr;
	void *at = NULL;

	release(slot);
	switch (how % 6) {
	case 0:
		at = quarry_heap_alloc(heap, size, gfp);
		break;
	case 1:
		at = quarry_heap_kvalloc(heap, size, gfp);
		break;
	case 2:
		at = quarry_heap_alloc_aligned(heap, size, size_of(in), gfp);
		break;
	case 3:
		at = quarry_heap_alloc_node(heap, size, gfp, (s8)fuzz_byte(in));
		break;
	case 4:
		nr = size_of(in);
		at = quarry_heap_alloc_array(heap, nr, size, gfp);
		size *= nr;
		break;
	default:
		size %= 64;
		at = quarry_heap_asprintf(heap, gfp, "%*d", (int)size, 7);
		size = at ? strlen(at) + 1 : 0;
	}
	got(slot, at, size);
}

static void resize(struct fuzz_input *in)
{
	struct slot *slot = slot_of(in);
	size_t size = size_of(in);
	gfp_t gfp = gfp_of(in);
	void *at;

	if (quarry_cache_of(slot->at))
		return;
	at = quarry_heap_realloc(quarry_heap_of(slot->at), slot->at, size, gfp);
	if (!at && size)
		return;
	gone(slot);
	got(slot, at, size);
}

static void bulk(struct fuzz_input *in)
{
	struct quarry_cache *cache = cache_of(in);
	void *object[64];
	u32 nr = fuzz_byte(in) % 65;

	if (quarry_cache_alloc_bulk(cache, gfp_of(in), nr, object) == nr)
		quarry_cache_free_bulk(cache, nr, object);
}

static void free_later(void *at)
{
	waiting = true;
	quarry_call_free_rcu(at);
}

static void free_well(struct fuzz_input *in)
{
	struct slot *slot = slot_of(in);
	u32 how = fuzz_byte(in);

	if (how % 4 == 0 && slot->at && quarry_heap_of(slot->at))
		quarry_free_sensitive(slot->at);
	else if (how % 4 == 1 && slot->at && slot->size >= 16 &&
		 !quarry_cache_of(slot->at))
		free_later(slot->at);
	else
		release(slot);
	if (slot->at)
		gone(slot);
}

/* Whoever owned it has lost it, if it was somebody's. */
static void forget_dead(void)
{
	u32 i;

	for (i = 0; i < SLOTS; i++)
		if (slots[i].at && !quarry_usable_size(slots[i].at))
			gone(&slots[i]);
}

static void free_badly(struct fuzz_input *in)
{
	u32 how = fuzz_byte(in);
	void *at = address_of(in);

	/* To free one of those is to cut RCU's own list, whoever has it. */
	if (waiting)
		quarry_barrier();
	waiting = false;
	switch (how % 5) {
	case 0:
		quarry_free(at);
		break;
	case 1:
		quarry_cache_free(cache_of(in), at);
		break;
	case 2:
		quarry_heap_free(heap_of(in), at);
		break;
	case 3:
		quarry_cache_free_bulk(cache_of(in), 1, &at);
		break;
	default:
		quarry_free_sensitive(at);
	}
	forget_dead();
}

static void ask(struct fuzz_input *in)
{
	void *at = address_of(in);

	quarry_usable_size(at);
	quarry_cache_of(at);
	quarry_heap_of(at);
	if (fuzz_byte(in) & 1)
		quarry_not_leak(at);
	else
		quarry_ignore(at);
}

static void adjust(struct fuzz_input *in)
{
	u32 how = fuzz_byte(in);

	switch (how % 8) {
	case 0:
		quarry_cache_set_level(cache_of(in), (s8)fuzz_byte(in));
		break;
	case 1:
		quarry_heap_set_level(heap_of(in), (s8)fuzz_byte(in));
		break;
	case 2:
		quarry_heap_set_limit(heaps[0], fuzz_number(in, 3));
		break;
	case 3:
		quarry_cache_shrink(cache_of(in));
		break;
	case 4:
		quarry_heap_shrink(heap_of(in));
		break;
	case 5:
		/* Findings must not end the program. */
		quarry_cache_set_debug(cache_of(in), fuzz_number(in, 2) &
				       ~QUARRY_PANIC);
		break;
	case 6:
		quarry_heap_set_debug(heap_of(in), fuzz_number(in, 2) &
				      ~QUARRY_PANIC);
		break;
	default:
		mirror_fail_page_nth(fuzz_byte(in) % 16);
	}
}

/* Not as the program's own writes are: AddressSanitizer would end it. */
static __attribute__((no_sanitize("address"))) void write_unseen(u8 *at, u8 value)
{
	*(volatile u8 *)at = value;
}

/* Whether @at is a page of some slab, guarded objects excepted. */
static bool is_in_pages(const void *at)
{
	struct qr_slab *slab;
	bool is;

	preempt_disable();
	slab = qr_page_slab(at);
	is = slab && !(slab->flags & QR_SLAB_GUARD);
	preempt_enable();
	return is;
}

/* What an attacker reaches: slack, and freed objects. */
static void scribble(struct fuzz_input *in)
{
	struct slot *slot = slot_of(in);
	size_t usable;

	if (slot->at) {
		usable = quarry_usable_size(slot->at);
		if (usable > slot->size)
			memset(slot->at + slot->size, fuzz_byte(in),
			       usable - slot->size);
	} else if (is_in_pages(slot->stale) &&
		   !quarry_usable_size(slot->stale)) {
		write_unseen(slot->stale, fuzz_byte(in));
	}
}

static void interrupted(void *data)
{
	struct fuzz_input *in = data;
	struct quarry_cache *cache = cache_of(in);
	void *at = quarry_cache_alloc(cache, GFP_ATOMIC);

	if (at)
		quarry_cache_free(cache, at);
}

static void elsewhere(struct fuzz_input *in)
{
	switch (fuzz_byte(in) % 3) {
	case 0:
		mirror_interrupt(interrupted, in);
		break;
	case 1:
		mirror_softirq(interrupted, in);
		break;
	default:
		mirror_nmi(interrupted, in);
	}
}

static void call(struct fuzz_input *in)
{
	static void (*const calls[])(struct fuzz_input *in) = {
		alloc_object, alloc_block, resize, bulk, free_well, free_badly,
		ask, adjust, scribble, elsewhere, alloc_object, alloc_block,
	};

	calls[fuzz_byte(in) % ARRAY_SIZE(calls)](in);
}

/* ----------------------------------------------------------------- runs */

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	fuzz_begin();
	return 0;
}

static void begin(struct fuzz_input *in)
{
	static const char *const names[] = { "a", "b", "c" };
	u32 i;

	memset(slots, 0, sizeof(slots));
	for (i = 0; i < CACHES; i++) {
		u32 shape = fuzz_byte(in);

		caches[i] = quarry_cache_create(names[i],
						1 + fuzz_number(in, 1 + i / 2),
						1U << shape % 8,
						shape & 64 ?
						QUARRY_HWCACHE_ALIGN : 0,
						shape & 128 ? construct : NULL);
		fuzz_must(!IS_ERR(caches[i]), "a cache is made");
	}
	for (i = 0; i < HEAPS; i++) {
		heaps[i] = quarry_heap_create(names[i], 0);
		fuzz_must(!IS_ERR(heaps[i]), "a heap is made");
	}
}

static void end(void)
{
	u32 i;

	mirror_fail_reset();
	quarry_barrier();
	for (i = 0; i < SLOTS; i++)
		release(&slots[i]);
	fuzz_validate();
	quarry_heap_set_level(NULL, QUARRY_LEVEL_SITE);
	quarry_heap_set_debug(NULL, 0);
	for (i = 0; i < CACHES; i++)
		fuzz_must(!quarry_cache_destroy(caches[i]), "a cache goes");
	for (i = 0; i < HEAPS; i++)
		fuzz_must(!quarry_heap_destroy(heaps[i]), "a heap goes");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { .at = data, .end = data + size };

	begin(&in);
	while (in.at < in.end)
		call(&in);
	end();
	return 0;
}
