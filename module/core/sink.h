/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sink.h - where reports go: a text buffer that grows.  The kernel shows it
 * through debugfs, the mirror writes it to a file.
 */
#ifndef _QR_SINK_H
#define _QR_SINK_H

#include "internal.h"

/* All zero is an empty sink. */
struct qr_sink {
	/* Ends in a NUL; NULL before anything is written. */
	char *text;
	/* Without the NUL. */
	size_t len;
	size_t size;
	/* 0 or -ENOMEM: text is incomplete, and nothing is added any more. */
	int error;
};

/* Context: process, may sleep. */
__printf(2, 3)
void qr_sink_printf(struct qr_sink *sink, const char *fmt, ...);
/* Frees the text; @sink is empty afterwards and may be written again. */
void qr_sink_free(struct qr_sink *sink);

#endif /* _QR_SINK_H */
