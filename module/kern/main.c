// SPDX-License-Identifier: GPL-2.0-only
/*
 * main.c - the module: its parameters, the ladder of its parts up and down,
 * and the work that finishes what could not be finished at once.
 */
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/rcupdate.h>
#include <linux/workqueue.h>

#include "backend.h"
#include "cache.h"
#include "heap.h"
#include "hooks.h"
#include "meta.h"
#include "site.h"
#include "version.h"

/* ----------------------------------------------------------- parameters */

/* Empty slabs a node may be told to keep. */
#define RESERVE_MAX	1024U

static char *level = "site";
module_param(level, charp, 0444);
MODULE_PARM_DESC(level, "what is kept of each object: off, site (default)");

static char *limit_bytes = "0";
module_param(limit_bytes, charp, 0444);
MODULE_PARM_DESC(limit_bytes,
		 "budget of the default heap in bytes, K, M or G; 0 (default): none");

static unsigned int reserve = 1;
module_param(reserve, uint, 0444);
MODULE_PARM_DESC(reserve,
		 "empty slabs a cache keeps on each node, 0 to 1024 (default 1)");

static int parse_level(void)
{
	if (!strcmp(level, "off")) {
		qr_params.level = QUARRY_LEVEL_OFF;
	} else if (!strcmp(level, "site")) {
		qr_params.level = QUARRY_LEVEL_SITE;
	} else {
		pr_err("level=%s: expected off or site\n", level);
		return -EINVAL;
	}
	return 0;
}

static int parse_limit(void)
{
	char *end;
	unsigned long long bytes = memparse(limit_bytes, &end);

	if (end == limit_bytes || *end || bytes > LONG_MAX) {
		pr_err("limit_bytes=%s: expected bytes, with K, M or G if you like\n",
		       limit_bytes);
		return -EINVAL;
	}
	qr_params.heap_limit_bytes = bytes;
	return 0;
}

static int parse_parameters(void)
{
	int err = parse_level();

	if (!err)
		err = parse_limit();
	if (!err && reserve > RESERVE_MAX) {
		pr_err("reserve=%u: expected 0 to %u\n", reserve, RESERVE_MAX);
		err = -EINVAL;
	}
	qr_params.reserve = reserve;
	return err;
}

/* ------------------------------------------------------- work put off */

static void reap(struct work_struct *work)
{
	qr_reap();
}

static DECLARE_WORK(reap_work, reap);

void qr_platform_reap(void)
{
	schedule_work(&reap_work);
}

void qr_platform_hold(void)
{
	__module_get(THIS_MODULE);
}

void qr_platform_drop(void)
{
	module_put(THIS_MODULE);
}

/* --------------------------------------------------------------- ladder */

static int __init quarry_init(void)
{
	int err;

	err = parse_parameters();
	if (err)
		return err;
	qr_meta_init();
	err = qr_site_init();
	if (err)
		goto err_meta;
	err = qr_drain_init();
	if (err)
		goto err_site;
	err = qr_debugfs_init();
	if (err)
		goto err_drain;
	err = qr_heap_init();
	if (err)
		goto err_debugfs;
	err = qr_shrinker_init();
	if (err)
		goto err_heap;
	err = qr_hotplug_init();
	if (err)
		goto err_shrinker;
	pr_info("version %s, level %s\n", QR_VERSION, level);
	return 0;

err_shrinker:
	qr_shrinker_exit();
err_heap:
	qr_heap_exit();
err_debugfs:
	qr_debugfs_exit();
err_drain:
	qr_drain_exit();
err_site:
	qr_site_exit();
err_meta:
	qr_meta_exit();
	return err;
}

static void __exit quarry_exit(void)
{
	unsigned long live, bytes;

	rcu_barrier();
	qr_hotplug_exit();
	qr_shrinker_exit();
	qr_age_exit();
	qr_debugfs_exit();
	qr_cache_exit();
	live = qr_heap_exit();
	flush_work(&reap_work);
	qr_pages_exit();
	if (live) {
		pr_warn("%lu blocks of the default heap are still live: their memory stays where it is\n",
			live);
		return;
	}
	qr_drain_exit();
	qr_site_exit();
	bytes = qr_meta_exit();
	if (bytes)
		pr_err("%lu bytes of metadata were never freed\n", bytes);
}

module_init(quarry_init);
module_exit(quarry_exit);

MODULE_DESCRIPTION("Slab caches and heaps that know who owns every object");
MODULE_LICENSE("GPL");
MODULE_VERSION(QR_VERSION);
