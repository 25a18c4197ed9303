/* SPDX-License-Identifier: GPL-2.0-only */
/* backend.h - start and end of the page backend, for main.c. */
#ifndef _QR_BACKEND_H
#define _QR_BACKEND_H

int qr_pages_init(void);
/* Waits for runs that are still to be unmapped. */
void qr_pages_exit(void);

#endif /* _QR_BACKEND_H */
