// SPDX-License-Identifier: GPL-2.0-only
/*
 * load.c - one thread for every possible CPU, each a player of shadow.h on
 * one stage.  Threads prefer their CPU and are moved when it goes offline.
 */
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/vmalloc.h>

#include "kmod.h"
#include "shadow.h"

#define SLOTS	1024
#define BATCH	256

struct worker {
	struct task_struct *task;
	struct qm_player player;
	struct qm_slot slot[SLOTS];
};

static struct qm_stage *stage;
static struct worker *workers;
static unsigned int nr_workers;

bool load_runs(void)
{
	return workers;
}

unsigned long load_ops(void)
{
	unsigned long ops = 0;
	unsigned int i;

	for (i = 0; i < nr_workers; i++)
		ops += READ_ONCE(workers[i].player.ops);
	return ops;
}

static int work(void *data)
{
	struct worker *worker = data;

	while (!kthread_should_stop()) {
		if (worker->player.fault)
			schedule_timeout_interruptible(HZ / 10);
		else
			qm_play(&worker->player, BATCH);
		cond_resched();
	}
	return 0;
}

/* A preference: the scheduler widens it when the CPU goes. */
static void prefer_cpu(struct task_struct *task, int cpu)
{
	if (cpu_online(cpu))
		set_cpus_allowed_ptr(task, cpumask_of(cpu));
}

static void load_free(void)
{
	vfree(workers);
	vfree(stage);
	workers = NULL;
	stage = NULL;
	nr_workers = 0;
}

static void stop_threads(void)
{
	unsigned int i;

	for (i = 0; i < nr_workers; i++) {
		if (!IS_ERR_OR_NULL(workers[i].task))
			kthread_stop(workers[i].task);
		workers[i].task = NULL;
	}
}

static int start_threads(u64 seed)
{
	unsigned int i = 0;
	int cpu;

	for_each_possible_cpu(cpu) {
		struct worker *worker = &workers[i++];

		qm_player_begin(&worker->player, stage, worker->slot, SLOTS,
				seed + cpu);
		worker->task = kthread_create(work, worker, "quarry_load/%d",
					      cpu);
		if (IS_ERR(worker->task))
			return PTR_ERR(worker->task);
		prefer_cpu(worker->task, cpu);
		wake_up_process(worker->task);
	}
	return 0;
}

int load_start(u64 seed)
{
	int err = -ENOMEM;

	stage = vzalloc(sizeof(*stage));
	workers = vzalloc(num_possible_cpus() * sizeof(*workers));
	if (!stage || !workers)
		goto err_free;
	nr_workers = num_possible_cpus();
	err = qm_stage_begin(stage, QUARRY_LEVEL_DEFAULT);
	if (err)
		goto err_free;
	stage->may_fail = true;
	stage->restless = true;
	err = start_threads(seed);
	if (!err)
		return 0;
	stop_threads();
err_free:
	load_free();
	return err;
}

bool load_stop(struct qt *t)
{
	unsigned int i;

	stop_threads();
	for (i = 0; i < nr_workers; i++) {
		struct qm_player *player = &workers[i].player;

		qm_player_end(player);
		if (player->fault)
			qt_fail(t, "thread %u: %s at %px", i, player->fault,
				(void *)player->fault_at);
	}
	qm_stage_end(stage, t);
	load_free();
	return !t->failures;
}
