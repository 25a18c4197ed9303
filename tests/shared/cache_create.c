// SPDX-License-Identifier: GPL-2.0-only
/*
 * cache_create.c - cases: making and ending caches, and refusing bad names,
 * sizes, alignments and flags.
 */

#include "qt.h"
#include "cases.h"
#include "site.h"
#include "meta.h"

static long create_error(const char *name, size_t size, size_t align,
			 unsigned long flags)
{
	struct quarry_cache *cache;

	cache = quarry_cache_create(name, size, align, flags, NULL);
	if (IS_ERR(cache))
		return PTR_ERR(cache);
	if (!cache)
		return 1;
	quarry_cache_destroy(cache);
	return 0;
}

static long name_error(const char *name)
{
	return create_error(name, 64, 0, 0);
}

QT_CASE(cache_create_name_null_refused)
{
	QT_EXPECT_EQ(t, name_error(NULL), -EINVAL);
}

QT_CASE(cache_create_name_empty_refused)
{
	QT_EXPECT_EQ(t, name_error(""), -EINVAL);
}

QT_CASE(cache_create_name_63_bytes_accepted)
{
	char name[QUARRY_NAME_MAX + 1];
	struct quarry_cache *cache;

	memset(name, 'n', QUARRY_NAME_MAX);
	name[QUARRY_NAME_MAX] = '\0';
	cache = quarry_cache_create(name, 64, 0, 0, NULL);
	if (!QT_EXPECT_FALSE(t, IS_ERR(cache)))
		return;
	QT_EXPECT_STREQ(t, quarry_cache_name(cache), name);
	QT_EXPECT_EQ(t, quarry_cache_destroy(cache), 0);
}

QT_CASE(cache_create_name_64_bytes_refused)
{
	char name[QUARRY_NAME_MAX + 2];

	memset(name, 'n', QUARRY_NAME_MAX + 1);
	name[QUARRY_NAME_MAX + 1] = '\0';
	QT_EXPECT_EQ(t, name_error(name), -EINVAL);
}

QT_CASE(cache_create_name_slash_refused)
{
	QT_EXPECT_EQ(t, name_error("a/b"), -EINVAL);
	QT_EXPECT_EQ(t, name_error("/"), -EINVAL);
	QT_EXPECT_EQ(t, name_error("end/"), -EINVAL);
}

QT_CASE(cache_create_name_dots_refused)
{
	QT_EXPECT_EQ(t, name_error("."), -EINVAL);
	QT_EXPECT_EQ(t, name_error(".."), -EINVAL);
}

QT_CASE(cache_create_name_white_space_refused)
{
	static const char space[] = " \t\n\v\f\r";
	char name[] = "a?b";
	unsigned int i;

	for (i = 0; space[i]; i++) {
		name[1] = space[i];
		QT_EXPECT_EQ(t, name_error(name), -EINVAL);
	}
	QT_EXPECT_EQ(t, name_error(" a"), -EINVAL);
	QT_EXPECT_EQ(t, name_error("a "), -EINVAL);
}

QT_CASE(cache_create_name_control_refused)
{
	char name[] = "a?b";
	int c;

	for (c = 1; c < 32; c++) {
		name[1] = c;
		QT_EXPECT_EQ(t, name_error(name), -EINVAL);
	}
	name[1] = 0x7f;
	QT_EXPECT_EQ(t, name_error(name), -EINVAL);
}

QT_CASE(cache_create_name_in_use_refused)
{
	struct quarry_cache *cache = qt_cache(t, 64, 0, 0, NULL);

	if (cache)
		QT_EXPECT_EQ(t, name_error(quarry_cache_name(cache)), -EEXIST);
}

QT_CASE(cache_create_name_of_destroyed_accepted)
{
	QT_EXPECT_EQ(t, name_error("qt-again"), 0);
	QT_EXPECT_EQ(t, name_error("qt-again"), 0);
}

QT_CASE(cache_create_name_is_copied)
{
	char name[] = "qt-copied";
	struct quarry_cache *cache;

	cache = quarry_cache_create(name, 64, 0, 0, NULL);
	if (!QT_EXPECT_FALSE(t, IS_ERR(cache)))
		return;
	name[0] = 'X';
	QT_EXPECT_STREQ(t, quarry_cache_name(cache), "qt-copied");
	QT_EXPECT_EQ(t, quarry_cache_destroy(cache), 0);
}

QT_CASE(cache_create_size_zero_refused)
{
	QT_EXPECT_EQ(t, create_error("qt-size", 0, 0, 0), -EINVAL);
}

QT_CASE(cache_create_size_huge_refused)
{
	QT_EXPECT_EQ(t, create_error("qt-size", QUARRY_CACHE_SIZE_MAX + 1, 0,
				     0), -EINVAL);
	QT_EXPECT_EQ(t, create_error("qt-size", 1UL << 32, 0, 0), -EINVAL);
	QT_EXPECT_EQ(t, create_error("qt-size", (1UL << 32) + 64, 0, 0),
		     -EINVAL);
	QT_EXPECT_EQ(t, create_error("qt-size", SIZE_MAX, 0, 0), -EINVAL);
}

QT_CASE(cache_create_size_max_serves)
{
	struct quarry_cache *cache;
	char *object;

	cache = qt_cache(t, QUARRY_CACHE_SIZE_MAX, 0, 0, NULL);
	if (!cache)
		return;
	object = quarry_cache_alloc(cache, GFP_KERNEL);
	if (!QT_EXPECT_PTR(t, object))
		return;
	object[0] = 1;
	object[QUARRY_CACHE_SIZE_MAX - 1] = 1;
	quarry_cache_free(cache, object);
}

QT_CASE(cache_create_size_one_serves)
{
	struct quarry_cache *cache = qt_cache(t, 1, 0, 0, NULL);
	void *object[64];
	unsigned int nr, i;

	if (!cache)
		return;
	nr = qt_fill(cache, object, 64);
	QT_EXPECT_EQ(t, nr, 64);
	for (i = 0; i < nr; i++)
		*(u8 *)object[i] = i;
	for (i = 0; i < nr; i++)
		QT_EXPECT_EQ(t, *(u8 *)object[i], i);
	qt_empty(cache, object, nr);
}

QT_CASE(cache_create_align_not_power_refused)
{
	QT_EXPECT_EQ(t, create_error("qt-align", 64, 3, 0), -EINVAL);
	QT_EXPECT_EQ(t, create_error("qt-align", 64, 24, 0), -EINVAL);
	QT_EXPECT_EQ(t, create_error("qt-align", 64, SIZE_MAX, 0), -EINVAL);
}

QT_CASE(cache_create_align_huge_refused)
{
	QT_EXPECT_EQ(t, create_error("qt-align", 64, 2 * PAGE_SIZE, 0),
		     -EINVAL);
	QT_EXPECT_EQ(t, create_error("qt-align", 64, 1UL << 40, 0), -EINVAL);
	QT_EXPECT_EQ(t, create_error("qt-align", 64, 1UL << 63, 0), -EINVAL);
}

QT_CASE(cache_create_flags_unknown_refused)
{
	unsigned int bit;

	for (bit = 0; bit < BITS_PER_LONG; bit++) {
		if ((1UL << bit) & QUARRY_FLAGS_PUBLIC)
			continue;
		QT_EXPECT_EQ(t, create_error("qt-flags", 64, 0, 1UL << bit),
			     -EINVAL);
	}
}

QT_CASE(cache_create_refused_leaves_nothing)
{
	unsigned long free = qr_meta_held();

	create_error("qt-bad/name", 64, 0, 0);
	create_error("qt-size", 0, 0, 0);
	create_error("qt-align", 64, 3, 0);
	create_error("qt-flags", 64, 0, ~0UL);
	QT_EXPECT_EQ(t, qr_meta_held(), free);
}

QT_CASE(cache_size_reports_object_size)
{
	static const size_t size[] = { 1, 7, 8, 33, 100, 4096, 10000 };
	struct quarry_cache *cache;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(size); i++) {
		cache = qt_cache(t, size[i], 0, 0, NULL);
		if (cache)
			QT_EXPECT_EQ(t, quarry_cache_size(cache), size[i]);
	}
}

QT_CASE(cache_destroy_null_accepted)
{
	QT_EXPECT_EQ(t, quarry_cache_destroy(NULL), 0);
}

QT_CASE(cache_destroy_with_live_keeps_memory)
{
	struct quarry_cache *cache = qt_cache(t, 100, 0, 0, NULL);
	const struct qr_site *site;
	u64 seq = qr_event_last();
	char *object;

	if (!cache)
		return;
	object = quarry_cache_alloc(cache, GFP_KERNEL);
	if (!QT_EXPECT_PTR(t, object))
		return;
	memset(object, 0x5a, 100);
	qt_forget_cache(t, cache);
	QT_EXPECT_EQ(t, quarry_cache_destroy(cache), -EBUSY);
	QT_EXPECT_EVENT(t, seq, QR_EVENT_LIVE_AT_DESTROY);
	QT_EXPECT_EQ(t, t->event.objects, 1);
	site = qr_site_get(t->event.site);
	if (QT_EXPECT_PTR(t, site))
		QT_EXPECT_STREQ(t, site->func, __func__);
	QT_EXPECT_BYTES(t, object, 0x5a, 100);
	QT_EXPECT_EQ(t, quarry_cache_of(object), cache);
	QT_EXPECT_FALSE(t, qt_cache_gone(cache, 0));
	quarry_cache_free(cache, object);
	QT_EXPECT_TRUE(t, qt_cache_gone(cache, 5000));
}

QT_CASE(cache_destroyed_with_live_serves_no_more)
{
	struct quarry_cache *cache = qt_cache(t, 100, 0, 0, NULL);
	void *object, *more;
	u64 seq;

	if (!cache)
		return;
	object = quarry_cache_alloc(cache, GFP_KERNEL);
	qt_forget_cache(t, cache);
	QT_EXPECT_EQ(t, quarry_cache_destroy(cache), -EBUSY);
	seq = qr_event_last();
	more = quarry_cache_alloc(cache, GFP_KERNEL);
	QT_EXPECT_NULL(t, more);
	QT_EXPECT_EVENT(t, seq, QR_EVENT_DEAD);
	QT_EXPECT_EQ(t, quarry_cache_alloc_bulk(cache, GFP_KERNEL, 1, &more),
		     0);
	QT_EXPECT_NULL(t, quarry_cache_alloc_node(cache, GFP_KERNEL, 0));
	quarry_cache_free(cache, object);
	QT_EXPECT_TRUE(t, qt_cache_gone(cache, 5000));
}

QT_CASE(cache_destroyed_with_live_name_is_free)
{
	struct quarry_cache *cache, *again;
	void *object;

	cache = quarry_cache_create("qt-twice", 64, 0, 0, NULL);
	if (!QT_EXPECT_FALSE(t, IS_ERR(cache)))
		return;
	object = quarry_cache_alloc(cache, GFP_KERNEL);
	QT_EXPECT_EQ(t, quarry_cache_destroy(cache), -EBUSY);
	again = quarry_cache_create("qt-twice", 64, 0, 0, NULL);
	QT_EXPECT_FALSE(t, IS_ERR(again));
	quarry_cache_free(cache, object);
	QT_EXPECT_TRUE(t, qt_cache_gone(cache, 5000));
	if (!IS_ERR(again))
		QT_EXPECT_EQ(t, quarry_cache_destroy(again), 0);
}
