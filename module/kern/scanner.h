/* SPDX-License-Identifier: GPL-2.0-only */
/* scanner.h - the thread that scans for leaks: its start and end. */
#ifndef _QR_SCANNER_H
#define _QR_SCANNER_H

int qr_scanner_init(void);
void qr_scanner_exit(void);

#endif /* _QR_SCANNER_H */
