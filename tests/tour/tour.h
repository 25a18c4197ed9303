/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tour.h - the classic mistakes, and what quarry is to say of each.
 *
 * A case allocates in one function, which is how its rows are found in
 * quarry's tables.  The driver keeps no pointer that the mistake itself does
 * not keep: an address to be freed in the end is noted upside down.
 */
#ifndef _TOUR_H
#define _TOUR_H

#include <linux/compiler.h>
#include <linux/types.h>

/*
 * A function that stays one, with the name that the reports show: it is neither
 * inlined nor made into another one, and its last call returns to it.
 */
#if __has_attribute(__noipa__)
#define nofold	noinline __attribute__((__noipa__))
#else
#define nofold	noinline
#endif

/* Objects by verdict.  Those with an interior pointer only are held too. */
struct tour_verdict {
	unsigned int lost;
	unsigned int indirect;
	unsigned int held;
	unsigned int interior;
};

/* What quarry's file findings has of a misuse; NULL: nothing. */
struct tour_misuse {
	/* Debug options that it takes to find it, by their letters; "-": none. */
	const char *options;
	const char *kind;
	/* Functions: who allocated, who freed, and whose call found it. */
	const char *allocator;
	const char *freer;
	const char *caller;
	/* One more to look at. */
	const char *others;
	/* Where in the object, or how far from it. */
	const char *place;
	unsigned int damage_bytes;
};

struct tour_case {
	const char *name;
	/* One sentence. */
	const char *mistake;
	/* The function that allocates. */
	const char *func;
	struct tour_verdict expect;
	/*
	 * So much memory that stray words, such as those in what SLUB has free,
	 * point into it: who is held by its inside only counts as lost.
	 */
	bool large;
	/* Not a leak but this. */
	const struct tour_misuse *misuse;
	/* Makes the mistake. */
	void (*commit)(void);
	/* Drops every pointer that is kept; may be NULL. */
	void (*forget)(void);
	/* After the objects are freed; may be NULL. */
	void (*finish)(void);
};

/* Objects lost and held: lost.c, held.c. */
#define TOUR_OBJECTS(X) \
	X(array) X(lost_address) X(error_path) \
	X(lost_list) X(lost_tree) X(lost_cycle) \
	X(hidden) X(interior) X(in_module_global) X(through_quarry)

/* Those of both worlds: exhaust.c besides. */
#define TOUR_SHARED(X) \
	TOUR_OBJECTS(X) X(exhaust)

/* Those of the kernel: places.c; threads.c and interrupt.c. */
#define TOUR_PLACES(X) \
	X(in_slub) X(beside_free) X(in_freed_slub) X(beside_kept) \
	X(in_vmalloc) X(in_percpu)
#define TOUR_THREADS(X) \
	X(on_stack) X(on_busy_stacks) \
	X(in_register) X(in_running_register) X(dead_stack) X(idle_stack) \
	X(falling_asleep) X(ended_threads) \
	X(in_interrupt)

/* Misuse in both worlds (misused.c), and in the kernel (stray.c). */
#define TOUR_MISUSE(X) \
	X(wrong_size) X(eight_into_six) X(one_before) \
	X(write_after_free) X(double_free) \
	X(free_middle) X(free_stack) X(wrong_cache) \
	X(array_overflow)
#define TOUR_STRAY(X) \
	X(stray_kfree)

/*
 * Not part of the tour: the thread that makes one of these dies (fatal.c), or what
 * points to it is never at rest (threads.c).
 */
#define TOUR_APART(X) \
	X(guard_overrun) X(guard_after_free) X(poison_pointer) X(moving)

#define TOUR_DECLARE(name) extern const struct tour_case tour_##name;
TOUR_SHARED(TOUR_DECLARE)
TOUR_PLACES(TOUR_DECLARE)
TOUR_THREADS(TOUR_DECLARE)
TOUR_MISUSE(TOUR_DECLARE)
TOUR_STRAY(TOUR_DECLARE)
TOUR_APART(TOUR_DECLARE)
#undef TOUR_DECLARE

/* The cases of a driver, those not part of the tour last; at most so many. */
#define TOUR_CASES_MAX	64
extern const struct tour_case *const tour_cases[];
extern const unsigned int tour_nr_cases, tour_nr_apart;

/* Notes the address of a new object and passes it on; NULL is counted. */
void *noted(void *object);
/* Frees all objects noted. */
void notes_free(void);
/* Whether @value points to one of them, or into it. */
bool notes_have(unsigned long value);
/* Allocations that failed since notes_free(). */
unsigned int notes_missing(void);

/*
 * A heap for blocks of so many bytes, or a cache, with @options; NULL if there
 * is none to be had.  Process context.
 */
struct quarry_heap *ground_heap(size_t bytes, const char *options);
struct quarry_cache *ground_cache(const char *name, size_t bytes,
				  const char *options);
/* Ends them; whether all is well, and their objects are as they were. */
bool ground_end(void);

#endif /* _TOUR_H */
