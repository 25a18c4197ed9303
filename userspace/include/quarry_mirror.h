/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * quarry_mirror.h - quarry in a process: the simulated machine, loading and
 * unloading the allocator on it, its reports, and what only tests do.
 *
 * A thread is a CPU: it gets a number on first use, and its exit is CPU
 * hotplug.  Initialise after fork(): a child does not inherit the memory.
 */
#ifndef _QUARRY_MIRROR_H
#define _QUARRY_MIRROR_H

#include <stdbool.h>
#include <stdio.h>

#include <linux/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ------------------------------------------------ machine and allocator */

/**
 * struct mirror_config - the simulated machine; 0 everywhere is the default
 * @arena_bytes: memory, in bytes; QUARRY_ARENA_MB, else 512 MiB
 * @nodes: bit n set: node n exists; QUARRY_NODES (a number), else 2 nodes
 * @cpus: threads that may be at once, 4 to 320; QUARRY_CPUS, else 64.  Two of
 *	them are the machine's own.
 * @fill: fresh and freed pages are filled with 0xa5; QUARRY_FILL=1
 * @seed: of get_random_u32(); QUARRY_SEED, else from the system
 *
 * QUARRY_LEAKS=1 has mirror_exit() scan for leaks first, and print them.
 * QUARRY_NO_MEMBARRIER=1 does without that system call, at a fence each
 * preempt_disable().
 */
struct mirror_config {
	size_t arena_bytes;
	unsigned long nodes;
	unsigned int cpus;
	bool fill;
	u64 seed;
};

/* Both at once, as a rule.  0 or -errno; @config may be NULL. */
int mirror_init(const struct mirror_config *config);
/* 0, or how many things are left behind, each told on stderr. */
int mirror_exit(void);

/* The machine alone, without the allocator on it. */
int mirror_machine_init(const struct mirror_config *config);
int mirror_machine_exit(void);

/* The seed in force; set it again to replay from here, on this thread. */
u64 mirror_seed(void);
void mirror_set_seed(u64 seed);

/* ------------------------------------------------------------- reports */

/*
 * Writes the text of the debugfs file @name: "caches", "sites",
 * "cache/NAME/stats", "heap/NAME/classes", "since/MARK"...  0, -ENOENT or -ENOMEM.
 */
int mirror_report(const char *name, FILE *to);
/* Writes a text to such a file.  0, -ENOENT, or what the file says of it. */
int mirror_control(const char *name, const char *text);

/*
 * Scans for leaks: the reports "leaks", "kmemleak" and "scan" have what was
 * found.  References are looked for in all of the process: its data, its heap,
 * the live part of every thread's stack, registers, thread-local storage.  All
 * other threads are held for as long as a fork() takes.  Objects younger than
 * @min_age_ms are not judged.  0, -EBUSY, -ENOMEM, -EINTR when it was stopped,
 * or -EIO when the process cannot be copied.
 */
int mirror_scan(unsigned int min_age_ms);
/* Live objects that the last scan found lost, or in reach of lost ones only. */
unsigned long mirror_lost(void);
unsigned long mirror_indirect(void);

/* Where log lines go; level 0 to 7.  Called in any context. */
extern void (*mirror_log)(int level, const char *line);

/* ------------------------------------------------------------- counters */

/* Arena pages out, after deferred work has been done. */
unsigned long mirror_pages_out(void);
/* Runs of kvmalloc() and __alloc_percpu_gfp() out. */
unsigned long mirror_buffers_out(void);
unsigned long mirror_percpu_out(void);
/* Pages of node @nid that are free. */
unsigned long mirror_pages_free(int nid);
/*
 * Called, if set, whenever a raw spinlock has been taken, which is then held;
 * @name is what was given to raw_spin_lock_init().
 */
extern void (*mirror_lock_taken)(const char *name);

/* --------------------------------------------------------------- traces */

/* An object that was allocated, or that is about to be freed. */
struct mirror_trace {
	bool is_free;
	const void *object;
	/* Return address of the call. */
	unsigned long caller;
	/* Of allocations. */
	size_t asked;
	size_t given;
	gfp_t gfp;
	int nid;
};

/* Called, if set, where the kernel would emit kmem:kmalloc and kmem:kfree. */
extern void (*mirror_traced)(const struct mirror_trace *trace);

/* --------------------------------------------------------------- watched */

/* What a test takes for a module; one without a name ends a list of them. */
struct mirror_code {
	const char *name;
	unsigned long from;
	unsigned long bytes;
};

/* The modules that are there, if any. */
extern const struct mirror_code *mirror_code;

/* ------------------------------------------------------------- findings */

struct qr_event;

/* Called, if set, where the kernel would emit quarry:quarry_finding. */
extern void (*mirror_found)(const struct qr_event *event);

/* --------------------------------------------------------------- faults */

enum mirror_fault {
	MIRROR_FAULT_PAGES,
	MIRROR_FAULT_PERCPU,
	MIRROR_FAULT_BUFFER,
	MIRROR_NR_FAULTS,
};

/* Fails the @nth attempt from now, once; 0 is none. */
void mirror_fail_nth(enum mirror_fault kind, unsigned long nth);
/* The same, counting attempts of this thread alone. */
void mirror_fail_nth_here(enum mirror_fault kind, unsigned long nth);
/* Fails one in @one_in at random, until set to 0. */
void mirror_fail_random(enum mirror_fault kind, unsigned int one_in);
/* Attempts, and injected failures, since the last mirror_fail_reset(). */
unsigned long mirror_fail_attempts(enum mirror_fault kind);
unsigned long mirror_fail_fired(enum mirror_fault kind);
void mirror_fail_reset(void);

static inline void mirror_fail_page_nth(unsigned long nth)
{
	mirror_fail_nth(MIRROR_FAULT_PAGES, nth);
}

/* A foreign free of the page at @addr, as a stray kfree() would do it. */
void mirror_stray_put(const void *addr);
/* How many of those qr_pages_put() has found. */
unsigned long mirror_stray_puts(void);

/* ------------------------------------------------------------- contexts */

/* Runs @fn as an interrupt of this thread; false with interrupts off. */
bool mirror_interrupt(void (*fn)(void *data), void *data);
void mirror_softirq(void (*fn)(void *data), void *data);
/* Runs whatever is off. */
void mirror_nmi(void (*fn)(void *data), void *data);

/*
 * An interrupt at the @nth point from now where this thread can be
 * interrupted: preempt_disable(), preempt_enable(), barrier() and interrupts
 * going on again.  0 disarms.
 */
void mirror_interrupt_arm(unsigned long nth, void (*fn)(void *data),
			  void *data);
/* The same, over and over, every @nth point. */
void mirror_interrupt_every(unsigned long nth, void (*fn)(void *data),
			    void *data);
/* How many such interrupts this thread has had since it armed one. */
unsigned long mirror_interrupts(void);

/*
 * An interrupt of this thread every @usec microseconds, at any instruction,
 * by a signal; held back while interrupts are off.  0 stops it.
 */
int mirror_interrupt_timer(unsigned int usec, void (*fn)(void *data),
			   void *data);

/*
 * The caller is in atomic context of its own between these two, as under a
 * spinlock of a driver: sleeping aborts, and is not core's doing.
 */
void mirror_atomic_begin(void);
void mirror_atomic_end(void);

/* Moves jiffies on, to test ages and wrapping. */
void mirror_advance_jiffies(unsigned long ticks);

/* Prints and aborts. */
__attribute__((noreturn, format(printf, 1, 2)))
void mirror_panic(const char *fmt, ...);

#ifdef __cplusplus
}
#endif

#endif /* _QUARRY_MIRROR_H */
