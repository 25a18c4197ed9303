// SPDX-License-Identifier: GPL-2.0-only
/*
 * finding.c - cases: what is kept of each misuse and damage, field by field.
 */
#include <linux/bitmap.h>

#include "qt.h"
#include "cases.h"
#include "found.h"
#include "layout.h"
#include "slab.h"

#define BYTES		80

struct qr_finding found;

bool found_one(struct qt *t, u64 nr, enum qr_event_kind kind)
{
	memset(&found, 0, sizeof(found));
	QT_EXPECT_EQ(t, qr_finding_last() - nr, 1);
	return QT_EXPECT_TRUE(t, qr_finding_next(nr, &found)) &&
	       QT_EXPECT_EQ(t, found.event.kind, kind);
}

void found_me(struct qt *t)
{
	char comm[16];

	QT_EXPECT_EQ(t, found.pid, qt_task(comm));
	QT_EXPECT_STREQ(t, found.comm, comm);
	QT_EXPECT_GT(t, found.nr_entries, 0);
	QT_EXPECT_NE(t, found.event.caller, 0);
	QT_EXPECT_EQ(t, found.entry[0], found.event.caller);
}

static void expect_view(struct qt *t, unsigned long at, unsigned int bytes,
			u8 value)
{
	unsigned int i;

	for (i = 0; i < bytes; i++, at++) {
		unsigned long offset = at - found.view;

		if (!QT_EXPECT_LT(t, offset, found.view_bytes))
			return;
		QT_EXPECT_TRUE(t, test_bit(offset, found.known));
		QT_EXPECT_EQ(t, found.byte[offset], value);
	}
}

QT_CASE(finding_of_double_free_has_all_there_is)
{
	struct quarry_cache *cache = qt_cache(t, BYTES, 0, 0, NULL);
	void *keep, *object;
	u64 nr, seq;

	if (!cache)
		return;
	keep = quarry_cache_alloc(cache, GFP_KERNEL);
	object = quarry_cache_alloc(cache, GFP_KERNEL);
	memset(object, 0x5c, BYTES);
	quarry_cache_free(cache, object);
	nr = qr_finding_last();
	seq = qr_event_last();
	quarry_cache_free(cache, object);
	QT_EXPECT_EVENT(t, seq, QR_EVENT_DOUBLE_FREE);
	if (!found_one(t, nr, QR_EVENT_DOUBLE_FREE))
		return;
	QT_EXPECT_EQ(t, found.event.seq, seq + 1);
	QT_EXPECT_EQ(t, found.object, object);
	QT_EXPECT_EQ(t, found.address, object);
	QT_EXPECT_EQ(t, found.where, QR_ADDRESS_SLAB);
	QT_EXPECT_EQ(t, found.event.offset, 0);
	QT_EXPECT_EQ(t, found.asked, BYTES);
	QT_EXPECT_EQ(t, found.usable, BYTES);
	QT_EXPECT_EQ(t, found.damage_bytes, 0);
	QT_EXPECT_TRUE(t, found.state == QR_OBJECT_FREE ||
		       found.state == QR_OBJECT_CACHED);
	QT_EXPECT_STREQ(t, found.cache, quarry_cache_name(cache));
	QT_EXPECT_STREQ(t, found.event.owner, quarry_cache_name(cache));
	found_me(t);
	QT_EXPECT_EQ(t, found.view, object);
	QT_EXPECT_EQ(t, found.view_bytes, 32);
	if (!qr_want_init_on_free())
		expect_view(t, found.view, 32, 0x5c);
	quarry_cache_free(cache, keep);
}

QT_CASE(finding_of_middle_tells_the_owner)
{
	struct quarry_cache *cache = qt_cache(t, BYTES, 0, 0, NULL);
	char *object;
	u64 nr;

	if (!cache)
		return;
	object = quarry_cache_alloc(cache, GFP_KERNEL);
	memset(object, 0x21, BYTES);
	nr = qr_finding_last();
	quarry_cache_free(cache, object + 24);
	if (!found_one(t, nr, QR_EVENT_INVALID_FREE))
		return;
	QT_EXPECT_EQ(t, found.object, object);
	QT_EXPECT_EQ(t, found.address, object + 24);
	QT_EXPECT_EQ(t, found.event.offset, 24);
	QT_EXPECT_EQ(t, found.state, QR_OBJECT_LIVE);
	QT_EXPECT_NE(t, found.event.site, 0);
	QT_EXPECT_LT(t, found.born_age_ms, 60000);
	expect_view(t, found.view, 32, 0x21);
	QT_EXPECT_BYTES(t, object, 0x21, BYTES);
	quarry_cache_free(cache, object);
}

QT_CASE(finding_at_level_stack_tells_who_allocated)
{
	struct quarry_cache *cache = qt_cache(t, BYTES, 0, 0, NULL);
	char *object, comm[16];
	u64 nr;

	if (!cache)
		return;
	quarry_cache_set_level(cache, QUARRY_LEVEL_STACK);
	object = quarry_cache_alloc(cache, GFP_KERNEL);
	nr = qr_finding_last();
	quarry_cache_free(cache, object + 1);
	if (!found_one(t, nr, QR_EVENT_INVALID_FREE))
		return;
	QT_EXPECT_EQ(t, found.born.pid, qt_task(comm));
	QT_EXPECT_STREQ(t, found.born.comm, comm);
	QT_EXPECT_NE(t, found.born.stack, 0);
	QT_EXPECT_NE(t, found.born.time_ns, 0);
	QT_EXPECT_LE(t, found.born.time_ns, found.event.time_ns);
	quarry_cache_free(cache, object);
}

QT_CASE(finding_at_level_off_tells_what_it_can)
{
	struct quarry_heap *heap = qt_heap(t, 0);
	char *block;
	u64 nr;

	if (!heap)
		return;
	quarry_heap_set_level(heap, QUARRY_LEVEL_OFF);
	block = quarry_heap_alloc(heap, 100, GFP_KERNEL);
	nr = qr_finding_last();
	quarry_free(block + 104);
	if (!found_one(t, nr, QR_EVENT_INVALID_FREE))
		return;
	QT_EXPECT_EQ(t, found.object, block);
	QT_EXPECT_EQ(t, found.state, QR_OBJECT_LIVE);
	QT_EXPECT_EQ(t, found.event.site, 0);
	QT_EXPECT_EQ(t, found.asked, 0);
	QT_EXPECT_GE(t, found.usable, 100);
	quarry_free(block);
}

QT_CASE(finding_of_block_tells_bytes_asked_for)
{
	struct quarry_heap *heap = qt_heap(t, 0);
	char *block;
	u64 nr;

	if (!heap)
		return;
	block = quarry_heap_alloc(heap, 100, GFP_KERNEL);
	nr = qr_finding_last();
	quarry_free(block + 102);
	if (!found_one(t, nr, QR_EVENT_INVALID_FREE))
		return;
	QT_EXPECT_EQ(t, found.asked, 100);
	QT_EXPECT_EQ(t, found.usable, quarry_usable_size(block));
	QT_EXPECT_EQ(t, found.event.offset, 102);
	QT_EXPECT_EQ(t, found.event.end, 100);
	quarry_free(block);
}

/* A free of @address is found, and it is told what that is. */
static void expect_kind(struct qt *t, const void *address, u8 where)
{
	u64 nr = qr_finding_last(), seq = qr_event_last();

	quarry_free(address);
	QT_EXPECT_EVENT(t, seq, QR_EVENT_INVALID_FREE);
	if (!found_one(t, nr, QR_EVENT_INVALID_FREE))
		return;
	QT_EXPECT_EQ(t, found.where, where);
	QT_EXPECT_EQ(t, found.address, address);
	QT_EXPECT_EQ(t, found.object, 0);
	QT_EXPECT_EQ(t, found.view_bytes, 0);
	QT_EXPECT_STREQ(t, found.event.where, qr_address_name(where));
	found_me(t);
}

QT_CASE(finding_of_stack_says_so)
{
	char on_stack[16] = "";

	expect_kind(t, on_stack, QR_ADDRESS_STACK);
}

QT_CASE(finding_near_null_says_so)
{
	expect_kind(t, (void *)8UL, QR_ADDRESS_NULL_PAGE);
	expect_kind(t, (void *)15UL, QR_ADDRESS_NULL_PAGE);
	expect_kind(t, (void *)17UL, QR_ADDRESS_NULL_PAGE);
	expect_kind(t, (void *)0xfffUL, QR_ADDRESS_NULL_PAGE);
}

QT_CASE(finding_of_nothing_at_all_is_none)
{
	u64 nr = qr_finding_last();

	quarry_free(NULL);
	quarry_free(QUARRY_ZERO_PTR);
	QT_EXPECT_EQ(t, qr_finding_last(), nr);
}

QT_CASE(finding_of_error_says_so)
{
	expect_kind(t, ERR_PTR(-ENOMEM), QR_ADDRESS_ERROR);
	expect_kind(t, (void *)-1L, QR_ADDRESS_ERROR);
}

QT_CASE(finding_of_non_canonical_says_so)
{
	expect_kind(t, (void *)0x8000000000000000UL, QR_ADDRESS_NONSENSE);
	expect_kind(t, (void *)0x0123456789abcdefUL, QR_ADDRESS_NONSENSE);
}

QT_CASE(finding_of_metadata_says_so)
{
	struct quarry_cache *cache = qt_cache(t, BYTES, 0, 0, NULL);

	if (cache)
		expect_kind(t, cache, QR_ADDRESS_META);
}

QT_CASE(finding_of_code_says_whose)
{
	expect_kind(t, (void *)qt_random, qt_code_kind());
	QT_EXPECT_NE(t, found.symbol[0], 0);
}

QT_CASE(finding_of_others_block_says_so)
{
	void *block = qt_foreign_alloc(100);

	if (!QT_EXPECT_PTR(t, block))
		return;
	expect_kind(t, block, qt_foreign_kind());
	qt_foreign_free(block);
}

QT_CASE(finding_of_user_address_says_so)
{
	expect_kind(t, qt_user_address(), qt_user_kind());
}

QT_CASE(finding_of_wrong_owner_names_both)
{
	struct quarry_cache *mine = qt_cache(t, BYTES, 0, 0, NULL);
	struct quarry_cache *other = qt_cache(t, BYTES, 0, 0, NULL);
	void *object;
	u64 nr;

	if (!mine || !other)
		return;
	object = quarry_cache_alloc(mine, GFP_KERNEL);
	nr = qr_finding_last();
	quarry_cache_free(other, object);
	if (!found_one(t, nr, QR_EVENT_WRONG_OWNER))
		return;
	QT_EXPECT_STREQ(t, found.event.owner, quarry_cache_name(other));
	QT_EXPECT_STREQ(t, found.cache, quarry_cache_name(mine));
	QT_EXPECT_EQ(t, found.state, QR_OBJECT_LIVE);
	QT_EXPECT_EQ(t, qt_count(t, other).findings, 1);
	QT_EXPECT_EQ(t, qt_count(t, mine).findings, 0);
	quarry_cache_free(mine, object);
}

QT_CASE(finding_of_wrong_heap_is_one)
{
	struct quarry_heap *mine = qt_heap(t, 0);
	struct quarry_heap *other = qt_heap(t, 0);
	static const size_t size[] = { 100, 100000 };
	unsigned int i;
	void *block;
	u64 nr;

	if (!mine || !other)
		return;
	for (i = 0; i < ARRAY_SIZE(size); i++) {
		block = quarry_heap_alloc(mine, size[i], GFP_KERNEL);
		nr = qr_finding_last();
		quarry_heap_free(other, block);
		found_one(t, nr, QR_EVENT_WRONG_OWNER);
		QT_EXPECT_EQ(t, found.object, block);
		QT_EXPECT_EQ(t, quarry_heap_of(block), mine);
		quarry_free(block);
	}
}

QT_CASE(finding_of_overflow_is_one)
{
	/* Not for the compiler to know. */
	static size_t nr_elements = ~0UL / 8;
	u64 nr = qr_finding_last();
	void *array;

	array = quarry_alloc_array(READ_ONCE(nr_elements), 16, GFP_KERNEL);
	QT_EXPECT_NULL(t, array);
	if (!found_one(t, nr, QR_EVENT_OVERFLOW))
		return;
	QT_EXPECT_EQ(t, found.event.bytes, 16);
	QT_EXPECT_NE(t, found.event.site, 0);
	QT_EXPECT_EQ(t, found.object, 0);
	found_me(t);
}

/* ---------------------------------------------------------------- damage */

/* @offset from the object's start, @bytes of them. */
static void damage(struct qt *t, long offset, unsigned int bytes)
{
	struct quarry_cache *cache = qt_cache(t, BYTES, 0, 0, NULL);
	void *object[64];
	char *victim, *at;
	u64 nr;

	if (!cache)
		return;
	/* The one in the middle of the slab has neighbours on both sides. */
	QT_EXPECT_EQ(t, qt_fill(cache, object, 64), 64);
	victim = qr_slab_object(qt_slab(object[0]), 10);
	memset(victim, 0x41, BYTES);
	at = victim + offset;
	memset(at, 0xbd, bytes);
	nr = qr_finding_last();
	qr_damage_found(cache, QR_EVENT_REDZONE, victim, at, bytes, 0);
	if (!found_one(t, nr, QR_EVENT_REDZONE))
		return;
	QT_EXPECT_EQ(t, found.object, victim);
	QT_EXPECT_EQ(t, found.address, at);
	QT_EXPECT_EQ(t, found.damage_bytes, bytes);
	QT_EXPECT_EQ(t, found.event.offset, offset);
	QT_EXPECT_EQ(t, found.event.end, BYTES);
	expect_view(t, (unsigned long)at, bytes, 0xbd);
	QT_EXPECT_EQ(t, (found.view - found.object) % 16, 0);
	QT_EXPECT_EQ(t, qt_count(t, cache).findings, 1);
	found_me(t);
	qt_empty(cache, object, 64);
}

QT_CASE(finding_of_damage_behind_shows_it)
{
	damage(t, BYTES, 1);
	damage(t, BYTES + 2, 5);
}

QT_CASE(finding_of_damage_before_shows_it)
{
	damage(t, -1, 1);
	damage(t, -21, 8);
}

QT_CASE(finding_of_damage_inside_shows_it)
{
	damage(t, 0, 4);
	damage(t, 37, 30);
}

QT_CASE(finding_of_large_damage_is_cut)
{
	struct quarry_cache *cache = qt_cache(t, 1000, 0, 0, NULL);
	char *object;
	u64 nr;

	if (!cache)
		return;
	object = quarry_cache_alloc(cache, GFP_KERNEL);
	memset(object, 0xbd, 1000);
	nr = qr_finding_last();
	qr_damage_found(cache, QR_EVENT_POISON, object, object, 1000, 0);
	if (found_one(t, nr, QR_EVENT_POISON)) {
		QT_EXPECT_EQ(t, found.damage_bytes, 1000);
		QT_EXPECT_EQ(t, found.view_bytes, QR_FINDING_VIEW);
	}
	quarry_cache_free(cache, object);
}

/* ------------------------------------------------------------- the ring */

QT_CASE(finding_ring_keeps_the_newest)
{
	u64 nr = qr_finding_last(), first, at;
	unsigned int i, kept = 0;

	for (i = 0; i < QR_FINDING_RING + 10; i++)
		quarry_free((void *)(0x100UL + i));
	QT_EXPECT_EQ(t, qr_finding_last(), nr + QR_FINDING_RING + 10);
	first = nr + 11;
	for (at = 0; qr_finding_next(at, &found); at = found.nr, kept++) {
		QT_EXPECT_EQ(t, found.nr, first + kept);
		QT_EXPECT_EQ(t, found.address, 0x100 + 10 + kept);
	}
	QT_EXPECT_EQ(t, kept, QR_FINDING_RING);
	QT_EXPECT_FALSE(t, qr_finding_next(qr_finding_last(), &found));
}

struct given {
	struct quarry_cache *cache;
	void *object;
};

static void give(void *data)
{
	struct given *given = data;

	quarry_cache_free(given->cache, given->object);
}

QT_CASE(finding_in_interrupt_is_nobodys)
{
	struct given given = { .cache = qt_cache(t, BYTES, 0, 0, NULL) };
	u64 nr;

	if (!given.cache)
		return;
	given.object = quarry_cache_alloc(given.cache, GFP_KERNEL);
	quarry_cache_free(given.cache, given.object);
	nr = qr_finding_last();
	if (qt_interrupt(give, &given)) {
		t->skip = "no interrupt to be had";
		return;
	}
	if (!found_one(t, nr, QR_EVENT_DOUBLE_FREE))
		return;
	QT_EXPECT_EQ(t, found.pid, 0);
	QT_EXPECT_STREQ(t, found.comm, "hardirq");
	QT_EXPECT_EQ(t, qt_count(t, given.cache).live, 0);
}
