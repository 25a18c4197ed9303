// SPDX-License-Identifier: GPL-2.0-only
/*
 * slab.c - cases: this file is a driver that was written for the kernel's own
 * allocator, but for one line.  Its memory comes from the heap of its module,
 * what is not quarry's is passed on, and all else is as with SLUB.
 */
#include <linux/interrupt.h>
#include <linux/list_lru.h>
#include <linux/mempool.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "check.h"
#include "finding.h"
#include "kmod.h"
#include "layout.h"
#include "site.h"
#include "slab.h"

#include <quarry/slab.h>

struct thing {
	struct rcu_head rcu;
	long value[5];
};

/* The one that this file's calls go to. */
static bool is_mine(const void *block)
{
	struct quarry_heap *heap = quarry_heap_of(block);

	return heap && !strcmp(quarry_heap_name(heap), "quarry_test");
}

/* Whether @block came, is of that heap and has @bytes; writes all of them. */
static void expect_mine(struct qt *t, void *block, size_t bytes)
{
	if (!QT_EXPECT_PTR(t, block))
		return;
	QT_EXPECT_TRUE(t, is_mine(block));
	QT_EXPECT_GE(t, ksize(block), bytes);
	qt_write_all(block, 0x5a);
}

KERNEL_CASE(kernel_slab_blocks_are_of_the_module)
{
	size_t bytes = 100 + qt_below(t, 50);
	void *block[12];
	unsigned int i;

	block[0] = kmalloc(40, GFP_KERNEL);
	block[1] = kmalloc(bytes, GFP_ATOMIC);
	block[2] = kmalloc_node(bytes, GFP_KERNEL, 0);
	block[3] = kmalloc_array(3, bytes, GFP_KERNEL);
	block[4] = kmalloc_array_node(3, bytes, GFP_KERNEL, NUMA_NO_NODE);
	block[5] = kmalloc_track_caller(bytes, GFP_KERNEL);
	block[6] = krealloc(NULL, bytes, GFP_KERNEL);
	block[7] = krealloc_array(NULL, 2, bytes, GFP_KERNEL);
	block[8] = kvmalloc(1 << 20, GFP_KERNEL);
	block[9] = kvmalloc_array(3, bytes, GFP_KERNEL);
	block[10] = kvmalloc_node(bytes, GFP_KERNEL, 0);
	block[11] = kmalloc(100000, GFP_KERNEL);
	for (i = 0; i < ARRAY_SIZE(block); i++)
		expect_mine(t, block[i], i == 0 ? 40 : bytes);
	for (i = 0; i < ARRAY_SIZE(block); i++) {
		if (i & 1)
			kfree(block[i]);
		else
			kvfree(block[i]);
		QT_EXPECT_EQ(t, quarry_usable_size(block[i]), 0);
	}
}

static void expect_zero(struct qt *t, void *block, size_t bytes)
{
	if (!QT_EXPECT_PTR(t, block))
		return;
	QT_EXPECT_BYTES(t, block, 0, bytes);
	QT_EXPECT_TRUE(t, is_mine(block));
	qt_write_all(block, 0xff);
	kfree_sensitive(block);
}

KERNEL_CASE(kernel_slab_zeroing_calls_zero)
{
	unsigned int round;

	for (round = 0; round < 3; round++) {
		expect_zero(t, kzalloc(200, GFP_KERNEL), 200);
		expect_zero(t, kzalloc_node(200, GFP_KERNEL, 0), 200);
		expect_zero(t, kcalloc(10, 20, GFP_KERNEL), 200);
		expect_zero(t, kcalloc_node(10, 20, GFP_KERNEL, 0), 200);
		expect_zero(t, kvzalloc(200, GFP_KERNEL), 200);
		expect_zero(t, kvcalloc(10, 20, GFP_KERNEL), 200);
		expect_zero(t, kvzalloc_node(200, GFP_KERNEL, 0), 200);
	}
}

static void expect_text(struct qt *t, const char *text, const char *expected)
{
	if (!QT_EXPECT_PTR(t, text))
		return;
	QT_EXPECT_STREQ(t, text, expected);
	QT_EXPECT_TRUE(t, is_mine(text));
	kfree_const(text);
}

KERNEL_CASE(kernel_slab_copies_are_of_the_module)
{
	static const char text[] = "a text";
	void *copy;

	expect_text(t, kstrdup(text, GFP_KERNEL), text);
	expect_text(t, kstrndup(text, 3, GFP_KERNEL), "a t");
	expect_text(t, kmemdup_nul(text, 4, GFP_KERNEL), "a te");
	expect_text(t, kstrdup_const(text, GFP_KERNEL), text);
	expect_text(t, kasprintf(GFP_KERNEL, "%d %s", 12, text), "12 a text");
	expect_text(t, kmemdup(text, sizeof(text), GFP_KERNEL), text);
	QT_EXPECT_NULL(t, kstrdup(NULL, GFP_KERNEL));
	QT_EXPECT_NULL(t, kmemdup_nul(NULL, 4, GFP_KERNEL));
	copy = kvmemdup(text, sizeof(text), GFP_KERNEL);
	if (QT_EXPECT_PTR(t, copy))
		QT_EXPECT_STREQ(t, copy, text);
	kvfree(copy);
	kfree(NULL);
	kfree(ZERO_SIZE_PTR);
	kvfree(NULL);
	kfree_const(NULL);
	QT_EXPECT_EQ(t, (long)kmalloc(0, GFP_KERNEL), (long)ZERO_SIZE_PTR);
}

KERNEL_CASE(kernel_slab_array_overflow_is_a_finding)
{
	unsigned long before = qr_event_count(QR_EVENT_OVERFLOW);
	unsigned long failures = qr_event_count(QR_EVENT_FAILURE);
	size_t nr = SIZE_MAX / 8 + qt_below(t, 8) + 2;
	void *array = kmalloc(16, GFP_KERNEL);

	QT_EXPECT_NULL(t, kmalloc_array(nr, 16, GFP_KERNEL));
	QT_EXPECT_NULL(t, kcalloc(nr, 16, GFP_KERNEL));
	QT_EXPECT_NULL(t, kmalloc_array_node(nr, 16, GFP_KERNEL, 0));
	QT_EXPECT_NULL(t, kvmalloc_array(nr, 16, GFP_KERNEL));
	QT_EXPECT_NULL(t, kvcalloc(nr, 16, GFP_KERNEL));
	QT_EXPECT_NULL(t, krealloc_array(NULL, nr, 16, GFP_KERNEL));
	QT_EXPECT_NULL(t, krealloc_array(array, nr, 16, GFP_KERNEL));
	QT_EXPECT_NULL(t, kmemdup_array(array, nr, 16, GFP_KERNEL));
	QT_EXPECT_EQ(t, qr_event_count(QR_EVENT_OVERFLOW) - before, 8);
	QT_EXPECT_EQ(t, qr_event_count(QR_EVENT_FAILURE), failures);
	/* Who could not be made larger is as it was. */
	QT_EXPECT_TRUE(t, is_mine(array));
	kfree(array);
}

KERNEL_CASE(kernel_slab_realloc_keeps_contents)
{
	u8 *block = kmalloc(10, GFP_KERNEL), *larger;
	size_t bytes;

	if (!QT_EXPECT_PTR(t, block))
		return;
	memset(block, 7, 10);
	for (bytes = 20; bytes < 1 << 16; bytes *= 3) {
		larger = krealloc(block, bytes, GFP_KERNEL);
		if (!QT_EXPECT_PTR(t, larger))
			break;
		block = larger;
		QT_EXPECT_BYTES(t, block, 7, 10);
		QT_EXPECT_TRUE(t, is_mine(block));
	}
	block = krealloc(block, 0, GFP_KERNEL);
	QT_EXPECT_EQ(t, (long)block, (long)ZERO_SIZE_PTR);
}

/* The kernel's own blocks, as some function of the kernel's hands them out. */
KERNEL_CASE(kernel_slab_passes_on_what_is_the_kernels)
{
	u64 seq = qr_event_last();
	struct thing *thing;
	u8 *block;

	kfree(qt_foreign_alloc(100));
	kvfree(qt_foreign_alloc(100));
	kfree_sensitive(qt_foreign_alloc(100));
	kfree_const(qt_foreign_alloc(100));
	kvfree(vmalloc(PAGE_SIZE));
	block = qt_foreign_alloc(100);
	if (QT_EXPECT_PTR(t, block)) {
		QT_EXPECT_GE(t, ksize(block), 100);
		memset(block, 3, 100);
		block = krealloc(block, 5000, GFP_KERNEL);
		QT_EXPECT_FALSE(t, is_mine(block));
		QT_EXPECT_BYTES(t, block, 3, 100);
		kfree(block);
	}
	thing = qt_foreign_alloc(sizeof(*thing));
	kfree_rcu(thing, rcu);
	kfree_rcu_mightsleep(qt_foreign_alloc(100));
	/* Zones, and what is asked for by name. */
	block = kmalloc(100, GFP_KERNEL | GFP_DMA);
	QT_EXPECT_PTR(t, block);
	QT_EXPECT_FALSE(t, is_mine(block));
	kfree(block);
	block = quarry_native_kmalloc(100, GFP_KERNEL);
	QT_EXPECT_PTR(t, block);
	QT_EXPECT_FALSE(t, is_mine(block));
	qt_foreign_free(block);
	QT_EXPECT_QUIET(t, seq);
}

KERNEL_CASE(kernel_slab_frees_after_a_grace_period)
{
	struct thing *thing = kmalloc(sizeof(*thing), GFP_KERNEL);
	struct thing *other = kmalloc(sizeof(*other), GFP_KERNEL);

	if (!QT_EXPECT_PTR(t, thing) || !QT_EXPECT_PTR(t, other))
		return;
	kfree_rcu(thing, rcu);
	kfree_rcu_mightsleep(other);
	QT_EXPECT_EQ(t, quarry_usable_size(other), 0);
	quarry_barrier();
	QT_EXPECT_EQ(t, quarry_usable_size(thing), 0);
}

/* ---------------------------------------------------------------- caches */

static void use_cache(struct qt *t, struct kmem_cache *cache, bool mine)
{
	void *object[16], *one;
	unsigned int i;

	QT_EXPECT_EQ(t, kmem_cache_size(cache), sizeof(struct thing));
	one = kmem_cache_alloc(cache, GFP_KERNEL);
	if (QT_EXPECT_PTR(t, one))
		QT_EXPECT_EQ(t, !!quarry_cache_of(one), mine);
	kmem_cache_free(cache, one);
	one = kmem_cache_zalloc(cache, GFP_KERNEL);
	if (QT_EXPECT_PTR(t, one))
		QT_EXPECT_BYTES(t, one, 0, sizeof(struct thing));
	/* Any object may go by kfree(). */
	kfree(one);
	one = kmem_cache_alloc_node(cache, GFP_KERNEL, 0);
	QT_EXPECT_PTR(t, one);
	kmem_cache_free(cache, one);
	one = kmem_cache_alloc_lru(cache, NULL, GFP_KERNEL);
	QT_EXPECT_PTR(t, one);
	kmem_cache_free(cache, one);
	QT_EXPECT_TRUE(t, kmem_cache_alloc_bulk(cache, GFP_KERNEL,
						ARRAY_SIZE(object), object));
	for (i = 0; i < ARRAY_SIZE(object); i++)
		QT_EXPECT_EQ(t, !!quarry_cache_of(object[i]), mine);
	kmem_cache_free_bulk(cache, 8, object);
	kfree_bulk(8, object + 8);
	kmem_cache_shrink(cache);
}

KERNEL_CASE(kernel_slab_caches_are_quarrys)
{
	u64 seq = qr_event_last();
	struct kmem_cache *cache[4];
	unsigned int i;

	cache[0] = KMEM_CACHE(thing, SLAB_HWCACHE_ALIGN);
	cache[1] = kmem_cache_create("thing", sizeof(struct thing), 0,
				     SLAB_PANIC | SLAB_ACCOUNT, NULL);
	cache[2] = kmem_cache_create("a name (with/all sorts)",
				     sizeof(struct thing), 0, 0, NULL);
	cache[3] = kmem_cache_create_usercopy("thing", sizeof(struct thing), 0,
					      0, 0, 8, NULL);
	for (i = 0; i < ARRAY_SIZE(cache); i++) {
		if (!QT_EXPECT_PTR(t, cache[i]))
			continue;
		use_cache(t, cache[i], true);
	}
	for (i = 0; i < ARRAY_SIZE(cache); i++)
		kmem_cache_destroy(cache[i]);
	kmem_cache_destroy(NULL);
	QT_EXPECT_QUIET(t, seq);
}

/* Ones for DMA are the kernel's own; so are those that it lends. */
KERNEL_CASE(kernel_slab_caches_of_the_kernel_serve)
{
	struct kmem_cache *cache;
	char *name;

	cache = kmem_cache_create("thing-dma", sizeof(struct thing), 0,
				  SLAB_CACHE_DMA, NULL);
	if (QT_EXPECT_PTR(t, cache))
		use_cache(t, cache, false);
	kmem_cache_destroy(cache);
	name = __getname();
	QT_EXPECT_PTR(t, name);
	QT_EXPECT_NULL(t, quarry_cache_of(name));
	__putname(name);
}

KERNEL_CASE(kernel_slab_destroy_of_a_used_cache_is_told)
{
	unsigned long before = qr_event_count(QR_EVENT_LIVE_AT_DESTROY);
	struct kmem_cache *cache = KMEM_CACHE(thing, 0);
	struct quarry_cache *own;
	struct thing *thing;

	if (!QT_EXPECT_PTR(t, cache))
		return;
	thing = kmem_cache_alloc(cache, GFP_KERNEL);
	own = quarry_cache_of(thing);
	kmem_cache_destroy(cache);
	QT_EXPECT_EQ(t, qr_event_count(QR_EVENT_LIVE_AT_DESTROY) - before, 1);
	kfree(thing);
	QT_EXPECT_TRUE(t, qt_cache_gone(own, 1000));
}

/* -------------------------------------------------------------- mempools */

/* Whose call it was is told, although the kernel called. */
static void expect_site(struct qt *t, const void *object)
{
	struct qr_slab *slab = qr_slab_of_live(object);
	const struct qr_site *site;

	if (!QT_EXPECT_PTR(t, slab))
		return;
	site = qr_site_get(qr_tag_site(qr_tag_read(qr_tag_at(slab,
			qr_slab_index(slab, (unsigned long)object)),
			slab->level)));
	if (QT_EXPECT_PTR(t, site))
		QT_EXPECT_PTR(t, strstr(site->func, "[quarry_test]"));
}

static void use_pool(struct qt *t, mempool_t *pool)
{
	void *object[20];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(object); i++) {
		object[i] = mempool_alloc(pool, GFP_KERNEL);
		if (QT_EXPECT_PTR(t, object[i]))
			expect_site(t, object[i]);
	}
	for (i = 0; i < ARRAY_SIZE(object); i++)
		mempool_free(object[i], pool);
}

KERNEL_CASE(kernel_slab_mempools_are_quarrys)
{
	struct kmem_cache *cache = KMEM_CACHE(thing, 0);
	mempool_t *pool, embedded;

	if (!QT_EXPECT_PTR(t, cache))
		return;
	pool = mempool_create_slab_pool(4, cache);
	if (QT_EXPECT_PTR(t, pool))
		use_pool(t, pool);
	mempool_destroy(pool);
	if (QT_EXPECT_EQ(t, mempool_init_slab_pool(&embedded, 4, cache), 0)) {
		use_pool(t, &embedded);
		mempool_exit(&embedded);
	}
	kmem_cache_destroy(cache);
	pool = mempool_create_kmalloc_pool(4, 300);
	if (QT_EXPECT_PTR(t, pool))
		use_pool(t, pool);
	mempool_destroy(pool);
}

/* ---------------------------------------------------------------- strays */

static struct thing *thing_for_the_kernel(void)
{
	return kmalloc(sizeof(struct thing), GFP_KERNEL);
}

/*
 * The kernel frees what this driver gave it: where that can be seen it is as if
 * the driver had, and told of once a call site.
 */
KERNEL_CASE(kernel_slab_stray_kfree_frees)
{
	unsigned long before = qr_event_count(QR_EVENT_STRAY_KFREE);
	struct thing *thing;
	unsigned int i;

	for (i = 0; i < 5; i++) {
		thing = thing_for_the_kernel();
		if (!QT_EXPECT_PTR(t, thing))
			return;
		qt_foreign_free(thing);
		QT_EXPECT_EQ(t, quarry_usable_size(thing), 0);
	}
	QT_EXPECT_EQ(t, qr_event_count(QR_EVENT_STRAY_KFREE) - before, 1);
	/* Blocks of the kernel's own that large come by the same probe. */
	qt_foreign_free(qt_foreign_alloc(1 << 20));
}

/* What was meant to be quarry's is left alone. */
KERNEL_CASE(kernel_slab_stray_kfree_of_others_is_refused)
{
	unsigned long before = qr_event_count(QR_EVENT_STRAY_KFREE);
	struct quarry_cache *cache = qt_cache(t, 200, 0, 0, NULL);
	struct qr_finding found;
	void *object;
	u64 nr;

	if (!cache)
		return;
	object = quarry_cache_alloc(cache, GFP_KERNEL);
	nr = qr_finding_last();
	qt_foreign_free(object);
	QT_EXPECT_EQ(t, quarry_usable_size(object) > 0, 1);
	qt_foreign_free(object + 8);
	QT_EXPECT_EQ(t, qr_event_count(QR_EVENT_STRAY_KFREE) - before, 2);
	if (QT_EXPECT_TRUE(t, qr_finding_next(nr, &found))) {
		QT_EXPECT_EQ(t, found.object, (unsigned long)object);
		QT_EXPECT_PTR(t, strstr(found.event.caller_text,
					"[quarry_test]"));
	}
	quarry_cache_free(cache, object);
}

/* ----------------------------------------------------------------- heaps */

/* The first call of a module may come from anywhere. */
KERNEL_CASE(kernel_slab_heap_is_made_in_interrupts)
{
	struct quarry_heap *heap, *cell = NULL, *other = NULL;
	unsigned long flags;

	local_irq_save(flags);
	heap = quarry_module_heap(&cell, "qt-atomic", GFP_ATOMIC);
	local_irq_restore(flags);
	/* The page allocator sleeps there. */
	if (IS_ENABLED(CONFIG_PREEMPT_RT) && !heap)
		return;
	if (!QT_EXPECT_PTR(t, heap))
		return;
	QT_EXPECT_EQ(t, (long)cell, (long)heap);
	QT_EXPECT_EQ(t, (long)quarry_module_heap(&other, "qt-atomic",
						 GFP_KERNEL), (long)heap);
	QT_EXPECT_EQ(t, quarry_heap_destroy(heap), -EINVAL);
}

KERNEL_CASE(kernel_slab_heap_of_a_name_in_use_is_another)
{
	struct quarry_heap *heap = quarry_heap_create("qt-taken", 0);
	struct quarry_heap *module, *cell = NULL;

	if (IS_ERR(heap)) {
		qt_fail(t, "no heap: %ld", PTR_ERR(heap));
		return;
	}
	module = quarry_module_heap(&cell, "qt-taken", GFP_KERNEL);
	if (QT_EXPECT_PTR(t, module))
		QT_EXPECT_STREQ(t, quarry_heap_name(module), "qt-taken.ko");
	QT_EXPECT_EQ(t, quarry_heap_destroy(heap), 0);
}

#ifdef __free
KERNEL_CASE(kernel_slab_scope_frees)
{
	void *seen[2];

	{
		void *block __free(kfree) = kmalloc(30, GFP_KERNEL);
		void *large __free(kvfree) = kvmalloc(30, GFP_KERNEL);

		expect_mine(t, block, 30);
		seen[0] = block;
		seen[1] = large;
	}
	QT_EXPECT_EQ(t, quarry_usable_size(seen[0]), 0);
	QT_EXPECT_EQ(t, quarry_usable_size(seen[1]), 0);
}
#else
KERNEL_CASE(kernel_slab_scope_frees)
{
	qt_print("# this kernel has no __free()\n");
}
#endif
