// SPDX-License-Identifier: GPL-2.0-only
/*
 * interrupt.c - interrupts that allocate and free from the cache and heap
 * that they interrupt, at every place where one can strike.
 */
#include "kselftest_harness.h"

#include "quarry_mirror.h"
#include "machine.h"
#include "site.h"
#include "slab.h"
#include "tag.h"
#include "check.h"
#include "shadow.h"
#include "world.h"

#define HELD	8

static struct {
	struct quarry_cache *cache;
	struct quarry_heap *heap;
	u64 *held[HELD];
	u64 value[HELD];
	unsigned int at;
	unsigned long runs;
	unsigned long wrong;
	unsigned long refused;
} handler;

/* Frees the oldest of what former interrupts took, and takes another. */
static void handle(void *data)
{
	unsigned int at = handler.at++ % HELD;
	u64 *word = handler.held[at];

	handler.runs++;
	if (word && (word[0] != handler.value[at] ||
		     word[7] != handler.value[at]))
		handler.wrong++;
	if (quarry_cache_of(word))
		quarry_cache_free(handler.cache, word);
	else
		quarry_free(word);
	if (at & 1)
		word = quarry_cache_alloc(handler.cache, GFP_ATOMIC);
	else
		word = quarry_heap_alloc(handler.heap, 64, GFP_ATOMIC);
	handler.held[at] = word;
	if (!word) {
		handler.refused++;
		return;
	}
	handler.value[at] = ~handler.runs;
	word[0] = handler.value[at];
	word[7] = handler.value[at];
}

static void handler_end(void)
{
	unsigned int i;

	for (i = 0; i < HELD; i++) {
		if (quarry_cache_of(handler.held[i]))
			quarry_cache_free(handler.cache, handler.held[i]);
		else
			quarry_free(handler.held[i]);
		handler.held[i] = NULL;
	}
}

FIXTURE(interrupt) {
	struct qt t;
};

FIXTURE_VARIANT(interrupt) {
	struct world world;
	enum quarry_level level;
};

FIXTURE_VARIANT_ADD(interrupt, level_site) {
	.world = { .nodes = 0x3 }, .level = QUARRY_LEVEL_SITE,
};

FIXTURE_VARIANT_ADD(interrupt, level_off) {
	.world = { .nodes = 0x1 }, .level = QUARRY_LEVEL_OFF,
};

FIXTURE_VARIANT_ADD(interrupt, level_stack) {
	.world = { .nodes = 0x1 }, .level = QUARRY_LEVEL_STACK,
};

FIXTURE_SETUP(interrupt)
{
	memset(&self->t, 0, sizeof(self->t));
	self->t.name = "interrupt";
	ASSERT_TRUE(world_begin(&variant->world));
	memset(&handler, 0, sizeof(handler));
	handler.cache = quarry_cache_create("irq", 64, 0, 0, NULL);
	ASSERT_FALSE(IS_ERR(handler.cache));
	handler.heap = quarry_heap_create("irq", 0);
	ASSERT_FALSE(IS_ERR(handler.heap));
	quarry_cache_set_level(handler.cache, variant->level);
	quarry_heap_set_level(handler.heap, variant->level);
}

FIXTURE_TEARDOWN(interrupt)
{
}

static void finish(struct __test_metadata *_metadata, struct qt *t)
{
	mirror_interrupt_arm(0, NULL, NULL);
	handler_end();
	qt_check_cache(t, handler.cache);
	qt_check_heap(t, handler.heap);
	ASSERT_EQ(0, handler.wrong);
	ASSERT_NE(0, handler.runs);
	ASSERT_EQ(0, quarry_cache_destroy(handler.cache));
	ASSERT_EQ(0, quarry_heap_destroy(handler.heap));
	ASSERT_EQ(0, t->failures);
	ASSERT_TRUE(world_end());
}

/* Enough allocs and frees to load, exchange, refill and flush magazines. */
static bool work(void)
{
	static void *object[300], *block[300];
	unsigned int i;
	bool all = true;

	for (i = 0; i < 300; i++) {
		object[i] = quarry_cache_alloc(handler.cache, GFP_KERNEL);
		block[i] = quarry_heap_alloc(handler.heap, 64, GFP_KERNEL);
		all &= object[i] && block[i];
	}
	for (i = 0; i < 300; i++) {
		quarry_cache_free(handler.cache, object[i]);
		quarry_free(block[i]);
	}
	return all;
}

TEST_F_TIMEOUT(interrupt, at_each_single_point_is_harmless, 300)
{
	unsigned long nth, step = 1;

	for (nth = 1;; nth += step) {
		unsigned long before = handler.runs;

		mirror_interrupt_arm(nth, handle, NULL);
		ASSERT_TRUE(work());
		mirror_interrupt_arm(0, NULL, NULL);
		if (handler.runs == before)
			break;
		/* The first round's points all, later ones thinned out. */
		step = 1 + nth / 2000;
		if (nth % 64 == 0)
			qt_check_cache(&self->t, handler.cache);
	}
	ASSERT_GT(nth, 1000);
	finish(_metadata, &self->t);
}

TEST_F_TIMEOUT(interrupt, at_every_nth_point_is_harmless, 300)
{
	unsigned long nth;

	for (nth = 1; nth < 40; nth++) {
		mirror_interrupt_every(nth, handle, NULL);
		ASSERT_TRUE(work());
		mirror_interrupt_arm(0, NULL, NULL);
		qt_check_cache(&self->t, handler.cache);
		qt_check_heap(&self->t, handler.heap);
	}
	finish(_metadata, &self->t);
}

TEST_F_TIMEOUT(interrupt, at_any_instruction_is_harmless, 300)
{
	unsigned long i;

	ASSERT_EQ(0, mirror_interrupt_timer(50, handle, NULL));
	for (i = 0; i < world_scale(2000); i++)
		ASSERT_TRUE(work());
	ASSERT_EQ(0, mirror_interrupt_timer(0, NULL, NULL));
	finish(_metadata, &self->t);
}

TEST_F(interrupt, in_drain_and_level_switch_is_harmless)
{
	unsigned long nth;

	for (nth = 1; nth < 30; nth++) {
		mirror_interrupt_every(nth, handle, NULL);
		work();
		quarry_cache_shrink(handler.cache);
		quarry_cache_set_level(handler.cache, nth % QR_NR_LEVELS);
		quarry_heap_shrink(handler.heap);
		quarry_heap_set_level(handler.heap, nth % QR_NR_LEVELS);
		mirror_interrupt_arm(0, NULL, NULL);
		qt_check_cache(&self->t, handler.cache);
	}
	finish(_metadata, &self->t);
}

/* An object on its way: between two owners, and what RCU saw of this CPU. */
static struct {
	void *tag;
	unsigned int level;
	bool begun;
	u32 passes;
} way;

static void look_at_way(void *data)
{
	u64 tag = qr_tag_raw(way.tag, way.level);

	if (!tag || (tag & QR_TAG_LIVE))
		return;
	handler.runs++;
	handler.wrong += way.begun && way.passes != mirror_cpu->passes;
	way.begun = true;
	way.passes = mirror_cpu->passes;
}

/* Else its slab might go meanwhile, if it was freed twice at once: see birth.c. */
TEST_F(interrupt, no_grace_period_ends_while_an_object_is_on_its_way)
{
	void *object = quarry_cache_alloc(handler.cache, GFP_KERNEL);
	struct qr_slab *slab = qt_slab(object);

	way.tag = qr_tag_at(slab, qr_slab_index(slab, (unsigned long)object));
	way.level = slab->level;
	mirror_interrupt_every(1, look_at_way, NULL);
	/* There are no magazines yet. */
	quarry_cache_free(handler.cache, object);
	mirror_interrupt_arm(0, NULL, NULL);
	finish(_metadata, &self->t);
}

static void handle_nmi(void *data)
{
	u64 seq = qr_event_last();

	handler.runs++;
	handler.wrong += !!quarry_cache_alloc(handler.cache, GFP_ATOMIC);
	handler.wrong += !!quarry_heap_alloc(handler.heap, 50000, GFP_ATOMIC);
	quarry_cache_free(handler.cache, data);
	handler.wrong += qr_event_last() == seq;
}

TEST_F(interrupt, from_nmi_all_is_refused)
{
	void *object = quarry_cache_alloc(handler.cache, GFP_KERNEL);
	struct qr_cache_count count;

	mirror_nmi(handle_nmi, object);
	qr_cache_count(handler.cache, &count);
	EXPECT_EQ(1, count.live);
	quarry_cache_free(handler.cache, object);
	finish(_metadata, &self->t);
}

static void name_sites_in_nmi(void *data)
{
	u32 before = qr_site_count();

	handler.runs++;
	/* The fast path may serve it, under the name of nobody. */
	quarry_cache_free(handler.cache,
			  quarry_cache_alloc(handler.cache, GFP_ATOMIC));
	quarry_cache_free(handler.cache,
			  (quarry_cache_alloc)(handler.cache, GFP_ATOMIC));
	handler.wrong += qr_site_count() != before;
}

TEST_F(interrupt, from_nmi_no_site_is_numbered)
{
	mirror_nmi(name_sites_in_nmi, NULL);
	finish(_metadata, &self->t);
}

TEST_HARNESS_MAIN
