// SPDX-License-Identifier: GPL-2.0-only
/*
 * reports.c - the texts that debugfs shows: their form, that they say what is
 * so, that no address is in them, and that the log is not flooded.
 */
#include "kselftest_harness.h"

#include <stdlib.h>

#include "file_text.h"
#include "quarry_mirror.h"
#include "qt.h"
#include "walk.h"
#include "world.h"

#define LIVE	37

static unsigned int log_lines;

static void count_line(int level, const char *line)
{
	log_lines++;
}

/* What belongs to a line above is indented. */
static void count_headline(int level, const char *line)
{
	log_lines += !strstr(line, "quarry:   ");
}

FIXTURE(reports) {
	struct quarry_cache *cache;
	struct quarry_heap *heap;
	void *object[LIVE];
	void *block;
	char *text;
	size_t len;
};

/* Not static: dladdr() is to know its name. */
void free_the_middle(struct quarry_cache *cache, char *object);

noinline void free_the_middle(struct quarry_cache *cache, char *object)
{
	quarry_cache_free(cache, object + 8);
	barrier();
}

FIXTURE_SETUP(reports)
{
	static const struct world one_node = { .nodes = 0x1 };

	ASSERT_TRUE(world_begin(&one_node));
	self->cache = quarry_cache_create("some", 100, 0, 0, NULL);
	self->heap = quarry_heap_create("some", 1 << 20);
	ASSERT_EQ(LIVE, qt_fill(self->cache, self->object, LIVE));
	self->block = quarry_heap_alloc(self->heap, 50000, GFP_KERNEL);
	/* An event that has an address. */
	free_the_middle(self->cache, self->object[0]);
}

FIXTURE_TEARDOWN(reports)
{
	free(self->text);
	qt_empty(self->cache, self->object, LIVE);
	quarry_free(self->block);
	quarry_cache_destroy(self->cache);
	quarry_heap_destroy(self->heap);
	if (!world_end())
		abort();
}

static const char *const names[] = {
	"version", "caches", "slabinfo", "heaps", "sites", "allocinfo",
	"since_mark", "growth", "events", "cache/some/stats", "cache/some/slabs", "cache/some/sites",
	"heap/some/stats", "heap/some/classes", "heap/some/sites",
};

/* Line @nr of @text, from 0, cut out; or "". */
static const char *line_of(const char *text, unsigned int nr)
{
	static char line[1024];
	size_t len;

	while (nr-- && text)
		text = strchr(text, '\n') ? strchr(text, '\n') + 1 : NULL;
	len = text ? strcspn(text, "\n") : 0;
	memcpy(line, text ? text : "", len);
	line[len] = '\0';
	return line;
}

static unsigned int lines_in(const char *text)
{
	unsigned int nr = 0;

	for (; *text; text++)
		nr += *text == '\n';
	return nr;
}

static unsigned int words_in(const char *line)
{
	unsigned int nr = 0;

	while (*(line += strspn(line, " "))) {
		line += strcspn(line, " ");
		nr++;
	}
	return nr;
}

TEST_F(reports, begin_with_name_and_version)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		READ(names[i]);
		ASSERT_GT(self->len, 20);
		EXPECT_EQ('\n', self->text[self->len - 1]);
		if (!strcmp(names[i], "slabinfo")) {
			EXPECT_STREQ("slabinfo - version: 2.1",
				     line_of(self->text, 0));
		} else if (!strcmp(names[i], "allocinfo")) {
			EXPECT_STREQ("allocinfo - version: 2.0",
				     line_of(self->text, 0));
		} else {
			EXPECT_EQ(0, strncmp(self->text, "# quarry ", 9));
		}
	}
}

TEST_F(reports, have_no_addresses)
{
	char address[2][32];
	unsigned int i;

	/* Without the low digits, which sizes could equal by chance. */
	snprintf(address[0], 32, "%lx", (long)self->object[0] >> 12);
	snprintf(address[1], 32, "%lx", (long)self->cache >> 12);
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		READ(names[i]);
		EXPECT_EQ(NULL, strstr(self->text, address[0]));
		EXPECT_EQ(NULL, strstr(self->text, address[1]));
		EXPECT_EQ(NULL, strstr(self->text, "0x7f"));
	}
}

TEST_F(reports, slabinfo_has_sixteen_words_a_row)
{
	unsigned int nr;

	READ("slabinfo");
	nr = lines_in(self->text);
	ASSERT_GT(nr, 2);
	while (nr-- > 2)
		EXPECT_EQ(16, words_in(line_of(self->text, nr)));
}

TEST_F(reports, slabinfo_says_what_lives)
{
	unsigned long active, total, size, each, pages;
	char name[64];
	unsigned int nr;

	READ("slabinfo");
	for (nr = 2; nr < lines_in(self->text); nr++) {
		ASSERT_EQ(6, sscanf(line_of(self->text, nr),
				    "%63s %lu %lu %lu %lu %lu : tunables",
				    name, &active, &total, &size, &each,
				    &pages));
		EXPECT_LE(active, total);
		EXPECT_GT(each * pages * size, 0);
		if (!strcmp(name, "some"))
			EXPECT_EQ(LIVE, active);
	}
}

TEST_F(reports, tables_have_as_many_columns_as_heads)
{
	static const char *const table[] = {
		"caches", "heaps", "heap/some/classes", "cache/some/slabs",
	};
	unsigned int i, nr, columns;

	for (i = 0; i < ARRAY_SIZE(table); i++) {
		READ(table[i]);
		columns = words_in(line_of(self->text, 1));
		EXPECT_GT(columns, 3);
		ASSERT_GT(lines_in(self->text), 2);
		for (nr = 2; nr < lines_in(self->text); nr++)
			EXPECT_EQ(columns, words_in(line_of(self->text, nr)));
	}
}

TEST_F(reports, stats_say_what_was_done)
{
	struct qr_cache_count count;

	qr_cache_count(self->cache, &count);
	READ("cache/some/stats");
	EXPECT_EQ(100, value_of(self->text, "object_bytes"));
	EXPECT_EQ(LIVE, value_of(self->text, "allocs"));
	EXPECT_EQ(0, value_of(self->text, "frees"));
	EXPECT_EQ(LIVE, value_of(self->text, "live_objs"));
	EXPECT_EQ(count.pages, value_of(self->text, "pages"));
	EXPECT_EQ(count.slabs, value_of(self->text, "slabs"));
	EXPECT_EQ(count.cached, value_of(self->text, "cached_objs"));
	EXPECT_EQ(1, value_of(self->text, "findings"));
}

TEST_F(reports, heap_stats_say_what_is_held)
{
	READ("heap/some/stats");
	EXPECT_EQ(1 << 20, value_of(self->text, "limit_bytes"));
	EXPECT_EQ(quarry_heap_held(self->heap),
		  value_of(self->text, "held_bytes"));
	EXPECT_EQ(1, value_of(self->text, "live_blocks"));
	EXPECT_EQ(50000, value_of(self->text, "asked_bytes"));
}

TEST_F(reports, allocinfo_has_every_object)
{
	unsigned long size, calls, all = 0;
	unsigned int nr;

	READ("allocinfo");
	for (nr = 2; nr < lines_in(self->text); nr++) {
		ASSERT_EQ(2, sscanf(line_of(self->text, nr), "%lu %lu", &size,
				    &calls));
		EXPECT_GE(size, calls);
		all += calls;
		EXPECT_NE(NULL, strstr(line_of(self->text, nr), " func:"));
	}
	EXPECT_EQ(LIVE + 1, all);
}

TEST_F(reports, sites_name_the_callers_most_bytes_first)
{
	unsigned long given, last = ~0UL;
	unsigned int nr;

	READ("sites");
	for (nr = 2; nr < lines_in(self->text); nr++) {
		ASSERT_EQ(1, sscanf(line_of(self->text, nr), "%*u %*u %lu",
				    &given));
		EXPECT_LE(given, last);
		last = given;
	}
	EXPECT_NE(NULL, strstr(self->text, "reports.c:"));
	EXPECT_NE(NULL, strstr(self->text, "qt_fill"));
}

TEST_F(reports, events_name_kind_owner_and_sites)
{
	const char *line;

	READ("events");
	line = line_of(self->text, lines_in(self->text) - 1);
	EXPECT_NE(NULL, strstr(line, " invalid_free "));
	EXPECT_NE(NULL, strstr(line, " some "));
	EXPECT_NE(NULL, strstr(line, "qt_fill"));
	EXPECT_NE(NULL, strstr(line, "free_the_middle"));
}

TEST_F(reports, a_flood_of_findings_does_not_flood_the_log)
{
	unsigned int i;

	mirror_log = count_headline;
	log_lines = 0;
	for (i = 0; i < 1000; i++)
		quarry_free(self->object[1] + 8);
	EXPECT_GT(log_lines, 0);
	EXPECT_LE(log_lines, 12);
	EXPECT_EQ(1001, qr_event_count(QR_EVENT_INVALID_FREE) +
			qr_event_count(QR_EVENT_WRONG_OWNER));
}

static char told[200];

static void keep_headline(int level, const char *line)
{
	if (!strstr(line, "quarry:   "))
		strscpy(told, line, sizeof(told));
}

TEST_F(reports, what_was_not_printed_is_counted_in_the_next_line)
{
	char words[64];
	unsigned int i;

	mirror_log = count_headline;
	log_lines = 0;
	for (i = 0; i < 50; i++)
		quarry_free(self->object[1] + 8);
	sprintf(words, "; %u like it not printed", 50 - log_lines);
	mirror_log = keep_headline;
	mirror_advance_jiffies(msecs_to_jiffies(3600000));
	quarry_free(self->object[1] + 8);
	EXPECT_NE(NULL, strstr(told, words));
}

TEST_F(reports, a_refusal_names_the_top_sites_seldom)
{
	unsigned int i;

	mirror_log = count_line;
	log_lines = 0;
	for (i = 0; i < 1000; i++)
		EXPECT_EQ(NULL, quarry_heap_alloc(self->heap, 2 << 20,
						  GFP_KERNEL));
	EXPECT_GE(log_lines, 3);
	EXPECT_LE(log_lines, 30);
}

TEST_F(reports, nowarn_is_silent)
{
	mirror_log = count_line;
	log_lines = 0;
	EXPECT_EQ(NULL, quarry_heap_alloc(self->heap, 2 << 20,
					  GFP_KERNEL | __GFP_NOWARN));
	EXPECT_EQ(0, log_lines);
}

TEST_F(reports, bad_names_are_told_in_the_log)
{
	mirror_log = count_line;
	log_lines = 0;
	EXPECT_EQ(-EINVAL, PTR_ERR(quarry_cache_create("a/b", 8, 0, 0, NULL)));
	EXPECT_EQ(1, log_lines);
	EXPECT_EQ(-EEXIST, PTR_ERR(quarry_cache_create("some", 8, 0, 0,
						       NULL)));
	EXPECT_EQ(2, log_lines);
	EXPECT_EQ(-EINVAL, PTR_ERR(quarry_heap_create("a b", 0)));
	EXPECT_EQ(3, log_lines);
}

TEST_F_TIMEOUT(reports, a_million_live_objects_are_summed, 120)
{
	unsigned long nr = world_scale(1000000), i;
	void **many = calloc(nr, sizeof(*many));
	struct quarry_cache *cache;

	cache = quarry_cache_create("many", 16, 0, 0, NULL);
	for (i = 0; i < nr; i++) {
		many[i] = quarry_cache_alloc(cache, GFP_KERNEL);
		ASSERT_NE(NULL, many[i]);
	}
	READ("cache/many/stats");
	EXPECT_EQ(nr, value_of(self->text, "live_objs"));
	READ("cache/many/slabs");
	EXPECT_GT(lines_in(self->text), nr / 512);
	READ("sites");
	EXPECT_EQ(nr, strtoul(line_of(self->text, 2), NULL, 10));
	for (i = 0; i < nr; i++)
		quarry_cache_free(cache, many[i]);
	free(many);
	ASSERT_EQ(0, quarry_cache_destroy(cache));
}

/* ------------------------------------------------------------------- walks */

#define STEPS_MAX	50
#define MADE		256

struct maker {
	struct quarry_cache *cache;
	void *object[STEPS_MAX][MADE];
	unsigned int steps;
};

/* More than a slab holds. */
static void make_a_slab(struct qr_slab *slab, void *data)
{
	struct maker *maker = data;

	if (maker->steps < STEPS_MAX)
		qt_fill(maker->cache, maker->object[maker->steps++], MADE);
}

static void count_slab(struct qr_slab *slab, void *data)
{
	++*(unsigned int *)data;
}

TEST_F(reports, walk_ends_however_many_slabs_are_made_meanwhile)
{
	static struct maker maker;
	unsigned int slabs = 0, i;

	maker = (struct maker) { .cache = self->cache };
	qr_walk_slabs(self->cache, count_slab, &slabs);
	ASSERT_NE(0, slabs);
	qr_walk_slabs(self->cache, make_a_slab, &maker);
	EXPECT_EQ(slabs, maker.steps);
	for (i = 0; i < maker.steps; i++)
		qt_empty(self->cache, maker.object[i], MADE);
}

TEST_F(reports, walk_ends_however_many_caches_are_made_meanwhile)
{
	struct quarry_cache *made[STEPS_MAX], *cache = NULL;
	unsigned int caches = 0, steps = 0;
	char name[16];

	while ((cache = qr_walk_next_cache(cache)))
		caches++;
	ASSERT_LT(caches, STEPS_MAX);
	while ((cache = qr_walk_next_cache(cache))) {
		if (steps == STEPS_MAX)
			continue;
		snprintf(name, sizeof(name), "made-%u", steps);
		made[steps++] = quarry_cache_create(name, 16, 0, 0, NULL);
	}
	EXPECT_EQ(caches, steps);
	while (steps)
		EXPECT_EQ(0, quarry_cache_destroy(made[--steps]));
}

TEST_HARNESS_MAIN
