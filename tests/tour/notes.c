// SPDX-License-Identifier: GPL-2.0-only
/*
 * notes.c - the addresses of the tour's objects, so that they can be freed
 * although the case has lost them.  They are kept inverted: what looks for
 * pointers finds none here.  Any context.
 */
#include <linux/atomic.h>
#include <linux/bug.h>
#include <linux/kernel.h>

#include <quarry/quarry.h>

#include "tour.h"

static unsigned long inverted[512];
static atomic_t nr_notes;
static atomic_t missing;

noinline void *noted(void *object)
{
	int i;

	if (!object) {
		atomic_inc(&missing);
		return NULL;
	}
	i = atomic_inc_return(&nr_notes) - 1;
	if (!WARN_ON_ONCE(i >= ARRAY_SIZE(inverted)))
		inverted[i] = ~(unsigned long)object;
	return object;
}

void notes_free(void)
{
	int i;

	for (i = 0; i < atomic_read(&nr_notes); i++) {
		quarry_free((void *)~inverted[i]);
		inverted[i] = 0;
	}
	atomic_set(&nr_notes, 0);
	atomic_set(&missing, 0);
}

bool notes_have(unsigned long value)
{
	int i;

	for (i = 0; i < atomic_read(&nr_notes); i++) {
		unsigned long start = ~READ_ONCE(inverted[i]);

		if (value >= start &&
		    value - start < quarry_usable_size((void *)start))
			return true;
	}
	return false;
}

unsigned int notes_missing(void)
{
	return atomic_read(&missing);
}
