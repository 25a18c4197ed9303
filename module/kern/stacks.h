/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stacks.h - the stacks of tasks, dead ones and interrupts' included: where
 * they lie, and what is live on them.
 */
#ifndef _QR_STACKS_H
#define _QR_STACKS_H

#include <linux/types.h>

struct qr_scan;
struct task_struct;

struct qr_stacks_task {
	/* With a reference. */
	struct task_struct *task;
	/* How often it had stopped running when its stack was looked at. */
	unsigned long switches;
	bool seen;
};

struct qr_stacks {
	struct qr_stacks_task *task;
	unsigned int nr_tasks;
	/* Frames of all stacks, and of quarry's own data, in order. */
	unsigned long *pfn;
	unsigned int nr_pfns;
	unsigned int max_pfns;
};

/*
 * Finds them all; 0 or -ENOMEM.  @stacks is empty, and freed by the other.
 * Context: process, sleeps; a thread that is free to move between CPUs.
 */
int qr_stacks_find(struct qr_stacks *stacks, struct qr_scan *scan);
void qr_stacks_free(struct qr_stacks *stacks);

/* Whether a frame is part of one. */
bool qr_stacks_have(const struct qr_stacks *stacks, unsigned long pfn);

/*
 * Looks at what is live on the stacks of all tasks but this one: on those that
 * sleep as they are, and on those that run, or have run since they were looked
 * at, while all CPUs stand still.
 */
void qr_stacks_scan(struct qr_stacks *stacks, struct qr_scan *scan);

/*
 * Where the stack that runs ends, @here is on it; NULL where that cannot be
 * told at little cost.  Context: preemption off.
 */
const unsigned long *qr_stack_end(const unsigned long *here);

#endif /* _QR_STACKS_H */
