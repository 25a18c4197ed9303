// SPDX-License-Identifier: GPL-2.0-only
/*
 * mark.c - marks and modules that go: what was allocated after a mark and
 * still lives, to the jiffy, and what the sites of a module leave behind.
 */
#include "kselftest_harness.h"

#include <stdlib.h>

#include "live.h"
#include "mark.h"
#include "file_text.h"
#include "quarry_mirror.h"
#include "qt.h"
#include "site.h"
#include "world.h"

FIXTURE(mark) {
	struct quarry_cache *cache;
	void *object[8];
	unsigned int nr;
	char *text;
	size_t len;
};

FIXTURE_SETUP(mark)
{
	static const struct world one_node = { .nodes = 0x1 };

	ASSERT_TRUE(world_begin(&one_node));
	self->cache = quarry_cache_create("some", 100, 0, 0, NULL);
}

FIXTURE_TEARDOWN(mark)
{
	free(self->text);
	qt_empty(self->cache, self->object, self->nr);
	quarry_cache_destroy(self->cache);
	if (!world_end())
		abort();
}

/* Sites of their own. */
static void *alloc_before(struct quarry_cache *cache)
{
	return quarry_cache_alloc(cache, GFP_KERNEL);
}

static void *alloc_after(struct quarry_cache *cache)
{
	return quarry_cache_alloc(cache, GFP_KERNEL);
}

#define BEFORE()	(self->object[self->nr++] = alloc_before(self->cache))
#define AFTER()		(self->object[self->nr++] = alloc_after(self->cache))

static int write_mark(const char *text)
{
	char copy[256];

	strscpy(copy, text, sizeof(copy));
	return qr_mark_write(copy);
}

/* Live objects in the row of the site in @func, 0 where there is none. */
static unsigned long objects_of(const char *text, const char *func)
{
	const char *row = strstr(text, func);

	while (row && row > text && row[-1] != '\n')
		row--;
	return row ? strtoul(row, NULL, 10) : 0;
}

TEST_F(mark, none_is_said_so)
{
	READ("since_mark");
	EXPECT_EQ(0, strncmp(self->text, "# quarry since_mark v1\n", 23));
	EXPECT_NE(NULL, strstr(self->text, "# no mark is set"));
	EXPECT_EQ(-ENOENT, mirror_report("since/none", stderr));
}

TEST_F(mark, tells_before_from_after_every_time)
{
	unsigned int i;

	for (i = 0; i < 50; i++) {
		BEFORE();
		ASSERT_EQ(0, write_mark("here"));
		AFTER();
		AFTER();
		READ("since_mark");
		EXPECT_EQ(0, objects_of(self->text, "alloc_before"));
		EXPECT_EQ(2, objects_of(self->text, "alloc_after"));
		qt_empty(self->cache, self->object, self->nr);
		self->nr = 0;
	}
}

TEST_F(mark, what_is_freed_is_not_shown)
{
	ASSERT_EQ(0, write_mark("here"));
	AFTER();
	quarry_cache_free(self->cache, self->object[--self->nr]);
	READ("since_mark");
	EXPECT_EQ(NULL, strstr(self->text, "alloc_after"));
}

TEST_F(mark, the_newest_is_shown_and_each_by_its_name)
{
	ASSERT_EQ(0, write_mark("first"));
	BEFORE();
	ASSERT_EQ(0, write_mark("second"));
	AFTER();
	READ("since_mark");
	EXPECT_EQ(0, objects_of(self->text, "alloc_before"));
	EXPECT_EQ(1, objects_of(self->text, "alloc_after"));
	EXPECT_NE(NULL, strstr(self->text, "# since mark second, "));
	READ("since/first");
	EXPECT_EQ(0, strncmp(self->text, "# quarry since v1\n", 18));
	EXPECT_EQ(1, objects_of(self->text, "alloc_before"));
	EXPECT_EQ(1, objects_of(self->text, "alloc_after"));
	/* Set anew, it is the newest. */
	ASSERT_EQ(0, write_mark("first"));
	READ("since_mark");
	EXPECT_NE(NULL, strstr(self->text, "# since mark first, "));
	EXPECT_EQ(0, objects_of(self->text, "alloc_after"));
	ASSERT_EQ(0, write_mark("-first"));
	READ("since_mark");
	EXPECT_NE(NULL, strstr(self->text, "# since mark second, "));
	EXPECT_EQ(1, objects_of(self->text, "alloc_after"));
	EXPECT_EQ(-ENOENT, mirror_report("since/first", stderr));
}

TEST_F(mark, there_are_sixteen)
{
	struct qr_mark mark = {};
	unsigned int i, nr = 0;
	char name[16];

	for (i = 0; i < QR_MARKS_MAX; i++) {
		snprintf(name, sizeof(name), "m%u", i);
		ASSERT_EQ(0, write_mark(name));
	}
	EXPECT_EQ(-ENOSPC, write_mark("more"));
	EXPECT_EQ(0, write_mark("m3"));
	EXPECT_EQ(0, write_mark("-m5"));
	EXPECT_EQ(-ENOENT, write_mark("-m5"));
	EXPECT_EQ(0, write_mark("more"));
	while (qr_mark_next(mark.seq, &mark))
		nr++;
	EXPECT_EQ(QR_MARKS_MAX, nr);
	EXPECT_STREQ("more", mark.name);
}

TEST_F(mark, bad_names_are_refused)
{
	static const char *const bad[] = {
		"", "-", "--x", "a b", "a/b", ".", "..", "-a b", "a\tb",
		"a23456789b123456789c123456789d12",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		EXPECT_EQ(-EINVAL, write_mark(bad[i]));
	EXPECT_EQ(0, write_mark("a23456789b123456789c123456789d1"));
}

TEST_F(mark, level_off_is_counted_and_not_shown)
{
	ASSERT_EQ(0, quarry_cache_set_level(self->cache, QUARRY_LEVEL_OFF));
	ASSERT_EQ(0, write_mark("here"));
	AFTER();
	AFTER();
	AFTER();
	READ("since_mark");
	EXPECT_EQ(NULL, strstr(self->text, "alloc_after"));
	EXPECT_NE(NULL, strstr(self->text, "# 3 live objects of level off"));
}

/* Births have 32 bits of jiffies. */
TEST_F(mark, births_that_wrap_are_told_apart)
{
	static const unsigned long passed[] = {
		1UL << 30, 1UL << 31, 3UL << 30, (1UL << 32) - 10000,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(passed); i++) {
		BEFORE();
		ASSERT_EQ(0, write_mark("here"));
		AFTER();
		mirror_advance_jiffies(passed[i]);
		AFTER();
		READ("since_mark");
		EXPECT_EQ(0, objects_of(self->text, "alloc_before"));
		EXPECT_EQ(2, objects_of(self->text, "alloc_after"));
		qt_empty(self->cache, self->object, self->nr);
		self->nr = 0;
	}
}

TEST_F(mark, longer_ago_than_births_tell_shows_all)
{
	ASSERT_EQ(0, write_mark("here"));
	mirror_advance_jiffies((1UL << 32) + 1000);
	AFTER();
	READ("since_mark");
	EXPECT_EQ(1, objects_of(self->text, "alloc_after"));
}

/* ----------------------------------------------------- modules that go */

static struct quarry_site sites[20];

static void leak(struct quarry_cache *cache, void **object, unsigned int nr,
		 const char *module)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		sites[i] = (struct quarry_site) {
			.file = "driver.c", .func = "probe", .line = 100 + i,
			.module = module,
		};
		object[i] = __quarry_cache_alloc(cache, GFP_KERNEL, &sites[i]);
	}
}

static unsigned int log_lines;
static char log_text[8192];

static void keep_line(int level, const char *line)
{
	log_lines++;
	strncat(log_text, line, sizeof(log_text) - strlen(log_text) - 1);
}

TEST_F(mark, a_module_that_left_nothing_is_not_told_of)
{
	u64 seq = qr_event_last();

	AFTER();
	mirror_log = keep_line;
	log_lines = 0;
	EXPECT_EQ(0, qr_live_at_unload("driver"));
	EXPECT_EQ(seq, qr_event_last());
	EXPECT_EQ(0, log_lines);
}

TEST_F(mark, a_module_is_told_of_by_site)
{
	struct qr_event event;
	void *object[2], *other[1];
	u64 seq;

	leak(self->cache, other, 1, "other");
	leak(self->cache, object, 2, "driver");
	seq = qr_event_last();
	mirror_log = keep_line;
	log_text[0] = '\0';
	EXPECT_EQ(2, qr_live_at_unload("driver"));
	EXPECT_EQ(seq + 2, qr_event_last());
	ASSERT_TRUE(qr_event_get(seq + 1, &event));
	EXPECT_EQ(QR_EVENT_LIVE_AT_UNLOAD, event.kind);
	EXPECT_STREQ("driver", event.owner);
	EXPECT_EQ(1, event.objects);
	EXPECT_GE(event.bytes, 100);
	EXPECT_NE(NULL, strstr(log_text, "driver.c:100 probe [driver]"));
	EXPECT_NE(NULL, strstr(log_text, "driver.c:101 probe [driver]"));
	EXPECT_EQ(NULL, strstr(log_text, "[other]"));
	READ("events");
	EXPECT_NE(NULL, strstr(self->text, " live_at_unload   driver "));
	EXPECT_NE(NULL, strstr(self->text, " driver.c:101:probe "));
	qt_empty(self->cache, object, 2);
	qt_empty(self->cache, other, 1);
}

TEST_F(mark, a_module_with_many_sites_has_sixteen_told)
{
	void *object[20];
	u64 seq;

	leak(self->cache, object, 20, "driver");
	seq = qr_event_last();
	mirror_log = keep_line;
	log_text[0] = '\0';
	log_lines = 0;
	EXPECT_EQ(20, qr_live_at_unload("driver"));
	EXPECT_EQ(seq + 16, qr_event_last());
	EXPECT_EQ(18, log_lines);
	EXPECT_NE(NULL, strstr(log_text, "and 4 more sites"));
	qt_empty(self->cache, object, 20);
}

/* The same, of a cache and of a heap that are destroyed. */
TEST_F(mark, a_destruction_is_told_by_site)
{
	struct quarry_cache *cache;
	struct quarry_heap *heap;
	void *object[3], *block;
	struct qr_event event;
	u64 seq;

	cache = quarry_cache_create("doomed", 100, 0, 0, NULL);
	leak(cache, object, 3, "driver");
	seq = qr_event_last();
	mirror_log = keep_line;
	log_text[0] = '\0';
	EXPECT_EQ(-EBUSY, quarry_cache_destroy(cache));
	EXPECT_EQ(seq + 3, qr_event_last());
	ASSERT_TRUE(qr_event_get(seq + 2, &event));
	EXPECT_EQ(QR_EVENT_LIVE_AT_DESTROY, event.kind);
	EXPECT_STREQ("doomed", event.owner);
	EXPECT_NE(0, event.caller);
	EXPECT_NE(NULL, strstr(log_text, "cache \"doomed\" is destroyed with 3 live objects"));
	EXPECT_NE(NULL, strstr(log_text, "driver.c:101 probe [driver]"));
	qt_empty(cache, object, 3);

	heap = quarry_heap_create("doomed", 0);
	block = quarry_heap_alloc(heap, 5000, GFP_KERNEL);
	log_text[0] = '\0';
	EXPECT_EQ(-EBUSY, quarry_heap_destroy(heap));
	EXPECT_NE(NULL, strstr(log_text, "heap \"doomed\" is destroyed with 1 live objects"));
	EXPECT_NE(NULL, strstr(log_text, "unit/mark.c:"));
	quarry_free(block);
}

static void *pending;

/* As a driver's exit that frees after a grace period and does not wait. */
TEST_F(mark, what_is_freed_after_a_grace_period_is_not_left)
{
	leak(self->cache, &pending, 1, "driver");
	quarry_call_free_rcu(pending);
	EXPECT_EQ(0, qr_live_at_unload("driver"));
}

TEST_F(mark, an_address_is_retired_and_keeps_its_name)
{
	unsigned long address = (unsigned long)write_mark + 5;
	u32 first = qr_tag_site(qr_site_of_address(address));
	u32 beyond = qr_tag_site(qr_site_of_address(address + 1));
	struct qr_site_text text[2];
	u32 second;

	qr_site_text(first, &text[0]);
	EXPECT_EQ(first, qr_tag_site(qr_site_of_address(address)));
	qr_site_retire(address - 5, address + 1);
	second = qr_tag_site(qr_site_of_address(address));
	EXPECT_NE(first, second);
	EXPECT_EQ(second, qr_tag_site(qr_site_of_address(address)));
	EXPECT_EQ(beyond, qr_tag_site(qr_site_of_address(address + 1)));
	qr_site_text(first, &text[1]);
	EXPECT_STREQ(text[0].func, text[1].func);
}

TEST_HARNESS_MAIN
