/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ctype.h - the kernel's idea of characters: Latin-1, whatever the locale.
 * The C library's header comes first, so that its names can be replaced.
 */
#ifndef _MIRROR_LINUX_CTYPE_H
#define _MIRROR_LINUX_CTYPE_H

#include <ctype.h>

#include <linux/types.h>

#undef isspace
#undef iscntrl
#undef isdigit
#undef isalpha
#undef isalnum
#undef isprint
#undef isgraph
#undef tolower
#undef toupper

static inline bool mirror_isspace(u8 c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || c == 0xa0;
}

static inline bool mirror_isalpha(u8 c)
{
	return ((c | 32) >= 'a' && (c | 32) <= 'z') ||
	       (c >= 0xc0 && c != 0xd7 && c != 0xf7);
}

#define isspace(c)	mirror_isspace(c)
#define iscntrl(c)	((u8)(c) < ' ' || (u8)(c) == 0x7f)
#define isdigit(c)	((u8)(c) >= '0' && (u8)(c) <= '9')
#define isalpha(c)	mirror_isalpha(c)
#define isalnum(c)	(isalpha(c) || isdigit(c))
#define isprint(c)	(((u8)(c) >= ' ' && (u8)(c) < 0x7f) || (u8)(c) >= 0xa0)
#define isgraph(c)	(isprint(c) && !isspace(c))
#define tolower(c)	(isalpha(c) && !((c) & 32) ? (c) + 32 : (c))
#define toupper(c)	(isalpha(c) && ((c) & 32) ? (c) - 32 : (c))

#endif /* _MIRROR_LINUX_CTYPE_H */
