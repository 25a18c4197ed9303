/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * export.h - a static library exports what is not static.  The declaration
 * refuses to export what does not exist; the names are kept, so that a test
 * can ask for all there are.
 */
#ifndef _MIRROR_LINUX_EXPORT_H
#define _MIRROR_LINUX_EXPORT_H

#define EXPORT_SYMBOL(sym)						\
	extern typeof(sym) sym;						\
	static const char *const mirror_export_##sym			\
	__attribute__((section("mirror_exports"), used)) = #sym
#define EXPORT_SYMBOL_GPL(sym)	EXPORT_SYMBOL(sym)

#endif /* _MIRROR_LINUX_EXPORT_H */
