// SPDX-License-Identifier: GPL-2.0-only
/*
 * oops.c - the addresses that a kernel dies with: what the log says of them, and
 * that a guard page is a finding, in every state of the object beside it.
 */
#include "kselftest_harness.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "file_text.h"
#include "finding.h"
#include "oops.h"
#include "qt.h"
#include "quarry_mirror.h"
#include "world.h"

#define ASKED	30

static char log_text[16384];

static void keep_line(int level, const char *line)
{
	size_t len = strlen(log_text);

	strscpy(log_text + len, line, sizeof(log_text) - len);
}

static struct qr_event told;

static void tell(const struct qr_event *event)
{
	told = *event;
}

FIXTURE(oops) {
	char *text;
	size_t len;
};

FIXTURE_SETUP(oops)
{
	static const struct world one_node = { .nodes = 0x1 };

	ASSERT_TRUE(world_begin(&one_node));
	mirror_log = keep_line;
	log_text[0] = '\0';
}

FIXTURE_TEARDOWN(oops)
{
	free(self->text);
	if (!world_end())
		abort();
}

static struct quarry_cache *guarded_cache(unsigned long options)
{
	return quarry_cache_create("guarded", ASKED, 0, QUARRY_GUARD | options,
				   NULL);
}

/* As if this very code had touched @address, and died. */
static noinline void touch(const char *address)
{
	const unsigned long call[] = {
		(unsigned long)touch, (unsigned long)__builtin_return_address(0),
	};

	qr_oops_address((unsigned long)address, call, ARRAY_SIZE(call));
}

TEST_F(oops, a_guard_page_that_was_touched_is_a_finding)
{
	struct quarry_cache *cache = guarded_cache(0);
	char *object = quarry_cache_alloc(cache, GFP_KERNEL);

	memset(object, 'A', ASKED);
	mirror_found = tell;
	touch(object + 40);
	mirror_found = NULL;
	READ("findings");
	EXPECT_EQ(1, count_of(self->text, "\n\nfinding: "));
	EXPECT_LINE("kind: guard");
	EXPECT_LINE("what: fatal access to guarded object");
	EXPECT_LINE("owner: guarded");
	EXPECT_LINE("cache: guarded");
	EXPECT_LINE("address_is: memory of quarry");
	EXPECT_LINE("asked_bytes: 30");
	EXPECT_LINE("place: 10 bytes behind it");
	EXPECT_LINE("state: live");
	EXPECT_LINE("freed_by: -");
	EXPECT_LINE("damage_bytes: -");
	EXPECT_NE(NULL, strstr(self->text, "unit/oops.c:"));
	EXPECT_NE(NULL, strstr(self->text, "\nallocated_pid: "));
	EXPECT_NE(NULL, strstr(self->text, "\npid: "));
	EXPECT_EQ(2, count_of(self->text, "\ncall: "));
	EXPECT_NE(NULL, strstr(self->text, "hex: +0x0000  41 41"));
	EXPECT_EQ(1, atomic_long_read(&cache->findings));
	EXPECT_EQ(QR_EVENT_GUARD, told.kind);
	EXPECT_EQ((unsigned long)touch, told.caller);
	quarry_cache_free(cache, object);
	EXPECT_EQ(0, quarry_cache_destroy(cache));
}

/* The log has it in the form of an oops alone. */
TEST_F(oops, the_log_tells_once_of_a_guard_page)
{
	struct quarry_cache *cache = guarded_cache(0);
	char *object = quarry_cache_alloc(cache, GFP_KERNEL);

	touch(object - 1);
	EXPECT_EQ(1, count_of(log_text, "quarry: guard page: "));
	EXPECT_NE(NULL, strstr(log_text, " is 1 bytes before a live object of 30 bytes of \"guarded\""));
	EXPECT_EQ(1, count_of(log_text, "quarry: fatal access to guarded object, 1 byte before it in \"guarded\" (30 bytes), allocated at "));
	EXPECT_EQ(0, count_of(log_text, "quarry:   kind: "));
	quarry_cache_free(cache, object);
	EXPECT_EQ(0, quarry_cache_destroy(cache));
}

/* So it is when the cache has gone, too: nobody is to count it then. */
TEST_F(oops, a_guarded_object_keeps_its_history)
{
	struct quarry_cache *cache = guarded_cache(0);
	char *object = quarry_cache_alloc(cache, GFP_KERNEL);

	quarry_cache_free(cache, object);
	touch(object + 8);
	EXPECT_EQ(1, atomic_long_read(&cache->findings));
	EXPECT_EQ(0, quarry_cache_destroy(cache));
	cache = quarry_cache_create("another", ASKED, 0, 0, NULL);
	touch(object + 8);
	EXPECT_EQ(0, atomic_long_read(&cache->findings));
	EXPECT_EQ(0, quarry_cache_destroy(cache));
	READ("findings");
	EXPECT_EQ(2, count_of(self->text, "\nkind: guard\n"));
	EXPECT_EQ(2, count_of(self->text, "\nowner: guarded\n"));
	EXPECT_EQ(2, count_of(self->text, "\nasked_bytes: 30\n"));
	EXPECT_EQ(2, count_of(self->text, "\nplace: 8 bytes into it\n"));
	EXPECT_EQ(2, count_of(self->text, "\nstate: free\n"));
	EXPECT_EQ(2, count_of(self->text, "unit/oops.c:"));
	EXPECT_EQ(2, count_of(self->text, "\nallocated_comm: "));
	EXPECT_EQ(2, count_of(self->text, "\nfreed_by: "));
	EXPECT_EQ(0, count_of(self->text, "\nfreed_by: -"));
	EXPECT_EQ(2, count_of(self->text, "\nfreed_comm: "));
	EXPECT_EQ(0, count_of(self->text, "\nhex: "));
}

TEST_F(oops, a_guarded_object_that_waits_is_known)
{
	struct quarry_cache *cache = guarded_cache(QUARRY_QUARANTINE);
	char *object = quarry_cache_alloc(cache, GFP_KERNEL);

	quarry_cache_free(cache, object);
	touch(object);
	READ("findings");
	EXPECT_LINE("kind: guard");
	EXPECT_LINE("place: at its start");
	EXPECT_LINE("state: quarantined");
	EXPECT_EQ(0, count_of(self->text, "\nhex: "));
	EXPECT_EQ(0, count_of(self->text, "\nfreed_by: -"));
	EXPECT_EQ(0, quarry_cache_destroy(cache));
}

/* The same is known of it whatever the mistake. */
TEST_F(oops, a_guarded_object_freed_twice_has_its_history)
{
	struct quarry_cache *cache = guarded_cache(0);
	char *object = quarry_cache_alloc(cache, GFP_KERNEL);

	quarry_cache_free(cache, object);
	quarry_cache_free(cache, object);
	quarry_cache_free(cache, object + 40);
	READ("findings");
	EXPECT_LINE("kind: double_free");
	EXPECT_LINE("place: at its start");
	EXPECT_LINE("kind: invalid_free");
	EXPECT_LINE("place: 10 bytes behind it");
	EXPECT_EQ(2, count_of(self->text, "\nstate: free\n"));
	EXPECT_EQ(2, count_of(self->text, "unit/oops.c:"));
	EXPECT_EQ(0, count_of(self->text, "\nfreed_by: -"));
	EXPECT_EQ(0, quarry_cache_destroy(cache));
}

static void touch_in_nmi(void *address)
{
	touch(address);
}

/* Nobody can be asked there whether the cache is one: it is not counted. */
TEST_F(oops, a_guard_page_may_be_touched_in_nmi)
{
	struct quarry_cache *cache = guarded_cache(0);
	char *object = quarry_cache_alloc(cache, GFP_KERNEL);

	mirror_nmi(touch_in_nmi, object + ASKED);
	READ("findings");
	EXPECT_LINE("kind: guard");
	EXPECT_LINE("owner: guarded");
	EXPECT_LINE("place: right behind it");
	EXPECT_EQ(0, atomic_long_read(&cache->findings));
	quarry_cache_free(cache, object);
	EXPECT_EQ(0, quarry_cache_destroy(cache));
}

TEST_F(oops, other_addresses_are_no_findings)
{
	touch(NULL);
	touch((char *)self);
	EXPECT_EQ(0, qr_finding_last());
	EXPECT_EQ(0, qr_event_count(QR_EVENT_GUARD));
}

/* ------------------------------------------------------------ registers */

TEST_F(oops, registers_tell_whose_they_are)
{
	struct quarry_cache *cache = guarded_cache(0);
	char *object = quarry_cache_alloc(cache, GFP_KERNEL);

	qr_oops_register("rax", (unsigned long)object);
	qr_oops_register("rbx", 0x6b6b6b6b6b6b6b6bUL + 8);
	qr_oops_register("rcx", 8);
	EXPECT_NE(NULL, strstr(log_text, "quarry: rax: 0x"));
	EXPECT_NE(NULL, strstr(log_text, " is byte 0 of a live object of 30 bytes of \"guarded\""));
	EXPECT_NE(NULL, strstr(log_text, "quarry: rbx: 0x6b6b6b6b6b6b6b73 is what poisoned memory looks like"));
	EXPECT_EQ(NULL, strstr(log_text, "rcx"));
	EXPECT_EQ(0, qr_finding_last());
	quarry_cache_free(cache, object);
	EXPECT_EQ(0, quarry_cache_destroy(cache));
}

/* Where nothing guards it, by the bytes that its slab keeps of it. */
TEST_F(oops, registers_tell_of_objects_that_nothing_guards)
{
	static const struct {
		const char *name;
		unsigned long options;
		unsigned int level, bytes, sites, tracks;
	} kept[] = {
		{ "at_site", 0, QUARRY_LEVEL_SITE, 32, 2, 0 },
		{ "at_off", 0, QUARRY_LEVEL_OFF, 32, 0, 0 },
		{ "users", QUARRY_STORE_USER, QUARRY_LEVEL_SITE, ASKED, 3, 4 },
	};
	struct quarry_cache *cache;
	char *object, text[80];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kept); i++) {
		cache = quarry_cache_create(kept[i].name, ASKED, 0,
					    kept[i].options, NULL);
		ASSERT_EQ(0, quarry_cache_set_level(cache, kept[i].level));
		object = quarry_cache_alloc(cache, GFP_KERNEL);
		log_text[0] = '\0';
		qr_oops_register("rax", (unsigned long)object);
		qr_oops_register("rbx", (unsigned long)object + 5);
		snprintf(text, sizeof(text), " is byte 5 of a live object of %u bytes of \"%s\"",
			 kept[i].bytes, kept[i].name);
		EXPECT_NE(NULL, strstr(log_text, text));
		quarry_cache_free(cache, object);
		qr_oops_register("rcx", (unsigned long)object);
		snprintf(text, sizeof(text), " is byte 0 of a freed object of %u bytes of \"%s\"",
			 kept[i].bytes, kept[i].name);
		EXPECT_NE(NULL, strstr(log_text, text)) TH_LOG("%s", log_text);
		EXPECT_EQ(kept[i].sites, count_of(log_text, "allocated at "))
			TH_LOG("%s", log_text);
		EXPECT_EQ(kept[i].tracks, count_of(log_text, " ms ago by "))
			TH_LOG("%s", log_text);
		EXPECT_EQ(0, quarry_cache_destroy(cache));
	}
	EXPECT_EQ(0, qr_finding_last());
}

/* ---------------------------------------------------------------- panic */

TEST(option_x_ends_at_a_guard_page)
{
	static const struct world one_node = { .nodes = 0x1 };
	pid_t child = fork();
	int status;

	if (!child) {
		world_begin(&one_node);
		touch(quarry_cache_alloc(guarded_cache(QUARRY_PANIC),
					 GFP_KERNEL));
		_exit(0);
	}
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(SIGABRT, WTERMSIG(status));
}

TEST_HARNESS_MAIN
