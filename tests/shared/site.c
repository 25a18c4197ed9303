// SPDX-License-Identifier: GPL-2.0-only
/*
 * site.c - cases: every live object is charged to the call that allocated it,
 * with objects, bytes asked for, bytes given and age.
 */
#include <linux/delay.h>
#include <linux/jiffies.h>

#include "qt.h"
#include "cases.h"
#include "site.h"
#include "sums.h"
#include "sums.h"

static void sums_of_cache(struct qt *t, struct qr_site_sums *sums,
			  struct quarry_cache *cache)
{
	memset(sums, 0, sizeof(*sums));
	if (QT_EXPECT_EQ(t, qr_site_sums_init(sums), 0))
		qr_site_sums_add_cache(sums, cache);
}

static void sums_of_heap(struct qt *t, struct qr_site_sums *sums,
			 struct quarry_heap *heap)
{
	memset(sums, 0, sizeof(*sums));
	if (QT_EXPECT_EQ(t, qr_site_sums_init(sums), 0))
		qr_site_sums_add_heap(sums, heap);
}

/* What lives by call @line of this file; zeroes when there is nothing. */
static struct qr_site_sum sum_of_line(const struct qr_site_sums *sums,
				      unsigned int line)
{
	struct qr_site_sum none = { 0 };
	u32 i;

	for (i = 0; i < sums->nr; i++) {
		const struct qr_site *site = qr_site_get(sums->sum[i].site);

		if (sums->sum[i].objects && site && site->line == line &&
		    site->file && strstr(site->file, "site.c"))
			return sums->sum[i];
	}
	return none;
}

static unsigned long objects_in(const struct qr_site_sums *sums)
{
	unsigned long objects = 0;
	u32 i;

	for (i = 0; i < sums->nr; i++)
		objects += sums->sum[i].objects;
	return objects;
}

QT_CASE(site_counts_objects_of_each_call)
{
	struct quarry_cache *cache = qt_cache(t, 96, 0, 0, NULL);
	unsigned int first, second, i;
	struct qr_site_sum sum;
	struct qr_site_sums sums;
	void *object[30];

	if (!cache)
		return;
	for (i = 0; i < 20; i++) {
		first = __LINE__; object[i] = quarry_cache_alloc(cache, GFP_KERNEL);
	}
	for (; i < 30; i++) {
		second = __LINE__; object[i] = quarry_cache_alloc(cache, GFP_KERNEL);
	}
	sums_of_cache(t, &sums, cache);
	sum = sum_of_line(&sums, first);
	QT_EXPECT_EQ(t, sum.objects, 20);
	QT_EXPECT_EQ(t, sum.asked, 20 * 96);
	QT_EXPECT_EQ(t, sum.given, 20 * 96);
	QT_EXPECT_EQ(t, sum_of_line(&sums, second).objects, 10);
	QT_EXPECT_EQ(t, objects_in(&sums), 30);
	qr_site_sums_free(&sums);
	qt_empty(cache, object, 30);
	sums_of_cache(t, &sums, cache);
	QT_EXPECT_EQ(t, objects_in(&sums), 0);
	qr_site_sums_free(&sums);
}

QT_CASE(site_counts_bytes_asked_and_given)
{
	struct quarry_heap *heap = qt_heap(t, 0);
	struct qr_site_sum sum;
	struct qr_site_sums sums;
	void *small[7], *large;
	unsigned int line, at, i;

	if (!heap)
		return;
	for (i = 0; i < 7; i++) {
		line = __LINE__; small[i] = quarry_heap_alloc(heap, 97, GFP_KERNEL);
	}
	at = __LINE__; large = quarry_heap_alloc(heap, 20000, GFP_KERNEL);
	sums_of_heap(t, &sums, heap);
	sum = sum_of_line(&sums, line);
	QT_EXPECT_EQ(t, sum.objects, 7);
	QT_EXPECT_EQ(t, sum.asked, 7 * 97);
	QT_EXPECT_EQ(t, sum.given, 7 * quarry_usable_size(small[0]));
	sum = sum_of_line(&sums, at);
	QT_EXPECT_EQ(t, sum.objects, 1);
	QT_EXPECT_EQ(t, sum.given, quarry_usable_size(large));
	QT_EXPECT_EQ(t, sum.asked, 20000);
	qr_site_sums_free(&sums);
	for (i = 0; i < 7; i++)
		quarry_free(small[i]);
	quarry_free(large);
}

QT_CASE(site_knows_file_function_and_module)
{
	void *block = quarry_alloc(50, GFP_KERNEL);
	unsigned int line = __LINE__ - 1;
	const struct qr_site *site;
	struct qr_site_sums sums;
	struct qr_site_sum sum;

	sums_of_heap(t, &sums, qr_default_heap);
	sum = sum_of_line(&sums, line);
	site = qr_site_get(sum.site);
	if (QT_EXPECT_PTR(t, site)) {
		QT_EXPECT_STREQ(t, site->func, __func__);
		QT_EXPECT_STREQ(t, site->module, KBUILD_MODNAME);
		QT_EXPECT_PTR(t, strstr(site->file, "site.c"));
		QT_EXPECT_EQ(t, site->address, 0);
	}
	qr_site_sums_free(&sums);
	quarry_free(block);
}

QT_CASE(site_by_return_address_without_record)
{
	void *(*alloc)(struct quarry_cache *, gfp_t) = quarry_cache_alloc;
	struct quarry_cache *cache = qt_cache(t, 96, 0, 0, NULL);
	const struct qr_site *site = NULL;
	struct qr_site_sums sums;
	void *object[6];
	unsigned int i;

	if (!cache)
		return;
	for (i = 0; i < 5; i++)
		object[i] = alloc(cache, GFP_KERNEL);
	object[5] = (quarry_cache_alloc)(cache, GFP_KERNEL);
	sums_of_cache(t, &sums, cache);
	qr_site_sums_sort(&sums);
	if (QT_EXPECT_EQ(t, sums.nr, 2)) {
		QT_EXPECT_EQ(t, sums.sum[0].objects, 5);
		QT_EXPECT_EQ(t, sums.sum[1].objects, 1);
		site = qr_site_get(sums.sum[0].site);
	}
	if (QT_EXPECT_PTR(t, site)) {
		QT_EXPECT_NE(t, site->address, 0);
		QT_EXPECT_EQ(t, qr_site_of_address(site->address) >>
				QR_TAG_SITE_SHIFT, site->id);
	}
	qr_site_sums_free(&sums);
	qt_empty(cache, object, 6);
}

QT_CASE(site_of_every_function_form_serves)
{
	struct quarry_cache *cache = qt_cache(t, 96, 0, 0, NULL);
	void *object[8];

	if (!cache)
		return;
	object[0] = (quarry_cache_alloc)(cache, GFP_KERNEL);
	object[1] = (quarry_cache_zalloc)(cache, GFP_KERNEL);
	object[2] = (quarry_cache_alloc_node)(cache, GFP_KERNEL, 0);
	QT_EXPECT_EQ(t, (quarry_cache_alloc_bulk)(cache, GFP_KERNEL, 5,
						  object + 3), 5);
	QT_EXPECT_BYTES(t, object[1], 0, 96);
	QT_EXPECT_EQ(t, qt_count(t, cache).live, 8);
	qt_empty(cache, object, 8);
	object[0] = (quarry_heap_alloc)(NULL, 10, GFP_KERNEL);
	object[0] = (quarry_heap_realloc)(NULL, object[0], 1000, GFP_KERNEL);
	object[1] = (quarry_heap_kvalloc)(NULL, 1000, GFP_KERNEL);
	object[2] = (quarry_alloc)(10, GFP_KERNEL);
	object[2] = (quarry_realloc)(object[2], 1000, GFP_KERNEL);
	object[3] = (quarry_zalloc)(10, GFP_KERNEL);
	object[4] = (quarry_kvalloc)(10, GFP_KERNEL);
	QT_EXPECT_BYTES(t, object[3], 0, 10);
	quarry_free(object[0]);
	quarry_free(object[1]);
	quarry_free(object[2]);
	quarry_free(object[3]);
	quarry_free(object[4]);
}

QT_CASE(site_level_off_keeps_none)
{
	struct quarry_cache *cache = qt_cache(t, 96, 0, 0, NULL);
	struct qr_site_sums sums;
	void *object[10];

	if (!cache)
		return;
	QT_EXPECT_EQ(t, quarry_cache_set_level(cache, QUARRY_LEVEL_OFF), 0);
	QT_EXPECT_EQ(t, qt_fill(cache, object, 10), 10);
	sums_of_cache(t, &sums, cache);
	if (QT_EXPECT_GT(t, sums.nr, 0))
		QT_EXPECT_EQ(t, sums.sum[0].objects, 10);
	QT_EXPECT_EQ(t, objects_in(&sums), 10);
	qr_site_sums_free(&sums);
	qt_empty(cache, object, 10);
}

QT_CASE(site_knows_the_oldest)
{
	struct quarry_cache *cache = qt_cache(t, 96, 0, 0, NULL);
	/* Births are of every other jiffy. */
	u32 before = jiffies & ~QR_TAG_LIVE, after;
	struct qr_site_sums sums;
	struct qr_site_sum sum;
	unsigned int line, i;
	void *object[2];

	if (!cache)
		return;
	for (i = 0; i < 2; i++) {
		line = __LINE__; object[i] = quarry_cache_alloc(cache, GFP_KERNEL);
		if (!i) {
			after = jiffies;
			msleep(60);
		}
	}
	sums_of_cache(t, &sums, cache);
	sum = sum_of_line(&sums, line);
	QT_EXPECT_EQ(t, sum.objects, 2);
	QT_EXPECT_GE(t, (s32)(sum.oldest - before), 0);
	QT_EXPECT_LE(t, (s32)(sum.oldest - after), 0);
	qr_site_sums_free(&sums);
	qt_empty(cache, object, 2);
}

QT_CASE(site_sums_sort_by_bytes)
{
	struct quarry_heap *heap = qt_heap(t, 0);
	struct qr_site_sums sums;
	void *block[3];
	u32 i;

	if (!heap)
		return;
	block[0] = quarry_heap_alloc(heap, 100, GFP_KERNEL);
	block[1] = quarry_heap_alloc(heap, 100000, GFP_KERNEL);
	block[2] = quarry_heap_alloc(heap, 1000, GFP_KERNEL);
	sums_of_heap(t, &sums, heap);
	qr_site_sums_sort(&sums);
	QT_EXPECT_EQ(t, sums.nr, 3);
	for (i = 1; i < sums.nr; i++)
		QT_EXPECT_GE(t, sums.sum[i - 1].given, sums.sum[i].given);
	qr_site_sums_free(&sums);
	for (i = 0; i < 3; i++)
		quarry_free(block[i]);
}

QT_CASE(site_realloc_charges_the_new_caller)
{
	struct quarry_heap *heap = qt_heap(t, 0);
	struct qr_site_sums sums;
	unsigned int line;
	void *block;

	if (!heap)
		return;
	block = quarry_heap_alloc(heap, 100, GFP_KERNEL);
	line = __LINE__; block = quarry_heap_realloc(heap, block, 5000, GFP_KERNEL);
	sums_of_heap(t, &sums, heap);
	QT_EXPECT_EQ(t, sum_of_line(&sums, line).objects, 1);
	QT_EXPECT_EQ(t, sum_of_line(&sums, line).asked, 5000);
	QT_EXPECT_EQ(t, objects_in(&sums), 1);
	qr_site_sums_free(&sums);
	quarry_free(block);
}

QT_CASE(site_realloc_in_place_updates_bytes)
{
	struct quarry_heap *heap = qt_heap(t, 0);
	struct qr_site_sums sums;
	unsigned long asked = 0;
	void *block, *same;
	u32 i;

	if (!heap)
		return;
	block = quarry_heap_alloc(heap, 112, GFP_KERNEL);
	same = quarry_heap_realloc(heap, block, 100, GFP_KERNEL);
	QT_EXPECT_EQ(t, same, block);
	sums_of_heap(t, &sums, heap);
	for (i = 0; i < sums.nr; i++)
		asked += sums.sum[i].asked;
	QT_EXPECT_EQ(t, asked, 100);
	qr_site_sums_free(&sums);
	quarry_free(same);
}
