// SPDX-License-Identifier: GPL-2.0-only
/*
 * watch.c - what modules that are watched ask of the kernel's own allocator, as
 * its events kmem:kmalloc, kmem:kfree and those of caches tell, and probes of
 * the calls that none of them tells of.  While nothing is watched nobody asks
 * for any of it.
 *
 * Whose an allocation is: of the innermost call on the stack that is of watched
 * code, for pools and helpers of the kernel allocate for who calls them.  Most
 * stacks have no word on them that looks like such a call, and are not unwound.
 */
#include <linux/irq_work.h>
#include <linux/kallsyms.h>
#include <linux/kernel.h>
#include <linux/kobject.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/ptrace.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/tracepoint.h>
#include <linux/workqueue.h>
#include <trace/events/kmem.h>

#include "frame.h"
#include "hooks.h"
#include "internal.h"
#include "kfree.h"
#include "stacks.h"
#include "watch.h"
#include "watched.h"

/* ------------------------------------------------------- whose it is */

/* Calls that are looked through. */
#define FRAMES	32

/* Whether the stack may have a call of watched code on it. */
static noinline bool stack_mentions(void)
{
	const unsigned long *at = (const unsigned long *)&at;
	const unsigned long *end = qr_stack_end(at);
	unsigned long low = READ_ONCE(qr_watch_low);
	unsigned long bytes = READ_ONCE(qr_watch_high) - low;

	if (!end)
		return true;
	/* Most of what an allocation pays while another module is watched. */
	for (; at < end; at++) {
		unsigned long word = READ_ONCE_NOCHECK(*at);

		if (unlikely(word - low < bytes) && qr_watch_has(word))
			return true;
	}
	return false;
}

/*
 * Where the kernel's allocator asks itself for memory, within a call by others:
 * sheaves, since 6.18, and what it notes of a slab's objects.
 */
static const char *const inner_calls[] = {
	"__pcs_", "__kfree_rcu_sheaf", "alloc_slab_obj_exts",
	"memcg_alloc_slab_cgroups",
};

/* Not while the frames are there: it is large, too. */
static noinline bool is_inner(unsigned long call)
{
	char name[KSYM_SYMBOL_LEN];
	unsigned int i;

	sprint_symbol_no_offset(name, call);
	for (i = 0; i < ARRAY_SIZE(inner_calls); i++)
		if (str_has_prefix(name, inner_calls[i]))
			return true;
	return false;
}

/* 0: of no watched code. */
static noinline unsigned long caller_walk(void)
{
	struct qr_frame frame[FRAMES];
	unsigned int i, nr;

	nr = qr_platform_walk(frame, FRAMES);
	for (i = 0; i < nr; i++)
		if (qr_watch_has(frame[i].address))
			return frame[i].address;
	return 0;
}

/* The same, of the allocation that @call asks for. */
static unsigned long caller_find(unsigned long call)
{
	if (qr_watch_has(call))
		return call;
	return stack_mentions() && !is_inner(call) ? caller_walk() : 0;
}

/* ------------------------------------------------------------ supplies */

static void supply(struct work_struct *work)
{
	qr_watched_supply();
}

static DECLARE_WORK(supply_work, supply);

/* Whoever allocates may hold any lock, of the work queues too. */
static void supply_soon(struct irq_work *work)
{
	schedule_work(&supply_work);
}

static struct irq_work supply_irq = IRQ_WORK_INIT(supply_soon);

/* ---------------------------------------------------------------- events */

/* What this CPU was told last is given out. */
static DEFINE_PER_CPU(const void *, told);

/* 6.12 tells twice, one after the other, of what is too large for a slab. */
static bool is_told_again(const void *object, size_t given)
{
	bool again = given > KMALLOC_MAX_CACHE_SIZE &&
		     __this_cpu_read(told) == object;

	__this_cpu_write(told, object);
	return again;
}

static void take_note(unsigned long call, const void *object, size_t asked,
		      size_t given)
{
	unsigned long caller;

	qr_watch_reuse(object);
	caller = caller_find(call);
	/* We tell of ours by the same events. */
	if (caller && !qr_is_ours(object)) {
		qr_watch_alloc(object, asked, given, caller);
		if (qr_watched_wants())
			irq_work_queue(&supply_irq);
	}
}

static void given_out(unsigned long call, const void *object, size_t asked,
		      size_t given)
{
	if (ZERO_OR_NULL_PTR(object) || in_nmi())
		return;
	/* Events may be told with preemption on. */
	preempt_disable_notrace();
	if (!is_told_again(object, given))
		take_note(call, object, asked, given);
	preempt_enable_notrace();
}

/* From a probe, in_nmi() says nothing: see lock_in_trap() in core/watched.c. */
static void given_back(const void *object)
{
	if (ZERO_OR_NULL_PTR(object))
		return;
	preempt_disable_notrace();
	__this_cpu_write(told, NULL);
	qr_watch_free(object);
	preempt_enable_notrace();
}

static void on_kmalloc(void *unused, unsigned long call, const void *object,
		       size_t asked, size_t given, gfp_t gfp, int node)
{
	given_out(call, object, asked, given);
}

static void on_cache_alloc(void *unused, unsigned long call,
			   const void *object, struct kmem_cache *cache,
			   gfp_t gfp, int node)
{
	unsigned int size = kmem_cache_size(cache);

	given_out(call, object, size, size);
}

static void on_kfree(void *unused, unsigned long call, const void *object)
{
	if (!in_nmi())
		given_back(object);
}

static void on_cache_free(void *unused, unsigned long call,
			  const void *object, const struct kmem_cache *cache)
{
	if (!in_nmi())
		given_back(object);
}

static int events_begin(void)
{
	int err = register_trace_kfree(on_kfree, NULL);

	if (err)
		return err;
	err = register_trace_kmem_cache_free(on_cache_free, NULL);
	if (err)
		goto err_kfree;
	err = register_trace_kmalloc(on_kmalloc, NULL);
	if (err)
		goto err_cache_free;
	err = register_trace_kmem_cache_alloc(on_cache_alloc, NULL);
	if (err)
		goto err_kmalloc;
	return 0;

err_kmalloc:
	unregister_trace_kmalloc(on_kmalloc, NULL);
err_cache_free:
	unregister_trace_kmem_cache_free(on_cache_free, NULL);
err_kfree:
	unregister_trace_kfree(on_kfree, NULL);
	return err;
}

static void events_end(void)
{
	unregister_trace_kmem_cache_alloc(on_cache_alloc, NULL);
	unregister_trace_kmalloc(on_kmalloc, NULL);
	unregister_trace_kmem_cache_free(on_cache_free, NULL);
	unregister_trace_kfree(on_kfree, NULL);
	tracepoint_synchronize_unregister();
}

/* ---------------------------------------- calls that no event tells of */

#ifdef CONFIG_KRETPROBES

/* kvfree_call_rcu(): from then on it is the kernel's. */
static int on_free_rcu(struct kprobe *probe, struct pt_regs *regs)
{
	given_back(qr_native_rcu_block(regs_get_kernel_argument(regs, 0),
				       regs_get_kernel_argument(regs, 1)));
	return 0;
}

/* kmem_cache_free_bulk(cache, nr, objects) */
static int on_free_bulk(struct kprobe *probe, struct pt_regs *regs)
{
	size_t nr = regs_get_kernel_argument(regs, 1), i;
	void **objects = (void **)regs_get_kernel_argument(regs, 2);

	for (i = 0; i < nr; i++)
		given_back(objects[i]);
	return 0;
}

/* What a call of kmem_cache_alloc_bulk() is to fill, wholly or not at all. */
struct bulk {
	void **objects;
	size_t nr;
	unsigned int size;
};

static int on_bulk_begin(struct kretprobe_instance *instance,
			 struct pt_regs *regs)
{
	struct bulk *bulk = (struct bulk *)instance->data;
	struct kmem_cache *cache;

	cache = (struct kmem_cache *)regs_get_kernel_argument(regs, 0);
	bulk->size = kmem_cache_size(cache);
	bulk->nr = regs_get_kernel_argument(regs, 2);
	bulk->objects = (void **)regs_get_kernel_argument(regs, 3);
	return 0;
}

static int on_bulk_end(struct kretprobe_instance *instance,
		       struct pt_regs *regs)
{
	struct bulk *bulk = (struct bulk *)instance->data;
	size_t i;

	for (i = 0; (int)regs_return_value(regs) && i < bulk->nr; i++)
		given_out(get_kretprobe_retaddr(instance), bulk->objects[i],
			  bulk->size, bulk->size);
	return 0;
}

/* Calls at a time; of more some are not seen. */
#define BULKS_MAX	64

/* Made anew each time: registering writes into them. */
static struct kprobe free_rcu, free_bulk;
static struct kretprobe alloc_bulk;

static void probe_begin(struct kprobe *probe, const char *name,
			kprobe_pre_handler_t handler)
{
	int err;

	*probe = (struct kprobe) {
		.symbol_name = name, .pre_handler = handler,
	};
	err = register_kprobe(probe);
	if (!err)
		return;
	pr_info("watch: calls of %s() are not seen (%d)\n", name, err);
	probe->addr = NULL;
}

static void probe_end(struct kprobe *probe)
{
	if (probe->addr)
		unregister_kprobe(probe);
}

static void probes_begin(void)
{
	int err;

	probe_begin(&free_rcu, "kvfree_call_rcu", on_free_rcu);
	probe_begin(&free_bulk, "kmem_cache_free_bulk", on_free_bulk);
	alloc_bulk = (struct kretprobe) {
		.kp.symbol_name = QR_NATIVE_ALLOC_BULK,
		.entry_handler = on_bulk_begin,
		.handler = on_bulk_end,
		.data_size = sizeof(struct bulk),
		.maxactive = BULKS_MAX,
	};
	err = register_kretprobe(&alloc_bulk);
	if (!err)
		return;
	pr_info("watch: calls of kmem_cache_alloc_bulk() are not seen (%d)\n",
		err);
	alloc_bulk.kp.addr = NULL;
}

static void probes_end(void)
{
	if (alloc_bulk.kp.addr)
		unregister_kretprobe(&alloc_bulk);
	probe_end(&free_bulk);
	probe_end(&free_rcu);
}

#else

static void probes_begin(void)
{
	pr_info("watch: without kprobes, calls by bulk and kfree_rcu() are not seen\n");
}

static void probes_end(void)
{
}

#endif

int qr_platform_watch(bool on)
{
	int err;

	if (on) {
		err = events_begin();
		if (!err)
			probes_begin();
		return err;
	}
	probes_end();
	events_end();
	irq_work_sync(&supply_irq);
	cancel_work_sync(&supply_work);
	return 0;
}

/* --------------------------------------------------------------- modules */

/* By sysfs: the list of modules is not for modules to search. */
bool qr_platform_find_code(const char *name, struct qr_code *text,
			   struct qr_code *init)
{
	struct kobject *found = kset_find_obj(THIS_MODULE->mkobj.kobj.kset,
					      name);
	const struct module *module;
	bool here;

	if (!found)
		return false;
	/* Held, it does not go.  What is built in has no module. */
	module = container_of(found, struct module_kobject, kobj)->mod;
	here = module && module->state != MODULE_STATE_GOING &&
	       module->state != MODULE_STATE_UNFORMED;
	if (here)
		qr_module_code(module, text, init);
	kobject_put(found);
	return here;
}
