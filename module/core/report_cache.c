// SPDX-License-Identifier: GPL-2.0-only
/*
 * report_cache.c - the files about caches: caches, slabinfo, and of each
 * cache stats and slabs.
 */
#include <linux/build_bug.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "cache.h"
#include "report.h"
#include "sink.h"
#include "slab.h"
#include "walk.h"

#define PAGES_BYTES(pages)	((u64)(pages) << PAGE_SHIFT)

/* ------------------------------------------------ members of the count */

struct count_member {
	const char *name;
	u16 offset;
	/* A high-water mark: marks of several caches do not add up. */
	bool mark;
};

#define MEMBER(member, label) \
	{ .name = (label), .offset = offsetof(struct qr_cache_count, member) }
#define MARK(member, label) \
	{ .name = (label), .offset = offsetof(struct qr_cache_count, member), \
	  .mark = true }

static const struct count_member count_members[] = {
	MEMBER(allocs, "allocs"),
	MEMBER(frees, "frees"),
	MEMBER(alloc_hits, "alloc_hits"),
	MEMBER(alloc_misses, "alloc_misses"),
	MEMBER(free_hits, "free_hits"),
	MEMBER(free_misses, "free_misses"),
	MEMBER(refills, "refills"),
	MEMBER(flushes, "flushes"),
	MEMBER(direct_allocs, "direct_allocs"),
	MEMBER(direct_frees, "direct_frees"),
	MEMBER(depot_exchanges, "depot_exchanges"),
	MEMBER(depot_contended, "depot_contended"),
	MEMBER(failures, "failures"),
	MEMBER(findings, "findings"),
	MEMBER(objects, "total_objs"),
	MEMBER(live, "live_objs"),
	MEMBER(cached, "cached_objs"),
	MEMBER(quarantined, "quarantined_objs"),
	MEMBER(free, "free_objs"),
	MARK(out_max, "out_max_objs"),
	MEMBER(slabs, "slabs"),
	MEMBER(slabs_partial, "slabs_partial"),
	MEMBER(slabs_empty, "slabs_empty"),
	MARK(slabs_max, "slabs_max"),
	MEMBER(slabs_created, "slabs_created"),
	MEMBER(slabs_destroyed, "slabs_destroyed"),
	MEMBER(pages, "pages"),
	MARK(pages_max, "pages_max"),
	MEMBER(meta_bytes, "meta_bytes"),
};

/* Every counter there is has a name and is printed. */
static_assert(ARRAY_SIZE(count_members) * sizeof(unsigned long) ==
	      sizeof(struct qr_cache_count));

static unsigned long member_read(const struct qr_cache_count *count,
				 const struct count_member *member)
{
	return *(const unsigned long *)((const char *)count + member->offset);
}

void qr_count_add(struct qr_cache_count *sum, const struct qr_cache_count *more)
{
	const struct count_member *member;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(count_members); i++) {
		member = &count_members[i];
		*(unsigned long *)((char *)sum + member->offset) +=
			member_read(more, member);
	}
}

void qr_report_count(struct qr_sink *sink, const struct qr_cache_count *count,
		     bool sums_only)
{
	const struct count_member *member;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(count_members); i++) {
		member = &count_members[i];
		if (!sums_only || !member->mark)
			qr_report_value(sink, member->name,
					member_read(count, member));
	}
}

u64 qr_count_held_bytes(const struct qr_cache_count *count)
{
	return PAGES_BYTES(count->pages) + count->meta_bytes;
}

u64 qr_count_live_bytes(const struct quarry_cache *cache,
			const struct qr_cache_count *count)
{
	/* Blocks of runs have sizes of their own: all their pages. */
	if (cache->flags & QR_CACHE_RUNS)
		return PAGES_BYTES(count->pages);
	return (u64)count->live * cache->object_size;
}

/* -------------------------------------------------- the table of caches */

const char *qr_cache_title(const struct quarry_cache *cache,
			   char buf[QR_CACHE_TITLE])
{
	if (cache->heap && (cache->flags & QR_CACHE_RUNS))
		scnprintf(buf, QR_CACHE_TITLE, "%s-runs", cache->heap->name);
	else if (cache->heap)
		scnprintf(buf, QR_CACHE_TITLE, "%s-%u", cache->heap->name,
			  cache->object_size);
	else
		scnprintf(buf, QR_CACHE_TITLE, "%s", cache->name);
	return buf;
}

/* Width that fits every name there is at the moment. */
static int names_width(void)
{
	struct quarry_cache *cache = NULL;
	char title[QR_CACHE_TITLE];
	int width = 4;

	while ((cache = qr_walk_next_cache(cache)))
		width = max_t(int, width, strlen(qr_cache_title(cache, title)));
	return width;
}

#define CACHE_COLUMNS \
	"%-*s %12s %10s %12s %11s %10s %8s %12s %9s %12s %12s %7s %8s %8s %5s %5s  %s\n"

void qr_report_cache_columns(struct qr_sink *sink, int name_width)
{
	qr_sink_printf(sink, CACHE_COLUMNS, name_width, "name", "object_bytes",
		       "live_objs", "live_bytes", "cached_objs", "free_objs",
		       "slabs", "held_bytes", "waste_pct", "allocs", "frees",
		       "hit_pct", "failures", "findings", "level", "state",
		       "heap");
}

void qr_report_cache_row(struct qr_sink *sink, int name_width,
			 struct quarry_cache *cache)
{
	char waste[QR_PERCENT_TEXT], hit[QR_PERCENT_TEXT], size[16];
	char title[QR_CACHE_TITLE];
	struct qr_cache_count count;
	u64 held, live;

	qr_cache_count(cache, &count);
	held = qr_count_held_bytes(&count);
	live = min(held, qr_count_live_bytes(cache, &count));
	scnprintf(size, sizeof(size), "%u", cache->object_size);
	qr_sink_printf(sink,
		       "%-*s %12s %10lu %12llu %11lu %10lu %8lu %12llu %9s %12lu %12lu %7s %8lu %8lu %5s %5s  %s\n",
		       name_width, qr_cache_title(cache, title),
		       cache->flags & QR_CACHE_RUNS ? "-" : size,
		       count.live, live, count.cached, count.free, count.slabs,
		       held, qr_percent(waste, held - live, held),
		       count.allocs, count.frees,
		       qr_percent(hit, (u64)count.alloc_hits + count.free_hits,
				  (u64)count.allocs + count.frees),
		       count.failures, count.findings,
		       qr_level_name(READ_ONCE(cache->level)),
		       READ_ONCE(cache->dead) ? "dead" : "ok",
		       cache->heap ? cache->heap->name : "-");
}

/* Caches of their own first, then those of each heap by size. */
static void for_all_caches(struct qr_sink *sink, int name_width,
			   void (*row)(struct qr_sink *sink, int name_width,
				       struct quarry_cache *cache))
{
	struct quarry_cache *cache = NULL;
	struct quarry_heap *heap = NULL;
	unsigned int index;

	while ((cache = qr_walk_next_cache(cache)))
		if (!cache->heap)
			row(sink, name_width, cache);
	while ((heap = qr_walk_next_heap(heap))) {
		index = 0;
		while ((cache = qr_report_heap_cache(heap, &index)))
			row(sink, name_width, cache);
	}
}

void qr_report_caches(struct qr_sink *sink)
{
	int width = names_width();

	qr_report_head(sink, "caches");
	qr_report_cache_columns(sink, width);
	for_all_caches(sink, width, qr_report_cache_row);
}

/* ------------------------------------------------------------- slabinfo */

/*
 * The form has one slab for all, and readers multiply by it and divide by it:
 * the average one, or what a first one would be.
 */
static void slabinfo_row(struct qr_sink *sink, int name_width,
			 struct quarry_cache *cache)
{
	u32 pages = cache->layout.nr_pages, size = cache->layout.size;
	u32 objects = qr_layout_objects(&cache->layout, pages);
	char title[QR_CACHE_TITLE];
	struct qr_cache_count count;

	qr_cache_count(cache, &count);
	if (count.slabs) {
		pages = DIV_ROUND_CLOSEST(count.pages, count.slabs);
		objects = DIV_ROUND_CLOSEST(count.objects, count.slabs);
	}
	if (cache->flags & QR_CACHE_RUNS) {
		pages = count.slabs ? pages : 1;
		size = PAGES_BYTES(pages);
		objects = 1;
	}
	qr_sink_printf(sink, "%-*s %6lu %6lu %6u %4u %4d", name_width,
		       qr_cache_title(cache, title), count.live, count.objects,
		       size, objects, pages);
	qr_sink_printf(sink, " : tunables %4u %4u %4u", 0, 0, 0);
	qr_sink_printf(sink, " : slabdata %6lu %6lu %6lu\n",
		       count.slabs - min(count.slabs, count.slabs_empty),
		       count.slabs, 0UL);
}

void qr_report_slabinfo(struct qr_sink *sink)
{
	qr_sink_printf(sink, "slabinfo - version: 2.1\n");
	qr_sink_printf(sink, "# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab>");
	qr_sink_printf(sink, " : tunables <limit> <batchcount> <sharedfactor>");
	qr_sink_printf(sink, " : slabdata <active_slabs> <num_slabs> <sharedavail>\n");
	/* The original pads names to 17. */
	for_all_caches(sink, 17, slabinfo_row);
}

/* ------------------------------------------------------ files of a cache */

void qr_report_cache_stats(struct qr_sink *sink, struct quarry_cache *cache)
{
	char percent[QR_PERCENT_TEXT], title[QR_CACHE_TITLE];
	struct qr_cache_count count;
	u64 held, live;

	qr_cache_count(cache, &count);
	held = qr_count_held_bytes(&count);
	live = min(held, qr_count_live_bytes(cache, &count));

	qr_report_head(sink, "cache/stats");
	qr_report_text(sink, "name", qr_cache_title(cache, title));
	qr_report_text(sink, "level", qr_level_name(READ_ONCE(cache->level)));
	qr_report_value(sink, "object_bytes", cache->object_size);
	qr_report_value(sink, "stride_bytes", cache->layout.size);
	qr_report_value(sink, "align_bytes", cache->layout.align);
	qr_report_value(sink, "slab_pages", cache->layout.nr_pages);
	qr_report_value(sink, "slab_objs",
			qr_layout_objects(&cache->layout,
					  cache->layout.nr_pages));
	qr_report_value(sink, "magazine_objs", cache->layout.mag_capacity);
	qr_report_value(sink, "reserve_slabs", cache->reserve);
	qr_report_value(sink, "live_bytes", live);
	qr_report_value(sink, "held_bytes", held);
	qr_report_text(sink, "waste_pct",
		       qr_percent(percent, held - live, held));
	qr_report_text(sink, "hit_pct",
		       qr_percent(percent,
				  (u64)count.alloc_hits + count.free_hits,
				  (u64)count.allocs + count.frees));
	qr_report_count(sink, &count, false);
}

#define SLAB_COLUMNS	"%4s %6s %8s %9s %11s %9s %5s %-7s %s\n"

/* Objects whose tag says LIVE. */
static u32 slab_count_live(const struct qr_slab *slab)
{
	u32 index, live = 0;

	for (index = 0; index < slab->objects; index++)
		if (qr_tag_read(qr_tag_at(slab, index), slab->level))
			live++;
	return live;
}

static const char *slab_state(const struct qr_slab *slab, u32 nr_free)
{
	if (!nr_free)
		return "full";
	return nr_free == slab->objects ? "empty" : "partial";
}

/* Flags by name, with commas between them. */
static void slab_flags(const struct qr_slab *slab, char *buf, size_t size)
{
	static const struct {
		u8 flag;
		const char *name;
	} names[] = {
		{ QR_SLAB_FROZEN, "frozen" },
		{ QR_SLAB_DYING, "dying" },
		{ QR_SLAB_RUN, "run" },
		{ QR_SLAB_VIRT, "virtual" },
	};
	u8 flags = qr_slab_flags(slab);
	unsigned int i;
	int len = 0;

	strscpy(buf, "-", size);
	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (flags & names[i].flag)
			len += scnprintf(buf + len, size - len, "%s%s",
					 len ? "," : "", names[i].name);
}

static void slab_row(struct qr_slab *slab, void *data)
{
	u32 nr_free = min(READ_ONCE(slab->nr_free), slab->objects);
	u32 out = slab->objects - nr_free;
	/* Objects move meanwhile: keep the sum what it must be. */
	u32 live = min(slab_count_live(slab), out);
	char flags[40];

	slab_flags(slab, flags, sizeof(flags));
	qr_sink_printf(data, "%4u %6u %8u %9u %11u %9u %5s %-7s %s\n",
		       qr_home_node(slab->home)->nid, slab->nr_pages, slab->objects, live,
		       out - live, nr_free, qr_level_name(slab->level),
		       slab_state(slab, nr_free), flags);
}

void qr_report_cache_slabs(struct qr_sink *sink, struct quarry_cache *cache)
{
	qr_report_head(sink, "cache/slabs");
	qr_sink_printf(sink, SLAB_COLUMNS, "node", "pages", "objs",
		       "live_objs", "cached_objs", "free_objs", "level",
		       "state", "flags");
	qr_walk_slabs(cache, slab_row, sink);
}
