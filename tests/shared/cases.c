// SPDX-License-Identifier: GPL-2.0-only
/* cases.c - the shared cases as a table, in the order of list.h. */

#include "cases.h"

#define QT_ENTRY(case_name)	{ #case_name, qt_case_##case_name },

const struct qt_case qt_cases[] = {
	QT_CASES(QT_ENTRY)
};

const unsigned int qt_nr_cases = ARRAY_SIZE(qt_cases);
