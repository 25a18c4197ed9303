/* SPDX-License-Identifier: GPL-2.0-only */
/* module_heap.h - heaps of modules, for who calls without a cell to keep it. */
#ifndef _QR_MODULE_HEAP_H
#define _QR_MODULE_HEAP_H

#include "internal.h"

/*
 * The heap of the module that a call site is in that is known by its return
 * address; NULL, the default heap, of sites elsewhere.  Context: any.
 */
struct quarry_heap *qr_module_heap_of(u64 tag, gfp_t gfp);

/*
 * Tag bits of the call site of @caller; where that is no module's, of the
 * innermost module's that leads here: mempools and the like call for others.
 * Context: any but NMI, preemption on, no lock.
 */
u64 qr_module_site(unsigned long caller);

/* Gives new ones their directories.  Context: process; one at a time. */
void qr_module_heaps_show(void);

/* The module is no more: what it left free goes back.  Context: process. */
void qr_module_heap_gone(const char *module);

#endif /* _QR_MODULE_HEAP_H */
