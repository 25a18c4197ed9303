// SPDX-License-Identifier: GPL-2.0-only
/*
 * contexts.c - cases: a timer interrupt, a softirq and threads on every CPU
 * use one cache, or one heap, at the same time and free each other's objects.
 */
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/timer.h>
#include <linux/vmalloc.h>

#include "check.h"
#include "kmod.h"
#include "timer.h"

#define HELD		16
#define SECONDS		3
#define PERIOD_NS	(50 * NSEC_PER_USEC)

enum { TASK, SOFTIRQ, HARDIRQ, NR_CONTEXTS };

/* What is in one hand; 64 bytes each, marked at both ends. */
struct hand {
	u64 *held[HELD];
	u64 mark[HELD];
	unsigned int at;
	unsigned long runs;
	unsigned long refused;
	unsigned long wrong;
};

/* Each CPU's contexts; a context's hand is touched by that context alone. */
struct contexts {
	struct quarry_cache *cache;
	struct quarry_heap *heap;
	struct hrtimer timer;
	struct tasklet_struct tasklet;
	struct task_struct *task;
	struct hand hand[NR_CONTEXTS];
};

/* An object that any context may take and free: they cross contexts here. */
static u64 *crossing;

static void give_back(struct contexts *c, u64 *object)
{
	if (!object)
		return;
	if (c->cache)
		quarry_cache_free(c->cache, object);
	else
		quarry_free(object);
}

static u64 *take(struct contexts *c, gfp_t gfp)
{
	if (c->cache)
		return quarry_cache_alloc(c->cache, gfp);
	return quarry_heap_alloc(c->heap, 64, gfp);
}

static void step(struct contexts *c, struct hand *hand, gfp_t gfp)
{
	unsigned int at = hand->at++ % HELD;
	u64 *object = hand->held[at];

	hand->runs++;
	if (object && (object[0] != hand->mark[at] ||
		       object[7] != hand->mark[at]))
		hand->wrong++;
	if (object && !(at & 3))
		object = xchg(&crossing, object);
	give_back(c, object);
	object = take(c, gfp);
	hand->held[at] = object;
	if (!object) {
		hand->refused++;
		return;
	}
	hand->mark[at] = (unsigned long)object ^ hand->runs;
	object[0] = hand->mark[at];
	object[7] = hand->mark[at];
}

static enum hrtimer_restart in_hardirq_fn(struct hrtimer *timer)
{
	struct contexts *c = container_of(timer, struct contexts, timer);

	step(c, &c->hand[HARDIRQ], GFP_ATOMIC | __GFP_NOWARN);
	tasklet_schedule(&c->tasklet);
	hrtimer_forward_now(timer, ns_to_ktime(PERIOD_NS));
	return HRTIMER_RESTART;
}

static void in_softirq_fn(struct tasklet_struct *tasklet)
{
	struct contexts *c = container_of(tasklet, struct contexts, tasklet);
	unsigned int i;

	for (i = 0; i < 4; i++)
		step(c, &c->hand[SOFTIRQ], GFP_ATOMIC | __GFP_NOWARN);
}

/* Bound to its CPU, so the timer it starts fires there. */
static int in_task_fn(void *data)
{
	struct contexts *c = data;

	hrtimer_setup(&c->timer, in_hardirq_fn, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_PINNED);
	hrtimer_start(&c->timer, ns_to_ktime(PERIOD_NS),
		      HRTIMER_MODE_REL_PINNED);
	while (!kthread_should_stop()) {
		step(c, &c->hand[TASK], GFP_KERNEL);
		if (!(c->hand[TASK].runs & 1023))
			cond_resched();
	}
	hrtimer_cancel(&c->timer);
	tasklet_kill(&c->tasklet);
	return 0;
}

static void hands_empty(struct qt *t, struct contexts *c)
{
	unsigned int which, i;

	for (which = 0; which < NR_CONTEXTS; which++) {
		struct hand *hand = &c->hand[which];

		QT_EXPECT_GT(t, hand->runs, 100);
		QT_EXPECT_EQ(t, hand->wrong, 0);
		QT_EXPECT_LT(t, hand->refused, hand->runs / 10);
		for (i = 0; i < HELD; i++)
			give_back(c, hand->held[i]);
	}
}

static struct contexts *start(struct quarry_cache *cache,
			      struct quarry_heap *heap)
{
	struct contexts *all;
	int cpu;

	all = vzalloc(nr_cpu_ids * sizeof(*all));
	if (!all)
		return NULL;
	crossing = NULL;
	for_each_online_cpu(cpu) {
		struct contexts *c = &all[cpu];

		c->cache = cache;
		c->heap = heap;
		tasklet_setup(&c->tasklet, in_softirq_fn);
		c->task = kthread_create(in_task_fn, c, "quarry_ctx/%d", cpu);
		if (IS_ERR(c->task))
			continue;
		kthread_bind(c->task, cpu);
		wake_up_process(c->task);
	}
	return all;
}

static void share(struct qt *t, struct quarry_cache *cache,
		  struct quarry_heap *heap)
{
	struct contexts *all = start(cache, heap), *last = NULL;
	int cpu;

	if (!QT_EXPECT_PTR(t, all))
		return;
	msleep(SECONDS * MSEC_PER_SEC);
	for_each_online_cpu(cpu) {
		if (!IS_ERR_OR_NULL(all[cpu].task))
			kthread_stop(all[cpu].task);
	}
	for_each_online_cpu(cpu) {
		last = &all[cpu];
		qt_print("# cpu %d: %lu in tasks, %lu in softirqs, %lu in hardirqs\n",
			 cpu, last->hand[TASK].runs, last->hand[SOFTIRQ].runs,
			 last->hand[HARDIRQ].runs);
		hands_empty(t, last);
	}
	if (last)
		give_back(last, crossing);
	vfree(all);
}

KERNEL_CASE(kernel_contexts_share_a_cache)
{
	struct quarry_cache *cache = qt_cache(t, 64, 0, 0, NULL);

	if (!cache)
		return;
	share(t, cache, NULL);
	QT_EXPECT_EQ(t, qt_count(t, cache).live, 0);
	QT_EXPECT_EQ(t, qt_count(t, cache).findings, 0);
	/* Interrupts that found the magazines busy went around them. */
	QT_EXPECT_GT(t, qt_count(t, cache).alloc_hits, 1000);
}

KERNEL_CASE(kernel_contexts_share_a_heap)
{
	struct quarry_heap *heap = qt_heap(t, 0);

	if (!heap)
		return;
	share(t, NULL, heap);
	qt_check_heap(t, heap);
}
