// SPDX-License-Identifier: GPL-2.0-only
/* cases.c - the mistakes of quarry_tour.ko. */
#include <linux/kernel.h>

#include "tour.h"

#define ENTRY(name)	&tour_##name,
#define ONE(name)	+ 1

const struct tour_case *const tour_cases[] = {
	TOUR_SHARED(ENTRY)
	TOUR_PLACES(ENTRY)
	TOUR_THREADS(ENTRY)
	TOUR_MISUSE(ENTRY)
	TOUR_STRAY(ENTRY)
	TOUR_APART(ENTRY)
};

const unsigned int tour_nr_cases = ARRAY_SIZE(tour_cases);
const unsigned int tour_nr_apart = TOUR_APART(ONE);

static_assert(ARRAY_SIZE(tour_cases) <= TOUR_CASES_MAX);
