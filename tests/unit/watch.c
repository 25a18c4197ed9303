// SPDX-License-Identifier: GPL-2.0-only
/*
 * watch.c - objects of an allocator that is not quarry's: names that are taken
 * and refused, random objects against a model while others read and names come
 * and go, no room, and frees that nobody told of.
 */
#include "kselftest_harness.h"

#include <linux/preempt.h>

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "file_text.h"
#include "quarry_mirror.h"
#include "qt.h"
#include "meta.h"
#include "site.h"
#include "watch.h"
#include "watched.h"
#include "world.h"

/* Code of three modules; calls return to somewhere in it. */
#define CODE(n)		(0x100000UL * (n))
#define CODE_BYTES	0x1000UL

static const struct mirror_code modules[] = {
	{ .name = "one", .from = CODE(1), .bytes = CODE_BYTES },
	{ .name = "two", .from = CODE(2), .bytes = CODE_BYTES },
	{ .name = "three", .from = CODE(3), .bytes = CODE_BYTES },
	{ },
};

FIXTURE(watch) {
	char *text;
	size_t len;
};

FIXTURE_SETUP(watch)
{
	static const struct world one_node = { .nodes = 0x1 };

	ASSERT_TRUE(world_begin(&one_node));
	mirror_code = modules;
}

FIXTURE_TEARDOWN(watch)
{
	free(self->text);
	if (!world_end())
		abort();
}

static int write_watch(const char *text)
{
	char copy[256];

	strscpy(copy, text, sizeof(copy));
	return qr_watch_write(copy);
}

/* Objects that are never looked into. */
static void *object_at(unsigned long i)
{
	return (void *)(0x7000000000UL + i * 64);
}

static void alloc_at(unsigned long i, unsigned long caller)
{
	qr_watch_alloc(object_at(i), 40, 64, caller);
}

/* ----------------------------------------------------------------- names */

TEST_F(watch, bad_names_are_refused_and_change_nothing)
{
	static const char *const bad[] = {
		"", "-", "a b", "a/b", "one,two", "mirror",
		"a_name_that_is_longer_than_any_that_the_kernel_has_for_a_module_is",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		EXPECT_EQ(-EINVAL, write_watch(bad[i])) {
			TH_LOG("name %u", i);
		}
	EXPECT_EQ(-ENOENT, write_watch("-one"));
	READ("watch");
	EXPECT_EQ(3, count_of(self->text, "\n"));
}

TEST_F(watch, names_are_kept_in_order_and_once)
{
	unsigned long before = qr_meta_held();

	ASSERT_EQ(0, write_watch("one"));
	ASSERT_EQ(0, write_watch("one"));
	ASSERT_EQ(0, write_watch("not-here"));
	READ("watch");
	EXPECT_LINE("         0            0            0            0  loaded  one");
	EXPECT_LINE("         0            0            0            0  absent  not_here");
	EXPECT_EQ(5, count_of(self->text, "\n"));
	ASSERT_EQ(0, write_watch("-one"));
	ASSERT_EQ(0, write_watch("-not-here"));
	EXPECT_EQ(before, qr_meta_held());
}

TEST_F(watch, there_is_room_for_eight)
{
	char name[] = "a";

	for (; name[0] < 'a' + QR_WATCHES_MAX; name[0]++)
		ASSERT_EQ(0, write_watch(name));
	EXPECT_EQ(-ENOSPC, write_watch(name));
	ASSERT_EQ(0, write_watch("-c"));
	EXPECT_EQ(0, write_watch(name));
}

/* --------------------------------------------------------------- objects */

TEST_F(watch, only_calls_of_what_is_watched_count)
{
	ASSERT_EQ(0, write_watch("two"));
	alloc_at(0, CODE(1));
	alloc_at(1, CODE(2));
	alloc_at(2, CODE(2) + CODE_BYTES - 1);
	alloc_at(3, CODE(2) + CODE_BYTES);
	alloc_at(4, CODE(2) - 1);
	EXPECT_EQ(2, qr_watched_sum(0).objects);
	EXPECT_EQ(128, qr_watched_sum(0).bytes);
	EXPECT_TRUE(qr_watch_has(CODE(2)));
	EXPECT_FALSE(qr_watch_has(CODE(1)));
}

TEST_F(watch, sites_show_what_lives)
{
	unsigned int i;

	ASSERT_EQ(0, write_watch("one"));
	for (i = 0; i < 10; i++)
		alloc_at(i, CODE(1) + 16);
	qr_watch_free(object_at(3));
	EXPECT_TRUE(qr_watched_wants());
	/* Its site has no number of its own yet. */
	EXPECT_EQ(0, qr_site_find(CODE(1) + 16));
	READ("sites");
	EXPECT_NE(NULL, strstr(self->text, "         9          360          576 "));
	qr_watched_supply();
	EXPECT_FALSE(qr_watched_wants());
	EXPECT_NE(0, qr_site_find(CODE(1) + 16));
	READ("sites");
	EXPECT_NE(NULL, strstr(self->text, "         9          360          576 "));
	READ("watch");
	EXPECT_LINE("         9          576           10            0  loaded  one");
}

TEST_F(watch, a_module_that_went_leaves_its_objects)
{
	static const struct qr_code again = { .from = CODE(5), .bytes = 16 };
	static const struct qr_code none;

	ASSERT_EQ(0, write_watch("one"));
	alloc_at(0, CODE(1));
	qr_watch_went("one");
	alloc_at(1, CODE(1));
	EXPECT_EQ(1, qr_watched_sum(0).objects);
	READ("watch");
	EXPECT_LINE("         1           64            1            0  absent  one");
	/* Elsewhere, and with an init. */
	qr_watch_came("one", &again, &again);
	qr_watch_came("two", &again, &none);
	alloc_at(2, CODE(5));
	EXPECT_EQ(2, qr_watched_sum(0).objects);
	qr_watch_started("one");
	qr_watch_free(object_at(0));
	EXPECT_EQ(1, qr_watched_sum(0).objects);
	ASSERT_EQ(0, write_watch("-one"));
	EXPECT_EQ(0, qr_watched_sum(0).objects);
}

TEST_F(watch, a_free_that_nobody_told_of_is_noticed)
{
	ASSERT_EQ(0, write_watch("one"));
	alloc_at(0, CODE(1));
	qr_watch_reuse(object_at(1));
	EXPECT_EQ(0, qr_watch_unseen());
	qr_watch_reuse(object_at(0));
	EXPECT_EQ(1, qr_watch_unseen());
	EXPECT_EQ(0, qr_watched_sum(0).objects);
	READ("watch");
	EXPECT_LINE("# 1 frees were not told of until the address was given out again");
}

TEST_F(watch, without_room_objects_are_counted_and_the_rest_is_right)
{
	struct qr_watch watch;
	unsigned long i, room;

	ASSERT_EQ(0, write_watch("one"));
	for (room = 0; ; room++) {
		alloc_at(room, CODE(1));
		qr_watch_get(0, &watch);
		if (atomic_long_read(&watch.no_room))
			break;
	}
	EXPECT_LE(16384, room);
	alloc_at(room + 1, CODE(1));
	EXPECT_EQ(room, qr_watched_sum(0).objects);
	qr_watched_supply();
	for (i = room + 2; i < 2 * room; i++)
		alloc_at(i, CODE(1));
	EXPECT_EQ(2 * room - 2, qr_watched_sum(0).objects);
	for (i = 0; i < 2 * room; i++)
		qr_watch_free(object_at(i));
	qr_watch_get(0, &watch);
	EXPECT_EQ(2, atomic_long_read(&watch.no_room));
	EXPECT_EQ(2 * room, atomic_long_read(&watch.allocs));
	EXPECT_EQ(0, qr_watched_sum(0).objects);
}

/* --------------------------------------------------- threads and a model */

#define THREADS	4
#define SLOTS	500
#define STEPS	100000

struct player {
	pthread_t thread;
	struct qt t;
	unsigned int number;
	/* Of each address whose it is, 0 for nobody's. */
	u8 owner[SLOTS];
	unsigned long live[4];
};

static struct player players[THREADS];
static int over;

static void play_one(struct player *p)
{
	unsigned int i = qt_below(&p->t, SLOTS);
	void *object = object_at(p->number * SLOTS + i);

	if (p->owner[i]) {
		qr_watch_free(object);
		p->live[p->owner[i]]--;
		p->owner[i] = 0;
		return;
	}
	p->owner[i] = 1 + qt_below(&p->t, 3);
	p->live[p->owner[i]]++;
	qr_watch_alloc(object, 1 + qt_below(&p->t, 64), 64,
		       CODE(p->owner[i]) + qt_below(&p->t, 8));
}

static void *play(void *data)
{
	struct player *p = data;
	unsigned long i;

	for (i = 0; i < world_scale(STEPS); i++) {
		preempt_disable();
		play_one(p);
		preempt_enable();
	}
	return NULL;
}

/* Others read, number sites, and have "three" come and go. */
static void *disturb(void *unused)
{
	FILE *null = fopen("/dev/null", "w");
	unsigned int i = 0;

	while (!__atomic_load_n(&over, __ATOMIC_ACQUIRE)) {
		qr_watched_supply();
		mirror_report("sites", null);
		mirror_report("watch", null);
		if (write_watch(i++ % 2 ? "three" : "-three"))
			abort();
	}
	if (i % 2 && write_watch("three"))
		abort();
	fclose(null);
	return NULL;
}

static unsigned long live_of(unsigned int module)
{
	unsigned long sum = 0;
	unsigned int i;

	for (i = 0; i < THREADS; i++)
		sum += players[i].live[module];
	return sum;
}

TEST_F_TIMEOUT(watch, threads_match_the_model, 300)
{
	pthread_t other;
	unsigned int i, k;

	memset(players, 0, sizeof(players));
	over = 0;
	ASSERT_EQ(0, write_watch("one"));
	ASSERT_EQ(0, write_watch("two"));
	ASSERT_EQ(0, write_watch("three"));
	ASSERT_EQ(0, pthread_create(&other, NULL, disturb, NULL));
	for (i = 0; i < THREADS; i++) {
		players[i].number = i;
		players[i].t = (struct qt){ .name = "watch",
					    .random = world_seed() + i };
		ASSERT_EQ(0, pthread_create(&players[i].thread, NULL, play,
					    &players[i]));
	}
	for (i = 0; i < THREADS; i++)
		pthread_join(players[i].thread, NULL);
	__atomic_store_n(&over, 1, __ATOMIC_RELEASE);
	pthread_join(other, NULL);
	EXPECT_EQ(live_of(1), qr_watched_sum(0).objects);
	EXPECT_EQ(live_of(2), qr_watched_sum(1).objects);
	/* Forgotten now and then. */
	EXPECT_GE(live_of(3), qr_watched_sum(2).objects);
	EXPECT_EQ(0, qr_watch_unseen());
	for (i = 0; i < THREADS; i++)
		for (k = 0; k < SLOTS; k++)
			qr_watch_free(object_at(i * SLOTS + k));
	for (i = 0; i < 3; i++)
		EXPECT_EQ(0, qr_watched_sum(i).objects);
}

TEST_HARNESS_MAIN
