/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * inject_control.h - what the files inject and fail_nth take, and what arming
 * does to the magazines.  Context: process.
 */
#ifndef _QR_INJECT_CONTROL_H
#define _QR_INJECT_CONTROL_H

#include "internal.h"

/*
 * A rule, clear, -N, or verbose=0|1.  0; -EINVAL, -ENOENT or -ENOSPC with a
 * line in the log, and nothing has changed.
 */
int qr_inject_write(char *text);
/* Several of them with ';' between, at load. */
int qr_inject_load(const char *text);
/* fail_nth of the running task: a number.  0, -EINVAL, -ENOSPC. */
int qr_fail_nth_write(char *text);
unsigned long qr_fail_nth_read(void);
/* A tick: forgets tasks that are no more.  Whether any has armed fail_nth. */
bool qr_inject_age(void);
/* Disarms everything. */
void qr_inject_exit(void);

#endif /* _QR_INJECT_CONTROL_H */
