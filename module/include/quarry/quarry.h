/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * quarry.h - the public interface: slab caches and heaps whose every object
 * knows the call site that allocated it.
 *
 * The allocating calls are macros: each use owns one static site record, so
 * that file, line and function cost the caller nothing.  Every one of them is
 * also an exported function of the same name; taken by address (or called in
 * parentheses) it records the return address instead.
 */
#ifndef _QUARRY_QUARRY_H
#define _QUARRY_QUARRY_H

#include <linux/types.h>
#include <linux/compiler.h>
#include <linux/gfp.h>
#include <linux/numa.h>
#include <linux/stdarg.h>

struct quarry_cache;
struct quarry_heap;

/** Longest cache or heap name, in bytes, without the terminating NUL. */
#define QUARRY_NAME_MAX		63

/** Largest object a cache may have, in bytes. */
#define QUARRY_CACHE_SIZE_MAX	(1UL << 22)

/** Largest block a heap serves from size classes, in bytes. */
#define QUARRY_CLASS_MAX	8192UL

/*
 * Number of the size class of @size bytes, 1 to QUARRY_CLASS_MAX: eight of
 * them up to 64 bytes, then four a doubling.
 */
static __always_inline unsigned long __quarry_class(size_t size)
{
	unsigned long shift;

	if (size <= 64)
		return (size - 1) >> 3;
	shift = 61 - __builtin_clzl(size - 1);
	return ((shift - 4) << 2) + ((size - 1) >> shift) + 4;
}

/** What an allocation of 0 bytes returns: not NULL, must not be touched. */
#define QUARRY_ZERO_PTR		((void *)16)

/* Flags of quarry_cache_create(). */
/** Align objects to the hardware cache line. */
#define QUARRY_HWCACHE_ALIGN	(1UL << 0)
/** Slab pages are given back only after an RCU grace period. */
#define QUARRY_TYPESAFE_BY_RCU	(1UL << 1)
/*
 * Debug options, by the letters of slub_debug where it has them.  They also are
 * what quarry_cache_set_debug() and quarry_heap_set_debug() take.
 */
/** F: what an object's record says is checked whenever it changes hands. */
#define QUARRY_CONSISTENCY	(1UL << 4)
/** Z: bytes around those asked for tell when they are written. */
#define QUARRY_RED_ZONE		(1UL << 5)
/** P: free objects have a pattern, which tells when they are written. */
#define QUARRY_POISON		(1UL << 6)
/** U: call chains of allocation and free are kept. */
#define QUARRY_STORE_USER	(1UL << 7)
/** T: each allocation and free is a line in the log. */
#define QUARRY_TRACE		(1UL << 8)
/** W: objects are zeroed when they are freed. */
#define QUARRY_WIPE		(1UL << 9)
/** Q: freed objects wait in a queue before they are used again. */
#define QUARRY_QUARANTINE	(1UL << 10)
/** G: objects lie against a page that cannot be touched. */
#define QUARRY_GUARD		(1UL << 11)
/** X: the first finding is a panic. */
#define QUARRY_PANIC		(1UL << 12)
/** Mask of all debug options. */
#define QUARRY_DEBUG_MASK	(0x1ffUL << 4)
/** Mask of all flags a caller may pass. */
#define QUARRY_FLAGS_PUBLIC	(QUARRY_HWCACHE_ALIGN | \
				 QUARRY_TYPESAFE_BY_RCU | QUARRY_DEBUG_MASK)

/**
 * enum quarry_level - how much is remembered about each live object
 * @QUARRY_LEVEL_OFF: one live byte an object: double free is still caught
 * @QUARRY_LEVEL_SITE: 8 bytes an object: call site, bytes asked for, birth
 * @QUARRY_LEVEL_STACK: 48 bytes an object: besides, call chain, process, CPU and
 *	time; every allocation walks the stack
 * @QUARRY_LEVEL_DEFAULT: whatever the module parameter says
 */
enum quarry_level {
	QUARRY_LEVEL_OFF,
	QUARRY_LEVEL_SITE,
	QUARRY_LEVEL_STACK,
	QUARRY_LEVEL_DEFAULT = -1,
};

/**
 * struct quarry_site - one call site, static in the calling module
 * @tag: site number in tag position, 0 until the first allocation numbers it
 * @file: source file
 * @func: function
 * @module: module name
 * @line: source line
 */
struct quarry_site {
	u64 tag;
	const char *file;
	const char *func;
	const char *module;
	u32 line;
};

#ifndef KBUILD_MODNAME
#define KBUILD_MODNAME "?"
#endif

/** QUARRY_SITE - address of the static record of this very call site */
#define QUARRY_SITE							\
({									\
	static struct quarry_site __quarry_site = {			\
		.file = __FILE__,					\
		.func = __func__,					\
		.module = KBUILD_MODNAME,				\
		.line = __LINE__,					\
	};								\
	&__quarry_site;							\
})

/* ------------------------------------------------------------- caches */

struct quarry_cache *quarry_cache_create(const char *name, size_t size,
					 size_t align, unsigned long flags,
					 void (*ctor)(void *object));
int quarry_cache_destroy(struct quarry_cache *cache);
int quarry_cache_set_level(struct quarry_cache *cache, enum quarry_level level);
int quarry_cache_set_debug(struct quarry_cache *cache, unsigned long options);
unsigned long quarry_cache_shrink(struct quarry_cache *cache);
unsigned int quarry_cache_size(const struct quarry_cache *cache);
const char *quarry_cache_name(const struct quarry_cache *cache);
struct quarry_cache *quarry_cache_of(const void *object);

void *__quarry_cache_alloc(struct quarry_cache *cache, gfp_t gfp,
			   struct quarry_site *site);
void *__quarry_cache_alloc_node(struct quarry_cache *cache, gfp_t gfp,
				int node, struct quarry_site *site);
int __quarry_cache_alloc_bulk(struct quarry_cache *cache, gfp_t gfp,
			      size_t nr, void **objects,
			      struct quarry_site *site);
void quarry_cache_free(struct quarry_cache *cache, void *object);
void quarry_cache_free_bulk(struct quarry_cache *cache, size_t nr,
			    void **objects);

void *quarry_cache_alloc(struct quarry_cache *cache, gfp_t gfp);
void *quarry_cache_zalloc(struct quarry_cache *cache, gfp_t gfp);
void *quarry_cache_alloc_node(struct quarry_cache *cache, gfp_t gfp, int node);
int quarry_cache_alloc_bulk(struct quarry_cache *cache, gfp_t gfp, size_t nr,
			    void **objects);

#define quarry_cache_alloc(cache, gfp) \
	__quarry_cache_alloc((cache), (gfp), QUARRY_SITE)
#define quarry_cache_zalloc(cache, gfp) \
	__quarry_cache_alloc((cache), (gfp) | __GFP_ZERO, QUARRY_SITE)
#define quarry_cache_alloc_node(cache, gfp, node) \
	__quarry_cache_alloc_node((cache), (gfp), (node), QUARRY_SITE)
#define quarry_cache_alloc_bulk(cache, gfp, nr, objects) \
	__quarry_cache_alloc_bulk((cache), (gfp), (nr), (objects), QUARRY_SITE)

/* ---------------------------------------------------------------- RCU */

void quarry_call_free_rcu(struct rcu_head *head);

/**
 * quarry_free_rcu() - free an object after an RCU grace period
 * @ptr: object of any cache or heap; NULL is accepted
 * @member: name of the struct rcu_head inside *@ptr
 *
 * Context: Any but NMI.
 */
#define quarry_free_rcu(ptr, member)					\
do {									\
	typeof(ptr) __quarry_ptr = (ptr);				\
									\
	if (__quarry_ptr)						\
		quarry_call_free_rcu(&__quarry_ptr->member);		\
} while (0)

void quarry_barrier(void);
void quarry_cache_barrier(struct quarry_cache *cache);

/* -------------------------------------------------------------- leaks */

int quarry_not_leak(const void *object);
int quarry_ignore(const void *object);
int quarry_not_leak_site(const void *object);
int quarry_ignore_site(const void *object);

/* -------------------------------------------------------------- heaps */

/*
 * Everywhere below a NULL @heap names the default heap, and the calls without
 * "heap" in their name are that shorthand.
 */
struct quarry_heap *quarry_heap_create(const char *name, size_t limit_bytes);
struct quarry_heap *quarry_module_heap(struct quarry_heap **cell,
				       const char *module, gfp_t gfp);
int quarry_heap_destroy(struct quarry_heap *heap);
int quarry_heap_set_level(struct quarry_heap *heap, enum quarry_level level);
int quarry_heap_set_debug(struct quarry_heap *heap, unsigned long options);
void quarry_heap_set_limit(struct quarry_heap *heap, size_t limit_bytes);
size_t quarry_heap_limit(const struct quarry_heap *heap);
size_t quarry_heap_held(const struct quarry_heap *heap);
unsigned long quarry_heap_shrink(struct quarry_heap *heap);
int quarry_heap_set_shrinker(struct quarry_heap *heap,
			     unsigned long (*reclaim)(void *data,
						      unsigned long bytes),
			     void *data);
const char *quarry_heap_name(const struct quarry_heap *heap);
struct quarry_heap *quarry_heap_of(const void *block);

void *__quarry_heap_alloc(struct quarry_heap *heap, size_t size, gfp_t gfp,
			  struct quarry_site *site) __alloc_size(2);
void *__quarry_heap_alloc_class(struct quarry_heap *heap, size_t size,
				gfp_t gfp, struct quarry_site *site,
				unsigned long class) __alloc_size(2);
void *__quarry_heap_alloc_array(struct quarry_heap *heap, size_t nr,
				size_t size, gfp_t gfp,
				struct quarry_site *site) __alloc_size(2, 3);
void *__quarry_heap_alloc_node(struct quarry_heap *heap, size_t size,
			       gfp_t gfp, int node,
			       struct quarry_site *site) __alloc_size(2);
void *__quarry_heap_alloc_aligned(struct quarry_heap *heap, size_t size,
				  size_t align, gfp_t gfp,
				  struct quarry_site *site) __alloc_size(2);
void *__quarry_heap_kvalloc(struct quarry_heap *heap, size_t size, gfp_t gfp,
			    struct quarry_site *site) __alloc_size(2);
void *__quarry_heap_realloc(struct quarry_heap *heap, void *block, size_t size,
			    gfp_t gfp,
			    struct quarry_site *site) __alloc_size(3);
void *__quarry_heap_realloc_array(struct quarry_heap *heap, void *block,
				  size_t nr, size_t size, gfp_t gfp,
				  struct quarry_site *site) __alloc_size(3, 4);
void *__quarry_heap_memdup(struct quarry_heap *heap, const void *from,
			   size_t len, gfp_t gfp, struct quarry_site *site);
char *__quarry_heap_memdup_nul(struct quarry_heap *heap, const char *from,
			       size_t len, gfp_t gfp, struct quarry_site *site);
char *__quarry_heap_strdup(struct quarry_heap *heap, const char *from,
			   gfp_t gfp, struct quarry_site *site);
char *__quarry_heap_strndup(struct quarry_heap *heap, const char *from,
			    size_t max, gfp_t gfp, struct quarry_site *site);
__printf(4, 0)
char *__quarry_heap_vasprintf(struct quarry_heap *heap, gfp_t gfp,
			      struct quarry_site *site, const char *fmt,
			      va_list args);
__printf(4, 5)
char *__quarry_heap_asprintf(struct quarry_heap *heap, gfp_t gfp,
			     struct quarry_site *site, const char *fmt, ...);

void quarry_free(const void *block);
void quarry_heap_free(struct quarry_heap *heap, const void *block);
void quarry_free_sensitive(const void *block);
size_t quarry_usable_size(const void *block);

void *quarry_heap_alloc(struct quarry_heap *heap, size_t size, gfp_t gfp);
void *quarry_heap_realloc(struct quarry_heap *heap, void *block, size_t size,
			  gfp_t gfp);
void *quarry_heap_kvalloc(struct quarry_heap *heap, size_t size, gfp_t gfp);

/* A constant size has its class found by the compiler. */
static __always_inline __alloc_size(2)
void *__quarry_heap_alloc_sized(struct quarry_heap *heap, size_t size,
				gfp_t gfp, struct quarry_site *site)
{
	if (__builtin_constant_p(size) && size - 1 < QUARRY_CLASS_MAX)
		return __quarry_heap_alloc_class(heap, size, gfp, site,
						 __quarry_class(size));
	return __quarry_heap_alloc(heap, size, gfp, site);
}

#define quarry_heap_alloc(heap, size, gfp) \
	__quarry_heap_alloc_sized((heap), (size), (gfp), QUARRY_SITE)
#define quarry_heap_zalloc(heap, size, gfp) \
	quarry_heap_alloc(heap, size, (gfp) | __GFP_ZERO)
#define quarry_heap_alloc_array(heap, nr, size, gfp) \
	__quarry_heap_alloc_array((heap), (nr), (size), (gfp), QUARRY_SITE)
#define quarry_heap_calloc(heap, nr, size, gfp)				\
	__quarry_heap_alloc_array((heap), (nr), (size),			\
				  (gfp) | __GFP_ZERO, QUARRY_SITE)
#define quarry_heap_alloc_node(heap, size, gfp, node) \
	__quarry_heap_alloc_node((heap), (size), (gfp), (node), QUARRY_SITE)
#define quarry_heap_alloc_aligned(heap, size, align, gfp)		\
	__quarry_heap_alloc_aligned((heap), (size), (align), (gfp),	\
				    QUARRY_SITE)
#define quarry_heap_kvalloc(heap, size, gfp) \
	__quarry_heap_kvalloc((heap), (size), (gfp), QUARRY_SITE)
#define quarry_heap_realloc(heap, block, size, gfp) \
	__quarry_heap_realloc((heap), (block), (size), (gfp), QUARRY_SITE)
#define quarry_heap_realloc_array(heap, block, nr, size, gfp)		\
	__quarry_heap_realloc_array((heap), (block), (nr), (size),	\
				    (gfp), QUARRY_SITE)
#define quarry_heap_memdup(heap, from, len, gfp) \
	__quarry_heap_memdup((heap), (from), (len), (gfp), QUARRY_SITE)
#define quarry_heap_memdup_nul(heap, from, len, gfp) \
	__quarry_heap_memdup_nul((heap), (from), (len), (gfp), QUARRY_SITE)
#define quarry_heap_strdup(heap, from, gfp) \
	__quarry_heap_strdup((heap), (from), (gfp), QUARRY_SITE)
#define quarry_heap_strndup(heap, from, max, gfp) \
	__quarry_heap_strndup((heap), (from), (max), (gfp), QUARRY_SITE)
#define quarry_heap_asprintf(heap, gfp, fmt, ...)			\
	__quarry_heap_asprintf((heap), (gfp), QUARRY_SITE, (fmt),	\
			       ##__VA_ARGS__)
#define quarry_heap_vasprintf(heap, gfp, fmt, args) \
	__quarry_heap_vasprintf((heap), (gfp), QUARRY_SITE, (fmt), (args))

void *quarry_alloc(size_t size, gfp_t gfp);
void *quarry_zalloc(size_t size, gfp_t gfp);
void *quarry_kvalloc(size_t size, gfp_t gfp);
void *quarry_realloc(void *block, size_t size, gfp_t gfp);

#define quarry_alloc(size, gfp) quarry_heap_alloc(NULL, size, gfp)
#define quarry_zalloc(size, gfp) quarry_heap_zalloc(NULL, size, gfp)
#define quarry_alloc_array(nr, size, gfp) \
	quarry_heap_alloc_array(NULL, nr, size, gfp)
#define quarry_calloc(nr, size, gfp) quarry_heap_calloc(NULL, nr, size, gfp)
#define quarry_alloc_node(size, gfp, node) \
	quarry_heap_alloc_node(NULL, size, gfp, node)
#define quarry_alloc_aligned(size, align, gfp) \
	quarry_heap_alloc_aligned(NULL, size, align, gfp)
#define quarry_kvalloc(size, gfp) quarry_heap_kvalloc(NULL, size, gfp)
#define quarry_realloc(block, size, gfp) \
	quarry_heap_realloc(NULL, block, size, gfp)
#define quarry_realloc_array(block, nr, size, gfp) \
	quarry_heap_realloc_array(NULL, block, nr, size, gfp)
#define quarry_memdup(from, len, gfp) quarry_heap_memdup(NULL, from, len, gfp)
#define quarry_memdup_nul(from, len, gfp) \
	quarry_heap_memdup_nul(NULL, from, len, gfp)
#define quarry_strdup(from, gfp) quarry_heap_strdup(NULL, from, gfp)
#define quarry_strndup(from, max, gfp) \
	quarry_heap_strndup(NULL, from, max, gfp)
#define quarry_asprintf(gfp, fmt, ...) \
	quarry_heap_asprintf(NULL, gfp, fmt, ##__VA_ARGS__)
#define quarry_vasprintf(gfp, fmt, args) \
	quarry_heap_vasprintf(NULL, gfp, fmt, args)

#endif /* _QUARRY_QUARRY_H */
