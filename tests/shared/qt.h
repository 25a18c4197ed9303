/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * qt.h - the shared test cases' small framework: one case is one function,
 * compiled unchanged into the userspace runner and into quarry_test.ko.
 *
 * Expectations print both operands and go on; each returns whether it held.
 * Caches and heaps made through the helpers here are checked and destroyed
 * when the case ends, and it is a failure when one of them is not empty then.
 */
#ifndef _QT_H
#define _QT_H

#include <linux/preempt.h>
#include <linux/types.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/string.h>

#include <quarry/quarry.h>

#include "internal.h"
#include "cache.h"
#include "event.h"

/* The slab of @address, which stays: nobody else frees what a case has. */
static inline struct qr_slab *qt_slab(const void *address)
{
	struct qr_slab *slab;

	preempt_disable();
	slab = qr_page_slab(address);
	preempt_enable();
	return slab;
}

#define QT_CACHES_MAX	16
#define QT_HEAPS_MAX	8

struct qt {
	const char *name;
	unsigned int expectations;
	unsigned int failures;
	/* Set by a case that this machine cannot run; says why. */
	const char *skip;
	u64 random;
	/* What QT_EXPECT_EVENT() and qt_event_after() found. */
	struct qr_event event;

	struct quarry_cache *cache[QT_CACHES_MAX];
	unsigned int nr_caches;
	struct quarry_heap *heap[QT_HEAPS_MAX];
	unsigned int nr_heaps;
	unsigned int names;
};

struct qt_case {
	const char *name;
	void (*run)(struct qt *t);
};

extern const struct qt_case qt_cases[];
extern const unsigned int qt_nr_cases;

/* Runs one case from begin to end; true when every expectation held. */
bool qt_run(struct qt *t, const struct qt_case *which, u64 seed);

/* ------------------------------------------------------- what holds */

/* One expectation: its text, its operands, its place. */
struct qt_fact {
	const char *text;
	const char *file;
	int line;
	long left;
	long right;
};

bool qt_expect(struct qt *t, bool held, const struct qt_fact *fact);
/* Records a failure that is no comparison. */
__printf(2, 3)
void qt_fail(struct qt *t, const char *fmt, ...);

/* Operands are integers or pointers and are compared as long. */
#define QT_COMPARE(t, a, op, b, what)					\
({									\
	const struct qt_fact __fact = {					\
		.text = what,						\
		.file = __FILE__,					\
		.line = __LINE__,					\
		.left = (long)(a),					\
		.right = (long)(b),					\
	};								\
	qt_expect((t), __fact.left op __fact.right, &__fact);		\
})

/* The text is made here, before the operands' own macros are expanded. */
#define QT_EXPECT_EQ(t, a, b)	QT_COMPARE(t, a, ==, b, #a " == " #b)
#define QT_EXPECT_NE(t, a, b)	QT_COMPARE(t, a, !=, b, #a " != " #b)
#define QT_EXPECT_LT(t, a, b)	QT_COMPARE(t, a, <, b, #a " < " #b)
#define QT_EXPECT_LE(t, a, b)	QT_COMPARE(t, a, <=, b, #a " <= " #b)
#define QT_EXPECT_GT(t, a, b)	QT_COMPARE(t, a, >, b, #a " > " #b)
#define QT_EXPECT_GE(t, a, b)	QT_COMPARE(t, a, >=, b, #a " >= " #b)
#define QT_EXPECT_TRUE(t, a)	QT_COMPARE(t, !!(a), ==, 1, #a " true")
#define QT_EXPECT_FALSE(t, a)	QT_COMPARE(t, !!(a), ==, 0, #a " false")
#define QT_EXPECT_NULL(t, a)	QT_COMPARE(t, a, ==, NULL, #a " NULL")
#define QT_EXPECT_PTR(t, a)	QT_COMPARE(t, a, !=, NULL, #a " not NULL")
#define QT_EXPECT_ALIGNED(t, a, align)					\
	QT_COMPARE(t, (unsigned long)(a) & ((align) - 1), ==, 0,	\
		   #a " aligned to " #align)
#define QT_EXPECT_STREQ(t, a, b) \
	qt_expect_string((t), (a), (b), __FILE__, __LINE__)
#define QT_EXPECT_BYTES(t, at, value, len) \
	qt_expect_bytes((t), (at), (value), (len), __FILE__, __LINE__)

bool qt_expect_string(struct qt *t, const char *a, const char *b,
		      const char *file, int line);
/* Every one of @len bytes at @at is @value. */
bool qt_expect_bytes(struct qt *t, const void *at, int value, size_t len,
		     const char *file, int line);

/* --------------------------------------------------------- helpers */

u32 qt_random(struct qt *t);
/* 0 to @ceiling - 1. */
u32 qt_below(struct qt *t, u32 ceiling);

/*
 * A cache or heap with a name of its own; NULL, and a failure, when refused.
 * The case must have freed all of it when it returns.
 */
struct quarry_cache *qt_cache(struct qt *t, size_t size, size_t align,
			      unsigned long flags, void (*ctor)(void *));
struct quarry_heap *qt_heap(struct qt *t, size_t limit_bytes);
/* The case has destroyed it, or wants it kept. */
void qt_forget_cache(struct qt *t, struct quarry_cache *cache);
void qt_forget_heap(struct qt *t, struct quarry_heap *heap);

/*
 * A cache or heap destroyed with live objects goes when the last is freed:
 * whether it did, within @ms milliseconds.
 */
bool qt_cache_gone(const struct quarry_cache *cache, unsigned int ms);
bool qt_heap_gone(const struct quarry_heap *heap, unsigned int ms);

/* The whole of qr_cache_count(), after the invariants have been checked. */
struct qr_cache_count qt_count(struct qt *t, struct quarry_cache *cache);

/* Fills @nr pointers; how many came. */
unsigned int qt_fill(struct quarry_cache *cache, void **object,
		     unsigned int nr);
void qt_empty(struct quarry_cache *cache, void **object, unsigned int nr);
/*
 * Writes @value to every byte that a block has, also beyond those asked for,
 * which the compiler would rather not have.
 */
void qt_write_all(void *block, int value);
/* Writes @len bytes that may be nobody's; no sanitizer sees it. */
void qt_write(void *at, u8 value, size_t len);
/* Uses the cache until this CPU has magazines: few misses earn none. */
void qt_warm(struct quarry_cache *cache);

/* Newest event of @kind later than @seq, into @t->event; false: none. */
bool qt_event_after(struct qt *t, u64 seq, enum qr_event_kind kind);
/* One event came after @seq, and it is of @kind; it is in @t->event. */
#define QT_EXPECT_EVENT(t, seq, expected_kind)			\
do {									\
	QT_EXPECT_EQ(t, qr_event_last() - (seq), 1);			\
	memset(&(t)->event, 0, sizeof((t)->event));			\
	QT_EXPECT_TRUE(t, qr_event_get((seq) + 1, &(t)->event));	\
	QT_EXPECT_EQ(t, (t)->event.kind, expected_kind);		\
} while (0)
#define QT_EXPECT_QUIET(t, seq) QT_EXPECT_EQ(t, qr_event_last(), seq)

/* ------------------------- what each world supplies (world.c) */

__printf(1, 2)
void qt_print(const char *fmt, ...);
/* Memory of the world's own allocator: kmalloc(), malloc(). */
void *qt_foreign_alloc(size_t size);
void qt_foreign_free(void *block);
/* An address in user space that is mapped there, or looks like one. */
void *qt_user_address(void);
/* What those are, and code of the tests: enum qr_address. */
u8 qt_foreign_kind(void);
u8 qt_user_kind(void);
u8 qt_code_kind(void);
/* Number of the thread that runs, and its name. */
u32 qt_task(char comm[16]);
/* Whether there is a sanitizer, and whether it takes the byte at @at for nobody's. */
bool qt_has_sanitizer(void);
bool qt_is_closed(const void *at);
/* Calls @fn where an interrupt would; 0, or -EOPNOTSUPP. */
int qt_interrupt(void (*fn)(void *data), void *data);

#endif /* _QT_H */
