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

#include "abandon.h"
#include "backend.h"
#include "cache.h"
#include "chain.h"
#include "exempt.h"
#include "finding.h"
#include "growth.h"
#include "guard.h"
#include "heap.h"
#include "holder.h"
#include "hooks.h"
#include "inject_control.h"
#include "mark.h"
#include "meta.h"
#include "module_heap.h"
#include "options.h"
#include "report.h"
#include "scan.h"
#include "scanner.h"
#include "setting.h"
#include "site.h"
#include "stack.h"
#include "verdict.h"
#include "version.h"
#include "watch.h"

/* ----------------------------------------------------------- parameters */

/* Empty slabs a node may be told to keep. */
#define RESERVE_MAX	1024U

static char *level = "site";
module_param(level, charp, 0444);
MODULE_PARM_DESC(level,
		 "what is kept of each object: off, site (default), stack");

static char *limit_bytes = "50%";
module_param(limit_bytes, charp, 0444);
MODULE_PARM_DESC(limit_bytes,
		 "budget of the default heap in bytes, K, M or G, or in % of memory (default 50%); 0: none");

static unsigned int reserve = 1;
module_param(reserve, uint, 0444);
MODULE_PARM_DESC(reserve,
		 "empty slabs a cache keeps on each node, 0 to 1024 (default 1)");

module_param_named(scan_min_age_ms, qr_params.scan_min_age_ms, uint, 0444);
MODULE_PARM_DESC(scan_min_age_ms,
		 "scans do not judge younger objects (default 5000)");

module_param_named(scan_period_s, qr_params.scan_period_s, uint, 0444);
MODULE_PARM_DESC(scan_period_s,
		 "seconds from one scan for leaks to the next; 0 (default): none");

static char *heap = "";
module_param(heap, charp, 0444);
MODULE_PARM_DESC(heap, "settings of heaps by name, those of modules too: "
		 QR_SETTINGS_EXPECTED);

static bool catch_kfree = true;
module_param(catch_kfree, bool, 0444);
MODULE_PARM_DESC(catch_kfree,
		 "catch what the kernel's kfree() is given of quarry (default: yes)");

static char *on_error = "report";
module_param(on_error, charp, 0444);
MODULE_PARM_DESC(on_error,
		 "what a finding leads to: report (default), panic, freeze");

/* A day. */
#define GROWTH_PERIOD_MAX	86400U

static unsigned int growth_period_s = 60;
module_param(growth_period_s, uint, 0444);
MODULE_PARM_DESC(growth_period_s,
		 "seconds between samples for growth, 0 to 86400 (default 60); 0: none");

static char *debug = "";
module_param(debug, charp, 0444);
MODULE_PARM_DESC(debug,
		 "debug options as of slub_debug: " QR_RULES_EXPECTED);

/* 1 GiB; and as many as there can be of anything. */
#define QUARANTINE_KIB_MAX	(1U << 20)

static unsigned int quarantine_kib = 1024;
module_param(quarantine_kib, uint, 0444);
MODULE_PARM_DESC(quarantine_kib,
		 "KiB of freed objects that wait, of each cache with option Q (default 1024)");

static unsigned int guard_every = 1;
module_param(guard_every, uint, 0444);
MODULE_PARM_DESC(guard_every,
		 "option G guards one of so many objects (default 1: all)");

static unsigned int guard_slots = 512;
module_param(guard_slots, uint, 0444);
MODULE_PARM_DESC(guard_slots,
		 "objects that option G can guard at a time, 1 to 65536, a page each (default 512)");

static char *inject = "";
module_param(inject, charp, 0444);
MODULE_PARM_DESC(inject,
		 "failures on demand: rules as the file inject takes them, with ; between");

static int parse_level(void)
{
	int parsed = qr_level_parse(level);

	if (parsed < 0) {
		pr_err("level=%s: expected " QR_LEVEL_NAMES "\n", level);
		return parsed;
	}
	qr_params.level = parsed;
	return 0;
}

static int parse_on_error(void)
{
	int err = qr_on_error_set(on_error);

	if (err)
		pr_err("on_error=%s: expected " QR_ON_ERROR_NAMES "\n",
		       on_error);
	return err;
}

static int parse_limit(void)
{
	char *end;
	unsigned long long bytes = memparse(limit_bytes, &end);

	if (end != limit_bytes && !strcmp(end, "%") && bytes <= 100) {
		qr_params.heap_limit_bytes =
			totalram_pages() * bytes / 100 << PAGE_SHIFT;
		return 0;
	}
	if (end == limit_bytes || *end || bytes > LONG_MAX) {
		pr_err("limit_bytes=%s: expected bytes, with K, M or G if you like, or 0%% to 100%%\n",
		       limit_bytes);
		return -EINVAL;
	}
	qr_params.heap_limit_bytes = bytes;
	return 0;
}

static int parse_heap(void)
{
	int err = qr_settings_set(heap);

	if (err)
		pr_err("heap=%s: expected " QR_SETTINGS_EXPECTED "\n", heap);
	return err;
}

static int check_number(const char *name, unsigned int value, unsigned int min,
			unsigned int max)
{
	if (value >= min && value <= max)
		return 0;
	pr_err("%s=%u: expected %u to %u\n", name, value, min, max);
	return -EINVAL;
}

static int parse_debug(void)
{
	int err = qr_options_set_rules(debug);

	if (err) {
		pr_err("debug=%s: expected " QR_RULES_EXPECTED "\n", debug);
		return err;
	}
	err = check_number("quarantine_kib", quarantine_kib, 0,
			   QUARANTINE_KIB_MAX);
	if (!err)
		err = check_number("guard_every", guard_every, 1, UINT_MAX);
	if (!err)
		err = check_number("guard_slots", guard_slots, 1,
				   QR_GUARD_SLOTS_MAX);
	qr_params.quarantine_bytes = (unsigned long)quarantine_kib << 10;
	qr_params.guard_every = guard_every;
	qr_params.guard_slots = guard_slots;
	return err;
}

static int parse_parameters(void)
{
	int err = parse_level();

	if (!err)
		err = parse_limit();
	if (!err)
		err = parse_heap();
	if (!err)
		err = parse_on_error();
	if (!err)
		err = check_number("reserve", reserve, 0, RESERVE_MAX);
	if (!err)
		err = check_number("scan_min_age_ms", qr_params.scan_min_age_ms,
				   0, QR_SCAN_MIN_AGE_MS_MAX);
	if (!err)
		err = check_number("scan_period_s", qr_params.scan_period_s,
				   0, QR_SCAN_PERIOD_S_MAX);
	if (!err)
		err = check_number("growth_period_s", growth_period_s, 0,
				   GROWTH_PERIOD_MAX);
	if (!err)
		err = parse_debug();
	qr_params.reserve = reserve;
	if (!err)
		err = qr_inject_load(inject);
	return err;
}

/* ------------------------------------------------------- work put off */

static void reap(struct work_struct *work)
{
	qr_reap();
	qr_module_heaps_show();
}

static DECLARE_WORK(reap_work, reap);

void qr_platform_reap(void)
{
	schedule_work(&reap_work);
}

/* --------------------------------------------------------------- ladder */

/* What listens to the rest of the kernel. */
static int __init listen(void)
{
	int err = qr_shrinker_init();

	if (err)
		return err;
	err = qr_hotplug_init();
	if (err)
		goto err_shrinker;
	err = qr_scanner_init();
	if (err)
		goto err_hotplug;
	err = qr_unload_init();
	if (err)
		goto err_scanner;
	err = qr_die_init();
	if (err)
		goto err_unload;
	err = qr_kasan_init();
	if (err)
		goto err_die;
	if (catch_kfree)
		qr_stray_init();
	return 0;

err_die:
	qr_die_exit();
err_unload:
	qr_unload_exit();
err_scanner:
	qr_scanner_exit();
err_hotplug:
	qr_hotplug_exit();
err_shrinker:
	qr_shrinker_exit();
	return err;
}

static int __init quarry_init(void)
{
	int err;

	err = parse_parameters();
	if (err)
		return err;
	qr_meta_init();
	qr_stack_init();
	err = qr_site_init();
	if (err)
		goto err_meta;
	err = qr_drain_init();
	if (err)
		goto err_site;
	err = qr_pages_init();
	if (err)
		goto err_drain;
	err = qr_debugfs_init();
	if (err)
		goto err_pages;
	err = qr_heap_init();
	if (err)
		goto err_debugfs;
	err = listen();
	if (err)
		goto err_heap;
	qr_growth_clock_init(growth_period_s);
	pr_info("version %s, level %s\n", QR_VERSION, level);
	return 0;

err_heap:
	qr_heap_exit();
	qr_guard_exit(false);
err_debugfs:
	qr_debugfs_exit();
	qr_mark_exit();
	qr_watch_exit();
err_pages:
	qr_pages_exit();
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

	qr_stray_exit();
	rcu_barrier();
	qr_inject_exit();
	qr_growth_clock_exit();
	qr_kasan_exit();
	qr_die_exit();
	qr_unload_exit();
	qr_scanner_exit();
	qr_hotplug_exit();
	qr_shrinker_exit();
	qr_age_exit();
	qr_debugfs_exit();
	qr_mark_exit();
	qr_watch_exit();
	qr_growth_exit();
	live = qr_cache_exit();
	qr_verdict_exit();
	qr_holders_exit();
	qr_exempt_exit();
	live += qr_heap_exit();
	flush_work(&reap_work);
	qr_guard_exit(live);
	qr_pages_exit();
	if (live) {
		pr_warn("%lu objects are still live: their memory stays where it is\n",
			live);
		return;
	}
	qr_drain_exit();
	qr_chain_exit();
	qr_stack_exit();
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
