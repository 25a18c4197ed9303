/* SPDX-License-Identifier: GPL-2.0-only */
/* check.h - invariants of core's structures, for quiet caches and heaps. */
#ifndef _QT_CHECK_H
#define _QT_CHECK_H

#include "internal.h"

struct qt;

/* Everything internal.h promises about @cache; failures go to @t. */
void qt_check_cache(struct qt *t, struct quarry_cache *cache);
/* All classes and runs of @heap; NULL: the default heap. */
void qt_check_heap(struct qt *t, struct quarry_heap *heap);
/* Every cache and heap there is. */
void qt_check_all(struct qt *t);

#endif /* _QT_CHECK_H */
