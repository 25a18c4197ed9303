// SPDX-License-Identifier: GPL-2.0-only
/*
 * mirror_print.c - the mirror's printf, log, strings, lists and sorting behave
 * as the kernel's.
 */
#include <linux/bitmap.h>
#include <linux/ctype.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/ratelimit.h>
#include <linux/sort.h>
#include <linux/string.h>

#include <quarry_mirror.h>

#include "kselftest_harness.h"
#include "mirror_test.h"

static const char *text(const char *fmt, ...)
{
	static char buf[300];
	va_list args;

	va_start(args, fmt);
	vscnprintf(buf, sizeof(buf), fmt, args);
	va_end(args);
	return buf;
}

TEST(printf_numbers_are_the_c_librarys)
{
	EXPECT_STREQ(text("%d|%5d|%-5d|%05d|%+d", -1, 42, 42, 42, 42),
		     "-1|   42|42   |00042|+42");
	EXPECT_STREQ(text("%u %lu %llu %zu", ~0U, ~0UL, ~0ULL, (size_t)7),
		     "4294967295 18446744073709551615 18446744073709551615 7");
	EXPECT_STREQ(text("%x %#x %08lx %X %o", 255, 255, 255UL, 255, 8),
		     "ff 0xff 000000ff FF 10");
	EXPECT_STREQ(text("%*d %-*d|%.3d", 4, 7, 4, 7, 7), "   7 7   |007");
	EXPECT_STREQ(text("%ld %lld", -5L, -6LL), "-5 -6");
	EXPECT_STREQ(text("100%%"), "100%");
}

TEST(printf_strings_are_the_c_librarys)
{
	EXPECT_STREQ(text("%s|%5s|%-5s|%.2s|%5.1s|%c", "abc", "ab", "ab", "abc",
			  "xyz", 'q'), "abc|   ab|ab   |ab|    x|q");
	EXPECT_STREQ(text("%-*s|%.*s", 4, "a", 1, "bcd"), "a   |b");
}

TEST(printf_pointers_are_hashed_unless_asked)
{
	char address[24], hash[24];

	strscpy(address, text("%px", &address), sizeof(address));
	strscpy(hash, text("%p", &address), sizeof(hash));
	EXPECT_EQ(strlen(address), 16);
	EXPECT_EQ(strlen(hash), 16);
	EXPECT_STRNE(address, hash);
	EXPECT_STREQ(text("%p", &address), hash);
}

void mirror_print_symbol(void);
void mirror_print_symbol(void)
{
}

TEST(printf_symbols_have_names)
{
	EXPECT_STREQ(text("%ps", mirror_print_symbol), "mirror_print_symbol");
	EXPECT_EQ(strncmp(text("%pS", mirror_print_symbol),
			  "mirror_print_symbol+0x0/0x",
			  strlen("mirror_print_symbol+0x0/0x")), 0);
	EXPECT_STREQ(text("%pS", (void *)0x10), "0x10");
}

TEST(snprintf_says_what_it_would_be_scnprintf_what_it_is)
{
	char buf[4];

	EXPECT_EQ(snprintf(buf, sizeof(buf), "%s", "abcdef"), 6);
	EXPECT_STREQ(buf, "abc");
	EXPECT_EQ(scnprintf(buf, sizeof(buf), "%s", "abcdef"), 3);
	EXPECT_EQ(scnprintf(buf, 0, "x"), 0);
	EXPECT_EQ(snprintf(NULL, 0, "%d", 12345), 5);
}

TEST_DEATH(printf_of_unknown_conversion_aborts, "does not know")
{
	char bad[] = "%n";

	text(bad, NULL);
}

static int log_level;
static char log_line[100];

static void keep_line(int level, const char *line)
{
	log_level = level;
	strscpy(log_line, line, sizeof(log_line));
}

TEST(log_lines_go_to_the_hook)
{
	mirror_log = keep_line;
	pr_err("a %d\n", 1);
	EXPECT_EQ(log_level, 3);
	EXPECT_STREQ(log_line, "a 1\n");
	pr_info("b\n");
	EXPECT_EQ(log_level, 6);
	log_line[0] = '\0';
	pr_debug("c\n");
	EXPECT_STREQ(log_line, "");
}

TEST(ratelimit_allows_a_burst_an_interval)
{
	DEFINE_RATELIMIT_STATE(rs, HZ, 3);
	int i, ok = 0;

	mirror_log = keep_line;
	for (i = 0; i < 10; i++)
		ok += ___ratelimit(&rs, "test");
	EXPECT_EQ(ok, 3);
	mirror_advance_jiffies(2 * HZ);
	EXPECT_EQ(___ratelimit(&rs, "test"), 1);
	EXPECT_STREQ(log_line, "test: 7 callbacks suppressed\n");
}

TEST(jiffies_begin_before_the_wrap_of_32_bits)
{
	unsigned long then;

	begin();
	then = jiffies;
	EXPECT_LE(then, U32_MAX);
	mirror_advance_jiffies(400 * HZ);
	EXPECT_TRUE(time_after(jiffies, then));
	EXPECT_GT(jiffies, U32_MAX);
	EXPECT_EQ(msecs_to_jiffies(1), 1);
	EXPECT_EQ(jiffies_to_msecs(HZ), 1000);
}

TEST(strings_behave_as_the_kernels)
{
	char to[4] = "zzz";
	unsigned char a0 = 0xa0;

	EXPECT_EQ(strscpy(to, "ab", 4), 2);
	EXPECT_EQ(strscpy(to, "abcd", 4), -E2BIG);
	EXPECT_STREQ(to, "abc");
	EXPECT_EQ(memchr_inv("aaab", 'a', 3), NULL);
	EXPECT_NE(memchr_inv("aaab", 'a', 4), NULL);
	EXPECT_TRUE(isspace(a0));
	EXPECT_FALSE(iscntrl(0x80));
	EXPECT_TRUE(iscntrl(0x7f));
}

static int compare(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;

	return x < y ? -1 : x > y;
}

TEST(sort_sorts)
{
	int number[1000], i, wrong = 0;

	for (i = 0; i < 1000; i++)
		number[i] = i * 7919 % 1000;
	sort(number, 1000, sizeof(int), compare, NULL);
	for (i = 0; i < 1000; i++)
		wrong += number[i] != i;
	EXPECT_EQ(wrong, 0);
}

TEST(bitmap_finds_and_counts)
{
	DECLARE_BITMAP(map, 200);

	bitmap_zero(map, 200);
	EXPECT_EQ(find_first_bit(map, 200), 200);
	__set_bit(3, map);
	__set_bit(190, map);
	EXPECT_EQ(find_next_bit(map, 200, 4), 190);
	EXPECT_EQ(find_next_bit(map, 190, 4), 190);
	EXPECT_EQ(bitmap_weight(map, 200), 2);
	EXPECT_EQ(bitmap_weight(map, 190), 1);
	bitmap_fill(map, 200);
	EXPECT_EQ(find_first_zero_bit(map, 200), 200);
	EXPECT_EQ(bitmap_weight(map, 200), 200);
	EXPECT_TRUE(test_and_clear_bit(70, map));
	EXPECT_FALSE(test_and_clear_bit(70, map));
	EXPECT_EQ(find_first_zero_bit(map, 200), 70);
}

TEST(log2_of_edges)
{
	EXPECT_EQ(fls(0), 0);
	EXPECT_EQ(fls(1), 1);
	EXPECT_EQ(fls64(1ULL << 63), 64);
	EXPECT_EQ(__fls(5), 2);
	EXPECT_EQ(roundup_pow_of_two(5), 8);
	EXPECT_EQ(roundup_pow_of_two(8), 8);
	EXPECT_EQ(rounddown_pow_of_two(9), 8);
	EXPECT_EQ(order_base_2(1), 0);
	EXPECT_EQ(order_base_2(5), 3);
	EXPECT_EQ(clamp(7, 1, 5), 5);
	EXPECT_EQ(round_up(5, 4), 8);
}

struct item {
	int nr;
	struct list_head link;
};

TEST(list_operations_keep_order)
{
	struct item item[4] = {
		{ .nr = 0 }, { .nr = 1 }, { .nr = 2 }, { .nr = 3 },
	};
	struct item *at, *next;
	LIST_HEAD(first);
	LIST_HEAD(second);
	int seen = 0;

	list_add(&item[1].link, &first);
	list_add(&item[0].link, &first);
	list_add_tail(&item[2].link, &first);
	list_add(&item[3].link, &second);
	list_for_each_entry(at, &first, link)
		seen = seen * 10 + at->nr;
	EXPECT_EQ(seen, 12);
	list_splice_tail_init(&second, &first);
	EXPECT_TRUE(list_empty(&second));
	list_move(&item[3].link, &first);
	seen = 0;
	list_for_each_entry_safe(at, next, &first, link) {
		seen = seen * 10 + at->nr;
		list_del(&at->link);
	}
	EXPECT_EQ(seen, 3012);
	EXPECT_TRUE(list_empty(&first));
}

TEST_DEATH(list_entry_deleted_twice_aborts, "deleted twice")
{
	struct list_head entry;
	LIST_HEAD(head);

	list_add(&entry, &head);
	list_del(&entry);
	list_del(&entry);
}

TEST_DEATH(list_damaged_aborts, "list damaged")
{
	struct list_head entry, other;
	LIST_HEAD(head);

	INIT_LIST_HEAD(&other);
	list_add(&entry, &head);
	entry.next = &other;
	list_del(&entry);
}

TEST_HARNESS_MAIN
