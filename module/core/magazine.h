/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * magazine.h - magazines and depots (Bonwick and Adams, "Magazines and Vmem",
 * USENIX 2001): objects on their way between CPUs and slabs.
 */
#ifndef _QR_MAGAZINE_H
#define _QR_MAGAZINE_H

#include "internal.h"

struct qr_mag *qr_mag_alloc(unsigned int capacity, gfp_t gfp, int nid);
void qr_mag_free(struct qr_mag *mag);
/* Bytes of metadata it takes. */
size_t qr_mag_bytes(const struct qr_mag *mag);

/* The one loaded in @cpu, its rounds brought up to date; or NULL. */
struct qr_mag *qr_mag_loaded(struct qr_cpu *cpu);
void qr_mag_load(struct qr_cpu *cpu, struct qr_mag *mag);

/*
 * One with objects in it, or NULL.  *@empty, which may be NULL, is taken for
 * it and set to NULL, unless the depot has enough of those.
 */
struct qr_mag *qr_depot_swap_empty(struct qr_depot *depot,
				   struct qr_mag **empty);
/* Takes @full and returns an empty one; NULL, and nothing is taken, if not. */
struct qr_mag *qr_depot_swap_full(struct qr_depot *depot, struct qr_mag *full);
/* Takes @mag; false, and @mag stays the caller's, when there are enough. */
bool qr_depot_put_empty(struct qr_depot *depot, struct qr_mag *mag);
/* Takes everything out: a chain by ->next of full and empty ones. */
struct qr_mag *qr_depot_drain(struct qr_depot *depot);
/* Takes out what was there all the time since it was last called. */
struct qr_mag *qr_depot_age(struct qr_depot *depot);

#endif /* _QR_MAGAZINE_H */
