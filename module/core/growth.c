// SPDX-License-Identifier: GPL-2.0-only
/*
 * growth.c - live objects by site, sampled now and then, to tell which sites
 * only ever own more.  The history spans the whole time since the first
 * sample: when it is full every other sample goes, and from then on samples
 * are taken half as often.
 *
 * Owns growth_lock, a mutex outside of all other locks, which protects the
 * history.  What is kept is bounded: see growth.h.
 */
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/sort.h>

#include "growth.h"
#include "inject.h"
#include "sums.h"
#include "walk.h"

#define NS_PER_MS	1000000U
#define MS_PER_HOUR	3600000ULL
/* Samples are not put off for longer than so many periods. */
#define STRIDE_MAX	(1U << 16)

struct amount {
	unsigned long objects;
	unsigned long bytes;
};

/* One site; of the samples, those from @first on are of it. */
struct row {
	u32 site;
	u32 first;
	/* Most there ever was, in samples that went as well. */
	struct amount peak;
	struct amount sample[QR_GROWTH_SAMPLES];
};

static DEFINE_MUTEX(growth_lock);
static struct {
	/* Periods from a sample to the next. */
	unsigned int stride;
	u32 nr;
	u64 time[QR_GROWTH_SAMPLES];
	/* NULL where there is none. */
	struct row *row[QR_GROWTH_SITES];
} history = { .stride = 1 };

/* ------------------------------------------------------------- sampling */

/* The samples that stay are 0, 2, 4...; of a row too, if it has them. */
static void history_halve(void)
{
	u32 i, site;

	lockdep_assert_held(&growth_lock);
	for (i = 0; i < history.nr / 2; i++)
		history.time[i] = history.time[2 * i];
	for (site = 0; site < QR_GROWTH_SITES; site++) {
		struct row *row = history.row[site];

		if (!row)
			continue;
		for (i = 0; i < history.nr / 2; i++)
			row->sample[i] = row->sample[2 * i];
		row->first = (row->first + 1) / 2;
	}
	history.nr /= 2;
	history.stride = min(history.stride * 2, STRIDE_MAX);
}

static void row_add(struct row *row, const struct qr_site_sum *sum)
{
	struct amount *sample = &row->sample[history.nr];

	sample->objects = sum->objects;
	sample->bytes = sum->given;
	row->peak.objects = max(row->peak.objects, sum->objects);
	row->peak.bytes = max(row->peak.bytes, sum->given);
}

/* Sites that are followed; each leaves @sums. */
static void rows_add(struct qr_site_sums *sums)
{
	u32 i;

	for (i = 0; i < QR_GROWTH_SITES; i++) {
		struct row *row = history.row[i];

		if (!row || row->site >= sums->nr)
			continue;
		row_add(row, &sums->sum[row->site]);
		sums->sum[row->site].objects = 0;
	}
}

/* Where a site of @bytes can go: no row yet, or the row that has least. */
static struct row **row_place(unsigned long bytes)
{
	struct row **place = NULL;
	u32 i;

	for (i = 0; i < QR_GROWTH_SITES; i++) {
		struct row *row = history.row[i];

		if (!row)
			return &history.row[i];
		if (row->sample[history.nr].bytes < bytes) {
			bytes = row->sample[history.nr].bytes;
			place = &history.row[i];
		}
	}
	return place;
}

/* Sites that are not followed yet, those with most bytes first. */
static void rows_create(struct qr_site_sums *sums)
{
	u32 i;

	qr_site_sums_sort(sums);
	for (i = 0; i < min_t(u32, sums->nr, QR_GROWTH_SITES); i++) {
		struct qr_site_sum *sum = &sums->sum[i];
		struct row **place = row_place(sum->given);
		struct row *row = place ? *place : NULL;

		if (!place)
			break;
		if (!row)
			row = qr_buffer_zalloc(1, sizeof(*row), GFP_KERNEL);
		if (!row)
			break;
		row->site = sum->site;
		row->first = history.nr;
		row->peak.objects = 0;
		row->peak.bytes = 0;
		row_add(row, sum);
		*place = row;
	}
}

unsigned int qr_growth_sample(u64 now)
{
	struct qr_site_sums sums;
	unsigned int stride;

	mutex_lock(&growth_lock);
	/* Without memory for it, there is a sample less. */
	if (!qr_site_sums_init(&sums)) {
		qr_site_sums_add_all(&sums);
		if (history.nr == QR_GROWTH_SAMPLES)
			history_halve();
		history.time[history.nr] = now;
		rows_add(&sums);
		rows_create(&sums);
		history.nr++;
		qr_site_sums_free(&sums);
	}
	stride = history.stride;
	mutex_unlock(&growth_lock);
	return stride;
}

void qr_growth_exit(void)
{
	u32 i;

	mutex_lock(&growth_lock);
	for (i = 0; i < QR_GROWTH_SITES; i++) {
		kvfree(history.row[i]);
		history.row[i] = NULL;
	}
	history.nr = 0;
	history.stride = 1;
	mutex_unlock(&growth_lock);
}

/* ------------------------------------------------------------ judgement */

/* What came in @ms, by the hour. */
static long per_hour(unsigned long first, unsigned long last, u64 ms)
{
	u64 more = last > first ? last - first : first - last;
	long rate;

	rate = mul_u64_u64_div_u64(more, MS_PER_HOUR, max_t(u64, ms, 1));
	return last > first ? rate : -rate;
}

/* Whether @row rises; then it is told in @growth. */
static bool row_rises(const struct row *row, struct qr_growth *growth)
{
	const struct amount *first = &row->sample[row->first];
	const struct amount *last = &row->sample[history.nr - 1];
	u64 ms;

	if (history.nr - row->first < QR_GROWTH_MIN)
		return false;
	if (!(last->objects > first->objects &&
	      last->objects >= row->peak.objects) &&
	    !(last->bytes > first->bytes && last->bytes >= row->peak.bytes))
		return false;
	ms = div_u64(history.time[history.nr - 1] - history.time[row->first],
		     NS_PER_MS);
	*growth = (struct qr_growth) {
		.site = row->site,
		.samples = history.nr - row->first,
		.objects = last->objects,
		.bytes = last->bytes,
		.objects_per_hour = per_hour(first->objects, last->objects, ms),
		.bytes_per_hour = per_hour(first->bytes, last->bytes, ms),
		.until_budget_s = -1,
	};
	return true;
}

static int faster_first(const void *a, const void *b)
{
	const struct qr_growth *x = a, *y = b;

	if (x->bytes_per_hour != y->bytes_per_hour)
		return x->bytes_per_hour < y->bytes_per_hour ? 1 : -1;
	return x->site < y->site ? -1 : x->site > y->site;
}

static void list_fill(struct qr_growth_list *list)
{
	u32 i;

	mutex_lock(&growth_lock);
	list->samples = history.nr;
	if (history.nr)
		list->span_s = div_u64(history.time[history.nr - 1] -
				       history.time[0], 1000 * NS_PER_MS);
	for (i = 0; i < QR_GROWTH_SITES; i++)
		if (history.row[i] &&
		    row_rises(history.row[i], &list->growth[list->nr]))
			list->nr++;
	mutex_unlock(&growth_lock);
	sort(list->growth, list->nr, sizeof(list->growth[0]), faster_first,
	     NULL);
}

/* Whether @growth has objects in what was summed up. */
static bool is_among(const struct qr_growth *growth,
		     const struct qr_site_sums *sums)
{
	return growth->site < sums->nr && sums->sum[growth->site].objects;
}

/* Bytes an hour that all rising sites of @sums take together. */
static u64 rate_of(const struct qr_growth_list *list,
		   const struct qr_site_sums *sums)
{
	u64 rate = 0;
	u32 i;

	for (i = 0; i < list->nr; i++)
		if (is_among(&list->growth[i], sums) &&
		    list->growth[i].bytes_per_hour > 0)
			rate += list->growth[i].bytes_per_hour;
	return rate;
}

/* Of a heap with a limit: how long it lasts, told to its rising sites. */
static void heap_lasts(struct qr_growth_list *list, struct quarry_heap *heap)
{
	unsigned long limit = READ_ONCE(heap->budget.limit);
	unsigned long held = atomic_long_read(&heap->budget.held);
	struct qr_site_sums sums;
	u64 rate;
	s64 secs;
	u32 i;

	if (!limit || qr_site_sums_init(&sums))
		return;
	qr_site_sums_add_heap(&sums, heap);
	rate = rate_of(list, &sums);
	secs = held >= limit || !rate ? 0 :
		div64_u64((limit - held) * (MS_PER_HOUR / 1000), rate);
	for (i = 0; i < list->nr && rate; i++) {
		struct qr_growth *growth = &list->growth[i];

		if (is_among(growth, &sums) && (growth->until_budget_s < 0 ||
						growth->until_budget_s > secs))
			growth->until_budget_s = secs;
	}
	qr_site_sums_free(&sums);
}

struct qr_growth_list *qr_growth_rising(void)
{
	struct quarry_heap *heap = NULL;
	struct qr_growth_list *list;

	list = qr_buffer_zalloc(1, sizeof(*list), GFP_KERNEL);
	if (!list)
		return NULL;
	list_fill(list);
	while (list->nr && (heap = qr_walk_next_heap(heap)))
		heap_lasts(list, heap);
	return list;
}
