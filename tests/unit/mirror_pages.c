// SPDX-License-Identifier: GPL-2.0-only
/*
 * mirror_pages.c - the mirror's page backend against its contract in
 * core/pages.h: runs, nodes, stamps, references, and what it must refuse.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/preempt.h>
#include <linux/string.h>
#include <linux/topology.h>

#include <quarry_mirror.h>

#include "event.h"
#include "pages.h"
#include "platform.h"
#include "qt.h"

#include "kselftest_harness.h"
#include "mirror_test.h"

#define ARENA_PAGES	(ARENA_BYTES / PAGE_SIZE)
/* Stands for a slab: only its address is used. */
#define SLAB		((struct qr_slab *)0x1234560)

/* ----------------------------------------------------------- contiguous */

TEST(pages_of_any_count_are_aligned_and_exact)
{
	unsigned int nr;

	begin();
	for (nr = 1; nr <= 1024; nr = nr * 3 / 2 + 1) {
		char *at = qr_pages_get(nr, GFP_KERNEL, NUMA_NO_NODE);

		ASSERT_NE(at, NULL);
		EXPECT_EQ((unsigned long)at %
			  (roundup_pow_of_two(nr) * PAGE_SIZE), 0);
		memset(at, 0x77, nr * PAGE_SIZE);
		EXPECT_EQ(mirror_pages_out(), nr);
		qr_pages_put(at, nr);
		EXPECT_EQ(mirror_pages_out(), 0);
	}
	EXPECT_EQ(mirror_machine_exit(), 0);
}

TEST(pages_beyond_the_largest_order_are_refused)
{
	begin();
	EXPECT_EQ(qr_pages_get(1025, GFP_KERNEL, NUMA_NO_NODE), NULL);
	EXPECT_EQ(qr_pages_get(0, GFP_KERNEL, NUMA_NO_NODE), NULL);
}

TEST(pages_put_in_any_order_merge_again)
{
	static void *page[ARENA_PAGES];
	unsigned int i, nr;

	begin();
	for (nr = 0; nr < ARENA_PAGES; nr++) {
		page[nr] = qr_pages_get(1, GFP_KERNEL, NUMA_NO_NODE);
		if (!page[nr])
			break;
	}
	EXPECT_EQ(nr, ARENA_PAGES);
	EXPECT_EQ(qr_pages_get(1, GFP_KERNEL, NUMA_NO_NODE), NULL);
	for (i = 0; i < nr; i += 2)
		qr_pages_put(page[i], 1);
	EXPECT_EQ(qr_pages_get(512, GFP_KERNEL, NUMA_NO_NODE), NULL);
	for (i = 1; i < nr; i += 2)
		qr_pages_put(page[i], 1);
	for (i = 0; i < ARENA_PAGES / 1024; i++)
		EXPECT_NE(qr_pages_get(1024, GFP_KERNEL, NUMA_NO_NODE), NULL);
}

TEST(pages_put_in_parts_are_whole_again)
{
	char *at;

	begin();
	at = qr_pages_get(7, GFP_KERNEL, NUMA_NO_NODE);
	qr_pages_put(at + 4 * PAGE_SIZE, 3);
	qr_pages_put(at, 1);
	qr_pages_put(at + PAGE_SIZE, 3);
	EXPECT_EQ(mirror_pages_out(), 0);
	EXPECT_EQ(mirror_machine_exit(), 0);
}

TEST(pages_fill_when_asked_is_a5)
{
	unsigned char *at;

	begin_nodes(1, true);
	at = qr_pages_get(2, GFP_KERNEL, NUMA_NO_NODE);
	EXPECT_EQ(memchr_inv(at, 0xa5, 2 * PAGE_SIZE), NULL);
}

extern int __asan_address_is_poisoned(const volatile void *at)
	__attribute__((weak));

TEST(pages_that_are_free_are_poisoned_for_asan)
{
	char *at;

	if (!__asan_address_is_poisoned)
		SKIP(return, "built without AddressSanitizer");
	begin();
	at = qr_pages_get(2, GFP_KERNEL, NUMA_NO_NODE);
	EXPECT_FALSE(__asan_address_is_poisoned(at + PAGE_SIZE));
	qr_pages_put(at + PAGE_SIZE, 1);
	EXPECT_FALSE(__asan_address_is_poisoned(at));
	EXPECT_TRUE(__asan_address_is_poisoned(at + PAGE_SIZE));
}

/* ---------------------------------------------------------------- nodes */

TEST(pages_of_a_node_lie_on_it)
{
	int nid;

	begin_nodes(0x15, false);
	EXPECT_EQ(nr_node_ids, 5);
	for_each_node(nid)
		EXPECT_EQ(qr_pages_nid(qr_pages_get(1, GFP_KERNEL, nid)), nid);
}

TEST(pages_of_no_node_lie_on_this_cpus)
{
	begin();
	EXPECT_EQ(qr_pages_nid(qr_pages_get(1, GFP_KERNEL, NUMA_NO_NODE)),
		  numa_mem_id());
}

TEST(pages_of_a_full_node_come_from_others_unless_thisnode)
{
	begin();
	while (qr_pages_get(64, GFP_KERNEL | __GFP_THISNODE, 1))
		;
	EXPECT_EQ(mirror_pages_free(1), 0);
	EXPECT_EQ(qr_pages_get(1, GFP_KERNEL | __GFP_THISNODE, 1), NULL);
	EXPECT_EQ(qr_pages_nid(qr_pages_get(1, GFP_KERNEL, 1)), 0);
}

TEST(pages_of_a_missing_node_come_from_others_unless_thisnode)
{
	begin_nodes(0x5, false);
	EXPECT_EQ(qr_pages_get(1, GFP_KERNEL | __GFP_THISNODE, 1), NULL);
	EXPECT_NE(qr_pages_get(1, GFP_KERNEL, 1), NULL);
}

/* --------------------------------------------------------------- stamps */

TEST(stamp_is_found_from_every_byte_until_put)
{
	char *at;

	begin();
	at = qr_pages_get(3, GFP_KERNEL, NUMA_NO_NODE);
	EXPECT_EQ(qt_slab(at), NULL);
	qr_pages_stamp(at, 3, SLAB);
	EXPECT_EQ(qt_slab(at), SLAB);
	EXPECT_EQ(qt_slab(at + 3 * PAGE_SIZE - 1), SLAB);
	EXPECT_EQ(qt_slab(at + 3 * PAGE_SIZE), NULL);
	preempt_disable();
	EXPECT_EQ(qr_page_slab_near(at), SLAB);
	preempt_enable();
	qr_pages_put(at, 3);
	EXPECT_EQ(qt_slab(at), NULL);
}

TEST(stamp_of_metadata_is_no_slab)
{
	char *at;

	begin();
	at = qr_pages_get(1, GFP_KERNEL, NUMA_NO_NODE);
	qr_pages_stamp_meta(at, 1);
	EXPECT_EQ(qt_slab(at), NULL);
}

TEST(stamp_of_foreign_addresses_is_null)
{
	char here;

	begin();
	EXPECT_EQ(qt_slab(NULL), NULL);
	EXPECT_EQ(qt_slab(&here), NULL);
	EXPECT_EQ(qt_slab((void *)-1UL), NULL);
	EXPECT_EQ(qt_slab((void *)0xffff888000000000UL), NULL);
	EXPECT_EQ(qt_slab((char *)mirror_arena.base - 1), NULL);
	EXPECT_EQ(qt_slab((char *)mirror_arena.base + mirror_arena.bytes),
		  NULL);
	EXPECT_EQ(qt_slab((char *)mirror_arena.vbase +
			       mirror_arena.vbytes), NULL);
}

/* ------------------------------------------------------------- refusals */

TEST_DEATH(pages_put_twice_aborts, "that is free")
{
	void *at;

	begin();
	at = qr_pages_get(4, GFP_KERNEL, NUMA_NO_NODE);
	qr_pages_put(at, 4);
	qr_pages_put(at, 4);
}

TEST_DEATH(pages_put_overlapping_aborts, "that is free")
{
	char *at;

	begin();
	at = qr_pages_get(4, GFP_KERNEL, NUMA_NO_NODE);
	qr_pages_put(at + 2 * PAGE_SIZE, 2);
	qr_pages_put(at, 3);
}

TEST_DEATH(pages_put_of_foreign_memory_aborts, "not of the arena")
{
	static char foreign[2 * PAGE_SIZE];

	begin();
	qr_pages_put((void *)PAGE_ALIGN((unsigned long)foreign), 1);
}

TEST_DEATH(pages_get_with_preemption_off_aborts, "preemption or interrupts off")
{
	begin();
	preempt_disable();
	qr_pages_get(1, GFP_ATOMIC, NUMA_NO_NODE);
}

TEST_DEATH(pages_get_sleeping_in_atomic_context_aborts, "may sleep")
{
	begin();
	mirror_atomic_begin();
	qr_pages_get(1, GFP_KERNEL, NUMA_NO_NODE);
}

TEST_DEATH(pages_stamped_twice_aborts, "stamped already")
{
	void *at;

	begin();
	at = qr_pages_get(1, GFP_KERNEL, NUMA_NO_NODE);
	qr_pages_stamp(at, 1, SLAB);
	qr_pages_stamp(at, 1, SLAB);
}

static void get_in_nmi(void *data)
{
	qr_pages_get(1, GFP_ATOMIC, NUMA_NO_NODE);
}

TEST_DEATH(pages_get_in_nmi_aborts, "in NMI")
{
	begin();
	mirror_nmi(get_in_nmi, NULL);
}

static void get_and_put(void *data)
{
	void *at = qr_pages_get(1, GFP_ATOMIC, NUMA_NO_NODE);

	*(bool *)data = at;
	qr_pages_put(at, 1);
}

TEST(pages_get_atomic_works_where_callers_are_atomic)
{
	bool got = false;

	begin();
	mirror_atomic_begin();
	get_and_put(&got);
	mirror_atomic_end();
	EXPECT_TRUE(got);
	got = false;
	EXPECT_TRUE(mirror_interrupt(get_and_put, &got));
	EXPECT_TRUE(got);
}

TEST(pages_put_by_others_are_found_and_kept)
{
	char *at;

	begin();
	at = qr_pages_get(2, GFP_KERNEL, NUMA_NO_NODE);
	mirror_stray_put(at + PAGE_SIZE + 100);
	mirror_stray_put(at + PAGE_SIZE + 100);
	mirror_stray_put(at);
	memset(at, 1, 2 * PAGE_SIZE);
	EXPECT_EQ(mirror_pages_out(), 2);
	qr_pages_put(at, 2);
	EXPECT_EQ(mirror_stray_puts(), 3);
	EXPECT_EQ(qr_event_count(QR_EVENT_FOREIGN_FREE), 3);
	EXPECT_EQ(mirror_pages_out(), 0);
}

TEST(pages_leaked_are_counted_at_exit)
{
	begin();
	qr_pages_get(2, GFP_KERNEL, NUMA_NO_NODE);
	EXPECT_EQ(mirror_machine_exit(), 1);
}

/* --------------------------------------------------------------- faults */

TEST(pages_fault_fails_the_nth_alone)
{
	void *got[3];
	int i;

	begin();
	mirror_fail_page_nth(2);
	for (i = 0; i < 3; i++)
		got[i] = qr_pages_get(1, GFP_KERNEL, NUMA_NO_NODE);
	EXPECT_NE(got[0], NULL);
	EXPECT_EQ(got[1], NULL);
	EXPECT_NE(got[2], NULL);
	EXPECT_EQ(mirror_fail_fired(MIRROR_FAULT_PAGES), 1);
}

static void *get_one(void *data)
{
	*(void **)data = qr_pages_get(1, GFP_KERNEL, NUMA_NO_NODE);
	return data;
}

TEST(pages_fault_of_this_thread_spares_others)
{
	pthread_t thread;
	void *mine, *other;

	begin();
	mirror_fail_nth_here(MIRROR_FAULT_PAGES, 1);
	pthread_create(&thread, NULL, get_one, &other);
	pthread_join(thread, NULL);
	get_one(&mine);
	EXPECT_NE(other, NULL);
	EXPECT_EQ(mine, NULL);
}

TEST(pages_fault_spares_nofail)
{
	begin();
	mirror_fail_page_nth(1);
	EXPECT_NE(qr_pages_get(1, GFP_KERNEL | __GFP_NOFAIL, NUMA_NO_NODE), NULL);
}

TEST_HARNESS_MAIN
