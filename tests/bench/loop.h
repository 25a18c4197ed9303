/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * loop.h - the shapes of loops.  Each is a template: what it is given to
 * allocate and to free with is constant and is inlined.
 */
#ifndef _QB_LOOP_H
#define _QB_LOOP_H

#include "bench.h"

/* The calls of a loop that makes none. */
static __always_inline void *qb_none_alloc(void *owner, size_t size)
{
	OPTIMIZER_HIDE_VAR(owner);
	return owner;
}

static __always_inline void qb_none_free(void *owner, void *object)
{
	asm volatile("" : : "r" (object) : "memory");
}

/* One object at a time. */
static __always_inline bool qb_pair(void *owner, unsigned long turns,
				    size_t size,
				    void *(*alloc)(void *, size_t),
				    void (*free)(void *, void *))
{
	for (; turns; turns--) {
		void *object = alloc(owner, size);

		if (unlikely(!object))
			return false;
		free(owner, object);
	}
	return true;
}

/* One block at a time, of a size that changes. */
static __always_inline bool qb_pair_mixed(void *owner, unsigned long turns,
					  void *(*alloc)(void *, size_t),
					  void (*free)(void *, void *))
{
	for (; turns; turns--) {
		size_t size = qb_sizes[turns % QB_NR_SIZES];
		void *object = alloc(owner, size);

		if (unlikely(!object))
			return false;
		free(owner, object);
	}
	return true;
}

/* As many as the workload says, then free them in the same order. */
static __always_inline bool qb_batch(const struct qb_workload *workload,
				     void *owner, unsigned long turns,
				     bool mixed,
				     void *(*alloc)(void *, size_t),
				     void (*free)(void *, void *))
{
	unsigned int nr = workload->pairs, got, i;

	for (; turns; turns--) {
		for (got = 0; got < nr; got++) {
			size_t size = mixed ? qb_sizes[got % QB_NR_SIZES] : 0;
			void *object = alloc(owner, size);

			if (unlikely(!object))
				break;
			qb_held[got] = object;
		}
		for (i = 0; i < got; i++)
			free(owner, qb_held[i]);
		if (unlikely(got < nr))
			return false;
	}
	return true;
}

#endif /* _QB_LOOP_H */
