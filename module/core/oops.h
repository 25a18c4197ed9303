/* SPDX-License-Identifier: GPL-2.0-only */
/* oops.h - what quarry knows of the addresses that the kernel dies with. */
#ifndef _QR_OOPS_H
#define _QR_OOPS_H

/*
 * An access to @address was fatal; @call leads there: the code itself, then at
 * most QR_FINDING_FRAMES return addresses in all.  In a place for guarded
 * objects it is a finding.  Context: any.
 */
void qr_oops_address(unsigned long address, const unsigned long *call,
		     unsigned int nr);
/* Tells the log whose object a register points to.  Context: any. */
void qr_oops_register(const char *name, unsigned long value);

#endif /* _QR_OOPS_H */
