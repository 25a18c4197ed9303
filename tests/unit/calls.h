/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * calls.h - calls of the public functions, all of them, for who has their
 * allocations fail.
 */
#ifndef QUARRY_UNIT_CALLS_H
#define QUARRY_UNIT_CALLS_H

#include <stdbool.h>

#include <quarry/quarry.h>

#define MANY	120

struct subject {
	struct quarry_cache *cache;
	struct quarry_heap *heap;
	void *got[MANY];
	unsigned int nr;
};

/* True when the call gave all it was asked for; what it gave is in @got. */
typedef bool (*call_fn)(struct subject *s);

/*
 * X(case, exported functions it calls): call_case().  A function without a
 * case is found by its absence.
 */
#define CALLS(X)							\
	X(cache_create, "quarry_cache_create quarry_cache_destroy")	\
	X(cache_alloc, "__quarry_cache_alloc")				\
	X(cache_alloc_atomic, "")					\
	X(cache_alloc_by_address, "quarry_cache_alloc")			\
	X(cache_zalloc, "quarry_cache_zalloc")				\
	X(cache_alloc_node,						\
	  "__quarry_cache_alloc_node quarry_cache_alloc_node")		\
	X(cache_alloc_many, "quarry_cache_free")			\
	X(cache_alloc_bulk,						\
	  "__quarry_cache_alloc_bulk quarry_cache_free_bulk")		\
	X(cache_alloc_bulk_by_address, "quarry_cache_alloc_bulk")	\
	X(cache_set_level, "quarry_cache_set_level")			\
	X(cache_stack, "")						\
	X(cache_debug, "quarry_cache_set_debug")			\
	X(cache_shrink, "quarry_cache_shrink")				\
	X(new_sites, "")						\
	X(heap_create, "quarry_heap_create quarry_heap_destroy")	\
	X(module_heap, "quarry_module_heap")				\
	X(heap_alloc, "__quarry_heap_alloc_class")			\
	X(heap_alloc_sizes, "__quarry_heap_alloc")			\
	X(heap_alloc_by_address, "quarry_heap_alloc quarry_heap_kvalloc " \
	  "quarry_heap_realloc")					\
	X(default_heap, "quarry_alloc quarry_zalloc quarry_kvalloc "	\
	  "quarry_realloc")						\
	X(heap_alloc_run, "")						\
	X(heap_alloc_run_atomic, "")					\
	X(heap_alloc_array, "__quarry_heap_alloc_array")		\
	X(heap_alloc_node, "__quarry_heap_alloc_node")			\
	X(heap_alloc_aligned, "__quarry_heap_alloc_aligned")		\
	X(heap_kvalloc, "__quarry_heap_kvalloc")			\
	X(heap_realloc, "__quarry_heap_realloc __quarry_heap_realloc_array") \
	X(heap_copies, "__quarry_heap_strdup __quarry_heap_strndup "	\
	  "__quarry_heap_memdup __quarry_heap_memdup_nul "		\
	  "__quarry_heap_asprintf "					\
	  "__quarry_heap_vasprintf")					\
	X(heap_set_level, "quarry_heap_set_level")			\
	X(heap_stack, "")						\
	X(heap_debug, "quarry_heap_set_debug")				\
	X(heap_frees, "quarry_free quarry_heap_free quarry_free_sensitive " \
	  "quarry_heap_shrink")						\
	X(free_rcu, "quarry_call_free_rcu quarry_barrier "		\
	  "quarry_cache_barrier")					\
	X(excuse, "quarry_not_leak quarry_ignore quarry_not_leak_site "	\
	  "quarry_ignore_site")						\
	X(questions, "quarry_cache_size quarry_cache_name "		\
	  "quarry_cache_of quarry_heap_limit quarry_heap_held "		\
	  "quarry_heap_name quarry_heap_of quarry_heap_set_limit "	\
	  "quarry_heap_set_shrinker quarry_usable_size")						\
	X(site_sums, "")						\
	X(watch, "")							\
	X(reports, "")

#define DECLARE_CALL(name, covers)	bool call_##name(struct subject *s);
CALLS(DECLARE_CALL)

/* Leaves room for a few sites before the table needs another page. */
void fill_sites(void);

#endif /* QUARRY_UNIT_CALLS_H */
