/* SPDX-License-Identifier: GPL-2.0-only */
/* compiler.h - attributes, barriers and accesses the compiler keeps whole. */
#ifndef _MIRROR_LINUX_COMPILER_H
#define _MIRROR_LINUX_COMPILER_H

#include <sys/cdefs.h>
#include "../mirror.h"
#include "../annotate.h"

#define likely(x)		__builtin_expect(!!(x), 1)
#define unlikely(x)		__builtin_expect(!!(x), 0)

#undef __always_inline
#define __always_inline		inline __attribute__((__always_inline__))
#define noinline		__attribute__((__noinline__))
#define __maybe_unused		__attribute__((__unused__))
#define __must_check		__attribute__((__warn_unused_result__))
#define __printf(f, a)		__attribute__((__format__(printf, f, a)))
#define __alloc_size(...)	__attribute__((__alloc_size__(__VA_ARGS__)))
#define __aligned(x)		__attribute__((__aligned__(x)))
#define __packed		__attribute__((__packed__))
#define __cold			__attribute__((__cold__))
#define __noreturn		__attribute__((__noreturn__))
#define fallthrough		__attribute__((__fallthrough__))
#define __same_type(a, b)	__builtin_types_compatible_p(typeof(a), typeof(b))
#define _RET_IP_		((unsigned long)__builtin_return_address(0))

/* Sections that do not exist here: data behave the same in any section. */
#define __read_mostly
#define __ro_after_init

/* Also where simulated interrupts strike. */
#define barrier() \
	do { __asm__ __volatile__("" ::: "memory"); mirror_point(); } while (0)
#define barrier_data(ptr)	__asm__ __volatile__("" :: "r"(ptr) : "memory")
#define OPTIMIZER_HIDE_VAR(var)	__asm__("" : "=r"(var) : "0"(var))

/*
 * Pointers are read with the order of an address dependency, which the
 * kernel's READ_ONCE() promises and C11 relaxed does not; the rest relaxed.
 */
#define MIRROR_ONCE_ORDER(x)						\
	(__builtin_classify_type(x) == 5 ? __ATOMIC_CONSUME : __ATOMIC_RELAXED)
#define READ_ONCE(x)		__atomic_load_n(&(x), MIRROR_ONCE_ORDER(x))
#define WRITE_ONCE(x, val)						\
	__atomic_store_n(&(x), (typeof(x))(val), __ATOMIC_RELAXED)
#define data_race(expr)		(expr)
#define __no_kcsan		__attribute__((no_sanitize("thread")))
#define __no_sanitize_address	__attribute__((no_sanitize("address")))

/* As asm/barrier.h. */
#define smp_mb()		__sync_synchronize()
#define smp_rmb()		__sync_synchronize()
#define smp_wmb()		__sync_synchronize()
#define smp_load_acquire(p)	__atomic_load_n((p), __ATOMIC_ACQUIRE)
#define smp_store_release(p, v) \
	__atomic_store_n((p), (typeof(*(p)))(v), __ATOMIC_RELEASE)

#endif /* _MIRROR_LINUX_COMPILER_H */
