// SPDX-License-Identifier: GPL-2.0-only
/*
 * places.c - pointers in memory that is not quarry's and not the module's:
 * kmalloc, vmalloc, per-CPU.  None is a leak, but for one in what was freed.
 */
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include <quarry/quarry.h>

#include "tour.h"

struct session {
	int id;
	void *buffer;
};

static struct session *session;

static noinline void open_session(void)
{
	session = kzalloc(sizeof(*session), GFP_KERNEL);
	if (session)
		session->buffer = noted(quarry_alloc(300, GFP_KERNEL));
}

static void in_slub_forget(void)
{
	if (session)
		WRITE_ONCE(session->buffer, NULL);
	kfree(session);
	session = NULL;
}

const struct tour_case tour_in_slub = {
	.name = "in_slub",
	.mistake = "None: the pointer is in a structure that kmalloc() gave.",
	.func = "open_session",
	.expect = { .held = 1 },
	.commit = open_session,
	.forget = in_slub_forget,
};

/*
 * Pages of SLUB one by one, and in between pages that are free afterwards: since 6.14
 * neither have a reference.
 */
#define GAPS		32
#define ENTRY_BYTES	256U
#define ENTRIES		(PAGE_SIZE / ENTRY_BYTES)

static void **entry[GAPS][ENTRIES];

static noinline void *get_line(void)
{
	return noted(quarry_alloc(100, GFP_KERNEL));
}

static void beside_free_commit(void)
{
	unsigned long gap[GAPS];
	unsigned int i, j;

	for (i = 0; i < GAPS; i++) {
		gap[i] = __get_free_page(GFP_KERNEL);
		for (j = 0; j < ENTRIES; j++)
			entry[i][j] = kzalloc(ENTRY_BYTES, GFP_KERNEL);
		if (entry[i][0])
			*entry[i][0] = get_line();
	}
	for (i = 0; i < GAPS; i++)
		free_page(gap[i]);
}

static void beside_free_forget(void)
{
	unsigned int i, j;

	for (i = 0; i < GAPS; i++)
		for (j = 0; j < ENTRIES; j++) {
			if (entry[i][j])
				WRITE_ONCE(*entry[i][j], NULL);
			kfree(entry[i][j]);
			entry[i][j] = NULL;
		}
}

const struct tour_case tour_beside_free = {
	.name = "beside_free",
	.mistake = "None: the pointers are in kmalloc() memory, beside free pages.",
	.func = "get_line",
	.expect = { .held = GAPS },
	.commit = beside_free_commit,
	.forget = beside_free_forget,
};

/* A free block of kmalloc() has the allocator's own word in its middle. */
struct request {
	char name[40];
	void *buffer;
};

/* Some are given out again before anyone looks. */
#define REQUESTS	100

static noinline void drop_requests(void)
{
	struct request *request[REQUESTS];
	void *buffer = noted(quarry_alloc(300, GFP_KERNEL));
	int i;

	for (i = 0; i < REQUESTS; i++) {
		request[i] = kzalloc(sizeof(**request), GFP_KERNEL);
		if (request[i])
			WRITE_ONCE(request[i]->buffer, buffer);
	}
	for (i = 0; i < REQUESTS; i++)
		kfree(request[i]);
}

const struct tour_case tour_in_freed_slub = {
	.name = "in_freed_slub",
	.mistake = "What points to it is all freed, by kfree(), which clears nothing.",
	.func = "drop_requests",
	.expect = { .lost = 1 },
	.commit = drop_requests,
};

/* So many that some pages have both what was freed and what was not. */
#define SESSIONS	200

static struct kmem_cache *sessions;
static struct session *kept[SESSIONS];

/* A cache that has one is not merged with another. */
static void construct(void *object)
{
	memset(object, 0, sizeof(struct session));
}

static noinline void close_sessions(void)
{
	struct session *closed[SESSIONS];
	void *buffer = noted(quarry_alloc(300, GFP_KERNEL));
	int i;

	for (i = 0; i < SESSIONS; i++) {
		kept[i] = kmem_cache_alloc(sessions, GFP_KERNEL);
		closed[i] = kmem_cache_alloc(sessions, GFP_KERNEL);
		if (closed[i])
			WRITE_ONCE(closed[i]->buffer, buffer);
	}
	for (i = 0; i < SESSIONS; i++)
		if (closed[i])
			kmem_cache_free(sessions, closed[i]);
}

static void beside_kept_commit(void)
{
	sessions = kmem_cache_create("quarry_tour", sizeof(struct session), 0, 0,
				     construct);
	if (!sessions)
		return;
	close_sessions();
	/* From the CPU that freed them to their pages. */
	kmem_cache_shrink(sessions);
}

static void beside_kept_forget(void)
{
	int i;

	for (i = 0; i < SESSIONS; i++) {
		if (kept[i])
			kmem_cache_free(sessions, kept[i]);
		kept[i] = NULL;
	}
	kmem_cache_destroy(sessions);
	sessions = NULL;
}

const struct tour_case tour_beside_kept = {
	.name = "beside_kept",
	.mistake = "What points to it is freed, in pages with objects that are not.",
	.func = "close_sessions",
	.expect = { .lost = 1 },
	.commit = beside_kept_commit,
	.forget = beside_kept_forget,
};

#define ROWS	4096

static void **table;

static noinline void fill_table(void)
{
	table = vzalloc(ROWS * sizeof(*table));
	if (table)
		table[ROWS - 1] = noted(quarry_alloc(300, GFP_KERNEL));
}

static void in_vmalloc_forget(void)
{
	if (table)
		WRITE_ONCE(table[ROWS - 1], NULL);
	vfree(table);
	table = NULL;
}

const struct tour_case tour_in_vmalloc = {
	.name = "in_vmalloc",
	.mistake = "None: the pointer is in a table that vmalloc() gave.",
	.func = "fill_table",
	.expect = { .held = 1 },
	.commit = fill_table,
	.forget = in_vmalloc_forget,
};

static DEFINE_PER_CPU(void *, fixed);
static void * __percpu *dynamic;

static noinline void fill_percpu(void)
{
	int cpu = cpumask_first(cpu_online_mask);

	per_cpu(fixed, cpu) = noted(quarry_alloc(300, GFP_KERNEL));
	dynamic = alloc_percpu(void *);
	if (dynamic)
		*per_cpu_ptr(dynamic, cpu) = noted(quarry_alloc(300, GFP_KERNEL));
}

static void in_percpu_forget(void)
{
	int cpu = cpumask_first(cpu_online_mask);

	per_cpu(fixed, cpu) = NULL;
	if (dynamic)
		*per_cpu_ptr(dynamic, cpu) = NULL;
	free_percpu(dynamic);
	dynamic = NULL;
}

const struct tour_case tour_in_percpu = {
	.name = "in_percpu",
	.mistake = "None: two pointers in per-CPU memory, fixed and dynamic.",
	.func = "fill_percpu",
	.expect = { .held = 2 },
	.commit = fill_percpu,
	.forget = in_percpu_forget,
};
