// SPDX-License-Identifier: GPL-2.0-only
/*
 * crowd.c - several threads, each with a player of the same stream, that play
 * it into quarry over and over until they are told to stop.  Of four threads
 * one never rests; the others stay at the peak for a while, each longer than
 * the one before, so that objects of all ages live.
 */
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/vmalloc.h>

#include "../target_quarry.h"
#include "kmod.h"

struct member {
	struct task_struct *task;
	struct player *player;
	struct quarry_target state;
	/* At the peak of each round. */
	long rest_jiffies;
};

static struct member *members;
static unsigned int nr_members;

static void rest(struct member *m)
{
	unsigned long until = jiffies + m->rest_jiffies;
	long left;

	while (!kthread_should_stop()) {
		left = until - jiffies;
		if (left <= 0)
			break;
		schedule_timeout_interruptible(min_t(long, left, HZ / 5));
	}
}

static int crowd_thread(void *data)
{
	struct member *m = data;

	while (!kthread_should_stop()) {
		player_peak(m->player);
		rest(m);
		player_finish(m->player);
	}
	return 0;
}

static int member_begin(struct member *m, unsigned int i,
			const char *stream, unsigned long bytes)
{
	unsigned long error_at;
	const char *error;
	int err;

	m->state.world = &kernel_world;
	m->state.used = world_used_bytes;
	m->state.instance = i + 1;
	m->player = player_open(&kernel_world, stream, bytes, &error,
				&error_at);
	if (!m->player)
		return -EINVAL;
	err = player_begin(m->player, &target_quarry, &m->state, 1);
	if (err)
		return err;
	m->task = kthread_run(crowd_thread, m, "quarry_crowd/%u", i);
	return PTR_ERR_OR_ZERO(m->task);
}

/* 0, or not when it did not go as it should have. */
static int member_end(struct member *m)
{
	const struct player_result *r;
	int err = 0;

	if (!IS_ERR_OR_NULL(m->task))
		kthread_stop(m->task);
	if (!m->player)
		return 0;
	if (player_end(m->player))
		err = -EIO;
	r = player_result(m->player);
	pr_info("%s: %u rounds, %llu allocations, %llu failures, %llu mismatches, %llu not zeroed, %u stuck\n",
		KBUILD_MODNAME, r->rounds, r->allocs, r->failures,
		r->mismatches, r->not_zeroed, r->stuck);
	if (r->failures || r->mismatches || r->not_zeroed)
		err = -EIO;
	player_close(m->player);
	return err;
}

bool crowd_runs(void)
{
	return members;
}

int crowd_stop(void)
{
	unsigned int i;
	int err = 0, ended;

	for (i = 0; i < nr_members; i++) {
		ended = member_end(&members[i]);
		err = err ? err : ended;
	}
	vfree(members);
	members = NULL;
	nr_members = 0;
	return err;
}

int crowd_start(const char *stream, unsigned long bytes, unsigned int nr,
		unsigned int rest_s)
{
	unsigned int i;
	int err;

	members = vzalloc(array_size(nr, sizeof(*members)));
	if (!members)
		return -ENOMEM;
	nr_members = nr;
	for (i = 0; i < nr; i++) {
		members[i].rest_jiffies = i % 4 * rest_s * HZ;
		err = member_begin(&members[i], i, stream, bytes);
		if (err) {
			crowd_stop();
			return err;
		}
	}
	return 0;
}
