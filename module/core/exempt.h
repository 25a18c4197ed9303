/* SPDX-License-Identifier: GPL-2.0-only */
/* exempt.h - objects and sites of which a scan shall not complain. */
#ifndef _QR_EXEMPT_H
#define _QR_EXEMPT_H

#include "internal.h"

enum qr_exempt {
	QR_EXEMPT_NO,
	QR_EXEMPT_NOT_LEAK,	/* a root: what it refers to is held */
	QR_EXEMPT_IGNORE,	/* nor is it looked into */
};

/*
 * Remembers @kind of the live object at @address, whose tag is @tag.  It is
 * forgotten with the object.  -ENOMEM or 0.  Context: any but NMI.
 */
int qr_exempt_object(unsigned long address, u64 tag, enum qr_exempt kind);
/*
 * Of the live object that @address lies in; -EINVAL when there is none.
 * Context: any but NMI.
 */
int qr_exempt_address(unsigned long address, enum qr_exempt kind);
/* Of all objects, those to come too, of the sites at "file:line"; -ENOENT. */
int qr_exempt_site(const char *where, enum qr_exempt kind);

/* Between begin and end, for each live object. */
void qr_exempt_begin(void);
enum qr_exempt qr_exempt_of(unsigned long address, u64 tag, u32 site);
/* Forgets those that were not asked for: they do not live any more. */
void qr_exempt_end(void);
/* Forgets all.  Nobody else is here. */
void qr_exempt_exit(void);

#endif /* _QR_EXEMPT_H */
