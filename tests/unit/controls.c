// SPDX-License-Identifier: GPL-2.0-only
/*
 * controls.c - what quarry's files take when they are written to, and what they
 * show then; what they refuse, and that nothing has changed.  The parameter that
 * gives heaps their settings by name.
 */
#include "kselftest_harness.h"

#include <stdlib.h>

#include "cache.h"
#include "file_text.h"
#include "heap.h"
#include "module_heap.h"
#include "qt.h"
#include "quarry_mirror.h"
#include "setting.h"
#include "slab.h"
#include "world.h"

static char log_text[65536];

static void keep_line(int level, const char *line)
{
	size_t len = strlen(log_text);

	strscpy(log_text + len, line, sizeof(log_text) - len);
}

FIXTURE(controls) {
	struct quarry_cache *cache;
	struct quarry_heap *heap;
	void *object, *block;
	unsigned int min_age_ms;
	char *text;
	size_t len;
};

FIXTURE_SETUP(controls)
{
	static const struct world one_node = { .nodes = 0x1 };

	self->min_age_ms = qr_params.scan_min_age_ms;
	ASSERT_TRUE(world_begin(&one_node));
	mirror_log = keep_line;
	log_text[0] = '\0';
	self->cache = quarry_cache_create("some", 100, 0, 0, NULL);
	self->heap = quarry_heap_create("some", 0);
	self->object = quarry_cache_alloc(self->cache, GFP_KERNEL);
	self->block = quarry_heap_alloc(self->heap, 100, GFP_KERNEL);
}

FIXTURE_TEARDOWN(controls)
{
	free(self->text);
	quarry_cache_free(self->cache, self->object);
	quarry_free(self->block);
	EXPECT_EQ(0, quarry_cache_destroy(self->cache));
	EXPECT_EQ(0, quarry_heap_destroy(self->heap));
	qr_settings_set("");
	qr_params.scan_min_age_ms = self->min_age_ms;
	qr_params.scan_period_s = 0;
	if (!world_end())
		abort();
}

/* A text, and what the file shows once it was written. */
static const struct {
	const char *file, *text, *shown;
} taken[] = {
	{ "heap/some/limit_bytes", "1048576", "1048576" },
	{ "heap/some/limit_bytes", "2k", "2048" },
	{ "heap/some/limit_bytes", "3M", "3145728" },
	{ "heap/some/limit_bytes", "1G", "1073741824" },
	{ "heap/some/limit_bytes", " 7G\n", "7516192768" },
	{ "heap/some/limit_bytes", "0", "0" },
	{ "heap/some/level", "off", "off" },
	{ "heap/some/level", "stack", "stack" },
	{ "heap/some/level", "site", "site" },
	{ "cache/some/level", "stack", "stack" },
	{ "cache/some/level", "off\n", "off" },
	{ "cache/some/level", "site", "site" },
	{ "heap/some/debug", "zp", "ZP" },
	{ "heap/some/debug", "-", "-" },
	{ "cache/some/debug", "FZPU", "FZPU" },
	{ "cache/some/debug", "-", "-" },
	{ "on_error", "report", "report" },
};


TEST_F(controls, what_is_taken_is_shown)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(taken); i++) {
		EXPECT_EQ(0, mirror_control(taken[i].file, taken[i].text))
			TH_LOG("%s < %s", taken[i].file, taken[i].text);
		READ(taken[i].file);
		EXPECT_LINE(taken[i].shown)
			TH_LOG("%s < %s: %s", taken[i].file, taken[i].text,
			       self->text);
	}
}

static const struct {
	const char *file, *text;
} refused[] = {
	{ "heap/some/limit_bytes", "" },
	{ "heap/some/limit_bytes", "k" },
	{ "heap/some/limit_bytes", "-1" },
	{ "heap/some/limit_bytes", "0x10" },
	{ "heap/some/limit_bytes", "1T" },
	{ "heap/some/limit_bytes", "1 k" },
	{ "heap/some/limit_bytes", "99999999999999999999" },
	{ "heap/some/limit_bytes", "17179869184G" },
	{ "heap/some/limit_bytes", "000000000000000000000000001" },
	{ "heap/some/level", "" },
	{ "heap/some/level", "sit" },
	{ "heap/some/level", "sites" },
	{ "cache/some/level", "0" },
	{ "heap/some/debug", "" },
	{ "heap/some/debug", "FB" },
	{ "cache/some/debug", "F Z" },
	{ "cache/some/shrink", "0" },
	{ "heap/some/shrink", "yes" },
	{ "scan", "" },
	{ "scan", "scans" },
	{ "scan", "scan=" },
	{ "scan", "scan=-1" },
	{ "scan", "scan=99999999999" },
	{ "scan", "min_age=soon" },
	{ "scan", "min_age=99999999999" },
	{ "scan", "not_leak=0xnone" },
	{ "scan", "ignore=0x10" },
	{ "holders", "" },
	{ "holders", "0x" },
	{ "holders", "0x10" },
	{ "holders", "0xffffffffffffffffff" },
	{ "kmemleak", "stack=off" },
	{ "kmemleak", "dump=" },
	{ "kmemleak", "dump=none" },
	{ "validate", "2" },
	{ "on_error", "hang" },
	{ "mark", "a/b" },
	{ "mark", "" },
};

/* All that they might have changed. */
#define SHOWN	9
static const char *const showing[SHOWN] = {
	"heap/some/limit_bytes", "heap/some/level", "heap/some/debug",
	"cache/some/level", "cache/some/debug", "on_error", "mark", "scan",
	"holders",
};

TEST_F(controls, what_is_refused_changes_nothing)
{
	char *before[SHOWN];
	unsigned int i, shown;

	ASSERT_EQ(0, mirror_control("heap/some/limit_bytes", "77M"));
	ASSERT_EQ(0, mirror_control("scan", "min_age=123"));
	for (shown = 0; shown < SHOWN; shown++) {
		READ(showing[shown]);
		before[shown] = self->text;
		self->text = NULL;
	}
	for (i = 0; i < ARRAY_SIZE(refused); i++) {
		EXPECT_EQ(-EINVAL, mirror_control(refused[i].file,
						  refused[i].text))
			TH_LOG("%s < %s", refused[i].file, refused[i].text);
		for (shown = 0; shown < SHOWN; shown++) {
			READ(showing[shown]);
			EXPECT_STREQ(before[shown], self->text)
				TH_LOG("%s < %s", refused[i].file,
				       refused[i].text);
		}
	}
	EXPECT_EQ(-ENOENT, mirror_control("scan", "not_leak=nowhere.c:1"));
	EXPECT_NE(NULL, strstr(log_text, "no site \"nowhere.c:1\""));
	EXPECT_EQ(-ENOENT, mirror_control("cache/none/level", "off"));
	EXPECT_EQ(-ENOENT, mirror_control("cache/some/none", "off"));
	EXPECT_EQ(-ENOENT, mirror_control("none", "off"));
	for (shown = 0; shown < SHOWN; shown++)
		free(before[shown]);
}

TEST_F(controls, what_is_free_goes_back_when_it_is_asked_for)
{
	void *object[200], *block[200];
	unsigned int i;

	ASSERT_EQ(200, qt_fill(self->cache, object, 200));
	qt_empty(self->cache, object, 200);
	for (i = 0; i < 200; i++)
		block[i] = quarry_heap_alloc(self->heap, 100, GFP_KERNEL);
	for (i = 0; i < 200; i++)
		quarry_free(block[i]);
	EXPECT_EQ(0, mirror_control("cache/some/shrink", "1"));
	EXPECT_EQ(0, mirror_control("heap/some/shrink", "1"));
	READ("cache/some/stats");
	EXPECT_VALUE(1, "slabs");
	READ("heap/some/stats");
	EXPECT_VALUE(1, "slabs");
}

/* ---------------------------------------------------------------- scans */

TEST_F(controls, scans_are_asked_for_and_counted)
{
	READ("scan");
	EXPECT_NE(NULL, strstr(self->text, " idle\n"));
	EXPECT_VALUE(0, "scans");
	EXPECT_EQ(NULL, strstr(self->text, "\nobjects "));
	ASSERT_EQ(0, mirror_control("scan", "min_age=0"));
	ASSERT_EQ(0, mirror_control("scan", "scan"));
	READ("scan");
	EXPECT_VALUE(0, "min_age_ms");
	EXPECT_VALUE(1, "scans");
	EXPECT_VALUE(2, "objects");
	EXPECT_VALUE(0, "lost");
	EXPECT_NE(NULL, strstr(self->text, "\nwords "));
	/* The fixture alone knows where it is. */
	self->object = (void *)~(unsigned long)self->object;
	ASSERT_EQ(0, mirror_control("kmemleak", "scan"));
	READ("scan");
	EXPECT_VALUE(2, "scans");
	EXPECT_VALUE(1, "lost");
	EXPECT_VALUE(104, "lost_bytes");
	ASSERT_EQ(0, mirror_control("scan", "clear"));
	READ("kmemleak");
	EXPECT_STREQ("", self->text);
	self->object = (void *)~(unsigned long)self->object;
}

TEST_F(controls, periods_are_words_or_seconds)
{
	static const struct {
		const char *file, *text;
		unsigned int seconds;
	} period[] = {
		{ "scan", "scan=60", 60 },
		{ "scan", "scan=off", 0 },
		{ "scan", "scan=on", 600 },
		{ "kmemleak", "off", 0 },
		{ "kmemleak", "scan=on", 600 },
		{ "kmemleak", "scan=off", 0 },
		{ "kmemleak", "stack=on", 0 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(period); i++) {
		EXPECT_EQ(0, mirror_control(period[i].file, period[i].text));
		READ("scan");
		EXPECT_VALUE(period[i].seconds, "period_s")
			TH_LOG("%s < %s", period[i].file, period[i].text);
	}
	EXPECT_EQ(0, mirror_control("scan", "stop"));
}

TEST_F(controls, objects_are_excused_by_address_and_shown)
{
	char text[64];

	snprintf(text, sizeof(text), "not_leak=0x%lx",
		 (unsigned long)self->object);
	EXPECT_EQ(0, mirror_control("scan", text));
	snprintf(text, sizeof(text), "ignore=0x%lx",
		 (unsigned long)self->block);
	EXPECT_EQ(0, mirror_control("scan", text));
	snprintf(text, sizeof(text), "dump=0x%lx", (unsigned long)self->object);
	EXPECT_EQ(0, mirror_control("kmemleak", text));
	EXPECT_NE(NULL, strstr(log_text, "controls.c:"));
}

/* ------------------------------------------------------------- validate */

TEST_F(controls, validation_is_asked_for_and_counted)
{
	READ("validate");
	EXPECT_VALUE(0, "runs");
	EXPECT_EQ(0, mirror_control("validate", "1"));
	EXPECT_EQ(0, mirror_control("validate", "open"));
	EXPECT_EQ(0, mirror_control("validate", "quiet"));
	READ("validate");
	EXPECT_VALUE(3, "runs");
	EXPECT_VALUE(2, "live_objs");
	EXPECT_VALUE(0, "problems");
	EXPECT_EQ(0, count_of(self->text, "problem 0x"));
}

/* An overrun that went over the bytes that say what is free. */
TEST_F(controls, problems_are_told_of)
{
	struct qr_slab *slab = qt_slab(self->object);
	u64 *tag = qr_tag_at(slab, qr_slab_index(slab,
						 (unsigned long)self->object));
	u64 was = *tag;

	*tag = 0;
	EXPECT_EQ(0, mirror_control("validate", "quiet"));
	*tag = was;
	READ("validate");
	EXPECT_LT(0, value_of(self->text, "problems"));
	EXPECT_NE(0, count_of(self->text, "problem 0x"));
	EXPECT_NE(NULL, strstr(self->text, " some: "));
	EXPECT_EQ(0, mirror_control("validate", "quiet"));
	READ("validate");
	EXPECT_VALUE(0, "problems");
}

/* ------------------------------------------------------------- settings */

static const struct {
	const char *text, *name, *limit, *level, *debug;
} setting[] = {
	{ "", "x", "0", "site", "-" },
	{ "x.limit=2K", "x", "2048", "site", "-" },
	{ "x.limit=2K", "xy", "0", "site", "-" },
	{ "x.level=off,x.debug=Z", "x", "0", "off", "Z" },
	{ .text = "x.*=," },
	{ "x*.level=stack", "xy", "0", "stack", "-" },
	{ "*.limit=1M,x.limit=0", "x", "0", "site", "-" },
	{ "*.limit=1M,x.limit=0", "y", "1048576", "site", "-" },
	{ "a.b.limit=4096", "a.b", "4096", "site", "-" },
	{ .text = "x" },
	{ .text = "x.limit" },
	{ .text = "limit=1" },
	{ .text = ".limit=1" },
	{ .text = "x.limit=" },
	{ .text = "x.limit=1," },
	{ .text = "x.level=high" },
	{ .text = "x.debug=B" },
	{ .text = "x.colour=red" },
	{ .text = "x.limit=1,y" },
};

TEST_F(controls, heaps_have_what_is_set_for_their_names)
{
	struct quarry_heap *heap;
	char file[64];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(setting); i++) {
		if (!setting[i].name) {
			EXPECT_EQ(-EINVAL, qr_settings_set(setting[i].text))
				TH_LOG("%s", setting[i].text);
			continue;
		}
		ASSERT_EQ(0, qr_settings_set(setting[i].text));
		heap = quarry_heap_create(setting[i].name, 0);
		ASSERT_FALSE(IS_ERR(heap));
		snprintf(file, sizeof(file), "heap/%s/limit_bytes",
			 setting[i].name);
		READ(file);
		EXPECT_LINE(setting[i].limit)
			TH_LOG("%s", setting[i].text);
		snprintf(file, sizeof(file), "heap/%s/level", setting[i].name);
		READ(file);
		EXPECT_LINE(setting[i].level)
			TH_LOG("%s", setting[i].text);
		snprintf(file, sizeof(file), "heap/%s/debug", setting[i].name);
		READ(file);
		EXPECT_LINE(setting[i].debug)
			TH_LOG("%s", setting[i].text);
		EXPECT_EQ(0, quarry_heap_destroy(heap));
	}
}

TEST_F(controls, what_is_refused_of_settings_changes_none)
{
	struct quarry_heap *heap;

	ASSERT_EQ(0, qr_settings_set("x.limit=5M"));
	ASSERT_EQ(-EINVAL, qr_settings_set("x.limit=6M,x.level=none"));
	heap = quarry_heap_create("x", 0);
	EXPECT_EQ(5 << 20, quarry_heap_limit(heap));
	EXPECT_EQ(0, quarry_heap_destroy(heap));
}

/* ------------------------------------------------------ heaps of modules */

TEST_F(controls, a_module_has_a_heap_of_its_name)
{
	struct quarry_heap *heap, *cell = NULL;

	ASSERT_EQ(0, qr_settings_set("loop.limit=5M"));
	heap = quarry_module_heap(&cell, "loop", GFP_KERNEL);
	ASSERT_NE(NULL, heap);
	EXPECT_EQ(heap, cell);
	EXPECT_STREQ("loop", quarry_heap_name(heap));
	EXPECT_EQ(5 << 20, quarry_heap_limit(heap));
	/* The next caller, which has another cell. */
	cell = NULL;
	EXPECT_EQ(heap, quarry_module_heap(&cell, "loop", GFP_ATOMIC));
	EXPECT_EQ(heap, cell);
	/* It stays. */
	EXPECT_EQ(-EINVAL, quarry_heap_destroy(heap));
	qr_module_heap_gone("loop");
	qr_module_heap_gone("none");
	EXPECT_EQ(heap, quarry_module_heap(&cell, "loop", GFP_KERNEL));
	qr_module_heaps_show();
	READ("heap/loop/limit_bytes");
	EXPECT_LINE("5242880");
}

TEST_F(controls, a_name_that_is_taken_has_ko_behind_it)
{
	struct quarry_heap *heap, *cell = NULL;

	heap = quarry_module_heap(&cell, "some", GFP_KERNEL);
	ASSERT_NE(NULL, heap);
	EXPECT_NE(self->heap, heap);
	EXPECT_STREQ("some.ko", quarry_heap_name(heap));
}

TEST_F(controls, without_memory_there_is_no_heap_of_a_module)
{
	struct quarry_heap *cell = NULL;

	mirror_fail_nth(MIRROR_FAULT_BUFFER, 1);
	mirror_fail_nth(MIRROR_FAULT_PERCPU, 1);
	EXPECT_EQ(NULL, quarry_module_heap(&cell, "loop", GFP_KERNEL));
	mirror_fail_reset();
	EXPECT_EQ(NULL, cell);
}

static void ask_in_nmi(void *cell)
{
	quarry_module_heap(cell, "loop", GFP_ATOMIC);
}

TEST_F(controls, nor_in_nmi)
{
	struct quarry_heap *cell = NULL;

	mirror_nmi(ask_in_nmi, &cell);
	EXPECT_EQ(NULL, cell);
}

TEST_HARNESS_MAIN
