// SPDX-License-Identifier: GPL-2.0-only
/*
 * quarry.c - the allocator on the simulated machine: loading and unloading, as
 * module/kern/main.c does it, and what it hangs on the machine: hotplug, work
 * put off, and reclaim.
 */
#include <errno.h>

#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/string.h>

#include "abandon.h"
#include "cache.h"
#include "chain.h"
#include "exempt.h"
#include "finding.h"
#include "growth.h"
#include "guard.h"
#include "heap.h"
#include "holder.h"
#include "inject_control.h"
#include "machine.h"
#include "mark.h"
#include "meta.h"
#include "module_heap.h"
#include "site.h"
#include "stack.h"
#include "verdict.h"
#include "watch.h"
#include "walk.h"

bool mirror_init_on_alloc;
bool mirror_init_on_free;

/* References to the "module": closed caches and heaps with live objects. */
static atomic_t holds;
static bool loaded;

/* ------------------------------------------------- what core asks for */

static bool reap_wanted;

void qr_platform_reap(void)
{
	WRITE_ONCE(reap_wanted, true);
	mirror_worker_wake();
}

static void put_off(void)
{
	if (!xchg(&reap_wanted, false))
		return;
	qr_reap();
	qr_module_heaps_show();
}

void qr_platform_hold(void)
{
	atomic_inc(&holds);
}

void qr_platform_drop(void)
{
	if (atomic_dec_return(&holds) < 0)
		mirror_panic("qr_platform_drop() without a hold");
}

void qr_caller_text(unsigned long caller, char *buf, size_t len)
{
	scnprintf(buf, len, "%pS", (void *)caller);
	if (!strncmp(buf, "0x", 2))
		strscpy(buf, "unknown", len);
}

void (*mirror_found)(const struct qr_event *event);

void qr_platform_found(const struct qr_event *event)
{
	void (*found)(const struct qr_event *) = READ_ONCE(mirror_found);

	if (found)
		found(event);
}

void (*mirror_traced)(const struct mirror_trace *trace);

static void trace_emit(const struct mirror_trace *trace)
{
	void (*traced)(const struct mirror_trace *) = READ_ONCE(mirror_traced);

	if (traced)
		traced(trace);
}

void qr_platform_trace_alloc(unsigned long caller, const void *object,
			     size_t asked, size_t given, gfp_t gfp, int nid)
{
	const struct mirror_trace trace = {
		.object = object, .caller = caller, .asked = asked,
		.given = given, .gfp = gfp, .nid = nid,
	};

	trace_emit(&trace);
}

void qr_platform_trace_free(unsigned long caller, const void *object)
{
	const struct mirror_trace trace = {
		.is_free = true, .object = object, .caller = caller,
	};

	trace_emit(&trace);
}

void qr_mirror_cpu_dead(unsigned int cpu)
{
	struct quarry_cache *cache = NULL;

	while ((cache = qr_walk_next_cache(cache)))
		qr_cache_cpu_absent(cache, cpu);
}

/* As the kernel's shrinker does it: depots and empty slabs. */
static unsigned long reclaim(void)
{
	struct quarry_cache *cache = NULL;
	unsigned long pages = 0;

	while ((cache = qr_walk_next_cache(cache)))
		pages += qr_cache_drain(cache);
	return pages;
}

/* --------------------------------------------------------------- ladder */

/* The releases pair with READ_ONCE() of the machine's threads. */
static void hooks_set(bool on)
{
	smp_store_release(&mirror_cpu_dead, on ? qr_mirror_cpu_dead : NULL);
	smp_store_release(&mirror_put_off, on ? put_off : NULL);
	smp_store_release(&mirror_reclaim, on ? reclaim : NULL);
}

int mirror_init(const struct mirror_config *config)
{
	int err = mirror_machine_init(config);

	if (err)
		return err;
	qr_meta_init();
	qr_finding_reset();
	qr_stack_init();
	err = qr_site_init();
	if (err)
		goto err_meta;
	err = qr_drain_init();
	if (err)
		goto err_site;
	err = qr_heap_init();
	if (err)
		goto err_drain;
	hooks_set(true);
	loaded = true;
	return 0;

err_drain:
	qr_drain_exit();
err_site:
	qr_site_exit();
err_meta:
	qr_meta_exit();
	mirror_machine_exit();
	return err;
}

static int left(unsigned long nr, const char *what)
{
	if (nr)
		fprintf(stderr, "mirror: %lu %s left behind\n", nr, what);
	return nr ? 1 : 0;
}

int mirror_exit(void)
{
	int nr = 0;

	if (!loaded)
		return -EINVAL;
	rcu_barrier();
	qr_inject_exit();
	mirror_worker_flush();
	mirror_leaks_at_exit();
	qr_mark_exit();
	qr_watch_exit();
	qr_growth_exit();
	nr += left(atomic_read(&holds), "closed caches or heaps in use");
	nr += left(qr_cache_exit(), "objects of caches");
	qr_verdict_exit();
	qr_holders_exit();
	qr_exempt_exit();
	nr += left(qr_heap_exit(), "blocks of heaps");
	rcu_barrier();
	mirror_worker_flush();
	qr_guard_exit(false);
	hooks_set(false);
	loaded = false;
	qr_drain_exit();
	qr_chain_exit();
	qr_stack_exit();
	qr_site_exit();
	mirror_symbols_exit();
	nr += left(qr_meta_exit(), "bytes of metadata");
	atomic_set(&holds, 0);
	return nr + mirror_machine_exit();
}
