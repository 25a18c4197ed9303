// SPDX-License-Identifier: GPL-2.0-only
/*
 * failnth.c - every public call with its first, second, third... request for
 * memory refused, until none is left to refuse.  Each time the call says so
 * or copes, succeeds when made again, and leaves nothing behind.
 */
#include "kselftest_harness.h"

#include "quarry_mirror.h"
#include "check.h"
#include "meta.h"
#include "qt.h"
#include "sums.h"
#include "sums.h"
#include "world.h"

#define MANY	120
/* More requests than any call makes. */
#define NTH_MAX	400

struct subject {
	struct quarry_cache *cache;
	struct quarry_heap *heap;
	void *got[MANY];
	unsigned int nr;
};

/* True when the call gave all it was asked for; what it gave is in @got. */
typedef bool (*call_fn)(struct subject *s);

static bool keep(struct subject *s, void *at)
{
	if (at && s->nr < MANY)
		s->got[s->nr++] = at;
	return at;
}

static bool call_cache_alloc(struct subject *s)
{
	return keep(s, quarry_cache_alloc(s->cache, GFP_KERNEL));
}

static bool call_cache_alloc_atomic(struct subject *s)
{
	return keep(s, quarry_cache_alloc(s->cache, GFP_ATOMIC));
}

static bool call_cache_alloc_by_address(struct subject *s)
{
	return keep(s, (quarry_cache_alloc)(s->cache, GFP_KERNEL));
}

static bool call_cache_zalloc(struct subject *s)
{
	return keep(s, quarry_cache_zalloc(s->cache, GFP_KERNEL));
}

static bool call_cache_alloc_node(struct subject *s)
{
	return keep(s, quarry_cache_alloc_node(s->cache, GFP_KERNEL, 1));
}

/* Enough for magazines, depots and several slabs; goes on after a refusal. */
static bool call_cache_alloc_many(struct subject *s)
{
	bool all = true;
	unsigned int i;

	for (i = 0; i < MANY - 10; i++)
		all &= keep(s, quarry_cache_alloc(s->cache, GFP_KERNEL));
	while (s->nr)
		quarry_cache_free(s->cache, s->got[--s->nr]);
	return all;
}

static bool call_cache_alloc_bulk(struct subject *s)
{
	int got = quarry_cache_alloc_bulk(s->cache, GFP_KERNEL, 100, s->got);

	s->nr = got;
	return got == 100;
}

static bool call_cache_set_level(struct subject *s)
{
	keep(s, quarry_cache_alloc(s->cache, GFP_KERNEL));
	return !quarry_cache_set_level(s->cache, QUARRY_LEVEL_OFF) &&
	       keep(s, quarry_cache_alloc(s->cache, GFP_KERNEL));
}

static bool call_cache_shrink(struct subject *s)
{
	call_cache_alloc_many(s);
	quarry_cache_shrink(s->cache);
	return true;
}

static bool call_cache_create(struct subject *s)
{
	struct quarry_cache *cache;

	cache = quarry_cache_create("other", 333, 64, QUARRY_TYPESAFE_BY_RCU,
				    NULL);
	if (IS_ERR(cache))
		return false;
	return !quarry_cache_destroy(cache);
}

static bool call_heap_create(struct subject *s)
{
	struct quarry_heap *heap = quarry_heap_create("other", 1 << 20);

	if (IS_ERR(heap))
		return false;
	return !quarry_heap_destroy(heap);
}

static bool call_heap_alloc(struct subject *s)
{
	return keep(s, quarry_heap_alloc(s->heap, 100, GFP_KERNEL));
}

static bool call_heap_alloc_run(struct subject *s)
{
	return keep(s, quarry_heap_alloc(s->heap, 50000, GFP_KERNEL));
}

static bool call_heap_alloc_run_atomic(struct subject *s)
{
	return keep(s, quarry_heap_alloc(s->heap, 50000, GFP_ATOMIC));
}

static bool call_heap_alloc_array(struct subject *s)
{
	return keep(s, quarry_heap_calloc(s->heap, 12, 80, GFP_KERNEL));
}

static bool call_heap_alloc_node(struct subject *s)
{
	return keep(s, quarry_heap_alloc_node(s->heap, 500, GFP_KERNEL, 1));
}

static bool call_heap_alloc_aligned(struct subject *s)
{
	return keep(s, quarry_heap_alloc_aligned(s->heap, 700, 512,
						 GFP_KERNEL)) &&
	       keep(s, quarry_heap_alloc_aligned(s->heap, 20000, 32768,
						 GFP_KERNEL));
}

static bool call_heap_kvalloc(struct subject *s)
{
	return keep(s, quarry_heap_kvalloc(s->heap, 30000, GFP_KERNEL)) &&
	       keep(s, quarry_heap_kvalloc(s->heap, 5 << 20, GFP_KERNEL));
}

static bool call_heap_realloc(struct subject *s)
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
	return grown;
}

static bool call_heap_copies(struct subject *s)
{
	return keep(s, quarry_heap_strdup(s->heap, "text", GFP_KERNEL)) &&
	       keep(s, quarry_heap_strndup(s->heap, "other text, longer", 12,
					   GFP_KERNEL)) &&
	       keep(s, quarry_heap_memdup(s->heap, s, 300, GFP_KERNEL)) &&
	       keep(s, quarry_heap_asprintf(s->heap, GFP_KERNEL, "%0500d", 1));
}

struct with_head {
	struct rcu_head rcu;
	char rest[100];
};

static bool call_free_rcu(struct subject *s)
{
	struct with_head *object;

	object = quarry_heap_alloc(s->heap, sizeof(*object), GFP_KERNEL);
	quarry_free_rcu(object, rcu);
	quarry_barrier();
	return object;
}

static bool call_heap_set_level(struct subject *s)
{
	return keep(s, quarry_heap_alloc(s->heap, 100, GFP_KERNEL)) &&
	       !quarry_heap_set_level(s->heap, QUARRY_LEVEL_OFF) &&
	       keep(s, quarry_heap_alloc(s->heap, 100, GFP_KERNEL));
}

static bool call_site_sums(struct subject *s)
{
	struct qr_site_sums sums;

	if (qr_site_sums_init(&sums))
		return false;
	qr_site_sums_add_all(&sums);
	qr_site_sums_free(&sums);
	return true;
}

static bool call_reports(struct subject *s)
{
	static const char *const name[] = {
		"version", "caches", "slabinfo", "heaps", "sites", "allocinfo",
		"events", "cache/subject/stats", "cache/subject/slabs",
		"cache/subject/sites", "heap/subject/stats",
		"heap/subject/classes", "heap/subject/sites",
	};
	bool all = true;
	unsigned int i;
	FILE *to;

	to = fopen("/dev/null", "w");
	keep(s, quarry_cache_alloc(s->cache, GFP_KERNEL));
	for (i = 0; i < ARRAY_SIZE(name); i++)
		all &= !mirror_report(name[i], to);
	fclose(to);
	return all;
}

static void give_back(struct subject *s)
{
	while (s->nr) {
		void *at = s->got[--s->nr];

		if (quarry_cache_of(at))
			quarry_cache_free(s->cache, at);
		else
			quarry_free(at);
	}
}

static bool subject_begin(struct subject *s)
{
	memset(s, 0, sizeof(*s));
	s->cache = quarry_cache_create("subject", 500, 0, 0, NULL);
	s->heap = quarry_heap_create("subject", 0);
	return !IS_ERR(s->cache) && !IS_ERR(s->heap);
}

static void subject_end(struct subject *s, struct qt *t)
{
	give_back(s);
	quarry_barrier();
	qt_check_cache(t, s->cache);
	qt_check_heap(t, s->heap);
	QT_EXPECT_EQ(t, quarry_cache_destroy(s->cache), 0);
	QT_EXPECT_EQ(t, quarry_heap_destroy(s->heap), 0);
}

/* Pieces of metadata kept, so that every further one needs a page. */
struct hoard {
	struct hoard *next;
	size_t size;
};

static struct hoard *hoard_all(void)
{
	struct hoard *all = NULL, *piece;
	size_t size;

	mirror_fail_random(MIRROR_FAULT_PAGES, 1);
	for (size = 64; size < PAGE_SIZE; size += 64) {
		while ((piece = qr_meta_alloc(size, GFP_KERNEL, NUMA_NO_NODE))) {
			piece->next = all;
			piece->size = size;
			all = piece;
		}
	}
	mirror_fail_random(MIRROR_FAULT_PAGES, 0);
	return all;
}

static void hoard_free(struct hoard *all)
{
	struct hoard *next;

	for (; all; all = next) {
		next = all->next;
		qr_meta_free(all, all->size);
	}
}

/* False when request @nth did not come: all have been refused once. */
static bool refuse_nth(struct qt *t, call_fn call, enum mirror_fault kind,
		       unsigned long nth, unsigned int *refused)
{
	struct hoard *hoard;
	struct subject s;
	bool fired;

	if (!QT_EXPECT_TRUE(t, subject_begin(&s)))
		return false;
	hoard = hoard_all();
	mirror_fail_reset();
	mirror_fail_nth(kind, nth);
	*refused += !call(&s);
	fired = mirror_fail_fired(kind);
	mirror_fail_nth(kind, 0);
	hoard_free(hoard);
	give_back(&s);
	QT_EXPECT_TRUE(t, call(&s));
	subject_end(&s, t);
	return fired;
}

static void refuse_each(struct qt *t, call_fn call)
{
	unsigned int kind, refused;
	unsigned long nth;

	for (kind = 0; kind < MIRROR_NR_FAULTS; kind++) {
		refused = 0;
		for (nth = 1; nth < NTH_MAX; nth++) {
			if (!refuse_nth(t, call, kind, nth, &refused))
				break;
		}
		QT_EXPECT_LT(t, nth, NTH_MAX);
		qt_print("# fault %u: %lu points, %u refusals\n", kind,
			 nth - 1, refused);
	}
}

/* Nothing at all is to be had; then everything is. */
static void refuse_all(struct qt *t, call_fn call)
{
	unsigned int kind;
	struct subject s;

	if (!QT_EXPECT_TRUE(t, subject_begin(&s)))
		return;
	for (kind = 0; kind < MIRROR_NR_FAULTS; kind++)
		mirror_fail_random(kind, 1);
	call(&s);
	for (kind = 0; kind < MIRROR_NR_FAULTS; kind++)
		mirror_fail_random(kind, 0);
	give_back(&s);
	QT_EXPECT_TRUE(t, call(&s));
	subject_end(&s, t);
}

static const struct world two_nodes = { .nodes = 0x3, .fill = true };

#define REFUSE(name)							\
TEST_F_TIMEOUT(failnth, name, 120)					\
{									\
	struct qt *t = &self->t;					\
									\
	refuse_each(t, call_##name);					\
	refuse_all(t, call_##name);					\
	ASSERT_EQ(0, t->failures);					\
	ASSERT_TRUE(world_end());					\
}

FIXTURE(failnth) {
	struct qt t;
};

FIXTURE_SETUP(failnth)
{
	memset(&self->t, 0, sizeof(self->t));
	self->t.name = "failnth";
	ASSERT_TRUE(world_begin(&two_nodes));
}

FIXTURE_TEARDOWN(failnth)
{
}

REFUSE(cache_create)
REFUSE(cache_alloc)
REFUSE(cache_alloc_atomic)
REFUSE(cache_alloc_by_address)
REFUSE(cache_zalloc)
REFUSE(cache_alloc_node)
REFUSE(cache_alloc_many)
REFUSE(cache_alloc_bulk)
REFUSE(cache_set_level)
REFUSE(cache_shrink)
REFUSE(heap_create)
REFUSE(heap_alloc)
REFUSE(heap_alloc_run)
REFUSE(heap_alloc_run_atomic)
REFUSE(heap_alloc_array)
REFUSE(heap_alloc_node)
REFUSE(heap_alloc_aligned)
REFUSE(heap_kvalloc)
REFUSE(heap_realloc)
REFUSE(heap_copies)
REFUSE(heap_set_level)
REFUSE(free_rcu)
REFUSE(site_sums)
REFUSE(reports)

/* The load itself: with each request refused it fails whole or works. */
TEST_F_TIMEOUT(failnth, load, 120)
{
	unsigned long nth;

	ASSERT_TRUE(world_end());
	for (nth = 1; nth < NTH_MAX; nth++) {
		struct mirror_config config = { .nodes = 0x3 };
		bool fired;
		int err;

		ASSERT_EQ(0, mirror_machine_init(&config));
		mirror_fail_reset();
		mirror_fail_nth(MIRROR_FAULT_PAGES, nth);
		err = mirror_init(&config);
		fired = mirror_fail_fired(MIRROR_FAULT_PAGES);
		mirror_fail_nth(MIRROR_FAULT_PAGES, 0);
		if (!err)
			ASSERT_EQ(0, mirror_exit());
		ASSERT_EQ(0, mirror_machine_exit());
		if (!fired)
			break;
		EXPECT_TRUE(!err || err == -ENOMEM);
	}
	ASSERT_LT(nth, NTH_MAX);
}

TEST_HARNESS_MAIN
