// SPDX-License-Identifier: GPL-2.0-only
/*
 * nmi.c - cases: quarry called from real NMIs, which one CPU sends to another.
 * It may not be; what is refused is counted, what is not is right, and nothing
 * breaks.  Every site is met once outside NMI: numbering one takes a lock.
 */
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/smp.h>
#include <linux/topology.h>

#include <asm/apic.h>
#include <asm/nmi.h>

#include "check.h"
#include "finding.h"
#include "kmod.h"

#define BYTES		64
#define RUN_BYTES	100000
#define HELD		8
#define NMIS		1000
#define STORM_MS	20000

/* What the next NMI of @cpu is for; @pending goes to 0 when it has been. */
static struct {
	int cpu;
	int pending;
	void (*fn)(void *data);
	void *data;
} job;

static int nmi_handler(unsigned int type, struct pt_regs *regs)
{
	/* Pairs with the release in call_in_nmi(). */
	if (!smp_load_acquire(&job.pending) || smp_processor_id() != job.cpu)
		return NMI_DONE;
	job.fn(job.data);
	/* Pairs with the acquire in call_in_nmi(). */
	smp_store_release(&job.pending, 0);
	return NMI_HANDLED;
}

static bool nmi_begin(struct qt *t)
{
	return QT_EXPECT_EQ(t, register_nmi_handler(NMI_LOCAL, nmi_handler, 0,
						    "quarry_test"), 0);
}

static void nmi_end(void)
{
	unregister_nmi_handler(NMI_LOCAL, "quarry_test");
}

/* Returns once it has run; false: it did not within a second. */
static bool call_in_nmi(int cpu, void (*fn)(void *data), void *data)
{
	ktime_t end = ktime_add_ms(ktime_get(), MSEC_PER_SEC);

	job.cpu = cpu;
	job.fn = fn;
	job.data = data;
	/* Pairs with the acquire in nmi_handler(). */
	smp_store_release(&job.pending, 1);
	apic->send_IPI(cpu, NMI_VECTOR);
	/* Pairs with the release in nmi_handler(). */
	while (smp_load_acquire(&job.pending)) {
		if (ktime_after(ktime_get(), end))
			return false;
		cpu_relax();
	}
	return true;
}

/* ---------------------------------------------- what no fast path serves */

struct attempt {
	struct quarry_cache *cache;
	struct quarry_heap *heap;
	void *object;
	void *run;
	void *large;
};

static void take(void *data)
{
	struct attempt *a = data;

	a->object = quarry_cache_alloc_node(a->cache,
					    GFP_ATOMIC | __GFP_THISNODE,
					    numa_mem_id());
	a->run = quarry_heap_alloc(a->heap, RUN_BYTES, GFP_ATOMIC);
	a->large = quarry_heap_kvalloc(a->heap, RUN_BYTES, GFP_ATOMIC);
}

static void give_runs(void *data)
{
	struct attempt *a = data;

	quarry_free(a->run);
	quarry_free(a->large);
}

KERNEL_CASE(kernel_nmi_is_refused)
{
	struct attempt a = { .cache = qt_cache(t, BYTES, 0, 0, NULL),
			     .heap = qt_heap(t, 0) };
	unsigned long before = qr_event_count(QR_EVENT_NMI);
	u64 nr = qr_finding_last();
	struct attempt in_nmi = a;
	int cpu = cpumask_first(cpu_online_mask);

	if (!a.cache || !a.heap || !nmi_begin(t))
		return;
	take(&a);
	QT_EXPECT_PTR(t, a.object);
	QT_EXPECT_PTR(t, a.run);
	QT_EXPECT_PTR(t, a.large);
	QT_EXPECT_TRUE(t, call_in_nmi(cpu, take, &in_nmi));
	QT_EXPECT_NULL(t, in_nmi.object);
	QT_EXPECT_NULL(t, in_nmi.run);
	QT_EXPECT_NULL(t, in_nmi.large);
	QT_EXPECT_EQ(t, qr_event_count(QR_EVENT_NMI) - before, 3);
	QT_EXPECT_TRUE(t, call_in_nmi(cpu, give_runs, &a));
	QT_EXPECT_EQ(t, qr_event_count(QR_EVENT_NMI) - before, 5);
	/* Nobody else finds anything: none was tried in vain. */
	QT_EXPECT_EQ(t, qr_finding_last() - nr, 5);
	QT_EXPECT_GE(t, quarry_usable_size(a.run), RUN_BYTES);
	QT_EXPECT_GE(t, quarry_usable_size(a.large), RUN_BYTES);
	nmi_end();
	give_runs(&a);
	quarry_cache_free(a.cache, a.object);
	QT_EXPECT_NULL(t, quarry_heap_of(a.run));
}

/* -------------------------------------- amid everything else a CPU is at */

/* Of one context alone: a task, or the NMIs of its CPU. */
struct hand {
	u64 *held[HELD];
	unsigned long runs;
	unsigned long not_taken;
	unsigned long not_given;
	unsigned long wrong;
};

static struct {
	struct quarry_cache *cache;
	struct quarry_heap *heap;
	struct hand task;
	struct hand nmi;
} storm;

static bool whole(const u64 *block)
{
	return block[0] == (unsigned long)block &&
	       block[BYTES / 8 - 1] == ~(unsigned long)block;
}

static void put(struct hand *hand, unsigned int at)
{
	u64 *block = hand->held[at];

	hand->wrong += !whole(block);
	if (at & 1)
		quarry_free(block);
	else
		quarry_cache_free(storm.cache, block);
	/* Still live where nobody else can have taken it: it was refused. */
	if (hand == &storm.nmi && quarry_usable_size(block))
		hand->not_given++;
	else
		hand->held[at] = NULL;
}

static void get(struct hand *hand, unsigned int at)
{
	u64 *block;

	if (at & 1)
		block = quarry_heap_alloc(storm.heap, BYTES, GFP_ATOMIC);
	else
		block = quarry_cache_alloc(storm.cache, GFP_ATOMIC);
	hand->held[at] = block;
	if (!block) {
		hand->not_taken++;
		return;
	}
	block[0] = (unsigned long)block;
	block[BYTES / 8 - 1] = ~(unsigned long)block;
}

/* Takes one or gives one back, of the cache and of the heap in turn. */
static void step(struct hand *hand)
{
	unsigned int at = hand->runs++ % HELD;

	if (hand->held[at])
		put(hand, at);
	else
		get(hand, at);
}

static void step_in_nmi(void *unused)
{
	step(&storm.nmi);
}

static int step_in_task(void *unused)
{
	while (!kthread_should_stop()) {
		step(&storm.task);
		if (!(storm.task.runs & 1023))
			cond_resched();
	}
	return 0;
}

static void hand_empty(struct qt *t, struct hand *hand)
{
	unsigned int i;

	QT_EXPECT_EQ(t, hand->wrong, 0);
	for (i = 0; i < HELD; i++) {
		if (i & 1)
			quarry_free(hand->held[i]);
		else
			quarry_cache_free(storm.cache, hand->held[i]);
	}
}

static bool storm_is_enough(void)
{
	return storm.nmi.runs >= NMIS && storm.nmi.not_taken &&
	       storm.nmi.not_given;
}

/* NMIs, one after another, to a CPU with a task that allocates and frees. */
static void storm_run(struct qt *t, int cpu)
{
	ktime_t end = ktime_add_ms(ktime_get(), STORM_MS);
	struct task_struct *task;

	task = kthread_create(step_in_task, NULL, "quarry_nmi/%d", cpu);
	if (IS_ERR(task)) {
		qt_fail(t, "no thread");
		return;
	}
	kthread_bind(task, cpu);
	wake_up_process(task);
	while (!storm_is_enough() && ktime_before(ktime_get(), end)) {
		if (!call_in_nmi(cpu, step_in_nmi, NULL)) {
			qt_fail(t, "no NMI came");
			break;
		}
		/* Not in step with the task. */
		udelay(qt_below(t, 30));
		cond_resched();
	}
	kthread_stop(task);
}

KERNEL_CASE(kernel_nmi_amid_other_contexts_breaks_nothing)
{
	unsigned long before;

	memset(&storm, 0, sizeof(storm));
	storm.cache = qt_cache(t, BYTES, 0, 0, NULL);
	storm.heap = qt_heap(t, 0);
	if (!storm.cache || !storm.heap)
		return;
	/* The hand is empty again then: what it had is of this CPU's node. */
	while (storm.nmi.runs < 2 * HELD)
		step(&storm.nmi);
	if (!QT_EXPECT_EQ(t, storm.nmi.not_taken, 0))
		return;
	before = qr_event_count(QR_EVENT_NMI);
	if (!nmi_begin(t))
		return;
	storm_run(t, cpumask_last(cpu_online_mask));
	nmi_end();
	qt_print("# %lu in tasks, %lu in NMIs: %lu not taken, %lu not given\n",
		 storm.task.runs, storm.nmi.runs, storm.nmi.not_taken,
		 storm.nmi.not_given);
	QT_EXPECT_EQ(t, qr_event_count(QR_EVENT_NMI) - before,
		     storm.nmi.not_taken + storm.nmi.not_given);
	QT_EXPECT_TRUE(t, storm_is_enough());
	QT_EXPECT_EQ(t, storm.task.not_taken, 0);
	hand_empty(t, &storm.nmi);
	hand_empty(t, &storm.task);
	QT_EXPECT_EQ(t, qt_count(t, storm.cache).live, 0);
	qt_check_heap(t, storm.heap);
}
