/* SPDX-License-Identifier: GPL-2.0-only */
/* stdarg.h - the compiler's. */
#ifndef _MIRROR_LINUX_STDARG_H
#define _MIRROR_LINUX_STDARG_H

#include <stdarg.h>

#endif /* _MIRROR_LINUX_STDARG_H */
