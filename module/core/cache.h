/* SPDX-License-Identifier: GPL-2.0-only */
/* cache.h - what heap, reports and platform ask of caches. */
#ifndef _QR_CACHE_H
#define _QR_CACHE_H

#include "finding.h"
#include "internal.h"

/* Everything a reader wants to know, folded.  Exact when the cache is quiet. */
struct qr_cache_count {
	unsigned long allocs;
	unsigned long frees;
	unsigned long alloc_hits;
	unsigned long alloc_misses;
	unsigned long free_hits;
	unsigned long free_misses;
	unsigned long refills;
	unsigned long flushes;
	unsigned long direct_allocs;
	unsigned long direct_frees;
	unsigned long depot_exchanges;
	unsigned long depot_contended;
	unsigned long slabs_created;
	unsigned long slabs_destroyed;
	unsigned long failures;
	unsigned long findings;
	unsigned long slabs;
	unsigned long slabs_partial;
	unsigned long slabs_empty;
	unsigned long slabs_max;
	unsigned long objects;		/* in all slabs */
	unsigned long live;
	unsigned long cached;
	unsigned long quarantined;
	unsigned long free;
	unsigned long out_max;		/* high-water mark of LIVE + CACHED */
	unsigned long pages;
	unsigned long pages_max;
	unsigned long meta_bytes;	/* descriptors, tags, magazines */
};

void qr_cache_count(struct quarry_cache *cache, struct qr_cache_count *count);

/*
 * A cache that is part of a heap, or not.  Like quarry_cache_create(), but the
 * name is not checked, @gfp may be one that does not sleep, and @level is
 * taken as given.  ERR_PTR(-ENOMEM) where the kernel's locks cannot be taken.
 */
struct quarry_cache *qr_cache_create(const char *name, size_t size,
				     size_t align, unsigned long flags,
				     void (*ctor)(void *),
				     struct quarry_heap *heap, int level,
				     gfp_t gfp);
/* Zeroed; or NULL. */
struct qr_cpu __percpu *qr_cpus_alloc(gfp_t gfp);
void qr_cpus_free(struct qr_cpu __percpu *cpus);
/* Every CPU without a magazine and at home; nobody knows the cache yet. */
void qr_cpus_init(struct quarry_cache *cache);
/* Opens or closes the magazines of all, as qr_walk_shut() has said. */
void qr_gates_review(void);
/* Makes, and ends, what stands for the CPUs of caches that are closed. */
int qr_drain_init(void);
void qr_drain_exit(void);

/*
 * These take several caches, because all of them together cost one grace
 * period.  Context: process.
 */
/* Closes to allocation and drains.  Returns the objects still live. */
unsigned long qr_caches_close(struct quarry_cache *const *caches,
			      unsigned int nr);
/* Empties CPUs and depots, gives empty slabs back.  Returns pages. */
unsigned long qr_caches_drain(struct quarry_cache *const *caches,
			      unsigned int nr);
/* As it is; somebody else may be changing it. */
#define QR_KEEP		(-1)
/*
 * Level and debug options of slabs from now on, each one or QR_KEEP; slabs that
 * exist keep theirs until they are empty.
 */
void qr_caches_set(struct quarry_cache *const *caches, unsigned int nr,
		   int level, int options);
/*
 * Calls @fn for each, BITS_PER_LONG at most, while nobody is at the magazines
 * of their CPUs, nor may drain them or change the level; @open: they were in
 * use before.
 */
void qr_caches_still(struct quarry_cache *const *caches, unsigned int nr,
		     void (*fn)(struct quarry_cache *cache, bool open,
				void *data), void *data);
/*
 * Empties depots, gives empty slabs back.  Returns pages.  Context: as
 * qr_pages_put().
 */
unsigned long qr_cache_drain(struct quarry_cache *cache);

/* Objects of a chain of magazines back to their slabs; the magazines go. */
void qr_magazines_dissolve(struct qr_node *node, struct qr_mag *mag,
			   struct list_head *doomed);

/* Takes a closed cache without live objects apart.  Context: process. */
void qr_cache_finish(struct quarry_cache *cache);
/* Finishes closed caches whose last object was freed.  Context: process. */
void qr_cache_reap(void);
/* Pages that a drain of depots and empty slabs would give back, about. */
unsigned long qr_cache_reclaimable(struct quarry_cache *cache);
/* As quarry_cache_create(), without a word in the log for a name in use. */
struct quarry_cache *qr_cache_create_named(const char *name, size_t size,
					   size_t align, unsigned long flags,
					   void (*ctor)(void *object));
/* Frees a cache that nobody ever used. */
void qr_cache_discard(struct quarry_cache *cache);
/*
 * Drains the magazines of a CPU that is not running, and finds its home anew.
 * Context: process.
 */
void qr_cache_cpu_absent(struct quarry_cache *cache, unsigned int cpu);

/*
 * Slow twins of the fast path; the other ones first try what the fast path
 * leaves out: other levels, wiping, pages that are not near.  To free, it is
 * called with preemption off since before @slab was looked up, and enables it.
 * @nid is a node or NUMA_NO_NODE; @tag has the site, and of a block the bytes asked for; @caller
 * is the return address of the API, for reports.
 */
void *qr_cache_alloc_other(struct quarry_cache *cache, gfp_t gfp, u64 tag);
/* The fast path where the object is to be prepared. */
void *qr_cache_alloc_prepared(struct quarry_cache *cache, gfp_t gfp, u64 tag);
void qr_cache_free_other(struct quarry_cache *cache, void *object,
			 struct qr_slab *slab, unsigned long caller);
/* quarry_cache_free() while somebody traces. */
void qr_cache_free_traced(struct quarry_cache *cache, void *object,
			  unsigned long caller);
void *qr_cache_alloc_slow(struct quarry_cache *cache, gfp_t gfp, int nid,
			  u64 tag);
void qr_cache_free_slow(struct quarry_cache *cache, void *object,
			unsigned long caller);
/* Counts and reports that @bytes were not to be had. */
void qr_cache_alloc_failed(struct quarry_cache *cache, size_t bytes, gfp_t gfp,
			   u64 tag);
/* True, and reported, when nothing may be allocated: NMI, or destroyed. */
bool qr_cache_forbids(struct quarry_cache *cache);
/*
 * What a fresh object needs before its owner has it: zeroed as gfp and the running
 * kernel's policy want, opened where there is a sanitizer.  NULL, and told of,
 * where @gfp cannot be served.
 */
void *qr_cache_prepare(void *object, gfp_t gfp);
/*
 * The same of one out of the magazines of @cache: they have none with a redzone, so
 * that all of it is its owner's.
 */
void *qr_cache_prepare_whole(struct quarry_cache *cache, void *object, gfp_t gfp);

/* 0, -EINVAL (with a log line), or what comes of making guard pages. */
int qr_options_check(const char *what, const char *name, unsigned long options);

/* 0 or -EINVAL (with a log line) for a name a caller chose. */
int qr_name_check(const char *what, const char *name);

#endif /* _QR_CACHE_H */
