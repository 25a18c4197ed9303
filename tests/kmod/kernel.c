// SPDX-License-Identifier: GPL-2.0-only
/*
 * kernel.c - cases that need the kernel's own memory around them: pages that
 * come back, addresses of modules and of vmalloc.
 */
#include <linux/delay.h>
#include <linux/irq_work.h>
#include <linux/irqflags.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/swap.h>
#include <linux/vmalloc.h>
#include <linux/vmstat.h>

#include "check.h"
#include "control.h"
#include "finding.h"
#include "kmod.h"
#include "meta.h"
#include "shadow.h"

#define MANY	2000

static void *many[MANY];

/*
 * The page allocator keeps what comes back in lists of every CPU, which may
 * hold more than a round's pages and are not counted as free: what all rounds
 * together seem to lose must be a small part of what they took.
 */
#define ROUNDS	20

KERNEL_CASE(kernel_pages_come_back)
{
	struct quarry_cache *cache = qt_cache(t, 4096, 0, 0, NULL);
	unsigned long before = 0;
	unsigned int round;

	if (!cache)
		return;
	for (round = 0; round <= ROUNDS; round++) {
		QT_EXPECT_EQ(t, qt_fill(cache, many, MANY), MANY);
		QT_EXPECT_GT(t, qt_count(t, cache).pages, MANY - 1);
		qt_empty(cache, many, MANY);
		quarry_cache_shrink(cache);
		QT_EXPECT_EQ(t, qt_count(t, cache).pages, 0);
		if (!round)
			before = nr_free_pages();
	}
	QT_EXPECT_GT(t, nr_free_pages() + ROUNDS * MANY / 4, before);
}

KERNEL_CASE(kernel_vmalloc_address_refused)
{
	char *block = vmalloc(3 * PAGE_SIZE);
	u64 seq = qr_event_last();

	if (!QT_EXPECT_PTR(t, block))
		return;
	memset(block, 0x12, 3 * PAGE_SIZE);
	QT_EXPECT_NULL(t, quarry_heap_of(block));
	quarry_free(block);
	QT_EXPECT_EVENT(t, seq, QR_EVENT_INVALID_FREE);
	quarry_free(block + PAGE_SIZE);
	QT_EXPECT_EVENT(t, seq + 1, QR_EVENT_INVALID_FREE);
	QT_EXPECT_BYTES(t, block, 0x12, 3 * PAGE_SIZE);
	vfree(block);
	QT_EXPECT_NULL(t, quarry_heap_of(block));
}

KERNEL_CASE(kernel_module_address_refused)
{
	u64 seq = qr_event_last();

	quarry_free(THIS_MODULE);
	QT_EXPECT_EVENT(t, seq, QR_EVENT_INVALID_FREE);
	quarry_free((void *)&quarry_free);
	QT_EXPECT_EVENT(t, seq + 1, QR_EVENT_INVALID_FREE);
	quarry_free(&init_task);
	QT_EXPECT_EVENT(t, seq + 2, QR_EVENT_INVALID_FREE);
	/* The hole between user and kernel, and past all memory. */
	quarry_free((void *)(PAGE_OFFSET - PAGE_SIZE));
	QT_EXPECT_EVENT(t, seq + 3, QR_EVENT_INVALID_FREE);
	quarry_free((void *)(PAGE_OFFSET + (1UL << 45)));
	QT_EXPECT_EVENT(t, seq + 4, QR_EVENT_INVALID_FREE);
}

/* A free of @address is one finding, which knows what that is. */
static void expect_kind(struct qt *t, const void *address, u8 where)
{
	static struct qr_finding found;
	u64 nr = qr_finding_last();

	quarry_free(address);
	QT_EXPECT_EQ(t, qr_finding_last() - nr, 1);
	if (!QT_EXPECT_TRUE(t, qr_finding_next(nr, &found)))
		return;
	QT_EXPECT_EQ(t, found.event.kind, QR_EVENT_INVALID_FREE);
	QT_EXPECT_EQ(t, found.where, where);
	QT_EXPECT_EQ(t, found.address, address);
}

KERNEL_CASE(kernel_address_is_told_by_kind)
{
	void *block = vmalloc(PAGE_SIZE), *page;

	expect_kind(t, THIS_MODULE, QR_ADDRESS_MODULE);
	expect_kind(t, (void *)&quarry_free, QR_ADDRESS_MODULE);
	expect_kind(t, &init_task, QR_ADDRESS_IMAGE);
	expect_kind(t, (void *)&vfree, QR_ADDRESS_IMAGE);
	expect_kind(t, (void *)(PAGE_OFFSET - PAGE_SIZE),
		    QR_ADDRESS_UNMAPPED);
	expect_kind(t, high_memory + PAGE_SIZE, QR_ADDRESS_UNMAPPED);
	expect_kind(t, current, QR_ADDRESS_OTHER_SLAB);
	if (QT_EXPECT_PTR(t, block)) {
		expect_kind(t, block, QR_ADDRESS_VMALLOC);
		/* The page between this and the next. */
		expect_kind(t, block + PAGE_SIZE, QR_ADDRESS_UNMAPPED);
	}
	vfree(block);
	page = (void *)__get_free_page(GFP_KERNEL);
	if (!QT_EXPECT_PTR(t, page))
		return;
	expect_kind(t, page + 8, QR_ADDRESS_OTHER_PAGE);
	free_page((unsigned long)page);
}

/* Every page frame there is, and holes: looked up, never followed. */
KERNEL_CASE(kernel_every_page_frame_is_safe_to_ask)
{
	unsigned long pfn, step = 1, owned = 0;

	for (pfn = 0; pfn < (1UL << 24); pfn += step) {
		void *at = (void *)(PAGE_OFFSET + (pfn << PAGE_SHIFT));

		owned += !!quarry_cache_of(at);
		step = 1 + (pfn >> 18);
		if (!(pfn & 0xffff))
			cond_resched();
	}
	QT_EXPECT_EQ(t, owned, 0);
}

KERNEL_CASE(kernel_free_with_interrupts_off_serves)
{
	struct quarry_cache *cache = qt_cache(t, 512, 0, 0, NULL);
	unsigned long flags;
	unsigned int nr;

	if (!cache)
		return;
	/* There the page allocator sleeps. */
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		qt_empty(cache, many, qt_fill(cache, many, MANY));
	local_irq_save(flags);
	for (nr = 0; nr < MANY; nr++) {
		many[nr] = quarry_cache_alloc(cache, GFP_ATOMIC | __GFP_NOWARN);
		if (!many[nr])
			break;
	}
	qt_empty(cache, many, nr);
	local_irq_restore(flags);
	QT_EXPECT_GT(t, nr, 100);
	QT_EXPECT_EQ(t, qt_count(t, cache).live, 0);
}

struct free_work {
	struct irq_work work;
	void *block;
};

static void free_here(struct irq_work *work)
{
	quarry_free(container_of(work, struct free_work, work)->block);
}

static void queue_here(void *work)
{
	irq_work_queue(work);
}

/* In a hard interrupt: others are threads on PREEMPT_RT, as lockdep knows. */
static void free_in_interrupt(void *block, int cpu)
{
	struct free_work free = { .block = block };

	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		free.work = IRQ_WORK_INIT_HARD(free_here);
	else
		init_irq_work(&free.work, free_here);
	smp_call_function_single(cpu, queue_here, &free.work, 1);
	irq_work_sync(&free.work);
}

/* Contiguous and virtually contiguous. */
KERNEL_CASE(kernel_large_run_freed_in_interrupt)
{
	struct quarry_heap *heap = qt_heap(t, 0);
	void *block;
	int cpu;

	if (!heap)
		return;
	for_each_online_cpu(cpu) {
		block = quarry_heap_alloc(heap, 200000, GFP_KERNEL);
		QT_EXPECT_PTR(t, block);
		free_in_interrupt(block, cpu);
		block = quarry_heap_kvalloc(heap, 9 << 20, GFP_KERNEL);
		QT_EXPECT_PTR(t, block);
		free_in_interrupt(block, cpu);
		QT_EXPECT_NULL(t, quarry_heap_of(block));
	}
}

/*
 * A scan looks for stacks of tasks that have ended where four pages, or as many as
 * those have, are mapped, and follows their third word.  Some of these lie so.
 */
KERNEL_CASE(kernel_scan_follows_no_wild_address)
{
	const unsigned long wild[] = {
		~0UL, ~0UL - 7, 8 - PAGE_SIZE, PAGE_OFFSET, PAGE_OFFSET - 8, 1,
	};
	unsigned int nr, i;

	for (nr = 0; nr < 16 * ARRAY_SIZE(wild); nr++) {
		unsigned long *word = vmalloc(THREAD_SIZE);

		if (!QT_EXPECT_PTR(t, word))
			break;
		for (i = 0; i < THREAD_SIZE / sizeof(*word); i++)
			word[i] = wild[nr % ARRAY_SIZE(wild)];
		many[nr] = word;
	}
	QT_EXPECT_EQ(t, qr_scanner_run(), 0);
	while (nr--)
		vfree(many[nr]);
}

/* What a CPU had of a cache lay there, and said where that was. */
static void forgets(struct qt *t, const unsigned long *from, size_t bytes)
{
	size_t i;

	for (i = 0; i < bytes / sizeof(*from); i++) {
		unsigned long word = 0;

		if (qr_load_nofault(&word, from + i))
			QT_EXPECT_EQ(t, word, 0);
	}
}

KERNEL_CASE(kernel_freed_percpu_memory_forgets)
{
	struct quarry_cache *cache = quarry_cache_create("qt-forgets", 64, 0, 0,
							 NULL);
	struct qr_cpu __percpu *cpus;
	int cpu;

	if (!QT_EXPECT_PTR(t, cache))
		return;
	cpus = cache->cpus;
	quarry_cache_free(cache, quarry_cache_alloc(cache, GFP_KERNEL));
	QT_EXPECT_EQ(t, quarry_cache_destroy(cache), 0);
	for_each_possible_cpu(cpu)
		forgets(t, (unsigned long *)per_cpu_ptr(cpus, cpu),
			sizeof(struct qr_cpu));
}

static struct qr_slab *plain_slab(const void *address)
{
	struct qr_slab *slab;

	preempt_disable();
	slab = qr_page_slab_plain(address);
	preempt_enable();
	return slab;
}

KERNEL_CASE(kernel_fast_path_finds_slabs_and_no_runs)
{
	struct quarry_cache *cache = qt_cache(t, 256, 0, 0, NULL);
	static const size_t run_bytes[] = { 3 * PAGE_SIZE, SZ_1M };
	void *object, *run, *theirs;
	unsigned int i;

	if (!cache)
		return;
	object = quarry_cache_alloc(cache, GFP_KERNEL);
	if (!QT_EXPECT_PTR(t, object))
		return;
	QT_EXPECT_PTR(t, qt_slab(object));
	QT_EXPECT_EQ(t, (unsigned long)plain_slab(object),
		     (unsigned long)qt_slab(object));
	quarry_cache_free(cache, object);
	quarry_cache_shrink(cache);
	quarry_barrier();
	QT_EXPECT_EQ(t, (unsigned long)plain_slab(object), 0);
	for (i = 0; i < ARRAY_SIZE(run_bytes); i++) {
		run = quarry_alloc(run_bytes[i], GFP_KERNEL);
		if (!QT_EXPECT_PTR(t, run))
			return;
		QT_EXPECT_PTR(t, qt_slab(run));
		QT_EXPECT_EQ(t, (unsigned long)plain_slab(run), 0);
		quarry_free(run);
	}
	theirs = kmalloc(256, GFP_KERNEL);
	QT_EXPECT_EQ(t, (unsigned long)plain_slab(theirs), 0);
	QT_EXPECT_EQ(t, (unsigned long)plain_slab(&theirs), 0);
	kfree(theirs);
}

KERNEL_CASE(kernel_shadow_operations_match)
{
	struct qm_slot *slot = vzalloc(1024 * sizeof(*slot));
	struct qm_stage *stage = vzalloc(sizeof(*stage));
	static struct qm_player player;

	if (!QT_EXPECT_PTR(t, slot) || !QT_EXPECT_PTR(t, stage))
		goto out;
	if (!QT_EXPECT_EQ(t, qm_stage_begin(stage, QUARRY_LEVEL_SITE), 0))
		goto out;
	stage->may_fail = true;
	stage->restless = true;
	qm_player_begin(&player, stage, slot, 1024, t->random);
	qm_play(&player, 100000);
	qt_check_all(t);
	qm_player_end(&player);
	if (player.fault)
		qt_fail(t, "%s at %px", player.fault,
			(void *)player.fault_at);
	QT_EXPECT_LT(t, player.refused, player.allocs / 10);
	qm_stage_end(stage, t);
out:
	vfree(slot);
	vfree(stage);
}
