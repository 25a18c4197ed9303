// SPDX-License-Identifier: GPL-2.0-only
/*
 * growth.c - which sites rise: told from samples taken at times of our own,
 * over a history that stays as long as it is and covers all of the time.
 */
#include "kselftest_harness.h"

#include <stdlib.h>

#include "growth.h"
#include "quarry_mirror.h"
#include "qt.h"
#include "site.h"
#include "world.h"

#define MINUTE		60000000000ULL
#define MANY		2000

FIXTURE(growth) {
	struct quarry_cache *cache;
	struct quarry_heap *heap;
	/* What each site owns. */
	void *object[4][MANY];
	unsigned int nr[4];
	u64 now;
	struct qr_growth_list *list;
	char *text;
	size_t len;
};

static struct quarry_site site[4];

FIXTURE_SETUP(growth)
{
	static const struct world one_node = { .nodes = 0x1 };
	unsigned int i;

	ASSERT_TRUE(world_begin(&one_node));
	self->cache = quarry_cache_create("some", 128, 0, 0, NULL);
	self->heap = quarry_heap_create("some", 8 << 20);
	for (i = 0; i < ARRAY_SIZE(site); i++)
		site[i] = (struct quarry_site) {
			.file = "driver.c", .func = "work", .line = i + 1,
			.module = "driver",
		};
}

FIXTURE_TEARDOWN(growth)
{
	unsigned int i;

	free(self->text);
	kvfree(self->list);
	for (i = 0; i < 4; i++)
		while (self->nr[i])
			quarry_cache_free(self->cache,
					  self->object[i][--self->nr[i]]);
	quarry_cache_destroy(self->cache);
	quarry_heap_destroy(self->heap);
	if (!world_end())
		abort();
}

/* Site @which owns @want objects from now on. */
#define OWN(which, want)						\
do {									\
	unsigned int *nr = &self->nr[which];				\
									\
	while (*nr < (want))						\
		self->object[which][(*nr)++] = __quarry_cache_alloc(	\
			self->cache, GFP_KERNEL, &site[which]);		\
	while (*nr > (want))						\
		quarry_cache_free(self->cache,				\
				  self->object[which][--*nr]);		\
} while (0)

#define SAMPLE()							\
({									\
	self->now += MINUTE;						\
	qr_growth_sample(self->now);					\
})

#define RISING()							\
do {									\
	kvfree(self->list);						\
	self->list = qr_growth_rising();				\
	ASSERT_NE(NULL, self->list);					\
} while (0)

static u32 number_of(unsigned int which)
{
	return qr_tag_site(site[which].tag);
}

TEST_F(growth, nothing_is_told_of_fewer_samples)
{
	unsigned int i;

	for (i = 1; i <= QR_GROWTH_MIN; i++) {
		OWN(0, i * 10);
		SAMPLE();
		RISING();
		EXPECT_EQ(i == QR_GROWTH_MIN, self->list->nr);
	}
}

TEST_F(growth, what_rises_is_told_with_its_rate)
{
	unsigned int i;

	for (i = 1; i <= 7; i++) {
		OWN(0, i * 10);		/* rises */
		OWN(1, 500);		/* stays */
		OWN(2, i % 2 ? 70 : 40);	/* comes and goes */
		OWN(3, 100 + 20 * i);	/* rises faster */
		SAMPLE();
	}
	RISING();
	ASSERT_EQ(2, self->list->nr);
	EXPECT_EQ(number_of(3), self->list->growth[0].site);
	EXPECT_EQ(1200, self->list->growth[0].objects_per_hour);
	EXPECT_EQ(number_of(0), self->list->growth[1].site);
	EXPECT_EQ(70, self->list->growth[1].objects);
	EXPECT_EQ(70 * 128, self->list->growth[1].bytes);
	EXPECT_EQ(600, self->list->growth[1].objects_per_hour);
	EXPECT_EQ(600 * 128, self->list->growth[1].bytes_per_hour);
	EXPECT_EQ(7, self->list->growth[1].samples);
	EXPECT_EQ(-1, self->list->growth[1].until_budget_s);
	EXPECT_EQ(7, self->list->samples);
	EXPECT_EQ(360, self->list->span_s);
}

TEST_F(growth, what_fell_is_not_told_until_it_is_higher)
{
	static const unsigned int owns[] = { 10, 50, 60, 90, 80, 85, 90, 95 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(owns); i++) {
		OWN(0, owns[i]);
		SAMPLE();
		RISING();
		EXPECT_EQ(i == 3 || i >= 6, self->list->nr);
	}
}

/* The fall is in a sample that is gone when it is judged. */
TEST_F(growth, a_peak_is_not_forgotten)
{
	unsigned int i;

	for (i = 0; i < QR_GROWTH_SAMPLES + 2; i++) {
		OWN(0, i == 5 ? 1500 : 100 + i);
		SAMPLE();
	}
	RISING();
	EXPECT_EQ(0, self->list->nr);
}

TEST_F(growth, a_full_history_covers_all_of_the_time)
{
	unsigned int i, stride = 1, skip = 0;

	/* As the clock does it: only every @stride minutes. */
	for (i = 0; i < 1000; i++) {
		OWN(0, 10 + i);
		self->now += MINUTE;
		if (skip) {
			skip--;
			continue;
		}
		stride = qr_growth_sample(self->now);
		skip = stride - 1;
	}
	EXPECT_EQ(16, stride);
	RISING();
	ASSERT_EQ(1, self->list->nr);
	EXPECT_LE(self->list->samples, QR_GROWTH_SAMPLES);
	EXPECT_GE(self->list->samples, QR_GROWTH_SAMPLES / 2 - 1);
	EXPECT_GE(self->list->span_s, 980 * 60);
	EXPECT_EQ(60, self->list->growth[0].objects_per_hour);
}

TEST_F(growth, a_site_that_comes_late_has_fewer_samples)
{
	unsigned int i;

	for (i = 1; i <= 10; i++) {
		OWN(0, i);
		if (i > 5)
			OWN(1, 10 * i);
		SAMPLE();
	}
	RISING();
	ASSERT_EQ(2, self->list->nr);
	EXPECT_EQ(number_of(1), self->list->growth[0].site);
	EXPECT_EQ(5, self->list->growth[0].samples);
	EXPECT_EQ(600, self->list->growth[0].objects_per_hour);
	EXPECT_EQ(10, self->list->growth[1].samples);
}

/* More sites than are followed: those with most bytes are. */
TEST_F(growth, the_largest_sites_are_followed)
{
	static struct quarry_site many[2 * QR_GROWTH_SITES];
	static void *object[2 * QR_GROWTH_SITES];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(many); i++) {
		many[i] = (struct quarry_site) {
			.file = "many.c", .func = "f", .line = i + 1,
		};
		object[i] = __quarry_cache_alloc(self->cache, GFP_KERNEL,
						 &many[i]);
	}
	SAMPLE();
	for (i = 1; i <= 5; i++) {
		OWN(0, i * 100);
		SAMPLE();
	}
	RISING();
	ASSERT_EQ(1, self->list->nr);
	EXPECT_EQ(number_of(0), self->list->growth[0].site);
	EXPECT_EQ(5, self->list->growth[0].samples);
	qt_empty(self->cache, object, ARRAY_SIZE(many));
}

TEST_F(growth, a_budget_is_told_when_it_will_be_used_up)
{
	unsigned long left, rate;
	void *block[6];
	unsigned int i;

	for (i = 0; i < 6; i++) {
		block[i] = __quarry_heap_alloc(self->heap, 256 << 10,
					       GFP_KERNEL, &site[0]);
		SAMPLE();
	}
	RISING();
	ASSERT_EQ(1, self->list->nr);
	rate = self->list->growth[0].bytes_per_hour;
	EXPECT_EQ(60UL * (256 << 10), rate);
	left = (8 << 20) - quarry_heap_held(self->heap);
	EXPECT_EQ(left * 3600 / rate, self->list->growth[0].until_budget_s);
	EXPECT_EQ(26 * 60, self->list->growth[0].until_budget_s);
	for (i = 0; i < 6; i++)
		quarry_free(block[i]);
}

TEST_F(growth, the_table_says_so)
{
	unsigned int i;
	FILE *to;

	for (i = 1; i <= 5; i++) {
		OWN(0, i * 10);
		SAMPLE();
	}
	to = open_memstream(&self->text, &self->len);
	ASSERT_EQ(0, mirror_report("growth", to));
	fclose(to);
	EXPECT_EQ(0, strncmp(self->text, "# quarry growth v1\n", 19));
	EXPECT_NE(NULL, strstr(self->text, "driver.c:1 [driver] work\n"));
	EXPECT_NE(NULL, strstr(self->text,
			       "# 5 samples in 240 s, 4 needed\n"));
}

TEST_F(growth, without_memory_there_is_a_sample_less)
{
	unsigned int i;

	for (i = 1; i <= 6; i++) {
		OWN(0, i * 10);
		mirror_fail_nth(MIRROR_FAULT_BUFFER, i == 1 || i == 3);
		SAMPLE();
		mirror_fail_nth(MIRROR_FAULT_BUFFER, 0);
	}
	RISING();
	ASSERT_EQ(1, self->list->nr);
	EXPECT_EQ(4, self->list->samples);
	EXPECT_EQ(600, self->list->growth[0].objects_per_hour);
}

TEST_HARNESS_MAIN
