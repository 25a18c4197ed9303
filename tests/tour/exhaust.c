// SPDX-License-Identifier: GPL-2.0-only
/*
 * exhaust.c - while (1) allocate: a million bytes at a time, from a heap with a
 * budget.  The budget is exhausted, the machine is not.
 */
#include <linux/err.h>
#include <linux/kernel.h>

#include <quarry/quarry.h>

#include "tour.h"

#define BUDGET	(64UL << 20)

static struct quarry_heap *heap;

static noinline void swallow(void)
{
	void *block;

	while (1) {
		block = quarry_heap_kvalloc(heap, 1000000, GFP_KERNEL);
		if (!block)
			break;
		noted(block);
	}
}

static void exhaust_commit(void)
{
	heap = quarry_heap_create("tour", BUDGET);
	if (!IS_ERR_OR_NULL(heap))
		swallow();
}

static void exhaust_finish(void)
{
	if (!IS_ERR_OR_NULL(heap))
		quarry_heap_destroy(heap);
	heap = NULL;
}

/* 245 pages a block: 66 blocks in 16384 pages. */
const struct tour_case tour_exhaust = {
	.name = "exhaust",
	.mistake = "while (1) of 1,000,000 bytes, from a heap of 64 MiB.",
	.func = "swallow",
	.expect = { .lost = 66 },
	.large = true,
	.commit = exhaust_commit,
	.finish = exhaust_finish,
};
