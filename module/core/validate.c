// SPDX-License-Identifier: GPL-2.0-only
/*
 * validate.c - a run over everything: heaps, caches, sites, metadata; what it
 * found, kept and told.  Owns validate_lock, outside of drain_lock.
 */
#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/nodemask.h>
#include <linux/preempt.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "cache.h"
#include "checks.h"
#include "event.h"
#include "layout.h"
#include "meta.h"
#include "site.h"
#include "slab.h"
#include "validate.h"
#include "walk.h"

/* Looks at a cache's magazines that may be in vain before it is given up. */
#define STILL_TRIES	3U
/* Caches whose magazines are closed at a time. */
#define BATCH		16U

/* Protects what is below: one run at a time. */
static DEFINE_MUTEX(validate_lock);
static struct qr_validation last;
static struct qr_validation now;
/* As @now was before a look that may have been in vain. */
static struct qr_validation before;

void qr_validate_note(struct qr_validator *val, const char *what,
		      const void *at, unsigned long found,
		      unsigned long expected)
{
	struct qr_validation *result = val->result;
	struct qr_problem *problem;

	if (result->problems < QR_PROBLEMS_KEPT) {
		problem = &result->problem[result->problems];
		problem->what = what;
		strscpy(problem->owner, val->owner, sizeof(problem->owner));
		problem->address = (unsigned long)at;
		problem->found = found;
		problem->expected = expected;
	}
	result->problems++;
}

struct qr_slab *qr_validate_slab_at(const void *at)
{
	struct qr_slab *slab;

	preempt_disable();
	slab = qr_page_slab(at);
	preempt_enable();
	return slab;
}

/* --------------------------------------------------------------- caches */

/* Magazines emptied into slabs so far: not by CPUs, while those are closed. */
static unsigned long flushes(struct quarry_cache *cache)
{
	unsigned long sum = 0, flags;
	int nid;

	for_each_node(nid) {
		struct qr_node *node = cache->node[nid];

		raw_spin_lock_irqsave(&node->lock, flags);
		sum += node->stats.flushes;
		raw_spin_unlock_irqrestore(&node->lock, flags);
	}
	return sum;
}

static void look_at(struct qr_validator *val, struct quarry_cache *cache)
{
	val->cache = cache;
	val->owner = cache->name;
	val->entry = NULL;
	val->nr_waiting = 0;
	val->result->caches++;
}

/* Objects QUARANTINED against the queue they wait in. */
static void check_quarantine(struct qr_validator *val)
{
	struct qr_quarantine *queue = &val->cache->quarantine;
	unsigned long nr = 0, bytes = 0, flags;
	const struct qr_check *check, *last = NULL;

	raw_spin_lock_irqsave(&queue->lock, flags);
	for (check = queue->oldest; check && nr <= queue->objects;
	     check = check->next, nr++) {
		bytes += check->slab->size;
		last = check;
	}
	qr_validate_same(val, "objects of a quarantine", queue, queue->objects,
			 nr);
	qr_validate_same(val, "bytes of a quarantine", queue, queue->bytes,
			 bytes);
	qr_validate_same(val, "end of a quarantine", queue,
			 (unsigned long)queue->newest, (unsigned long)last);
	raw_spin_unlock_irqrestore(&queue->lock, flags);
	if (val->flags & QR_VALIDATE_QUIET)
		qr_validate_same(val, "objects that wait in quarantine", queue,
				 val->nr_waiting, nr);
}

/*
 * What was found in magazines is judged by what slabs say of it; in between
 * only a depot may have been emptied, by who needs memory, and then neither
 * is wrong.  False: it was so.
 */
static bool check_still(struct qr_validator *val)
{
	unsigned long from = flushes(val->cache);
	bool still;

	if (!qr_validate_magazines(val)) {
		val->result->restless++;
		qr_validate_slabs(val);
		return true;
	}
	qr_validate_slabs(val);
	still = flushes(val->cache) == from;
	if (still)
		qr_validate_same(val, "objects in magazines", val->cache,
				 val->nr_met, val->nr_entries);
	kvfree(val->entry);
	val->entry = NULL;
	return still;
}

/* The magazines are closed for this long. */
static void look_still(struct quarry_cache *cache, bool open, void *data)
{
	struct qr_validator *val = data;
	unsigned int tries = STILL_TRIES;

	look_at(val, cache);
	/*
	 * Once dead, it is closed a little later; and so it is opened and closed
	 * when failures come and go.
	 */
	if (!cache->dead && !qr_walk_is_shut() &&
	    (cache->options || (val->flags & QR_VALIDATE_QUIET)))
		qr_validate_same(val, "gate of a cache", cache, open,
				 !cache->options);
	while (tries--) {
		before = *val->result;
		val->nr_waiting = 0;
		if (check_still(val)) {
			check_quarantine(val);
			return;
		}
		*val->result = before;
	}
	val->result->restless++;
	qr_validate_slabs(val);
}

static bool layouts_differ(const struct qr_layout *a, const struct qr_layout *b)
{
	return a->size != b->size || a->align != b->align ||
	       a->reciprocal != b->reciprocal || a->nr_pages != b->nr_pages ||
	       a->mag_capacity != b->mag_capacity || a->single != b->single ||
	       a->lead != b->lead || memcmp(a->best, b->best, sizeof(a->best));
}

/* What was computed when the cache was made. */
static void check_shape(struct qr_validator *val)
{
	struct quarry_cache *cache = val->cache;
	struct qr_layout layout = { 0 }, checked = { 0 };
	int err = qr_layout_slab(&layout, cache->object_size,
				 cache->layout.align);

	if (!err)
		qr_layout_checked(&checked, &layout, cache->object_size);
	qr_validate_same(val, "layout of a cache", cache,
			 err || layouts_differ(&layout, &cache->layout), 0);
	qr_validate_same(val, "layout with options of a cache", cache,
			 err || layouts_differ(&checked, &cache->checked), 0);
	qr_validate_same(val, "level of a cache", cache,
			 READ_ONCE(cache->level) >= QR_NR_LEVELS, 0);
	qr_validate_same(val, "budget of a cache", cache,
			 (unsigned long)cache->budget,
			 (unsigned long)(cache->heap ? &cache->heap->budget :
					 NULL));
}

/* Slabs on nodes; those on their way are not among them. */
static void check_slab_count(struct qr_validator *val)
{
	struct qr_cache_count count;

	qr_cache_count(val->cache, &count);
	qr_validate_same(val, "slabs of a cache", val->cache,
			 atomic_long_read(&val->cache->slabs), count.slabs);
	qr_validate_same(val, "counts of a cache", val->cache,
			 count.live + count.cached + count.free +
			 count.quarantined, count.objects);
	qr_validate_same(val, "calls of a cache", val->cache,
			 count.allocs - count.frees,
			 count.live + count.quarantined);
}

/* What has nothing to do with magazines. */
static void check_cache(struct qr_validator *val, struct quarry_cache *cache)
{
	val->cache = cache;
	val->owner = cache->name;
	check_shape(val);
	if (val->flags & QR_VALIDATE_QUIET)
		check_slab_count(val);
}

/* Closed together, they cost one grace period. */
static void check_batch(struct qr_validator *val,
			struct quarry_cache *const *batch, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		check_cache(val, batch[i]);
	if (val->flags & QR_VALIDATE_STILL)
		qr_caches_still(batch, nr, look_still, val);
	for (i = 0; i < nr; i++) {
		if (!(val->flags & QR_VALIDATE_STILL)) {
			look_at(val, batch[i]);
			qr_validate_slabs(val);
		}
		qr_walk_unpin_cache(batch[i]);
	}
}

static void check_caches(struct qr_validator *val)
{
	struct quarry_cache *batch[BATCH], *cache = NULL;
	unsigned int nr = 0;

	while ((cache = qr_walk_next_cache(cache))) {
		qr_walk_pin_cache(cache);
		batch[nr++] = cache;
		if (nr == BATCH) {
			check_batch(val, batch, nr);
			nr = 0;
		}
	}
	if (nr)
		check_batch(val, batch, nr);
}

/* ---------------------------------------------------------------- heaps */

/* Pages of a heap's caches, and how often slabs came or went. */
struct heap_sums {
	unsigned long pages;
	unsigned long changes;
};

static void sum_cache(struct quarry_cache *cache, struct heap_sums *sums)
{
	struct qr_cache_count count;

	qr_cache_count(cache, &count);
	sums->pages += count.pages;
	sums->changes += count.slabs_created + count.slabs_destroyed;
}

static void sum_heap(struct quarry_heap *heap, struct heap_sums *sums)
{
	unsigned int i;

	for (i = 0; i < QR_NR_CLASSES; i++)
		if (qr_heap_class_at(heap, i))
			sum_cache(qr_heap_class_at(heap, i), sums);
	sum_cache(heap->runs, sums);
}

/*
 * Charged before pages are had and given back after they are gone: never less
 * than what slabs have, if none came or went while that was added up.
 */
static void check_budget(struct qr_validator *val, struct quarry_heap *heap)
{
	struct heap_sums first = { 0 }, second = { 0 };
	struct qr_budget *budget = &heap->budget;
	unsigned long held, bytes;

	sum_heap(heap, &first);
	held = atomic_long_read(&budget->held);
	sum_heap(heap, &second);
	bytes = second.pages << PAGE_SHIFT;
	if (val->flags & QR_VALIDATE_QUIET)
		qr_validate_same(val, "bytes held of a budget", heap, held,
				 bytes);
	else if (first.changes == second.changes && held < bytes)
		qr_validate_note(val, "bytes held of a budget", heap, held,
				 bytes);
	if (val->flags & QR_VALIDATE_QUIET)
		qr_validate_same(val, "high-water mark of a budget", heap,
				 atomic_long_read(&budget->high_water) < held,
				 0);
}

static void check_class(struct qr_validator *val, struct quarry_heap *heap,
			unsigned int i)
{
	struct quarry_cache *cache = qr_heap_class_at(heap, i);

	if (!cache)
		return;
	qr_validate_same(val, "heap of a class", cache,
			 (unsigned long)cache->heap, (unsigned long)heap);
	qr_validate_same(val, "size of a class", cache, cache->object_size,
			 qr_class_size(i));
	qr_validate_same(val, "flags of a class", cache,
			 !(cache->flags & QR_CACHE_CLASS), 0);
}

static void check_heap(struct qr_validator *val, struct quarry_heap *heap)
{
	unsigned int i;

	val->owner = heap->name;
	val->result->heaps++;
	for (i = 0; i < QR_NR_CLASSES; i++)
		check_class(val, heap, i);
	qr_validate_same(val, "heap of runs", heap->runs,
			 (unsigned long)heap->runs->heap, (unsigned long)heap);
	qr_validate_same(val, "flags of runs", heap->runs,
			 !(heap->runs->flags & QR_CACHE_RUNS), 0);
	check_budget(val, heap);
}

/* -------------------------------------------------------- all the others */

static void check_sites(struct qr_validator *val)
{
	u32 count = qr_site_count(), id;

	for (id = 1; id <= count; id++) {
		const struct qr_site *site = qr_site_get(id);

		if (!site || site->id != id)
			qr_validate_note(val, "number of a site", site,
					 site ? site->id : 0, id);
		if (!(id & 1023))
			cond_resched();
	}
}

static void check_parts(struct qr_validator *val)
{
	unsigned long at = 0;
	const char *damage;

	val->owner = "quarry";
	damage = qr_meta_damage(&at);
	if (damage)
		qr_validate_note(val, damage, (void *)at, 0, 0);
	damage = qr_walk_damage(&at);
	if (damage)
		qr_validate_note(val, damage, (void *)at, 0, 0);
	check_sites(val);
}

/* ------------------------------------------------------------------ runs */

static void tell(const struct qr_validation *result)
{
	unsigned long i;

	for (i = 0; i < min_t(unsigned long, result->problems,
			      QR_PROBLEMS_KEPT); i++) {
		const struct qr_problem *problem = &result->problem[i];
		struct qr_event event = {
			.kind = QR_EVENT_DAMAGED,
			.address = problem->address,
			/* The line below says more. */
			.quiet = true,
		};

		strscpy(event.owner, problem->owner, sizeof(event.owner));
		qr_event_add(&event);
		pr_err("metadata of \"%s\" found inconsistent: %s: 0x%lx, not 0x%lx\n",
		       problem->owner, problem->what, problem->found,
		       problem->expected);
	}
}

static void run_locked(unsigned int flags)
{
	struct qr_validator val = { .result = &now, .flags = flags };
	struct quarry_heap *heap = NULL;
	unsigned long runs = last.runs;

	lockdep_assert_held(&validate_lock);
	memset(&now, 0, sizeof(now));
	now.runs = runs + 1;
	check_parts(&val);
	check_caches(&val);
	while ((heap = qr_walk_next_heap(heap)))
		check_heap(&val, heap);
	last = now;
}

unsigned long qr_validate(unsigned int flags)
{
	unsigned long problems;

	/* What is to be given back after a grace period is no longer due. */
	if (flags & QR_VALIDATE_QUIET)
		qr_slab_barrier();
	mutex_lock(&validate_lock);
	run_locked(flags);
	problems = last.problems;
	tell(&last);
	mutex_unlock(&validate_lock);
	return problems;
}

void qr_validate_last(struct qr_validation *result)
{
	mutex_lock(&validate_lock);
	*result = last;
	mutex_unlock(&validate_lock);
}

int qr_validate_write(char *text)
{
	unsigned int flags;

	if (!strcmp(text, "1") || !strcmp(text, "validate"))
		flags = QR_VALIDATE_STILL;
	else if (!strcmp(text, "open"))
		flags = 0;
	else if (!strcmp(text, "quiet"))
		flags = QR_VALIDATE_STILL | QR_VALIDATE_QUIET;
	else
		return -EINVAL;
	qr_validate(flags);
	return 0;
}
