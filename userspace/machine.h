/* SPDX-License-Identifier: GPL-2.0-only */
/* machine.h - what the mirror's own files ask of each other. */
#ifndef _MIRROR_MACHINE_H
#define _MIRROR_MACHINE_H

#include <sys/types.h>
#include <sys/user.h>

#include <linux/atomic.h>
#include <linux/preempt.h>
#include <linux/types.h>

#include "quarry_mirror.h"

/* cpu.c: the two CPUs that belong to threads of the machine. */
#define MIRROR_CPU_WORKER	(nr_cpu_ids - 1)
#define MIRROR_CPU_RCU		(nr_cpu_ids - 2)

/* Whether @addr lies among guarded objects, where reading may be fatal. */
bool mirror_is_guarded(const void *addr);

void mirror_cpus_init(unsigned int cpus);
/* Makes the calling thread CPU @id. */
void mirror_cpu_attach_as(unsigned int id);
/* Leaves a CPU without telling anybody. */
void mirror_cpu_detach(void);
/* Called by the worker for a CPU whose thread is gone; NULL, nobody cares. */
extern void (*mirror_cpu_dead)(unsigned int cpu);
int mirror_worker_start(void);
void mirror_worker_stop(void);
/* Has the worker look for work.  Context: any. */
void mirror_worker_wake(void);
/* Waits until the worker has done all that was asked for.  May sleep. */
void mirror_worker_flush(void);

/* event.c: sleeping until another thread has done something. */
u32 mirror_event_read(const u32 *event);
void mirror_event_wait(u32 *event, u32 seen);
/* The same, for @usec at most; false when that has passed. */
bool mirror_event_wait_for(u32 *event, u32 seen, unsigned int usec);
/* Context: any, signal handlers included. */
void mirror_event_wake(u32 *event);

/* irq.c */
struct mirror_context {
	unsigned int nest, irqs_off, locks;
	unsigned int base_nest, base_irqs_off, base_locks;
};

/* Enters hardirq, softirq or NMI, counted in @depth of this CPU. */
void mirror_context_enter(struct mirror_context *was, u8 *depth);
void mirror_context_leave(const struct mirror_context *was, u8 *depth);
void mirror_interrupts_stop(void);

/* rcu.c */
extern bool mirror_no_membarrier;
int mirror_rcu_start(void);
/* Runs what is queued, then ends. */
void mirror_rcu_stop(void);

/* percpu.c */
int mirror_percpu_init(void);
void mirror_percpu_exit(void);

/* nodes.c: the arena and its buddies. */
int mirror_arena_init(size_t bytes, unsigned long nodes, bool fill);
void mirror_arena_exit(void);
/* @nr pages in one piece, no references yet; page number + 1, or 0. */
u32 mirror_pages_take(unsigned int nr, gfp_t gfp, int nid);
void mirror_pages_return(u32 page, unsigned int nr);
/* With the pattern of fresh memory, if the machine does so. */
void mirror_fill(void *at, size_t bytes);
unsigned long mirror_nr_out(void);

/* vrun.c: unmaps runs put where that could not be done.  May sleep. */
void mirror_vruns_reap(void);
void mirror_vruns_init(void);

/* leaks.c: scans and prints where the environment asks for it. */
void mirror_leaks_at_exit(void);

/* snapshot.c */
#define MIRROR_THREADS_MAX	1024

struct mirror_thread {
	pid_t tid;
	/* Its stack is live from here on. */
	unsigned long sp;
	struct user_regs_struct regs;
};

/* All but the one that asked. */
struct mirror_threads {
	struct mirror_thread thread[MIRROR_THREADS_MAX];
	unsigned int nr;
};

/*
 * Runs @fn in a copy of the process, made while all other threads stand still,
 * of which it finds registers in @threads.  0, or -EIO or -ENOMEM.
 */
int mirror_snapshot(struct mirror_threads *threads, int (*fn)(void *data),
		    void *data);

/* fault.c */
bool mirror_fault_fires(enum mirror_fault kind);

/* time.c, random.c */
void mirror_time_init(void);
/* Brings jiffies up to date. */
void mirror_tick(void);
void mirror_random_init(u64 seed);

/* roots.c: where a scan has looked at what threads had in registers. */
bool mirror_is_registers(unsigned long at);

/* symbols.c: the variable at @at, "name+0xoffset [library]"; false: none is known. */
bool mirror_symbol_text(unsigned long at, char *buf, size_t size);
/* symbols.c: forgets what it has read. */
void mirror_symbols_exit(void);

/* quarry.c: CPU @cpu is gone; what its magazines hold goes back. */
void qr_mirror_cpu_dead(unsigned int cpu);

/*
 * What the allocator hangs on the machine; NULL while it is not loaded.  Work
 * put off runs on the worker; reclaim gives pages back and says how many.
 */
extern void (*mirror_put_off)(void);
extern unsigned long (*mirror_reclaim)(void);

#endif /* _MIRROR_MACHINE_H */
