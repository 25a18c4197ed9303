/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * inject_call.h - what the tests of failures on demand share: a world to fail
 * in, rules in words, and calls from two sites.
 */
#ifndef QUARRY_UNIT_INJECT_CALL_H
#define QUARRY_UNIT_INJECT_CALL_H

#include "kselftest_harness.h"

#include <stdlib.h>

#include "inject.h"
#include "inject_control.h"
#include "quarry_mirror.h"
#include "world.h"

FIXTURE(inject) {
	struct quarry_cache *small;
	struct quarry_cache *other;
	struct quarry_heap *heap;
	char *text;
	size_t len;
};

FIXTURE_SETUP(inject)
{
	static const struct world two_nodes = { .nodes = 0x3 };

	memset(self, 0, sizeof(*self));
	ASSERT_TRUE(world_begin(&two_nodes));
	self->small = quarry_cache_create("small", 100, 0, 0, NULL);
	self->other = quarry_cache_create("smother", 300, 0, 0, NULL);
	self->heap = quarry_heap_create("pile", 0);
}

FIXTURE_TEARDOWN(inject)
{
	free(self->text);
	quarry_cache_destroy(self->small);
	quarry_cache_destroy(self->other);
	quarry_heap_destroy(self->heap);
	if (!world_end())
		abort();
}

static int write_inject(const char *text)
{
	char copy[400];

	snprintf(copy, sizeof(copy), "%s", text);
	return qr_inject_write(copy);
}

struct call {
	struct quarry_cache *cache;
	struct quarry_heap *heap;
	size_t size;
	gfp_t gfp;
	unsigned int site;
};

/* Lines of the two sites, each of a cache and of a heap. */
static u32 line_of[2][2];

static void *call_first(const struct call *call)
{
	WRITE_ONCE(line_of[0][0], __LINE__ + 3);
	WRITE_ONCE(line_of[0][1], __LINE__ + 3);
	if (call->cache)
		return quarry_cache_alloc(call->cache, call->gfp);
	return quarry_heap_alloc(call->heap, call->size, call->gfp);
}

static void *call_second(const struct call *call)
{
	WRITE_ONCE(line_of[1][0], __LINE__ + 3);
	WRITE_ONCE(line_of[1][1], __LINE__ + 3);
	if (call->cache)
		return quarry_cache_alloc(call->cache, call->gfp);
	return quarry_heap_alloc(call->heap, call->size, call->gfp);
}

static bool call_fails(const struct call *call)
{
	void *object;

	object = call->site ? call_second(call) : call_first(call);
	if (call->cache)
		quarry_cache_free(call->cache, object);
	else
		quarry_free(object);
	return !object;
}

#endif /* QUARRY_UNIT_INJECT_CALL_H */
