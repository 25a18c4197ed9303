/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * platform.h - what core asks of the platform beside linux/ headers, for the
 * mirror.  module/kern/platform.h is its twin and has the same guard.
 */
#ifndef _QR_PLATFORM_H
#define _QR_PLATFORM_H

#ifdef pr_fmt
#undef pr_fmt
#endif
#define pr_fmt(fmt) "quarry: " fmt

#include <linux/jiffies.h>
#include <linux/gfp.h>
#include <linux/hardirq.h>
#include <linux/printk.h>
#include <linux/types.h>

#include "asan.h"
#include "pages.h"

struct qr_slab;
struct quarry_cache;
struct quarry_heap;
struct qr_mark;
struct qr_frame;

enum mirror_page_state {
	MIRROR_PAGE_TAIL,	/* inside a free block, or of no use */
	MIRROR_PAGE_FREE,	/* first of a free block of @order */
	MIRROR_PAGE_OUT,
	MIRROR_PAGE_META,	/* out, and stamped as metadata */
};

/* A page of the arena.  Under its node's lock, except @slab of one out. */
struct mirror_page {
	/* Whose it is; read by qr_page_slab() at any time. */
	struct qr_slab *slab;
	/* Neighbours in a list of free blocks: page number + 1, or 0. */
	u32 next;
	u32 prev;
	u16 refs;
	u8 state;
	u8 nid;
	u8 order;
};

/* A page of the range where virtually contiguous runs are mapped. */
struct mirror_vpage {
	struct qr_slab *slab;
	/* Number + 1 of the arena's page mapped here, 0 for none. */
	u32 page;
	/* In the first page of a run: its length, and the next one to unmap. */
	u32 nr;
	u32 next;
};

/* Constant from mirror_machine_init() to mirror_machine_exit(). */
struct mirror_arena {
	unsigned long base;
	unsigned long bytes;
	struct mirror_page *page;
	unsigned long vbase;
	unsigned long vbytes;
	struct mirror_vpage *vpage;
};

extern struct mirror_arena mirror_arena;

/* Whether the simulated kernel was booted with init_on_alloc, init_on_free. */
extern bool mirror_init_on_alloc;
extern bool mirror_init_on_free;

/* See core/pages.h.  The reads pair with the releases of stamping. */
static __always_inline struct qr_slab *qr_page_slab_ours(const void *addr)
{
	unsigned long at = (unsigned long)addr - mirror_arena.base;

	if (unlikely(at >= mirror_arena.bytes))
		return NULL;
	return READ_ONCE(mirror_arena.page[at >> 12].slab);
}

/* Who looks a slab up with preemption on may see it go: that aborts. */
static __always_inline struct qr_slab *qr_page_slab_near(const void *addr)
{
	mirror_check_pinned("slab looked up");
	return qr_page_slab_ours(addr);
}

static __always_inline struct qr_slab *qr_page_slab_plain(const void *addr)
{
	return qr_page_slab_near(addr);
}

static __always_inline struct qr_slab *qr_page_slab(const void *addr)
{
	unsigned long at = (unsigned long)addr - mirror_arena.vbase;

	mirror_check_pinned("slab looked up");
	if (likely(at >= mirror_arena.vbytes))
		return qr_page_slab_near(addr) ?: qr_guard_slab(addr);
	return READ_ONCE(mirror_arena.vpage[at >> 12].slab);
}

static __always_inline bool qr_want_init_on_alloc(gfp_t gfp)
{
	return (gfp & __GFP_ZERO) || READ_ONCE(mirror_init_on_alloc);
}

static __always_inline bool qr_want_init_on_free(void)
{
	return READ_ONCE(mirror_init_on_free);
}

/* AddressSanitizer, see core/sanitizer.h. */
#ifdef MIRROR_ASAN
#define QR_SANITIZED	1
#else
#define QR_SANITIZED	0
#endif

static inline void qr_platform_open(const void *at, size_t bytes, size_t size)
{
	mirror_unpoison(at, bytes);
	mirror_poison(at + bytes, size - bytes);
}

static inline void qr_platform_close(const void *at, size_t size)
{
	mirror_poison(at, size);
}

#define qr_percpu
#define qr_this_cpu(ptr)	this_cpu_ptr(ptr)

#define qr_peek(x)	READ_ONCE(x)

static __always_inline u32 qr_jiffies(void)
{
	return jiffies;
}

/* What a test wants to be told of, if anything: see quarry_mirror.h. */
struct mirror_trace;
extern void (*mirror_traced)(const struct mirror_trace *trace);

static __always_inline bool qr_tracing_allocs(void)
{
	return READ_ONCE(mirror_traced);
}

static __always_inline bool qr_tracing_frees(void)
{
	return READ_ONCE(mirror_traced);
}

void qr_platform_trace_alloc(unsigned long caller, const void *object,
			     size_t asked, size_t given, gfp_t gfp, int nid);
void qr_platform_trace_free(unsigned long caller, const void *object);

/* A counter that one CPU writes at a time and any may read. */
#define qr_stat_add(counter, n)	WRITE_ONCE(counter, (counter) + (n))

/* Whether the kernel can be asked for memory: see the kernel's. */
static inline bool qr_platform_may_lock(void)
{
	return true;
}

static __always_inline bool qr_in_nmi(void)
{
	return in_nmi();
}

/* Nanoseconds since boot. */
u64 qr_time_ns(void);

/* See core/roots.h.  Not inline: no sanitizer may look at what it reads. */
bool qr_load_nofault(unsigned long *value, const unsigned long *at);

/* "func+0x1c/0x90", or "unknown" where no symbol is exported.  Any context. */
void qr_caller_text(unsigned long caller, char *buf, size_t len);

/*
 * The calls that lead here, the innermost first, quarry's own too; in an
 * interrupt, up to where it struck.  At most @max; 0 where nobody can tell.
 * Context: any.
 */
unsigned int qr_platform_walk(struct qr_frame *frame, unsigned int max);
/* Whether a frame is of quarry itself. */
bool qr_platform_is_own(unsigned long address);
/* Nothing here has modules. */
static inline bool qr_platform_is_module(unsigned long address)
{
	(void)address;
	return false;
}

/*
 * The running thread, for as long as it runs; NULL in an interrupt.  Kept by
 * _get, it is no other thread's until _put.
 */
const void *qr_platform_self(void);

static inline const void *qr_platform_self_get(void)
{
	return qr_platform_self();
}

static inline void qr_platform_self_put(const void *self)
{
	(void)self;
}

bool qr_platform_is_alive(const void *self);

/* A word of this stack, of somebody else's frame maybe. */
static inline __attribute__((no_sanitize("address", "thread"))) unsigned long
qr_stack_word(const unsigned long *at)
{
	return *(const volatile unsigned long *)at;
}

/* Number and name of the thread; 0, "hardirq" or "softirq" in an interrupt. */
u32 qr_platform_task(char comm[16]);

/*
 * "func+0x1c/0x90 [library] file.c:12": a frame of qr_platform_walk() in
 * words.  Context: process.
 */
void qr_platform_frame_text(unsigned long address, char *buf, size_t len);

/* Time does not pass by itself here: tests call qr_age(). */
static inline void qr_platform_age(void)
{
}

/* Makes qr_reap() run soon, in process context.  Context: any but NMI. */
void qr_platform_reap(void);
/* mirror_exit() counts what is still held. */
void qr_platform_hold(void);
void qr_platform_drop(void);

/* Named things have no files here: mirror_report() finds them. */
static inline void qr_platform_add_cache(struct quarry_cache *cache)
{
	(void)cache;
}

static inline void qr_platform_del_cache(struct quarry_cache *cache)
{
	(void)cache;
}

static inline void qr_platform_add_heap(struct quarry_heap *heap)
{
	(void)heap;
}

static inline void qr_platform_del_heap(struct quarry_heap *heap)
{
	(void)heap;
}

static inline void qr_platform_add_mark(struct qr_mark *mark)
{
	(void)mark;
}

static inline void qr_platform_del_mark(struct qr_mark *mark)
{
	(void)mark;
}

#endif /* _QR_PLATFORM_H */
