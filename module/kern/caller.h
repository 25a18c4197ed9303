/* SPDX-License-Identifier: GPL-2.0-only */
/* caller.h - return addresses as text that outlives the caller's module. */
#ifndef _QR_CALLER_H
#define _QR_CALLER_H

#include <linux/kernel.h>
#include <linux/string.h>

/*
 * "func+0x1c/0x90 [module]".  Where no symbol is known %pS gives the address,
 * which everybody may read in the end: "unknown" instead.  Context: any.
 */
static inline void qr_caller_text(unsigned long caller, char *buf, size_t len)
{
	scnprintf(buf, len, "%pS", (void *)caller);
	if (!strncmp(buf, "0x", 2) || buf[0] == '(')
		strscpy(buf, "unknown", len);
}

#endif /* _QR_CALLER_H */
