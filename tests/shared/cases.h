/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cases.h - prototypes of all shared cases.  One that is defined but missing
 * in list.h has no prototype, which the compiler complains of.
 */
#ifndef _QT_CASES_H
#define _QT_CASES_H

#include "list.h"
#include "qt.h"

#define QT_CASE(name)	void qt_case_##name(struct qt *t)

#define QT_DECLARE(name) QT_CASE(name);
QT_CASES(QT_DECLARE)
#undef QT_DECLARE

#endif /* _QT_CASES_H */
