/* SPDX-License-Identifier: GPL-2.0-only */
/* frame.h - a call on the way here. */
#ifndef _QR_FRAME_H
#define _QR_FRAME_H

/*
 * As qr_platform_walk() finds it: where it returns to; the word of this very
 * stack that says so, NULL where it is not that easy; and what the register
 * that may be a frame pointer is there.
 */
struct qr_frame {
	unsigned long address;
	const unsigned long *place;
	const unsigned long *pointer;
};

#endif /* _QR_FRAME_H */
