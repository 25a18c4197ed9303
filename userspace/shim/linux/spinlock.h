/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * spinlock.h - raw spinlocks that know their owner.  Taking one twice, giving
 * back another's, using one not initialised, and taking or trying one inside
 * another (the lock order of core forbids it) abort.  lock.c has the slow halves.
 */
#ifndef _MIRROR_LINUX_SPINLOCK_H
#define _MIRROR_LINUX_SPINLOCK_H

#include <sched.h>

#include <linux/preempt.h>

#define MIRROR_SPIN_MAGIC	0xdead4eadU

typedef struct MIRROR_CAPABILITY mirror_spinlock {
	/* CPU number + 1, or 0. */
	unsigned int owner;
	unsigned int magic;
	const char *name;
} raw_spinlock_t;

#define __RAW_SPIN_LOCK_UNLOCKED(lock) \
	{ .magic = MIRROR_SPIN_MAGIC, .name = #lock }
#define DEFINE_RAW_SPINLOCK(lock) \
	raw_spinlock_t lock = __RAW_SPIN_LOCK_UNLOCKED(lock)

#define raw_spin_lock_init(lock)	mirror_spin_init(lock, #lock)
void mirror_spin_init(raw_spinlock_t *lock, const char *name);
void raw_spin_lock(raw_spinlock_t *lock) __acquires(lock);
int raw_spin_trylock(raw_spinlock_t *lock) __cond_acquires(lock);
void raw_spin_unlock(raw_spinlock_t *lock) __releases(lock);
/* @flags is set in either case; with false interrupts are as they were. */
bool mirror_spin_trylock_irqsave(raw_spinlock_t *lock, unsigned long *flags)
	__cond_acquires(lock);

#define raw_spin_lock_irqsave(lock, flags) \
	do { local_irq_save(flags); raw_spin_lock(lock); } while (0)
#define raw_spin_unlock_irqrestore(lock, flags) \
	do { raw_spin_unlock(lock); local_irq_restore(flags); } while (0)
#define raw_spin_trylock_irqsave(lock, flags) \
	mirror_spin_trylock_irqsave(lock, &(flags))
#define raw_spin_is_locked(lock)	(READ_ONCE((lock)->owner) != 0)

/* Between two tries. */
#define cpu_relax()	sched_yield()

struct mutex;
void mirror_assert_spin(const raw_spinlock_t *lock) __assumes_held(lock);
void mirror_assert_mutex(const struct mutex *lock) __assumes_held(lock);
#define lockdep_assert_held(lock)					\
	_Generic((lock), struct mutex *: mirror_assert_mutex,		\
		 const struct mutex *: mirror_assert_mutex,		\
		 default: mirror_assert_spin)((const void *)(lock))

#endif /* _MIRROR_LINUX_SPINLOCK_H */
