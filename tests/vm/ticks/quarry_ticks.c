// SPDX-License-Identifier: GPL-2.0-only
/*
 * quarry_ticks.c - a load in interrupts for as long as the module is inserted:
 * on every CPU a soft and a hard timer allocate from one cache and one heap,
 * exchange what they got with a shared array of slots, and free what they
 * found there, be it from another CPU or from the other kind of interrupt.
 *
 * Parameters that can be read tell what happened: operations by kind,
 * allocations that failed, and objects whose contents were not what was
 * written into them.
 */
#include <linux/atomic.h>
#include <linux/err.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/prandom.h>
#include <linux/random.h>
#include <linux/smp.h>
#include <linux/vmalloc.h>

#include <quarry/quarry.h>

#include "../../kmod/timer.h"

#define OBJECT_BYTES	256
#define BLOCK_MAX	12288
#define PERIOD_NS	(500 * NSEC_PER_USEC)

enum kind { SOFTIRQ, HARDIRQ, NR_KINDS };

/* What an object begins with; its last word repeats @key. */
struct head {
	unsigned long key;
	unsigned int bytes;
	bool from_heap;
};

/* Each has its own chance: that of the kernel takes locks. */
struct timers {
	struct hrtimer soft;
	struct hrtimer hard;
	struct rnd_state chance[NR_KINDS];
};

static atomic_long_t operations[NR_KINDS];
static atomic_long_t failures;
static atomic_long_t damaged;

static int counter_get(char *buf, const struct kernel_param *param)
{
	return sysfs_emit(buf, "%ld\n", atomic_long_read(param->arg));
}

static const struct kernel_param_ops counter_ops = { .get = counter_get };

module_param_cb(softirq, &counter_ops, &operations[SOFTIRQ], 0444);
MODULE_PARM_DESC(softirq, "operations in soft interrupts");
module_param_cb(hardirq, &counter_ops, &operations[HARDIRQ], 0444);
MODULE_PARM_DESC(hardirq, "operations in hard interrupts");
module_param_cb(failures, &counter_ops, &failures, 0444);
MODULE_PARM_DESC(failures, "allocations that returned NULL");
module_param_cb(damaged, &counter_ops, &damaged, 0444);
MODULE_PARM_DESC(damaged, "objects found with wrong contents");

/* What is atomic in earnest may not allocate there, nor what lockdep takes for it. */
static bool has_hard = !IS_ENABLED(CONFIG_PREEMPT_RT) &&
		       !IS_ENABLED(CONFIG_PROVE_RAW_LOCK_NESTING);
module_param_named(hard, has_hard, bool, 0444);
MODULE_PARM_DESC(hard, "whether there are operations in hard interrupts");

static unsigned int nr_slots = 1024;
module_param_named(slots, nr_slots, uint, 0444);
MODULE_PARM_DESC(slots, "objects kept live");

static bool pause;
module_param(pause, bool, 0644);
MODULE_PARM_DESC(pause, "only free, until nothing lives");

static struct quarry_cache *cache;
static struct quarry_heap *heap;
static struct head **slot;
static DEFINE_PER_CPU(struct timers, timers);

static unsigned long key_of(const struct head *head)
{
	return (unsigned long)head ^ 0x9e3779b97f4a7c15UL ^ head->bytes;
}

static unsigned long *last_word(struct head *head)
{
	return (void *)head + round_down(head->bytes, 8) - 8;
}

static struct head *object_get(u32 random)
{
	gfp_t gfp = GFP_ATOMIC | __GFP_NOWARN;
	bool from_heap = !(random & 3);
	unsigned int bytes = OBJECT_BYTES;
	struct head *head;

	if (from_heap) {
		bytes = 32 + (random >> 2) % (BLOCK_MAX >> (random >> 29));
		head = quarry_heap_alloc(heap, bytes, gfp);
	} else {
		head = quarry_cache_alloc(cache, gfp);
	}
	if (!head) {
		atomic_long_inc(&failures);
		return NULL;
	}
	head->bytes = bytes;
	head->from_heap = from_heap;
	head->key = key_of(head);
	*last_word(head) = head->key;
	return head;
}

static void object_put(struct head *head)
{
	if (!head)
		return;
	if (head->key != key_of(head) || *last_word(head) != head->key) {
		/* Its size cannot be trusted: it is lost, and destroy says so. */
		atomic_long_inc(&damaged);
		return;
	}
	head->key = 0;
	if (head->from_heap)
		quarry_free(head);
	else
		quarry_cache_free(cache, head);
}

static void operate(enum kind kind, struct rnd_state *chance)
{
	u32 random = prandom_u32_state(chance);
	struct head *head = NULL;

	/* One in eight only takes away. */
	if ((random & 0x700) && !READ_ONCE(pause))
		head = object_get(random);
	object_put(xchg(&slot[prandom_u32_state(chance) % nr_slots], head));
	atomic_long_inc(&operations[kind]);
}

static enum hrtimer_restart soft_tick(struct hrtimer *timer)
{
	struct timers *t = container_of(timer, struct timers, soft);

	operate(SOFTIRQ, &t->chance[SOFTIRQ]);
	hrtimer_forward_now(timer, ns_to_ktime(PERIOD_NS));
	return HRTIMER_RESTART;
}

static enum hrtimer_restart hard_tick(struct hrtimer *timer)
{
	struct timers *t = container_of(timer, struct timers, hard);

	operate(HARDIRQ, &t->chance[HARDIRQ]);
	hrtimer_forward_now(timer, ns_to_ktime(PERIOD_NS));
	return HRTIMER_RESTART;
}

/* On each CPU. */
static void timers_start(void *unused)
{
	struct timers *t = this_cpu_ptr(&timers);

	hrtimer_start(&t->soft, ns_to_ktime(PERIOD_NS),
		      HRTIMER_MODE_REL_PINNED_SOFT);
	if (has_hard)
		hrtimer_start(&t->hard, ns_to_ktime(PERIOD_NS),
			      HRTIMER_MODE_REL_PINNED_HARD);
}

static void timers_prepare(void)
{
	struct timers *t;
	int cpu;

	for_each_possible_cpu(cpu) {
		t = per_cpu_ptr(&timers, cpu);
		prandom_seed_state(&t->chance[SOFTIRQ], get_random_u64());
		prandom_seed_state(&t->chance[HARDIRQ], get_random_u64());
		hrtimer_setup(&t->soft, soft_tick, CLOCK_MONOTONIC,
			      HRTIMER_MODE_REL_PINNED_SOFT);
		hrtimer_setup(&t->hard, hard_tick, CLOCK_MONOTONIC,
			      HRTIMER_MODE_REL_PINNED_HARD);
	}
}

static void timers_stop(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		hrtimer_cancel(&per_cpu_ptr(&timers, cpu)->soft);
		hrtimer_cancel(&per_cpu_ptr(&timers, cpu)->hard);
	}
}

/* After the timers have stopped. */
static void objects_end(void)
{
	unsigned int i;

	for (i = 0; slot && i < nr_slots; i++)
		object_put(slot[i]);
	if (!IS_ERR_OR_NULL(heap))
		WARN_ON(quarry_heap_destroy(heap));
	if (!IS_ERR_OR_NULL(cache))
		WARN_ON(quarry_cache_destroy(cache));
	vfree(slot);
}

static int objects_begin(void)
{
	if (!nr_slots)
		return -EINVAL;
	slot = vzalloc(array_size(nr_slots, sizeof(*slot)));
	if (!slot)
		return -ENOMEM;
	cache = quarry_cache_create("ticks", OBJECT_BYTES, 0, 0, NULL);
	if (IS_ERR(cache))
		return PTR_ERR(cache);
	heap = quarry_heap_create("ticks", 0);
	return PTR_ERR_OR_ZERO(heap);
}

static int __init ticks_init(void)
{
	int err = objects_begin();

	if (err) {
		objects_end();
		return err;
	}
	timers_prepare();
	on_each_cpu(timers_start, NULL, true);
	return 0;
}

static void __exit ticks_exit(void)
{
	timers_stop();
	objects_end();
}

module_init(ticks_init);
module_exit(ticks_exit);

MODULE_DESCRIPTION("Load on quarry from timer interrupts");
MODULE_LICENSE("GPL");
