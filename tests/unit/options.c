// SPDX-License-Identifier: GPL-2.0-only
/*
 * options.c - debug options: their letters and rules, the order of quarantine,
 * how many objects are guarded, and that a guard page kills.
 */
#include "kselftest_harness.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cache.h"
#include "checks.h"
#include "guard.h"
#include "inspect.h"
#include "options.h"
#include "qt.h"
#include "quarry_mirror.h"
#include "slab.h"
#include "walk.h"
#include "world.h"

FIXTURE(options) {
	unsigned long quarantine_bytes;
	unsigned int guard_every;
	unsigned int guard_slots;
};

FIXTURE_SETUP(options)
{
	static const struct world two_nodes = { .nodes = 0x3 };

	self->quarantine_bytes = qr_params.quarantine_bytes;
	self->guard_every = qr_params.guard_every;
	self->guard_slots = qr_params.guard_slots;
	ASSERT_TRUE(world_begin(&two_nodes));
}

FIXTURE_TEARDOWN(options)
{
	qr_options_set_rules("");
	qr_params.quarantine_bytes = self->quarantine_bytes;
	qr_params.guard_every = self->guard_every;
	qr_params.guard_slots = self->guard_slots;
	EXPECT_TRUE(world_end());
}

static struct quarry_cache *cache_with(unsigned long options)
{
	return quarry_cache_create("options", 64, 0, options, NULL);
}

/* -------------------------------------------------------------- letters */

TEST_F(options, letters_are_read_as_they_are_written)
{
	char text[QR_OPTIONS_TEXT];
	unsigned int options, read;

	for (options = 0; options <= QUARRY_DEBUG_MASK;
	     options += QUARRY_CONSISTENCY) {
		qr_options_text(options, text);
		ASSERT_EQ(0, qr_options_parse(text, strlen(text), &read));
		ASSERT_EQ(options, read);
	}
	ASSERT_EQ(0, qr_options_parse("pz", 2, &read));
	ASSERT_EQ(QUARRY_POISON | QUARRY_RED_ZONE, read);
}

TEST_F(options, other_letters_are_refused)
{
	static const char * const bad[] = {
		"", "A", "FZB", "F-", "--", "F Z", "1", "*", "F,Z",
	};
	unsigned int options = 77, i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(-EINVAL, qr_options_parse(bad[i], strlen(bad[i]),
						    &options));
		EXPECT_EQ(77, options);
	}
}

#define FZPU	(QUARRY_CONSISTENCY | QUARRY_RED_ZONE | QUARRY_POISON | \
		 QUARRY_STORE_USER)

static const struct {
	const char *rules;
	const char *name;
	unsigned int options;
} given[] = {
	{ "", "x", 0 },
	{ "Z", "x", QUARRY_RED_ZONE },
	{ "-", "x", 0 },
	{ "Z,x", "x", QUARRY_RED_ZONE },
	{ "Z,x", "y", 0 },
	{ ",x", "x", FZPU },
	{ "Z,x,y", "y", QUARRY_RED_ZONE },
	{ "Z,net-*", "net-ring", QUARRY_RED_ZONE },
	{ "Z,net-*", "net", 0 },
	{ "Z,*", "anything", QUARRY_RED_ZONE },
	{ "P;Z,x", "x", QUARRY_RED_ZONE },
	{ "P;Z,x", "y", QUARRY_POISON },
	{ "Z,x;P", "y", QUARRY_POISON },
	{ "P;-,x*", "xy", 0 },
	{ "Z,a;P,b;Q,*", "b", QUARRY_POISON },
	{ "Z,a;P,b;Q,*", "c", QUARRY_QUARANTINE },
};

TEST_F(options, rules_give_what_they_say)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(given); i++) {
		ASSERT_EQ(0, qr_options_set_rules(given[i].rules));
		EXPECT_EQ(given[i].options,
			  qr_options_for(given[i].name, qr_options_for_all()))
			TH_LOG("%s for %s", given[i].rules, given[i].name);
	}
}

TEST_F(options, bad_rules_are_refused_and_change_nothing)
{
	static const char * const bad[] = {
		"B", "Z;", ";Z", ";", ",", "Z,", "Z,,x", "Z,x,", "Z,*x",
		"Z,x*y", "Z,**", "Z;B,x", "Z, x;Y", "-Z",
	};
	unsigned int i;

	ASSERT_EQ(0, qr_options_set_rules("P"));
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(-EINVAL, qr_options_set_rules(bad[i]))
			TH_LOG("%s", bad[i]);
		EXPECT_EQ(QUARRY_POISON, qr_options_for_all());
	}
}

/* No text, however odd, is read past its end or believed in part. */
TEST_F(options, random_rules_are_taken_whole_or_not)
{
	static const char letters[] = "FZPUTWQGX-,;* xyB";
	unsigned long round, rounds = world_scale(200000);
	char *text = malloc(16);
	u64 random = world_seed();
	unsigned int i, len;

	for (round = 0; round < rounds; round++) {
		random = random * 6364136223846793005ULL + 1442695040888963407ULL;
		len = (random >> 33) % 12;
		for (i = 0; i < len; i++)
			text[i] = letters[(random >> i * 4) %
					  (sizeof(letters) - 1)];
		text[len] = '\0';
		if (qr_options_set_rules(text))
			continue;
		EXPECT_EQ(0, qr_options_for_all() & ~QUARRY_DEBUG_MASK);
		EXPECT_EQ(0, qr_options_for("x", 0) & ~QUARRY_DEBUG_MASK);
	}
	qr_options_set_rules("");
	free(text);
}

TEST_F(options, rules_reach_caches_heaps_and_classes)
{
	struct quarry_cache *cache;
	struct quarry_heap *heap;
	void *block;

	ASSERT_EQ(0, qr_options_set_rules("Z;P,options;Q,a,b-64"));
	cache = cache_with(QUARRY_CONSISTENCY);
	ASSERT_FALSE(IS_ERR(cache));
	EXPECT_EQ(QUARRY_POISON | QUARRY_CONSISTENCY, cache->options);
	heap = quarry_heap_create("b", 0);
	ASSERT_FALSE(IS_ERR(heap));
	EXPECT_EQ(QUARRY_RED_ZONE, heap->options);
	block = quarry_heap_alloc(heap, 64, GFP_KERNEL);
	EXPECT_EQ(QUARRY_QUARANTINE,
		  heap->class[__quarry_class(64)]->options);
	quarry_free(block);
	EXPECT_EQ(0, quarry_heap_destroy(heap));
	EXPECT_EQ(0, quarry_cache_destroy(cache));
}

TEST_F(options, unknown_flags_are_refused)
{
	struct quarry_cache *cache = cache_with(0);

	EXPECT_EQ(-EINVAL, quarry_cache_set_debug(cache, 1));
	EXPECT_EQ(-EINVAL, quarry_heap_set_debug(NULL, ~0UL));
	EXPECT_EQ(0, cache->options);
	EXPECT_EQ(0, quarry_cache_destroy(cache));
}

/* ----------------------------------------------------------- quarantine */

#define WAITING	20

TEST_F(options, quarantine_is_first_in_first_out_and_bounded)
{
	struct quarry_cache *cache = cache_with(QUARRY_QUARANTINE);
	unsigned int i, stride, left = 0;
	void *object[4 * WAITING];

	ASSERT_FALSE(IS_ERR(cache));
	stride = cache->checked.size;
	qr_params.quarantine_bytes = WAITING * stride;
	for (i = 0; i < ARRAY_SIZE(object); i++)
		object[i] = quarry_cache_alloc(cache, GFP_KERNEL);
	for (i = 0; i < ARRAY_SIZE(object); i++) {
		quarry_cache_free(cache, object[i]);
		EXPECT_EQ(min(i + 1, (unsigned int)WAITING),
			  cache->quarantine.objects);
		EXPECT_LE(cache->quarantine.bytes, qr_params.quarantine_bytes);
	}
	for (i = 0; i < ARRAY_SIZE(object); i++) {
		struct qr_slab *slab = qt_slab(object[i]);
		u32 index;

		if (!slab)
			continue;
		index = qr_slab_index(slab, (unsigned long)object[i]);
		if (qr_slab_check(slab, index)->state != QR_CHECK_QUARANTINED)
			continue;
		/* The last ones. */
		EXPECT_GE(i, ARRAY_SIZE(object) - WAITING);
		left++;
	}
	EXPECT_EQ(WAITING, left);
	quarry_cache_shrink(cache);
	EXPECT_EQ(0, cache->quarantine.objects);
	EXPECT_EQ(0, cache->quarantine.bytes);
	EXPECT_EQ(0, quarry_cache_destroy(cache));
}

/* --------------------------------------------------------------- guards */

TEST_F(options, one_in_so_many_is_guarded)
{
	unsigned int i, guarded = 0;
	struct quarry_cache *cache;
	void *object[99];

	qr_params.guard_every = 7;
	cache = cache_with(QUARRY_GUARD);
	ASSERT_FALSE(IS_ERR(cache));
	for (i = 0; i < ARRAY_SIZE(object); i++) {
		struct qr_slab *slab;

		object[i] = quarry_cache_alloc(cache, GFP_KERNEL);
		slab = qt_slab(object[i]);
		ASSERT_NE(NULL, slab);
		if (!(slab->flags & QR_SLAB_GUARD))
			continue;
		guarded++;
		EXPECT_EQ(6, i % 7);
		/* Nothing is between its end and the page. */
		EXPECT_EQ(0, ((unsigned long)object[i] + 64) % PAGE_SIZE);
	}
	EXPECT_EQ(ARRAY_SIZE(object) / 7, guarded);
	EXPECT_EQ(guarded, qr_guard_used());
	for (i = 0; i < ARRAY_SIZE(object); i++)
		quarry_cache_free(cache, object[i]);
	EXPECT_EQ(0, qr_guard_used());
	EXPECT_EQ(0, quarry_cache_destroy(cache));
}

TEST_F(options, without_a_place_objects_are_not_guarded)
{
	struct quarry_cache *cache;
	void *object[10];
	unsigned int i;

	qr_params.guard_slots = 4;
	cache = cache_with(QUARRY_GUARD);
	ASSERT_FALSE(IS_ERR(cache));
	for (i = 0; i < ARRAY_SIZE(object); i++)
		object[i] = quarry_cache_alloc(cache, GFP_KERNEL);
	EXPECT_EQ(4, qr_guard_used());
	EXPECT_EQ(6, qr_guard_missed());
	for (i = 0; i < ARRAY_SIZE(object); i++)
		quarry_cache_free(cache, object[i]);
	EXPECT_EQ(0, quarry_cache_destroy(cache));
}

TEST_F(options, without_budget_objects_are_not_guarded)
{
	struct quarry_heap *heap;
	void *block[40];
	unsigned int i;

	/* Every other one would be, and has a page for itself. */
	ASSERT_EQ(0, qr_options_set_rules("G,tight"));
	qr_params.guard_every = 2;
	heap = quarry_heap_create("tight", 16 * PAGE_SIZE);
	for (i = 0; i < ARRAY_SIZE(block); i++) {
		block[i] = quarry_heap_alloc(heap, 64, GFP_KERNEL);
		EXPECT_NE(NULL, block[i]);
	}
	EXPECT_GT(qr_guard_missed(), 0);
	EXPECT_EQ(ARRAY_SIZE(block) / 2, qr_guard_used() + qr_guard_missed());
	for (i = 0; i < ARRAY_SIZE(block); i++)
		quarry_free(block[i]);
	EXPECT_EQ(0, quarry_heap_destroy(heap));
}

static sigjmp_buf hit;
static void *hit_at;

static void on_hit(int signal, siginfo_t *info, void *context)
{
	hit_at = info->si_addr;
	siglongjmp(hit, 1);
}

/* Whether reading @at is fatal. */
static bool kills(const volatile char *at)
{
	struct sigaction action = {
		.sa_sigaction = on_hit, .sa_flags = SA_SIGINFO,
	}, segv, bus;
	bool killed = true;

	sigaction(SIGSEGV, &action, &segv);
	sigaction(SIGBUS, &action, &bus);
	if (!sigsetjmp(hit, 1)) {
		(void)*at;
		killed = false;
	}
	sigaction(SIGSEGV, &segv, NULL);
	sigaction(SIGBUS, &bus, NULL);
	return killed && hit_at == at;
}

TEST_F(options, guard_pages_kill_overruns_and_late_uses)
{
	struct quarry_cache *cache = cache_with(QUARRY_GUARD);
	struct qr_guard_story story;
	char *object, *other;

	ASSERT_FALSE(IS_ERR(cache));
	object = quarry_cache_alloc(cache, GFP_KERNEL);
	other = quarry_cache_alloc(cache, GFP_KERNEL);
	EXPECT_FALSE(kills(object));
	EXPECT_FALSE(kills(object + 63));
	EXPECT_TRUE(kills(object + 64));
	EXPECT_TRUE(kills(object + 64 + PAGE_SIZE - 1));
	ASSERT_TRUE(qr_guard_story((unsigned long)object + 64, &story));
	EXPECT_TRUE(story.live);
	EXPECT_EQ((unsigned long)object, story.object);
	EXPECT_STREQ("options", story.owner);
	quarry_cache_free(cache, object);
	EXPECT_TRUE(kills(object));
	EXPECT_TRUE(kills(object + 63));
	EXPECT_FALSE(kills(other));
	ASSERT_TRUE(qr_guard_story((unsigned long)object, &story));
	EXPECT_FALSE(story.live);
	EXPECT_NE(0, story.freed.time_ns);
	quarry_cache_free(cache, other);
	EXPECT_EQ(0, quarry_cache_destroy(cache));
}

/* A place is left alone as long as there are others. */
TEST_F(options, freed_guards_stay_closed_for_a_while)
{
	struct quarry_cache *cache;
	char *object, *later;
	unsigned int i;

	qr_params.guard_slots = 16;
	cache = cache_with(QUARRY_GUARD);
	ASSERT_FALSE(IS_ERR(cache));
	object = quarry_cache_alloc(cache, GFP_KERNEL);
	quarry_cache_free(cache, object);
	for (i = 0; i < 15; i++) {
		later = quarry_cache_alloc(cache, GFP_KERNEL);
		EXPECT_NE(object, later);
		quarry_cache_free(cache, later);
		EXPECT_TRUE(kills(object));
	}
	later = quarry_cache_alloc(cache, GFP_KERNEL);
	EXPECT_EQ(object, later);
	quarry_cache_free(cache, later);
	EXPECT_EQ(0, quarry_cache_destroy(cache));
}

static void *churn(void *cache)
{
	unsigned int i, j;
	void *object[4];

	for (i = 0; i < 20000; i++) {
		for (j = 0; j < ARRAY_SIZE(object); j++)
			object[j] = quarry_cache_alloc(cache, GFP_KERNEL);
		for (j = 0; j < ARRAY_SIZE(object); j++)
			quarry_cache_free(cache, object[j]);
	}
	WRITE_ONCE(*(bool *)((struct quarry_cache *)cache)->platform, true);
	return NULL;
}

static void look(struct qr_slab *slab, void *damaged)
{
	*(unsigned int *)damaged += qr_inspect_slab(slab);
}

/* Who looks at all objects may meet one that is closed at that moment. */
TEST_F(options, guards_are_looked_at_while_they_come_and_go)
{
	struct quarry_cache *cache;
	unsigned int damaged = 0;
	bool done = false;
	pthread_t thread;

	cache = quarry_cache_create("small", 8, 0, QUARRY_GUARD, NULL);
	ASSERT_FALSE(IS_ERR(cache));
	cache->platform = &done;
	ASSERT_EQ(0, pthread_create(&thread, NULL, churn, cache));
	while (!READ_ONCE(done))
		qr_walk_slabs(cache, look, &damaged);
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(0, damaged);
	EXPECT_EQ(0, quarry_cache_destroy(cache));
}

/* ---------------------------------------------------------------- panic */

/* How a process of its own ends that makes a mistake with a cache of @options. */
static int ending(unsigned long options)
{
	static const struct world one_node = { .nodes = 0x1 };
	struct quarry_cache *cache;
	pid_t child = fork();
	void *object;
	int status;

	if (!child) {
		if (!world_begin(&one_node))
			_exit(1);
		cache = cache_with(options);
		object = quarry_cache_alloc(cache, GFP_KERNEL);
		quarry_cache_free(cache, object);
		quarry_cache_free(cache, object);
		_exit(0);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		return -1;
	return status;
}

TEST(option_x_is_a_panic)
{
	int status = ending(QUARRY_PANIC);

	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(SIGABRT, WTERMSIG(status));
	status = ending(QUARRY_CONSISTENCY);
	EXPECT_TRUE(WIFEXITED(status));
	EXPECT_EQ(0, WEXITSTATUS(status));
}

/* --------------------------------------------------------------- option T */

static char told[4][200];
static unsigned int nr_told;

static void keep(int level, const char *line)
{
	if (nr_told < ARRAY_SIZE(told))
		strscpy(told[nr_told++], line, sizeof(told[0]));
}

TEST_F(options, option_t_tells_of_each_object)
{
	void (*log)(int level, const char *line) = mirror_log;
	struct quarry_cache *cache = cache_with(QUARRY_TRACE);
	char words[2][64];
	void *object;

	ASSERT_FALSE(IS_ERR(cache));
	mirror_log = keep;
	object = quarry_cache_alloc(cache, GFP_KERNEL);
	quarry_cache_free(cache, object);
	mirror_log = log;
	sprintf(words[0], "options alloc %#lx, 64 bytes, ", (unsigned long)object);
	sprintf(words[1], "options free %#lx, 64 bytes, ", (unsigned long)object);
	ASSERT_EQ(2, nr_told);
	EXPECT_NE(NULL, strstr(told[0], words[0]));
	EXPECT_NE(NULL, strstr(told[0], "options.c:"));
	EXPECT_NE(NULL, strstr(told[1], words[1]));
	ASSERT_EQ(0, quarry_cache_destroy(cache));
}

TEST_HARNESS_MAIN
