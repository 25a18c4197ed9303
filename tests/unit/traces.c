// SPDX-License-Identifier: GPL-2.0-only
/*
 * traces.c - the files that show call chains, in the forms of others, and the
 * table of chains at its end.
 */
#include "kselftest_harness.h"

#include <regex.h>
#include <stdlib.h>

#include "file_text.h"
#include "quarry_mirror.h"
#include "layout.h"
#include "qt.h"
#include "site_text.h"
#include "slab.h"
#include "stack.h"
#include "traces.h"
#include "world.h"

FIXTURE(traces) {
	struct quarry_cache *cache;
	struct quarry_heap *heap;
	char *text;
	size_t len;
};

FIXTURE_SETUP(traces)
{
	static const struct world two_nodes = { .nodes = 0x3 };

	ASSERT_TRUE(world_begin(&two_nodes));
	self->cache = quarry_cache_create("some", 100, 0, 0, NULL);
	self->heap = quarry_heap_create("some", 0);
	ASSERT_EQ(0, quarry_cache_set_level(self->cache, QUARRY_LEVEL_STACK));
	ASSERT_EQ(0, quarry_heap_set_level(self->heap, QUARRY_LEVEL_STACK));
}

FIXTURE_TEARDOWN(traces)
{
	free(self->text);
	if (quarry_cache_destroy(self->cache) ||
	    quarry_heap_destroy(self->heap) || !world_end())
		abort();
}

static bool matches(const char *line, const char *pattern)
{
	regex_t regex;
	bool found;

	if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB))
		abort();
	found = !regexec(&regex, line, 0, NULL, 0);
	regfree(&regex);
	if (!found)
		printf("# '%s' is no '%s'\n", line, pattern);
	return found;
}

static noinline void *allocate(struct quarry_cache *cache)
{
	void *object = quarry_cache_alloc(cache, GFP_KERNEL);

	barrier();
	return object;
}

static noinline void *by_one_way(struct quarry_cache *cache)
{
	void *object = allocate(cache);

	barrier();
	return object;
}

static noinline void *by_another(struct quarry_cache *cache)
{
	void *object = allocate(cache);

	/* Else it would be the same function as the one above. */
	barrier();
	barrier();
	return object;
}

static struct qr_origin *record_of(const void *object)
{
	struct qr_slab *slab = qt_slab(object);

	return qr_slab_origin(slab, qr_slab_index(slab, (unsigned long)object));
}

/* The mirror adds file and line. */
#define SYMBOL	"[^ ]+\\+0x[0-9a-f]+/0x[0-9a-f]+( \\[[^ ]+\\])?( [^ ]+:[0-9]+)?"

TEST_F(traces, empty_traces_say_so)
{
	READ("cache/some/alloc_traces");
	EXPECT_STREQ("No data\n", self->text);
	READ("heap/some/alloc_traces");
	EXPECT_STREQ("No data\n", self->text);
}

TEST_F(traces, are_in_the_form_of_slub)
{
	unsigned int i, nr = 6, records = 0, frames = 0;
	void *object[9];
	char *line, *rest;

	barrier_data(&nr);
	for (i = 0; i < nr; i++)
		object[i] = by_one_way(self->cache);
	for (; i < nr + 3; i++)
		object[i] = by_another(self->cache);
	READ("cache/some/alloc_traces");
	/* Calls differ by three places in this function. */
	for (rest = self->text; (line = strsep(&rest, "\n")) && rest; ) {
		if (!*line) {
			EXPECT_GT(frames, 2);
			frames = 0;
		} else if (!strncmp(line, "        ", 8)) {
			frames++;
			EXPECT_TRUE(frames > 1 ||
				    matches(line, "^        allocate\\+"));
		} else {
			EXPECT_EQ(0, frames);
			/* CPUs are named where there is more than one yet. */
			EXPECT_TRUE(matches(line, "^ *[0-9]+ " SYMBOL
				" age=[0-9]+(/[0-9]+/[0-9]+)? pid=[1-9][0-9]*"
				"( cpus=[0-9,-]+)? nodes=[0-9,-]+$")) {
				TH_LOG("%s", line);
			}
			/* Most first. */
			EXPECT_EQ(records++ ? 3 : 6, atoi(line));
		}
	}
	EXPECT_EQ(0, frames);
	EXPECT_EQ(2, records);
	qt_empty(self->cache, object, 9);
}

TEST_F(traces, tell_waste_apart)
{
	void *block[2] = {
		quarry_heap_alloc(self->heap, 100, GFP_KERNEL),
		quarry_heap_alloc(self->heap, 10000, GFP_KERNEL),
	};

	READ("heap/some/alloc_traces");
	EXPECT_NE(NULL, strstr(self->text, " waste=12/12 age="));
	EXPECT_NE(NULL, strstr(self->text, " waste=2288/2288 age="));
	quarry_free(block[0]);
	quarry_free(block[1]);
}

/* Bytes of the folded line that has @part in it, -1 when there is none. */
static long folded_bytes(const char *text, const char *part)
{
	const char *line = strstr(text, part);

	line = line ? strpbrk(line, " \n") : NULL;
	return line && *line == ' ' ? atol(line) : -1;
}

TEST_F(traces, folded_lines_go_from_root_to_leaf)
{
	unsigned int i, nr = 6;
	void *object[7], *block;
	char *line, *rest;

	barrier_data(&nr);
	quarry_heap_set_level(self->heap, QUARRY_LEVEL_SITE);
	for (i = 0; i < nr; i++)
		object[i] = by_one_way(self->cache);
	object[6] = by_another(self->cache);
	block = quarry_heap_alloc(self->heap, 100, GFP_KERNEL);
	READ("folded");
	EXPECT_EQ(6 * 104, folded_bytes(self->text,
					";by_one_way;allocate;unit/traces.c:"));
	EXPECT_EQ(104, folded_bytes(self->text,
				    ";by_another;allocate;unit/traces.c:"));
	/* Without a chain, from the module to the line. */
	EXPECT_EQ(112, folded_bytes(self->text, "quarry_test;traces_folded"));
	for (rest = self->text; (line = strsep(&rest, "\n")) && rest; )
		EXPECT_TRUE(matches(line, "^[^; ]+(;[^; ]+)+ [0-9]+$"));
	qt_empty(self->cache, object, 7);
	quarry_free(block);
}

TEST_F(traces, folded_names_what_is_not_tracked)
{
	void *object;

	quarry_cache_set_level(self->cache, QUARRY_LEVEL_OFF);
	object = allocate(self->cache);
	READ("folded");
	EXPECT_STREQ("(not_tracked:_level_off) 104\n", self->text);
	READ("cache/some/alloc_traces");
	EXPECT_STREQ("      1 <not-available> age=0 pid=0 nodes=0\n",
		     self->text);
	quarry_cache_free(self->cache, object);
}

/* More pairs of site and chain than there is room for at first. */
TEST_F(traces, sums_grow_with_what_there_is)
{
	struct qr_traces sums;
	unsigned long entry[2] = { 1, 1 };
	void *object[300];
	unsigned int i;

	for (i = 0; i < 300; i++) {
		object[i] = allocate(self->cache);
		entry[0] = i + 1;
		record_of(object[i])->stack = qr_stack_number(entry, 2);
	}
	qr_traces_init(&sums, true);
	qr_traces_add_cache(&sums, self->cache);
	EXPECT_EQ(0, sums.error);
	EXPECT_EQ(300, sums.nr);
	EXPECT_EQ(512, sums.room);
	qr_traces_sort(&sums);
	for (i = 0; i < sums.nr; i++)
		EXPECT_EQ(1, qr_trace_at(&sums, i)->objects);
	qr_traces_free(&sums);
	qt_empty(self->cache, object, 300);
}

TEST_F(traces, full_table_counts_what_it_does_not_keep)
{
	unsigned long entry[1] = { 0 };
	void *object;
	u32 id;

	do {
		entry[0]++;
		id = qr_stack_number(entry, 1);
	} while (id != QR_STACK_UNKNOWN);
	EXPECT_EQ(QR_STACKS_MAX - 1, qr_stack_count());
	EXPECT_EQ(1, qr_stack_lost());
	entry[0] /= 2;
	EXPECT_EQ(entry[0] + QR_STACK_UNKNOWN, qr_stack_number(entry, 1));
	/* Allocation goes on. */
	object = allocate(self->cache);
	ASSERT_NE(NULL, object);
	EXPECT_EQ(2, qr_stack_lost());
	EXPECT_EQ(QR_STACK_UNKNOWN, record_of(object)->stack);
	READ("cache/some/alloc_traces");
	EXPECT_TRUE(matches(self->text, "^      1 allocate \\[quarry_test\\]"
			    " age=[0-9]+ pid=[0-9]+ cpus=[0-9]+ nodes=[0-9]+\n\n$"));
	READ("version");
	EXPECT_NE(NULL, strstr(self->text, "stacks_lost              2\n"));
	quarry_cache_free(self->cache, object);
}

TEST_F(traces, retired_without_memory_is_unknown)
{
	char text[QR_CALLER_TEXT];
	const struct qr_stack *chain;
	unsigned long entry[1] = { (unsigned long)&by_one_way + 1 };

	chain = qr_stack_get(qr_stack_number(entry, 1));
	ASSERT_NE(NULL, chain);
	EXPECT_TRUE(matches(qr_stack_text(chain, 0, text, sizeof(text)),
			    "^by_one_way\\+0x1/"));
	mirror_fail_random(MIRROR_FAULT_BUFFER, 1);
	qr_stack_retire(entry[0] - 1, entry[0]);
	mirror_fail_random(MIRROR_FAULT_BUFFER, 0);
	EXPECT_STREQ("unknown", qr_stack_text(chain, 0, text, sizeof(text)));
	/* A second time changes nothing. */
	qr_stack_retire(entry[0] - 1, entry[0]);
	EXPECT_STREQ("unknown", qr_stack_text(chain, 0, text, sizeof(text)));
	EXPECT_NE(chain->id, qr_stack_number(entry, 1));
}

TEST_HARNESS_MAIN
