// SPDX-License-Identifier: GPL-2.0-only
/*
 * herd.c - quarry_herd.ko: very many live objects for a scan to look at, and a
 * thread that measures how long an allocation takes meanwhile.
 *
 *	objects=N	written: so many objects of 64 bytes live from now on
 *	linked=1	one pointer leads to a list of all of them; otherwise a
 *			table points to each
 *	probe=1		a thread fills and empties the same cache
 *	longest_ns	of its allocations since it was read the last time
 *	allocations	likewise
 */
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched/clock.h>
#include <linux/vmalloc.h>

#include <quarry/quarry.h>

#define OBJECT_BYTES	64
#define OBJECTS_MAX	4000000U
/* What the thread holds at most: more than magazines do. */
#define PROBE_OBJECTS	4096U

struct animal {
	struct animal *next;
};

/* Protects what is below, but for what the thread has. */
static DEFINE_MUTEX(lock);
static struct quarry_cache *cache;
static unsigned int objects;
static bool linked;
static struct animal *first;
static struct animal **table;
static struct task_struct *prober;

static atomic64_t longest;
static atomic64_t allocations;

/* -------------------------------------------------------------- objects */

static void herd_free(void)
{
	while (first) {
		struct animal *next = first->next;

		quarry_cache_free(cache, first);
		first = next;
	}
	for (; table && objects; objects--)
		if (table[objects - 1])
			quarry_cache_free(cache, table[objects - 1]);
	vfree(table);
	table = NULL;
	objects = 0;
}

static int herd_make(unsigned int nr)
{
	struct animal *animal;

	if (!linked) {
		table = vzalloc(array_size(nr, sizeof(*table)));
		if (!table)
			return -ENOMEM;
	}
	while (objects < nr) {
		animal = quarry_cache_zalloc(cache, GFP_KERNEL);
		if (!animal)
			return -ENOMEM;
		if (table) {
			table[objects] = animal;
		} else {
			animal->next = first;
			first = animal;
		}
		objects++;
		cond_resched();
	}
	return 0;
}

static int objects_set(const char *value, const struct kernel_param *param)
{
	unsigned int nr;
	int err = kstrtouint(value, 0, &nr);

	if (err || nr > OBJECTS_MAX)
		return err ? err : -EINVAL;
	mutex_lock(&lock);
	if (cache) {
		herd_free();
		err = nr ? herd_make(nr) : 0;
		if (err)
			herd_free();
	}
	mutex_unlock(&lock);
	return err;
}

static const struct kernel_param_ops objects_ops = {
	.set = objects_set,
	.get = param_get_uint,
};

module_param_cb(objects, &objects_ops, &objects, 0644);
MODULE_PARM_DESC(objects, "objects that live");
module_param(linked, bool, 0644);
MODULE_PARM_DESC(linked, "1: in a list, from the next objects= on");

/* ---------------------------------------------------------------- probe */

/* Time of this CPU without what interrupts it is not to be had: it is in. */
static struct animal *alloc_timed(void)
{
	u64 from = local_clock(), took;
	struct animal *animal = quarry_cache_alloc(cache, GFP_KERNEL);

	took = local_clock() - from;
	if (took > atomic64_read(&longest))
		atomic64_set(&longest, took);
	atomic64_inc(&allocations);
	return animal;
}

static int probe_thread(void *unused)
{
	struct animal *mine, *next;
	unsigned int i;

	while (!kthread_should_stop()) {
		mine = NULL;
		for (i = 0; i < PROBE_OBJECTS; i++) {
			struct animal *animal = alloc_timed();

			if (!animal)
				break;
			animal->next = mine;
			mine = animal;
		}
		for (; mine; mine = next) {
			next = mine->next;
			quarry_cache_free(cache, mine);
		}
		cond_resched();
	}
	return 0;
}

static int probe_start(void)
{
	struct task_struct *task = kthread_run(probe_thread, NULL,
					       "quarry_probe");

	if (IS_ERR(task))
		return PTR_ERR(task);
	prober = task;
	return 0;
}

static void probe_stop(void)
{
	kthread_stop(prober);
	prober = NULL;
}

static int probe_set(const char *value, const struct kernel_param *param)
{
	bool on;
	int err = kstrtobool(value, &on);

	if (err)
		return err;
	mutex_lock(&lock);
	if (!cache)
		err = -EINVAL;
	else if (on && !prober)
		err = probe_start();
	else if (!on && prober)
		probe_stop();
	mutex_unlock(&lock);
	return err;
}

static int probe_get(char *buf, const struct kernel_param *param)
{
	return sysfs_emit(buf, "%d\n", !!READ_ONCE(prober));
}

static const struct kernel_param_ops probe_ops = {
	.set = probe_set,
	.get = probe_get,
};

module_param_cb(probe, &probe_ops, NULL, 0644);
MODULE_PARM_DESC(probe, "1: a thread allocates and frees");

static int figure_get(char *buf, const struct kernel_param *param)
{
	return sysfs_emit(buf, "%lld\n", atomic64_xchg(param->arg, 0));
}

static const struct kernel_param_ops figure_ops = { .get = figure_get };

module_param_cb(longest_ns, &figure_ops, &longest, 0444);
MODULE_PARM_DESC(longest_ns, "longest allocation since the last reading");
module_param_cb(allocations, &figure_ops, &allocations, 0444);
MODULE_PARM_DESC(allocations, "allocations since the last reading");

static int __init herd_init(void)
{
	struct quarry_cache *made;

	made = quarry_cache_create("herd", OBJECT_BYTES, 0, 0, NULL);
	if (IS_ERR(made))
		return PTR_ERR(made);
	mutex_lock(&lock);
	cache = made;
	mutex_unlock(&lock);
	return 0;
}

static void __exit herd_exit(void)
{
	if (prober)
		probe_stop();
	herd_free();
	WARN_ON(quarry_cache_destroy(cache));
}

module_init(herd_init);
module_exit(herd_exit);

MODULE_DESCRIPTION("Very many live objects of quarry");
MODULE_LICENSE("GPL");
