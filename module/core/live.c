// SPDX-License-Identifier: GPL-2.0-only
/*
 * live.c - what lives, by call site, told to the log: at a budget's end, and
 * when something goes that still has live objects; then as events, too.
 * Process context.
 */
#include <linux/atomic.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/printk.h>
#include <linux/rcupdate.h>
#include <linux/string.h>

#include "event.h"
#include "live.h"
#include "site.h"
#include "site_text.h"
#include "sums.h"

/* Sites that are told of when something goes and leaves live objects. */
#define LIVE_SITES	16U

static void sums_log(const struct qr_site_sums *sums, unsigned int nr)
{
	char line[QR_SITE_LINE];
	u32 i;

	for (i = 0; i < min(sums->nr, nr); i++)
		pr_warn("%12lu bytes %8lu objects  %s\n", sums->sum[i].given,
			sums->sum[i].objects, sums->sum[i].site ?
			qr_site_line(sums->sum[i].site, line, sizeof(line)) :
			"(not tracked: level off)");
	if (sums->nr > nr)
		pr_warn("and %u more sites\n", sums->nr - nr);
}

void qr_live_log_top(struct quarry_heap *heap, unsigned int nr)
{
	struct qr_site_sums sums;

	pr_warn("heap \"%s\" holds %ld of %lu bytes, most of it for:\n",
		heap->name, atomic_long_read(&heap->budget.held),
		READ_ONCE(heap->budget.limit));
	if (qr_site_sums_init(&sums)) {
		pr_warn("no memory to list its sites\n");
		return;
	}
	qr_site_sums_add_heap(&sums, heap);
	qr_site_sums_sort(&sums);
	sums_log(&sums, nr);
	qr_site_sums_free(&sums);
}

/* An event for each site, like @event; the log has it at greater length. */
static void sums_events(const struct qr_site_sums *sums,
			const struct qr_event *like)
{
	u32 i;

	for (i = 0; i < min(sums->nr, LIVE_SITES); i++) {
		struct qr_event event = *like;

		event.quiet = true;
		event.site = sums->sum[i].site;
		event.objects = sums->sum[i].objects;
		event.bytes = sums->sum[i].given;
		qr_event_add(&event);
	}
}

static unsigned long sums_objects(const struct qr_site_sums *sums)
{
	unsigned long objects = 0;
	u32 i;

	for (i = 0; i < sums->nr; i++)
		objects += sums->sum[i].objects;
	return objects;
}

static void sums_tell(const struct qr_site_sums *sums, const struct qr_event *like)
{
	sums_events(sums, like);
	sums_log(sums, LIVE_SITES);
}

void qr_live_at_destroy(struct quarry_cache *cache, struct quarry_heap *heap,
			unsigned long caller)
{
	struct qr_event event = {
		.kind = QR_EVENT_LIVE_AT_DESTROY,
		.caller = caller,
	};
	struct qr_site_sums sums;

	strscpy(event.owner, cache ? cache->name : heap->name,
		sizeof(event.owner));
	if (qr_site_sums_init(&sums)) {
		qr_event_add(&event);
		pr_warn("no memory to list the sites\n");
		return;
	}
	if (cache)
		qr_site_sums_add_cache(&sums, cache);
	else
		qr_site_sums_add_heap(&sums, heap);
	qr_site_sums_sort(&sums);
	pr_warn("%s \"%s\" is destroyed with %lu live objects, kept until freed:\n",
		cache ? "cache" : "heap", event.owner, sums_objects(&sums));
	sums_tell(&sums, &event);
	qr_site_sums_free(&sums);
}

static bool is_of_module(u32 site, const char *module)
{
	struct qr_site_text text;

	qr_site_text(site, &text);
	return !strcmp(text.module, module);
}

/* What the sites of @module own, and nothing else.  0 or -ENOMEM. */
static int sums_of_module(struct qr_site_sums *sums, const char *module)
{
	int err = qr_site_sums_init(sums);
	u32 i;

	if (err)
		return err;
	qr_site_sums_add_all(sums);
	for (i = 0; i < sums->nr; i++)
		if (sums->sum[i].objects && !is_of_module(i, module))
			sums->sum[i].objects = 0;
	qr_site_sums_sort(sums);
	return 0;
}

/* Most modules never called. */
static bool module_has_sites(const char *module)
{
	u32 id = qr_site_count();

	while (id && !is_of_module(id, module))
		id--;
	return id;
}

unsigned long qr_live_at_unload(const char *module)
{
	struct qr_event event = { .kind = QR_EVENT_LIVE_AT_UNLOAD };
	struct qr_site_sums sums;
	unsigned long objects;
	int err;

	if (!module_has_sites(module))
		return 0;
	err = sums_of_module(&sums, module);
	if (!err && sums.nr) {
		/* Some may be about to be freed after a grace period. */
		qr_site_sums_free(&sums);
		rcu_barrier();
		err = sums_of_module(&sums, module);
	}
	if (err) {
		pr_warn("no memory to look for objects of module \"%s\"\n",
			module);
		return 0;
	}
	objects = sums_objects(&sums);
	if (objects) {
		pr_warn("module \"%s\" goes and leaves %lu live objects:\n",
			module, objects);
		strscpy(event.owner, module, sizeof(event.owner));
		sums_tell(&sums, &event);
	}
	qr_site_sums_free(&sums);
	return objects;
}
