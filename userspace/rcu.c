// SPDX-License-Identifier: GPL-2.0-only
/*
 * rcu.c - grace periods.  A reader is a CPU with preemption off; waiting for
 * all of them is watching each until it has been out of its region once.  The
 * queue of callbacks is lock-free, so that an interrupt may call_rcu().
 */
#include <linux/membarrier.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <linux/rcupdate.h>

#include "machine.h"

bool mirror_no_membarrier;

/* Newest first. */
static struct rcu_head *queue;

static struct {
	pthread_t thread;
	bool running;
	bool stop;
	u32 event;
	/* Who waits in rcu_barrier(). */
	u32 hurried;
} reclaimer;

/* Orders all that this thread did before all that a later reader reads. */
static void fence_everywhere(void)
{
	if (mirror_no_membarrier)
		__sync_synchronize();
	else if (syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0))
		mirror_panic("membarrier() was to be had, and is not");
}

static void wait_a_little(unsigned int times)
{
	struct timespec little = { .tv_nsec = 50000 };

	if (times < 20)
		sched_yield();
	else
		nanosleep(&little, NULL);
}

/* The acquires pair with the releases of preempt_enable(). */
static void wait_for(const struct mirror_cpu *cpu)
{
	u32 passes = smp_load_acquire(&cpu->passes);
	unsigned int times = 0;

	while (smp_load_acquire(&cpu->nest) &&
	       smp_load_acquire(&cpu->passes) == passes)
		wait_a_little(times++);
}

static void wait_for_readers(void)
{
	unsigned int id;

	fence_everywhere();
	for (id = 0; id < nr_cpu_ids; id++)
		if (&mirror_cpus[id] != mirror_cpu)
			wait_for(&mirror_cpus[id]);
	fence_everywhere();
}

void synchronize_rcu(void)
{
	mirror_might_sleep("synchronize_rcu()");
	wait_for_readers();
}

void call_rcu(struct rcu_head *head, void (*func)(struct rcu_head *head))
{
	struct rcu_head *first = READ_ONCE(queue);

	if (!READ_ONCE(reclaimer.running))
		mirror_panic("call_rcu() before the machine is initialised");
	head->func = func;
	do {
		head->next = first;
	} while (!__atomic_compare_exchange_n(&queue, &first, head, 0,
					      __ATOMIC_RELEASE,
					      __ATOMIC_RELAXED));
	/* Else whoever was first has woken it, and it has not taken them yet. */
	if (!first)
		mirror_event_wake(&reclaimer.event);
}

struct barrier_head {
	struct rcu_head head;
	u32 event;
};

static void barrier_reached(struct rcu_head *head)
{
	mirror_event_wake(&((struct barrier_head *)head)->event);
}

/* Callbacks run in the order they were queued in: the last one is last. */
void rcu_barrier(void)
{
	struct barrier_head last = { .event = 0 };

	mirror_might_sleep("rcu_barrier()");
	__atomic_add_fetch(&reclaimer.hurried, 1, __ATOMIC_RELAXED);
	call_rcu(&last.head, barrier_reached);
	while (!mirror_event_read(&last.event))
		mirror_event_wait(&last.event, 0);
	__atomic_sub_fetch(&reclaimer.hurried, 1, __ATOMIC_RELAXED);
}

static struct rcu_head *take_all_oldest_first(void)
{
	struct rcu_head *head = __atomic_exchange_n(&queue, NULL,
						    __ATOMIC_ACQUIRE);
	struct rcu_head *list = NULL;

	while (head) {
		struct rcu_head *next = head->next;

		head->next = list;
		list = head;
		head = next;
	}
	return list;
}

/* In softirq, where the kernel runs them: they must not sleep. */
static void run_callbacks(struct rcu_head *head)
{
	while (head) {
		struct rcu_head *next = head->next;
		struct mirror_context was;

		mirror_context_enter(&was, &mirror_cpu->softirq);
		head->func(head);
		mirror_context_leave(&was, &mirror_cpu->softirq);
		head = next;
	}
}

/* More than the frames of a thread that sleeps. */
#define APART_BYTES	(16U << 10)

/* Below those, so that a scan takes nothing that callbacks leave for live. */
static noinline void run_apart(struct rcu_head *list)
{
	char apart[APART_BYTES];

	barrier_data(apart);
	run_callbacks(list);
	barrier_data(apart);
}

/* Grace periods cost everybody something: one for all that come in a while. */
static void gather(void)
{
	struct timespec pause = { .tv_nsec = 200000 };

	if (!__atomic_load_n(&reclaimer.hurried, __ATOMIC_RELAXED))
		nanosleep(&pause, NULL);
}

static void *reclaimer_main(void *unused)
{
	mirror_cpu_attach_as(MIRROR_CPU_RCU);
	for (;;) {
		u32 seen = mirror_event_read(&reclaimer.event);
		bool stop = READ_ONCE(reclaimer.stop);
		struct rcu_head *list;

		if (READ_ONCE(queue))
			gather();
		list = take_all_oldest_first();
		if (list) {
			wait_for_readers();
			run_apart(list);
			continue;
		}
		if (stop)
			break;
		mirror_event_wait(&reclaimer.event, seen);
	}
	mirror_cpu_detach();
	return unused;
}

int mirror_rcu_start(void)
{
	int err;

	mirror_no_membarrier = getenv("QUARRY_NO_MEMBARRIER") ||
		syscall(SYS_membarrier,
			MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0);
	reclaimer.stop = false;
	err = -pthread_create(&reclaimer.thread, NULL, reclaimer_main, NULL);
	WRITE_ONCE(reclaimer.running, !err);
	return err;
}

void mirror_rcu_stop(void)
{
	if (!reclaimer.running)
		return;
	WRITE_ONCE(reclaimer.stop, true);
	mirror_event_wake(&reclaimer.event);
	pthread_join(reclaimer.thread, NULL);
	WRITE_ONCE(reclaimer.running, false);
}
