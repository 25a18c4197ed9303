// SPDX-License-Identifier: GPL-2.0-only
/*
 * event.c - the rings of what happened, and the log lines that tell of it.
 *
 * ring_lock (rank 5, a leaf) protects the rings and the quotas of lines.  It is
 * taken from any context; from NMI it is only tried.  Text is made before it
 * is taken, printing is done after it is dropped.
 */
#define pr_fmt(fmt) "quarry: " fmt

#include <linux/atomic.h>
#include <linux/build_bug.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/printk.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "event.h"
#include "site_text.h"

/* Lines a kind may print in each period. */
#define QUOTA_LINES		10
#define QUOTA_PERIOD_MS		5000

/* How a kind is told: what [in "owner"], site-word site, caller-word caller. */
struct kind_text {
	const char *name;
	const char *what;
	const char *site;
	const char *caller;
};

static const struct kind_text kind_texts[] = {
	[QR_EVENT_BUDGET] = { "budget", "request over the limit",
			      "asked for at", "called by" },
	[QR_EVENT_FAILURE] = { "failure", "no pages for a request",
			       "asked for at", "called by" },
	[QR_EVENT_DOUBLE_FREE] = { "double_free", "double free of object",
				   "allocated at", "freed by" },
	[QR_EVENT_INVALID_FREE] = { "invalid_free",
				    "invalid free",
				    "allocated at", "freed by" },
	[QR_EVENT_WRONG_OWNER] = { "wrong_owner",
				   "free of another owner's object",
				   "allocated at", "freed by" },
	[QR_EVENT_BAD_TAG] = { "bad_tag", "damaged tag of free object",
			       "last allocated at", "found by" },
	[QR_EVENT_OVERFLOW] = { "overflow", "array size overflow",
				"asked for at", "called by" },
	[QR_EVENT_DEAD] = { "dead", "use after destroy",
			    "used at", "called by" },
	[QR_EVENT_NMI] = { "nmi", "call from NMI refused",
			   "called at", "called by" },
	[QR_EVENT_BAD_GFP] = { "bad_gfp",
			       "zeroing refused for objects with a constructor",
			       "asked for at", "called by" },
	[QR_EVENT_LIVE_AT_DESTROY] = { "live_at_destroy",
				       "live objects at destroy",
				       "allocated at", "destroyed by" },
	[QR_EVENT_LIVE_AT_UNLOAD] = { "live_at_unload",
				      "live objects of a module that is gone",
				      "allocated at", "called by" },
	[QR_EVENT_FOREIGN_FREE] = { "foreign_free",
				    "page given away by other code",
				    "allocated at", "found by" },
	[QR_EVENT_STRAY_KFREE] = { "stray_kfree",
				   "the kernel's kfree() was given object",
				   "allocated at", "freed by" },
	[QR_EVENT_REDZONE] = { "redzone", "written outside of object",
			       "allocated at", "found by" },
	[QR_EVENT_POISON] = { "poison", "written after free of object",
			      "last allocated at", "found by" },
	[QR_EVENT_GUARD] = { "guard", "fatal access to guarded object",
			     "allocated at", "touched by" },
	[QR_EVENT_KASAN] = { "kasan", "KASAN reports access to object",
			     "allocated at", "touched by" },
	[QR_EVENT_DAMAGED] = { "damaged", "metadata found inconsistent",
			       "allocated at", "found by" },
};

static_assert(ARRAY_SIZE(kind_texts) == QR_NR_EVENTS);

struct quota {
	/* End of the period, in jiffies. */
	unsigned long end;
	unsigned int printed;
	/* Lines not printed since the last one that was. */
	unsigned long kept_back;
};

static DEFINE_RAW_SPINLOCK(ring_lock);
static struct {
	struct qr_event event[QR_EVENT_RING];
	/* Where the next one goes. */
	unsigned int next;
} rings[2];
static u64 last_seq;
static struct quota quotas[QR_NR_EVENTS];
static atomic_long_t counts[QR_NR_EVENTS];

/* Whether a line may be printed, and how many went unprinted before it. */
static bool quota_take_locked(struct quota *quota, unsigned long *kept_back)
{
	if (!quota->printed || time_after(jiffies, quota->end)) {
		quota->end = jiffies + msecs_to_jiffies(QUOTA_PERIOD_MS);
		quota->printed = 0;
	}
	if (quota->printed == QUOTA_LINES) {
		quota->kept_back++;
		return false;
	}
	quota->printed++;
	*kept_back = quota->kept_back;
	quota->kept_back = 0;
	return true;
}

/* Refusals may come by the thousand: they have a ring of their own. */
static unsigned int ring_of(enum qr_event_kind kind)
{
	return kind == QR_EVENT_BUDGET || kind == QR_EVENT_FAILURE;
}

static void ring_put_locked(struct qr_event *event)
{
	unsigned int ring = ring_of(event->kind);

	event->seq = ++last_seq;
	rings[ring].event[rings[ring].next] = *event;
	rings[ring].next = (rings[ring].next + 1) % QR_EVENT_RING;
}

/* The oldest event after @seq, or NULL.  A slot never used has seq 0. */
static const struct qr_event *ring_next_locked(u64 seq)
{
	const struct qr_event *event, *next = NULL;
	unsigned int ring, i;

	for (ring = 0; ring < ARRAY_SIZE(rings); ring++) {
		for (i = 0; i < QR_EVENT_RING; i++) {
			event = &rings[ring].event[i];
			if (event->seq > seq &&
			    (!next || event->seq < next->seq))
				next = event;
		}
	}
	return next;
}

const char *qr_event_place(const struct qr_event *event, const char *it,
			   char buf[QR_PLACE_TEXT])
{
	long offset = event->offset, end = event->end;

	buf[0] = '\0';
	if (offset < 0)
		scnprintf(buf, QR_PLACE_TEXT, "%ld byte%s before %s", -offset,
			  offset == -1 ? "" : "s", it);
	else if (end && offset == end)
		scnprintf(buf, QR_PLACE_TEXT, "right behind %s", it);
	else if (end && offset > end)
		scnprintf(buf, QR_PLACE_TEXT, "%ld byte%s behind %s",
			  offset - end, offset - end == 1 ? "" : "s", it);
	else if (offset)
		scnprintf(buf, QR_PLACE_TEXT, "%ld byte%s into %s", offset,
			  offset == 1 ? "" : "s", it);
	return buf;
}

/* What happened, and to which part of what. */
static int put_what(const struct qr_event *event, char *line, int size)
{
	/* The other kinds have an object in their words already. */
	const char *it = event->kind == QR_EVENT_INVALID_FREE ? "an object" :
								"it";
	char place[QR_PLACE_TEXT];
	int len;

	len = scnprintf(line, size, "%s", qr_event_what(event->kind));
	if (qr_event_place(event, it, place)[0])
		len += scnprintf(line + len, size - len, ", %s", place);
	else if (event->kind == QR_EVENT_INVALID_FREE)
		len += scnprintf(line + len, size - len,
				 " of a foreign address");
	if (event->where)
		len += scnprintf(line + len, size - len, " (%s)",
				 event->where);
	if (event->owner[0])
		len += scnprintf(line + len, size - len, " %s \"%s\"",
				 event->kind == QR_EVENT_WRONG_OWNER ?
					 "passed to" : "in",
				 event->owner);
	if (event->bytes)
		len += scnprintf(line + len, size - len, " (%lu bytes)",
				 event->bytes);
	return len;
}

/* Misuse is somebody's mistake; a refusal is not. */
static bool is_mistake(enum qr_event_kind kind)
{
	return kind != QR_EVENT_BUDGET && kind != QR_EVENT_FAILURE &&
	       kind != QR_EVENT_LIVE_AT_DESTROY &&
	       kind != QR_EVENT_LIVE_AT_UNLOAD;
}

static void event_print(const struct qr_event *event, unsigned long kept_back)
{
	const struct kind_text *text = &kind_texts[event->kind];
	char line[QR_SITE_LINE + QR_CALLER_TEXT + 224];
	char site[QR_SITE_LINE];
	int len = put_what(event, line, sizeof(line));

	if (event->site)
		len += scnprintf(line + len, sizeof(line) - len, ", %s %s",
				 text->site, qr_site_line(event->site, site,
							  sizeof(site)));
	if (event->caller)
		len += scnprintf(line + len, sizeof(line) - len, ", %s %s",
				 text->caller, event->caller_text);
	if (kept_back)
		scnprintf(line + len, sizeof(line) - len,
			  "; %lu like it not printed", kept_back);
	if (is_mistake(event->kind))
		pr_err("%s\n", line);
	else
		pr_warn("%s\n", line);
}

bool qr_event_add(struct qr_event *event)
{
	unsigned long kept_back = 0;
	unsigned long flags;
	bool print;

	event->time_ns = qr_time_ns();
	event->caller_text[0] = '\0';
	if (event->caller)
		qr_caller_text(event->caller, event->caller_text,
			       sizeof(event->caller_text));
	atomic_long_inc(&counts[event->kind]);

	if (qr_in_nmi()) {
		if (raw_spin_trylock(&ring_lock)) {
			ring_put_locked(event);
			raw_spin_unlock(&ring_lock);
		}
		return false;
	}
	raw_spin_lock_irqsave(&ring_lock, flags);
	ring_put_locked(event);
	print = !event->quiet &&
		(quota_take_locked(&quotas[event->kind], &kept_back) ||
		 event->urgent);
	raw_spin_unlock_irqrestore(&ring_lock, flags);
	if (print)
		event_print(event, kept_back);
	return print;
}

bool qr_event_next(u64 seq, struct qr_event *event)
{
	const struct qr_event *next;
	unsigned long flags;

	raw_spin_lock_irqsave(&ring_lock, flags);
	next = ring_next_locked(seq);
	if (next)
		*event = *next;
	raw_spin_unlock_irqrestore(&ring_lock, flags);
	return next;
}

bool qr_event_get(u64 seq, struct qr_event *event)
{
	return seq && qr_event_next(seq - 1, event) && event->seq == seq;
}

u64 qr_event_last(void)
{
	unsigned long flags;
	u64 last;

	raw_spin_lock_irqsave(&ring_lock, flags);
	last = last_seq;
	raw_spin_unlock_irqrestore(&ring_lock, flags);
	return last;
}

unsigned long qr_event_count(enum qr_event_kind kind)
{
	return atomic_long_read(&counts[kind]);
}

const char *qr_event_what(enum qr_event_kind kind)
{
	return kind_texts[kind].what;
}

const char *qr_event_name(enum qr_event_kind kind)
{
	return kind_texts[kind].name;
}
