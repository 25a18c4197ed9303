// SPDX-License-Identifier: GPL-2.0-only
/*
 * cpu.c - a thread is a CPU.  It becomes the lowest free one on first use.
 * When it exits it is CPU hotplug: the worker, a thread with a CPU of its own,
 * runs the hook for the dead CPU, and only then may another thread have it.
 * cpus_lock is a pthread mutex, never taken in a simulated interrupt.
 */
#include <pthread.h>
#include <signal.h>

#include <linux/cpumask.h>
#include <linux/jiffies.h>
#include <linux/string.h>

#include "machine.h"

#define TICK_USEC	(USEC_PER_SEC / HZ)

enum {
	CPU_FREE,
	CPU_ONLINE,
	CPU_DYING,	/* its thread waits for the worker */
	CPU_DEAD,	/* the worker is done with it */
};

struct mirror_cpu mirror_cpus[NR_CPUS];
unsigned int nr_cpu_ids = NR_CPUS;
__thread struct mirror_cpu *mirror_cpu MIRROR_TLS;
__thread unsigned int mirror_hooks MIRROR_TLS;
void (*mirror_cpu_dead)(unsigned int cpu);
void (*mirror_put_off)(void);

static pthread_mutex_t cpus_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cpus_changed = PTHREAD_COND_INITIALIZER;
static pthread_once_t key_once = PTHREAD_ONCE_INIT;
static pthread_key_t key;

static struct {
	pthread_t thread;
	bool running;
	bool stop;
	/* Moved by whoever has work; see machine.h for events. */
	u32 event;
	/* Rounds asked for and done; under cpus_lock. */
	u64 asked;
	u64 done;
} worker;

static void cpu_take(struct mirror_cpu *cpu, unsigned int id)
{
	cpu->id = id;
	memset(cpu->fail_in, 0, sizeof(cpu->fail_in));
	WRITE_ONCE(cpu->state, CPU_ONLINE);
	mirror_cpu = cpu;
	if (mirror_no_membarrier)
		mirror_hooks |= MIRROR_HOOK_FENCE;
}

static struct mirror_cpu *cpu_find_locked(int state)
{
	unsigned int id;

	for (id = 0; id < nr_cpu_ids; id++)
		if (mirror_cpus[id].state == state &&
		    (state != CPU_FREE || id < MIRROR_CPU_RCU))
			return &mirror_cpus[id];
	return NULL;
}

static void check_quiet(const struct mirror_cpu *cpu)
{
	if (cpu->nest || cpu->irqs_off || cpu->locks || cpu->mutexes)
		mirror_panic("CPU %u: thread exits with preemption off %u, interrupts off %u, locks %u, mutexes %u",
			     cpu->id, cpu->nest, cpu->irqs_off, cpu->locks,
			     cpu->mutexes);
}

/* Runs as the thread exits. */
static void cpu_offline(void *data)
{
	struct mirror_cpu *cpu = data;

	check_quiet(cpu);
	mirror_interrupts_stop();
	pthread_mutex_lock(&cpus_lock);
	mirror_cpu = NULL;
	mirror_hooks = 0;
	if (READ_ONCE(mirror_cpu_dead) && worker.running) {
		WRITE_ONCE(cpu->state, CPU_DYING);
		mirror_worker_wake();
		while (cpu->state != CPU_DEAD)
			pthread_cond_wait(&cpus_changed, &cpus_lock);
	}
	WRITE_ONCE(cpu->state, CPU_FREE);
	pthread_cond_broadcast(&cpus_changed);
	pthread_mutex_unlock(&cpus_lock);
}

static void key_create(void)
{
	if (pthread_key_create(&key, cpu_offline))
		mirror_panic("no thread key to be had");
}

/* Signals wait, so that no simulated interrupt sees half a CPU. */
struct mirror_cpu *mirror_cpu_attach(void)
{
	struct mirror_cpu *cpu;
	sigset_t all, was;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &was);
	pthread_once(&key_once, key_create);
	pthread_mutex_lock(&cpus_lock);
	while (!(cpu = cpu_find_locked(CPU_FREE)))
		pthread_cond_wait(&cpus_changed, &cpus_lock);
	cpu_take(cpu, cpu - mirror_cpus);
	pthread_setspecific(key, cpu);
	pthread_mutex_unlock(&cpus_lock);
	pthread_sigmask(SIG_SETMASK, &was, NULL);
	return cpu;
}

void mirror_cpu_attach_as(unsigned int id)
{
	pthread_mutex_lock(&cpus_lock);
	cpu_take(&mirror_cpus[id], id);
	pthread_mutex_unlock(&cpus_lock);
}

void mirror_cpu_detach(void)
{
	check_quiet(mirror_cpu);
	pthread_mutex_lock(&cpus_lock);
	WRITE_ONCE(mirror_cpu->state, CPU_FREE);
	mirror_cpu = NULL;
	mirror_hooks = 0;
	pthread_cond_broadcast(&cpus_changed);
	pthread_mutex_unlock(&cpus_lock);
}

bool mirror_cpu_online(unsigned int cpu)
{
	return READ_ONCE(mirror_cpus[cpu].state) == CPU_ONLINE;
}

void mirror_cpus_init(unsigned int cpus)
{
	nr_cpu_ids = cpus;
}

/* ---------------------------------------------------------------- worker */

static void bury_dead(void)
{
	void (*dead)(unsigned int cpu);
	struct mirror_cpu *cpu;

	pthread_mutex_lock(&cpus_lock);
	while ((cpu = cpu_find_locked(CPU_DYING))) {
		pthread_mutex_unlock(&cpus_lock);
		dead = READ_ONCE(mirror_cpu_dead);
		if (dead)
			dead(cpu->id);
		pthread_mutex_lock(&cpus_lock);
		WRITE_ONCE(cpu->state, CPU_DEAD);
		pthread_cond_broadcast(&cpus_changed);
	}
	pthread_mutex_unlock(&cpus_lock);
}

static void worker_round(void)
{
	void (*put_off)(void);
	u64 asked;

	pthread_mutex_lock(&cpus_lock);
	asked = worker.asked;
	pthread_mutex_unlock(&cpus_lock);
	bury_dead();
	put_off = READ_ONCE(mirror_put_off);
	if (put_off)
		put_off();
	mirror_vruns_reap();
	pthread_mutex_lock(&cpus_lock);
	worker.done = asked;
	pthread_cond_broadcast(&cpus_changed);
	pthread_mutex_unlock(&cpus_lock);
}

static void *worker_main(void *unused)
{
	mirror_cpu_attach_as(MIRROR_CPU_WORKER);
	for (;;) {
		u32 seen = mirror_event_read(&worker.event);
		bool stop = READ_ONCE(worker.stop);

		worker_round();
		if (stop)
			break;
		while (!mirror_event_wait_for(&worker.event, seen, TICK_USEC))
			mirror_tick();
	}
	mirror_cpu_detach();
	return unused;
}

int mirror_worker_start(void)
{
	int err;

	pthread_mutex_lock(&cpus_lock);
	WRITE_ONCE(worker.stop, false);
	err = -pthread_create(&worker.thread, NULL, worker_main, NULL);
	worker.running = !err;
	pthread_mutex_unlock(&cpus_lock);
	return err;
}

void mirror_worker_stop(void)
{
	if (!worker.running)
		return;
	WRITE_ONCE(worker.stop, true);
	mirror_worker_wake();
	pthread_join(worker.thread, NULL);
	pthread_mutex_lock(&cpus_lock);
	worker.running = false;
	pthread_mutex_unlock(&cpus_lock);
}

void mirror_worker_wake(void)
{
	mirror_event_wake(&worker.event);
}

void mirror_worker_flush(void)
{
	u64 asked;

	mirror_might_sleep("mirror_worker_flush()");
	pthread_mutex_lock(&cpus_lock);
	asked = ++worker.asked;
	mirror_worker_wake();
	while (worker.running && worker.done < asked)
		pthread_cond_wait(&cpus_changed, &cpus_lock);
	pthread_mutex_unlock(&cpus_lock);
}
