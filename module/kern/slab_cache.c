// SPDX-License-Identifier: GPL-2.0-only
/*
 * slab_cache.c - what the calls of <quarry/slab.h> do for caches and mempools.
 *
 * A cache that a driver makes is a cache of quarry, known to the driver by its
 * address plus one: the kernel's own have even addresses.  Those come by too,
 * as caches that the kernel lends, and ones for DMA zones.
 */
#include <linux/ctype.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <quarry/slab_calls.h>

#include "block.h"
#include "cache.h"
#include "module_heap.h"

/* Caches that have the same name are numbered up to this. */
#define NAMESAKES	1000

static struct quarry_cache *ours(struct kmem_cache *cache)
{
	return (unsigned long)cache & 1 ? (void *)cache - 1 : NULL;
}

static struct kmem_cache *to_driver(struct quarry_cache *cache)
{
	return (void *)cache + 1;
}

static const struct {
	slab_flags_t theirs;
	unsigned long flag;
} flag_map[] = {
	{ SLAB_HWCACHE_ALIGN, QUARRY_HWCACHE_ALIGN },
	{ SLAB_TYPESAFE_BY_RCU, QUARRY_TYPESAFE_BY_RCU },
	{ SLAB_CONSISTENCY_CHECKS, QUARRY_CONSISTENCY },
	{ SLAB_RED_ZONE, QUARRY_RED_ZONE },
	{ SLAB_POISON, QUARRY_POISON },
	{ SLAB_STORE_USER, QUARRY_STORE_USER },
};

static unsigned long flags_of(slab_flags_t theirs)
{
	unsigned long flags = 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(flag_map); i++)
		if (theirs & flag_map[i].theirs)
			flags |= flag_map[i].flag;
	return flags;
}

/* @name as quarry's caches may have it: SLUB takes any. */
static void name_make(char to[QUARRY_NAME_MAX + 1], const char *name,
		      unsigned int number)
{
	char *at, tail[12] = "";

	if (number)
		scnprintf(tail, sizeof(tail), "-%u", number);
	strscpy(to, name, QUARRY_NAME_MAX + 1 - strlen(tail));
	for (at = to; *at; at++)
		if (*at == '/' || isspace(*at) || iscntrl(*at))
			*at = '_';
	strcat(to, tail);
}

/* As with SLUB, several may have one name; ours are numbered. */
static struct quarry_cache *create(const char *name, unsigned int size,
				   unsigned int align, unsigned long flags,
				   void (*ctor)(void *object))
{
	char own[QUARRY_NAME_MAX + 1];
	struct quarry_cache *cache;
	unsigned int number = 0;

	do {
		name_make(own, name, number);
		cache = qr_cache_create_named(own, size, align, flags, ctor);
		number = number ? number + 1 : 2;
	} while (cache == ERR_PTR(-EEXIST) && number < NAMESAKES);
	return cache;
}

/**
 * quarry_kmem_cache_create() - kmem_cache_create(), of quarry
 * @name: any text; what quarry does not allow in one becomes '_', and a number
 *	is added where it is in use
 * @size: bytes of an object
 * @align: alignment in bytes, or 0
 * @flags: as for kmem_cache_create(); caches for DMA zones are the kernel's own
 * @ctor: as for kmem_cache_create()
 *
 * Context: Process, may sleep.
 * Return: the cache, for the calls of <quarry/slab.h> only, or %NULL.
 */
struct kmem_cache *quarry_kmem_cache_create(const char *name, unsigned int size,
					    unsigned int align,
					    slab_flags_t flags,
					    void (*ctor)(void *object))
{
	struct quarry_cache *cache;

	if (flags & (SLAB_CACHE_DMA | SLAB_CACHE_DMA32))
		return kmem_cache_create(name, size, align, flags, ctor);
	cache = create(name ?: "cache", size, align, flags_of(flags), ctor);
	if (!IS_ERR(cache))
		return to_driver(cache);
	if (flags & SLAB_PANIC)
		panic("quarry: no cache \"%s\": %ld\n", name, PTR_ERR(cache));
	return NULL;
}
EXPORT_SYMBOL_GPL(quarry_kmem_cache_create);

/**
 * quarry_kmem_cache_create_usercopy() - the same with a part user space sees
 * @name: as for quarry_kmem_cache_create()
 * @size: as for quarry_kmem_cache_create()
 * @align: as for quarry_kmem_cache_create()
 * @flags: as for quarry_kmem_cache_create()
 * @useroffset: not looked at: what is in no slab of SLUB's may be copied
 * @usersize: not looked at
 * @ctor: as for quarry_kmem_cache_create()
 *
 * Context: Process, may sleep.
 * Return: as quarry_kmem_cache_create().
 */
struct kmem_cache *quarry_kmem_cache_create_usercopy(const char *name,
						     unsigned int size,
						     unsigned int align,
						     slab_flags_t flags,
						     unsigned int useroffset,
						     unsigned int usersize,
						     void (*ctor)(void *))
{
	return quarry_kmem_cache_create(name, size, align, flags, ctor);
}
EXPORT_SYMBOL_GPL(quarry_kmem_cache_create_usercopy);

/**
 * quarry_kmem_cache_destroy() - kmem_cache_destroy() for caches of both kinds
 * @cache: the cache, consumed; %NULL is accepted
 *
 * Objects that are live still are told of by call site, and stay.
 *
 * Context: Process, may sleep.
 */
void quarry_kmem_cache_destroy(struct kmem_cache *cache)
{
	struct quarry_cache *own = ours(cache);

	if (!own) {
		kmem_cache_destroy(cache);
		return;
	}
	quarry_cache_barrier(own);
	quarry_cache_destroy(own);
}
EXPORT_SYMBOL_GPL(quarry_kmem_cache_destroy);

/**
 * quarry_kmem_cache_shrink() - kmem_cache_shrink() for caches of both kinds
 * @cache: the cache
 *
 * Context: Process, may sleep.
 * Return: as kmem_cache_shrink(): 0 when nothing is left.
 */
int quarry_kmem_cache_shrink(struct kmem_cache *cache)
{
	struct quarry_cache *own = ours(cache);
	struct qr_cache_count count;

	if (!own)
		return kmem_cache_shrink(cache);
	quarry_cache_shrink(own);
	qr_cache_count(own, &count);
	return !!count.live;
}
EXPORT_SYMBOL_GPL(quarry_kmem_cache_shrink);

/**
 * quarry_kmem_cache_size() - kmem_cache_size() for caches of both kinds
 * @cache: the cache
 *
 * Context: Any.
 * Return: bytes of an object.
 */
unsigned int quarry_kmem_cache_size(struct kmem_cache *cache)
{
	struct quarry_cache *own = ours(cache);

	return own ? quarry_cache_size(own) : kmem_cache_size(cache);
}
EXPORT_SYMBOL_GPL(quarry_kmem_cache_size);

/**
 * __quarry_kmem_cache_alloc() - kmem_cache_alloc_node() for both kinds
 * @cache: the cache
 * @gfp: as for kmem_cache_alloc()
 * @node: the node wanted, or %NUMA_NO_NODE
 * @site: static record of the call site
 *
 * Context: As @gfp says.
 * Return: the object, or %NULL.
 */
void *__quarry_kmem_cache_alloc(struct kmem_cache *cache, gfp_t gfp, int node,
				struct quarry_site *site)
{
	struct quarry_cache *own = ours(cache);

	if (!own)
		return kmem_cache_alloc_node(cache, gfp, node);
	return __quarry_cache_alloc_node(own, gfp, node, site);
}
EXPORT_SYMBOL_GPL(__quarry_kmem_cache_alloc);

/**
 * __quarry_kmem_cache_alloc_bulk() - kmem_cache_alloc_bulk() for both kinds
 * @cache: the cache
 * @gfp: as for kmem_cache_alloc()
 * @nr: how many
 * @objects: where they go
 * @site: static record of the call site
 *
 * Context: As @gfp says.
 * Return: @nr, or 0.
 */
int __quarry_kmem_cache_alloc_bulk(struct kmem_cache *cache, gfp_t gfp,
				   size_t nr, void **objects,
				   struct quarry_site *site)
{
	struct quarry_cache *own = ours(cache);

	if (!own)
		return kmem_cache_alloc_bulk(cache, gfp, nr, objects);
	return __quarry_cache_alloc_bulk(own, gfp, nr, objects, site);
}
EXPORT_SYMBOL_GPL(__quarry_kmem_cache_alloc_bulk);

/**
 * quarry_kmem_cache_free() - kmem_cache_free() for caches of both kinds
 * @cache: the cache
 * @object: the object, consumed; %NULL is accepted
 *
 * Context: Any but NMI.
 */
void quarry_kmem_cache_free(struct kmem_cache *cache, void *object)
{
	struct quarry_cache *own = ours(cache);

	if (likely(own))
		quarry_cache_free(own, object);
	else if (object)
		kmem_cache_free(cache, object);
}
EXPORT_SYMBOL_GPL(quarry_kmem_cache_free);

/**
 * quarry_kmem_cache_free_bulk() - kmem_cache_free_bulk() for both kinds
 * @cache: the cache; %NULL: each object's own
 * @nr: how many
 * @objects: the objects, consumed
 *
 * Context: Any but NMI.
 */
void quarry_kmem_cache_free_bulk(struct kmem_cache *cache, size_t nr,
				 void **objects)
{
	struct quarry_cache *own = ours(cache);

	if (own)
		quarry_cache_free_bulk(own, nr, objects);
	else if (cache)
		kmem_cache_free_bulk(cache, nr, objects);
	else
		quarry_kfree_bulk(nr, objects);
}
EXPORT_SYMBOL_GPL(quarry_kmem_cache_free_bulk);

#ifdef kmem_cache_create
/**
 * quarry_kmem_cache_create_args() - the same with a structure
 * @name: as for quarry_kmem_cache_create()
 * @size: as for quarry_kmem_cache_create()
 * @args: as for kmem_cache_create(), or %NULL
 * @flags: as for quarry_kmem_cache_create()
 *
 * Context: Process, may sleep.
 * Return: as quarry_kmem_cache_create().
 */
struct kmem_cache *quarry_kmem_cache_create_args(const char *name,
						 unsigned int size,
						 struct kmem_cache_args *args,
						 slab_flags_t flags)
{
	return quarry_kmem_cache_create(name, size, args ? args->align : 0,
					flags, args ? args->ctor : NULL);
}
EXPORT_SYMBOL_GPL(quarry_kmem_cache_create_args);
#endif

/* ------------------------------------------------------------- mempools */

/*
 * Mempools call these from code of the kernel's: whose call it is, is told by
 * the module on the way here.
 */

/**
 * quarry_mempool_alloc_slab() - mempool_alloc_slab() for caches of both kinds
 * @gfp: as for kmem_cache_alloc()
 * @cache: the cache
 *
 * Context: As @gfp says.
 * Return: the object, or %NULL.
 */
void *quarry_mempool_alloc_slab(gfp_t gfp, void *cache)
{
	struct quarry_site site = { .tag = qr_module_site(_RET_IP_) };

	return __quarry_kmem_cache_alloc(cache, gfp, NUMA_NO_NODE, &site);
}
EXPORT_SYMBOL_GPL(quarry_mempool_alloc_slab);

/**
 * quarry_mempool_free_slab() - the other half
 * @object: the object, consumed
 * @cache: the cache
 *
 * Context: Any but NMI.
 */
void quarry_mempool_free_slab(void *object, void *cache)
{
	quarry_kmem_cache_free(cache, object);
}
EXPORT_SYMBOL_GPL(quarry_mempool_free_slab);

/**
 * quarry_mempool_kmalloc() - mempool_kmalloc() from the module's heap
 * @gfp: as for kmalloc()
 * @size: bytes
 *
 * Context: As @gfp says.
 * Return: the block, or %NULL.
 */
void *quarry_mempool_kmalloc(gfp_t gfp, void *size)
{
	u64 tag = qr_module_site(_RET_IP_);

	return qr_block_alloc(qr_module_heap_of(tag, gfp), (size_t)size, gfp,
			      tag, _RET_IP_);
}
EXPORT_SYMBOL_GPL(quarry_mempool_kmalloc);

/**
 * quarry_mempool_kfree() - the other half
 * @block: the block, consumed
 * @size: not looked at
 *
 * Context: Any but NMI.
 */
void quarry_mempool_kfree(void *block, void *size)
{
	quarry_kfree(block);
}
EXPORT_SYMBOL_GPL(quarry_mempool_kfree);
