/* SPDX-License-Identifier: GPL-2.0-only */
/* moment.h - moments that births can be told from. */
#ifndef _QR_MOMENT_H
#define _QR_MOMENT_H

#include <linux/types.h>

/*
 * Births are told apart by every other jiffy.  Waits for the next one that is,
 * and returns it: what was born before has an earlier birth, and what is born
 * from now on has not.  Context: process, may sleep.
 */
unsigned long qr_moment(void);

#endif /* _QR_MOMENT_H */
