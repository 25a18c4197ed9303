// SPDX-License-Identifier: GPL-2.0-only
/*
 * stream.c - decodes a captured allocation stream.  The input is not trusted:
 * every number is checked against its limit and every read against the end,
 * and what qrys_next() returns can be played without another check.
 */
#include "stream.h"

#define NO_SLOT		0xffffffffu

static int bad(struct qrys_stream *s, const char *why)
{
	if (!s->error) {
		s->error = why;
		s->error_at = s->pos;
	}
	return -1;
}

static int read_number(struct qrys_stream *s, unsigned int *value)
{
	unsigned long long sum = 0;
	unsigned int shift;

	for (shift = 0; shift < 35; shift += 7) {
		unsigned char byte;

		if (s->pos >= s->len)
			return bad(s, "ends inside a number");
		byte = s->data[s->pos++];
		sum |= (unsigned long long)(byte & 0x7f) << shift;
		if (byte & 0x80)
			continue;
		if (sum > 0xffffffffu)
			return bad(s, "number exceeds 32 bits");
		*value = sum;
		return 0;
	}
	return bad(s, "number exceeds 5 bytes");
}

/* A count of things that take at least one byte each of what is left. */
static int read_count(struct qrys_stream *s, unsigned int max,
		      unsigned int *value)
{
	if (read_number(s, value))
		return -1;
	if (*value > max)
		return bad(s, "count above its limit");
	if (*value > s->len - s->pos)
		return bad(s, "count exceeds the file");
	return 0;
}

static int read_name(struct qrys_stream *s, const char **name)
{
	unsigned int len, i;

	if (read_number(s, &len))
		return -1;
	if (!len || len > QRYS_NAME_MAX)
		return bad(s, "name empty or too long");
	if (s->len - s->pos < len + 1)
		return bad(s, "ends inside a name");
	for (i = 0; i < len; i++) {
		unsigned char byte = s->data[s->pos + i];

		if (byte < '!' || byte > '~')
			return bad(s, "name with an odd character");
	}
	if (s->data[s->pos + len])
		return bad(s, "name without its NUL");
	*name = (const char *)s->data + s->pos;
	s->pos += len + 1;
	return 0;
}

int qrys_open(struct qrys_stream *s, const void *data, unsigned long len)
{
	unsigned int version, i;

	*s = (struct qrys_stream){ .data = data, .len = len };
	for (i = 0; i < 4; i++, s->pos++)
		if (len <= i || s->data[i] != (unsigned char)"QRYS"[i])
			return bad(s, "does not begin with QRYS");
	if (read_number(s, &version))
		return -1;
	if (version != QRYS_VERSION)
		return bad(s, "version not known");
	if (read_count(s, QRYS_CACHES_MAX, &s->nr_caches) ||
	    read_count(s, QRYS_SITES_MAX, &s->nr_sites) ||
	    read_count(s, QRYS_KINDS_MAX, &s->nr_kinds) ||
	    read_count(s, QRYS_SLOTS_MAX, &s->nr_slots) ||
	    read_count(s, QRYS_EVENTS_MAX, &s->nr_events))
		return -1;
	if (s->nr_slots > s->nr_events)
		return bad(s, "more slots than events");
	if (read_name(s, &s->title) || read_name(s, &s->kernel))
		return -1;
	s->freed = NO_SLOT;
	return 0;
}

static int read_kind(struct qrys_stream *s, struct qrys_kind *kind)
{
	unsigned int cache;

	if (read_number(s, &kind->site) || read_number(s, &cache) ||
	    read_number(s, &kind->size) || read_number(s, &kind->gfp))
		return -1;
	if (kind->site >= s->nr_sites)
		return bad(s, "site out of range");
	if (cache > s->nr_caches)
		return bad(s, "cache out of range");
	if (!kind->size || kind->size > QRYS_SIZE_MAX)
		return bad(s, "size out of range");
	if (kind->gfp > QRYS_GFP_MAX)
		return bad(s, "gfp out of range");
	kind->cache = cache ? cache - 1 : QRYS_KMALLOC;
	if (cache && kind->size != s->cache[kind->cache].size)
		return bad(s, "size is not that of the cache");
	return 0;
}

int qrys_tables(struct qrys_stream *s)
{
	unsigned int i;

	for (i = 0; i < s->nr_caches; i++) {
		struct qrys_cache *cache = &s->cache[i];

		if (read_number(s, &cache->size) || read_name(s, &cache->name))
			return -1;
		if (!cache->size || cache->size > QRYS_SIZE_MAX)
			return bad(s, "size of a cache out of range");
	}
	for (i = 0; i < s->nr_sites; i++)
		if (read_name(s, &s->site[i].name))
			return -1;
	for (i = 0; i < s->nr_kinds; i++)
		if (read_kind(s, &s->kind[i]))
			return -1;
	return 0;
}

static int next_alloc(struct qrys_stream *s, unsigned int kind,
		      struct qrys_event *event)
{
	unsigned int slot = s->freed;

	if (kind >= s->nr_kinds)
		return bad(s, "kind out of range");
	if (slot != NO_SLOT) {
		s->freed = s->slot[slot].next;
	} else {
		if (s->fresh >= s->nr_slots)
			return bad(s, "more live objects than slots");
		slot = s->fresh++;
	}
	s->slot[slot].live = 1;
	s->slot[slot].kind = kind;
	event->op = QRYS_ALLOC;
	event->slot = slot;
	return 1;
}

static int next_free(struct qrys_stream *s, unsigned int zigzag,
		     struct qrys_event *event)
{
	unsigned int slot = s->last + ((zigzag >> 1) ^ -(zigzag & 1));

	if (slot >= s->fresh || !s->slot[slot].live)
		return bad(s, "free of a slot that holds nothing");
	s->slot[slot].live = 0;
	s->slot[slot].next = s->freed;
	s->freed = slot;
	event->op = QRYS_FREE;
	event->slot = slot;
	return 1;
}

int qrys_next(struct qrys_stream *s, struct qrys_event *event)
{
	unsigned int number;
	int ret;

	if (s->error)
		return -1;
	if (s->event == s->nr_events)
		return s->pos == s->len ? 0 : bad(s, "bytes after the end");
	for (;;) {
		if (read_number(s, &number))
			return -1;
		if ((number & 3) != 2)
			break;
		s->cpu = number >> 2;
		if (s->cpu >= QRYS_CPUS_MAX)
			return bad(s, "CPU out of range");
	}
	switch (number & 3) {
	case 0:
		ret = next_alloc(s, number >> 2, event);
		break;
	case 1:
		ret = next_free(s, number >> 2, event);
		break;
	default:
		return bad(s, "event not known");
	}
	if (ret < 0)
		return ret;
	event->kind = s->slot[event->slot].kind;
	event->cpu = s->cpu;
	s->last = event->slot;
	s->event++;
	return 1;
}
