// SPDX-License-Identifier: GPL-2.0-only
/* calls.c - the calls of calls.h. */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/string.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "calls.h"
#include "internal.h"
#include "quarry_mirror.h"
#include "site.h"
#include "stack.h"
#include "sums.h"
#include "watch.h"
#include "watched.h"

static bool keep(struct subject *s, void *at)
{
	if (at && s->nr < MANY)
		s->got[s->nr++] = at;
	return at;
}

bool call_cache_alloc(struct subject *s)
{
	return keep(s, quarry_cache_alloc(s->cache, GFP_KERNEL));
}

bool call_cache_alloc_atomic(struct subject *s)
{
	return keep(s, quarry_cache_alloc(s->cache, GFP_ATOMIC));
}

bool call_cache_alloc_by_address(struct subject *s)
{
	return keep(s, (quarry_cache_alloc)(s->cache, GFP_KERNEL));
}

bool call_cache_zalloc(struct subject *s)
{
	return keep(s, quarry_cache_zalloc(s->cache, GFP_KERNEL));
}

bool call_cache_alloc_node(struct subject *s)
{
	return keep(s, quarry_cache_alloc_node(s->cache, GFP_KERNEL, 1)) &&
	       keep(s, (quarry_cache_alloc_node)(s->cache, GFP_KERNEL, 1));
}

/* Enough for magazines, depots and several slabs; goes on after a refusal. */
bool call_cache_alloc_many(struct subject *s)
{
	bool all = true;
	unsigned int i;

	for (i = 0; i < MANY - 10; i++)
		all &= keep(s, quarry_cache_alloc(s->cache, GFP_KERNEL));
	while (s->nr)
		quarry_cache_free(s->cache, s->got[--s->nr]);
	return all;
}

bool call_cache_alloc_bulk(struct subject *s)
{
	int got = quarry_cache_alloc_bulk(s->cache, GFP_KERNEL, 100, s->got);

	s->nr = got;
	return got == 100;
}

bool call_cache_alloc_bulk_by_address(struct subject *s)
{
	int got = (quarry_cache_alloc_bulk)(s->cache, GFP_KERNEL, 100, s->got);

	quarry_cache_free_bulk(s->cache, got, s->got);
	return got == 100;
}

bool call_cache_set_level(struct subject *s)
{
	keep(s, quarry_cache_alloc(s->cache, GFP_KERNEL));
	return !quarry_cache_set_level(s->cache, QUARRY_LEVEL_OFF) &&
	       keep(s, quarry_cache_alloc(s->cache, GFP_KERNEL));
}

/* Chains and records besides; what is not kept of them is no refusal. */
bool call_cache_stack(struct subject *s)
{
	u32 stacks = qr_stack_count();
	int got;

	if (quarry_cache_set_level(s->cache, QUARRY_LEVEL_STACK))
		return false;
	keep(s, quarry_cache_alloc(s->cache, GFP_KERNEL));
	got = quarry_cache_alloc_bulk(s->cache, GFP_KERNEL, 100,
				      s->got + s->nr);
	s->nr += got;
	/* As if all code had gone: the next call has chains to make. */
	qr_stack_retire(0, ULONG_MAX);
	return s->nr == 101 && qr_stack_count() >= stacks;
}

bool call_heap_stack(struct subject *s)
{
	return !quarry_heap_set_level(s->heap, QUARRY_LEVEL_STACK) &&
	       keep(s, quarry_heap_alloc(s->heap, 100, GFP_ATOMIC)) &&
	       keep(s, quarry_heap_alloc(s->heap, 50000, GFP_KERNEL)) &&
	       keep(s, quarry_heap_kvalloc(s->heap, 5 << 20, GFP_KERNEL));
}

/* All but a line in the log for each, and the panic. */
#define DEBUG		(QUARRY_DEBUG_MASK & ~(QUARRY_TRACE | QUARRY_PANIC))

/* An option that could not be had is not set: the call may go on without. */
bool call_cache_debug(struct subject *s)
{
	bool all = !quarry_cache_set_debug(s->cache, DEBUG);
	unsigned int i;

	for (i = 0; i < 10; i++)
		all &= keep(s, quarry_cache_alloc(s->cache, GFP_KERNEL));
	if (s->nr)
		quarry_cache_free(s->cache, s->got[--s->nr]);
	return all && !quarry_cache_set_debug(s->cache, DEBUG & ~QUARRY_GUARD) &&
	       keep(s, quarry_cache_alloc(s->cache, GFP_KERNEL));
}

bool call_heap_debug(struct subject *s)
{
	bool all = !quarry_heap_set_debug(s->heap, DEBUG);

	all &= keep(s, quarry_heap_alloc(s->heap, 100, GFP_KERNEL));
	all &= keep(s, quarry_heap_alloc(s->heap, 1000, GFP_ATOMIC));
	all &= keep(s, quarry_heap_alloc(s->heap, 20000, GFP_KERNEL));
	all &= keep(s, quarry_heap_kvalloc(s->heap, 90000, GFP_KERNEL));
	if (s->nr)
		quarry_free(s->got[--s->nr]);
	return all;
}

bool call_cache_shrink(struct subject *s)
{
	call_cache_alloc_many(s);
	quarry_cache_shrink(s->cache);
	return true;
}

bool call_cache_create(struct subject *s)
{
	struct quarry_cache *cache;

	cache = quarry_cache_create("other", 333, 64, QUARRY_TYPESAFE_BY_RCU,
				    NULL);
	if (IS_ERR(cache))
		return false;
	return !quarry_cache_destroy(cache);
}

bool call_heap_create(struct subject *s)
{
	struct quarry_heap *heap = quarry_heap_create("other", 1 << 20);

	if (IS_ERR(heap))
		return false;
	return !quarry_heap_destroy(heap);
}

/* A heap of a module would stay. */
bool call_module_heap(struct subject *s)
{
	struct quarry_heap *cell = NULL;
	void *block = NULL;

	if (quarry_module_heap(&cell, "module", GFP_KERNEL))
		block = quarry_heap_alloc(cell, 10, GFP_KERNEL);
	quarry_free(block);
	if (cell)
		cell->permanent = false;
	return !quarry_heap_destroy(cell) && block;
}

bool call_heap_alloc(struct subject *s)
{
	return keep(s, quarry_heap_alloc(s->heap, 100, GFP_KERNEL));
}

bool call_heap_alloc_sizes(struct subject *s)
{
	volatile size_t size;

	for (size = 1; size < 3000; size *= 3)
		if (!keep(s, quarry_heap_alloc(s->heap, size, GFP_ATOMIC)))
			return false;
	return true;
}

bool call_heap_alloc_by_address(struct subject *s)
{
	void *block;

	if (!keep(s, (quarry_heap_alloc)(s->heap, 100, GFP_KERNEL)) ||
	    !keep(s, (quarry_heap_kvalloc)(s->heap, 40000, GFP_KERNEL)))
		return false;
	block = (quarry_heap_realloc)(s->heap, s->got[s->nr - 1], 90000,
				      GFP_KERNEL);
	if (block)
		s->got[s->nr - 1] = block;
	return block;
}

bool call_default_heap(struct subject *s)
{
	return keep(s, (quarry_alloc)(100, GFP_KERNEL)) &&
	       keep(s, (quarry_zalloc)(9000, GFP_KERNEL)) &&
	       keep(s, (quarry_kvalloc)(40000, GFP_KERNEL)) &&
	       keep(s, (quarry_realloc)(NULL, 300, GFP_KERNEL));
}

bool call_heap_alloc_run(struct subject *s)
{
	return keep(s, quarry_heap_alloc(s->heap, 50000, GFP_KERNEL));
}

bool call_heap_alloc_run_atomic(struct subject *s)
{
	return keep(s, quarry_heap_alloc(s->heap, 50000, GFP_ATOMIC));
}

bool call_heap_alloc_array(struct subject *s)
{
	return keep(s, quarry_heap_calloc(s->heap, 12, 80, GFP_KERNEL));
}

bool call_heap_alloc_node(struct subject *s)
{
	return keep(s, quarry_heap_alloc_node(s->heap, 500, GFP_KERNEL, 1));
}

bool call_heap_alloc_aligned(struct subject *s)
{
	return keep(s, quarry_heap_alloc_aligned(s->heap, 700, 512,
						 GFP_KERNEL)) &&
	       keep(s, quarry_heap_alloc_aligned(s->heap, 20000, 32768,
						 GFP_KERNEL));
}

bool call_heap_kvalloc(struct subject *s)
{
	return keep(s, quarry_heap_kvalloc(s->heap, 30000, GFP_KERNEL)) &&
	       keep(s, quarry_heap_kvalloc(s->heap, 5 << 20, GFP_KERNEL));
}

bool call_heap_realloc(struct subject *s)
{
	char *block = quarry_heap_realloc(s->heap, NULL, 100, GFP_KERNEL);
	char *grown;

	if (!block)
		return false;
	memset(block, 0x44, 100);
	grown = quarry_heap_realloc(s->heap, block, 9000, GFP_KERNEL);
	keep(s, grown ? grown : block);
	/* Whichever it is, it has the old contents. */
	block = s->got[s->nr - 1];
	if (block[0] != 0x44 || block[99] != 0x44)
		abort();
	if (!grown)
		return false;
	grown = quarry_heap_realloc_array(s->heap, block, 300, 100,
					  GFP_KERNEL);
	if (grown)
		s->got[s->nr - 1] = grown;
	return grown;
}

static char *format(struct subject *s, const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	text = quarry_heap_vasprintf(s->heap, GFP_KERNEL, fmt, args);
	va_end(args);
	return text;
}

bool call_heap_copies(struct subject *s)
{
	return keep(s, quarry_heap_strdup(s->heap, "text", GFP_KERNEL)) &&
	       keep(s, quarry_heap_strndup(s->heap, "other text, longer", 12,
					   GFP_KERNEL)) &&
	       keep(s, quarry_heap_memdup(s->heap, s, 300, GFP_KERNEL)) &&
	       keep(s, quarry_heap_memdup_nul(s->heap, "text", 3,
					      GFP_KERNEL)) &&
	       keep(s, quarry_heap_asprintf(s->heap, GFP_KERNEL, "%0500d", 1)) &&
	       keep(s, format(s, "%050d", 1));
}

struct with_head {
	struct rcu_head rcu;
	char rest[100];
};

bool call_free_rcu(struct subject *s)
{
	struct with_head *object;

	object = quarry_heap_alloc(s->heap, sizeof(*object), GFP_KERNEL);
	quarry_free_rcu(object, rcu);
	quarry_barrier();
	quarry_cache_barrier(s->cache);
	return object;
}

/* Enough frees for magazines. */
bool call_heap_frees(struct subject *s)
{
	bool all = true;
	unsigned int i;

	for (i = 0; i < MANY - 10; i++)
		all &= keep(s, quarry_heap_alloc(s->heap, 700, GFP_KERNEL));
	for (i = 0; s->nr; i++) {
		void *block = s->got[--s->nr];

		if (i % 3 == 0)
			quarry_free(block);
		else if (i % 3 == 1)
			quarry_heap_free(s->heap, block);
		else
			quarry_free_sensitive(block);
	}
	quarry_heap_shrink(s->heap);
	return all;
}

/* Ids on a page of the table of sites. */
#define PAGE_SITES	(PAGE_SIZE / sizeof(void *))

static unsigned int line;

void fill_sites(void)
{
	while (qr_site_count() % PAGE_SITES != PAGE_SITES - 4) {
		struct quarry_site filler = {
			.file = "filler.c", .func = "filler", .line = ++line,
		};

		qr_site_number(&filler);
	}
}

/* Records that nobody numbered, and a page of the table that they begin. */
bool call_new_sites(struct subject *s)
{
	static struct quarry_site site[8];
	bool all = true;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(site); i++) {
		site[i] = (struct quarry_site) {
			.file = "new.c", .func = "new", .line = ++line,
		};
		keep(s, __quarry_cache_alloc(s->cache, GFP_KERNEL, &site[i]));
		/* One that has no number is tried again next time. */
		all &= !!site[i].tag;
	}
	return all && s->nr >= ARRAY_SIZE(site);
}

bool call_excuse(struct subject *s)
{
	/* By address: a record may have its number from another machine. */
	void *object = (quarry_cache_alloc)(s->cache, GFP_KERNEL);
	void *block = (quarry_heap_alloc)(s->heap, 100, GFP_KERNEL);
	bool all = true;

	if (!keep(s, object) || !keep(s, block)) {
		keep(s, block);
		return false;
	}
	all &= !quarry_not_leak(object);
	all &= !quarry_ignore(object);
	all &= !quarry_ignore(block);
	all &= !quarry_not_leak_site(block);
	return all & !quarry_ignore_site(object);
}

static unsigned long reclaim_nothing(void *data, unsigned long bytes)
{
	return 0;
}

/* What answers whatever fails. */
bool call_questions(struct subject *s)
{
	void *object = quarry_cache_alloc(s->cache, GFP_KERNEL);
	unsigned long asked;

	if (!keep(s, object))
		return false;
	asked = mirror_pages_out();
	quarry_heap_set_limit(s->heap, 1 << 20);
	if (quarry_cache_size(s->cache) != 500 ||
	    strcmp(quarry_cache_name(s->cache), "subject") ||
	    strcmp(quarry_heap_name(s->heap), "subject") ||
	    quarry_heap_limit(s->heap) != 1 << 20 ||
	    quarry_heap_held(s->heap) || quarry_cache_of(object) != s->cache ||
	    quarry_heap_of(object) || quarry_usable_size(object) < 500 ||
	    quarry_heap_set_shrinker(s->heap, reclaim_nothing, NULL) ||
	    quarry_heap_set_shrinker(s->heap, NULL, NULL) ||
	    mirror_pages_out() != asked)
		abort();
	quarry_heap_set_limit(s->heap, 0);
	return true;
}

bool call_heap_set_level(struct subject *s)
{
	return keep(s, quarry_heap_alloc(s->heap, 100, GFP_KERNEL)) &&
	       !quarry_heap_set_level(s->heap, QUARRY_LEVEL_OFF) &&
	       keep(s, quarry_heap_alloc(s->heap, 100, GFP_KERNEL));
}

bool call_site_sums(struct subject *s)
{
	struct qr_site_sums sums;

	if (qr_site_sums_init(&sums))
		return false;
	qr_site_sums_add_all(&sums);
	qr_site_sums_free(&sums);
	return true;
}

/* What it says of an object that there is no room for is not that it fails. */
bool call_watch(struct subject *s)
{
	static const struct mirror_code code[] = {
		{ .name = "watched", .from = 0x1000, .bytes = 1 }, { },
	};
	char name[] = "watched", end[] = "-watched";
	struct qr_watch watch;
	static long object;
	int err;

	mirror_code = code;
	err = qr_watch_write(name);
	if (!err) {
		qr_watch_alloc(&object, sizeof(object), sizeof(object), 0x1000);
		qr_watched_supply();
		qr_watch_free(&object);
	}
	qr_watch_get(0, &watch);
	/* All of it, or none. */
	if (err != -ENOMEM && (err || qr_watch_write(end)))
		abort();
	if (!!watch.name[0] == !!err)
		abort();
	mirror_code = NULL;
	return !err;
}

bool call_reports(struct subject *s)
{
	static const char *const name[] = {
		"version", "caches", "slabinfo", "heaps", "sites", "allocinfo",
		"since_mark", "growth", "mark", "events", "inject",
		"cache/subject/stats", "cache/subject/slabs",
		"cache/subject/sites", "cache/subject/alloc_traces",
		"heap/subject/stats", "heap/subject/classes",
		"heap/subject/sites", "heap/subject/alloc_traces", "folded",
		"watch",
	};
	bool all = true;
	unsigned int i;
	FILE *to;

	to = fopen("/dev/null", "w");
	keep(s, quarry_cache_alloc(s->cache, GFP_KERNEL));
	quarry_heap_set_level(s->heap, QUARRY_LEVEL_STACK);
	keep(s, quarry_heap_alloc(s->heap, 100, GFP_KERNEL));
	for (i = 0; i < ARRAY_SIZE(name); i++)
		all &= !mirror_report(name[i], to);
	fclose(to);
	return all;
}
