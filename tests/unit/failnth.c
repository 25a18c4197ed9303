// SPDX-License-Identifier: GPL-2.0-only
/*
 * failnth.c - every public call with its first, second, third... allocation
 * refused, at each place where one can be, until none is left to refuse.  Each
 * time the call says so or copes, succeeds when made again, and leaves nothing
 * behind: the machine is a fresh one every time, and empty at the end.
 */
#include "kselftest_harness.h"

#include <linux/err.h>

#include "calls.h"
#include "inject.h"
#include "inject_control.h"
#include "meta.h"
#include "qt.h"
#include "quarry_mirror.h"
#include "check.h"
#include "world.h"

/* More requests than any call makes. */
#define NTH_MAX	600

/*
 * What is refused: pages, per-CPU memory and buffers by the machine, then
 * whatever core asks for, by point, and at all points in turn by fail_nth.
 */
#define KIND_POINTS	MIRROR_NR_FAULTS
#define KIND_NTH	(KIND_POINTS + QR_NR_INJECT)
#define NR_KINDS	(KIND_NTH + 1)

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
	fill_sites();
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

static const char *kind_name(unsigned int kind)
{
	static const char *const name[] = {
		"the machine's pages", "its per-CPU memory", "its buffers",
	};

	if (kind < KIND_POINTS)
		return name[kind];
	return kind == KIND_NTH ? "fail_nth" :
	       qr_inject_point_name(kind - KIND_POINTS);
}

static void refuse_write(const char *fmt, ...)
{
	char text[100];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (qr_inject_write(text))
		abort();
}

static void refuse_begin(unsigned int kind, unsigned long nth)
{
	char text[32];

	if (kind < KIND_POINTS) {
		mirror_fail_reset();
		mirror_fail_nth(kind, nth);
	} else if (kind < KIND_NTH) {
		refuse_write("point=%s after=%lu times=1", kind_name(kind),
			     nth - 1);
	} else {
		snprintf(text, sizeof(text), "%lu", nth);
		if (qr_fail_nth_write(text))
			abort();
	}
}

/* Whether it came to that. */
static bool refuse_end(unsigned int kind)
{
	struct qr_inject_rule rule;
	bool fired;

	if (kind < KIND_POINTS) {
		fired = mirror_fail_fired(kind);
		mirror_fail_nth(kind, 0);
	} else if (kind < KIND_NTH) {
		fired = qr_inject_rule(1, &rule) && rule.injected;
		refuse_write("clear");
	} else {
		fired = !qr_fail_nth_read();
		qr_fail_nth_write((char []){ "0" });
	}
	return fired;
}

/*
 * Tables, the default heap and guard pages come once in the life of a machine:
 * where that may be refused, every time wants a fresh one.
 */
static bool wants_fresh(call_fn call, unsigned int kind)
{
	return call == call_default_heap || call == call_cache_debug ||
	       call == call_heap_debug || kind == MIRROR_FAULT_PAGES ||
	       kind == KIND_POINTS + QR_INJECT_META ||
	       kind == KIND_POINTS + QR_INJECT_SITE ||
	       kind == KIND_POINTS + QR_INJECT_STACK;
}

/* Memory that is out, metadata of tables apart. */
static unsigned long memory_out(void)
{
	return mirror_pages_out() - qr_meta_held() / PAGE_SIZE +
	       mirror_percpu_out() + mirror_buffers_out();
}

static const struct world two_nodes = { .nodes = 0x3, .fill = true };

/* False when request @nth did not come: all have been refused once. */
static bool refuse_nth(struct qt *t, call_fn call, unsigned int kind,
		       unsigned long nth, unsigned int *refused)
{
	unsigned long out = memory_out();
	struct hoard *hoard = NULL;
	struct subject s;
	bool fired;

	if (!QT_EXPECT_TRUE(t, subject_begin(&s)))
		return false;
	if (kind == MIRROR_FAULT_PAGES)
		hoard = hoard_all();
	refuse_begin(kind, nth);
	*refused += !call(&s);
	fired = refuse_end(kind);
	hoard_free(hoard);
	give_back(&s);
	QT_EXPECT_TRUE(t, call(&s));
	subject_end(&s, t);
	quarry_heap_shrink(NULL);
	if (!wants_fresh(call, kind))
		QT_EXPECT_EQ(t, memory_out(), out);
	return fired;
}

static void refuse_each_of(struct qt *t, call_fn call, unsigned int kind)
{
	unsigned int failures = t->failures, refused = 0;
	unsigned long nth = 0;
	bool fired;

	if (!QT_EXPECT_TRUE(t, world_begin(&two_nodes)))
		return;
	do {
		fired = refuse_nth(t, call, kind, ++nth, &refused);
		if (wants_fresh(call, kind)) {
			QT_EXPECT_TRUE(t, world_end());
			QT_EXPECT_TRUE(t, world_begin(&two_nodes));
		}
	} while (fired && nth < NTH_MAX && t->failures == failures);
	QT_EXPECT_LT(t, nth, NTH_MAX);
	QT_EXPECT_TRUE(t, world_end());
	if (nth > 1 || t->failures != failures)
		qt_print("# %s: %lu points, %u refusals\n", kind_name(kind),
			 nth - 1, refused);
}

static void refuse_each(struct qt *t, call_fn call)
{
	unsigned int kind;

	for (kind = 0; kind < NR_KINDS; kind++)
		refuse_each_of(t, call, kind);
}

static void nothing_begin(unsigned int kind)
{
	if (kind < KIND_POINTS)
		mirror_fail_random(kind, 1);
	else if (kind < KIND_NTH)
		refuse_write("point=%s", kind_name(kind));
	else
		refuse_write("point=any");
}

static void nothing_end(unsigned int kind)
{
	if (kind < KIND_POINTS)
		mirror_fail_random(kind, 0);
	else
		refuse_write("clear");
}

/* Nothing at all of a kind is to be had, and of any; then everything is. */
static void refuse_all(struct qt *t, call_fn call)
{
	unsigned int kind;
	struct subject s;

	for (kind = 0; kind < NR_KINDS; kind++) {
		if (!QT_EXPECT_TRUE(t, world_begin(&two_nodes)) ||
		    !QT_EXPECT_TRUE(t, subject_begin(&s)))
			return;
		nothing_begin(kind);
		call(&s);
		nothing_end(kind);
		give_back(&s);
		QT_EXPECT_TRUE(t, call(&s));
		subject_end(&s, t);
		QT_EXPECT_TRUE(t, world_end());
	}
}

FIXTURE(failnth) {
};

FIXTURE_SETUP(failnth)
{
}

FIXTURE_TEARDOWN(failnth)
{
}

#define REFUSE(which, covers)						\
TEST_F_TIMEOUT(failnth, which, 120)					\
{									\
	struct qt t = { .name = #which };				\
									\
	refuse_each(&t, call_##which);					\
	refuse_all(&t, call_##which);					\
	ASSERT_EQ(0, t.failures);					\
}

CALLS(REFUSE)

/* ----------------------------------------------------------------- all? */

#define COVERS(which, covers)	" " covers " "
static const char covered[] = CALLS(COVERS);

/* What EXPORT_SYMBOL_GPL() leaves behind, see the mirror's export.h. */
extern const char *const __start_mirror_exports[];
extern const char *const __stop_mirror_exports[];

TEST(every_exported_function_has_a_case)
{
	const char *const *name;
	char word[100];

	EXPECT_GT(__stop_mirror_exports - __start_mirror_exports, 50);
	for (name = __start_mirror_exports; name < __stop_mirror_exports;
	     name++) {
		snprintf(word, sizeof(word), " %s ", *name);
		EXPECT_NE(NULL, strstr(covered, word))
			TH_LOG("%s", *name);
	}
}

/* ------------------------------------------------------------- the load */

/* With each request refused it fails whole or works. */
static bool load_fails_whole(struct __test_metadata *_metadata,
			     unsigned int kind, unsigned long nth)
{
	struct mirror_config config = { .nodes = 0x3 };
	bool fired;
	int err;

	refuse_begin(kind, nth);
	err = mirror_init(&config);
	/* A machine that is no more has forgotten what it has refused. */
	fired = refuse_end(kind) || err;
	EXPECT_TRUE(!err || err == -ENOMEM)
		TH_LOG("%s %lu: %d", kind_name(kind), nth, err);
	if (!err)
		ASSERT_EQ(0, mirror_exit());
	ASSERT_EQ(-EINVAL, mirror_machine_exit());
	return fired;
}

TEST(load)
{
	unsigned long nth;
	unsigned int kind;

	for (kind = 0; kind < NR_KINDS; kind++) {
		for (nth = 1; nth < NTH_MAX; nth++)
			if (!load_fails_whole(_metadata, kind, nth))
				break;
		ASSERT_LT(nth, NTH_MAX);
		if (nth > 1)
			qt_print("# %s: %lu points\n", kind_name(kind), nth - 1);
	}
}

TEST_HARNESS_MAIN
