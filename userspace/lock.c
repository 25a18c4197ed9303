// SPDX-License-Identifier: GPL-2.0-only
/*
 * lock.c - raw spinlocks and mutexes that know their owner, a simulated CPU.
 * An interrupt is the CPU it interrupts, so that a lock it finds held by that
 * is a deadlock, as it would be in the kernel.
 */
#include <sched.h>

#include <linux/mutex.h>
#include <linux/spinlock.h>

#include "machine.h"

/* Tries before the processor is given to others. */
#define SPINS	100

void (*mirror_lock_taken)(const char *name);

/* ------------------------------------------------------ raw spinlocks */

void mirror_spin_init(raw_spinlock_t *lock, const char *name)
{
	*lock = (raw_spinlock_t) { .magic = MIRROR_SPIN_MAGIC, .name = name };
}

static struct mirror_cpu *spin_check(const raw_spinlock_t *lock)
{
	struct mirror_cpu *cpu = mirror_self();

	if (unlikely(lock->magic != MIRROR_SPIN_MAGIC))
		mirror_panic("lock %px was not initialised", (void *)lock);
	return cpu;
}

/* For who tries, too: after a try that fails comes one that waits. */
static void spin_check_alone(const raw_spinlock_t *lock,
			     const struct mirror_cpu *cpu)
{
	if (unlikely(cpu->locks != cpu->base_locks))
		mirror_panic("lock %s taken with lock %s held", lock->name,
			     cpu->lock_name);
}

static bool spin_try(raw_spinlock_t *lock, struct mirror_cpu *cpu)
{
	unsigned int free = 0;

	if (READ_ONCE(lock->owner) ||
	    !__atomic_compare_exchange_n(&lock->owner, &free, cpu->id + 1, 0,
					 __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		return false;
	cpu->locks++;
	cpu->lock_name = lock->name;
	if (unlikely(mirror_lock_taken))
		mirror_lock_taken(lock->name);
	return true;
}

void MIRROR_NO_TSA raw_spin_lock(raw_spinlock_t *lock)
{
	struct mirror_cpu *cpu = spin_check(lock);
	unsigned int spins = 0;

	if (unlikely(READ_ONCE(lock->owner) == cpu->id + 1))
		mirror_panic("lock %s taken twice", lock->name);
	spin_check_alone(lock, cpu);
	preempt_disable();
	while (!spin_try(lock, cpu)) {
		if (++spins % SPINS)
			__builtin_ia32_pause();
		else
			sched_yield();
	}
}

int MIRROR_NO_TSA raw_spin_trylock(raw_spinlock_t *lock)
{
	struct mirror_cpu *cpu = spin_check(lock);

	spin_check_alone(lock, cpu);
	preempt_disable();
	if (spin_try(lock, cpu))
		return 1;
	preempt_enable();
	return 0;
}

void MIRROR_NO_TSA raw_spin_unlock(raw_spinlock_t *lock)
{
	struct mirror_cpu *cpu = spin_check(lock);

	if (unlikely(READ_ONCE(lock->owner) != cpu->id + 1))
		mirror_panic("CPU %u unlocks lock %s of CPU %d", cpu->id,
			     lock->name, (int)READ_ONCE(lock->owner) - 1);
	cpu->locks--;
	/* Pairs with the acquire of spin_try(). */
	smp_store_release(&lock->owner, 0);
	preempt_enable();
}

bool MIRROR_NO_TSA mirror_spin_trylock_irqsave(raw_spinlock_t *lock,
					       unsigned long *flags)
{
	local_irq_save(*flags);
	if (raw_spin_trylock(lock))
		return true;
	local_irq_restore(*flags);
	return false;
}

void MIRROR_NO_TSA mirror_assert_spin(const raw_spinlock_t *lock)
{
	if (READ_ONCE(lock->owner) != mirror_self()->id + 1)
		mirror_panic("lock %s is not held", lock->name);
}

/* ------------------------------------------------------------- mutexes */

void mirror_mutex_init(struct mutex *lock, const char *name)
{
	pthread_mutex_init(&lock->mutex, NULL);
	lock->owner = 0;
	lock->name = name;
}

static void mutex_taken(struct mutex *lock, struct mirror_cpu *cpu)
{
	WRITE_ONCE(lock->owner, cpu->id + 1);
	cpu->mutexes++;
}

void MIRROR_NO_TSA mutex_lock(struct mutex *lock)
{
	struct mirror_cpu *cpu = mirror_self();

	mirror_might_sleep("mutex_lock()");
	if (READ_ONCE(lock->owner) == cpu->id + 1)
		mirror_panic("mutex %s taken twice", lock->name);
	pthread_mutex_lock(&lock->mutex);
	mutex_taken(lock, cpu);
}

int MIRROR_NO_TSA mutex_trylock(struct mutex *lock)
{
	struct mirror_cpu *cpu = mirror_self();

	if (cpu->hardirq || cpu->softirq || cpu->nmi)
		mirror_panic("mutex %s tried in an interrupt", lock->name);
	if (pthread_mutex_trylock(&lock->mutex))
		return 0;
	mutex_taken(lock, cpu);
	return 1;
}

void MIRROR_NO_TSA mutex_unlock(struct mutex *lock)
{
	struct mirror_cpu *cpu = mirror_self();

	if (READ_ONCE(lock->owner) != cpu->id + 1)
		mirror_panic("CPU %u unlocks mutex %s of CPU %d", cpu->id,
			     lock->name, (int)READ_ONCE(lock->owner) - 1);
	cpu->mutexes--;
	WRITE_ONCE(lock->owner, 0);
	pthread_mutex_unlock(&lock->mutex);
}

bool mutex_is_locked(struct mutex *lock)
{
	return READ_ONCE(lock->owner) != 0;
}

void mutex_destroy(struct mutex *lock)
{
	if (pthread_mutex_destroy(&lock->mutex))
		mirror_panic("mutex %s destroyed while in use", lock->name);
}

void MIRROR_NO_TSA mirror_assert_mutex(const struct mutex *lock)
{
	if (READ_ONCE(lock->owner) != mirror_self()->id + 1)
		mirror_panic("mutex %s is not held", lock->name);
}
