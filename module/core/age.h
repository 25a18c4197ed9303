/* SPDX-License-Identifier: GPL-2.0-only */
/* age.h - gives back, as time goes by, what magazines hold and nobody uses. */
#ifndef _QR_AGE_H
#define _QR_AGE_H

#include "internal.h"

/*
 * A tick of about a second.  Gives back what depots did not need since the
 * last one, and what the CPUs of a cache hold that nobody used for some ticks;
 * at once and of every cache under @pressure.  Forgets tasks with fail_nth that
 * are no more.  False when no cache has magazines any more, nor a task fail_nth,
 * and no tick is needed before one has.  Context: process, may sleep.
 */
bool qr_age(bool pressure);

#endif /* _QR_AGE_H */
