// SPDX-License-Identifier: GPL-2.0-only
/*
 * mirror_cpu.c - the mirror's CPUs: the contexts one can be in, interrupts,
 * a thread's number, per-CPU memory.
 */
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/gfp.h>
#include <linux/percpu.h>
#include <linux/preempt.h>

#include <quarry_mirror.h>

#include "kselftest_harness.h"
#include "mirror_test.h"

static unsigned long flags;

/* ------------------------------------------------------------- contexts */

TEST_DEATH(irq_restore_out_of_order_aborts,
	   "with interrupts off 2 deep")
{
	unsigned long outer, inner;

	begin();
	local_irq_save(outer);
	local_irq_save(inner);
	local_irq_restore(outer);
	local_irq_restore(inner);
}

TEST_DEATH(preempt_enable_alone_aborts,
	   "without preempt_disable()")
{
	begin();
	preempt_enable();
}

TEST_DEATH(might_alloc_with_interrupts_off_aborts,
	   "sleeping gfp may sleep")
{
	begin();
	local_irq_save(flags);
	might_alloc(GFP_KERNEL);
}

TEST(might_alloc_without_reclaim_is_fine_anywhere)
{
	begin();
	local_irq_save(flags);
	might_alloc(GFP_ATOMIC);
	might_alloc(GFP_NOWAIT | __GFP_ZERO);
	local_irq_restore(flags);
	might_alloc(GFP_KERNEL);
}

struct seen {
	int times;
	bool hardirq, task, off;
};

static void look(void *data)
{
	struct seen *seen = data;

	seen->times++;
	seen->hardirq = in_hardirq();
	seen->task = in_task();
	seen->off = irqs_disabled();
}

TEST(interrupt_runs_in_hardirq)
{
	struct seen seen = {};

	begin();
	EXPECT_TRUE(mirror_interrupt(look, &seen));
	EXPECT_EQ(seen.times, 1);
	EXPECT_TRUE(seen.hardirq);
	EXPECT_TRUE(seen.off);
	EXPECT_FALSE(seen.task);
	EXPECT_TRUE(in_task());
	EXPECT_TRUE(preemptible());
}

TEST(interrupt_with_interrupts_off_is_refused)
{
	struct seen seen = {};

	begin();
	local_irq_save(flags);
	EXPECT_FALSE(mirror_interrupt(look, &seen));
	EXPECT_EQ(seen.times, 0);
	local_irq_restore(flags);
}

TEST(interrupt_armed_strikes_at_its_point)
{
	struct seen seen = {};

	begin();
	mirror_interrupt_arm(2, look, &seen);
	preempt_disable();
	EXPECT_EQ(seen.times, 0);
	barrier();
	EXPECT_EQ(seen.times, 1);
	barrier();
	preempt_enable();
	EXPECT_EQ(seen.times, 1);
	EXPECT_EQ(mirror_interrupts(), 1);
}

TEST(interrupt_armed_waits_for_interrupts_on)
{
	struct seen seen = {};

	begin();
	local_irq_save(flags);
	mirror_interrupt_arm(1, look, &seen);
	barrier();
	EXPECT_EQ(seen.times, 0);
	local_irq_restore(flags);
	EXPECT_EQ(seen.times, 1);
}

TEST(interrupt_every_nth_point_repeats)
{
	struct seen seen = {};
	int i;

	begin();
	mirror_interrupt_every(3, look, &seen);
	for (i = 0; i < 30; i++)
		barrier();
	mirror_interrupt_every(0, NULL, NULL);
	barrier();
	EXPECT_EQ(seen.times, 10);
}

static void tick(void *data)
{
	unsigned int *ticks = data;

	WRITE_ONCE(*ticks, *ticks + 1);
}

TEST(interrupt_timer_spares_regions_with_interrupts_off)
{
	unsigned int ticks = 0, before;
	int i;

	begin();
	ASSERT_EQ(mirror_interrupt_timer(200, tick, &ticks), 0);
	for (i = 0; i < 20; i++) {
		local_irq_save(flags);
		before = READ_ONCE(ticks);
		udelay(1000);
		EXPECT_EQ(READ_ONCE(ticks), before);
		local_irq_restore(flags);
		/* One came at once; who is off the CPU now gets more. */
		EXPECT_GT(READ_ONCE(ticks), before);
	}
	while (READ_ONCE(ticks) < 100)
		udelay(100);
	mirror_interrupt_timer(0, NULL, NULL);
	before = ticks;
	udelay(2000);
	EXPECT_EQ(READ_ONCE(ticks), before);
}

static void leave_preemption_off(void *data)
{
	preempt_disable();
}

TEST_DEATH(interrupt_that_leaves_preemption_off_aborts,
	   "with preemption or interrupts off")
{
	begin();
	mirror_interrupt(leave_preemption_off, NULL);
}

static void *exit_with_preemption_off(void *data)
{
	preempt_disable();
	return data;
}

TEST_DEATH(thread_exit_with_preemption_off_aborts,
	   "exits with preemption off 1")
{
	begin();
	in_thread(exit_with_preemption_off, NULL);
}

/* ------------------------------------------------------- CPUs, per-CPU */

static void *my_cpu(void *data)
{
	*(unsigned int *)data = raw_smp_processor_id();
	return data;
}

TEST(cpu_of_a_dead_thread_is_reused)
{
	unsigned int main_cpu, first, second;

	begin();
	my_cpu(&main_cpu);
	in_thread(my_cpu, &first);
	in_thread(my_cpu, &second);
	EXPECT_NE(first, main_cpu);
	EXPECT_EQ(first, second);
}

TEST(cpu_threads_beyond_the_last_wait)
{
	unsigned int cpu[20];
	pthread_t thread[20];
	int i;

	begin();
	for (i = 0; i < 20; i++)
		pthread_create(&thread[i], NULL, my_cpu, &cpu[i]);
	for (i = 0; i < 20; i++) {
		pthread_join(thread[i], NULL);
		/* Two of the eight are the machine's own. */
		EXPECT_LT(cpu[i], 6);
	}
}

static unsigned long __percpu *slots;

static void *set_slot(void *data)
{
	preempt_disable();
	*this_cpu_ptr(slots) = (unsigned long)data;
	preempt_enable();
	return data;
}

TEST(percpu_slots_are_apart_and_zero)
{
	unsigned int cpu, zero = 0;
	unsigned long sum = 0;

	begin();
	slots = alloc_percpu(unsigned long);
	ASSERT_NE(slots, NULL);
	for_each_possible_cpu(cpu)
		zero += !*per_cpu_ptr(slots, cpu);
	EXPECT_EQ(zero, nr_cpu_ids);
	set_slot((void *)3UL);
	in_thread(set_slot, (void *)40UL);
	for_each_possible_cpu(cpu)
		sum += *per_cpu_ptr(slots, cpu);
	EXPECT_EQ(sum, 43);
	EXPECT_EQ(mirror_percpu_out(), 1);
	free_percpu(slots);
	EXPECT_EQ(mirror_machine_exit(), 0);
}

TEST_DEATH(percpu_with_preemption_on_aborts,
	   "per-CPU access with preemption on")
{
	begin();
	slots = alloc_percpu(unsigned long);
	*this_cpu_ptr(slots) = 1;
}

TEST(percpu_beyond_the_largest_is_refused)
{
	begin();
	EXPECT_EQ(__alloc_percpu_gfp(MIRROR_PERCPU_MAX + 1, 8, GFP_KERNEL), NULL);
	EXPECT_EQ(__alloc_percpu_gfp(0, 8, GFP_KERNEL), NULL);
}

TEST(percpu_exhausts_and_recovers)
{
	static void *piece[64];
	unsigned int i, nr;

	begin();
	for (nr = 0; nr < 64; nr++) {
		piece[nr] = __alloc_percpu_gfp(MIRROR_PERCPU_MAX, 64,
					       GFP_KERNEL);
		if (!piece[nr])
			break;
	}
	EXPECT_EQ(nr, MIRROR_PERCPU_UNIT / MIRROR_PERCPU_MAX);
	for (i = 0; i < nr; i++)
		free_percpu(piece[i]);
	EXPECT_EQ(mirror_percpu_out(), 0);
	EXPECT_NE(__alloc_percpu_gfp(MIRROR_PERCPU_MAX, 4096, GFP_KERNEL), NULL);
}

TEST(percpu_fault_fails_the_nth)
{
	begin();
	mirror_fail_nth(MIRROR_FAULT_PERCPU, 2);
	EXPECT_NE(alloc_percpu(int), NULL);
	EXPECT_EQ(alloc_percpu(int), NULL);
	EXPECT_NE(alloc_percpu(int), NULL);
	EXPECT_EQ(mirror_fail_attempts(MIRROR_FAULT_PERCPU), 3);
	EXPECT_EQ(mirror_fail_fired(MIRROR_FAULT_PERCPU), 1);
}

TEST_HARNESS_MAIN
