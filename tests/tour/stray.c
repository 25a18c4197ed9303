// SPDX-License-Identifier: GPL-2.0-only
/*
 * stray.c - an object of quarry is passed to kfree().  The kernel warns of the
 * first one after boot, and takes a reference away from the page that the object
 * lies in; quarry notices when it gives the page back.
 */
#include <linux/kernel.h>
#include <linux/slab.h>

#include <quarry/quarry.h>

#include "tour.h"

static struct quarry_cache *cache;

static nofold long *make_job(void)
{
	long *job = quarry_cache_zalloc(cache, GFP_KERNEL);

	if (job)
		job[0] = 1;
	return job;
}

static nofold int end_job(long *job)
{
	kfree(job);
	return 0;
}

static const struct tour_misuse stray_kfree_misuse = {
	.options = "-",
	.kind = "foreign_free",
	.caller = "close_ground",
	.others = "end_job",
};

static void stray_kfree_commit(void)
{
	long *job;

	cache = ground_cache("tour-job", 256, stray_kfree_misuse.options);
	job = cache ? make_job() : NULL;
	if (!job)
		return;
	end_job(job);
	quarry_cache_free(cache, job);
}

const struct tour_case tour_stray_kfree = {
	.name = "stray_kfree",
	.mistake = "An object of quarry is freed by the kernel's kfree().",
	.func = "make_job",
	.misuse = &stray_kfree_misuse,
	.commit = stray_kfree_commit,
};
