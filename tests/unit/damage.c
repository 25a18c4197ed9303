// SPDX-License-Identifier: GPL-2.0-only
/*
 * damage.c - metadata is damaged in one place at a time: validation names it,
 * and finds nothing once it is repaired.
 */
#include "kselftest_harness.h"

#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/topology.h>

#include "quarry_mirror.h"
#include "cache.h"
#include "event.h"
#include "layout.h"
#include "magazine.h"
#include "qt.h"
#include "slab.h"
#include "validate.h"
#include "world.h"

#define OBJECTS		1200

/* One of everything that can be damaged. */
struct stage {
	struct quarry_cache *cache;
	struct quarry_cache *other;
	struct quarry_cache *deep;	/* level stack */
	struct quarry_cache *mute;	/* level off */
	struct quarry_cache *wary;	/* debug options */
	struct quarry_heap *heap;
	struct qr_node *node;
	struct qr_cpu *cpu;
	struct qr_slab *slab;		/* partial, with objects of all states */
	struct qr_slab *empty;
	struct qr_slab *run;
	struct qr_slab *far;		/* virtually contiguous */
	struct qr_slab *deep_slab;
	struct qr_slab *mute_slab;
	struct qr_slab *wary_slab;
	u32 free, cached, live;		/* objects of @slab */
	u32 deep_free, mute_live, wary_free;
	struct qr_mag *full;
	void *object[OBJECTS];
	void *block[6];
};

enum state { FREE, CACHED, LIVE };

static bool find_object(const struct qr_slab *slab, enum state wanted, u32 *at)
{
	for (*at = 0; *at < slab->objects; ++*at) {
		enum state state = FREE;

		if (!test_bit(*at, slab->free))
			state = qr_tag_read(qr_tag_at(slab, *at), slab->level) ?
				LIVE : CACHED;
		if (state == wanted)
			return true;
	}
	return false;
}

/* The newest: others have more objects in magazines, each of which complains. */
static bool find_slabs(struct stage *s)
{
	struct qr_slab *slab;

	list_for_each_entry(slab, &s->node->all, all) {
		if (slab->nr_free == slab->objects)
			s->empty = slab;
		else if (!s->slab && find_object(slab, FREE, &s->free) &&
			 find_object(slab, CACHED, &s->cached) &&
			 find_object(slab, LIVE, &s->live))
			s->slab = slab;
	}
	if (s->slab)
		return find_object(s->slab, FREE, &s->free) &&
		       find_object(s->slab, CACHED, &s->cached) &&
		       find_object(s->slab, LIVE, &s->live);
	return false;
}

/* Everything allocated, some of it freed: slabs in every state. */
static void churn(struct stage *s)
{
	unsigned int i;

	for (i = 0; i < OBJECTS; i++)
		s->object[i] = quarry_cache_alloc(s->cache, GFP_KERNEL);
	for (i = 0; i < OBJECTS; i++) {
		if (i % 8 == 0)
			continue;
		quarry_cache_free(s->cache, s->object[i]);
		s->object[i] = NULL;
	}
	for (i = 0; i < 60; i++)
		if (!s->object[i])
			s->object[i] = quarry_cache_alloc(s->cache, GFP_KERNEL);
}

static struct qr_slab *only_slab(struct quarry_cache *cache)
{
	return list_first_entry(&cache->node[0]->all, struct qr_slab, all);
}

static bool stage_begin(struct stage *s)
{
	static const struct world world = { .nodes = 0x1 };
	struct qr_entry entry;

	memset(s, 0, sizeof(*s));
	if (!world_begin(&world))
		return false;
	s->cache = quarry_cache_create("damage", 200, 0, 0, NULL);
	s->other = quarry_cache_create("other", 64, 0, 0, NULL);
	s->deep = quarry_cache_create("deep", 64, 0, 0, NULL);
	s->mute = quarry_cache_create("mute", 64, 0, 0, NULL);
	s->heap = quarry_heap_create("damage", 0);
	quarry_cache_set_level(s->deep, QUARRY_LEVEL_STACK);
	quarry_cache_set_level(s->mute, QUARRY_LEVEL_OFF);
	s->node = s->cache->node[0];
	s->cpu = per_cpu_ptr(s->cache->cpus, raw_smp_processor_id());
	churn(s);
	/* An empty slab is kept. */
	s->empty = qr_slab_create(s->cache, GFP_KERNEL, 0);
	if (!s->empty)
		return false;
	qr_slab_attach(s->empty, &entry);
	{
		LIST_HEAD(doomed);

		qr_slab_give(s->empty, entry.object, &doomed);
		qr_slab_release(&doomed);
	}
	s->block[0] = quarry_cache_alloc(s->deep, GFP_KERNEL);
	s->block[1] = quarry_cache_alloc(s->mute, GFP_KERNEL);
	s->block[2] = quarry_heap_alloc(s->heap, 10000, GFP_KERNEL);
	s->block[3] = quarry_heap_kvalloc(s->heap, 8 << 20, GFP_KERNEL);
	s->wary = quarry_cache_create("wary", 64, 0, QUARRY_RED_ZONE |
				      QUARRY_POISON | QUARRY_QUARANTINE, NULL);
	s->block[4] = quarry_cache_alloc(s->wary, GFP_KERNEL);
	s->block[5] = quarry_cache_alloc(s->wary, GFP_KERNEL);
	quarry_cache_free(s->wary, s->block[5]);
	s->wary_slab = only_slab(s->wary);
	s->deep_slab = only_slab(s->deep);
	s->mute_slab = only_slab(s->mute);
	s->run = qt_slab(s->block[2]);
	s->far = qt_slab(s->block[3]);
	s->full = s->node->depot.full;
	return s->full && s->run && s->far && find_slabs(s) && s->empty &&
	       s->far->flags & QR_SLAB_VIRT &&
	       find_object(s->deep_slab, FREE, &s->deep_free) &&
	       find_object(s->mute_slab, LIVE, &s->mute_live) &&
	       find_object(s->wary_slab, FREE, &s->wary_free) &&
	       s->wary->quarantine.objects == 1;
}

static bool stage_end(struct stage *s)
{
	unsigned int i;

	for (i = 0; i < OBJECTS; i++)
		quarry_cache_free(s->cache, s->object[i]);
	quarry_cache_free(s->deep, s->block[0]);
	quarry_cache_free(s->mute, s->block[1]);
	quarry_cache_free(s->wary, s->block[4]);
	quarry_free(s->block[2]);
	quarry_free(s->block[3]);
	return !quarry_cache_destroy(s->cache) &&
	       !quarry_cache_destroy(s->other) &&
	       !quarry_cache_destroy(s->deep) &&
	       !quarry_cache_destroy(s->mute) &&
	       !quarry_cache_destroy(s->wary) &&
	       !quarry_heap_destroy(s->heap) && world_end();
}

/* Whether the last run named @what. */
static bool was_named(const char *what)
{
	static struct qr_validation result;
	unsigned long i;

	qr_validate_last(&result);
	for (i = 0; i < min(result.problems, (unsigned long)QR_PROBLEMS_KEPT);
	     i++)
		if (!strcmp(result.problem[i].what, what))
			return true;
	for (i = 0; i < min(result.problems, (unsigned long)QR_PROBLEMS_KEPT);
	     i++)
		printf("# instead: %s\n", result.problem[i].what);
	return false;
}

static u64 *tag_of(struct stage *s, u32 index)
{
	return qr_tag_at(s->slab, index);
}

/* The newest entry of the loaded magazine, or of another that has one. */
static struct qr_entry *entry_of(struct stage *s)
{
	return s->cpu->top != s->cpu->bottom ? s->cpu->top - 1 :
					       s->full->entry;
}

static struct mirror_page *page_of(struct stage *s)
{
	return &mirror_arena.page[((unsigned long)s->slab->pages -
				   mirror_arena.base) >> PAGE_SHIFT];
}

/* The second one of the run. */
static struct mirror_vpage *far_page_of(struct stage *s)
{
	return &mirror_arena.vpage[(((unsigned long)s->far->pages -
				     mirror_arena.vbase) >> PAGE_SHIFT) + 1];
}

/* What is wrong; what becomes what, where @was is what it was. */
#define DAMAGES(D)							\
	D(descriptor_cache, "cache of a slab", s->slab->cache, s->other) \
	D(descriptor_level, "level of a slab out of range",		\
	  s->slab->level, 7)						\
	D(descriptor_level_other, "home of a slab", s->slab->level, 2)	\
	D(descriptor_home, "home of a slab", s->slab->home, was ^ 4096)	\
	D(descriptor_flags_run, "a run, or no run", s->slab->flags,	\
	  was ^ QR_SLAB_RUN)						\
	D(descriptor_flags_heap, "of a heap, or not", s->slab->flags,	\
	  was ^ QR_SLAB_HEAP)						\
	D(descriptor_flags_virt, "virtual pages of a slab", s->slab->flags, \
	  was ^ QR_SLAB_VIRT)						\
	D(descriptor_pages, "pages of a slab", s->slab->nr_pages, 0)	\
	D(descriptor_size, "bytes of an object", s->slab->size, was + 8) \
	D(descriptor_objects, "objects of a slab", s->slab->objects, was + 1) \
	D(descriptor_reciprocal, "reciprocal of a slab",		\
	  s->slab->reciprocal, was + 1)					\
	D(descriptor_bound, "bound of a slab", s->slab->bound, was + 1)	\
	D(descriptor_base, "alignment of a slab", s->slab->base, was + 4) \
	D(descriptor_base_before, "objects beyond the pages of a slab",	\
	  s->slab->base, (unsigned long)s->slab->pages - 8)		\
	D(descriptor_bitmap, "place of a bitmap", s->slab->free, was + 1) \
	D(descriptor_gate, "gate of a slab", s->slab->gate,		\
	  &s->other->cpu)						\
	D(run_size, "bytes of an object", s->run->size, was - 8)	\
	D(run_pages, "bytes of an object", s->run->nr_pages, was - 1)	\
	D(run_far_stamp, "stamp of a page", far_page_of(s)->slab, NULL)	\
	D(stamp, "stamp of a page", page_of(s)->slab, s->empty)		\
	D(stamp_none, "stamp of a page", page_of(s)->slab, NULL)	\
	D(bitmap_count, "nr_free against the bitmap", s->slab->nr_free,	\
	  was + 1)							\
	D(bitmap_bit_lost, "object neither FREE, CACHED nor LIVE",	\
	  s->slab->free[s->free / 64], was & ~BIT(s->free % 64))	\
	D(bitmap_bit_of_cached, "FREE object in a magazine",		\
	  s->slab->free[s->cached / 64], was | BIT(s->cached % 64))	\
	D(bitmap_bit_of_live, "tag of a FREE object",			\
	  s->slab->free[s->live / 64], was | BIT(s->live % 64))		\
	D(bitmap_beyond, "bits beyond the last object",			\
	  s->slab->free[s->slab->objects / 64], was | 1UL << 63)	\
	D(tag_of_free, "tag of a FREE object", *tag_of(s, s->free),	\
	  1ULL << 32)							\
	D(tag_of_cached, "tag of a CACHED object",			\
	  *tag_of(s, s->cached), 1ULL << 32)				\
	D(tag_of_cached_owned, "owned object in a magazine",		\
	  *tag_of(s, s->cached), 1ULL << 32 | QR_TAG_LIVE)		\
	D(tag_of_live_gone, "object neither FREE, CACHED nor LIVE",	\
	  *tag_of(s, s->live), 0)					\
	D(tag_site, "site of an object", *tag_of(s, s->live),		\
	  was | 0xfffffULL << 32)					\
	D(tag_no_site, "site of an object", *tag_of(s, s->live), 1)	\
	D(tag_asked, "bytes asked for of an object",			\
	  *tag_of(s, s->live), was | 1ULL << 60)			\
	D(mark_of_live, "live mark of an object",			\
	  *(u8 *)qr_tag_at(s->mute_slab, s->mute_live), 3)		\
	D(record_of_free, "record of a FREE object",			\
	  qr_slab_origin(s->deep_slab, s->deep_free)->stack, 1)		\
	D(list_all_prev, "links of the list of all slabs",		\
	  s->slab->all.prev, &s->slab->all)				\
	D(list_all_next, "links of the list of all slabs",		\
	  s->slab->all.next, &s->empty->link)				\
	D(list_all_head, "links of the list of all slabs",		\
	  s->node->all.prev, &s->node->all)				\
	D(list_partial, "links of a list of slabs", s->slab->link.prev,	\
	  &s->slab->link)						\
	D(list_empty_head, "links of a list of slabs",			\
	  s->node->empty[QUARRY_LEVEL_SITE].prev, &s->slab->link)	\
	D(list_left, "list of a slab", s->run->link.next,		\
	  &s->slab->link)						\
	D(flag_frozen, "slab on a list, but set aside",			\
	  s->slab->flags, was | QR_SLAB_FROZEN)				\
	D(flag_dying, "dying slab that nobody pins",			\
	  s->empty->flags, was | QR_SLAB_DYING)				\
	D(pins, "pins of a slab", s->slab->pins, was + 1)		\
	D(state_empty, "slab on the list of another state",		\
	  s->empty->nr_free, was - 1)					\
	D(node_slabs, "nr_slabs of a node", s->node->nr_slabs, was + 1)	\
	D(node_partial, "nr_partial of a node", s->node->nr_partial,	\
	  was + 1)							\
	D(node_empty, "nr_empty of a node", s->node->nr_empty, was + 1)	\
	D(node_objects, "nr_objects of a node", s->node->nr_objects,	\
	  was + 1)							\
	D(node_free, "nr_free of a node", s->node->nr_free, was + 1)	\
	D(node_pages, "nr_pages of a node", s->node->nr_pages, was + 1)	\
	D(node_meta, "meta_bytes of a node", s->node->meta_bytes,	\
	  was + 64)							\
	D(node_created, "slabs created and destroyed",			\
	  s->node->stats.slabs_created, was + 1)			\
	D(node_high_water, "high-water marks of a node",		\
	  s->node->stats.out_max, 1)					\
	D(node_order, "order of a node", s->node->order[0],		\
	  s->node->order[1])						\
	D(node_order_nr, "order of a node", s->node->order_nr, 127)	\
	D(node_cache, "cache of a node", s->node->cache, s->other)	\
	D(node_number, "number of a node", s->node->nid, 3)		\
	D(node_random, "random state of a node", s->node->random, 0)	\
	D(depot_full, "nr_full of a depot", s->node->depot.nr_full,	\
	  was + 1)							\
	D(depot_empty, "nr_empty of a depot", s->node->depot.nr_empty,	\
	  was + 1)							\
	D(depot_objects, "nr_objects of a depot",			\
	  s->node->depot.nr_objects, was + 1)				\
	D(depot_low, "bounds of a depot", s->node->depot.low_full, 99)	\
	D(depot_loop, "nr_full of a depot", s->full->next, s->full)	\
	D(depot_link, "link of a depot", s->node->depot.full,		\
	  (struct qr_mag *)s->slab)					\
	D(magazine_rounds, "rounds of a magazine", s->full->rounds, 200) \
	D(magazine_rounds_fewer, "nr_objects of a depot",		\
	  s->full->rounds, was - 1)					\
	D(magazine_empty, "magazine among others in a depot",		\
	  s->full->rounds, 0)						\
	D(magazine_floor, "link of a depot", s->full->floor.tag, NULL)	\
	D(magazine_capacity, "link of a depot", s->full->capacity, 5000) \
	D(magazine_bytes, "bytes of magazines", s->cache->mag_bytes,	\
	  (typeof(was)){ was.counter + 64 })				\
	D(entry_foreign, "foreign object in a magazine",		\
	  entry_of(s)->object, (void *)s)				\
	D(entry_null, "foreign object in a magazine",			\
	  entry_of(s)->object, NULL)					\
	D(entry_of_heap, "foreign object in a magazine",		\
	  entry_of(s)->object, s->block[2])				\
	D(entry_middle, "no object, in a magazine",			\
	  entry_of(s)->object, was + 8)					\
	D(entry_tag, "tag pointer in a magazine", entry_of(s)->tag,	\
	  was + 8)							\
	D(entry_twice, "object twice in magazines", *entry_of(s),	\
	  s->full->entry[s->full->rounds / 2])				\
	D(cpu_home, "home of a CPU", s->cpu->home[QUARRY_LEVEL_SITE],	\
	  0)								\
	D(cpu_home_other, "home of a CPU at another level",		\
	  s->cpu->home[QUARRY_LEVEL_OFF], s->slab->home)		\
	D(cpu_top, "bounds of a loaded magazine", s->cpu->top,		\
	  s->cpu->limit + 1)						\
	D(cpu_limit, "capacity of a loaded magazine", s->cpu->limit,	\
	  was - 1)							\
	D(cpu_previous, "head of a magazine", s->cpu->previous,		\
	  (struct qr_mag *)s->slab)					\
	D(gate, "gate of a cache", s->cache->cpu, qr_closed)		\
	D(cache_layout, "layout of a cache", s->cache->layout.mag_capacity, \
	  was + 1)							\
	D(cache_level, "level of a cache", s->mute->level, 5)		\
	D(cache_slabs, "slabs of a cache", s->cache->slabs,		\
	  (typeof(was)){ was.counter + 1 })				\
	D(cache_calls, "counts of a cache", s->cpu->allocs, was + 9999)	\
	D(cache_budget, "budget of a cache", s->cache->budget,		\
	  &s->heap->budget)						\
	D(cache_list, "links of the list of caches or heaps",		\
	  s->cache->listed.link.prev, &s->cache->listed.link)		\
	D(cache_name, "names of caches or heaps", s->cache->name[0], 'X') \
	D(heap_runs, "heap of runs", s->heap->runs->heap, NULL)		\
	D(heap_class, "size of a class", s->heap->class[3],		\
	  qr_default_heap->runs)					\
	D(options_home, "home of a slab", s->wary_slab->home,		\
	  was ^ QR_HOME_APART)					\
	D(options_flag, "home of a slab", s->slab->flags,		\
	  was | QR_SLAB_CHECKED)					\
	D(options_guard, "guarded, but with no options", s->slab->flags, \
	  was | QR_SLAB_GUARD)						\
	D(options_stale, "slab on a list, but set aside",		\
	  s->wary_slab->flags, was | QR_SLAB_STALE)			\
	D(options_layout, "layout with options of a cache",		\
	  s->wary->checked.lead, was + 8)				\
	D(record_slab, "slab of a record",				\
	  qr_slab_check(s->wary_slab, 0)->slab, s->slab)		\
	D(record_state, "state in the record of a FREE object",		\
	  qr_slab_check(s->wary_slab, s->wary_free)->state,		\
	  QR_CHECK_QUARANTINED)						\
	D(quarantine_lost, "object neither FREE, CACHED nor LIVE",	\
	  qr_slab_check(s->wary_slab, qr_slab_index(s->wary_slab,	\
	  (unsigned long)s->block[5]))->state, QR_CHECK_MOVING)		\
	D(quarantine_objects, "objects of a quarantine",		\
	  s->wary->quarantine.objects, was + 1)				\
	D(quarantine_bytes, "bytes of a quarantine",			\
	  s->wary->quarantine.bytes, was + 8)				\
	D(quarantine_newest, "end of a quarantine",			\
	  s->wary->quarantine.newest, NULL)				\
	D(budget_held, "bytes held of a budget", s->heap->budget.held,	\
	  (typeof(was)){ was.counter + 4096 })				\
	D(budget_high_water, "high-water mark of a budget",		\
	  s->heap->budget.high_water, (typeof(was)){ 1 })

#define DAMAGE_TEST(id, text, place, value)				\
static void damage_##id(struct stage *s, bool undo)			\
{									\
	static typeof(place) kept;					\
	typeof(kept) was = kept;					\
									\
	if (!undo)							\
		kept = was = (place);					\
	(void)was;							\
	if (undo)							\
		(place) = kept;						\
	else								\
		(place) = (value);					\
}									\
									\
TEST(damage_is_named_##id)						\
{									\
	named_and_repaired(_metadata, damage_##id, text);		\
}

static void named_and_repaired(struct __test_metadata *_metadata,
			       void (*damage)(struct stage *s, bool undo),
			       const char *what)
{
	static struct stage stage;
	unsigned long events;
	unsigned long found;

	ASSERT_TRUE(stage_begin(&stage));
	ASSERT_TRUE(world_is_sound());
	damage(&stage, false);
	found = qr_validate(QR_VALIDATE_STILL | QR_VALIDATE_QUIET);
	events = qr_event_count(QR_EVENT_DAMAGED);
	damage(&stage, true);
	EXPECT_GT(found, 0);
	EXPECT_EQ(min(found, (unsigned long)QR_PROBLEMS_KEPT), events);
	EXPECT_TRUE(was_named(what));
	ASSERT_TRUE(world_is_sound());
	ASSERT_TRUE(stage_end(&stage));
}

DAMAGES(DAMAGE_TEST)

TEST_HARNESS_MAIN
