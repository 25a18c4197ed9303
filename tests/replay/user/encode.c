// SPDX-License-Identifier: GPL-2.0-only
/*
 * encode.c - turns the text of a kmem trace (stdin) into a stream (stdout).
 *
 *	encode TITLE [SITE...] < trace > TITLE.qs
 *
 * Events of the named SITEs are left out: the tracer's own.  Frees of objects
 * that are older than the trace are left out too.  Some frees leave no event
 * (bulk frees, kfree_rcu): they are taken to have happened when new memory is
 * handed out where the object lay.  6.1 names the cache only when an object is
 * freed; objects never freed take the name their call site gave to others.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../stream.h"

#define NONE		0xffffffffu
#define OVERLAP_MAX	8192		/* bytes looked back for stale objects */
#define LINE_MAX_BYTES	1024

/* One allocation, or one free (@object is then the allocation's index). */
struct event {
	unsigned long long ptr;
	unsigned int site, size, gfp, cpu;
	unsigned int given;		/* bytes the kernel's allocator gave */
	unsigned int cache_name;	/* NONE until a free names it */
	unsigned int kind;
	unsigned int object;
	char op;			/* 'k' kmalloc, 'c' cache, 'f' free */
	char live;
};

/* Strings, or anything else, numbered in order of appearance. */
struct table {
	char **name;
	unsigned int nr, max;
};

static struct event *events;
static unsigned int nr_events, max_events;
static struct table sites, names, cache_names, kind_names;
static struct qrys_kind *kinds;
static unsigned int *kind_uses, *kind_order, *kind_rank;
static unsigned int implied, foreign, nr_live, max_live;

/* Live objects by address: open addressing, entries are never removed. */
#define MAP_SIZE	(1u << 23)
static struct { unsigned long long ptr; unsigned int event; } *map;

static void die(const char *why)
{
	fprintf(stderr, "encode: %s\n", why);
	exit(1);
}

static void *grow(void *old, unsigned int nr, unsigned int *max, size_t size)
{
	if (nr < *max)
		return old;
	*max = *max ? *max * 2 : 1024;
	old = realloc(old, *max * size);
	if (!old)
		die("out of memory");
	return old;
}

static unsigned int intern(struct table *table, const char *name)
{
	unsigned int i;

	for (i = 0; i < table->nr; i++)
		if (!strcmp(table->name[i], name))
			return i;
	table->name = grow(table->name, table->nr, &table->max, sizeof(char *));
	table->name[table->nr] = strdup(name);
	return table->nr++;
}

static unsigned int *find(unsigned long long ptr, int create)
{
	unsigned int i = (ptr * 0x9e3779b97f4a7c15ull) >> 41;

	for (; map[i].ptr != ptr; i = (i + 1) & (MAP_SIZE - 1)) {
		if (map[i].ptr)
			continue;
		if (!create)
			return NULL;
		map[i].ptr = ptr;
		map[i].event = NONE;
		break;
	}
	return &map[i].event;
}

static struct event *add(char op)
{
	struct event *event;

	events = grow(events, nr_events, &max_events, sizeof(*events));
	event = &events[nr_events++];
	memset(event, 0, sizeof(*event));
	event->op = op;
	event->cache_name = NONE;
	return event;
}

static void add_free(unsigned int object, unsigned int cpu)
{
	struct event *event = add('f');

	event->object = object;
	event->cpu = cpu;
	events[object].live = 0;
	*find(events[object].ptr, 0) = NONE;
	nr_live--;
}

/* Whatever lies in [ptr, ptr + given) must have been freed unseen. */
static void free_overlapped(unsigned long long ptr, unsigned int given,
			    unsigned int cpu)
{
	unsigned long long at = ptr - OVERLAP_MAX;

	for (; at < ptr + given; at += 8) {
		unsigned int *entry = find(at, 0);

		if (!entry || *entry == NONE)
			continue;
		if (at + events[*entry].given <= ptr)
			continue;
		add_free(*entry, cpu);
		implied++;
	}
}

static const char *field(const char *line, const char *key)
{
	const char *at = strstr(line, key);

	return at ? at + strlen(key) : NULL;
}

static unsigned int gfp_class(const char *flags)
{
	char word[256];
	unsigned int gfp = QRYS_GFP_KERNEL;

	if (sscanf(flags, "%255s", word) != 1)
		die("no gfp flags");
	if (strstr(word, "GFP_ATOMIC"))
		gfp = QRYS_GFP_ATOMIC;
	else if (strstr(word, "GFP_NOWAIT"))
		gfp = QRYS_GFP_NOWAIT;
	else if (strstr(word, "GFP_NOFS") || strstr(word, "GFP_NOIO"))
		gfp = QRYS_GFP_NOFS;
	if (strstr(word, "__GFP_ZERO"))
		gfp |= QRYS_GFP_ZERO;
	return gfp;
}

static void on_alloc(const char *line, char op, unsigned int cpu,
		     unsigned long long ptr, const char *site)
{
	const char *req = field(line, "bytes_req=");
	const char *given = field(line, "bytes_alloc=");
	const char *gfp = field(line, "gfp_flags=");
	struct event *event;

	if (!req || !given || !gfp)
		die("allocation without its fields");
	if (ptr <= 16)
		return;
	free_overlapped(ptr, strtoul(given, NULL, 10), cpu);
	event = add(op);
	event->ptr = ptr;
	event->cpu = cpu;
	event->site = intern(&sites, site);
	event->size = strtoul(req, NULL, 10);
	event->given = strtoul(given, NULL, 10);
	event->gfp = gfp_class(gfp);
	event->live = 1;
	*find(ptr, 1) = nr_events - 1;
	if (++nr_live > max_live)
		max_live = nr_live;
}

static void on_free(const char *line, unsigned int cpu, unsigned long long ptr)
{
	const char *name = field(line, " name=");
	unsigned int *entry = find(ptr, 0);
	char word[QRYS_NAME_MAX + 1];

	if (ptr <= 16)
		return;
	if (!entry || *entry == NONE) {
		foreign++;
		return;
	}
	if (name && events[*entry].op == 'c' && sscanf(name, "%63s", word) == 1)
		events[*entry].cache_name = intern(&names, word);
	add_free(*entry, cpu);
}

static int excluded(const char *site, char **list)
{
	for (; *list; list++)
		if (!strncmp(site, *list, strlen(*list)) &&
		    site[strlen(*list)] == '+')
			return 1;
	return 0;
}

static void on_line(const char *line, char **exclude)
{
	const char *cpu = strchr(line, '['), *at = field(line, "call_site=");
	const char *ptr = field(line, "ptr=");
	char site[QRYS_NAME_MAX + 1];
	unsigned long long value;
	unsigned int nr;

	if (line[0] == '#' || !at || !ptr || !cpu)
		return;
	if (sscanf(at, "%63[^/ ]", site) != 1)
		die("no call site");
	if (excluded(site, exclude))
		return;
	value = strtoull(ptr, NULL, 16);
	nr = strtoul(cpu + 1, NULL, 10);
	if (strstr(line, " kmalloc: "))
		on_alloc(line, 'k', nr, value, site);
	else if (strstr(line, " kmem_cache_alloc: "))
		on_alloc(line, 'c', nr, value, site);
	else if (strstr(line, " kfree: ") || strstr(line, " kmem_cache_free: "))
		on_free(line, nr, value);
}

/* Gives a name to the caches of objects whose free was not seen. */
static void name_caches(void)
{
	unsigned int i, j, unnamed = 0;
	char word[QRYS_NAME_MAX + 1];

	for (i = 0; i < nr_events; i++) {
		struct event *event = &events[i];

		if (event->op != 'c' || event->cache_name != NONE)
			continue;
		for (j = 0; j < nr_events; j++)
			if (events[j].op == 'c' &&
			    events[j].cache_name != NONE &&
			    events[j].site == event->site &&
			    events[j].size == event->size)
				break;
		if (j < nr_events) {
			event->cache_name = events[j].cache_name;
			continue;
		}
		unnamed++;
		snprintf(word, sizeof(word), "unnamed-%u", event->size);
		event->cache_name = intern(&names, word);
	}
	fprintf(stderr, "%u objects of unnamed caches, ", unnamed);
}

/* Numbers caches (a name and a size) and kinds, the most used kind first. */
static int by_use(const void *a, const void *b)
{
	unsigned int x = *(const unsigned int *)a, y = *(const unsigned int *)b;

	if (kind_uses[x] != kind_uses[y])
		return kind_uses[x] < kind_uses[y] ? 1 : -1;
	return x < y ? -1 : x > y;
}

static unsigned int cache_of(const struct event *event)
{
	char word[2 * QRYS_NAME_MAX];

	if (event->op == 'k')
		return QRYS_KMALLOC;
	snprintf(word, sizeof(word), "%u %s", event->size,
		 names.name[event->cache_name]);
	return intern(&cache_names, word);
}

static void number_kinds(void)
{
	unsigned int i, max_kinds = 0, max_uses = 0;
	char word[128];

	for (i = 0; i < nr_events; i++) {
		struct event *e = &events[i];
		unsigned int cache, known = kind_names.nr;

		if (e->op == 'f')
			continue;
		cache = cache_of(e);
		snprintf(word, sizeof(word), "%u %u %u %u", e->site, cache,
			 e->size, e->gfp);
		e->kind = intern(&kind_names, word);
		if (e->kind == known) {
			kinds = grow(kinds, known, &max_kinds, sizeof(*kinds));
			kind_uses = grow(kind_uses, known, &max_uses,
					 sizeof(*kind_uses));
			kinds[known] = (struct qrys_kind){
				e->site, cache, e->size, e->gfp };
			kind_uses[known] = 0;
		}
		kind_uses[e->kind]++;
	}
}

static void rank_kinds(void)
{
	unsigned int i;

	kind_order = calloc(kind_names.nr, sizeof(int));
	kind_rank = calloc(kind_names.nr, sizeof(int));
	if (!kind_order || !kind_rank)
		die("out of memory");
	for (i = 0; i < kind_names.nr; i++)
		kind_order[i] = i;
	qsort(kind_order, kind_names.nr, sizeof(int), by_use);
	for (i = 0; i < kind_names.nr; i++)
		kind_rank[kind_order[i]] = i;
}

static void put(unsigned int value)
{
	for (; value >= 0x80; value >>= 7)
		putchar((value & 0x7f) | 0x80);
	putchar(value);
}

static void put_name(const char *name)
{
	put(strlen(name));
	fputs(name, stdout);
	putchar(0);
}

static void put_tables(const char *title, const char *kernel)
{
	unsigned int i;

	fputs("QRYS", stdout);
	put(QRYS_VERSION);
	put(cache_names.nr);
	put(sites.nr);
	put(kind_names.nr);
	put(max_live);
	put(nr_events);
	put_name(title);
	put_name(kernel);
	for (i = 0; i < cache_names.nr; i++) {
		put(strtoul(cache_names.name[i], NULL, 10));
		put_name(strchr(cache_names.name[i], ' ') + 1);
	}
	for (i = 0; i < sites.nr; i++)
		put_name(sites.name[i]);
	for (i = 0; i < kind_names.nr; i++) {
		const struct qrys_kind *kind = &kinds[kind_order[i]];

		put(kind->site);
		put(kind->cache == QRYS_KMALLOC ? 0 : kind->cache + 1);
		put(kind->size);
		put(kind->gfp);
	}
}

/* 0, -1, 1, -2... as 0, 1, 2, 3... */
static unsigned int zigzag(unsigned int delta)
{
	return delta << 1 ^ -(delta >> 31);
}

static void put_events(void)
{
	unsigned int *slot_of = calloc(nr_events, sizeof(int));
	unsigned int *stack = calloc(max_live + 1, sizeof(int));
	unsigned int i, slot, nr_free = 0, fresh = 0, last = 0, cpu = 0;

	if (!slot_of || !stack)
		die("out of memory");
	for (i = 0; i < nr_events; i++) {
		struct event *event = &events[i];

		if (event->cpu != cpu) {
			cpu = event->cpu;
			put(cpu << 2 | 2);
		}
		if (event->op == 'f') {
			slot = slot_of[event->object];
			put(zigzag(slot - last) << 2 | 1);
			stack[nr_free++] = slot;
		} else {
			slot = nr_free ? stack[--nr_free] : fresh++;
			slot_of[i] = slot;
			put(kind_rank[event->kind] << 2);
		}
		last = slot;
	}
	free(slot_of);
	free(stack);
}

int main(int argc, char **argv)
{
	static char line[LINE_MAX_BYTES], kernel[QRYS_NAME_MAX + 1] = "unknown";

	if (argc < 2) {
		fprintf(stderr, "usage: encode TITLE [SITE...] < trace > stream\n");
		return 2;
	}
	map = calloc(MAP_SIZE, sizeof(*map));
	if (!map)
		die("out of memory");
	while (fgets(line, sizeof(line), stdin)) {
		if (sscanf(line, "# kernel %63s", kernel) == 1)
			continue;
		on_line(line, argv + 2);
	}
	if (!nr_events)
		die("no events in the trace");
	fprintf(stderr, "%s: %u events, %u slots, %u never freed, ", argv[1],
		nr_events, max_live, nr_live);
	fprintf(stderr, "%u frees of older objects left out, %u frees implied, ",
		foreign, implied);
	name_caches();
	number_kinds();
	rank_kinds();
	if (kind_names.nr > QRYS_KINDS_MAX || sites.nr > QRYS_SITES_MAX ||
	    cache_names.nr > QRYS_CACHES_MAX || max_live > QRYS_SLOTS_MAX ||
	    nr_events > QRYS_EVENTS_MAX)
		die("trace exceeds a limit of the format");
	put_tables(argv[1], kernel);
	put_events();
	fprintf(stderr, "%u caches, %u sites, %u kinds\n", cache_names.nr,
		sites.nr, kind_names.nr);
	if (fflush(stdout) || ferror(stdout))
		die("cannot write");
	return 0;
}
