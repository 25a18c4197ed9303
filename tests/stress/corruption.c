// SPDX-License-Identifier: GPL-2.0-only
/*
 * corruption.c - what an attacker reaches is written over at random: slack of
 * owned objects, FREE and CACHED objects, what lies around objects in their
 * slabs.  No object is handed out twice, no owner loses a byte, all metadata
 * stays as it must be.  QT_SCALE makes it longer, in percent.
 */
#include "kselftest_harness.h"

#include <pthread.h>

#include <linux/bitmap.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sched.h>

#include "quarry_mirror.h"
#include "layout.h"
#include "qt.h"
#include "slab.h"
#include "walk.h"
#include "world.h"

#define CACHES		5
#define HEAPS		2
#define SLOTS		2048
#define SLABS_MAX	16384
/* Corruptions of a test at QT_SCALE=100, and between looks at slabs. */
#define CORRUPTIONS	2000000UL
#define BURST		4000U
#define CALLS		300U

/* One that is owned, and the bytes of it that are filled. */
struct owned {
	u8 *at;
	u32 asked;
	u32 given;
	u32 seed;
};

struct arena {
	struct quarry_cache *cache[CACHES];
	struct quarry_heap *heap[HEAPS];
	u64 random;
	struct owned slot[SLOTS];
	/* Slabs there are now; none comes or goes while they are used. */
	struct qr_slab *slab[SLABS_MAX];
	unsigned int nr_slabs;
	unsigned long writes, allocs, in_slack, in_free, in_cached, around;
	const char *fault;
};

static struct arena arena;
/* A bit for eight bytes: owned by somebody. */
static unsigned long *taken;

static u32 rnd(struct arena *a)
{
	a->random ^= a->random >> 12;
	a->random ^= a->random << 25;
	a->random ^= a->random >> 27;
	return (a->random * 0x2545f4914f6cdd1dULL) >> 32;
}

static u32 below(struct arena *a, u32 ceiling)
{
	return ((u64)rnd(a) * ceiling) >> 32;
}

/* -------------------------------------------------------------- owners */

/* Marks what @at is given; false when any of it is somebody's already. */
static bool take(const u8 *at, u32 given)
{
	unsigned long from = ((unsigned long)at - mirror_arena.base) / 8, i;
	bool free = true;

	if ((unsigned long)at - mirror_arena.base >= mirror_arena.bytes)
		return true;
	for (i = from; i < from + given / 8; i++) {
		unsigned long bit = 1UL << i % BITS_PER_LONG;

		free &= !(__atomic_fetch_or(&taken[i / BITS_PER_LONG], bit,
					    __ATOMIC_RELAXED) & bit);
	}
	return free;
}

static void give(const u8 *at, u32 given)
{
	unsigned long from = ((unsigned long)at - mirror_arena.base) / 8, i;

	if ((unsigned long)at - mirror_arena.base >= mirror_arena.bytes)
		return;
	for (i = from; i < from + given / 8; i++)
		__atomic_fetch_and(&taken[i / BITS_PER_LONG],
				   ~(1UL << i % BITS_PER_LONG),
				   __ATOMIC_RELAXED);
}

static const u16 sizes[CACHES] = { 8, 24, 200, 1000, 4096 };

static void *alloc_any(struct arena *a, struct owned *o, gfp_t gfp)
{
	u32 which = below(a, CACHES + 3);

	if (which < CACHES) {
		o->asked = sizes[which];
		return quarry_cache_alloc(a->cache[which], gfp);
	}
	o->asked = 1 + below(a, 1U << below(a, 14));
	if (!below(a, 64))
		o->asked = 8000 + below(a, 32000);
	if (below(a, 2))
		return quarry_heap_alloc(a->heap[which % HEAPS], o->asked, gfp);
	return quarry_heap_kvalloc(a->heap[which % HEAPS], o->asked, gfp);
}

static bool is_zero(const u8 *at, u32 bytes)
{
	while (bytes--)
		if (*at++)
			return false;
	return true;
}

static void slot_alloc(struct arena *a, struct owned *o)
{
	gfp_t gfp = GFP_KERNEL | (below(a, 8) ? 0 : __GFP_ZERO);
	u32 i;

	o->at = alloc_any(a, o, gfp);
	if (!o->at)
		return;
	a->allocs++;
	o->given = quarry_usable_size(o->at);
	o->seed = rnd(a);
	if (o->given < o->asked)
		a->fault = "too small";
	if (!take(o->at, o->given))
		a->fault = "handed out twice";
	if ((gfp & __GFP_ZERO) && !is_zero(o->at, o->asked))
		a->fault = "not zeroed";
	for (i = 0; i < o->asked; i++)
		o->at[i] = o->seed + i;
}

static void slot_free(struct arena *a, struct owned *o)
{
	struct qr_slab *slab = qt_slab(o->at);
	u32 i;

	for (i = 0; i < o->asked; i++)
		if (o->at[i] != (u8)(o->seed + i))
			a->fault = "an owner's byte changed";
	give(o->at, o->given);
	if (slab->cache->heap)
		quarry_free(o->at);
	else
		quarry_cache_free(slab->cache, o->at);
	o->at = NULL;
}

static void call_once(struct arena *a)
{
	struct owned *o = &a->slot[below(a, SLOTS)];

	if (o->at)
		slot_free(a, o);
	else
		slot_alloc(a, o);
	if (!below(a, 20000))
		quarry_cache_shrink(a->cache[below(a, CACHES)]);
	if (!below(a, 20000))
		quarry_heap_set_level(a->heap[below(a, HEAPS)],
				      below(a, QR_NR_LEVELS));
}

/* ------------------------------------------------------------ attackers */

static void list_slabs(struct arena *a)
{
	struct quarry_cache *cache = NULL;

	a->nr_slabs = 0;
	while ((cache = qr_walk_next_cache(cache))) {
		struct qr_slab *slab;
		int nid;

		for_each_node(nid)
			list_for_each_entry(slab, &cache->node[nid]->all, all)
				if (a->nr_slabs < SLABS_MAX)
					a->slab[a->nr_slabs++] = slab;
	}
}

/* Some of @bytes, or all of them. */
static void scribble(struct arena *a, u8 *at, size_t bytes)
{
	size_t from = 0, i;

	if (!bytes)
		return;
	if (bytes > 256 || (bytes > 16 && below(a, 8))) {
		u32 some = below(a, 4) ? 8 : min(bytes, (size_t)256);

		from = below(a, bytes - some + 1);
		bytes = some;
	}
	/* At times what looks like something: addresses, small numbers. */
	switch (below(a, 4)) {
	case 0:
		memset(at + from, below(a, 2) ? 0 : 0xff, bytes);
		break;
	case 1:
		if (bytes >= 8) {
			u64 word = (unsigned long)a->slab[below(a, a->nr_slabs)];

			memcpy(at + from, &word, 8);
		}
		break;
	default:
		for (i = 0; i < bytes; i++)
			at[from + i] = rnd(a);
	}
	a->writes++;
}

/* Bytes at the end of an owned object that its owner did not ask for. */
static u32 slack_of(const struct qr_slab *slab, u64 tag)
{
	if (!slab->cache->heap)
		return slab->size - slab->cache->object_size;
	if (slab->level == QUARRY_LEVEL_OFF)
		return 0;
	return min(qr_tag_slack(tag, slab->size), slab->size);
}

static void corrupt_around(struct arena *a, const struct qr_slab *slab)
{
	u8 *end = (u8 *)slab->base + (size_t)slab->size * slab->objects;
	u8 *pages = slab->pages;
	size_t bytes = (size_t)slab->nr_pages << PAGE_SHIFT;

	a->around++;
	if (below(a, 2))
		scribble(a, pages, (u8 *)slab->base - pages);
	else
		scribble(a, end, pages + bytes - end);
}

static void corrupt_once(struct arena *a)
{
	struct qr_slab *slab = a->slab[below(a, a->nr_slabs)];
	u32 i = below(a, slab->objects);
	u64 tag = qr_tag_read(qr_tag_at(slab, i), slab->level);
	u8 *object = qr_slab_object(slab, i);
	u32 slack;

	if (!below(a, 64)) {
		corrupt_around(a, slab);
	} else if (tag) {
		slack = slack_of(slab, tag);
		a->in_slack += !!slack;
		scribble(a, object + slab->size - slack, slack);
	} else {
		if (test_bit(i, slab->free))
			a->in_free++;
		else
			a->in_cached++;
		scribble(a, object, slab->size);
	}
}

/* ---------------------------------------------------------------- tests */

static bool arena_begin(struct arena *a, const struct world *world)
{
	char name[16];
	unsigned int i;

	memset(a, 0, sizeof(*a));
	a->random = world_seed() | 1;
	if (!world_begin(world))
		return false;
	taken = calloc(mirror_arena.bytes / 64, 1);
	for (i = 0; i < CACHES; i++) {
		snprintf(name, sizeof(name), "target-%u", i);
		a->cache[i] = quarry_cache_create(name, sizes[i], 0, 0, NULL);
		quarry_cache_set_level(a->cache[i], i % QR_NR_LEVELS);
	}
	for (i = 0; i < HEAPS; i++) {
		snprintf(name, sizeof(name), "target-%u", i);
		a->heap[i] = quarry_heap_create(name, 0);
	}
	return taken;
}

static bool arena_end(struct arena *a)
{
	unsigned int i;

	for (i = 0; i < SLOTS; i++)
		if (a->slot[i].at)
			slot_free(a, &a->slot[i]);
	for (i = 0; i < CACHES; i++)
		if (quarry_cache_destroy(a->cache[i]))
			return false;
	for (i = 0; i < HEAPS; i++)
		if (quarry_heap_destroy(a->heap[i]))
			return false;
	free(taken);
	return world_end();
}

FIXTURE(corruption) {
};

FIXTURE_VARIANT(corruption) {
	struct world world;
};

FIXTURE_VARIANT_ADD(corruption, one_node) {
	.world = { .nodes = 0x1 },
};

FIXTURE_VARIANT_ADD(corruption, two_nodes_wiping) {
	.world = { .nodes = 0x3, .init = true },
};

FIXTURE_SETUP(corruption)
{
	ASSERT_TRUE(arena_begin(&arena, &variant->world));
}

FIXTURE_TEARDOWN(corruption)
{
}

TEST_F_TIMEOUT(corruption, of_what_nobody_owns_harms_nobody, 7200)
{
	unsigned long wanted = world_scale(CORRUPTIONS), round = 0;
	struct arena *a = &arena;
	unsigned int i;

	while (a->writes < wanted && !a->fault) {
		for (i = 0; i < CALLS; i++)
			call_once(a);
		list_slabs(a);
		for (i = 0; i < BURST; i++)
			corrupt_once(a);
		if (!(round++ % 64))
			ASSERT_TRUE(world_is_sound());
	}
	TH_LOG("%.1f million corruptions (slack %.1f, FREE %.1f, CACHED %.1f, around %.1f), %lu allocations, QT_SEED=%#llx",
	       a->writes / 1e6, a->in_slack / 1e6, a->in_free / 1e6,
	       a->in_cached / 1e6, a->around / 1e6, a->allocs, world_seed());
	ASSERT_EQ(NULL, a->fault) {
		TH_LOG("%s", a->fault);
	}
	ASSERT_TRUE(a->in_slack && a->in_free && a->in_cached && a->around);
	ASSERT_TRUE(arena_end(a));
}

/* ------------------------------------------------ attacked while at work */

#define OWNERS		3

static int stop;

/* Whatever is in the objects: owners do not look at it. */
static void scribble_slab(struct qr_slab *slab, void *data)
{
	struct arena *a = data;
	u64 *word = slab->pages;
	size_t words = ((size_t)slab->nr_pages << PAGE_SHIFT) / 8, i;

	for (i = 0; i < 512; i++)
		WRITE_ONCE(word[below(a, words)], rnd(a) * 0x100000001ULL);
	a->writes += 512;
}

struct owner {
	pthread_t thread;
	struct arena *shared;
	u64 random;
	unsigned long allocs;
	const char *fault;
};

static void *own(void *data)
{
	struct owner *owner = data;
	struct arena mine = { .random = owner->random };
	void *held[128] = { NULL };
	u32 given[128];

	while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE)) {
		u32 i = below(&mine, 128), which = below(&mine, CACHES);
		struct quarry_cache *cache = owner->shared->cache[which];

		if (held[i]) {
			struct qr_slab *slab = qt_slab(held[i]);

			give(held[i], given[i]);
			quarry_cache_free(slab->cache, held[i]);
			held[i] = NULL;
			continue;
		}
		held[i] = quarry_cache_alloc(cache, GFP_KERNEL);
		given[i] = cache->layout.size;
		if (held[i] && !take(held[i], given[i]))
			owner->fault = "handed out twice";
		owner->allocs++;
	}
	for (u32 i = 0; i < 128; i++)
		if (held[i]) {
			give(held[i], given[i]);
			quarry_cache_free(qt_slab(held[i])->cache,
					  held[i]);
		}
	return NULL;
}

TEST_F_TIMEOUT(corruption, of_everything_while_threads_allocate, 7200)
{
	unsigned long wanted = world_scale(CORRUPTIONS);
	struct owner owners[OWNERS];
	struct arena *a = &arena;
	unsigned long allocs = 0;
	unsigned int i;

	stop = 0;
	for (i = 0; i < OWNERS; i++) {
		owners[i] = (struct owner){
			.shared = a, .random = (world_seed() + i) | 1,
		};
		pthread_create(&owners[i].thread, NULL, own, &owners[i]);
	}
	while (a->writes < wanted)
		for (i = 0; i < CACHES; i++) {
			qr_walk_slabs(a->cache[i], scribble_slab, a);
			sched_yield();
		}
	__atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
	for (i = 0; i < OWNERS; i++) {
		pthread_join(owners[i].thread, NULL);
		EXPECT_EQ(NULL, owners[i].fault) {
			TH_LOG("%s", owners[i].fault);
		}
		allocs += owners[i].allocs;
	}
	TH_LOG("%.1f million corruptions, %lu allocations, QT_SEED=%#llx",
	       a->writes / 1e6, allocs, world_seed());
	ASSERT_TRUE(arena_end(a));
}

TEST_HARNESS_MAIN
