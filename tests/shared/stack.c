// SPDX-License-Identifier: GPL-2.0-only
/*
 * stack.c - cases: an object of level stack knows the thread, the CPU, the
 * time and the chain of calls that it was allocated by, whichever call it was,
 * and nobody sees those of an owner before.
 */
#include <linux/atomic.h>
#include <linux/rcupdate.h>

#include "qt.h"
#include "cases.h"
#include "layout.h"
#include "meta.h"
#include "origin.h"
#include "site_text.h"
#include "slab.h"
#include "stack.h"
#include "sums.h"

static struct quarry_cache *stack_cache(struct qt *t, size_t size)
{
	struct quarry_cache *cache = qt_cache(t, size, 0, 0, NULL);

	if (cache)
		QT_EXPECT_EQ(t, quarry_cache_set_level(cache,
						       QUARRY_LEVEL_STACK), 0);
	return cache;
}

static struct quarry_heap *stack_heap(struct qt *t)
{
	struct quarry_heap *heap = qt_heap(t, 0);

	if (heap)
		QT_EXPECT_EQ(t, quarry_heap_set_level(heap,
						      QUARRY_LEVEL_STACK), 0);
	return heap;
}

static bool origin_of(const void *object, struct qr_origin *origin)
{
	struct qr_slab *slab = qt_slab(object);

	memset(origin, 0, sizeof(*origin));
	return slab && qr_origin_read(slab, qr_slab_index(slab,
						(unsigned long)object), origin);
}

static u32 chain_of(const void *object)
{
	struct qr_origin origin;

	return origin_of(object, &origin) ? origin.stack : 0;
}

/* Number of the first frame at or behind @from in function @name, or -1. */
static int frame_in(u32 id, const char *name, int from)
{
	const struct qr_stack *stack = qr_stack_get(id);
	char text[QR_CALLER_TEXT];
	size_t len = strlen(name);
	int i;

	for (i = from; stack && i < stack->nr; i++) {
		qr_stack_text(stack, i, text, sizeof(text));
		/* The compiler may have put a suffix to the name. */
		if (!strncmp(text, name, len) &&
		    (text[len] == '+' || text[len] == '.'))
			return i;
	}
	return -1;
}

/* Not inlined, nor left before the call they make is over. */
static noinline void *stack_inner(struct quarry_cache *cache)
{
	void *object = quarry_cache_alloc(cache, GFP_KERNEL);

	barrier();
	return object;
}

static noinline void *stack_outer(struct quarry_cache *cache)
{
	void *object = stack_inner(cache);

	barrier();
	return object;
}

static noinline void *stack_other(struct quarry_cache *cache)
{
	void *object = stack_inner(cache);

	/* Else it would be the same function as the one above. */
	barrier();
	barrier();
	return object;
}

QT_CASE(stack_knows_thread_cpu_and_time)
{
	struct quarry_cache *cache = stack_cache(t, 100);
	unsigned int cpu = raw_smp_processor_id();
	struct qr_origin origin;
	u64 before, after;
	char comm[16];
	void *object;

	if (!cache)
		return;
	before = qr_time_ns();
	object = stack_outer(cache);
	after = qr_time_ns();
	if (QT_EXPECT_TRUE(t, origin_of(object, &origin))) {
		QT_EXPECT_EQ(t, origin.pid, qt_task(comm));
		QT_EXPECT_STREQ(t, origin.comm, comm);
		QT_EXPECT_GE(t, origin.time_ns, before);
		QT_EXPECT_LE(t, origin.time_ns, after);
		/* Unless the scheduler has moved us. */
		if (cpu == raw_smp_processor_id())
			QT_EXPECT_EQ(t, origin.cpu, cpu);
	}
	quarry_cache_free(cache, object);
}

QT_CASE(stack_names_the_callers_innermost_first)
{
	struct quarry_cache *cache = stack_cache(t, 100);
	void *object;
	int inner;
	u32 id;

	if (!cache)
		return;
	object = stack_outer(cache);
	id = chain_of(object);
	QT_EXPECT_GT(t, id, QR_STACK_UNKNOWN);
	/* Nothing of quarry's comes before the caller. */
	inner = frame_in(id, "stack_inner", 0);
	QT_EXPECT_EQ(t, inner, 0);
	QT_EXPECT_EQ(t, frame_in(id, "stack_outer", 0), 1);
	QT_EXPECT_GT(t, frame_in(id, __func__, 0), 1);
	quarry_cache_free(cache, object);
}

QT_CASE(stack_numbers_chains_not_calls)
{
	struct quarry_cache *cache = stack_cache(t, 100);
	unsigned int i, nr = 5;
	void *object[6];
	u32 count;

	if (!cache)
		return;
	/* Not to be unrolled: that would be several calls. */
	barrier_data(&nr);
	count = qr_stack_count();
	for (i = 0; i < nr; i++)
		object[i] = stack_outer(cache);
	object[5] = stack_other(cache);
	for (i = 1; i < 5; i++)
		QT_EXPECT_EQ(t, chain_of(object[i]), chain_of(object[0]));
	QT_EXPECT_NE(t, chain_of(object[4]), chain_of(object[5]));
	QT_EXPECT_LE(t, qr_stack_count(), count + 2);
	qt_empty(cache, object, 6);
}

/* Every object of @block has an origin whose chain leads through @name. */
static void expect_origins(struct qt *t, void **block, unsigned int nr,
			   const char *name)
{
	struct qr_origin origin;
	unsigned int i;
	char comm[16];
	u32 pid = qt_task(comm);

	for (i = 0; i < nr; i++) {
		if (!QT_EXPECT_PTR(t, block[i]) ||
		    !QT_EXPECT_TRUE(t, origin_of(block[i], &origin)))
			continue;
		QT_EXPECT_EQ(t, origin.pid, pid);
		if (!QT_EXPECT_GE(t, frame_in(origin.stack, name, 0), 0))
			qt_print("# call %u, chain %u\n", i, origin.stack);
	}
}

QT_CASE(stack_is_kept_by_every_call_of_caches)
{
	struct quarry_cache *cache = stack_cache(t, 100);
	void *object[120];

	if (!cache)
		return;
	qt_warm(cache);
	object[0] = quarry_cache_alloc(cache, GFP_KERNEL);
	object[1] = quarry_cache_zalloc(cache, GFP_ATOMIC);
	object[2] = quarry_cache_alloc_node(cache, GFP_KERNEL, 0);
	object[3] = (quarry_cache_alloc)(cache, GFP_KERNEL);
	object[4] = (quarry_cache_zalloc)(cache, GFP_KERNEL);
	object[5] = (quarry_cache_alloc_node)(cache, GFP_KERNEL, 0);
	QT_EXPECT_EQ(t, quarry_cache_alloc_bulk(cache, GFP_KERNEL, 50,
						object + 6), 50);
	QT_EXPECT_EQ(t, (quarry_cache_alloc_bulk)(cache, GFP_KERNEL, 64,
						  object + 56), 64);
	expect_origins(t, object, 120, __func__);
	quarry_cache_free_bulk(cache, 100, object);
	qt_empty(cache, object + 100, 20);
}

QT_CASE(stack_is_kept_by_every_call_of_heaps)
{
	struct quarry_heap *heap = stack_heap(t);
	size_t size = 200;
	void *block[16];
	unsigned int i;

	if (!heap)
		return;
	barrier_data(&size);
	block[0] = quarry_heap_alloc(heap, 100, GFP_KERNEL);
	block[1] = quarry_heap_alloc(heap, size, GFP_KERNEL);
	block[2] = quarry_heap_zalloc(heap, 3000, GFP_KERNEL);
	block[3] = quarry_heap_alloc(heap, 50000, GFP_KERNEL);
	block[4] = quarry_heap_calloc(heap, 3, 50, GFP_KERNEL);
	block[5] = quarry_heap_alloc_node(heap, 100, GFP_KERNEL, 0);
	block[6] = quarry_heap_alloc_aligned(heap, 700, 512, GFP_KERNEL);
	block[7] = quarry_heap_alloc_aligned(heap, 20000, 32768, GFP_KERNEL);
	block[8] = quarry_heap_kvalloc(heap, 100, GFP_KERNEL);
	block[9] = quarry_heap_kvalloc(heap, 5 << 20, GFP_KERNEL);
	block[10] = quarry_heap_memdup(heap, block, 50, GFP_KERNEL);
	block[11] = quarry_heap_strdup(heap, "text", GFP_KERNEL);
	block[12] = quarry_heap_asprintf(heap, GFP_KERNEL, "%d", 12);
	block[13] = quarry_heap_realloc(heap, NULL, 100, GFP_KERNEL);
	block[14] = (quarry_heap_alloc)(heap, 100, GFP_KERNEL);
	block[15] = (quarry_heap_kvalloc)(heap, 100, GFP_KERNEL);
	expect_origins(t, block, 16, __func__);
	for (i = 0; i < 16; i++)
		quarry_free(block[i]);
}

static noinline void *stack_grow(struct quarry_heap *heap, void *block,
				 size_t size)
{
	block = quarry_heap_realloc(heap, block, size, GFP_KERNEL);
	barrier();
	return block;
}

QT_CASE(stack_of_a_resized_block_is_who_moved_it)
{
	struct quarry_heap *heap = stack_heap(t);
	struct qr_origin first, second;
	void *block;

	if (!heap)
		return;
	block = quarry_heap_alloc(heap, 112, GFP_KERNEL);
	QT_EXPECT_TRUE(t, origin_of(block, &first));
	block = stack_grow(heap, block, 100);
	QT_EXPECT_TRUE(t, origin_of(block, &second));
	QT_EXPECT_EQ(t, first.stack, second.stack);
	QT_EXPECT_EQ(t, first.time_ns, second.time_ns);
	block = stack_grow(heap, block, 9000);
	QT_EXPECT_EQ(t, frame_in(chain_of(block), "stack_grow", 0), 0);
	block = stack_grow(heap, block, 30);
	QT_EXPECT_EQ(t, frame_in(chain_of(block), "stack_grow", 0), 0);
	quarry_free(block);
}

/* The chain in the record of @object, as a reader between two owners has it. */
static u32 left_behind(struct quarry_cache *cache, void *object)
{
	struct qr_slab *slab = qt_slab(object);
	u32 index = qr_slab_index(slab, (unsigned long)object);

	return READ_ONCE(qr_slab_origin(slab, index)->stack);
}

QT_CASE(stack_of_a_freed_object_is_gone)
{
	struct quarry_cache *cache = stack_cache(t, 100);
	struct qr_origin origin;
	void *keep, *object[40];
	unsigned int i;

	if (!cache)
		return;
	/* The slabs stay. */
	keep = stack_outer(cache);
	for (i = 0; i < 40; i++)
		object[i] = stack_outer(cache);
	quarry_cache_free(cache, object[0]);
	QT_EXPECT_EQ(t, left_behind(cache, object[0]), 0);
	QT_EXPECT_FALSE(t, origin_of(object[0], &origin));
	object[0] = stack_outer(cache);
	qt_warm(cache);
	quarry_cache_free(cache, object[1]);
	QT_EXPECT_EQ(t, left_behind(cache, object[1]), 0);
	object[1] = stack_outer(cache);
	quarry_cache_free_bulk(cache, 20, object);
	for (i = 0; i < 20; i++)
		QT_EXPECT_EQ(t, left_behind(cache, object[i]), 0);
	quarry_cache_free_bulk(cache, 20, object + 20);
	quarry_cache_free(cache, keep);
}

QT_CASE(stack_switch_at_run_time_holds_for_new_objects)
{
	struct quarry_cache *cache = qt_cache(t, 100, 0, 0, NULL);
	void *object[4];

	if (!cache)
		return;
	object[0] = stack_outer(cache);
	QT_EXPECT_EQ(t, quarry_cache_set_level(cache, QUARRY_LEVEL_STACK), 0);
	object[1] = stack_outer(cache);
	QT_EXPECT_EQ(t, quarry_cache_set_level(cache, QUARRY_LEVEL_OFF), 0);
	object[2] = stack_outer(cache);
	QT_EXPECT_EQ(t, quarry_cache_set_level(cache, QUARRY_LEVEL_STACK), 0);
	object[3] = stack_outer(cache);
	QT_EXPECT_EQ(t, chain_of(object[0]), 0);
	QT_EXPECT_EQ(t, frame_in(chain_of(object[1]), "stack_inner", 0), 0);
	QT_EXPECT_EQ(t, chain_of(object[2]), 0);
	QT_EXPECT_EQ(t, frame_in(chain_of(object[3]), "stack_inner", 0), 0);
	QT_EXPECT_EQ(t, qt_count(t, cache).live, 4);
	qt_empty(cache, object, 4);
}

QT_CASE(stack_counts_go_on_by_site)
{
	struct quarry_cache *cache = stack_cache(t, 100);
	struct qr_site_sums sums;
	void *object[10];
	unsigned int i;

	if (!cache)
		return;
	/* Two chains, but one call. */
	for (i = 0; i < 10; i++)
		object[i] = i & 1 ? stack_outer(cache) : stack_other(cache);
	if (QT_EXPECT_EQ(t, qr_site_sums_init(&sums), 0)) {
		qr_site_sums_add_cache(&sums, cache);
		qr_site_sums_sort(&sums);
		QT_EXPECT_EQ(t, sums.nr, 1);
		QT_EXPECT_EQ(t, sums.sum[0].objects, 10);
		qr_site_sums_free(&sums);
	}
	qt_empty(cache, object, 10);
}

/* A chain, and two pages of the table of chains. */
#define PIECES		(QR_STACK_FRAMES + 1)

static void *piece[PIECES][3];

static size_t piece_bytes(unsigned int nr)
{
	if (nr == QR_STACK_FRAMES)
		return PAGE_SIZE;
	return offsetof(struct qr_stack, entry) + (nr + 1) * sizeof(long);
}

/*
 * On PREEMPT_RT an interrupt gets no pages: of each size that a new chain may
 * need two pieces are free, and a third keeps the pages that they are in.
 */
static void stock_up(void)
{
	unsigned int nr, i;

	for (nr = 0; nr < PIECES; nr++) {
		for (i = 0; i < 3; i++)
			piece[nr][i] = qr_meta_alloc(piece_bytes(nr),
						     GFP_KERNEL, NUMA_NO_NODE);
		for (i = 0; i < 2; i++)
			if (piece[nr][i])
				qr_meta_free(piece[nr][i], piece_bytes(nr));
	}
}

static void sell_off(void)
{
	unsigned int nr;

	for (nr = 0; nr < PIECES; nr++)
		if (piece[nr][2])
			qr_meta_free(piece[nr][2], piece_bytes(nr));
}

struct struck {
	struct quarry_cache *cache;
	void *object;
};

static noinline void stack_handler(void *data)
{
	struct struck *struck = data;

	struck->object = quarry_cache_alloc(struck->cache, GFP_ATOMIC);
	barrier();
}

QT_CASE(stack_of_an_interrupt_ends_where_it_struck)
{
	struct struck struck = { .cache = stack_cache(t, 100) };
	struct qr_origin origin;
	void *keep;
	int err;

	if (!struck.cache)
		return;
	/* Nor does a cache get a slab there. */
	keep = quarry_cache_alloc(struck.cache, GFP_KERNEL);
	stock_up();
	err = qt_interrupt(stack_handler, &struck);
	sell_off();
	if (err) {
		t->skip = "no interrupts here";
		quarry_cache_free(struck.cache, keep);
		return;
	}
	if (QT_EXPECT_TRUE(t, origin_of(struck.object, &origin))) {
		QT_EXPECT_EQ(t, origin.pid, 0);
		QT_EXPECT_STREQ(t, origin.comm, "hardirq");
		QT_EXPECT_EQ(t, frame_in(origin.stack, "stack_handler", 0), 0);
		QT_EXPECT_EQ(t, frame_in(origin.stack, __func__, 0), -1);
	}
	quarry_cache_free(struck.cache, struck.object);
	quarry_cache_free(struck.cache, keep);
}

QT_CASE(stack_retired_keeps_names_and_is_not_found)
{
	struct quarry_cache *cache = stack_cache(t, 100);
	char before[QR_CALLER_TEXT], after[QR_CALLER_TEXT];
	const struct qr_stack *stack;
	void *object[3] = { };
	unsigned int i;

	if (!cache)
		return;
	for (i = 0; i < 2; i++)
		object[i] = stack_outer(cache);
	stack = qr_stack_get(chain_of(object[1]));
	if (QT_EXPECT_PTR(t, stack) && QT_EXPECT_GT(t, stack->nr, 2)) {
		qr_stack_text(stack, 1, before, sizeof(before));
		/* Nothing there, then what "stack_outer" is in. */
		qr_stack_retire(stack->entry[1], stack->entry[1] + 1);
		QT_EXPECT_FALSE(t, stack->retired);
		qr_stack_retire(stack->entry[1] - 1, stack->entry[1]);
		QT_EXPECT_TRUE(t, stack->retired);
		QT_EXPECT_PTR(t, stack->text);
		qr_stack_text(stack, 1, after, sizeof(after));
		QT_EXPECT_STREQ(t, before, after);
	}
	for (i = 1; i < 3; i++) {
		quarry_cache_free(cache, object[i]);
		object[i] = stack_outer(cache);
	}
	QT_EXPECT_TRUE(t, stack && chain_of(object[2]) != stack->id);
	QT_EXPECT_EQ(t, frame_in(chain_of(object[2]), "stack_outer", 0), 1);
	qt_empty(cache, object, 3);
}

QT_CASE(stack_without_frames_is_unknown)
{
	char text[QR_CALLER_TEXT];
	unsigned long entry[2] = { (unsigned long)&stack_outer + 1, 1 };
	u32 id;

	QT_EXPECT_EQ(t, qr_stack_number(entry, 0), QR_STACK_UNKNOWN);
	QT_EXPECT_EQ(t, qr_stack_get(QR_STACK_UNKNOWN)->nr, 0);
	QT_EXPECT_FALSE(t, qr_stack_get(0));
	QT_EXPECT_FALSE(t, qr_stack_get(qr_stack_count() + 1));
	id = qr_stack_number(entry, 2);
	QT_EXPECT_EQ(t, qr_stack_number(entry, 2), id);
	QT_EXPECT_NE(t, qr_stack_number(entry, 1), id);
	/* No function is there. */
	QT_EXPECT_STREQ(t, qr_stack_text(qr_stack_get(id), 1, text,
					 sizeof(text)), "unknown");
}
