// SPDX-License-Identifier: GPL-2.0-only
/*
 * fault.c - failures on demand: the nth attempt, of all threads or of this
 * one, or some at random.  No locks; counters are atomic.
 */
#include <linux/atomic.h>
#include <linux/build_bug.h>
#include <linux/random.h>

#include "machine.h"

static struct {
	/* Attempts until the failure; 0 and below is none. */
	atomic_long_t left;
	unsigned int one_in;
	atomic_long_t attempts;
	atomic_long_t fired;
} faults[MIRROR_NR_FAULTS];

static_assert(sizeof(mirror_cpus[0].fail_in) ==
	      MIRROR_NR_FAULTS * sizeof(unsigned long));

static bool fires_here(enum mirror_fault kind)
{
	unsigned long *left = &mirror_self()->fail_in[kind];

	return *left && !--*left;
}

static bool fires_anywhere(enum mirror_fault kind)
{
	atomic_long_t *left = &faults[kind].left;

	return atomic_long_read(left) > 0 && !atomic_long_dec_return(left);
}

static bool fires_at_random(enum mirror_fault kind)
{
	unsigned int one_in = READ_ONCE(faults[kind].one_in);

	return one_in && !get_random_u32_below(one_in);
}

bool mirror_fault_fires(enum mirror_fault kind)
{
	atomic_long_inc(&faults[kind].attempts);
	if (!fires_here(kind) && !fires_anywhere(kind) &&
	    !fires_at_random(kind))
		return false;
	atomic_long_inc(&faults[kind].fired);
	return true;
}

void mirror_fail_nth(enum mirror_fault kind, unsigned long nth)
{
	atomic_long_set(&faults[kind].left, nth);
}

void mirror_fail_nth_here(enum mirror_fault kind, unsigned long nth)
{
	mirror_self()->fail_in[kind] = nth;
}

void mirror_fail_random(enum mirror_fault kind, unsigned int one_in)
{
	WRITE_ONCE(faults[kind].one_in, one_in);
}

unsigned long mirror_fail_attempts(enum mirror_fault kind)
{
	return atomic_long_read(&faults[kind].attempts);
}

unsigned long mirror_fail_fired(enum mirror_fault kind)
{
	return atomic_long_read(&faults[kind].fired);
}

void mirror_fail_reset(void)
{
	unsigned int kind;

	for (kind = 0; kind < MIRROR_NR_FAULTS; kind++) {
		mirror_fail_nth(kind, 0);
		mirror_fail_nth_here(kind, 0);
		mirror_fail_random(kind, 0);
		atomic_long_set(&faults[kind].attempts, 0);
		atomic_long_set(&faults[kind].fired, 0);
	}
}
