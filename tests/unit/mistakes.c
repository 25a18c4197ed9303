// SPDX-License-Identifier: GPL-2.0-only
/*
 * mistakes.c - the classic mistakes of tests/tour that need no kernel around them,
 * each with the exact verdict that a scan is to give, or the report that quarry
 * is to give of it.
 */
#include "kselftest_harness.h"

#include <pthread.h>
#include <stdlib.h>

#include "../tour/tour.h"
#include "file_text.h"
#include "quarry_mirror.h"
#include "world.h"

FIXTURE(mistake) {
	const struct tour_case *which;
};

FIXTURE_SETUP(mistake)
{
	static const struct world one_node = { .nodes = 0x1 };

	ASSERT_TRUE(world_begin(&one_node));
}

FIXTURE_TEARDOWN(mistake)
{
	if (self->which->forget)
		self->which->forget();
	notes_free();
	if (self->which->finish)
		self->which->finish();
	if (!world_end())
		abort();
}

static void *commit(void *which)
{
	((const struct tour_case *)which)->commit();
	return NULL;
}

/* Adds the row @line up if its site ends with @func. */
static void add_row(struct tour_verdict *v, const char *line, const char *func)
{
	unsigned int lost, indirect, held, interior;
	const char *last = strrchr(line, ' ');

	if (!last || strcmp(last + 1, func))
		return;
	if (sscanf(line, "%u %*u %u %*u %u %*u %u", &lost, &indirect, &held,
		   &interior) != 4)
		return;
	v->lost += lost;
	v->indirect += indirect;
	v->held += held;
	v->interior += interior;
}

static struct tour_verdict verdict_of(const char *func)
{
	struct tour_verdict v = { };
	char *text = NULL, *line, *rest;
	size_t len;
	FILE *to = open_memstream(&text, &len);

	if (!to || mirror_report("leaks", to))
		abort();
	fclose(to);
	for (line = strtok_r(text, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest))
		add_row(&v, line, func);
	free(text);
	return v;
}

/* In a thread that ends with it, as in the kernel. */
static void run_case(struct __test_metadata *_metadata,
		     const struct tour_case *which)
{
	struct tour_verdict v;
	pthread_t thread;

	ASSERT_EQ(0, pthread_create(&thread, NULL, commit, (void *)which));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	ASSERT_EQ(0, notes_missing());
	ASSERT_EQ(0, mirror_scan(0));
	v = verdict_of(which->func);
	EXPECT_EQ(which->expect.lost, v.lost);
	EXPECT_EQ(which->expect.indirect, v.indirect);
	EXPECT_EQ(which->expect.held, v.held);
	EXPECT_EQ(which->expect.interior, v.interior);
	/* Nor is anything else called lost. */
	EXPECT_EQ(which->expect.lost, mirror_lost());
	EXPECT_EQ(which->expect.indirect, mirror_indirect());
}

#define RUN_CASE(name)				\
TEST_F(mistake, name)				\
{						\
	self->which = &tour_##name;		\
	run_case(_metadata, self->which);	\
}
TOUR_SHARED(RUN_CASE)

/* ---------------------------------------------------------------- misuse */

FIXTURE(misuse) {
	char *text;
	size_t len;
};

FIXTURE_SETUP(misuse)
{
	static const struct world one_node = { .nodes = 0x1 };

	ASSERT_TRUE(world_begin(&one_node));
}

FIXTURE_TEARDOWN(misuse)
{
	free(self->text);
	if (!world_end())
		abort();
}

/* The value of @name in the report @text, or "" where it is not in it. */
static const char *field_of(const char *text, const char *name)
{
	static char value[256];
	char begin[32];
	const char *at;

	snprintf(begin, sizeof(begin), "\n%s: ", name);
	at = strstr(text, begin);
	snprintf(value, sizeof(value), "%.*s",
		 at ? (int)strcspn(at + strlen(begin), "\n") : 0,
		 at ? at + strlen(begin) : "");
	return value;
}

/* The function in "file:line func [module]", or "-". */
static const char *allocator_of(const char *text)
{
	static char func[256];
	const char *value = field_of(text, "allocated_at");

	if (strchr(value, ' '))
		value = strchr(value, ' ') + 1;
	snprintf(func, sizeof(func), "%.*s", (int)strcspn(value, " "), value);
	return func;
}

static unsigned int count(const char *text, const char *what)
{
	unsigned int nr = 0;

	for (; (text = strstr(text, what)); text += strlen(what))
		nr++;
	return nr;
}

#define EXPECT_TEXT(wanted, got)	EXPECT_STREQ((wanted) ?: "-", got)

static void run_misuse(struct __test_metadata *_metadata,
		       FIXTURE_DATA(misuse) *self,
		       const struct tour_case *which)
{
	const struct tour_misuse *misuse = which->misuse;
	char bytes[16] = "-";

	which->commit();
	EXPECT_TRUE(ground_end());
	EXPECT_EQ(0, notes_missing());
	READ("findings");
	ASSERT_EQ(1, count(self->text, "\nfinding: "));
	EXPECT_TEXT(misuse->kind, field_of(self->text, "kind"));
	EXPECT_TEXT(misuse->allocator, allocator_of(self->text));
	/* The names of static functions are not to be had here. */
	EXPECT_EQ(!misuse->freer, !strcmp("-", field_of(self->text, "freed_by")));
	EXPECT_STRNE("-", field_of(self->text, "caller"));
	EXPECT_TEXT(misuse->place, field_of(self->text, "place"));
	if (misuse->damage_bytes)
		snprintf(bytes, sizeof(bytes), "%u", misuse->damage_bytes);
	EXPECT_STREQ(bytes, field_of(self->text, "damage_bytes"));
	EXPECT_EQ(misuse->damage_bytes, count(self->text, "^^"));
}

#define RUN_MISUSE(name)				\
TEST_F(misuse, name)					\
{							\
	run_misuse(_metadata, self, &tour_##name);	\
}
TOUR_MISUSE(RUN_MISUSE)

TEST_HARNESS_MAIN
