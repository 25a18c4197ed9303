// SPDX-License-Identifier: GPL-2.0-only
/*
 * irq.c - contexts of a simulated CPU: interrupts off and on, interrupts at
 * chosen points or from a timer, softirq, NMI, and who may sleep.  All state
 * belongs to the thread; a signal handler is the only other that sees it.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <linux/preempt.h>

#include "machine.h"

#define TIMER_SIGNAL	(SIGRTMIN + 4)

struct source {
	void (*fn)(void *data);
	void *data;
};

/* Interrupts at points: left until the next, and what follows. */
static __thread struct {
	struct source source;
	unsigned long left;
	unsigned long every;
	unsigned long fired;
} armed MIRROR_TLS;

static __thread struct {
	struct source source;
	timer_t timer;
	bool running;
} ticking MIRROR_TLS;

/* ------------------------------------------------------ who may do what */

bool mirror_may_sleep(void)
{
	struct mirror_cpu *cpu = mirror_self();

	return !cpu->nest && !cpu->irqs_off && !cpu->hardirq &&
	       !cpu->softirq && !cpu->nmi;
}

void mirror_might_sleep(const char *what)
{
	struct mirror_cpu *cpu = mirror_self();

	if (!mirror_may_sleep())
		mirror_panic("%s may sleep, with preemption off %u, interrupts off %u, in hardirq %u, softirq %u, nmi %u",
			     what, cpu->nest, cpu->irqs_off, cpu->hardirq,
			     cpu->softirq, cpu->nmi);
}

void mirror_check_unlocked(const char *what)
{
	struct mirror_cpu *cpu = mirror_self();

	if (cpu->locks != cpu->base_locks)
		mirror_panic("%s with lock %s held", what, cpu->lock_name);
	if (cpu->nest != cpu->base_nest || cpu->irqs_off != cpu->base_irqs_off)
		mirror_panic("%s with preemption or interrupts off", what);
}

/* ----------------------------------------------------- interrupts off/on */

unsigned long mirror_irq_save(void)
{
	struct mirror_cpu *cpu = mirror_self();
	unsigned int was = cpu->irqs_off;

	WRITE_ONCE(cpu->irqs_off, was + 1);
	barrier_data(cpu);
	return was;
}

void mirror_irq_restore(unsigned long flags)
{
	struct mirror_cpu *cpu = mirror_self();

	if (cpu->irqs_off != flags + 1)
		mirror_panic("local_irq_restore(%lu) with interrupts off %u deep",
			     flags, cpu->irqs_off);
	barrier_data(cpu);
	WRITE_ONCE(cpu->irqs_off, flags);
	if (flags)
		return;
	if (unlikely(READ_ONCE(cpu->irq_pending)))
		mirror_interrupt_pending(cpu);
	mirror_point();
}

/* -------------------------------------------------------------- contexts */

void mirror_context_enter(struct mirror_context *was, u8 *depth)
{
	struct mirror_cpu *cpu = mirror_self();

	*was = (struct mirror_context) {
		.nest = cpu->nest,
		.irqs_off = cpu->irqs_off,
		.locks = cpu->locks,
		.base_nest = cpu->base_nest,
		.base_irqs_off = cpu->base_irqs_off,
		.base_locks = cpu->base_locks,
	};
	++*depth;
	WRITE_ONCE(cpu->nest, cpu->nest + 1);
	if (depth != &cpu->softirq)
		WRITE_ONCE(cpu->irqs_off, cpu->irqs_off + 1);
	/* Always, not only where membarrier() is missing: this is no fast path. */
	__sync_synchronize();
	cpu->base_nest = cpu->nest;
	cpu->base_irqs_off = cpu->irqs_off;
	cpu->base_locks = cpu->locks;
}

void mirror_context_leave(const struct mirror_context *was, u8 *depth)
{
	struct mirror_cpu *cpu = mirror_self();

	mirror_check_unlocked("leaving a simulated interrupt");
	cpu->base_nest = was->base_nest;
	cpu->base_irqs_off = was->base_irqs_off;
	cpu->base_locks = was->base_locks;
	WRITE_ONCE(cpu->irqs_off, was->irqs_off);
	/* As preempt_enable(): pairs with synchronize_rcu(). */
	smp_store_release(&cpu->passes, cpu->passes + !was->nest);
	smp_store_release(&cpu->nest, was->nest);
	--*depth;
}

static void run_in(u8 *depth, const struct source *source)
{
	struct mirror_context was;

	mirror_context_enter(&was, depth);
	source->fn(source->data);
	mirror_context_leave(&was, depth);
}

static bool interruptible(const struct mirror_cpu *cpu)
{
	return !cpu->irqs_off && !cpu->hardirq && !cpu->nmi;
}

bool mirror_interrupt(void (*fn)(void *data), void *data)
{
	struct mirror_cpu *cpu = mirror_self();

	if (!interruptible(cpu))
		return false;
	run_in(&cpu->hardirq, &(struct source) { fn, data });
	return true;
}

void mirror_softirq(void (*fn)(void *data), void *data)
{
	run_in(&mirror_self()->softirq, &(struct source) { fn, data });
}

void mirror_nmi(void (*fn)(void *data), void *data)
{
	run_in(&mirror_self()->nmi, &(struct source) { fn, data });
}

void mirror_atomic_begin(void)
{
	struct mirror_cpu *cpu = mirror_self();

	preempt_disable();
	cpu->base_nest++;
}

void mirror_atomic_end(void)
{
	struct mirror_cpu *cpu = mirror_self();

	cpu->base_nest--;
	preempt_enable();
}

/* ------------------------------------------------- interrupts at points */

void mirror_hook(void)
{
	struct mirror_cpu *cpu = mirror_cpu;

	if (mirror_hooks & MIRROR_HOOK_FENCE)
		__sync_synchronize();
	if (!(mirror_hooks & MIRROR_HOOK_POINT) || !cpu || !interruptible(cpu))
		return;
	if (--armed.left)
		return;
	armed.left = armed.every;
	if (!armed.every)
		mirror_hooks &= ~MIRROR_HOOK_POINT;
	armed.fired++;
	run_in(&cpu->hardirq, &armed.source);
}

static void arm(unsigned long nth, unsigned long every,
		void (*fn)(void *data), void *data)
{
	mirror_self();
	mirror_hooks &= ~MIRROR_HOOK_POINT;
	armed.source = (struct source) { fn, data };
	armed.left = nth;
	armed.every = every;
	armed.fired = 0;
	barrier_data(&armed);
	if (nth)
		mirror_hooks |= MIRROR_HOOK_POINT;
}

void mirror_interrupt_arm(unsigned long nth, void (*fn)(void *data), void *data)
{
	arm(nth, 0, fn, data);
}

void mirror_interrupt_every(unsigned long nth, void (*fn)(void *data),
			    void *data)
{
	arm(nth, nth, fn, data);
}

unsigned long mirror_interrupts(void)
{
	return armed.fired;
}

/* --------------------------------------------- interrupts from a timer */

void mirror_interrupt_pending(struct mirror_cpu *cpu)
{
	WRITE_ONCE(cpu->irq_pending, false);
	if (ticking.running) {
		armed.fired++;
		run_in(&cpu->hardirq, &ticking.source);
	}
}

static void on_signal(int signal)
{
	struct mirror_cpu *cpu = mirror_cpu;
	int err = errno;

	(void)signal;
	if (!cpu || !ticking.running)
		return;
	if (interruptible(cpu))
		mirror_interrupt_pending(cpu);
	else
		WRITE_ONCE(cpu->irq_pending, true);
	errno = err;
}

static int timer_start(unsigned int usec)
{
	struct sigaction action = { .sa_handler = on_signal,
				    .sa_flags = SA_RESTART };
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID,
				  .sigev_signo = TIMER_SIGNAL };
	struct itimerspec when;

	when.it_interval.tv_sec = usec / 1000000;
	when.it_interval.tv_nsec = usec % 1000000 * 1000L;
	when.it_value = when.it_interval;
	event._sigev_un._tid = syscall(SYS_gettid);
	if (sigaction(TIMER_SIGNAL, &action, NULL) ||
	    timer_create(CLOCK_MONOTONIC, &event, &ticking.timer))
		return -errno;
	ticking.running = true;
	if (timer_settime(ticking.timer, 0, &when, NULL)) {
		int err = -errno;

		mirror_interrupts_stop();
		return err;
	}
	return 0;
}

void mirror_interrupts_stop(void)
{
	mirror_hooks &= ~MIRROR_HOOK_POINT;
	if (!ticking.running)
		return;
	ticking.running = false;
	timer_delete(ticking.timer);
	if (mirror_cpu)
		mirror_cpu->irq_pending = false;
}

int mirror_interrupt_timer(unsigned int usec, void (*fn)(void *data),
			   void *data)
{
	mirror_self();
	mirror_interrupts_stop();
	if (!usec)
		return 0;
	armed.fired = 0;
	ticking.source = (struct source) { fn, data };
	return timer_start(usec);
}
