// SPDX-License-Identifier: GPL-2.0-only
/*
 * event.c - cases: the ring of what happened keeps the newest, in order, with
 * who did what to which object.
 */

#include "qt.h"
#include "cases.h"
#include "site.h"

static void add(enum qr_event_kind kind, unsigned long bytes)
{
	struct qr_event event = {
		.kind = kind,
		.bytes = bytes,
		.quiet = true,
		.owner = "qt",
	};

	qr_event_add(&event);
}

QT_CASE(event_is_found_by_its_number)
{
	u64 seq = qr_event_last();

	add(QR_EVENT_FAILURE, 11);
	add(QR_EVENT_FAILURE, 22);
	QT_EXPECT_EQ(t, qr_event_last(), seq + 2);
	QT_EXPECT_TRUE(t, qr_event_get(seq + 1, &t->event));
	QT_EXPECT_EQ(t, t->event.seq, seq + 1);
	QT_EXPECT_EQ(t, t->event.bytes, 11);
	QT_EXPECT_STREQ(t, t->event.owner, "qt");
	QT_EXPECT_GT(t, t->event.time_ns, 0);
	QT_EXPECT_TRUE(t, qr_event_get(seq + 2, &t->event));
	QT_EXPECT_EQ(t, t->event.bytes, 22);
}

QT_CASE(event_unknown_number_is_not_found)
{
	u64 last = qr_event_last();

	QT_EXPECT_FALSE(t, qr_event_get(0, &t->event));
	QT_EXPECT_FALSE(t, qr_event_get(last + 1, &t->event));
	QT_EXPECT_FALSE(t, qr_event_get(~0ULL, &t->event));
}

QT_CASE(event_ring_forgets_the_oldest)
{
	u64 seq = qr_event_last();
	unsigned int i;

	for (i = 0; i < QR_EVENT_RING + 10; i++)
		add(QR_EVENT_FAILURE, i);
	QT_EXPECT_EQ(t, qr_event_last(), seq + QR_EVENT_RING + 10);
	QT_EXPECT_FALSE(t, qr_event_get(seq + 10, &t->event));
	QT_EXPECT_TRUE(t, qr_event_get(seq + 11, &t->event));
	QT_EXPECT_EQ(t, t->event.bytes, 10);
}

QT_CASE(event_counts_by_kind)
{
	unsigned long before = qr_event_count(QR_EVENT_OVERFLOW);
	unsigned long other = qr_event_count(QR_EVENT_DEAD);

	add(QR_EVENT_OVERFLOW, 1);
	add(QR_EVENT_OVERFLOW, 2);
	QT_EXPECT_EQ(t, qr_event_count(QR_EVENT_OVERFLOW), before + 2);
	QT_EXPECT_EQ(t, qr_event_count(QR_EVENT_DEAD), other);
}

QT_CASE(event_kinds_have_different_names)
{
	unsigned int i, j;

	for (i = 0; i < QR_NR_EVENTS; i++) {
		if (!QT_EXPECT_PTR(t, qr_event_name(i)))
			return;
		for (j = 0; j < i; j++)
			QT_EXPECT_NE(t, strcmp(qr_event_name(i),
					       qr_event_name(j)), 0);
	}
}

QT_CASE(event_of_double_free_names_both_sides)
{
	struct quarry_cache *cache = qt_cache(t, 80, 0, 0, NULL);
	void *object;
	u64 seq;

	if (!cache)
		return;
	object = quarry_cache_alloc(cache, GFP_KERNEL);
	quarry_cache_free(cache, object);
	seq = qr_event_last();
	quarry_cache_free(cache, object);
	QT_EXPECT_EVENT(t, seq, QR_EVENT_DOUBLE_FREE);
	QT_EXPECT_NE(t, t->event.caller, 0);
	QT_EXPECT_NE(t, t->event.caller_text[0], 0);
}

QT_CASE(event_of_middle_names_the_allocation)
{
	struct quarry_cache *cache = qt_cache(t, 80, 0, 0, NULL);
	const struct qr_site *site;
	char *object;
	u64 seq;

	if (!cache)
		return;
	object = quarry_cache_alloc(cache, GFP_KERNEL);
	seq = qr_event_last();
	quarry_cache_free(cache, object + 16);
	QT_EXPECT_EVENT(t, seq, QR_EVENT_INVALID_FREE);
	QT_EXPECT_EQ(t, t->event.offset, 16);
	site = qr_site_get(t->event.site);
	if (QT_EXPECT_PTR(t, site))
		QT_EXPECT_STREQ(t, site->func, __func__);
	quarry_cache_free(cache, object);
}
