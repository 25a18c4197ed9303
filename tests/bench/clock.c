// SPDX-License-Identifier: GPL-2.0-only
/*
 * clock.c - counts instructions.  Under QEMU's -icount the cycle counter goes
 * on by a fixed amount for each instruction; how much is found with loops of
 * known length.  Two of different make must agree, else nothing is measured.
 */
#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/timex.h>

#include "bench.h"

/* Turns of the loops of known length. */
#define TURNS		20000UL
/* Attempts to get through a loop between two ticks. */
#define ATTEMPTS	20
#define LONG_ATTEMPTS	3
/* Instructions in a turn of counted_short() and counted_long(). */
#define SHORT_LENGTH	2
#define LONG_LENGTH	8

unsigned long qb_clock_disturbed;

/* So many cycles were so many instructions. */
static u64 known_cycles;
static u64 known_instructions;

/* And these many were so many nanoseconds. */
static u64 known_ns_cycles;
static u64 known_ns;

static noinline bool counted_short(const struct qb_workload *workload,
				   void *owner, unsigned long turns)
{
	asm volatile("1:	dec %0\n"
		     "	jnz 1b\n"
		     : "+r" (turns) : : "cc");
	return true;
}

/* Memory, stack and arithmetic: what counts time would see a difference. */
static noinline bool counted_long(const struct qb_workload *workload,
				  void *owner, unsigned long turns)
{
	unsigned long cell = 1, value = 3;

	asm volatile("1:	mov %1, %2\n"
		     "	imul %2, %2\n"
		     "	add %2, %1\n"
		     "	xchg %2, %1\n"
		     "	lock incq %1\n"
		     "	nop\n"
		     "	dec %0\n"
		     "	jnz 1b\n"
		     : "+r" (turns), "+m" (cell), "+r" (value) : : "cc");
	return true;
}

/*
 * A tick is what ends the sleep, and whatever else waited to run has run by
 * then.  Idle time is skipped by the emulator, so that it costs nothing.
 */
unsigned long qb_clock_wait(void)
{
	schedule_timeout_uninterruptible(2);
	return READ_ONCE(jiffies);
}

/* Cycles, or 0; @ticked: what the timer does is among them. */
static u64 run_loop(qb_loop loop, const struct qb_workload *workload,
		    void *owner, unsigned long turns, bool *ticked)
{
	unsigned long tick = READ_ONCE(jiffies);
	u64 cycles = get_cycles();

	if (!loop(workload, owner, turns))
		return 0;
	cycles = get_cycles() - cycles;
	*ticked = READ_ONCE(jiffies) != tick;
	qb_clock_disturbed += *ticked;
	return cycles;
}

s64 qb_clock_once(qb_loop loop, const struct qb_workload *workload,
		  void *owner, unsigned long turns)
{
	bool ticked = false;
	u64 cycles = run_loop(loop, workload, owner, turns, &ticked);

	return ticked ? -EAGAIN : cycles ? (s64)cycles : -EIO;
}

u64 qb_clock_loop(qb_loop loop, const struct qb_workload *workload,
		  void *owner, unsigned long turns)
{
	u64 fewest = U64_MAX, cycles;
	bool ticked = false;
	unsigned int i;

	for (i = 0; i < ATTEMPTS; i++) {
		qb_clock_wait();
		cycles = run_loop(loop, workload, owner, turns, &ticked);
		if (!cycles || !ticked)
			return cycles;
		fewest = min(fewest, cycles);
		/* A turn that takes longer than a tick has ticks in it. */
		if (turns == 1 && i == LONG_ATTEMPTS)
			return fewest;
	}
	pr_err("%s: no %lu turns fit between two ticks\n",
	       workload ? workload->name : "calibration", turns);
	return 0;
}

/* Cycles of @turns turns, what surrounds them taken off. */
static u64 counted_cycles(qb_loop loop)
{
	u64 twice = qb_clock_loop(loop, NULL, NULL, 2 * TURNS);
	u64 once = qb_clock_loop(loop, NULL, NULL, TURNS);

	return twice > once ? twice - once : 0;
}

u64 qb_clock_hundredths(u64 cycles, u64 units)
{
	return mul_u64_u64_div_u64(cycles * 100, known_instructions,
				   known_cycles * units);
}

/*
 * Both clocks come from the cycle counter, but the kernel found out by itself
 * how far that goes in a nanosecond.
 */
u64 qb_clock_ns_hundredths(u64 ns, u64 units)
{
	return qb_clock_hundredths(mul_u64_u64_div_u64(ns, known_ns_cycles,
						       known_ns), units);
}

static void relate_ns(void)
{
	qb_clock_wait();
	known_ns = ktime_get_ns();
	known_ns_cycles = get_cycles();
	schedule_timeout_uninterruptible(HZ / 5);
	known_ns = ktime_get_ns() - known_ns;
	known_ns_cycles = get_cycles() - known_ns_cycles;
}

u64 qb_clock_tick_cycles(void)
{
	unsigned long from = qb_clock_wait(), to;
	u64 cycles = get_cycles();

	to = qb_clock_wait();
	return div64_ul(get_cycles() - cycles, to - from);
}

int qb_clock_init(void)
{
	u64 check;

	known_instructions = SHORT_LENGTH * TURNS;
	known_cycles = counted_cycles(counted_short);
	check = counted_cycles(counted_long);
	if (!known_cycles || !check)
		return -EIO;
	check = qb_clock_hundredths(check, TURNS);
	if (abs((s64)check - 100 * LONG_LENGTH) > LONG_LENGTH) {
		pr_err("the cycle counter does not count instructions: %d are %llu.%02llu; is this machine run with -icount?\n",
		       LONG_LENGTH, check / 100, check % 100);
		return -EIO;
	}
	relate_ns();
	return 0;
}
