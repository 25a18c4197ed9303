/* SPDX-License-Identifier: GPL-2.0-only */
/* chain.h - the call chain that leads here, without a walk where that can be. */
#ifndef _QR_CHAIN_H
#define _QR_CHAIN_H

#include "internal.h"

/*
 * Number, as in stack.h, of the chain of calls that leads here, without
 * quarry's own; never 0.  @hint tells call sites apart: what is remembered is
 * looked for by it.  Context: any, preemption on, no lock; in NMI only what is
 * known is found.
 */
u32 qr_chain_here(u32 hint);
/* Times the stack was walked. */
unsigned long qr_chain_walks(void);
void qr_chain_exit(void);

#endif /* _QR_CHAIN_H */
