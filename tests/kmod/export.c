// SPDX-License-Identifier: GPL-2.0-only
/*
 * export.c - part of quarry.ko where the tests' modules are built with it:
 * what quarry_test.ko sees of the core beyond the public interface.
 */
#include <linux/export.h>

#include "age.h"
#include "cache.h"
#include "chain.h"
#include "control.h"
#include "event.h"
#include "finding.h"
#include "inspect.h"
#include "internal.h"
#include "layout.h"
#include "magazine.h"
#include "meta.h"
#include "origin.h"
#include "site.h"
#include "site_text.h"
#include "slab.h"
#include "stack.h"
#include "sums.h"
#include "walk.h"

EXPORT_SYMBOL_GPL(qr_cache_count);
EXPORT_SYMBOL_GPL(qr_depot_drain);
EXPORT_SYMBOL_GPL(qr_magazines_dissolve);
EXPORT_SYMBOL_GPL(qr_slab_of_live);
EXPORT_SYMBOL_GPL(qr_slab_release);
EXPORT_SYMBOL_GPL(qr_slab_trim);
EXPORT_SYMBOL_GPL(qr_chain_walks);
EXPORT_SYMBOL_GPL(qr_class_aligned);
EXPORT_SYMBOL_GPL(qr_class_size);
EXPORT_SYMBOL_GPL(qr_age);
EXPORT_SYMBOL_GPL(qr_default_heap);
EXPORT_SYMBOL_GPL(qr_event_add);
EXPORT_SYMBOL_GPL(qr_event_count);
EXPORT_SYMBOL_GPL(qr_event_get);
EXPORT_SYMBOL_GPL(qr_event_last);
EXPORT_SYMBOL_GPL(qr_event_name);
EXPORT_SYMBOL_GPL(qr_address_name);
EXPORT_SYMBOL_GPL(qr_damage_found);
EXPORT_SYMBOL_GPL(qr_finding_last);
EXPORT_SYMBOL_GPL(qr_finding_next);
EXPORT_SYMBOL_GPL(qr_on_error_drain_due);
EXPORT_SYMBOL_GPL(qr_on_error_name);
EXPORT_SYMBOL_GPL(qr_on_error_set);
EXPORT_SYMBOL_GPL(qr_class_table);
EXPORT_SYMBOL_GPL(qr_inspect_slab);
EXPORT_SYMBOL_GPL(qr_layout_grow);
EXPORT_SYMBOL_GPL(qr_layout_objects);
EXPORT_SYMBOL_GPL(qr_layout_slab);
EXPORT_SYMBOL_GPL(qr_meta_alloc);
EXPORT_SYMBOL_GPL(qr_meta_free);
EXPORT_SYMBOL_GPL(qr_meta_held);
EXPORT_SYMBOL_GPL(qr_near_bytes);
EXPORT_SYMBOL_GPL(qr_no_class);
EXPORT_SYMBOL_GPL(qr_no_mag);
EXPORT_SYMBOL_GPL(qr_origin_read);
EXPORT_SYMBOL_GPL(qr_page_slab_far);
EXPORT_SYMBOL_GPL(qr_pages_nid);
EXPORT_SYMBOL_GPL(qr_scanner_run);
EXPORT_SYMBOL_GPL(qr_platform_is_own);
EXPORT_SYMBOL_GPL(qr_platform_walk);
EXPORT_SYMBOL_GPL(qr_site_get);
EXPORT_SYMBOL_GPL(qr_site_line);
EXPORT_SYMBOL_GPL(qr_site_of_address);
EXPORT_SYMBOL_GPL(qr_site_sums_add_all);
EXPORT_SYMBOL_GPL(qr_site_sums_add_cache);
EXPORT_SYMBOL_GPL(qr_site_sums_add_heap);
EXPORT_SYMBOL_GPL(qr_site_sums_free);
EXPORT_SYMBOL_GPL(qr_site_sums_init);
EXPORT_SYMBOL_GPL(qr_site_sums_sort);
EXPORT_SYMBOL_GPL(qr_stack_count);
EXPORT_SYMBOL_GPL(qr_stack_get);
EXPORT_SYMBOL_GPL(qr_stack_number);
EXPORT_SYMBOL_GPL(qr_stack_retire);
EXPORT_SYMBOL_GPL(qr_stack_text);
EXPORT_SYMBOL_GPL(qr_walk_next_cache);
EXPORT_SYMBOL_GPL(qr_walk_next_heap);
EXPORT_SYMBOL_GPL(qr_walk_unpin_cache);
EXPORT_SYMBOL_GPL(qr_walk_unpin_heap);
