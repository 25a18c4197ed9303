// SPDX-License-Identifier: GPL-2.0-only
/*
 * cache_misuse.c - cases: what must not be done to a cache is refused, told
 * in one event of the right kind, and breaks nothing.
 */
#include <linux/delay.h>

#include "qt.h"
#include "cases.h"
#include "layout.h"
#include "slab.h"

/*
 * A cache whose magazines are loaded and have room, where the fast path
 * decides, or a cold one, where the slow path does.
 */
static struct quarry_cache *warm_cache(struct qt *t, enum quarry_level level,
				       bool warm, void **keep)
{
	struct quarry_cache *cache = qt_cache(t, 80, 0, 0, NULL);

	if (!cache)
		return NULL;
	QT_EXPECT_EQ(t, quarry_cache_set_level(cache, level), 0);
	if (warm)
		qt_warm(cache);
	/* Leaves room in the loaded magazine, and keeps the slab besides. */
	QT_EXPECT_EQ(t, qt_fill(cache, keep, 3), 3);
	return cache;
}

/* The cache still serves and its books are right, with @live objects out. */
static void expect_sound(struct qt *t, struct quarry_cache *cache,
			 unsigned int live)
{
	void *object[40];
	unsigned int i;

	QT_EXPECT_EQ(t, qt_fill(cache, object, 40), 40);
	for (i = 0; i < 40; i++)
		memset(object[i], i, quarry_cache_size(cache));
	for (i = 0; i < 40; i++)
		QT_EXPECT_BYTES(t, object[i], i, quarry_cache_size(cache));
	qt_empty(cache, object, 40);
	QT_EXPECT_EQ(t, qt_count(t, cache).live, live);
}

static void double_free(struct qt *t, enum quarry_level level, bool warm,
			bool flush)
{
	struct quarry_cache *cache;
	void *object, *keep[3];
	unsigned long frees;
	u64 seq;

	cache = warm_cache(t, level, warm, keep);
	if (!cache)
		return;
	object = quarry_cache_alloc(cache, GFP_KERNEL);
	quarry_cache_free(cache, object);
	if (flush)
		quarry_cache_shrink(cache);
	seq = qr_event_last();
	frees = qt_count(t, cache).frees;
	quarry_cache_free(cache, object);
	QT_EXPECT_EVENT(t, seq, QR_EVENT_DOUBLE_FREE);
	QT_EXPECT_EQ(t, t->event.address, object);
	QT_EXPECT_STREQ(t, t->event.owner, quarry_cache_name(cache));
	QT_EXPECT_EQ(t, qt_count(t, cache).frees, frees);
	QT_EXPECT_EQ(t, qt_count(t, cache).findings, 1);
	expect_sound(t, cache, 3);
	qt_empty(cache, keep, 3);
}

QT_CASE(misuse_double_free_cold_site_refused)
{
	double_free(t, QUARRY_LEVEL_SITE, false, false);
}

QT_CASE(misuse_double_free_cold_off_refused)
{
	double_free(t, QUARRY_LEVEL_OFF, false, false);
}

QT_CASE(misuse_double_free_cold_stack_refused)
{
	double_free(t, QUARRY_LEVEL_STACK, false, false);
}

QT_CASE(misuse_double_free_cached_site_refused)
{
	double_free(t, QUARRY_LEVEL_SITE, true, false);
}

QT_CASE(misuse_double_free_cached_off_refused)
{
	double_free(t, QUARRY_LEVEL_OFF, true, false);
}

QT_CASE(misuse_double_free_cached_stack_refused)
{
	double_free(t, QUARRY_LEVEL_STACK, true, false);
}

QT_CASE(misuse_double_free_flushed_site_refused)
{
	double_free(t, QUARRY_LEVEL_SITE, true, true);
}

QT_CASE(misuse_double_free_flushed_off_refused)
{
	double_free(t, QUARRY_LEVEL_OFF, true, true);
}

QT_CASE(misuse_double_free_flushed_stack_refused)
{
	double_free(t, QUARRY_LEVEL_STACK, true, true);
}

QT_CASE(misuse_double_free_wherever_it_is_refused)
{
	struct quarry_cache *cache = qt_cache(t, 80, 0, 0, NULL);
	static void *object[300];
	unsigned int i;
	u64 seq;

	if (!cache)
		return;
	QT_EXPECT_EQ(t, qt_fill(cache, object, 300), 300);
	qt_empty(cache, object, 299);
	/* Wherever each is by now: magazine, depot, slab. */
	for (i = 0; i < 299; i += 7) {
		if (quarry_cache_of(object[i]) != cache)
			continue;
		seq = qr_event_last();
		quarry_cache_free(cache, object[i]);
		QT_EXPECT_EVENT(t, seq, QR_EVENT_DOUBLE_FREE);
	}
	expect_sound(t, cache, 1);
	quarry_cache_free(cache, object[299]);
}

QT_CASE(misuse_free_into_returned_slab_refused)
{
	struct quarry_cache *cache = qt_cache(t, 80, 0, 0, NULL);
	void *object;
	u64 seq;

	if (!cache)
		return;
	object = quarry_cache_alloc(cache, GFP_KERNEL);
	quarry_cache_free(cache, object);
	quarry_cache_shrink(cache);
	QT_EXPECT_EQ(t, qt_count(t, cache).slabs, 0);
	seq = qr_event_last();
	quarry_cache_free(cache, object);
	QT_EXPECT_EVENT(t, seq, QR_EVENT_INVALID_FREE);
	QT_EXPECT_EQ(t, t->event.address, object);
	expect_sound(t, cache, 0);
}

/* Frees @address, which is nobody's, and expects that it is refused. */
static void free_foreign(struct qt *t, void *address)
{
	struct quarry_cache *cache = qt_cache(t, 80, 0, 0, NULL);
	u64 seq = qr_event_last();

	if (!cache)
		return;
	quarry_cache_free(cache, address);
	QT_EXPECT_EVENT(t, seq, QR_EVENT_INVALID_FREE);
	QT_EXPECT_EQ(t, t->event.address, address);
	QT_EXPECT_EQ(t, qt_count(t, cache).frees, 0);
	expect_sound(t, cache, 0);
}

QT_CASE(misuse_free_of_stack_refused)
{
	char on_stack[16];

	on_stack[0] = 1;
	free_foreign(t, on_stack);
	QT_EXPECT_EQ(t, on_stack[0], 1);
}

QT_CASE(misuse_free_of_static_refused)
{
	static char in_data[16] = { 1 };

	free_foreign(t, in_data);
	QT_EXPECT_EQ(t, in_data[0], 1);
}

QT_CASE(misuse_free_of_function_refused)
{
	free_foreign(t, (void *)qt_random);
}

QT_CASE(misuse_free_of_others_block_refused)
{
	char *block = qt_foreign_alloc(100);

	if (!QT_EXPECT_PTR(t, block))
		return;
	memset(block, 0x77, 100);
	free_foreign(t, block);
	QT_EXPECT_BYTES(t, block, 0x77, 100);
	qt_foreign_free(block);
}

QT_CASE(misuse_free_of_user_address_refused)
{
	free_foreign(t, qt_user_address());
}

QT_CASE(misuse_free_in_null_page_refused)
{
	free_foreign(t, (void *)8UL);
	free_foreign(t, (void *)0xffUL);
}

QT_CASE(misuse_free_of_zero_pointer_refused)
{
	free_foreign(t, QUARRY_ZERO_PTR);
}

QT_CASE(misuse_free_of_error_pointer_refused)
{
	free_foreign(t, ERR_PTR(-ENOMEM));
	free_foreign(t, (void *)-1L);
}

QT_CASE(misuse_free_of_non_canonical_refused)
{
	free_foreign(t, (void *)0x8000000000000000UL);
	free_foreign(t, (void *)0x0000800000000000UL);
}

QT_CASE(misuse_free_of_cache_itself_refused)
{
	struct quarry_cache *cache = qt_cache(t, 80, 0, 0, NULL);

	if (cache)
		free_foreign(t, cache);
}

QT_CASE(misuse_free_of_random_addresses_refused)
{
	struct quarry_cache *cache = qt_cache(t, 80, 0, 0, NULL);
	unsigned long invalid = qr_event_count(QR_EVENT_INVALID_FREE);
	unsigned int i;

	if (!cache)
		return;
	for (i = 0; i < 1000; i++) {
		unsigned long at = ((u64)qt_random(t) << 32) | qt_random(t);

		if (i & 1)
			at |= 0xffff800000000000UL;
		quarry_cache_free(cache, (void *)at);
	}
	QT_EXPECT_EQ(t, qr_event_count(QR_EVENT_INVALID_FREE) - invalid, 1000);
	expect_sound(t, cache, 0);
}

static void free_middle(struct qt *t, bool warm)
{
	static const unsigned int offset[] = { 1, 8, 40, 79 };
	struct quarry_cache *cache;
	void *keep[3];
	unsigned int i;

	cache = warm_cache(t, QUARRY_LEVEL_SITE, warm, keep);
	if (!cache)
		return;
	for (i = 0; i < ARRAY_SIZE(offset); i++) {
		u64 seq = qr_event_last();

		quarry_cache_free(cache, keep[1] + offset[i]);
		QT_EXPECT_EVENT(t, seq, QR_EVENT_INVALID_FREE);
		QT_EXPECT_EQ(t, t->event.offset, offset[i]);
	}
	QT_EXPECT_EQ(t, qt_count(t, cache).live, 3);
	qt_empty(cache, keep, 3);
	expect_sound(t, cache, 0);
}

QT_CASE(misuse_free_of_middle_cold_refused)
{
	free_middle(t, false);
}

QT_CASE(misuse_free_of_middle_warm_refused)
{
	free_middle(t, true);
}

QT_CASE(misuse_free_of_slab_tail_refused)
{
	/* 3 objects of 1336 leave 88 bytes in a page; other orders differ. */
	struct quarry_cache *cache = qt_cache(t, 1336, 0, 0, NULL);
	struct qr_slab *slab;
	unsigned long end;
	void *object;
	u64 seq;

	if (!cache)
		return;
	object = quarry_cache_alloc(cache, GFP_KERNEL);
	slab = qt_slab(object);
	if (!QT_EXPECT_PTR(t, slab))
		return;
	end = (unsigned long)slab->pages + slab->nr_pages * PAGE_SIZE - 8;
	if (end >= slab->base + slab->objects * (unsigned long)slab->size) {
		seq = qr_event_last();
		quarry_cache_free(cache, (void *)end);
		QT_EXPECT_EVENT(t, seq, QR_EVENT_INVALID_FREE);
	}
	quarry_cache_free(cache, object);
	expect_sound(t, cache, 0);
}

QT_CASE(misuse_free_to_wrong_cache_refused)
{
	struct quarry_cache *mine = qt_cache(t, 80, 0, 0, NULL);
	struct quarry_cache *other = qt_cache(t, 80, 0, 0, NULL);
	void *object, *keep;
	u64 seq;

	if (!mine || !other)
		return;
	/* The other cache has magazines of its own by now. */
	keep = quarry_cache_alloc(other, GFP_KERNEL);
	quarry_cache_free(other, keep);
	object = quarry_cache_alloc(mine, GFP_KERNEL);
	memset(object, 0x31, 80);
	seq = qr_event_last();
	quarry_cache_free(other, object);
	QT_EXPECT_EVENT(t, seq, QR_EVENT_WRONG_OWNER);
	QT_EXPECT_EQ(t, t->event.address, object);
	QT_EXPECT_BYTES(t, object, 0x31, 80);
	QT_EXPECT_EQ(t, qt_count(t, mine).live, 1);
	QT_EXPECT_EQ(t, quarry_cache_of(object), mine);
	quarry_cache_free(mine, object);
	expect_sound(t, mine, 0);
	expect_sound(t, other, 0);
}

QT_CASE(misuse_cache_object_to_quarry_free)
{
	struct quarry_cache *cache = qt_cache(t, 80, 0, 0, NULL);
	void *object;
	u64 seq;

	if (!cache)
		return;
	object = quarry_cache_alloc(cache, GFP_KERNEL);
	seq = qr_event_last();
	quarry_free(object);
	QT_EXPECT_EVENT(t, seq, QR_EVENT_WRONG_OWNER);
	QT_EXPECT_EQ(t, qt_count(t, cache).live, 1);
	quarry_cache_free(cache, object);
	expect_sound(t, cache, 0);
}

QT_CASE(misuse_heap_block_to_cache_free)
{
	struct quarry_cache *cache = qt_cache(t, 80, 0, 0, NULL);
	char *block = quarry_alloc(80, GFP_KERNEL);
	u64 seq = qr_event_last();

	if (!cache || !QT_EXPECT_PTR(t, block))
		return;
	memset(block, 0x13, 80);
	quarry_cache_free(cache, block);
	QT_EXPECT_EVENT(t, seq, QR_EVENT_WRONG_OWNER);
	QT_EXPECT_BYTES(t, block, 0x13, 80);
	quarry_free(block);
	expect_sound(t, cache, 0);
}

/* Tag of @object, which is in a slab of level site. */
static u64 *tag_of(void *object)
{
	struct qr_slab *slab = qt_slab(object);

	return qr_tag_at(slab, qr_slab_index(slab, (unsigned long)object));
}

QT_CASE(misuse_cached_tag_damage_found)
{
	struct quarry_cache *cache = qt_cache(t, 80, 0, 0, NULL);
	void *object, *next;
	u64 seq;

	if (!cache)
		return;
	qt_warm(cache);
	object = quarry_cache_alloc(cache, GFP_KERNEL);
	quarry_cache_free(cache, object);
	*tag_of(object) = 0x123456789UL;
	seq = qr_event_last();
	next = quarry_cache_alloc(cache, GFP_KERNEL);
	QT_EXPECT_EVENT(t, seq, QR_EVENT_BAD_TAG);
	QT_EXPECT_EQ(t, t->event.address, object);
	QT_EXPECT_NE(t, next, object);
	quarry_cache_free(cache, next);
	/* By its tag it is live, and so it can be given back. */
	quarry_cache_free(cache, object);
	QT_EXPECT_EQ(t, qt_count(t, cache).live, 0);
	quarry_cache_shrink(cache);
	qt_count(t, cache);
}

QT_CASE(misuse_free_tag_damage_found)
{
	struct quarry_cache *cache = qt_cache(t, 80, 0, 0, NULL);
	void *keep, *object, *next[100];
	unsigned int i, nr;
	u64 seq;

	if (!cache)
		return;
	keep = quarry_cache_alloc(cache, GFP_KERNEL);
	object = quarry_cache_alloc(cache, GFP_KERNEL);
	quarry_cache_free(cache, object);
	quarry_cache_shrink(cache);
	*tag_of(object) = 0x123456789UL;
	seq = qr_event_last();
	nr = qt_fill(cache, next, 100);
	QT_EXPECT_EQ(t, nr, 100);
	/* Seen under a lock, it is told of by and by, its slab pinned. */
	for (i = 0; i < 500 && (qr_event_last() == seq ||
				READ_ONCE(qt_slab(object)->pins)); i++)
		msleep(10);
	QT_EXPECT_EVENT(t, seq, QR_EVENT_BAD_TAG);
	for (i = 0; i < nr; i++)
		QT_EXPECT_NE(t, next[i], object);
	qt_empty(cache, next, nr);
	quarry_cache_free(cache, object);
	quarry_cache_free(cache, keep);
	QT_EXPECT_EQ(t, qt_count(t, cache).live, 0);
}
