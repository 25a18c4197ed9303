// SPDX-License-Identifier: GPL-2.0-only
/*
 * verdict.c - what a scan has found: garbage parted into lost and indirect,
 * added up by site, and kept until the next scan.  Owns verdict_lock.
 *
 * Lost is what an owner could have freed and thereby reach the rest: of a list
 * its head, of a tree its root, of a cycle one, whichever comes first.
 */
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/sort.h>
#include <linux/string.h>

#include "exempt.h"
#include "inject.h"
#include "layout.h"
#include "origin.h"
#include "scan.h"
#include "site.h"
#include "slab.h"
#include "verdict.h"
#include "walk.h"

/* Outside all locks but that of scans.  Protects the last verdict. */
static DEFINE_MUTEX(verdict_lock);
static struct qr_verdict last;

/* ------------------------------------------------------- lost, indirect */

static bool is_lost(u8 state)
{
	return qr_scan_is_garbage(state) && !(state & QR_SCAN_INDIRECT);
}

/* Whatever an object leads to is indirect, and is not followed again. */
static void lead(struct qr_scan *scan, u32 slab, u32 index)
{
	scan->leader = (u64)slab << 32 | index;
	qr_scan_object(scan, slab, index);
	qr_scan_follow(scan);
}

static void classify_forth(struct qr_scan *scan)
{
	u32 slab, i;

	for (slab = 0; slab < scan->nr_slabs; slab++) {
		const struct qr_scan_slab *entry = &scan->slab[slab];

		for (i = 0; i < entry->objects; i++)
			if (is_lost(scan->state[entry->first + i]))
				lead(scan, slab, i);
		qr_scan_breathe(scan);
	}
}

static void classify_back(struct qr_scan *scan)
{
	u32 slab, i;

	for (slab = scan->nr_slabs; slab--;) {
		const struct qr_scan_slab *entry = &scan->slab[slab];

		for (i = entry->objects; i--;)
			if (is_lost(scan->state[entry->first + i]))
				lead(scan, slab, i);
		qr_scan_breathe(scan);
	}
}

static void forget_followed(struct qr_scan *scan)
{
	u32 i;

	for (i = 0; i < scan->nr_objects; i++)
		if (qr_scan_is_garbage(scan->state[i]))
			scan->state[i] &= ~QR_SCAN_FOLLOWED;
}

/*
 * The first round leaves a set of leaders that lead to all garbage.  A leader
 * is led to by none before it; so of those that none after it leads to either,
 * which the second round finds, each stands for a knot of its own.
 */
static void classify(struct qr_scan *scan)
{
	scan->mode = QR_SCAN_CLASSIFY;
	scan->nr_todo = 0;
	scan->todo_overflow = false;
	classify_forth(scan);
	forget_followed(scan);
	classify_back(scan);
}

/* ----------------------------------------------------------------- sums */

static void sum_age(struct qr_leak_sum *sum, u64 tag, bool lost)
{
	u32 birth = qr_tag_birth(tag);

	/* The first lost one counts more than all that are not. */
	if (lost ? !sum->lost : !sum->lost && !sum->held && !sum->indirect)
		sum->oldest = birth;
	else if (lost == !!sum->lost && (s32)(birth - sum->oldest) < 0)
		sum->oldest = birth;
}

static void sum_object(struct qr_leak_sum *sum,
		       const struct qr_scan_slab *entry, u32 index, u64 tag,
		       u8 state)
{
	u32 bytes = qr_scan_asked(entry, tag);

	if (entry->level != QUARRY_LEVEL_OFF)
		sum_age(sum, tag, is_lost(state));
	if (!qr_scan_is_garbage(state)) {
		sum->held++;
		sum->held_bytes += bytes;
		/* Not asked of those that are roots themselves. */
		sum->interior += !(state & (QR_SCAN_EXACT | QR_SCAN_ROOT |
					    QR_SCAN_IGNORED));
	} else if (state & QR_SCAN_INDIRECT) {
		sum->indirect++;
		sum->indirect_bytes += bytes;
	} else {
		sum->lost++;
		sum->lost_bytes += bytes;
		sum->hidden_example = ~qr_scan_address(entry, index);
	}
}

static void total_add(struct qr_leak_sum *total, const struct qr_leak_sum *sum)
{
	total->lost += sum->lost;
	total->lost_bytes += sum->lost_bytes;
	total->indirect += sum->indirect;
	total->indirect_bytes += sum->indirect_bytes;
	total->held += sum->held;
	total->held_bytes += sum->held_bytes;
	total->interior += sum->interior;
}

static int more_first(unsigned long x, unsigned long y)
{
	return x < y ? 1 : x > y ? -1 : 0;
}

static int most_lost_first(const void *a, const void *b)
{
	const struct qr_leak_sum *x = a, *y = b;

	return more_first(x->lost_bytes, y->lost_bytes) ?:
	       more_first(x->indirect_bytes, y->indirect_bytes) ?:
	       more_first(x->held_bytes, y->held_bytes) ?:
	       more_first(y->site, x->site);
}

/* Drops sites without objects, adds up the others, sorts. */
static void sums_finish(struct qr_verdict *verdict)
{
	u32 from, to = 0;

	for (from = 0; from < verdict->nr_sums; from++) {
		const struct qr_leak_sum *sum = &verdict->sum[from];

		if (!sum->lost && !sum->indirect && !sum->held)
			continue;
		total_add(&verdict->total, sum);
		verdict->sum[to++] = *sum;
	}
	verdict->nr_sums = to;
	sort(verdict->sum, to, sizeof(*verdict->sum), most_lost_first, NULL);
}

/* ----------------------------------------------------------------- leaks */

static int by_place(const void *a, const void *b)
{
	const struct qr_leak *x = a, *y = b;

	if (x->hidden_slab != y->hidden_slab)
		return x->hidden_slab < y->hidden_slab ? -1 : 1;
	return x->index < y->index ? -1 : x->index > y->index;
}

static void leak_add(struct qr_verdict *verdict,
		     const struct qr_scan_slab *entry, u32 index, u64 tag,
		     u8 state)
{
	if (verdict->nr_leaks == QR_LEAKS_MAX)
		return;
	verdict->leak[verdict->nr_leaks++] = (struct qr_leak) {
		.hidden_slab = entry->hidden_slab,
		.tag = tag,
		.index = index,
		.indirect = state & QR_SCAN_INDIRECT,
	};
}

static void collect_slab(struct qr_verdict *verdict, const struct qr_scan *scan,
			 const struct qr_scan_slab *entry)
{
	u32 i;

	for (i = 0; i < entry->objects; i++) {
		u64 tag = scan->tag[entry->first + i];
		u8 state = scan->state[entry->first + i];
		u32 site = entry->level == QUARRY_LEVEL_OFF ? 0 :
			   qr_tag_site(tag);

		/* Born since, or of sites numbered since, it is not judged. */
		if (!(state & QR_SCAN_LIVE) || !tag || site >= verdict->nr_sums)
			continue;
		verdict->objects++;
		verdict->unjudged += !!(state & (QR_SCAN_ROOT |
						 QR_SCAN_IGNORED));
		sum_object(&verdict->sum[site], entry, i, tag, state);
		if (qr_scan_is_garbage(state))
			leak_add(verdict, entry, i, tag, state);
	}
}

static u32 garbage_count(const struct qr_scan *scan)
{
	u32 i, nr = 0;

	for (i = 0; i < scan->nr_objects && nr < QR_LEAKS_MAX; i++)
		nr += qr_scan_is_garbage(scan->state[i]);
	return nr;
}

static void verdict_free(struct qr_verdict *verdict)
{
	kvfree(verdict->leak);
	kvfree(verdict->sum);
}

static int verdict_alloc(struct qr_verdict *verdict, const struct qr_scan *scan)
{
	u32 leaks = garbage_count(scan), i;

	verdict->nr_sums = qr_site_count() + 1;
	verdict->sum = qr_buffer_zalloc(verdict->nr_sums,
					sizeof(*verdict->sum), GFP_KERNEL);
	verdict->leak = qr_buffer_zalloc(max(leaks, 1U),
					 sizeof(*verdict->leak), GFP_KERNEL);
	if (!verdict->sum || !verdict->leak) {
		verdict_free(verdict);
		return -ENOMEM;
	}
	for (i = 0; i < verdict->nr_sums; i++)
		verdict->sum[i].site = i;
	return 0;
}

/* The examples' chains; @data is the verdict, whose sums are by site yet. */
static void chain_take(const struct qr_slab *slab, const struct qr_leak *leak,
		       void *data)
{
	struct qr_verdict *verdict = data;
	struct qr_origin origin;
	struct qr_leak_sum *sum;

	/* Sites are as many as when the leaks were written down. */
	if (leak->indirect || !qr_origin_read(slab, leak->index, &origin))
		return;
	sum = &verdict->sum[qr_tag_site(leak->tag)];
	if (sum->hidden_example ==
	    ~(unsigned long)qr_slab_object(slab, leak->index))
		sum->stack = origin.stack;
}

int qr_verdict_make(struct qr_scan *scan, u64 scan_ns)
{
	struct qr_verdict verdict = { .scan_ns = scan_ns, };
	u32 slab;
	int err;

	classify(scan);
	err = verdict_alloc(&verdict, scan);
	if (err)
		return err;
	for (slab = 0; slab < scan->nr_slabs; slab++) {
		collect_slab(&verdict, scan, &scan->slab[slab]);
		cond_resched();
	}
	sort(verdict.leak, verdict.nr_leaks, sizeof(*verdict.leak), by_place,
	     NULL);
	qr_verdict_each(&verdict, chain_take, &verdict);
	sums_finish(&verdict);
	verdict.stats = scan->stats;
	verdict.time_ns = qr_time_ns();
	mutex_lock(&verdict_lock);
	verdict.scans = last.scans + 1;
	verdict_free(&last);
	last = verdict;
	mutex_unlock(&verdict_lock);
	return 0;
}

/* --------------------------------------------------------------- readers */

void qr_verdict_use(qr_verdict_fn fn, void *data)
{
	mutex_lock(&verdict_lock);
	fn(&last, data);
	mutex_unlock(&verdict_lock);
}

/* First leak of @slab, or where it would be. */
static u32 leak_find(const struct qr_verdict *verdict,
		     const struct qr_slab *slab)
{
	unsigned long hidden = qr_scan_hide(slab);
	u32 from = 0, to = verdict->nr_leaks;

	while (from < to) {
		u32 middle = from + (to - from) / 2;

		if (verdict->leak[middle].hidden_slab < hidden)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

struct each {
	const struct qr_verdict *verdict;
	qr_leak_fn fn;
	void *data;
};

static void each_slab(struct qr_slab *slab, void *data)
{
	const struct each *each = data;
	const struct qr_verdict *verdict = each->verdict;
	u32 i;

	for (i = leak_find(verdict, slab); i < verdict->nr_leaks; i++) {
		const struct qr_leak *leak = &verdict->leak[i];

		if (leak->hidden_slab != qr_scan_hide(slab))
			break;
		if (leak->index < slab->objects &&
		    qr_tag_read(qr_tag_at(slab, leak->index), slab->level) ==
		    leak->tag)
			each->fn(slab, leak, each->data);
	}
}

void qr_verdict_each(const struct qr_verdict *verdict, qr_leak_fn fn,
		     void *data)
{
	struct each each = { .verdict = verdict, .fn = fn, .data = data };

	if (!verdict->nr_leaks)
		return;
	qr_walk_all(each_slab, &each);
}

static void excuse(const struct qr_slab *slab, const struct qr_leak *leak,
		   void *data)
{
	qr_exempt_object((unsigned long)qr_slab_object(slab, leak->index),
			 leak->tag, QR_EXEMPT_NOT_LEAK);
}

static void sum_clear(struct qr_leak_sum *sum)
{
	sum->held += sum->lost + sum->indirect;
	sum->held_bytes += sum->lost_bytes + sum->indirect_bytes;
	sum->lost = 0;
	sum->lost_bytes = 0;
	sum->indirect = 0;
	sum->indirect_bytes = 0;
	sum->hidden_example = 0;
	sum->stack = 0;
}

void qr_verdict_clear(void)
{
	u32 i;

	mutex_lock(&verdict_lock);
	qr_verdict_each(&last, excuse, NULL);
	last.nr_leaks = 0;
	for (i = 0; i < last.nr_sums; i++)
		sum_clear(&last.sum[i]);
	sum_clear(&last.total);
	mutex_unlock(&verdict_lock);
}

void qr_verdict_exit(void)
{
	verdict_free(&last);
	memset(&last, 0, sizeof(last));
}
