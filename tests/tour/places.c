// SPDX-License-Identifier: GPL-2.0-only
/*
 * places.c - pointers in memory that is not quarry's and not the module's:
 * kmalloc, vmalloc, per-CPU.  None is a leak, but for one in what was freed.
 */
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/percpu.h>
#include <linux/slab.h>
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
