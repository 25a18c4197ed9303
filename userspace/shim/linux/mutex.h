/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mutex.h - sleeping locks that know their owner: taking one twice, giving
 * one back that is another's, and taking one where sleeping is wrong abort.
 */
#ifndef _MIRROR_LINUX_MUTEX_H
#define _MIRROR_LINUX_MUTEX_H

#include <pthread.h>

#include <linux/compiler.h>
#include <linux/spinlock.h>

struct MIRROR_CAPABILITY mutex {
	pthread_mutex_t mutex;
	/* CPU number + 1, or 0. */
	unsigned int owner;
	const char *name;
};

#define __MUTEX_INITIALIZER(lock) \
	{ .mutex = PTHREAD_MUTEX_INITIALIZER, .name = #lock }
#define DEFINE_MUTEX(lock)	struct mutex lock = __MUTEX_INITIALIZER(lock)

#define mutex_init(lock)	mirror_mutex_init(lock, #lock)
void mirror_mutex_init(struct mutex *lock, const char *name);
void mutex_lock(struct mutex *lock) __acquires(lock);
int mutex_trylock(struct mutex *lock) __cond_acquires(lock);
void mutex_unlock(struct mutex *lock) __releases(lock);
bool mutex_is_locked(struct mutex *lock);
/* Aborts where something still holds or waits. */
void mutex_destroy(struct mutex *lock);

#endif /* _MIRROR_LINUX_MUTEX_H */
