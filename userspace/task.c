// SPDX-License-Identifier: GPL-2.0-only
/*
 * task.c - threads as tasks: who runs, and who is no more.  A thread is known
 * by its number, which the system gives again only after many others.
 */
#include <signal.h>
#include <unistd.h>

#include <linux/hardirq.h>

#include "machine.h"
#include "platform.h"

const void *qr_platform_self(void)
{
	static __thread pid_t self;

	if (in_interrupt())
		return NULL;
	if (!self)
		self = gettid();
	return (const void *)(unsigned long)self;
}

bool qr_platform_is_alive(const void *self)
{
	return !tgkill(getpid(), (pid_t)(unsigned long)self, 0);
}
