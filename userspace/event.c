// SPDX-License-Identifier: GPL-2.0-only
/*
 * event.c - a word that moves when something has happened, and sleeping until
 * it does.  No lock, so that a simulated interrupt may wake.  Every acquire here
 * pairs with the release of mirror_event_wake(): what was done before is seen.
 */
#include <linux/futex.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "machine.h"

u32 mirror_event_read(const u32 *event)
{
	return smp_load_acquire(event);
}

void mirror_event_wait(u32 *event, u32 seen)
{
	if (smp_load_acquire(event) == seen)
		syscall(SYS_futex, event, FUTEX_WAIT_PRIVATE, seen, NULL, NULL,
			0);
}

bool mirror_event_wait_for(u32 *event, u32 seen, unsigned int usec)
{
	struct timespec time = {
		.tv_sec = usec / 1000000,
		.tv_nsec = usec % 1000000 * 1000L,
	};

	if (smp_load_acquire(event) == seen)
		syscall(SYS_futex, event, FUTEX_WAIT_PRIVATE, seen, &time,
			NULL, 0);
	return smp_load_acquire(event) != seen;
}

void mirror_event_wake(u32 *event)
{
	__atomic_fetch_add(event, 1, __ATOMIC_RELEASE);
	syscall(SYS_futex, event, FUTEX_WAKE_PRIVATE, 1 << 30, NULL, NULL, 0);
}
