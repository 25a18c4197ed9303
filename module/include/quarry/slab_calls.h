/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * slab_calls.h - the functions behind <quarry/slab.h>, without its macros.
 * They are described where they are defined, in slab.c and slab_cache.c of
 * module/kern.
 */
#ifndef _QUARRY_SLAB_CALLS_H
#define _QUARRY_SLAB_CALLS_H

#include <linux/slab.h>

#include <quarry/quarry.h>

/* Zones that only the kernel's own allocator serves. */
#define __QUARRY_ZONES	(__GFP_DMA | __GFP_DMA32 | __GFP_HIGHMEM)

void *quarry_native_kmalloc(size_t size, gfp_t gfp) __alloc_size(1);
void *__quarry_native_node(size_t size, gfp_t gfp, int node) __alloc_size(1);

void quarry_kfree(const void *block);
void quarry_kvfree(const void *block);
void quarry_kfree_sensitive(const void *block);
void quarry_kvfree_sensitive(const void *block, size_t len);
void quarry_kvfree_atomic(const void *block);
void quarry_kfree_const(const void *block);
void quarry_kfree_link(void *block);
void quarry_kfree_bulk(size_t nr, void **blocks);
void quarry_kvfree_call_rcu(struct rcu_head *head, void *block);
size_t quarry_ksize(const void *block);
void *__quarry_krealloc(struct quarry_heap *heap, const void *block,
			size_t size, gfp_t gfp,
			struct quarry_site *site) __must_check;
void *__quarry_kvrealloc(struct quarry_heap *heap, const void *block,
			 size_t old, size_t size, gfp_t gfp,
			 struct quarry_site *site) __must_check;

struct kmem_cache *quarry_kmem_cache_create(const char *name, unsigned int size,
					    unsigned int align,
					    slab_flags_t flags,
					    void (*ctor)(void *object));
struct kmem_cache *quarry_kmem_cache_create_usercopy(const char *name,
						     unsigned int size,
						     unsigned int align,
						     slab_flags_t flags,
						     unsigned int useroffset,
						     unsigned int usersize,
						     void (*ctor)(void *));
/* With a structure in place of the alignment: since 6.12. */
struct kmem_cache_args;
struct kmem_cache *quarry_kmem_cache_create_args(const char *name,
						 unsigned int size,
						 struct kmem_cache_args *args,
						 slab_flags_t flags);
void quarry_kmem_cache_destroy(struct kmem_cache *cache);
int quarry_kmem_cache_shrink(struct kmem_cache *cache);
unsigned int quarry_kmem_cache_size(struct kmem_cache *cache);
void *__quarry_kmem_cache_alloc(struct kmem_cache *cache, gfp_t gfp, int node,
				struct quarry_site *site);
int __quarry_kmem_cache_alloc_bulk(struct kmem_cache *cache, gfp_t gfp,
				   size_t nr, void **objects,
				   struct quarry_site *site);
void quarry_kmem_cache_free(struct kmem_cache *cache, void *object);
void quarry_kmem_cache_free_bulk(struct kmem_cache *cache, size_t nr,
				 void **objects);

void *quarry_mempool_alloc_slab(gfp_t gfp, void *cache);
void quarry_mempool_free_slab(void *object, void *cache);
void *quarry_mempool_kmalloc(gfp_t gfp, void *size);
void quarry_mempool_kfree(void *block, void *size);

#endif /* _QUARRY_SLAB_CALLS_H */
