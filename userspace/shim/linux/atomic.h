/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * atomic.h - atomic_t and relatives on C11 atomics.  Operations that return a
 * value are fully ordered, the others relaxed, as atomic_t.txt says.
 */
#ifndef _MIRROR_LINUX_ATOMIC_H
#define _MIRROR_LINUX_ATOMIC_H

#include <linux/compiler.h>
#include <linux/types.h>

#define ATOMIC_INIT(i)		{ (i) }
#define ATOMIC_LONG_INIT(i)	{ (i) }
#define ATOMIC64_INIT(i)	{ (i) }

#define xchg(p, v)	__atomic_exchange_n((p), (typeof(*(p)))(v), __ATOMIC_SEQ_CST)
#define cmpxchg(p, o, n)						\
({									\
	typeof(*(p)) __old = (o);					\
	__atomic_compare_exchange_n((p), &__old, (typeof(*(p)))(n), 0,	\
				    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST); \
	__old;								\
})
#define try_cmpxchg(p, o, n)						\
	__atomic_compare_exchange_n((p), (o), (n), 0, __ATOMIC_SEQ_CST,	\
				    __ATOMIC_SEQ_CST)

#define MIRROR_ATOMIC_FN(pre, T, ret, name, args, expr)			\
static __always_inline ret pre##_##name args { return expr; }

#define MIRROR_ATOMIC(pre, T, C)					\
MIRROR_ATOMIC_FN(pre, T, C, read, (const T *v), READ_ONCE(v->counter))	\
MIRROR_ATOMIC_FN(pre, T, C, read_acquire, (const T *v), smp_load_acquire(&v->counter)) \
MIRROR_ATOMIC_FN(pre, T, void, set, (T *v, C i), (void)WRITE_ONCE(v->counter, i)) \
MIRROR_ATOMIC_FN(pre, T, void, set_release, (T *v, C i), (void)smp_store_release(&v->counter, i)) \
MIRROR_ATOMIC_FN(pre, T, void, add, (C i, T *v), (void)__atomic_fetch_add(&v->counter, i, __ATOMIC_RELAXED)) \
MIRROR_ATOMIC_FN(pre, T, void, sub, (C i, T *v), (void)__atomic_fetch_sub(&v->counter, i, __ATOMIC_RELAXED)) \
MIRROR_ATOMIC_FN(pre, T, void, inc, (T *v), pre##_add(1, v))		\
MIRROR_ATOMIC_FN(pre, T, void, dec, (T *v), pre##_sub(1, v))		\
MIRROR_ATOMIC_FN(pre, T, C, add_return, (C i, T *v), __atomic_add_fetch(&v->counter, i, __ATOMIC_SEQ_CST)) \
MIRROR_ATOMIC_FN(pre, T, C, sub_return, (C i, T *v), __atomic_sub_fetch(&v->counter, i, __ATOMIC_SEQ_CST)) \
MIRROR_ATOMIC_FN(pre, T, C, inc_return, (T *v), pre##_add_return(1, v)) \
MIRROR_ATOMIC_FN(pre, T, C, dec_return, (T *v), pre##_sub_return(1, v)) \
MIRROR_ATOMIC_FN(pre, T, C, fetch_add, (C i, T *v), __atomic_fetch_add(&v->counter, i, __ATOMIC_SEQ_CST)) \
MIRROR_ATOMIC_FN(pre, T, C, fetch_sub, (C i, T *v), __atomic_fetch_sub(&v->counter, i, __ATOMIC_SEQ_CST)) \
MIRROR_ATOMIC_FN(pre, T, bool, dec_and_test, (T *v), !pre##_dec_return(v)) \
MIRROR_ATOMIC_FN(pre, T, C, xchg, (T *v, C n), xchg(&v->counter, n))	\
MIRROR_ATOMIC_FN(pre, T, C, cmpxchg, (T *v, C o, C n), cmpxchg(&v->counter, o, n)) \
MIRROR_ATOMIC_FN(pre, T, bool, try_cmpxchg, (T *v, C *o, C n), try_cmpxchg(&v->counter, o, n))

MIRROR_ATOMIC(atomic, atomic_t, int)
MIRROR_ATOMIC(atomic_long, atomic_long_t, long)
MIRROR_ATOMIC(atomic64, atomic64_t, s64)

#endif /* _MIRROR_LINUX_ATOMIC_H */
