// SPDX-License-Identifier: GPL-2.0-only
/*
 * graft.c - the kernel's own allocator as modules are linked with it, name by
 * name with "quarry_graft_" before it: what quarry-graft puts in place of the
 * names in a module that is built already.  Call sites are known by address,
 * and by the module that it lies in its heap.
 *
 * Names and arguments are those of the kernel that this is built for: which
 * that is tells what is a macro there.  What is the same for drivers that are
 * built with <quarry/slab.h> is in slab.c: "quarry_" before a name does too.
 */
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <quarry/slab_calls.h>

#include "block.h"
#include "module_heap.h"

#define GRAFTED(type, name, ...)					\
	type quarry_graft_##name(__VA_ARGS__);				\
	EXPORT_SYMBOL_GPL(quarry_graft_##name);				\
	type quarry_graft_##name(__VA_ARGS__)

/* Where a call is, and the heap it takes from. */
struct place {
	struct quarry_site site;
	struct quarry_heap *heap;
};

static void place_find(struct place *place, gfp_t gfp, unsigned long caller)
{
	u64 tag = qr_module_site(caller);

	place->site = (struct quarry_site){ .tag = tag };
	place->heap = qr_module_heap_of(tag, gfp);
}

static void *get(size_t size, gfp_t gfp, int node, unsigned long caller)
{
	struct place place;

	if (gfp & __QUARRY_ZONES)
		return __quarry_native_node(size, gfp, node);
	place_find(&place, gfp, caller);
	if (node == NUMA_NO_NODE)
		return qr_block_alloc(place.heap, size, gfp, place.site.tag,
				      caller);
	return __quarry_heap_alloc_node(place.heap, size, gfp, node,
					&place.site);
}

static void *kv_get(size_t size, gfp_t gfp, unsigned long caller)
{
	struct place place;

	place_find(&place, gfp, caller);
	return qr_block_kvalloc(place.heap, size, gfp & ~__QUARRY_ZONES,
				place.site.tag, caller);
}

static void *resize(const void *block, size_t size, gfp_t gfp,
		    unsigned long caller)
{
	struct place place;

	place_find(&place, gfp, caller);
	return __quarry_krealloc(place.heap, block, size, gfp, &place.site);
}

static void *kv_resize(const void *block, size_t old, size_t size, gfp_t gfp,
		       unsigned long caller)
{
	struct place place;

	place_find(&place, gfp, caller);
	return __quarry_kvrealloc(place.heap, block, old, size, gfp,
				  &place.site);
}

static void *copy(const void *from, size_t len, gfp_t gfp, unsigned long caller)
{
	struct place place;

	place_find(&place, gfp, caller);
	return __quarry_heap_memdup(place.heap, from, len, gfp, &place.site);
}

static char *copy_text(const char *from, size_t len, gfp_t gfp,
		       unsigned long caller)
{
	struct place place;

	place_find(&place, gfp, caller);
	return __quarry_heap_memdup_nul(place.heap, from, len, gfp,
					&place.site);
}

static void *object_get(struct kmem_cache *cache, gfp_t gfp, int node,
			unsigned long caller)
{
	struct quarry_site site = { .tag = qr_module_site(caller) };

	return __quarry_kmem_cache_alloc(cache, gfp, node, &site);
}

static int objects_get(struct kmem_cache *cache, gfp_t gfp, size_t nr,
		       void **objects, unsigned long caller)
{
	struct quarry_site site = { .tag = qr_module_site(caller) };

	return __quarry_kmem_cache_alloc_bulk(cache, gfp, nr, objects, &site);
}

/* ---------------------------------------------------- on every kernel */

GRAFTED(char *, kstrdup, const char *from, gfp_t gfp)
{
	return from ? copy_text(from, strlen(from), gfp, _RET_IP_) : NULL;
}

GRAFTED(const char *, kstrdup_const, const char *from, gfp_t gfp)
{
	return from ? copy_text(from, strlen(from), gfp, _RET_IP_) : NULL;
}

GRAFTED(char *, kstrndup, const char *from, size_t max, gfp_t gfp)
{
	return from ? copy_text(from, strnlen(from, max), gfp, _RET_IP_) : NULL;
}

GRAFTED(char *, kmemdup_nul, const char *from, size_t len, gfp_t gfp)
{
	return copy_text(from, len, gfp, _RET_IP_);
}

__printf(2, 0)
GRAFTED(char *, kvasprintf, gfp_t gfp, const char *fmt, va_list args)
{
	struct place place;

	place_find(&place, gfp, _RET_IP_);
	return __quarry_heap_vasprintf(place.heap, gfp, &place.site, fmt, args);
}

__printf(2, 3)
GRAFTED(char *, kasprintf, gfp_t gfp, const char *fmt, ...)
{
	struct place place;
	va_list args;
	char *text;

	place_find(&place, gfp, _RET_IP_);
	va_start(args, fmt);
	text = __quarry_heap_vasprintf(place.heap, gfp, &place.site, fmt, args);
	va_end(args);
	return text;
}

#ifndef kmalloc
/* ---------------------------------------------------------- until 6.9 */

GRAFTED(void *, __kmalloc, size_t size, gfp_t gfp)
{
	return get(size, gfp, NUMA_NO_NODE, _RET_IP_);
}

GRAFTED(void *, __kmalloc_node, size_t size, gfp_t gfp, int node)
{
	return get(size, gfp, node, _RET_IP_);
}

GRAFTED(void *, __kmalloc_node_track_caller, size_t size, gfp_t gfp, int node,
	unsigned long caller)
{
	return get(size, gfp, node, _RET_IP_);
}

GRAFTED(void *, __kmalloc_track_caller, size_t size, gfp_t gfp,
	unsigned long caller)
{
	return get(size, gfp, NUMA_NO_NODE, _RET_IP_);
}

/* @cache is the kernel's, for this size. */
GRAFTED(void *, kmalloc_trace, struct kmem_cache *cache, gfp_t gfp, size_t size)
{
	return get(size, gfp, NUMA_NO_NODE, _RET_IP_);
}

GRAFTED(void *, kmalloc_node_trace, struct kmem_cache *cache, gfp_t gfp,
	int node, size_t size)
{
	return get(size, gfp, node, _RET_IP_);
}

GRAFTED(void *, kmalloc_large, size_t size, gfp_t gfp)
{
	return get(size, gfp, NUMA_NO_NODE, _RET_IP_);
}

GRAFTED(void *, kmalloc_large_node, size_t size, gfp_t gfp, int node)
{
	return get(size, gfp, node, _RET_IP_);
}

GRAFTED(void *, kvmalloc_node, size_t size, gfp_t gfp, int node)
{
	return kv_get(size, gfp, _RET_IP_);
}

GRAFTED(void *, krealloc, const void *block, size_t size, gfp_t gfp)
{
	return resize(block, size, gfp, _RET_IP_);
}

GRAFTED(void *, kvrealloc, const void *block, size_t old, size_t size,
	gfp_t gfp)
{
	return kv_resize(block, old, size, gfp, _RET_IP_);
}

GRAFTED(void *, kmemdup, const void *from, size_t len, gfp_t gfp)
{
	return copy(from, len, gfp, _RET_IP_);
}

GRAFTED(void *, kmem_cache_alloc, struct kmem_cache *cache, gfp_t gfp)
{
	return object_get(cache, gfp, NUMA_NO_NODE, _RET_IP_);
}

GRAFTED(void *, kmem_cache_alloc_lru, struct kmem_cache *cache,
	struct list_lru *lru, gfp_t gfp)
{
	return object_get(cache, gfp, NUMA_NO_NODE, _RET_IP_);
}

GRAFTED(void *, kmem_cache_alloc_node, struct kmem_cache *cache, gfp_t gfp,
	int node)
{
	return object_get(cache, gfp, node, _RET_IP_);
}

GRAFTED(int, kmem_cache_alloc_bulk, struct kmem_cache *cache, gfp_t gfp,
	size_t nr, void **objects)
{
	return objects_get(cache, gfp, nr, objects, _RET_IP_);
}

/* Told where the head is in the block, or the block itself without a head. */
GRAFTED(void, kvfree_call_rcu, struct rcu_head *head, rcu_callback_t place)
{
	unsigned long value = (unsigned long)place;

	quarry_kvfree_call_rcu(head, head ? (void *)head - value :
					    (void *)value);
}

#else
/* ---------------------------------------------------------- since 6.12 */

GRAFTED(void *, __kmalloc_cache_noprof, struct kmem_cache *cache, gfp_t gfp,
	size_t size)
{
	return get(size, gfp, NUMA_NO_NODE, _RET_IP_);
}

GRAFTED(void *, __kmalloc_cache_node_noprof, struct kmem_cache *cache,
	gfp_t gfp, int node, size_t size)
{
	return get(size, gfp, node, _RET_IP_);
}

GRAFTED(void *, __kmalloc_large_noprof, size_t size, gfp_t gfp)
{
	return get(size, gfp, NUMA_NO_NODE, _RET_IP_);
}

GRAFTED(void *, __kmalloc_large_node_noprof, size_t size, gfp_t gfp, int node)
{
	return get(size, gfp, node, _RET_IP_);
}

#ifdef DECL_KMALLOC_PARAMS
/* Since 7.0 a token of the type may go along, and an alignment. */
GRAFTED(void *, __kmalloc_noprof, DECL_TOKEN_PARAMS(size, token), gfp_t gfp)
{
	return get(size, gfp, NUMA_NO_NODE, _RET_IP_);
}

GRAFTED(void *, __kmalloc_node_noprof, DECL_KMALLOC_PARAMS(size, b, token),
	gfp_t gfp, int node)
{
	return get(size, gfp, node, _RET_IP_);
}

GRAFTED(void *, __kmalloc_node_track_caller_noprof,
	DECL_KMALLOC_PARAMS(size, b, token), gfp_t gfp, int node,
	unsigned long caller)
{
	return get(size, gfp, node, _RET_IP_);
}

GRAFTED(void *, __kvmalloc_node_noprof, DECL_KMALLOC_PARAMS(size, b, token),
	unsigned long align, gfp_t gfp, int node)
{
	return kv_get(size, gfp, _RET_IP_);
}

GRAFTED(void *, krealloc_node_align_noprof, const void *block,
	DECL_TOKEN_PARAMS(size, token), unsigned long align, gfp_t gfp,
	int node)
{
	return resize(block, size, gfp, _RET_IP_);
}

GRAFTED(void *, kvrealloc_node_align_noprof, const void *block,
	DECL_TOKEN_PARAMS(size, token), unsigned long align, gfp_t gfp,
	int node)
{
	return kv_resize(block, 0, size, gfp, _RET_IP_);
}
#else
GRAFTED(void *, __kmalloc_noprof, size_t size, gfp_t gfp)
{
	return get(size, gfp, NUMA_NO_NODE, _RET_IP_);
}

GRAFTED(void *, __kmalloc_node_noprof, DECL_BUCKET_PARAMS(size, b), gfp_t gfp,
	int node)
{
	return get(size, gfp, node, _RET_IP_);
}

GRAFTED(void *, __kmalloc_node_track_caller_noprof, DECL_BUCKET_PARAMS(size, b),
	gfp_t gfp, int node, unsigned long caller)
{
	return get(size, gfp, node, _RET_IP_);
}

GRAFTED(void *, __kvmalloc_node_noprof, DECL_BUCKET_PARAMS(size, b), gfp_t gfp,
	int node)
{
	return kv_get(size, gfp, _RET_IP_);
}

GRAFTED(void *, krealloc_noprof, const void *block, size_t size, gfp_t gfp)
{
	return resize(block, size, gfp, _RET_IP_);
}

GRAFTED(void *, kvrealloc_noprof, const void *block, size_t size, gfp_t gfp)
{
	return kv_resize(block, 0, size, gfp, _RET_IP_);
}
#endif

GRAFTED(void *, kmemdup_noprof, const void *from, size_t len, gfp_t gfp)
{
	return copy(from, len, gfp, _RET_IP_);
}

GRAFTED(void *, kmemdup_array, const void *from, size_t nr, size_t size,
	gfp_t gfp)
{
	return copy(from, size_mul(nr, size), gfp, _RET_IP_);
}

GRAFTED(void *, kvmemdup, const void *from, size_t len, gfp_t gfp)
{
	void *to = kv_get(len, gfp, _RET_IP_);

	return to ? memcpy(to, from, len) : NULL;
}

GRAFTED(struct kmem_cache *, __kmem_cache_create_args, const char *name,
	unsigned int size, struct kmem_cache_args *args, slab_flags_t flags)
{
	return quarry_kmem_cache_create_args(name, size, args, flags);
}

GRAFTED(void *, kmem_cache_alloc_noprof, struct kmem_cache *cache, gfp_t gfp)
{
	return object_get(cache, gfp, NUMA_NO_NODE, _RET_IP_);
}

GRAFTED(void *, kmem_cache_alloc_lru_noprof, struct kmem_cache *cache,
	struct list_lru *lru, gfp_t gfp)
{
	return object_get(cache, gfp, NUMA_NO_NODE, _RET_IP_);
}

GRAFTED(void *, kmem_cache_alloc_node_noprof, struct kmem_cache *cache,
	gfp_t gfp, int node)
{
	return object_get(cache, gfp, node, _RET_IP_);
}

GRAFTED(int, kmem_cache_alloc_bulk_noprof, struct kmem_cache *cache, gfp_t gfp,
	size_t nr, void **objects)
{
	return objects_get(cache, gfp, nr, objects, _RET_IP_);
}

GRAFTED(void, kvfree_call_rcu, struct rcu_head *head, void *block)
{
	quarry_kvfree_call_rcu(head, block);
}
#endif
