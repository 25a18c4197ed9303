// SPDX-License-Identifier: GPL-2.0-only
/*
 * raced.c - cases: an object that two CPUs free at once, each before it sees the
 * other do it.  One CPU plays both: what the second has seen is put back.
 */
#include <linux/delay.h>
#include <linux/nodemask.h>
#include <linux/rcupdate.h>

#include "qt.h"
#include "cases.h"
#include "found.h"
#include "cache.h"
#include "layout.h"
#include "magazine.h"
#include "slab.h"

#define BYTES		80
#define MANY		600
#define WAIT_MS		5000

/* Too many for a kernel's stack. */
static void *object[MANY];

static u64 *tag_of(const void *at)
{
	struct qr_slab *slab = qt_slab(at);

	return qr_tag_at(slab, qr_slab_index(slab, (unsigned long)at));
}

/* Neither CPU sees the other: it is in magazines twice. */
static void free_twice_unseen(struct quarry_cache *cache, void *at)
{
	u64 *tag = tag_of(at), was = *tag;

	quarry_cache_free(cache, at);
	*tag = was;
	quarry_cache_free(cache, at);
}

static bool is_pinned(unsigned long address)
{
	struct qr_slab *slab = qt_slab((void *)address);

	return slab && READ_ONCE(slab->pins);
}

/*
 * One that is numbered is still being written for a moment, and its slab pinned
 * for another.
 */
static bool wait_for_finding(u64 nr)
{
	unsigned int ms;

	for (ms = 0; ms < WAIT_MS && (!qr_finding_next(nr, &found) ||
				      is_pinned(found.object)); ms += 10)
		msleep(10);
	return ms < WAIT_MS;
}

/* Every one of them is an object of @cache, and none is there twice. */
static void expect_distinct(struct qt *t, struct quarry_cache *cache)
{
	unsigned int i;

	for (i = 0; i < MANY; i++)
		memset(object[i], 0, BYTES);
	for (i = 0; i < MANY; i++) {
		QT_EXPECT_EQ(t, quarry_cache_of(object[i]), cache);
		QT_EXPECT_EQ(t, (*(unsigned long *)object[i])++, 0);
	}
}

QT_CASE(raced_free_in_slabs_found)
{
	struct quarry_cache *cache = qt_cache(t, BYTES, 0, 0, NULL);
	void *freed, *keep;
	u64 nr;

	if (!cache)
		return;
	qt_warm(cache);
	keep = quarry_cache_alloc(cache, GFP_KERNEL);
	freed = quarry_cache_alloc(cache, GFP_KERNEL);
	nr = qr_finding_last();
	free_twice_unseen(cache, freed);
	quarry_cache_shrink(cache);
	QT_EXPECT_TRUE(t, wait_for_finding(nr));
	found_one(t, nr, QR_EVENT_DOUBLE_FREE);
	QT_EXPECT_EQ(t, found.object, freed);
	/* Keeps what is live, and counts right. */
	QT_EXPECT_EQ(t, quarry_cache_of(keep), cache);
	QT_EXPECT_EQ(t, qt_count(t, cache).live, 1);
	quarry_cache_free(cache, keep);
}

QT_CASE(raced_free_in_use_found)
{
	struct quarry_cache *cache = qt_cache(t, BYTES, 0, 0, NULL);
	void *freed, *again[2], *keep;
	u64 nr;

	if (!cache)
		return;
	qt_warm(cache);
	keep = quarry_cache_alloc(cache, GFP_KERNEL);
	freed = quarry_cache_alloc(cache, GFP_KERNEL);
	free_twice_unseen(cache, freed);
	nr = qr_finding_last();
	again[0] = quarry_cache_alloc(cache, GFP_KERNEL);
	again[1] = quarry_cache_alloc(cache, GFP_KERNEL);
	QT_EXPECT_EQ(t, again[0], freed);
	QT_EXPECT_NE(t, again[1], freed);
	found_one(t, nr, QR_EVENT_BAD_TAG);
	qt_empty(cache, again, 2);
	quarry_cache_free(cache, keep);
	QT_EXPECT_EQ(t, qt_count(t, cache).live, 0);
}

/* The one that was first has it: the entry of the other is stale. */
QT_CASE(raced_free_stale_entry_is_not_believed)
{
	struct quarry_cache *cache = qt_cache(t, BYTES, 0, 0, NULL);
	void *freed, *other, *keep;
	u64 *tag, first, nr;

	if (!cache)
		return;
	qt_warm(cache);
	keep = quarry_cache_alloc(cache, GFP_KERNEL);
	freed = quarry_cache_alloc(cache, GFP_KERNEL);
	tag = tag_of(freed);
	free_twice_unseen(cache, freed);
	first = *tag - sizeof(struct qr_entry);
	nr = qr_finding_last();
	*tag = first;
	other = quarry_cache_alloc(cache, GFP_KERNEL);
	found_one(t, nr, QR_EVENT_BAD_TAG);
	/* The stale one is passed over; the next is the first one's. */
	QT_EXPECT_EQ(t, other, freed);
	quarry_cache_free(cache, other);
	quarry_cache_free(cache, keep);
	QT_EXPECT_EQ(t, qt_count(t, cache).live, 0);
}

/* In small magazines, whose rounds move to larger ones. */
QT_CASE(raced_free_survives_larger_magazines)
{
	struct quarry_cache *cache = qt_cache(t, BYTES, 0, 0, NULL);
	u64 nr = qr_finding_last();

	if (!cache || qt_fill(cache, object, MANY) != MANY)
		return;
	qt_empty(cache, object, 8);
	free_twice_unseen(cache, object[8]);
	qt_empty(cache, object + 9, MANY - 9);
	quarry_cache_shrink(cache);
	QT_EXPECT_TRUE(t, wait_for_finding(nr));
	QT_EXPECT_EQ(t, qt_count(t, cache).live, 0);
	QT_EXPECT_EQ(t, qt_fill(cache, object, MANY), MANY);
	expect_distinct(t, cache);
	qt_empty(cache, object, MANY);
}

/* Empty slabs that nothing is cached of. */
static void drain_depots(struct quarry_cache *cache)
{
	LIST_HEAD(doomed);
	int nid;

	for_each_node(nid) {
		struct qr_node *node = cache->node[nid];

		qr_magazines_dissolve(node, qr_depot_drain(&node->depot),
				      &doomed);
	}
	qr_slab_release(&doomed);
}

static void retire_empty(struct quarry_cache *cache, struct list_head *doomed)
{
	int nid;

	for_each_node(nid)
		qr_slab_trim(cache->node[nid], 0, doomed);
}

static void *find_retired(void)
{
	unsigned int i;

	for (i = 0; i < MANY; i++) {
		struct qr_slab *slab = qt_slab(object[i]);

		if (slab && slab->pins == QR_SLAB_GONE)
			return object[i];
	}
	return NULL;
}

/*
 * The second comes so late that the object's slab is on its way to the page
 * allocator.  It has looked the slab up, so that it cannot go yet; and then it
 * stays, because somebody has one of its objects.
 */
QT_CASE(raced_free_of_slab_that_goes_keeps_it)
{
	struct quarry_cache *cache = qt_cache(t, BYTES, 0, 0, NULL);
	void *keep, *late;
	u64 nr = qr_finding_last(), was;
	LIST_HEAD(doomed);

	if (!cache || qt_fill(cache, object, MANY) != MANY)
		return;
	was = *tag_of(object[0]);
	qt_empty(cache, object, MANY);
	/* Room in the magazine for the late one. */
	keep = quarry_cache_alloc(cache, GFP_KERNEL);
	drain_depots(cache);
	rcu_read_lock();
	retire_empty(cache, &doomed);
	late = find_retired();
	if (late) {
		*tag_of(late) = was;
		quarry_cache_free(cache, late);
	}
	rcu_read_unlock();
	qr_slab_release(&doomed);
	QT_EXPECT_TRUE(t, late);
	rcu_barrier();
	QT_EXPECT_TRUE(t, wait_for_finding(nr));
	found_one(t, nr, QR_EVENT_DOUBLE_FREE);
	QT_EXPECT_EQ(t, found.object, late);
	quarry_cache_free(cache, keep);
	QT_EXPECT_EQ(t, qt_count(t, cache).live, 0);
	QT_EXPECT_EQ(t, qt_fill(cache, object, MANY), MANY);
	expect_distinct(t, cache);
	qt_empty(cache, object, MANY);
	quarry_cache_shrink(cache);
	QT_EXPECT_EQ(t, qt_count(t, cache).slabs, 0);
}
