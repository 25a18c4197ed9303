/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * platform.h - what core needs of the kernel beyond its common API, and the
 * one file that knows kernel versions.  Each stanza names the version it is
 * for and when it can go.
 */
#ifndef _QR_PLATFORM_H
#define _QR_PLATFORM_H

#ifdef pr_fmt
#undef pr_fmt
#endif
#define pr_fmt(fmt) "quarry: " fmt

#include <linux/hardirq.h>
#include <linux/jiffies.h>
#include <linux/kasan.h>
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/shrinker.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <linux/tracepoint-defs.h>
#include <linux/uaccess.h>
#include <linux/version.h>

#include "caller.h"
#include "debugfs.h"

/* Context analysis annotations: since 7.0; drop when 6.12 goes. */
#ifndef __guarded_by
#define __guarded_by(...)
#endif

/* MAX_PAGE_ORDER, inclusive: since 6.8; drop when 6.1 goes. */
#ifndef MAX_PAGE_ORDER
#define MAX_PAGE_ORDER (MAX_ORDER - 1)
#endif

/* page->index was renamed in 6.16; drop when 6.12 goes. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 16, 0)
#define qr_page_index __folio_index
#else
#define qr_page_index index
#endif

/* system_unbound_wq was renamed in 6.18; drop when 6.12 goes. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 18, 0)
#define qr_unbound_wq system_dfl_wq
#else
#define qr_unbound_wq system_unbound_wq
#endif

/*
 * A module's data; its code and that of its init, with ->base and ->size.
 * Memory by kind: since 6.4; drop when 6.1 goes.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 4, 0)
#define qr_module_data(module)		((module)->mem[MOD_DATA].base)
#define qr_module_data_bytes(module)	((module)->mem[MOD_DATA].size)
#define qr_module_text(module)		(&(module)->mem[MOD_TEXT])
#define qr_module_init_text(module)	(&(module)->mem[MOD_INIT_TEXT])
#else
#define qr_module_data(module)		((module)->core_layout.base)
#define qr_module_data_bytes(module)	((module)->core_layout.size)
#define qr_module_text(module)		(&(module)->core_layout)
#define qr_module_init_text(module)	(&(module)->init_layout)
#endif

/* shrinker_alloc(): since 6.7; drop when 6.1 goes. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 7, 0)
static inline struct shrinker *qr_shrinker_register(struct shrinker *legacy,
						    const struct shrinker *ops)
{
	*legacy = *ops;
	return register_shrinker(legacy, "quarry") ? NULL : legacy;
}

static inline void qr_shrinker_unregister(struct shrinker *shrinker)
{
	unregister_shrinker(shrinker);
}
#else
static inline struct shrinker *qr_shrinker_register(struct shrinker *legacy,
						    const struct shrinker *ops)
{
	struct shrinker *shrinker = shrinker_alloc(0, "quarry");

	if (!shrinker)
		return NULL;
	shrinker->count_objects = ops->count_objects;
	shrinker->scan_objects = ops->scan_objects;
	shrinker->seeks = ops->seeks;
	shrinker->batch = ops->batch;
	shrinker_register(shrinker);
	return shrinker;
}

static inline void qr_shrinker_unregister(struct shrinker *shrinker)
{
	shrinker_free(shrinker);
}
#endif

/*
 * kfree_rcu() of the kernel's own, by function: it is given where the head is in
 * the block until 6.3, and the block since; drop when 6.1 goes.
 */
static inline void qr_native_kvfree_rcu(struct rcu_head *head, void *block)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 4, 0)
	kvfree_call_rcu(head, block);
#else
	void *place = head ? (void *)((void *)head - block) : block;

	kvfree_call_rcu(head, (rcu_callback_t)place);
#endif
}

/* The other way round: what block kvfree_call_rcu() was given. */
static inline void *qr_native_rcu_block(unsigned long head, unsigned long block)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 4, 0)
	return (void *)block;
#else
	return (void *)(head ? head - block : block);
#endif
}

/* Its name, since 6.10 that of what a macro calls; drop when 6.1 goes. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
#define QR_NATIVE_ALLOC_BULK	"kmem_cache_alloc_bulk_noprof"
#else
#define QR_NATIVE_ALLOC_BULK	"kmem_cache_alloc_bulk"
#endif

/* kvrealloc() needs to know the old size until 6.11; drop when 6.1 goes. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
#define qr_native_kvrealloc(block, old, size, gfp) \
	kvrealloc(block, size, gfp)
#else
#define qr_native_kvrealloc(block, old, size, gfp) \
	kvrealloc(block, old, size, gfp)
#endif

/* kvfree_atomic(): since 7.0; before, kvfree() did what it does. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
#define qr_native_kvfree_atomic(block)	kvfree_atomic(block)
#else
#define qr_native_kvfree_atomic(block)	kvfree(block)
#endif

/*
 * Whether the kernel can be asked for memory, or be given it: on PREEMPT_RT its
 * locks sleep.
 */
static inline bool qr_platform_may_lock(void)
{
	return !IS_ENABLED(CONFIG_PREEMPT_RT) || preemptible();
}

static inline bool qr_in_nmi(void)
{
	return in_nmi();
}

/* Since boot. */
static inline u64 qr_time_ns(void)
{
	return ktime_get_boot_fast_ns();
}

static __always_inline bool qr_want_init_on_alloc(gfp_t gfp)
{
	return want_init_on_alloc(gfp);
}

static __always_inline bool qr_want_init_on_free(void)
{
	return want_init_on_free();
}

/*
 * Where the compiler knows the segment register, this CPU's part of something
 * needs no addition.  The sanitizers would look at the wrong address.
 */
#if defined(__SEG_GS) && defined(CONFIG_SMP) && !defined(__CHECKER__) && \
	!defined(CONFIG_KASAN) && !defined(CONFIG_KCSAN)
#define qr_percpu		__seg_gs
#define qr_this_cpu(cpus) \
	((qr_percpu struct qr_cpu *)(__force unsigned long)(cpus))
#else
#define qr_percpu
#define qr_this_cpu(cpus)	this_cpu_ptr(cpus)
#endif

/*
 * KASAN, see core/sanitizer.h: a byte for eight, 0 if all of those may be used, 1 to
 * 7 if so many.  What modules may call, and the values that reports are made from,
 * are declared in mm/kasan/kasan.h alone.
 */
#ifdef CONFIG_KASAN_GENERIC
#define QR_SANITIZED		1
#define QR_KASAN_REDZONE	0xfc
#define QR_KASAN_FREE		0xfb

void kasan_poison(const void *addr, size_t size, u8 value, bool init);

static inline void qr_platform_open(const void *at, size_t bytes, size_t size)
{
	size_t whole = round_down(bytes, 8), used = round_up(bytes, 8);

	kasan_poison(at, whole, 0, false);
	if (used > whole)
		*(u8 *)kasan_mem_to_shadow(at + whole) = bytes - whole;
	kasan_poison(at + used, size - used, QR_KASAN_REDZONE, false);
}

static inline void qr_platform_close(const void *at, size_t size)
{
	kasan_poison(at, size, QR_KASAN_FREE, false);
}
#else
#define QR_SANITIZED	0

static inline void qr_platform_open(const void *at, size_t bytes, size_t size)
{
}

static inline void qr_platform_close(const void *at, size_t size)
{
}
#endif

/* Reads once what others may write, in whatever way is cheapest. */
#define qr_peek(x)	data_race(x)

/* The low half of jiffies, in one load: x86 is little endian. */
static __always_inline u32 qr_jiffies(void)
{
	return READ_ONCE(*(u32 *)&jiffies);
}

/* A counter that one CPU writes at a time and any may read. */
#define qr_stat_add(counter, n)	data_race((counter) += (n))

/* See core/roots.h. */
static __always_inline bool qr_load_nofault(unsigned long *value,
					    const unsigned long *at)
{
	__get_kernel_nofault(value, at, unsigned long, fault);
	return true;
fault:
	return false;
}

/*
 * Whether somebody wants the kernel's own events of allocations and frees; a
 * no-op in the code as long as nobody does.
 */
DECLARE_TRACEPOINT(kmalloc);
DECLARE_TRACEPOINT(kfree);

static __always_inline bool qr_tracing_allocs(void)
{
	return tracepoint_enabled(kmalloc);
}

static __always_inline bool qr_tracing_frees(void)
{
	return tracepoint_enabled(kfree);
}

/* Emits them.  Context: any. */
void qr_platform_trace_alloc(unsigned long caller, const void *object,
			     size_t asked, size_t given, gfp_t gfp, int nid);
void qr_platform_trace_free(unsigned long caller, const void *object);
struct qr_frame;

/*
 * The calls that lead here, the innermost first, quarry's own too; in an
 * interrupt, up to where it struck.  At most @max; 0 where nobody can tell.
 * Context: any.
 */
unsigned int qr_platform_walk(struct qr_frame *frame, unsigned int max);
/* Whether a frame is of quarry itself. */
bool qr_platform_is_own(unsigned long address);
/* Whether it is of any module.  Context: any. */
bool qr_platform_is_module(unsigned long address);

/*
 * Who runs: the thread's number and name.  What an interrupt does is nobody's:
 * number 0, and the names that kmemleak gives.
 */
static inline u32 qr_platform_task(char comm[TASK_COMM_LEN])
{
	if (likely(in_task())) {
		/* It may be changing its name just now: some of each, then. */
		data_race(memcpy(comm, current->comm, TASK_COMM_LEN));
		return current->pid;
	}
	strscpy_pad(comm, in_serving_softirq() ? "softirq" : "hardirq",
		    TASK_COMM_LEN);
	return 0;
}

/*
 * The running thread, for as long as it runs; NULL in an interrupt.  Kept by
 * _get, it is no other thread's until _put.
 */
static inline const void *qr_platform_self(void)
{
	return in_task() ? task_pid(current) : NULL;
}

static inline const void *qr_platform_self_get(void)
{
	return get_pid(task_pid(current));
}

static inline void qr_platform_self_put(const void *self)
{
	put_pid((struct pid *)self);
}

static inline bool qr_platform_is_alive(const void *self)
{
	bool alive;

	rcu_read_lock();
	alive = pid_task((struct pid *)self, PIDTYPE_PID);
	rcu_read_unlock();
	return alive;
}

/* A word of this stack, of somebody else's frame maybe. */
static inline unsigned long qr_stack_word(const unsigned long *at)
{
	return READ_ONCE_NOCHECK(*at);
}

/* A frame of qr_platform_walk() in words. */
static inline void qr_platform_frame_text(unsigned long address, char *buf,
					  size_t len)
{
	qr_caller_text(address, buf, len);
}

/* Makes qr_reap() run soon, in process context.  Context: any but NMI. */
void qr_platform_reap(void);
/*
 * Makes qr_age() run every second or so, until it says that it need not.
 * Context: any but NMI.
 */
void qr_platform_age(void);
/* The module stays loaded from hold to drop. */
void qr_platform_hold(void);
void qr_platform_drop(void);

#include "stamp.h"

#endif /* _QR_PLATFORM_H */
