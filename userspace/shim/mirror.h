/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mirror.h - the machine that the mirror pretends to be: a thread is a CPU,
 * with a preemption count, an interrupt flag and the contexts it can be in.
 *
 * Included by the shims that need it.  A thread gets its CPU on first use and
 * gives it back when it exits; cpu.c has the life of a CPU, irq.c interrupts.
 */
#ifndef _MIRROR_H
#define _MIRROR_H

#include <stdbool.h>
#include <stdint.h>

/* Bounds of the simulated machine. */
#define NR_CPUS			320
#define MAX_NUMNODES		8

/* Bytes of per-CPU memory a CPU has, and what one allocation may take. */
#define MIRROR_PERCPU_UNIT	(1UL << 20)
#define MIRROR_PERCPU_MAX	(32UL << 10)

/* mirror_hooks: why preempt_disable() and barrier() look further. */
#define MIRROR_HOOK_POINT	0x1	/* an interrupt is armed */
#define MIRROR_HOOK_FENCE	0x2	/* membarrier() is not to be had */

/*
 * One simulated CPU.  Written by the thread that is it; @nest and @passes are
 * read by synchronize_rcu() of others, @state is under the lock of cpu.c.
 */
struct mirror_cpu {
	/* Depth of regions with preemption off, RCU readers included. */
	uint32_t nest;
	/* Times @nest has returned to 0. */
	uint32_t passes;
	/* What turns a per-CPU pointer into an address. */
	unsigned long percpu_offset;
	unsigned int id;
	/* Depth of local_irq_save(). */
	unsigned int irqs_off;
	/* Depth of each context; 0 in all three is a task. */
	uint8_t hardirq, softirq, nmi;
	/* An asynchronous interrupt waits for local_irq_restore(). */
	bool irq_pending;
	/* Inside direct reclaim. */
	bool reclaiming;
	/* Raw spinlocks and mutexes held, and the name of the last. */
	unsigned int locks, mutexes;
	const char *lock_name;
	/* @nest, @irqs_off and @locks that belong to who was interrupted. */
	unsigned int base_nest, base_irqs_off, base_locks;
	uint64_t random;
	/* Allocations until the injected failure, by enum mirror_fault. */
	unsigned long fail_in[3];
	int state;
} __attribute__((aligned(128)));

extern struct mirror_cpu mirror_cpus[NR_CPUS];
extern unsigned int nr_cpu_ids;

#define MIRROR_TLS __attribute__((tls_model("initial-exec")))
extern __thread struct mirror_cpu *mirror_cpu MIRROR_TLS;
extern __thread unsigned int mirror_hooks MIRROR_TLS;

struct mirror_cpu *mirror_cpu_attach(void);
void mirror_hook(void);
void mirror_interrupt_pending(struct mirror_cpu *cpu);

__attribute__((noreturn, format(printf, 1, 2), cold))
void mirror_panic(const char *fmt, ...);

static inline __attribute__((always_inline)) struct mirror_cpu *mirror_self(void)
{
	struct mirror_cpu *cpu = mirror_cpu;

	return __builtin_expect(!!cpu, 1) ? cpu : mirror_cpu_attach();
}

/* Aborts, naming @what, with preemption and interrupts on. */
static inline __attribute__((always_inline)) void mirror_check_pinned(const char *what)
{
	struct mirror_cpu *cpu = mirror_self();

	if (__builtin_expect(!cpu->nest && !cpu->irqs_off, 0))
		mirror_panic("%s with preemption on", what);
}

/* A place where an armed interrupt may strike, and a CPU fence if need be. */
static inline __attribute__((always_inline)) void mirror_point(void)
{
	if (__builtin_expect(mirror_hooks, 0))
		mirror_hook();
}

/* Whether this CPU may sleep: a task, preemption and interrupts on. */
bool mirror_may_sleep(void);
/* Aborts, naming @what, where this CPU may not sleep. */
void mirror_might_sleep(const char *what);
/* Aborts where a lock is held or preemption is off, callers' own excepted. */
void mirror_check_unlocked(const char *what);

#endif /* _MIRROR_H */
