// SPDX-License-Identifier: GPL-2.0-only
/*
 * misuse_free.c - cases: a table of frees and requests that must not be, by
 * debug options: all of them are refused.
 */
#include <linux/err.h>

#include "cases.h"
#include "misuse.h"

static void twice(struct ground *ground)
{
	void *object = misuse_take(ground);

	misuse_give(ground, object);
	misuse_give(ground, object);
}

static void twice_and_flushed(struct ground *ground)
{
	void *object = misuse_take(ground), *keep = misuse_take(ground);

	ground->object = object;
	misuse_give(ground, object);
	misuse_flush(ground);
	misuse_give(ground, object);
	misuse_give(ground, keep);
}

/*
 * The second free takes it from its new owner, who is told then; and who frees
 * by an old pointer is not.
 */
static void twice_with_new_owner(struct ground *ground)
{
	void *object = misuse_take(ground), *keep = misuse_take(ground), *owner;

	misuse_give(ground, object);
	owner = misuse_take(ground);
	misuse_give(ground, object);
	ground->object = object;
	misuse_give(ground, owner);
	misuse_give(ground, keep);
}

static void middle(struct ground *ground)
{
	void *object = misuse_take(ground);

	ground->object = object + 4;
	misuse_give(ground, object + 4);
	misuse_give(ground, object);
}

static void behind(struct ground *ground)
{
	void *object = misuse_take(ground);

	ground->object = object + ground->asked;
	misuse_give(ground, object + ground->asked);
	misuse_give(ground, object);
}

static void wrong_cache(struct ground *ground)
{
	struct quarry_cache *other = qt_cache(ground->t, 64, 0, 0, NULL);
	void *object = misuse_take(ground);

	quarry_cache_free(other, object);
	misuse_give(ground, object);
	misuse_end_cache(ground->t, other);
}

static void wrong_heap(struct ground *ground)
{
	struct quarry_heap *other = qt_heap(ground->t, 0);
	void *object = misuse_take(ground);

	quarry_heap_free(other, object);
	misuse_give(ground, object);
	misuse_end_heap(ground->t, other);
}

static void block_to_cache(struct ground *ground)
{
	struct quarry_cache *cache = qt_cache(ground->t, 64, 0, 0, NULL);
	void *object = misuse_take(ground);

	quarry_cache_free(cache, object);
	misuse_give(ground, object);
	misuse_end_cache(ground->t, cache);
}

static void object_to_heap(struct ground *ground)
{
	void *object = misuse_take(ground);

	quarry_free(object);
	misuse_give(ground, object);
}

static void foreign(struct ground *ground, const void *address)
{
	ground->object = (void *)address;
	misuse_give(ground, ground->object);
}

static void of_static(struct ground *ground)
{
	static char buffer[64];

	foreign(ground, buffer);
}

static void of_stack(struct ground *ground)
{
	char buffer[64] = "";

	foreign(ground, buffer);
}

static void of_text(struct ground *ground)
{
	foreign(ground, (void *)(unsigned long)of_text);
}

static void of_null_page(struct ground *ground)
{
	foreign(ground, (void *)24);
}

static void of_user(struct ground *ground)
{
	foreign(ground, qt_user_address());
}

static void of_non_canonical(struct ground *ground)
{
	foreign(ground, (void *)0x1234567812345678);
}

static void of_nowhere(struct ground *ground)
{
	foreign(ground, (void *)-4096L);
}

static void of_error_pointer(struct ground *ground)
{
	foreign(ground, ERR_PTR(-ENOMEM));
}

static void of_other_allocator(struct ground *ground)
{
	void *block = qt_foreign_alloc(64);

	foreign(ground, block);
	qt_foreign_free(block);
}

static void size_overflows(struct ground *ground)
{
	size_t nr = SIZE_MAX / 8;

	OPTIMIZER_HIDE_VAR(nr);
	QT_EXPECT_NULL(ground->t,
		       quarry_heap_alloc_array(ground->heap, nr, 16,
					       GFP_KERNEL));
}

static void resize_foreign(struct ground *ground)
{
	static char buffer[64];

	ground->object = buffer;
	QT_EXPECT_NULL(ground->t,
		       quarry_heap_realloc(ground->heap, buffer, 100,
					   GFP_KERNEL));
}

static void resize_freed(struct ground *ground)
{
	void *object = misuse_take(ground);

	misuse_give(ground, object);
	QT_EXPECT_NULL(ground->t,
		       quarry_heap_realloc(ground->heap, object, 100,
					   GFP_KERNEL));
}

static void zeroed_with_constructor(struct ground *ground)
{
	QT_EXPECT_NULL(ground->t, quarry_cache_zalloc(ground->cache, GFP_KERNEL));
}

static void late_of_static(struct ground *ground)
{
	static struct rcu_head head;

	ground->object = &head;
	quarry_call_free_rcu(&head);
}

/* ---------------------------------------------------------------- table */

static const struct row rows[] = {
	/* Twice. */
	ROW(twice, C52, 0, DOUBLE_FREE),
	ROW(twice, C52, F, DOUBLE_FREE),
	ROW(twice, C64, Z | P, DOUBLE_FREE),
	ROW(twice, CTOR, F | Z | U, DOUBLE_FREE),
	ROW(twice, H6, 0, DOUBLE_FREE),
	ROW(twice, H64, Q, DOUBLE_FREE),
	ROW(twice, H100, F | Z | P | U | Q, DOUBLE_FREE),
	ROW(twice, RUN, Q, DOUBLE_FREE),
	ROW(twice, RUN, Q | P | Z, DOUBLE_FREE),
	ROW(twice, C64, G, DOUBLE_FREE),
	ROW(twice, H64, G | Q, DOUBLE_FREE),
	ROW(twice, RUN, 0, INVALID_FREE),
	ROW(twice_and_flushed, C64, 0, DOUBLE_FREE),
	ROW(twice_and_flushed, H64, F, DOUBLE_FREE),
	ROW(twice_with_new_owner, C64, 0, DOUBLE_FREE),
	ROW(twice_with_new_owner, C64, Q, DOUBLE_FREE),
	/* Not an object. */
	ROW(middle, C64, 0, INVALID_FREE),
	ROW(middle, C64, F | Z | P | U, INVALID_FREE),
	ROW(middle, H64, 0, INVALID_FREE),
	ROW(middle, H64, G, INVALID_FREE),
	ROW(middle, RUN, 0, INVALID_FREE),
	ROW(middle, RUN, Z, INVALID_FREE),
	ROW(behind, H64, Z, INVALID_FREE),
	ROW(of_static, C64, 0, INVALID_FREE),
	ROW(of_static, H64, F | Z | P | U, INVALID_FREE),
	ROW(late_of_static, C64, 0, INVALID_FREE),
	ROW(of_stack, C64, 0, INVALID_FREE),
	ROW(of_stack, H64, 0, INVALID_FREE),
	ROW(of_text, H64, 0, INVALID_FREE),
	ROW(of_null_page, C64, 0, INVALID_FREE),
	ROW(of_null_page, H64, 0, INVALID_FREE),
	ROW(of_user, H64, 0, INVALID_FREE),
	ROW(of_non_canonical, H64, 0, INVALID_FREE),
	ROW(of_nowhere, H64, 0, INVALID_FREE),
	ROW(of_error_pointer, H64, 0, INVALID_FREE),
	ROW(of_other_allocator, C64, 0, INVALID_FREE),
	ROW(of_other_allocator, H64, P, INVALID_FREE),
	ROW(resize_foreign, H64, 0, INVALID_FREE),
	ROW(resize_freed, H64, 0, INVALID_FREE),
	ROW(resize_freed, H64, Q, INVALID_FREE),
	/* Of another. */
	ROW(wrong_cache, C64, 0, WRONG_OWNER),
	ROW(wrong_cache, C64, F | Z | P | U, WRONG_OWNER),
	ROW(wrong_cache, C64, G, WRONG_OWNER),
	ROW(wrong_heap, H64, 0, WRONG_OWNER),
	ROW(wrong_heap, RUN, Z, WRONG_OWNER),
	ROW(block_to_cache, H64, 0, WRONG_OWNER),
	ROW(object_to_heap, C64, 0, WRONG_OWNER),
	ROW(object_to_heap, C64, Z, WRONG_OWNER),
	/* Not to be asked for. */
	ROW(size_overflows, H64, 0, OVERFLOW),
	ROW(size_overflows, H64, F | Z | P | U, OVERFLOW),
	ROW(zeroed_with_constructor, CTOR, 0, BAD_GFP),
	ROW(zeroed_with_constructor, CTOR, Z, BAD_GFP),
};

static void play(struct qt *t, int expected)
{
	misuse_play(t, rows, ARRAY_SIZE(rows), expected);
}

QT_CASE(table_double_frees_are_refused)
{
	play(t, QR_EVENT_DOUBLE_FREE);
}

QT_CASE(table_invalid_frees_are_refused)
{
	play(t, QR_EVENT_INVALID_FREE);
}

QT_CASE(table_wrong_owners_are_refused)
{
	play(t, QR_EVENT_WRONG_OWNER);
}

QT_CASE(table_requests_are_refused)
{
	misuse_count(t, rows, ARRAY_SIZE(rows));
	play(t, QR_EVENT_OVERFLOW);
	play(t, QR_EVENT_BAD_GFP);
}
