// SPDX-License-Identifier: GPL-2.0-only
/*
 * bulk.c - several objects of a cache at once: as many as a magazine gives or
 * takes while this CPU has it, the others one by one.
 */
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/preempt.h>

#include "cache.h"
#include "fast.h"
#include "origin.h"
#include "reload.h"
#include "site.h"
#include "trace.h"

/* The exported function of the same name is defined below. */
#undef quarry_cache_alloc_bulk

/* ----------------------------------------------------------------- free */

/*
 * Takes objects until one is not a plain case, with the checks that
 * qr_fast_push() makes.  Neighbours in @objects often share a slab, and then
 * that the one lies in it is all there is to look up.
 */
static __always_inline size_t push_batch(struct qr_cpu *cpu, size_t nr,
					 void **objects, unsigned long home,
					 unsigned int level)
{
	struct qr_entry *entry = cpu->top;
	unsigned long base = 0, bytes = 0;
	struct qr_slab *slab = NULL;
	void **end;
	long i;

	nr = min_t(size_t, nr, cpu->limit - entry);
	end = objects + nr;
	/* Minus what is left: counting up to 0 saves a comparison in each round. */
	for (i = -(long)nr; i; i++) {
		void *object = end[i], *tag;
		u64 place;

		if ((unsigned long)object - base >= bytes) {
			slab = qr_page_slab_plain(object);
			if (unlikely(!slab || slab->home != home))
				break;
			base = slab->base;
			bytes = (unsigned long)slab->objects * slab->size;
			if (unlikely((unsigned long)object - base >= bytes))
				break;
		}
		place = ((unsigned long)object - base) * slab->reciprocal;
		if (unlikely((u32)place >= slab->bound))
			break;
		tag = qr_tag_place(slab, place >> 32, level);
		if (unlikely(!qr_tag_is_live(tag, level)))
			break;
		qr_origin_clear(slab, place >> 32, level);
		qr_sanitizer_close(slab, object);
		entry->object = object;
		entry->tag = tag;
		qr_entry_seal(entry++, level);
	}
	cpu->top = entry;
	nr += i;
	qr_stat_add(cpu->frees, nr);
	return nr;
}

static size_t free_batch(struct quarry_cache *cache, size_t nr, void **objects)
{
	struct qr_cpu *cpu;
	unsigned long home;
	size_t put = 0;

	preempt_disable();
	cpu = qr_cpu_enter(cache, &home);
	if (cpu) {
		if (qr_home_level(home) == QUARRY_LEVEL_OFF)
			put = push_batch(cpu, nr, objects, home,
					 QUARRY_LEVEL_OFF);
		else if (qr_home_level(home) == QUARRY_LEVEL_STACK)
			put = push_batch(cpu, nr, objects, home,
					 QUARRY_LEVEL_STACK);
		else
			put = push_batch(cpu, nr, objects, home,
					 QUARRY_LEVEL_SITE);
		qr_cpu_leave(cpu, home);
	}
	preempt_enable();
	return put;
}

/* Nobody was told of these. */
static void free_all(struct quarry_cache *cache, size_t nr, void **objects,
		     unsigned long caller)
{
	size_t put = 0;

	while (put < nr) {
		put += free_batch(cache, nr - put, objects + put);
		if (put == nr)
			break;
		if (objects[put])
			qr_cache_free_slow(cache, objects[put], caller);
		put++;
	}
}

static noinline void free_traced(struct quarry_cache *cache, size_t nr,
				 void **objects, unsigned long caller)
{
	size_t i;

	for (i = 0; i < nr; i++)
		qr_cache_free_traced(cache, objects[i], caller);
}

/**
 * quarry_cache_free_bulk() - give several objects back
 * @cache: the cache they were taken from
 * @nr: how many
 * @objects: the objects, consumed; any may be %NULL
 *
 * Context: Any but NMI.
 */
void quarry_cache_free_bulk(struct quarry_cache *cache, size_t nr,
			    void **objects)
{
	if (likely(!qr_tracing_frees()))
		free_all(cache, nr, objects, _RET_IP_);
	else
		free_traced(cache, nr, objects, _RET_IP_);
}
EXPORT_SYMBOL_GPL(quarry_cache_free_bulk);

/* ----------------------------------------------------------- allocation */

/* What the loaded magazine has, up to @nr; as qr_fast_pop(). */
static __always_inline size_t pop_batch(struct qr_cpu *cpu, size_t nr,
					void **objects, u64 tag,
					unsigned int level)
{
	struct qr_entry *entry = cpu->top;
	void **end = objects + nr;
	long i;

	/* As in push_batch(). */
	for (i = -(long)nr; i; i++) {
		void *place = (entry - 1)->tag;

		/* As in qr_fast_pop(). */
		if (unlikely(!qr_entry_holds(entry - 1, level)))
			break;
		entry--;
		qr_tag_write(place, level, tag);
		end[i] = entry->object;
	}
	cpu->top = entry;
	nr += i;
	qr_stat_add(cpu->allocs, nr);
	return nr;
}

static size_t alloc_batch(struct quarry_cache *cache, size_t nr, void **objects,
			  u64 tag)
{
	struct qr_cpu *cpu;
	unsigned long home;
	size_t got = 0;

	preempt_disable();
	cpu = qr_cpu_enter(cache, &home);
	if (cpu) {
		if (qr_home_level(home) == QUARRY_LEVEL_OFF)
			got = pop_batch(cpu, nr, objects, tag,
					QUARRY_LEVEL_OFF);
		else
			got = pop_batch(cpu, nr, objects, tag,
					QUARRY_LEVEL_SITE);
		qr_cpu_leave(cpu, home);
	}
	preempt_enable();
	if (qr_home_level(home) == QUARRY_LEVEL_STACK)
		qr_origin_write_all(objects, got, tag);
	return got;
}

/* The first of @nr fresh objects that cannot be used, or @nr. */
static size_t prepare_batch(void **objects, size_t nr, gfp_t gfp)
{
	size_t i;

	if (likely(!qr_must_prepare(gfp)))
		return nr;
	for (i = 0; i < nr; i++) {
		objects[i] = qr_cache_prepare(objects[i], gfp);
		if (!objects[i])
			break;
	}
	return i;
}

/* Returns how many; all @nr, or memory or @gfp did not do. */
static size_t alloc_some(struct quarry_cache *cache, gfp_t gfp, size_t nr,
			 void **objects, u64 tag)
{
	u64 born = tag | qr_jiffies();
	size_t got = 0;

	for (;;) {
		size_t batch = alloc_batch(cache, nr - got, objects + got,
					   born);
		size_t good = prepare_batch(objects + got, batch, gfp);

		if (unlikely(good < batch)) {
			/* Those behind it were not looked at. */
			free_all(cache, batch - good - 1,
				 objects + got + good + 1, 0);
			return got + good;
		}
		got += batch;
		if (got == nr)
			return got;
		objects[got] = qr_cache_alloc_slow(cache, gfp, NUMA_NO_NODE,
						   tag);
		if (!objects[got])
			return got;
		got++;
	}
}

static noinline void trace_all(struct quarry_cache *cache, gfp_t gfp, size_t nr,
			       void **objects, unsigned long caller)
{
	size_t i;

	for (i = 0; i < nr; i++)
		qr_trace_alloc(objects[i], cache->object_size, gfp,
			       NUMA_NO_NODE, caller);
}

static int alloc_bulk(struct quarry_cache *cache, gfp_t gfp, size_t nr,
		      void **objects, u64 tag, unsigned long caller)
{
	size_t got;

	if (!nr)
		return 0;
	got = alloc_some(cache, gfp, nr, objects, tag);
	if (unlikely(got != nr)) {
		free_all(cache, got, objects, caller);
		return 0;
	}
	if (unlikely(qr_tracing_allocs()))
		trace_all(cache, gfp, nr, objects, caller);
	return nr;
}

/**
 * __quarry_cache_alloc_bulk() - take several objects at once
 * @cache: cache to take from, never %NULL
 * @gfp: as for __quarry_cache_alloc()
 * @nr: how many
 * @objects: receives them, @nr pointers
 * @site: static record of the call site
 *
 * Context: Any but NMI.  Sleeps only if @gfp allows it.
 * Return: @nr, or 0 when not all could be had; then none is taken.
 */
int __quarry_cache_alloc_bulk(struct quarry_cache *cache, gfp_t gfp,
			      size_t nr, void **objects,
			      struct quarry_site *site)
{
	return alloc_bulk(cache, gfp, nr, objects, qr_site_tag(site), _RET_IP_);
}
EXPORT_SYMBOL_GPL(__quarry_cache_alloc_bulk);

/**
 * quarry_cache_alloc_bulk() - take several objects at once
 * @cache: cache to take from, never %NULL
 * @gfp: as for __quarry_cache_alloc()
 * @nr: how many
 * @objects: receives them, @nr pointers
 *
 * Context: Any but NMI.  Sleeps only if @gfp allows it.
 * Return: @nr, or 0 when not all could be had; then none is taken.
 */
int quarry_cache_alloc_bulk(struct quarry_cache *cache, gfp_t gfp, size_t nr,
			    void **objects)
{
	return alloc_bulk(cache, gfp, nr, objects,
			  qr_site_of_address(_RET_IP_), _RET_IP_);
}
EXPORT_SYMBOL_GPL(quarry_cache_alloc_bulk);
