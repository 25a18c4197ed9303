// SPDX-License-Identifier: GPL-2.0-only
/*
 * export.c - part of quarry.ko where the tests' modules are built with it:
 * what quarry_test.ko sees of the core beyond the public interface.
 */
#include <linux/export.h>

#include "age.h"
#include "cache.h"
#include "event.h"
#include "internal.h"
#include "layout.h"
#include "meta.h"
#include "site.h"
#include "sums.h"
#include "walk.h"

EXPORT_SYMBOL_GPL(qr_cache_count);
EXPORT_SYMBOL_GPL(qr_class_aligned);
EXPORT_SYMBOL_GPL(qr_class_size);
EXPORT_SYMBOL_GPL(qr_age);
EXPORT_SYMBOL_GPL(qr_default_heap);
EXPORT_SYMBOL_GPL(qr_event_add);
EXPORT_SYMBOL_GPL(qr_event_count);
EXPORT_SYMBOL_GPL(qr_event_get);
EXPORT_SYMBOL_GPL(qr_event_last);
EXPORT_SYMBOL_GPL(qr_event_name);
EXPORT_SYMBOL_GPL(qr_class_table);
EXPORT_SYMBOL_GPL(qr_layout_grow);
EXPORT_SYMBOL_GPL(qr_layout_objects);
EXPORT_SYMBOL_GPL(qr_layout_slab);
EXPORT_SYMBOL_GPL(qr_meta_held);
EXPORT_SYMBOL_GPL(qr_near_bytes);
EXPORT_SYMBOL_GPL(qr_no_class);
EXPORT_SYMBOL_GPL(qr_no_mag);
EXPORT_SYMBOL_GPL(qr_page_slab_far);
EXPORT_SYMBOL_GPL(qr_pages_nid);
EXPORT_SYMBOL_GPL(qr_site_get);
EXPORT_SYMBOL_GPL(qr_site_of_address);
EXPORT_SYMBOL_GPL(qr_site_sums_add_all);
EXPORT_SYMBOL_GPL(qr_site_sums_add_cache);
EXPORT_SYMBOL_GPL(qr_site_sums_add_heap);
EXPORT_SYMBOL_GPL(qr_site_sums_free);
EXPORT_SYMBOL_GPL(qr_site_sums_init);
EXPORT_SYMBOL_GPL(qr_site_sums_sort);
EXPORT_SYMBOL_GPL(qr_walk_next_cache);
EXPORT_SYMBOL_GPL(qr_walk_next_heap);
EXPORT_SYMBOL_GPL(qr_walk_unpin_cache);
EXPORT_SYMBOL_GPL(qr_walk_unpin_heap);
