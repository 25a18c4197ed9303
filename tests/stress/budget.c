// SPDX-License-Identifier: GPL-2.0-only
/*
 * budget.c - a heap's budget under fire: lowered below its use, fought over by
 * threads for the last page, with an owner who gives things up when asked.
 */
#include "kselftest_harness.h"

#include <pthread.h>

#include <linux/mm.h>

#include <linux/err.h>
#include <linux/kernel.h>

#include "quarry_mirror.h"
#include "internal.h"
#include "world.h"

#define THREADS		8
#define PAGES		64

FIXTURE(budget) {
	struct quarry_heap *heap;
};

FIXTURE_SETUP(budget)
{
	static const struct world world = { .nodes = 0x3 };

	ASSERT_TRUE(world_begin(&world));
	self->heap = quarry_heap_create("budget", PAGES * PAGE_SIZE);
	ASSERT_FALSE(IS_ERR(self->heap));
}

FIXTURE_TEARDOWN(budget)
{
	ASSERT_EQ(0, quarry_heap_held(self->heap));
	ASSERT_EQ(0, quarry_heap_destroy(self->heap));
	ASSERT_TRUE(world_end());
}

static void *page_of(struct quarry_heap *heap)
{
	return quarry_heap_alloc(heap, 3 * PAGE_SIZE,
				 GFP_KERNEL | __GFP_NOWARN);
}

TEST_F(budget, lowered_below_its_use_refuses_until_freed)
{
	struct quarry_heap *heap = self->heap;
	void *block[16];
	unsigned int i;

	for (i = 0; i < 16; i++)
		ASSERT_NE(NULL, block[i] = page_of(heap));
	quarry_heap_set_limit(heap, 24 * PAGE_SIZE);
	EXPECT_EQ(NULL, page_of(heap));
	EXPECT_EQ(48 * PAGE_SIZE, quarry_heap_held(heap));
	EXPECT_TRUE(world_is_sound());
	for (i = 0; i < 8; i++) {
		quarry_free(block[i]);
		block[i] = NULL;
		EXPECT_EQ(NULL, page_of(heap));
	}
	quarry_free(block[8]);
	EXPECT_NE(NULL, block[8] = page_of(heap));
	EXPECT_EQ(24 * PAGE_SIZE, quarry_heap_held(heap));
	for (i = 0; i < 16; i++)
		quarry_free(block[i]);
}

/* -------------------------------------------------------- the last page */

static struct {
	struct quarry_heap *heap;
	int stop;
	unsigned long got;
	unsigned long refused;
	unsigned long over;
} race;

static void *want_the_last(void *data)
{
	while (!__atomic_load_n(&race.stop, __ATOMIC_ACQUIRE)) {
		void *block = page_of(race.heap);

		if (!block) {
			__atomic_add_fetch(&race.refused, 1, __ATOMIC_RELAXED);
			continue;
		}
		__atomic_add_fetch(&race.got, 1, __ATOMIC_RELAXED);
		if (quarry_usable_size(block) != 3 * PAGE_SIZE)
			__atomic_add_fetch(&race.over, 1, __ATOMIC_RELAXED);
		quarry_free(block);
	}
	return NULL;
}

/* One of eight at most has it; the others are refused, never all for long. */
TEST_F_TIMEOUT(budget, last_page_is_somebodys_and_never_two_peoples, 300)
{
	unsigned long end = world_scale(20000);
	pthread_t thread[THREADS];
	void *most;
	unsigned int i;

	most = quarry_heap_alloc(self->heap, (PAGES - 3) * PAGE_SIZE,
				 GFP_KERNEL);
	ASSERT_NE(NULL, most);
	memset(&race, 0, sizeof(race));
	race.heap = self->heap;
	for (i = 0; i < THREADS; i++)
		pthread_create(&thread[i], NULL, want_the_last, NULL);
	while (__atomic_load_n(&race.got, __ATOMIC_RELAXED) < end ||
	       !__atomic_load_n(&race.refused, __ATOMIC_RELAXED))
		usleep(1000);
	__atomic_store_n(&race.stop, 1, __ATOMIC_RELEASE);
	for (i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	TH_LOG("%lu got it, %lu were refused", race.got, race.refused);
	EXPECT_EQ(0, race.over);
	EXPECT_GT(race.refused, 0);
	EXPECT_LE(atomic_long_read(&self->heap->budget.high_water),
		  PAGES * PAGE_SIZE);
	quarry_free(most);
}

/* -------------------------------------------------------------- shrinker */

/* Blocks that their owner can do without. */
struct owner {
	struct quarry_heap *heap;
	void *spare[PAGES];
	unsigned int nr;
	unsigned int asked;
	unsigned int inside;
	bool nests;
};

static unsigned long give_up(void *data, unsigned long bytes)
{
	struct owner *owner = data;
	unsigned long given = 0;

	owner->asked++;
	might_sleep();
	if (owner->nests) {
		owner->inside++;
		/* Over the budget as well: it must not come back here. */
		quarry_free(page_of(owner->heap));
		owner->inside--;
	}
	while (owner->nr && given < bytes) {
		quarry_free(owner->spare[--owner->nr]);
		given += 3 * PAGE_SIZE;
	}
	return given;
}

static void fill(struct owner *owner)
{
	while (owner->nr < PAGES) {
		/* The owner itself is not asked for that. */
		void *block = quarry_heap_alloc(owner->heap, 3 * PAGE_SIZE,
						GFP_KERNEL | __GFP_NORETRY |
						__GFP_NOWARN);

		if (!block)
			return;
		owner->spare[owner->nr++] = block;
	}
}

TEST_F(budget, owner_is_asked_before_a_refusal)
{
	struct owner owner = { .heap = self->heap };
	unsigned int kept;
	void *block;

	fill(&owner);
	ASSERT_EQ(PAGES / 3, owner.nr);
	ASSERT_EQ(0, quarry_heap_set_shrinker(self->heap, give_up, &owner));
	EXPECT_EQ(-EBUSY, quarry_heap_set_shrinker(self->heap, give_up, NULL));
	ASSERT_NE(NULL, block = page_of(self->heap));
	EXPECT_EQ(1, owner.asked);
	quarry_free(block);
	/* Not where it may not sleep, nor where little shall be tried. */
	fill(&owner);
	EXPECT_EQ(NULL, quarry_heap_alloc(self->heap, 3 * PAGE_SIZE,
					  GFP_ATOMIC | __GFP_NOWARN));
	EXPECT_EQ(NULL, quarry_heap_alloc(self->heap, 3 * PAGE_SIZE,
					  GFP_KERNEL | __GFP_NORETRY |
					  __GFP_NOWARN));
	EXPECT_EQ(1, owner.asked);
	/* A larger one is asked for at once. */
	ASSERT_NE(NULL, block = quarry_heap_alloc(self->heap, 30 * PAGE_SIZE,
						  GFP_KERNEL));
	EXPECT_EQ(2, owner.asked);
	quarry_free(block);
	/* Nothing left to give: refused, and asked once. */
	kept = owner.nr;
	owner.nr = 0;
	EXPECT_EQ(NULL, quarry_heap_alloc(self->heap, 80 * PAGE_SIZE,
					  GFP_KERNEL | __GFP_NOWARN));
	EXPECT_EQ(3, owner.asked);
	ASSERT_EQ(0, quarry_heap_set_shrinker(self->heap, NULL, NULL));
	EXPECT_EQ(NULL, quarry_heap_alloc(self->heap, 80 * PAGE_SIZE,
					  GFP_KERNEL | __GFP_NOWARN));
	EXPECT_EQ(3, owner.asked);
	for (owner.nr = kept; owner.nr;)
		quarry_free(owner.spare[--owner.nr]);
}

TEST_F(budget, owner_who_allocates_is_not_asked_inside)
{
	struct owner owner = { .heap = self->heap, .nests = true };
	void *block;

	fill(&owner);
	ASSERT_EQ(0, quarry_heap_set_shrinker(self->heap, give_up, &owner));
	ASSERT_NE(NULL, block = page_of(self->heap));
	EXPECT_EQ(1, owner.asked);
	EXPECT_EQ(0, owner.inside);
	quarry_free(block);
	ASSERT_EQ(0, quarry_heap_set_shrinker(self->heap, NULL, NULL));
	while (owner.nr)
		quarry_free(owner.spare[--owner.nr]);
}

static pthread_mutex_t spare_lock = PTHREAD_MUTEX_INITIALIZER;

static unsigned long give_up_locked(void *data, unsigned long bytes)
{
	unsigned long given;

	pthread_mutex_lock(&spare_lock);
	given = give_up(data, bytes);
	pthread_mutex_unlock(&spare_lock);
	return given;
}

static void *refill(void *data)
{
	struct owner *owner = data;

	while (!__atomic_load_n(&race.stop, __ATOMIC_ACQUIRE)) {
		void *block = page_of(owner->heap);

		if (!block) {
			__atomic_add_fetch(&race.refused, 1, __ATOMIC_RELAXED);
			continue;
		}
		__atomic_add_fetch(&race.got, 1, __ATOMIC_RELAXED);
		pthread_mutex_lock(&spare_lock);
		if (owner->nr < PAGES)
			owner->spare[owner->nr++] = block;
		else
			quarry_free(block);
		pthread_mutex_unlock(&spare_lock);
	}
	return NULL;
}

/* What is cached by its owner is given up by eight at once, over and over. */
TEST_F_TIMEOUT(budget, owner_is_asked_by_many_at_once, 300)
{
	struct owner owner = { .heap = self->heap };
	unsigned long end = world_scale(20000);
	pthread_t thread[THREADS];
	unsigned int i;

	memset(&race, 0, sizeof(race));
	ASSERT_EQ(0, quarry_heap_set_shrinker(self->heap, give_up_locked,
					      &owner));
	for (i = 0; i < THREADS; i++)
		pthread_create(&thread[i], NULL, refill, &owner);
	while (__atomic_load_n(&race.got, __ATOMIC_RELAXED) < end)
		usleep(1000);
	/* Nobody is in it any more once this returns. */
	ASSERT_EQ(0, quarry_heap_set_shrinker(self->heap, NULL, NULL));
	__atomic_store_n(&race.stop, 1, __ATOMIC_RELEASE);
	for (i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	TH_LOG("%lu allocations, %lu refused, asked %u times", race.got,
	       race.refused, owner.asked);
	EXPECT_GT(owner.asked, 0);
	EXPECT_LE(atomic_long_read(&self->heap->budget.high_water),
		  PAGES * PAGE_SIZE);
	while (owner.nr)
		quarry_free(owner.spare[--owner.nr]);
}

TEST_HARNESS_MAIN
