// SPDX-License-Identifier: GPL-2.0-only
/*
 * excuse.c - what scans for leaks do not report: excused objects and sites,
 * young ones; and what they look into.
 */
#include "kselftest_harness.h"

#include <stdlib.h>

#include "file_text.h"
#include "quarry_mirror.h"
#include "exempt.h"
#include "qt.h"
#include "verdict.h"
#include "world.h"

FIXTURE(excuse) {
	char *text;
	size_t len;
};

FIXTURE_SETUP(excuse)
{
	static const struct world two_nodes = { .nodes = 0x3 };

	ASSERT_TRUE(world_begin(&two_nodes));
}

FIXTURE_TEARDOWN(excuse)
{
	free(self->text);
}

/* Not static: its name is asked for. */
unsigned long lose(size_t size, enum qr_exempt kind);

noinline unsigned long lose(size_t size, enum qr_exempt kind)
{
	void **block = quarry_zalloc(size, GFP_KERNEL);

	block[1] = quarry_zalloc(24, GFP_KERNEL);
	if (kind == QR_EXEMPT_NOT_LEAK)
		quarry_not_leak(block);
	else if (kind == QR_EXEMPT_IGNORE)
		quarry_ignore(block);
	return ~(unsigned long)block;
}

static noinline void find_again(unsigned long hidden)
{
	void **block = (void **)~hidden;

	quarry_free(block[1]);
	quarry_free(block);
}

TEST_F(excuse, not_leak_is_a_root)
{
	unsigned long hidden = lose(64, QR_EXEMPT_NOT_LEAK);

	ASSERT_EQ(0, mirror_scan(0));
	ASSERT_EQ(0, mirror_lost() + mirror_indirect());
	find_again(hidden);
	ASSERT_TRUE(world_end());
}

TEST_F(excuse, ignored_is_not_looked_into)
{
	unsigned long hidden = lose(64, QR_EXEMPT_IGNORE);

	ASSERT_EQ(0, mirror_scan(0));
	ASSERT_EQ(1, mirror_lost());
	ASSERT_EQ(0, mirror_indirect());
	find_again(hidden);
	ASSERT_TRUE(world_end());
}

TEST_F(excuse, excuse_goes_with_the_object)
{
	unsigned long hidden = lose(64, QR_EXEMPT_NOT_LEAK);
	int i;

	find_again(hidden);
	/* The tag has the time in it. */
	mirror_advance_jiffies(10);
	for (i = 0; i < 100; i++)
		find_again(lose(64, QR_EXEMPT_NO));
	hidden = lose(64, QR_EXEMPT_NO);
	ASSERT_EQ(0, mirror_scan(0));
	ASSERT_EQ(1, mirror_lost());
	ASSERT_EQ(1, mirror_indirect());
	find_again(hidden);
	ASSERT_TRUE(world_end());
}

TEST_F(excuse, clear_excuses_what_was_found)
{
	unsigned long hidden = lose(64, QR_EXEMPT_NO), more;

	ASSERT_EQ(0, mirror_scan(0));
	ASSERT_EQ(1, mirror_lost());
	qr_verdict_clear();
	ASSERT_EQ(0, mirror_lost() + mirror_indirect());
	more = lose(200, QR_EXEMPT_NO);
	ASSERT_EQ(0, mirror_scan(0));
	ASSERT_EQ(1, mirror_lost());
	ASSERT_EQ(1, mirror_indirect());
	find_again(hidden);
	find_again(more);
	ASSERT_TRUE(world_end());
}

TEST_F(excuse, by_address_and_by_site)
{
	unsigned long hidden = lose(64, QR_EXEMPT_NO);
	const char *at;

	ASSERT_EQ(-EINVAL, qr_exempt_address(16, QR_EXEMPT_NOT_LEAK));
	ASSERT_EQ(0, qr_exempt_address(~hidden + 5, QR_EXEMPT_NOT_LEAK));
	ASSERT_EQ(0, mirror_scan(0));
	ASSERT_EQ(0, mirror_lost() + mirror_indirect());
	find_again(hidden);
	hidden = lose(64, QR_EXEMPT_NO);
	ASSERT_EQ(0, mirror_scan(0));
	ASSERT_EQ(1, mirror_lost());
	READ("leaks");
	/* The site is the first row's: most bytes lost. */
	at = strstr(self->text, "0x");
	ASSERT_NE(NULL, at);
	at += strcspn(at, " ");
	at += strspn(at, " ");
	self->text[at - self->text + strcspn(at, " ")] = '\0';
	ASSERT_EQ(-ENOENT, qr_exempt_site("nowhere.c:1", QR_EXEMPT_NOT_LEAK));
	ASSERT_EQ(0, qr_exempt_site(at, QR_EXEMPT_NOT_LEAK));
	ASSERT_EQ(0, mirror_scan(0));
	ASSERT_EQ(0, mirror_lost() + mirror_indirect());
	find_again(hidden);
	ASSERT_TRUE(world_end());
}

static noinline unsigned long lose_here(bool excuse)
{
	void *block = quarry_zalloc(64, GFP_KERNEL);

	if (excuse)
		quarry_not_leak_site(block);
	return ~(unsigned long)block;
}

TEST_F(excuse, site_of_an_object)
{
	unsigned long one = lose_here(false), other;

	ASSERT_EQ(0, mirror_scan(0));
	ASSERT_EQ(1, mirror_lost());
	other = lose_here(true);
	ASSERT_EQ(0, mirror_scan(0));
	ASSERT_EQ(0, mirror_lost());
	quarry_free((void *)~one);
	quarry_free((void *)~other);
	one = lose_here(false);
	ASSERT_EQ(0, mirror_scan(0));
	ASSERT_EQ(0, mirror_lost());
	quarry_free((void *)~one);
	ASSERT_TRUE(world_end());
}

TEST_F(excuse, wrong_addresses_are_refused)
{
	char *block = quarry_alloc(64, GFP_KERNEL);
	static int foreign;

	ASSERT_EQ(-EINVAL, quarry_not_leak(NULL));
	ASSERT_EQ(-EINVAL, quarry_not_leak(&foreign));
	ASSERT_EQ(-EINVAL, quarry_not_leak(block + 8));
	ASSERT_EQ(-EINVAL, quarry_ignore(block + 1));
	ASSERT_EQ(-EINVAL, quarry_not_leak_site(&foreign));
	ASSERT_EQ(-EINVAL, quarry_ignore_site(block + 8));
	quarry_free(block);
	ASSERT_EQ(-EINVAL, quarry_ignore(block));
	ASSERT_TRUE(world_end());
}

TEST_F(excuse, young_objects_are_not_judged)
{
	unsigned long hidden = lose(64, QR_EXEMPT_NO);

	ASSERT_EQ(0, mirror_scan(60000));
	ASSERT_EQ(0, mirror_lost() + mirror_indirect());
	mirror_advance_jiffies(61 * HZ);
	ASSERT_EQ(0, mirror_scan(60000));
	ASSERT_EQ(1, mirror_lost());
	ASSERT_EQ(1, mirror_indirect());
	find_again(hidden);
	ASSERT_TRUE(world_end());
}

TEST_F(excuse, slack_of_a_block_refers_to_nothing)
{
	/* 100 bytes in a block of 112: the last word is slack. */
	static void *volatile holder;
	unsigned long hidden = lose(64, QR_EXEMPT_NO);

	holder = quarry_alloc(100, GFP_KERNEL);
	((void **)holder)[13] = (void *)~hidden;
	ASSERT_EQ(0, mirror_scan(0));
	ASSERT_EQ(1, mirror_lost());
	((void **)holder)[11] = (void *)~hidden;
	ASSERT_EQ(0, mirror_scan(0));
	ASSERT_EQ(0, mirror_lost());
	quarry_free(holder);
	find_again(hidden);
	ASSERT_TRUE(world_end());
}

TEST_F(excuse, level_stack_tells_the_chain)
{
	unsigned long hidden;

	quarry_heap_set_level(NULL, QUARRY_LEVEL_STACK);
	hidden = lose(64, QR_EXEMPT_NO);
	ASSERT_EQ(0, mirror_scan(0));
	READ("leaks");
	ASSERT_NE(NULL, strstr(self->text, "\n#     lose+"));
	READ("kmemleak");
	ASSERT_NE(NULL, strstr(self->text, "\n    lose+"));
	ASSERT_EQ(NULL, strstr(self->text, "comm \"?\", pid 0"));
	find_again(hidden);
	ASSERT_TRUE(world_end());
}

TEST_F(excuse, level_off_is_scanned_too)
{
	unsigned long hidden;

	quarry_heap_set_level(NULL, QUARRY_LEVEL_OFF);
	hidden = lose(64, QR_EXEMPT_NO);
	ASSERT_EQ(0, mirror_scan(0));
	ASSERT_EQ(1, mirror_lost());
	ASSERT_EQ(1, mirror_indirect());
	find_again(hidden);
	ASSERT_TRUE(world_end());
}

TEST_HARNESS_MAIN
