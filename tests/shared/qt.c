// SPDX-License-Identifier: GPL-2.0-only
/*
 * qt.c - expectations, helpers and the run of one case.  See qt.h.
 */
#include <linux/delay.h>
#include <linux/stdarg.h>

#include "qt.h"
#include "check.h"
#include "walk.h"

/* A case that fails in a loop says so a few times only. */
#define FAILURES_TOLD	8

static bool failed(struct qt *t)
{
	if (++t->failures == FAILURES_TOLD + 1)
		qt_print("# %s: and more of it\n", t->name);
	return t->failures <= FAILURES_TOLD;
}

bool qt_expect(struct qt *t, bool held, const struct qt_fact *fact)
{
	t->expectations++;
	if (held)
		return true;
	if (failed(t))
		qt_print("# %s: %s:%d: expected %s, but %ld (%#lx) and %ld (%#lx)\n",
			 t->name, fact->file, fact->line, fact->text,
			 fact->left, fact->left, fact->right, fact->right);
	return false;
}

void qt_fail(struct qt *t, const char *fmt, ...)
{
	char text[160];
	va_list args;

	t->expectations++;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (failed(t))
		qt_print("# %s: %s\n", t->name, text);
}

bool qt_expect_string(struct qt *t, const char *a, const char *b,
		      const char *file, int line)
{
	t->expectations++;
	if (a && b && !strcmp(a, b))
		return true;
	if (failed(t))
		qt_print("# %s: %s:%d: expected equal, but \"%s\" and \"%s\"\n",
			 t->name, file, line, a ? a : "(null)",
			 b ? b : "(null)");
	return false;
}

/* May look at what nobody owns. */
bool __no_sanitize_address qt_expect_bytes(struct qt *t, const void *at, int value, size_t len,
		     const char *file, int line)
{
	const u8 *byte = at;
	size_t i;

	t->expectations++;
	for (i = 0; i < len; i++) {
		if (byte[i] == (u8)value)
			continue;
		if (failed(t))
			qt_print("# %s: %s:%d: byte %zu of %zu is %#x, expected %#x\n",
				 t->name, file, line, i, len, byte[i],
				 (u8)value);
		return false;
	}
	return true;
}

/* xorshift64*: the same numbers in both worlds for the same seed. */
u32 qt_random(struct qt *t)
{
	t->random ^= t->random >> 12;
	t->random ^= t->random << 25;
	t->random ^= t->random >> 27;
	return (t->random * 0x2545f4914f6cdd1dULL) >> 32;
}

u32 qt_below(struct qt *t, u32 ceiling)
{
	return ((u64)qt_random(t) * ceiling) >> 32;
}

struct quarry_cache *qt_cache(struct qt *t, size_t size, size_t align,
			      unsigned long flags, void (*ctor)(void *))
{
	struct quarry_cache *cache;
	char name[QUARRY_NAME_MAX + 1];

	snprintf(name, sizeof(name), "qt-cache-%u", t->names++);
	cache = quarry_cache_create(name, size, align, flags, ctor);
	if (IS_ERR(cache)) {
		qt_fail(t, "no cache of %zu: %ld", size, PTR_ERR(cache));
		return NULL;
	}
	if (!QT_EXPECT_LT(t, t->nr_caches, QT_CACHES_MAX))
		return cache;
	t->cache[t->nr_caches++] = cache;
	return cache;
}

struct quarry_heap *qt_heap(struct qt *t, size_t limit_bytes)
{
	struct quarry_heap *heap;
	char name[QUARRY_NAME_MAX + 1];

	snprintf(name, sizeof(name), "qt-heap-%u", t->names++);
	heap = quarry_heap_create(name, limit_bytes);
	if (IS_ERR(heap)) {
		qt_fail(t, "no heap: %ld", PTR_ERR(heap));
		return NULL;
	}
	if (!QT_EXPECT_LT(t, t->nr_heaps, QT_HEAPS_MAX))
		return heap;
	t->heap[t->nr_heaps++] = heap;
	return heap;
}

void qt_forget_cache(struct qt *t, struct quarry_cache *cache)
{
	unsigned int i;

	for (i = 0; i < t->nr_caches; i++) {
		if (t->cache[i] == cache)
			t->cache[i--] = t->cache[--t->nr_caches];
	}
}

void qt_forget_heap(struct qt *t, struct quarry_heap *heap)
{
	unsigned int i;

	for (i = 0; i < t->nr_heaps; i++) {
		if (t->heap[i] == heap)
			t->heap[i--] = t->heap[--t->nr_heaps];
	}
}

static bool cache_listed(const struct quarry_cache *cache)
{
	struct quarry_cache *at = NULL;

	while ((at = qr_walk_next_cache(at))) {
		if (at != cache)
			continue;
		qr_walk_unpin_cache(at);
		return true;
	}
	return false;
}

static bool heap_listed(const struct quarry_heap *heap)
{
	struct quarry_heap *at = NULL;

	while ((at = qr_walk_next_heap(at))) {
		if (at != heap)
			continue;
		qr_walk_unpin_heap(at);
		return true;
	}
	return false;
}

bool qt_cache_gone(const struct quarry_cache *cache, unsigned int ms)
{
	unsigned int waited;

	for (waited = 0; cache_listed(cache); waited += 5) {
		if (waited >= ms)
			return false;
		msleep(5);
	}
	return true;
}

bool qt_heap_gone(const struct quarry_heap *heap, unsigned int ms)
{
	unsigned int waited;

	for (waited = 0; heap_listed(heap); waited += 5) {
		if (waited >= ms)
			return false;
		msleep(5);
	}
	return true;
}

struct qr_cache_count qt_count(struct qt *t, struct quarry_cache *cache)
{
	struct qr_cache_count count;

	qt_check_cache(t, cache);
	qr_cache_count(cache, &count);
	return count;
}

unsigned int qt_fill(struct quarry_cache *cache, void **object,
		     unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		object[i] = quarry_cache_alloc(cache, GFP_KERNEL);
		if (!object[i])
			break;
	}
	return i;
}

void qt_empty(struct quarry_cache *cache, void **object, unsigned int nr)
{
	while (nr--)
		quarry_cache_free(cache, object[nr]);
}

void qt_write_all(void *block, int value)
{
	size_t bytes = quarry_usable_size(block);

	OPTIMIZER_HIDE_VAR(block);
	memset(block, value, bytes);
}

/* Volatile, or the compiler would call memset() for it. */
void __no_sanitize_address qt_write(void *at, u8 value, size_t len)
{
	volatile u8 *byte = at;

	while (len--)
		*byte++ = value;
}

void qt_warm(struct quarry_cache *cache)
{
	unsigned int round;
	void *object[16];

	for (round = 0; round < 4; round++)
		qt_empty(cache, object, qt_fill(cache, object, 16));
}

bool qt_event_after(struct qt *t, u64 seq, enum qr_event_kind kind)
{
	u64 at;

	for (at = qr_event_last(); at > seq; at--) {
		if (qr_event_get(at, &t->event) && t->event.kind == kind)
			return true;
	}
	memset(&t->event, 0, sizeof(t->event));
	return false;
}

static void case_end(struct qt *t)
{
	unsigned int i;

	quarry_barrier();
	for (i = 0; i < t->nr_caches; i++) {
		if (!t->cache[i])
			continue;
		qt_check_cache(t, t->cache[i]);
		QT_EXPECT_EQ(t, quarry_cache_destroy(t->cache[i]), 0);
	}
	for (i = 0; i < t->nr_heaps; i++) {
		if (!t->heap[i])
			continue;
		qt_check_heap(t, t->heap[i]);
		QT_EXPECT_EQ(t, quarry_heap_destroy(t->heap[i]), 0);
	}
	qt_check_heap(t, NULL);
}

bool qt_run(struct qt *t, const struct qt_case *which, u64 seed)
{
	memset(t, 0, sizeof(*t));
	t->name = which->name;
	t->random = seed ? seed : 1;
	which->run(t);
	case_end(t);
	if (!t->skip && !t->expectations)
		qt_fail(t, "expected nothing");
	return !t->failures;
}
