// SPDX-License-Identifier: GPL-2.0-only
/*
 * mirror_lock.c - the mirror's locks know their owner, and refuse what
 * would deadlock or corrupt a kernel.
 */
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/spinlock.h>

#include <quarry_mirror.h>

#include "kselftest_harness.h"
#include "mirror_test.h"

static DEFINE_RAW_SPINLOCK(lock);
static DEFINE_RAW_SPINLOCK(other_lock);
static DEFINE_MUTEX(mutex);
static unsigned long flags;

#define COUNTERS	4
#define ROUNDS		20000

static unsigned long counter;

static void *count_up(void *data)
{
	unsigned long irq;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		raw_spin_lock_irqsave(&lock, irq);
		lockdep_assert_held(&lock);
		counter++;
		raw_spin_unlock_irqrestore(&lock, irq);
	}
	return data;
}

TEST(spinlock_taken_by_threads_excludes)
{
	pthread_t thread[COUNTERS];
	int i;

	begin();
	for (i = 0; i < COUNTERS; i++)
		pthread_create(&thread[i], NULL, count_up, NULL);
	for (i = 0; i < COUNTERS; i++)
		pthread_join(thread[i], NULL);
	EXPECT_EQ(counter, COUNTERS * ROUNDS);
	EXPECT_EQ(mirror_machine_exit(), 0);
}

TEST_DEATH(spinlock_taken_twice_aborts,
	   "lock lock taken twice")
{
	begin();
	raw_spin_lock_irqsave(&lock, flags);
	raw_spin_lock(&lock);
}

TEST_DEATH(spinlock_inside_another_aborts,
	   "lock other_lock taken with lock lock held")
{
	begin();
	raw_spin_lock_irqsave(&lock, flags);
	raw_spin_lock(&other_lock);
}

TEST_DEATH(spinlock_tried_inside_another_aborts,
	   "lock other_lock taken with lock lock held")
{
	begin();
	raw_spin_lock_irqsave(&lock, flags);
	raw_spin_trylock(&other_lock);
}

static void *unlock_it(void *data)
{
	raw_spin_unlock(&lock);
	return data;
}

TEST_DEATH(spinlock_unlocked_by_another_aborts,
	   "CPU 1 unlocks lock lock of CPU 0")
{
	begin();
	raw_spin_lock_irqsave(&lock, flags);
	in_thread(unlock_it, NULL);
}

TEST_DEATH(spinlock_not_initialised_aborts,
	   "was not initialised")
{
	raw_spinlock_t nothing = {};

	begin();
	raw_spin_lock(&nothing);
}

TEST_DEATH(lockdep_of_free_lock_aborts,
	   "lock lock is not held")
{
	begin();
	lockdep_assert_held(&lock);
}

TEST_DEATH(lockdep_of_free_mutex_aborts,
	   "mutex mutex is not held")
{
	begin();
	lockdep_assert_held(&mutex);
}

static void *assert_held(void *data)
{
	lockdep_assert_held(&lock);
	return data;
}

TEST_DEATH(lockdep_of_lock_held_by_another_aborts,
	   "lock lock is not held")
{
	begin();
	raw_spin_lock_irqsave(&lock, flags);
	in_thread(assert_held, NULL);
}

static void *try_it(void *data)
{
	bool *taken = data;
	unsigned long irq;

	*taken = raw_spin_trylock_irqsave(&lock, irq);
	if (*taken)
		raw_spin_unlock_irqrestore(&lock, irq);
	return data;
}

TEST(spinlock_trylock_when_taken_refuses)
{
	bool taken = true;

	begin();
	raw_spin_lock_irqsave(&lock, flags);
	in_thread(try_it, &taken);
	EXPECT_FALSE(taken);
	raw_spin_unlock_irqrestore(&lock, flags);
	in_thread(try_it, &taken);
	EXPECT_TRUE(taken);
	EXPECT_FALSE(irqs_disabled());
	EXPECT_EQ(preempt_count(), 0);
}

TEST_DEATH(mutex_taken_twice_aborts,
	   "mutex mutex taken twice")
{
	begin();
	mutex_lock(&mutex);
	mutex_lock(&mutex);
}

TEST_DEATH(mutex_with_preemption_off_aborts,
	   "mutex_lock() may sleep")
{
	begin();
	preempt_disable();
	mutex_lock(&mutex);
}

static void lock_in_interrupt(void *data)
{
	unsigned long irq;

	raw_spin_lock_irqsave((raw_spinlock_t *)data, irq);
	raw_spin_unlock_irqrestore((raw_spinlock_t *)data, irq);
}

TEST_DEATH(spinlock_held_by_the_interrupted_aborts,
	   "lock lock taken twice")
{
	begin();
	raw_spin_lock(&lock);
	mirror_interrupt(lock_in_interrupt, &lock);
}

TEST(spinlock_in_an_interrupt_works)
{
	begin();
	EXPECT_TRUE(mirror_interrupt(lock_in_interrupt, &lock));
}

TEST_DEATH(print_with_a_lock_held_aborts,
	   "printk() with lock lock held")
{
	begin();
	raw_spin_lock_irqsave(&lock, flags);
	pr_info("never seen\n");
}

TEST_HARNESS_MAIN
