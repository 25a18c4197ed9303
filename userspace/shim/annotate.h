/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * annotate.h - lock annotations, in clang's thread-safety terms.  Empty for
 * compilers that do not know them.  __guarded_by() names another member, which
 * clang parses only with -fexperimental-late-parse-attributes: the build
 * defines MIRROR_GUARDED_BY where it has that.
 */
#ifndef _MIRROR_ANNOTATE_H
#define _MIRROR_ANNOTATE_H

#if defined(__clang__)
#define MIRROR_TSA(x)		__attribute__((x))
#else
#define MIRROR_TSA(x)
#endif

#define MIRROR_CAPABILITY	MIRROR_TSA(capability("mutex"))
#define MIRROR_NO_TSA		MIRROR_TSA(no_thread_safety_analysis)

#undef __acquires
#undef __releases
#undef __must_hold
#define __acquires(x)		MIRROR_TSA(acquire_capability(x))
#define __releases(x)		MIRROR_TSA(release_capability(x))
#define __cond_acquires(x)	MIRROR_TSA(try_acquire_capability(1, x))
#define __must_hold(x)		MIRROR_TSA(requires_capability(x))
#define __assumes_held(x)	MIRROR_TSA(assert_capability(x))

#if defined(MIRROR_GUARDED_BY)
#define __guarded_by(x)		MIRROR_TSA(guarded_by(x))
#else
#define __guarded_by(x)
#endif

/* sparse's address spaces. */
#define __percpu
#define __rcu
#define __user
#define __force

#endif /* _MIRROR_ANNOTATE_H */
