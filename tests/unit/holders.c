// SPDX-License-Identifier: GPL-2.0-only
/*
 * holders.c - what points to an object: asked for by its address or by its site, and
 * what is told of a variable, of another object, of one that is lost, of nothing.
 */
#include "kselftest_harness.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "quarry_mirror.h"
#include "holder.h"
#include "site_text.h"
#include "world.h"

#define CHAIN	20

struct link {
	struct link *next;
	char text[40];
};

/* What the objects are to be found by, and nothing else is. */
static struct link *volatile a_variable;
static char *volatile a_middle;

FIXTURE(holders) {
	struct qr_holders answer;
	/* Complements of what was allocated. */
	unsigned long hidden[CHAIN];
	unsigned int nr;
};

FIXTURE_SETUP(holders)
{
	static const struct world one_node = { .nodes = 0x1 };

	ASSERT_TRUE(world_begin(&one_node));
	ASSERT_EQ(0, mirror_control("scan", "min_age=0"));
}

FIXTURE_TEARDOWN(holders)
{
	a_variable = NULL;
	a_middle = NULL;
	while (self->nr)
		quarry_free((void *)~self->hidden[--self->nr]);
	if (!world_end())
		abort();
}

#define note(object) \
	(self->hidden[self->nr++] = ~(unsigned long)(object))

static void copy(const struct qr_holders *holders, void *data)
{
	*(struct qr_holders *)data = *holders;
}

static int ask(struct qr_holders *answer, const char *what)
{
	int err = mirror_control("holders", what);

	qr_holders_use(copy, answer);
	return err;
}

static noinline struct link *make_link(struct link *next)
{
	struct link *link = quarry_zalloc(sizeof(*link), GFP_KERNEL);

	if (link)
		link->next = next;
	return link;
}

static void *make_links(void *data)
{
	FIXTURE_DATA(holders) *self = data;
	unsigned int i;

	for (i = 0; i < CHAIN; i++) {
		a_variable = make_link(a_variable);
		note(a_variable);
	}
	return NULL;
}

/* By a thread that ends: no copy stays on a stack. */
static bool make_chain(FIXTURE_DATA(holders) *self)
{
	pthread_t thread;

	return !pthread_create(&thread, NULL, make_links, self) &&
	       !pthread_join(thread, NULL) && self->nr == CHAIN;
}

/* Not inline: the address is in its frame. */
static noinline int ask_of(FIXTURE_DATA(holders) *self, unsigned int which)
{
	char text[32];

	snprintf(text, sizeof(text), "0x%lx", ~self->hidden[which]);
	return ask(&self->answer, text);
}

/* The site of make_link(), as leaks writes it. */
static const char *site_of_links(char line[QR_SITE_LINE])
{
	u32 id;

	for (id = 1; qr_site_line(id, line, QR_SITE_LINE)[0] != '?'; id++)
		if (strstr(line, " make_link"))
			return strtok(line, " ");
	return "";
}

static const struct qr_holder *row_of_variable(const struct qr_holders *answer,
					       const char *name)
{
	u32 i;

	for (i = 0; i < answer->nr; i++)
		if (!strncmp(answer->holder[i].place, name, strlen(name)))
			return &answer->holder[i];
	return NULL;
}

/* Whether the file has @row in it. */
static bool file_has(const char *row)
{
	char *text = NULL;
	bool found = false;
	size_t len;
	FILE *file = open_memstream(&text, &len);

	if (file) {
		found = !mirror_report("holders", file) && !fflush(file) &&
			strstr(text, row);
		fclose(file);
	}
	free(text);
	return found;
}

TEST_F(holders, variable_is_told_by_name)
{
	const struct qr_holder *row;

	ASSERT_TRUE(make_chain(self));
	ASSERT_EQ(0, ask_of(self, CHAIN - 1));
	EXPECT_EQ(1, self->answer.objects);
	EXPECT_EQ(1, self->answer.held);
	row = row_of_variable(&self->answer, "a_variable+0x0");
	ASSERT_NE(NULL, row);
	EXPECT_EQ(1, row->refs);
	EXPECT_EQ(0, row->interior);
	EXPECT_FALSE(row->in_object);
	EXPECT_EQ((unsigned long)&a_variable, ~row->hidden_at);
}

TEST_F(holders, object_is_told_by_site_and_offset)
{
	const struct qr_holder *row;
	char line[QR_SITE_LINE];

	ASSERT_TRUE(make_chain(self));
	ASSERT_EQ(0, ask_of(self, 0));
	ASSERT_EQ(1, self->answer.nr);
	row = &self->answer.holder[0];
	EXPECT_TRUE(row->in_object);
	EXPECT_FALSE(row->garbage);
	EXPECT_EQ(offsetof(struct link, next), row->offset);
	EXPECT_NE(NULL, strstr(qr_site_line(row->site, line, sizeof(line)),
			       "make_link"));
	EXPECT_EQ(self->hidden[1], row->hidden_at);
}

TEST_F(holders, those_of_a_site_are_added_up)
{
	void *of_another_site = quarry_alloc(100, GFP_KERNEL);
	char line[QR_SITE_LINE];

	ASSERT_TRUE(make_chain(self));
	ASSERT_EQ(0, ask(&self->answer, site_of_links(line)));
	quarry_free(of_another_site);
	EXPECT_EQ(CHAIN, self->answer.objects);
	EXPECT_EQ(CHAIN, self->answer.held);
	/* Most first. */
	ASSERT_EQ(2, self->answer.nr);
	EXPECT_EQ(CHAIN - 1, self->answer.holder[0].refs);
	EXPECT_TRUE(self->answer.holder[0].in_object);
	EXPECT_EQ(1, self->answer.holder[1].refs);
	EXPECT_FALSE(self->answer.holder[1].in_object);
}

TEST_F(holders, middle_is_told_apart)
{
	const struct qr_holder *row;

	ASSERT_TRUE(make_chain(self));
	a_middle = (char *)a_variable + 8;
	ASSERT_EQ(0, ask_of(self, CHAIN - 1));
	EXPECT_EQ(2, self->answer.nr);
	row = row_of_variable(&self->answer, "a_middle");
	ASSERT_NE(NULL, row);
	EXPECT_EQ(1, row->refs);
	EXPECT_EQ(1, row->interior);
}

TEST_F(holders, lost_holder_is_told_as_such)
{
	ASSERT_TRUE(make_chain(self));
	a_variable = NULL;
	ASSERT_EQ(0, ask_of(self, 0));
	ASSERT_EQ(1, self->answer.nr);
	EXPECT_TRUE(self->answer.holder[0].in_object);
	EXPECT_TRUE(self->answer.holder[0].garbage);
}

TEST_F(holders, of_a_lost_one_there_is_none)
{
	ASSERT_TRUE(make_chain(self));
	a_variable = NULL;
	ASSERT_EQ(0, ask_of(self, CHAIN - 1));
	EXPECT_EQ(1, self->answer.objects);
	EXPECT_EQ(0, self->answer.held);
	EXPECT_EQ(0, self->answer.nr);
}

TEST_F(holders, itself_is_none)
{
	ASSERT_TRUE(make_chain(self));
	((struct link *)~self->hidden[0])->next = (void *)~self->hidden[0];
	ASSERT_EQ(0, ask_of(self, 0));
	EXPECT_EQ(1, self->answer.nr);
	EXPECT_EQ(1, self->answer.holder[0].refs);
}

/* More places than rows: none is forgotten. */
TEST_F(holders, what_has_no_row_is_counted)
{
	static void *volatile place[QR_HOLDERS_MAX + 10];
	u64 refs = 0;
	u32 i;

	ASSERT_TRUE(make_chain(self));
	for (i = 0; i < ARRAY_SIZE(place); i++)
		place[i] = a_variable;
	ASSERT_EQ(0, ask_of(self, CHAIN - 1));
	for (i = 0; i < ARRAY_SIZE(place); i++)
		place[i] = NULL;
	EXPECT_EQ(QR_HOLDERS_MAX, self->answer.nr);
	for (i = 0; i < self->answer.nr; i++)
		refs += self->answer.holder[i].refs;
	EXPECT_EQ(ARRAY_SIZE(place) + 1, refs + self->answer.others);
	EXPECT_TRUE(file_has("\n# and "));
}

/* The table as it is read. */
TEST_F(holders, file_has_a_row_each)
{
	char line[QR_SITE_LINE], row[QR_SITE_LINE + 64];

	ASSERT_TRUE(make_chain(self));
	ASSERT_EQ(0, ask(&self->answer, site_of_links(line)));
	snprintf(row, sizeof(row), "# %s: %d objects, something points to %d of",
		 line, CHAIN, CHAIN);
	EXPECT_TRUE(file_has(row));
	snprintf(row, sizeof(row), "%10d %13d held   0x", CHAIN - 1, 0);
	EXPECT_TRUE(file_has(row));
	snprintf(row, sizeof(row), "  +0 %s [", line);
	EXPECT_TRUE(file_has(row));
	snprintf(row, sizeof(row), "%10d %13d -      0x%-16lx  a_variable+0x0",
		 1, 0, (unsigned long)&a_variable);
	EXPECT_TRUE(file_has(row));
}

/* What was not asked for again is not looked for again. */
TEST_F(holders, answer_stays_until_the_next_one)
{
	ASSERT_TRUE(make_chain(self));
	ASSERT_EQ(0, ask_of(self, 0));
	a_variable = NULL;
	ASSERT_EQ(0, mirror_control("scan", "scan"));
	qr_holders_use(copy, &self->answer);
	ASSERT_EQ(1, self->answer.nr);
	EXPECT_FALSE(self->answer.holder[0].garbage);
}

/* Asked twice before a scan: the last one is answered, and once. */
TEST_F(holders, last_one_is_answered)
{
	char line[QR_SITE_LINE];

	ASSERT_TRUE(make_chain(self));
	ASSERT_EQ(0, ask_of(self, 0));
	ASSERT_EQ(0, qr_holders_want(site_of_links(line)));
	ASSERT_EQ(0, qr_holders_want(line));
	ASSERT_EQ(0, mirror_control("scan", "scan"));
	qr_holders_use(copy, &self->answer);
	EXPECT_EQ(CHAIN, self->answer.objects);
	/* Nobody is told that this one ends unanswered. */
	ASSERT_EQ(0, qr_holders_want(line));
}

TEST_F(holders, nonsense_is_refused)
{
	static const char * const nonsense[] = {
		"", "0x", "0xzz", "0x1", "0x0", "0xffffffffffffffffffff",
	};
	unsigned int i;

	ASSERT_TRUE(make_chain(self));
	ASSERT_EQ(0, ask_of(self, 0));
	for (i = 0; i < ARRAY_SIZE(nonsense); i++)
		EXPECT_EQ(-EINVAL, mirror_control("holders", nonsense[i]));
	EXPECT_EQ(-ENOENT, mirror_control("holders", "nowhere.c:1"));
	EXPECT_EQ(-ENOENT, mirror_control("holders", "1"));
	qr_holders_use(copy, &self->answer);
	EXPECT_EQ(1, self->answer.nr);
}

TEST_HARNESS_MAIN
