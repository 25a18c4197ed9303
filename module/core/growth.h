/* SPDX-License-Identifier: GPL-2.0-only */
/* growth.h - live objects by site, over time. */
#ifndef _QR_GROWTH_H
#define _QR_GROWTH_H

#include "internal.h"

/* Samples kept of a site; when there are so many, every other one goes. */
#define QR_GROWTH_SAMPLES	64
/* Sites followed, each for about 1 KiB. */
#define QR_GROWTH_SITES		256
/* Fewer samples tell nothing. */
#define QR_GROWTH_MIN		4

/* A site of which there is more and more. */
struct qr_growth {
	u32 site;
	u32 samples;
	/* Live when it was last sampled. */
	unsigned long objects;
	unsigned long bytes;
	/* From its first sample to its last. */
	long objects_per_hour;
	long bytes_per_hour;
	/*
	 * Seconds until a heap that the site allocates from is at its limit,
	 * if its rising sites go on like this; -1 where there is no limit.
	 */
	s64 until_budget_s;
};

struct qr_growth_list {
	u32 nr;
	/* Samples there are, and seconds from the first to the last. */
	u32 samples;
	u64 span_s;
	struct qr_growth growth[QR_GROWTH_SITES];
};

/*
 * Samples what lives; @now is in nanoseconds and never goes back.  Returns in
 * how many periods to sample again: 1 at first, twice as many whenever the
 * history was full.  Context: process, may sleep.
 */
unsigned int qr_growth_sample(u64 now);
/*
 * The sites that rise: in the last sample they have more objects than in their
 * first, and no fewer than in any other; or so with bytes.  Most bytes an hour
 * first.  NULL without memory; kvfree() it.  Context: process, may sleep.
 */
struct qr_growth_list *qr_growth_rising(void);
/* Forgets all of it. */
void qr_growth_exit(void);

#endif /* _QR_GROWTH_H */
