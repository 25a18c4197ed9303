/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * meta.h - memory for descriptors, tags and magazines: pages of their own,
 * apart from all objects, so that no overrun of an object reaches them.
 */
#ifndef _QR_META_H
#define _QR_META_H

#include "internal.h"

/* Zeroed, 64-byte aligned.  Context: any but NMI, preemption on, no lock. */
void *qr_meta_alloc(size_t size, gfp_t gfp, int nid);
/* @size as it was asked for. */
void qr_meta_free(void *meta, size_t size);
/* Bytes of pages that metadata holds now. */
unsigned long qr_meta_held(void);
/* Bytes a piece of @size really takes. */
size_t qr_meta_size(size_t size);
/* What is wrong with the pools, and with which run; or NULL. */
const char *qr_meta_damage(unsigned long *at);
void qr_meta_init(void);
/* Gives the last pages back; returns the bytes still in use (a leak). */
unsigned long qr_meta_exit(void);

#endif /* _QR_META_H */
