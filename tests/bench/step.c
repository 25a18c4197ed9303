// SPDX-License-Identifier: GPL-2.0-only
/*
 * step.c - what is executed, instruction by instruction: with its trap flag set
 * the CPU traps before each, and the address is counted.  And the longest
 * stretches of instructions with preemption off, and with interrupts off.  The
 * flag is clear in handlers of interrupts: these do not count.
 */
#include <linux/errno.h>
#include <linux/hash.h>
#include <linux/kdebug.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/sort.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include <asm/debugreg.h>
#include <asm/processor-flags.h>
#include <asm/ptrace.h>

#include "bench.h"

bool qb_steps;
module_param_named(steps, qb_steps, bool, 0444);
MODULE_PARM_DESC(steps, "log each instruction that is executed, and how often");

#define PLACES_BITS	14U
#define PLACES		(1U << PLACES_BITS)

struct place {
	unsigned long at;
	u64 times;
};

/* A stretch of instructions, and where the longest began and ended. */
struct stretch {
	unsigned long begin;
	u64 now;
	u64 longest;
	unsigned long from, to;
};

static struct {
	struct task_struct *task;
	/* Times that the task gave the CPU away, after which nothing is counted. */
	u64 lost;
	/* Instructions whose address found no place. */
	u64 dropped;
	struct stretch preempt, irq;
	struct place place[PLACES];
} *step;

static void place_note(unsigned long at)
{
	u32 i = hash_long(at, PLACES_BITS), tries;

	for (tries = 0; tries < PLACES; tries++, i = (i + 1) % PLACES) {
		struct place *place = &step->place[i];

		if (place->at && place->at != at)
			continue;
		place->at = at;
		place->times++;
		return;
	}
	step->dropped++;
}

static void stretch_note(struct stretch *stretch, bool off, unsigned long at)
{
	if (!off) {
		stretch->now = 0;
		return;
	}
	if (!stretch->now++)
		stretch->begin = at;
	if (stretch->now > stretch->longest) {
		stretch->longest = stretch->now;
		stretch->from = stretch->begin;
		stretch->to = at;
	}
}

static int on_trap(struct notifier_block *block, unsigned long event,
		   void *data)
{
	struct die_args *args = data;
	unsigned long *dr6 = (unsigned long *)ERR_PTR(args->err);

	if (event != DIE_DEBUG || !(*dr6 & DR_STEP))
		return NOTIFY_DONE;
	*dr6 &= ~DR_STEP;
	/* The flag stays set when the CPU changes to another task. */
	if (current != step->task) {
		args->regs->flags &= ~X86_EFLAGS_TF;
		step->lost++;
		return NOTIFY_STOP;
	}
	place_note(args->regs->ip);
	/* The trap itself counts in other bits. */
	stretch_note(&step->preempt,
		     preempt_count() & (PREEMPT_MASK | SOFTIRQ_MASK),
		     args->regs->ip);
	stretch_note(&step->irq, !(args->regs->flags & X86_EFLAGS_IF),
		     args->regs->ip);
	return NOTIFY_STOP;
}

static struct notifier_block notifier = {
	.notifier_call = on_trap,
	.priority = INT_MAX,
};

int qb_steps_init(void)
{
	if (!qb_steps)
		return 0;
	step = vzalloc(sizeof(*step));
	if (!step)
		return -ENOMEM;
	return register_die_notifier(&notifier);
}

void qb_steps_exit(void)
{
	if (!step)
		return;
	unregister_die_notifier(&notifier);
	vfree(step);
}

void qb_steps_begin(void)
{
	memset(step, 0, sizeof(*step));
	step->task = current;
}

void qb_steps_on(void)
{
	asm volatile("pushfq; orq %0, (%%rsp); popfq"
		     : : "i" (X86_EFLAGS_TF) : "memory", "cc");
}

void qb_steps_off(void)
{
	asm volatile("pushfq; andq %0, (%%rsp); popfq"
		     : : "i" (~X86_EFLAGS_TF) : "memory", "cc");
}

static int by_address(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	return x->at < y->at ? -1 : x->at > y->at;
}

static void print_stretch(const char *name, unsigned int side,
			  const char *what, const struct stretch *stretch)
{
	pr_info("stretch,%s,%s,%s,%s,%llu,%pS,%pS\n", name, qb_side_name(side),
		qb_side_level(side), what, stretch->longest,
		(void *)stretch->from, (void *)stretch->to);
}

void qb_stretches_print(const char *name, unsigned int side)
{
	print_stretch(name, side, "preemption", &step->preempt);
	print_stretch(name, side, "interrupts", &step->irq);
	if (step->lost || step->dropped)
		pr_warn("note,%s: not all was counted: it slept %llu times, %llu had no place\n",
			name, step->lost, step->dropped);
}

void qb_steps_print(const char *name, unsigned int side, u64 units)
{
	unsigned int i;

	sort(step->place, PLACES, sizeof(*step->place), by_address, NULL);
	for (i = 0; i < PLACES; i++)
		if (step->place[i].times)
			pr_info("step,%s,%s,%s,%llu,%llu,%pS\n", name,
				qb_side_name(side), qb_side_level(side),
				step->place[i].times, units,
				(void *)step->place[i].at);
	qb_stretches_print(name, side);
}
