// SPDX-License-Identifier: GPL-2.0-only
/*
 * oops.c - what quarry knows of the addresses that the kernel dies with: the
 * one that could not be accessed, and those in registers.  The locks that
 * it takes are the list's and those of the rings: under them nothing is touched
 * that one can die of.  In NMI they are only tried.
 */
#define pr_fmt(fmt) "quarry: " fmt

#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/preempt.h>
#include <linux/printk.h>
#include <linux/string.h>

#include "checks.h"
#include "finding.h"
#include "guard.h"
#include "layout.h"
#include "oops.h"
#include "site_text.h"
#include "slab.h"

/* What poison looks like when it is taken for a pointer. */
#define POISON_WORD	0x6b6b6b6b6b6b6b6bUL
/* How far members may be from there. */
#define POISON_REACH	4096UL

/* Where @address is, seen from @bytes bytes at @object. */
static const char *where(unsigned long address, unsigned long object, u32 bytes,
			 char *buf, size_t size)
{
	if (address < object)
		snprintf(buf, size, "%lu bytes before", object - address);
	else if (address - object < bytes)
		snprintf(buf, size, "byte %lu of", address - object);
	else if (address == object + bytes)
		strscpy(buf, "right behind the end of", size);
	else
		snprintf(buf, size, "%lu bytes behind the end of",
			 address - object - bytes);
	return buf;
}

static void tell_track(const char *what, const struct qr_track *track)
{
	char caller[QR_CALLER_TEXT] = "somewhere";
	u64 ms;

	if (!track->time_ns)
		return;
	if (track->caller)
		qr_caller_text(track->caller, caller, sizeof(caller));
	ms = div_u64(qr_time_ns() - track->time_ns, 1000000);
	pr_emerg("    %s %llu ms ago by %s[%u] on CPU %u%s%s\n", what, ms,
		 track->comm, track->pid, track->cpu,
		 track->caller ? " in " : "", track->caller ? caller : "");
}

static void tell_tag(u64 tag)
{
	char line[QR_SITE_LINE];

	if (qr_tag_site(tag))
		pr_emerg("    allocated at %s\n",
			 qr_site_line(qr_tag_site(tag), line, sizeof(line)));
}

static void tell_story(const char *name, unsigned long address,
		       const struct qr_guard_story *story)
{
	char text[48];

	pr_emerg("%s: 0x%lx is %s a %s object of %u bytes of \"%s\"\n", name,
		 address, where(address, story->object, story->asked, text,
				sizeof(text)),
		 story->live ? "live" : "freed", story->asked, story->owner);
	tell_tag(story->tag);
	tell_track("allocated", &story->born);
	tell_track("freed", &story->freed);
}

void qr_oops_address(unsigned long address, const unsigned long *call,
		     unsigned int nr)
{
	struct qr_guard_story story;

	if (!qr_guard_story(address, &story))
		return;
	tell_story("guard page", address, &story);
	/* The last, because it may be a panic. */
	qr_guard_found(&story, address, call, nr);
}

/* The same of an object in a slab.  Preemption is off. */
static void story_of(const struct qr_slab *slab, u32 index,
		     struct qr_guard_story *story)
{
	u64 tag = qr_tag_read(qr_tag_at(slab, index), slab->level);
	const struct qr_check *check = qr_slab_check(slab, index);

	*story = (struct qr_guard_story) {
		.object = (unsigned long)qr_slab_object(slab, index),
		.asked = qr_slab_bytes(slab),
		.live = tag,
		.tag = slab->level == QUARRY_LEVEL_OFF ? 0 : tag,
	};
	strscpy(story->owner, slab->cache->name, sizeof(story->owner));
	if (!check)
		return;
	story->tag = check->tag;
	story->born = check->born;
	story->freed = check->freed;
}

static bool slab_story(unsigned long address, struct qr_guard_story *story)
{
	struct qr_slab *slab;
	bool found = false;
	u32 index;

	preempt_disable();
	slab = qr_page_slab((void *)address);
	if (slab) {
		index = qr_slab_index(slab, address);
		found = index < slab->objects;
		if (found)
			story_of(slab, index, story);
	}
	preempt_enable();
	return found;
}

void qr_oops_register(const char *name, unsigned long value)
{
	struct qr_guard_story story;

	if (value - POISON_WORD < POISON_REACH) {
		pr_emerg("%s: 0x%lx is what poisoned memory looks like: read after free\n",
			 name, value);
		return;
	}
	if (qr_guard_story(value, &story) || slab_story(value, &story))
		tell_story(name, value, &story);
}
