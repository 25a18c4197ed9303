/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * slab.h - the calls of <linux/slab.h>, answered by quarry.  A driver that has
 *
 *	#include <quarry/slab.h>
 *
 * behind its other includes, or is built with KCFLAGS="-include quarry/slab.h",
 * gets its memory from a heap of the module's name, each block with the file
 * and line that asked for it; nothing else of it changes.
 *
 * Freeing works for whatever the kernel's own calls work for: what is not
 * quarry's is passed on.  What the kernel itself is going to free, as the data
 * of an skb, is allocated with quarry_native_kmalloc(): see README.md.
 *
 * Names that are passed as functions, kfree among them, are replaced wherever
 * they stand; the others only where they are called.
 */
#ifndef _QUARRY_SLAB_H
#define _QUARRY_SLAB_H

#include <linux/err.h>
#include <linux/fs.h>
#include <linux/mempool.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include <quarry/slab_calls.h>

/* --------------------------------------------- what the calls expand to */

/* The module's heap, as far as this file knows it. */
static struct quarry_heap *__quarry_heap __maybe_unused;

static __always_inline struct quarry_heap *__quarry_own(gfp_t gfp)
{
	struct quarry_heap *heap = READ_ONCE(__quarry_heap);

	return likely(heap) ? heap :
	       quarry_module_heap(&__quarry_heap, KBUILD_MODNAME, gfp);
}

static __always_inline __alloc_size(1)
void *__quarry_kmalloc(size_t size, gfp_t gfp, struct quarry_site *site)
{
	if (unlikely(gfp & __QUARRY_ZONES))
		return quarry_native_kmalloc(size, gfp);
	return __quarry_heap_alloc_sized(__quarry_own(gfp), size, gfp, site);
}

static __always_inline __alloc_size(1)
void *__quarry_kmalloc_node(size_t size, gfp_t gfp, int node,
			    struct quarry_site *site)
{
	if (unlikely(gfp & __QUARRY_ZONES))
		return __quarry_native_node(size, gfp, node);
	return __quarry_heap_alloc_node(__quarry_own(gfp), size, gfp, node,
					site);
}

static __always_inline __alloc_size(1)
void *__quarry_kvmalloc(size_t size, gfp_t gfp, struct quarry_site *site)
{
	return __quarry_heap_kvalloc(__quarry_own(gfp), size,
				     gfp & ~__QUARRY_ZONES, site);
}

/* NULL, of an array that no size_t can tell the bytes of; which is reported. */
static __always_inline
void *__quarry_no_array(size_t nr, size_t size, gfp_t gfp,
			struct quarry_site *site)
{
	return __quarry_heap_alloc_array(__quarry_own(gfp), nr, size, gfp,
					 site);
}

static __always_inline __alloc_size(1, 2)
void *__quarry_kmalloc_array(size_t nr, size_t size, gfp_t gfp,
			     struct quarry_site *site)
{
	size_t bytes;

	if (unlikely(check_mul_overflow(nr, size, &bytes)))
		return __quarry_no_array(nr, size, gfp, site);
	return __quarry_kmalloc(bytes, gfp, site);
}

static __always_inline __alloc_size(1, 2)
void *__quarry_kmalloc_array_node(size_t nr, size_t size, gfp_t gfp, int node,
				  struct quarry_site *site)
{
	size_t bytes;

	if (unlikely(check_mul_overflow(nr, size, &bytes)))
		return __quarry_no_array(nr, size, gfp, site);
	return __quarry_kmalloc_node(bytes, gfp, node, site);
}

static __always_inline __alloc_size(1, 2)
void *__quarry_kvmalloc_array(size_t nr, size_t size, gfp_t gfp,
			      struct quarry_site *site)
{
	size_t bytes;

	if (unlikely(check_mul_overflow(nr, size, &bytes)))
		return __quarry_no_array(nr, size, gfp, site);
	return __quarry_kvmalloc(bytes, gfp, site);
}

static __always_inline __alloc_size(2, 3)
void *__quarry_krealloc_array(const void *block, size_t nr, size_t size,
			      gfp_t gfp, struct quarry_site *site)
{
	size_t bytes;

	if (unlikely(check_mul_overflow(nr, size, &bytes)))
		return __quarry_no_array(nr, size, gfp, site);
	return __quarry_krealloc(__quarry_own(gfp), block, bytes, gfp, site);
}

static __always_inline __alloc_size(2, 3)
void *__quarry_memdup_array(const void *from, size_t nr, size_t size,
			    gfp_t gfp, struct quarry_site *site)
{
	size_t bytes;

	if (unlikely(check_mul_overflow(nr, size, &bytes)))
		return __quarry_no_array(nr, size, gfp, site);
	return __quarry_heap_memdup(__quarry_own(gfp), from, bytes, gfp, site);
}

/* A cache of quarry's has an odd address; who follows it has an oops. */
static __always_inline bool __quarry_is_cache(struct kmem_cache *cache)
{
	return (unsigned long)cache & 1;
}

static __always_inline
void *__quarry_cache_get(struct kmem_cache *cache, gfp_t gfp,
			 struct quarry_site *site)
{
	if (likely(__quarry_is_cache(cache)))
		return __quarry_cache_alloc((void *)cache - 1, gfp, site);
	return __quarry_kmem_cache_alloc(cache, gfp, NUMA_NO_NODE, site);
}

/*
 * A call of quarry with the module's heap before and its site behind: @gfp may
 * have side effects.
 */
#define __quarry_call(gfp, function, ...)				\
({									\
	gfp_t __quarry_gfp = (gfp);					\
									\
	function(__quarry_own(__quarry_gfp), __VA_ARGS__, __quarry_gfp,	\
		 QUARRY_SITE);						\
})

static inline void __quarry_cleanup_kfree(void *p)
{
	void *block = *(void **)p;

	if (!IS_ERR_OR_NULL(block))
		quarry_kfree(block);
}

static inline void __quarry_cleanup_kvfree(void *p)
{
	void *block = *(void **)p;

	if (!IS_ERR_OR_NULL(block))
		quarry_kvfree(block);
}

static inline void __quarry_cleanup_kfree_sensitive(void *p)
{
	void *block = *(void **)p;

	if (!IS_ERR_OR_NULL(block))
		quarry_kfree_sensitive(block);
}

/* ------------------------------------------------------------ kmalloc() */

#undef kmalloc
#undef kzalloc
#undef kmalloc_node
#undef kzalloc_node
#undef kmalloc_array
#undef kcalloc
#undef kmalloc_array_node
#undef kcalloc_node
#undef kmalloc_track_caller
#undef kmalloc_node_track_caller
#undef krealloc
#undef krealloc_array
#undef ksize
#undef kfree
#undef kfree_sensitive
#undef kfree_bulk
#undef kfree_link

#define kmalloc(size, gfp)	__quarry_kmalloc((size), (gfp), QUARRY_SITE)
#define kzalloc(size, gfp)	kmalloc(size, (gfp) | __GFP_ZERO)
#define kmalloc_node(size, gfp, node) \
	__quarry_kmalloc_node((size), (gfp), (node), QUARRY_SITE)
#define kzalloc_node(size, gfp, node) \
	kmalloc_node(size, (gfp) | __GFP_ZERO, node)
#define kmalloc_array(nr, size, gfp) \
	__quarry_kmalloc_array((nr), (size), (gfp), QUARRY_SITE)
#define kcalloc(nr, size, gfp)	kmalloc_array(nr, size, (gfp) | __GFP_ZERO)
#define kmalloc_array_node(nr, size, gfp, node)			\
	__quarry_kmalloc_array_node((nr), (size), (gfp), (node),	\
				    QUARRY_SITE)
#define kcalloc_node(nr, size, gfp, node) \
	kmalloc_array_node(nr, size, (gfp) | __GFP_ZERO, node)
#define kmalloc_track_caller(size, gfp)	kmalloc(size, gfp)
#define kmalloc_node_track_caller(size, gfp, node) \
	kmalloc_node(size, gfp, node)
#define krealloc(block, size, gfp) \
	__quarry_call(gfp, __quarry_krealloc, (block), (size))
#define krealloc_array(block, nr, size, gfp) \
	__quarry_krealloc_array((block), (nr), (size), (gfp), QUARRY_SITE)
#define ksize			quarry_ksize
#define kfree			quarry_kfree
#define kfree_sensitive		quarry_kfree_sensitive
#define kfree_bulk		quarry_kfree_bulk
/* Of a symbolic link, which the kernel calls. */
#define kfree_link		quarry_kfree_link
/* DEFINE_FREE() of those: since 6.7. */
#define __free_kfree		__quarry_cleanup_kfree
#define __free_kvfree		__quarry_cleanup_kvfree
#define __free_kfree_sensitive	__quarry_cleanup_kfree_sensitive

/* ----------------------------------------------------------- kvmalloc() */

#undef kvmalloc
#undef kvzalloc
#undef kvmalloc_node
#undef kvzalloc_node
#undef kvmalloc_array
#undef kvcalloc
#undef kvmalloc_array_node
#undef kvcalloc_node
#undef kvrealloc
#undef kvfree
#undef kvfree_atomic
#undef kvfree_sensitive

#define kvmalloc(size, gfp)	__quarry_kvmalloc((size), (gfp), QUARRY_SITE)
#define kvzalloc(size, gfp)	kvmalloc(size, (gfp) | __GFP_ZERO)
/* As with the kernel's own, the node is a wish. */
#define kvmalloc_node(size, gfp, node)		\
	((void)(node), kvmalloc(size, gfp))
#define kvzalloc_node(size, gfp, node) \
	kvmalloc_node(size, (gfp) | __GFP_ZERO, node)
#define kvmalloc_array(nr, size, gfp) \
	__quarry_kvmalloc_array((nr), (size), (gfp), QUARRY_SITE)
#define kvcalloc(nr, size, gfp)	kvmalloc_array(nr, size, (gfp) | __GFP_ZERO)
#define kvmalloc_array_node(nr, size, gfp, node) \
	((void)(node), kvmalloc_array(nr, size, gfp))
#define kvcalloc_node(nr, size, gfp, node) \
	kvmalloc_array_node(nr, size, (gfp) | __GFP_ZERO, node)
/* Without the old size: since 6.12, when this became a macro too. */
#ifdef kmem_cache_create
#define kvrealloc(block, size, gfp) \
	__quarry_call(gfp, __quarry_kvrealloc, (block), 0, (size))
#else
#define kvrealloc(block, old, size, gfp) \
	__quarry_call(gfp, __quarry_kvrealloc, (block), (old), (size))
#endif
#define kvfree			quarry_kvfree
#define kvfree_atomic		quarry_kvfree_atomic
#define kvfree_sensitive	quarry_kvfree_sensitive

/* --------------------------------------------------------------- copies */

#undef kmemdup
#undef kmemdup_nul
#undef kmemdup_array
#undef kvmemdup
#undef kstrdup
#undef kstrndup
#undef kstrdup_const
#undef kfree_const
#undef kasprintf
#undef kvasprintf

#define kmemdup(from, len, gfp) \
	__quarry_call(gfp, __quarry_heap_memdup, (from), (len))
#define kmemdup_array(from, nr, size, gfp) \
	__quarry_memdup_array((from), (nr), (size), (gfp), QUARRY_SITE)
#define kmemdup_nul(from, len, gfp) \
	__quarry_call(gfp, __quarry_heap_memdup_nul, (from), (len))
#define kvmemdup(from, len, gfp)					\
({									\
	const void *__quarry_from = (from);				\
	size_t __quarry_len = (len);					\
	void *__quarry_copy = kvmalloc(__quarry_len, gfp);		\
									\
	__quarry_copy ? memcpy(__quarry_copy, __quarry_from,		\
			       __quarry_len) : NULL;			\
})
#define kstrdup(from, gfp) \
	__quarry_call(gfp, __quarry_heap_strdup, (from))
#define kstrndup(from, max, gfp) \
	__quarry_call(gfp, __quarry_heap_strndup, (from), (max))
#define kstrdup_const(from, gfp)	kstrdup(from, gfp)
#define kfree_const			quarry_kfree_const
#define kasprintf(gfp, fmt, ...)					\
({									\
	gfp_t __quarry_gfp = (gfp);					\
									\
	__quarry_heap_asprintf(__quarry_own(__quarry_gfp), __quarry_gfp, \
			       QUARRY_SITE, (fmt), ##__VA_ARGS__);	\
})
#define kvasprintf(gfp, fmt, args)					\
({									\
	gfp_t __quarry_gfp = (gfp);					\
									\
	__quarry_heap_vasprintf(__quarry_own(__quarry_gfp), __quarry_gfp, \
				QUARRY_SITE, (fmt), (args));		\
})

/* ------------------------------------------------------------------ RCU */

#undef kfree_rcu
#undef kvfree_rcu
#undef kfree_rcu_mightsleep
#undef kvfree_rcu_mightsleep

#define __quarry_kfree_rcu_2(ptr, member)				\
do {									\
	typeof(ptr) __quarry_ptr = (ptr);				\
									\
	if (__quarry_ptr)						\
		quarry_kvfree_call_rcu(&__quarry_ptr->member,		\
				       (void *)__quarry_ptr);		\
} while (0)

#define kfree_rcu_mightsleep(ptr)					\
do {									\
	typeof(ptr) __quarry_ptr = (ptr);				\
									\
	if (__quarry_ptr)						\
		quarry_kvfree_call_rcu(NULL, (void *)__quarry_ptr);	\
} while (0)

#define __quarry_pick(one, two, name, ...) name
/* With one argument, which sleeps: until 6.4. */
#define kfree_rcu(...)							\
	__quarry_pick(__VA_ARGS__, __quarry_kfree_rcu_2,		\
		      kfree_rcu_mightsleep)(__VA_ARGS__)
#define kvfree_rcu(...)			kfree_rcu(__VA_ARGS__)
#define kvfree_rcu_mightsleep(ptr)	kfree_rcu_mightsleep(ptr)

/* --------------------------------------------------------------- caches */

#undef kmem_cache_create_usercopy
#undef KMEM_CACHE
#undef KMEM_CACHE_USERCOPY
#undef kmem_cache_destroy
#undef kmem_cache_shrink
#undef kmem_cache_size
#undef kmem_cache_alloc
#undef kmem_cache_zalloc
#undef kmem_cache_alloc_node
#undef kmem_cache_alloc_lru
#undef kmem_cache_alloc_bulk
#undef kmem_cache_free
#undef kmem_cache_free_bulk

#define kmem_cache_create_usercopy	quarry_kmem_cache_create_usercopy
/* A structure in place of the alignment: since 6.12. */
#ifdef kmem_cache_create
#undef kmem_cache_create
#define kmem_cache_create(name, size, args, ...)			\
	_Generic((args),						\
		 struct kmem_cache_args *: quarry_kmem_cache_create_args, \
		 void *: quarry_kmem_cache_create_args,			\
		 default: quarry_kmem_cache_create)(name, size, args,	\
						    __VA_ARGS__)
#else
#define kmem_cache_create		quarry_kmem_cache_create
#endif
#define KMEM_CACHE(type, flags)						\
	quarry_kmem_cache_create(#type, sizeof(struct type),		\
				 __alignof__(struct type), (flags), NULL)
#define KMEM_CACHE_USERCOPY(type, flags, field)				\
	quarry_kmem_cache_create_usercopy(#type, sizeof(struct type),	\
					  __alignof__(struct type), (flags), \
					  offsetof(struct type, field),	\
					  sizeof_field(struct type, field), \
					  NULL)
#define kmem_cache_destroy		quarry_kmem_cache_destroy
#define kmem_cache_shrink		quarry_kmem_cache_shrink
#define kmem_cache_size			quarry_kmem_cache_size
#define kmem_cache_alloc(cache, gfp) \
	__quarry_cache_get((cache), (gfp), QUARRY_SITE)
#define kmem_cache_zalloc(cache, gfp) \
	kmem_cache_alloc(cache, (gfp) | __GFP_ZERO)
#define kmem_cache_alloc_node(cache, gfp, node) \
	__quarry_kmem_cache_alloc((cache), (gfp), (node), QUARRY_SITE)
/* Nothing is charged to memory cgroups, so no list of theirs is needed. */
#define kmem_cache_alloc_lru(cache, lru, gfp) \
	((void)(lru), kmem_cache_alloc(cache, gfp))
/* A function in 6.1, of the call above. */
#undef alloc_inode_sb
#define alloc_inode_sb(sb, cache, gfp) \
	((void)(sb), kmem_cache_alloc(cache, gfp))
#define kmem_cache_alloc_bulk(cache, gfp, nr, objects)			\
	__quarry_kmem_cache_alloc_bulk((cache), (gfp), (nr), (objects),	\
				       QUARRY_SITE)
#define kmem_cache_free			quarry_kmem_cache_free
#define kmem_cache_free_bulk		quarry_kmem_cache_free_bulk

/* ------------------------------------------------------------- mempools */

#undef mempool_alloc_slab
#undef mempool_free_slab
#undef mempool_kmalloc
#undef mempool_kfree
#undef mempool_create_slab_pool
#undef mempool_init_slab_pool
#undef mempool_create_kmalloc_pool
#undef mempool_init_kmalloc_pool

#define mempool_alloc_slab		quarry_mempool_alloc_slab
#define mempool_free_slab		quarry_mempool_free_slab
#define mempool_kmalloc			quarry_mempool_kmalloc
#define mempool_kfree			quarry_mempool_kfree
#define mempool_create_slab_pool(nr, cache)				\
	mempool_create((nr), quarry_mempool_alloc_slab,			\
		       quarry_mempool_free_slab, (void *)(cache))
#define mempool_init_slab_pool(pool, nr, cache)				\
	mempool_init((pool), (nr), quarry_mempool_alloc_slab,		\
		     quarry_mempool_free_slab, (void *)(cache))
#define mempool_create_kmalloc_pool(nr, size)				\
	mempool_create((nr), quarry_mempool_kmalloc,			\
		       quarry_mempool_kfree, (void *)(size_t)(size))
#define mempool_init_kmalloc_pool(pool, nr, size)			\
	mempool_init((pool), (nr), quarry_mempool_kmalloc,		\
		     quarry_mempool_kfree, (void *)(size_t)(size))

/* kmalloc_obj() and the like, since 7.0, are made of these as they are. */

#endif /* _QUARRY_SLAB_H */
