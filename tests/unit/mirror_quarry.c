// SPDX-License-Identifier: GPL-2.0-only
/*
 * mirror_quarry.c - the allocator on the mirror: loading and unloading, thread
 * exit as CPU hotplug, interrupts at any instruction, reclaim, reports.
 */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/percpu.h>
#include <linux/random.h>
#include <linux/string.h>

#include <quarry/quarry.h>
#include <quarry_mirror.h>

#include "abandon.h"
#include "cache.h"
#include "event.h"
#include "heap.h"
#include "internal.h"
#include "magazine.h"
#include "qt.h"

#include "kselftest_harness.h"
#include "mirror_test.h"

static struct quarry_cache *cache;

static void load(size_t arena_bytes)
{
	struct mirror_config config = { .arena_bytes = arena_bytes, .seed = 1 };

	if (mirror_init(&config))
		abort();
}

static unsigned long findings(void)
{
	unsigned long nr = 0;
	int kind;

	for (kind = 0; kind < QR_NR_EVENTS; kind++)
		nr += qr_event_count(kind);
	return nr;
}

TEST(load_and_unload_leave_nothing_many_times)
{
	int i;

	for (i = 0; i < 20; i++) {
		load(ARENA_BYTES);
		cache = quarry_cache_create("c", 100, 0, 0, NULL);
		ASSERT_FALSE(IS_ERR_OR_NULL(cache));
		quarry_cache_free(cache, quarry_cache_alloc(cache, GFP_KERNEL));
		quarry_free(quarry_alloc(5000000, GFP_KERNEL | __GFP_NOWARN));
		quarry_free(quarry_kvalloc(5000000, GFP_KERNEL));
		EXPECT_EQ(quarry_cache_destroy(cache), 0);
		ASSERT_EQ(mirror_exit(), 0);
	}
}

TEST(unload_with_a_live_block_says_so)
{
	load(ARENA_BYTES);
	EXPECT_NE(quarry_alloc(100, GFP_KERNEL), NULL);
	EXPECT_GT(mirror_exit(), 0);
}

/* ------------------------------------------------------------- hotplug */

static void *fill_magazines(void *data)
{
	unsigned int *cpu = data;
	void *object[100];
	int i;

	*cpu = raw_smp_processor_id();
	for (i = 0; i < 100; i++)
		object[i] = quarry_cache_alloc(cache, GFP_KERNEL);
	for (i = 0; i < 100; i++)
		quarry_cache_free(cache, object[i]);
	return qr_mag_loaded(per_cpu_ptr(cache->cpus, *cpu));
}

static char log_text[8192];

static void keep_line(int level, const char *line)
{
	size_t len = strlen(log_text);

	strscpy(log_text + len, line, sizeof(log_text) - len);
}

/* How often @what was told of. */
static unsigned int told(const char *what)
{
	const char *at = log_text;
	unsigned int nr = 0;

	for (; (at = strstr(at, what)); at++)
		nr++;
	return nr;
}

TEST(unload_ends_what_nobody_destroyed)
{
	struct quarry_cache *empty, *used;
	struct quarry_heap *heap;

	load(ARENA_BYTES);
	mirror_log = keep_line;
	empty = quarry_cache_create("empty", 100, 0, 0, NULL);
	used = quarry_cache_create("used", 100, 0, 0, NULL);
	heap = quarry_heap_create("heap", 0);
	ASSERT_FALSE(IS_ERR(empty) || IS_ERR(used) || IS_ERR(heap));
	EXPECT_NE(quarry_cache_alloc(used, GFP_KERNEL), NULL);
	EXPECT_NE(quarry_heap_alloc(heap, 100, GFP_KERNEL), NULL);
	EXPECT_NE(quarry_heap_alloc(heap, 100000, GFP_KERNEL), NULL);
	EXPECT_EQ(qr_cache_exit(), 1);
	EXPECT_EQ(qr_heap_exit(), 2);
	EXPECT_EQ(told("cache empty was never destroyed"), 1);
	EXPECT_EQ(told("cache used was never destroyed"), 1);
	EXPECT_EQ(told("heap heap was never destroyed"), 1);
	EXPECT_EQ(told("was never destroyed"), 3);
	mirror_log = NULL;
}

TEST(unload_leaves_pages_that_are_nobodys)
{
	struct quarry_cache *used;
	struct quarry_heap *heap;
	void *object, *block, *run;

	load(ARENA_BYTES);
	mirror_log = keep_line;
	used = quarry_cache_create("used", 100, 0, 0, NULL);
	heap = quarry_heap_create("heap", 0);
	object = quarry_cache_alloc(used, GFP_KERNEL);
	block = quarry_heap_alloc(heap, 100, GFP_KERNEL);
	run = quarry_heap_alloc(heap, 100000, GFP_KERNEL);
	EXPECT_EQ(quarry_cache_of(object), used);
	EXPECT_EQ(quarry_heap_of(block), heap);
	EXPECT_EQ(quarry_cache_destroy(used), -EBUSY);
	EXPECT_EQ(quarry_heap_destroy(heap), -EBUSY);
	EXPECT_EQ(qr_cache_exit(), 1);
	EXPECT_EQ(qr_heap_exit(), 2);
	EXPECT_EQ(qt_slab(object), NULL);
	EXPECT_EQ(qt_slab(block), NULL);
	EXPECT_EQ(qt_slab(run), NULL);
	mirror_log = NULL;
}

TEST(thread_exit_drains_its_magazines)
{
	struct qr_cpu *magazines;
	pthread_t thread;
	unsigned int cpu;
	void *had;

	load(ARENA_BYTES);
	cache = quarry_cache_create("c", 100, 0, 0, NULL);
	pthread_create(&thread, NULL, fill_magazines, &cpu);
	pthread_join(thread, &had);
	magazines = per_cpu_ptr(cache->cpus, cpu);
	EXPECT_NE(had, NULL);
	EXPECT_EQ(qr_mag_loaded(magazines), NULL);
	EXPECT_EQ(magazines->previous, NULL);
	EXPECT_EQ(quarry_cache_destroy(cache), 0);
	EXPECT_EQ(mirror_exit(), 0);
}

/* ---------------------------------------------------------------- load */

#define HELD	64
#define THREADS	4

static unsigned long stop;

/* An object is whole when its first and last words are its address. */
static void mark(unsigned long *object, size_t bytes)
{
	object[0] = (unsigned long)object;
	object[bytes / sizeof(long) - 1] = ~(unsigned long)object;
}

static bool whole(const unsigned long *object, size_t bytes)
{
	return object[0] == (unsigned long)object &&
	       object[bytes / sizeof(long) - 1] == ~(unsigned long)object;
}

/* What an interrupt does: takes one, gives back the one it took before. */
static void interrupt(void *data)
{
	unsigned long **last = data;
	unsigned long *object = quarry_cache_alloc(cache, GFP_ATOMIC);
	void *block = quarry_alloc(64, GFP_ATOMIC);

	if (object)
		mark(object, 96);
	if (*last && !whole(*last, 96))
		abort();
	if (*last)
		quarry_cache_free(cache, *last);
	*last = object;
	quarry_free(block);
}

/* Random allocations and frees until told to stop, or @rounds are done. */
static unsigned long hammer(unsigned long rounds)
{
	unsigned long *held[HELD] = {}, bad = 0, i;

	for (i = 0; i < rounds && !READ_ONCE(stop); i++) {
		unsigned int at = get_random_u32_below(HELD);

		if (held[at]) {
			bad += !whole(held[at], 96);
			quarry_cache_free(cache, held[at]);
			held[at] = NULL;
		} else {
			held[at] = quarry_cache_alloc(cache, GFP_KERNEL);
			if (held[at])
				mark(held[at], 96);
		}
	}
	for (i = 0; i < HELD; i++)
		if (held[i])
			quarry_cache_free(cache, held[i]);
	return bad;
}

static void *hammer_interrupted(void *data)
{
	unsigned long *last = NULL, bad;

	if (data)
		mirror_interrupt_timer(100, interrupt, &last);
	else
		mirror_interrupt_every(7, interrupt, &last);
	bad = hammer(60000);
	mirror_interrupt_timer(0, NULL, NULL);
	if (!mirror_interrupts())
		bad++;
	if (last)
		quarry_cache_free(cache, last);
	return (void *)bad;
}

static void hammer_threads(struct __test_metadata *_metadata, bool timer)
{
	pthread_t thread[THREADS];
	void *bad;
	long i;

	load(0);
	cache = quarry_cache_create("c", 96, 0, 0, NULL);
	for (i = 0; i < THREADS; i++)
		pthread_create(&thread[i], NULL, hammer_interrupted,
			       (void *)(long)timer);
	for (i = 0; i < 20; i++) {
		quarry_cache_shrink(cache);
		usleep(1000);
	}
	for (i = 0; i < THREADS; i++) {
		pthread_join(thread[i], &bad);
		EXPECT_EQ(bad, NULL);
	}
	EXPECT_EQ(findings(), 0);
	EXPECT_EQ(quarry_cache_destroy(cache), 0);
	EXPECT_EQ(mirror_exit(), 0);
}

TEST(load_with_interrupts_at_points_is_clean)
{
	hammer_threads(_metadata, false);
}

TEST(load_with_interrupts_at_any_instruction_is_clean)
{
	hammer_threads(_metadata, true);
}

static void *short_life(void *data)
{
	return (void *)hammer(200);
}

TEST(load_by_short_lived_threads_is_clean)
{
	pthread_t thread[THREADS];
	unsigned long bad = 0;
	void *result;
	int i, round;

	load(0);
	cache = quarry_cache_create("c", 96, 0, 0, NULL);
	for (round = 0; round < 100; round++) {
		for (i = 0; i < THREADS; i++)
			pthread_create(&thread[i], NULL, short_life, NULL);
		for (i = 0; i < THREADS; i++) {
			pthread_join(thread[i], &result);
			bad += (unsigned long)result;
		}
	}
	EXPECT_EQ(bad, 0);
	EXPECT_EQ(findings(), 0);
	EXPECT_EQ(quarry_cache_destroy(cache), 0);
	EXPECT_EQ(mirror_exit(), 0);
}

/* -------------------------------------------------------------- reclaim */

TEST(pages_of_empty_slabs_are_reclaimed_under_pressure)
{
	static void *object[200];
	unsigned long held;
	void *block, *rest[64];
	int i, nr;

	load(8 << 20);
	cache = quarry_cache_create("c", 2000, 0, 0, NULL);
	for (i = 0; i < 200; i++)
		object[i] = quarry_cache_alloc(cache, GFP_KERNEL);
	for (i = 0; i < 200; i++)
		quarry_cache_free(cache, object[i]);
	held = mirror_pages_out();
	for (nr = 0; nr < 64; nr++) {
		rest[nr] = quarry_kvalloc(200000, GFP_KERNEL | __GFP_NOWARN);
		if (!rest[nr])
			break;
	}
	EXPECT_GT(held, 20);
	EXPECT_GT(nr, 30);
	block = quarry_alloc(4096, GFP_KERNEL | __GFP_NOWARN);
	quarry_free(block);
	while (nr--)
		quarry_free(rest[nr]);
	EXPECT_EQ(quarry_cache_destroy(cache), 0);
	EXPECT_EQ(mirror_exit(), 0);
}

/* -------------------------------------------------------------- reports */

static int report_len(const char *name)
{
	char *text = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&text, &len);
	int err = mirror_report(name, to);

	fclose(to);
	free(text);
	return err ?: (int)len;
}

TEST(report_of_every_name_has_text)
{
	static const char * const name[] = {
		"version", "caches", "slabinfo", "heaps", "sites", "allocinfo",
		"since_mark", "growth", "mark", "events", "cache/c/stats", "cache/c/slabs", "cache/c/sites",
		"heap/default/stats", "heap/default/classes",
		"heap/default/sites",
	};
	void *object;
	int i;

	load(ARENA_BYTES);
	cache = quarry_cache_create("c", 96, 0, 0, NULL);
	object = quarry_cache_alloc(cache, GFP_KERNEL);
	for (i = 0; i < ARRAY_SIZE(name); i++)
		EXPECT_GT(report_len(name[i]), 10);
	quarry_cache_free(cache, object);
	quarry_cache_destroy(cache);
	EXPECT_EQ(mirror_exit(), 0);
}

TEST(report_of_unknown_names_is_refused)
{
	load(ARENA_BYTES);
	EXPECT_EQ(report_len("nothing"), -ENOENT);
	EXPECT_EQ(report_len(""), -ENOENT);
	EXPECT_EQ(report_len("cache/none/stats"), -ENOENT);
	EXPECT_EQ(report_len("cache/"), -ENOENT);
	EXPECT_EQ(report_len("heap/default/nothing"), -ENOENT);
	EXPECT_EQ(mirror_exit(), 0);
}

TEST(report_without_memory_is_an_error)
{
	load(ARENA_BYTES);
	mirror_fail_nth(MIRROR_FAULT_BUFFER, 1);
	EXPECT_EQ(report_len("caches"), -ENOMEM);
	EXPECT_EQ(mirror_buffers_out(), 0);
	EXPECT_EQ(mirror_exit(), 0);
}

TEST_HARNESS_MAIN
