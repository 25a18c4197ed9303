/* SPDX-License-Identifier: GPL-2.0-only */
/* site_text.h - how a call site is written, in files and in the log. */
#ifndef _QR_SITE_TEXT_H
#define _QR_SITE_TEXT_H

#include "internal.h"

/* Bytes kept of a return address as text: symbol, offset, module. */
#define QR_CALLER_TEXT		96

/* Longest "file:line func [module]" that is kept, in bytes with the NUL. */
#define QR_SITE_LINE		256

/* The words of a site; none has white space in it. */
struct qr_site_text {
	/* "?" with line 0 for a site known by its return address alone. */
	const char *file;
	u32 line;
	char func[QR_CALLER_TEXT];
	/* Empty for built-in code. */
	char module[64];
};

/* Site @id in words; one that does not exist is all "?". */
void qr_site_text(u32 id, struct qr_site_text *text);
/* "file:line func [module]", or "func+offset/size [module]"; returns @buf. */
const char *qr_site_line(u32 id, char *buf, size_t size);
/* Whether it is written @where: "file:line", or "func+offset/size". */
bool qr_site_is_at(u32 id, const char *where);

#endif /* _QR_SITE_TEXT_H */
