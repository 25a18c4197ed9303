// SPDX-License-Identifier: GPL-2.0-only
/*
 * threads.c - pointers that only a thread has: on its stack, in a register, and
 * in the part of its stack that it has left.  The threads live from commit to
 * forget.
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/sched/task_stack.h>
#include <linux/slab.h>

#include <quarry/quarry.h>

#include "tour.h"

#define THREADS_MAX	16

static struct task_struct *threads[THREADS_MAX];
static unsigned int nr_threads;
static DECLARE_COMPLETION(at_rest);

static void thread_start(int (*body)(void *))
{
	struct task_struct *thread;

	reinit_completion(&at_rest);
	thread = kthread_run(body, NULL, "quarry_tour");
	if (IS_ERR(thread)) {
		noted(NULL);
		return;
	}
	threads[nr_threads++] = thread;
	wait_for_completion(&at_rest);
}

static void threads_stop(void)
{
	while (nr_threads)
		kthread_stop(threads[--nr_threads]);
}

/* The thread sleeps until it is stopped. */
static noinline void rest(void)
{
	complete(&at_rest);
	set_current_state(TASK_INTERRUPTIBLE);
	while (!kthread_should_stop()) {
		schedule();
		set_current_state(TASK_INTERRUPTIBLE);
	}
	__set_current_state(TASK_RUNNING);
}

static noinline int sleep_with_local(void *unused)
{
	void *volatile local = noted(quarry_alloc(500, GFP_KERNEL));

	rest();
	return local ? 0 : -ENOMEM;
}

static void on_stack_commit(void)
{
	thread_start(sleep_with_local);
}

const struct tour_case tour_on_stack = {
	.name = "on_stack",
	.mistake = "None: a local variable of a sleeping thread points to it.",
	.func = "sleep_with_local",
	.expect = { .held = 1 },
	.commit = on_stack_commit,
	.forget = threads_stop,
};

/*
 * Each of them has one cell of kmalloc() that points to it, and is given another
 * all the time: what a scan has looked at and what it will look at change places.
 */
#define MOVING	64

struct cell {
	void *object;
	char rest[56];
};

static struct cell *moving[MOVING];

static noinline void *get_moved(void)
{
	return noted(quarry_alloc(200, GFP_KERNEL));
}

static int keep_moving(void *unused)
{
	unsigned int i;

	for (i = 0; i < MOVING; i++) {
		moving[i] = kzalloc(sizeof(*moving[i]), GFP_KERNEL);
		if (moving[i])
			moving[i]->object = get_moved();
	}
	complete(&at_rest);
	while (!kthread_should_stop()) {
		for (i = 0; i < MOVING; i++) {
			struct cell *cell = moving[i];
			struct cell *next = kmemdup(cell, sizeof(*cell),
						    GFP_KERNEL);

			if (!next)
				continue;
			WRITE_ONCE(moving[i], next);
			kfree(cell);
		}
		usleep_range(500, 1000);
	}
	for (i = 0; i < MOVING; i++)
		kfree_sensitive(moving[i]);
	return 0;
}

static void moving_commit(void)
{
	thread_start(keep_moving);
}

const struct tour_case tour_moving = {
	.name = "moving",
	.mistake = "None: each is in a kmalloc() structure, and these are replaced all the time.",
	.func = "get_moved",
	.expect = { .held = MOVING },
	.commit = moving_commit,
	.forget = threads_stop,
};

/* What lives across a call, and is not spilled, is in a callee-saved register. */
static noinline int sleep_with_register(void *unused)
{
	void *kept = noted(quarry_alloc(500, GFP_KERNEL));

	asm volatile("" : "+r" (kept));
	rest();
	asm volatile("" : "+r" (kept));
	return 0;
}

static void in_register_commit(void)
{
	thread_start(sleep_with_register);
}

const struct tour_case tour_in_register = {
	.name = "in_register",
	.mistake = "None: a sleeping thread has the pointer in a register.",
	.func = "sleep_with_register",
	.expect = { .held = 1 },
	.commit = in_register_commit,
	.forget = threads_stop,
};

static noinline int run_with_register(void *unused)
{
	void *kept = noted(quarry_alloc(500, GFP_KERNEL));

	complete(&at_rest);
	while (!kthread_should_stop()) {
		asm volatile("" : "+r" (kept));
		cond_resched();
		cpu_relax();
	}
	asm volatile("" : "+r" (kept));
	return 0;
}

static void in_running_register_commit(void)
{
	thread_start(run_with_register);
}

const struct tour_case tour_in_running_register = {
	.name = "in_running_register",
	.mistake = "None: a running thread has the pointer in a register.",
	.func = "run_with_register",
	.expect = { .held = 1 },
	.commit = in_running_register_commit,
	.forget = threads_stop,
};

/* Each time that it is looked for it may run, or sleep, or fall asleep. */
static noinline int nap_with_local(void *unused)
{
	void *volatile local = noted(quarry_alloc(500, GFP_KERNEL));

	complete(&at_rest);
	while (!kthread_should_stop()) {
		udelay(200);
		usleep_range(500, 1000);
	}
	return local ? 0 : -ENOMEM;
}

static void on_busy_stacks_commit(void)
{
	int i;

	for (i = 0; i < THREADS_MAX; i++)
		thread_start(nap_with_local);
}

const struct tour_case tour_on_busy_stacks = {
	.name = "on_busy_stacks",
	.mistake = "None: variables of threads that sleep and run point to them.",
	.func = "nap_with_local",
	.expect = { .held = THREADS_MAX },
	.commit = on_busy_stacks_commit,
	.forget = threads_stop,
};

static noinline void fill_frame(void)
{
	void *volatile copy[32];
	int i;

	copy[0] = noted(quarry_alloc(500, GFP_KERNEL));
	for (i = 1; i < ARRAY_SIZE(copy); i++)
		copy[i] = copy[0];
}

/* As deep as neither rest() nor the end of a thread reaches. */
static noinline void go_deep(void (*fill)(void))
{
	volatile char room[1536];

	room[0] = 0;
	fill();
	room[sizeof(room) - 1] = 0;
}

static int sleep_above(void *unused)
{
	go_deep(fill_frame);
	rest();
	return 0;
}

static void dead_stack_commit(void)
{
	thread_start(sleep_above);
}

const struct tour_case tour_dead_stack = {
	.name = "dead_stack",
	.mistake = "Copies are left where a sleeping thread's stack once was.",
	.func = "fill_frame",
	.expect = { .lost = 1 },
	.commit = dead_stack_commit,
	.forget = threads_stop,
};

/* Where the idle task was when it started the kernel, and never is again. */
static unsigned long *idle_word;
static unsigned long idle_kept;

static noinline void leave_in_idle(void)
{
	void *volatile copy = noted(quarry_alloc(500, GFP_KERNEL));

	*idle_word = (unsigned long)copy;
}

static void idle_stack_commit(void)
{
	idle_word = (unsigned long *)task_stack_page(&init_task) + 32;
	idle_kept = *idle_word;
	leave_in_idle();
}

static void idle_stack_finish(void)
{
	*idle_word = idle_kept;
}

const struct tour_case tour_idle_stack = {
	.name = "idle_stack",
	.mistake = "A copy is left where the idle task's stack was at boot.",
	.func = "leave_in_idle",
	.expect = { .lost = 1 },
	.commit = idle_stack_commit,
	.finish = idle_stack_finish,
};

/* Where it sleeps is what the kernel remembers of its stack, until it does again. */
static noinline void fill_and_sleep(void)
{
	void *volatile copy[32];
	int i;

	copy[0] = noted(quarry_alloc(500, GFP_KERNEL));
	for (i = 1; i < ARRAY_SIZE(copy); i++)
		copy[i] = copy[0];
	msleep(1);
	/* This frame stands until then: no jump there. */
	barrier();
}

/* Says that it sleeps, and does so much later. */
static int fall_asleep(void *unused)
{
	unsigned long end;

	go_deep(fill_and_sleep);
	set_current_state(TASK_INTERRUPTIBLE);
	complete(&at_rest);
	for (end = jiffies + 2 * HZ; time_before(jiffies, end);)
		cpu_relax();
	__set_current_state(TASK_RUNNING);
	rest();
	return 0;
}

static void falling_asleep_commit(void)
{
	thread_start(fall_asleep);
}

const struct tour_case tour_falling_asleep = {
	.name = "falling_asleep",
	.mistake = "Copies are left where a thread slept before, and it is not asleep yet.",
	.func = "fill_and_sleep",
	.expect = { .lost = 1 },
	.commit = falling_asleep_commit,
	.forget = threads_stop,
};

static DECLARE_COMPLETION(may_end);

static noinline void fill_last(void)
{
	void *volatile copy[32];
	int i;

	/* Zeroed: SLUB's own link to the next of these may be in it, in the clear. */
	copy[0] = noted(quarry_zalloc(500, GFP_KERNEL));
	for (i = 1; i < ARRAY_SIZE(copy); i++)
		copy[i] = copy[0];
}

static int work_and_end(void *unused)
{
	go_deep(fill_last);
	complete(&at_rest);
	wait_for_completion(&may_end);
	return 0;
}

static int rest_only(void *unused)
{
	rest();
	return 0;
}

/* All of them at once; when this returns none has a stack any more. */
static void threads_end(void)
{
	int i;

	for (i = 0; i < nr_threads; i++)
		get_task_struct(threads[i]);
	complete_all(&may_end);
	while (nr_threads) {
		struct task_struct *thread = threads[--nr_threads];

		while (READ_ONCE(thread->stack))
			usleep_range(50, 100);
		put_task_struct(thread);
	}
}

/*
 * The kernel keeps two stacks a CPU for new tasks.  The new threads get them, and
 * the next ones it keeps have been waiting to be freed: it has written into them.
 */
static void ended_threads_commit(void)
{
	int i;

	reinit_completion(&may_end);
	for (i = 0; i < THREADS_MAX; i++)
		thread_start(work_and_end);
	threads_end();
	for (i = 0; i < 4; i++)
		thread_start(rest_only);
	msleep(100);
}

const struct tour_case tour_ended_threads = {
	.name = "ended_threads",
	.mistake = "Threads end; copies are left where their stacks were.",
	.func = "fill_last",
	.expect = { .lost = THREADS_MAX },
	.commit = ended_threads_commit,
	.forget = threads_stop,
};
