// SPDX-License-Identifier: GPL-2.0-only
/*
 * cpus.c - counts what CPUs share instead of timing it: locks taken, magazines
 * exchanged with depots, and bytes parked in magazines.  One thread of the
 * mirror plays all CPUs, one after the other, so that it comes out the same
 * each time.  Prints a CSV; tests/bench/cpus makes a table of it.
 *
 * usage: cpus CPUS...
 */
#include <linux/kernel.h>
#include <linux/err.h>

#include <stdio.h>
#include <stdlib.h>

#include <quarry/quarry.h>

#include "machine.h"

#define OBJECT_BYTES	256U
/* What a CPU does in one turn: so many allocations at most, or frees. */
#define BURST		256U
/* Operations of a CPU before counting begins: magazines adapt; and in it. */
#define WARM		100000UL
#define COUNTED		50000UL
#define CPUS_MAX	256U
/* Objects on their way to a CPU at most. */
#define INBOX		8192U

enum { LOCK_NODE, LOCK_DEPOT, LOCK_OTHER, NR_LOCKS };

struct inbox {
	unsigned int nr;
	void *object[INBOX];
};

static struct quarry_cache *cache;
static struct inbox *inbox;
static unsigned int nr_cpus;
static unsigned long locks[NR_LOCKS];
static unsigned long ops;
static u64 random_state;

/* ------------------------------------------------------------- machine */

static void count_lock(const char *name)
{
	if (strstr(name, "depot"))
		locks[LOCK_DEPOT]++;
	else if (strstr(name, "node->lock"))
		locks[LOCK_NODE]++;
	else
		locks[LOCK_OTHER]++;
}

/* This thread is another CPU from here on. */
static void become(unsigned int cpu)
{
	mirror_cpu = &mirror_cpus[cpu];
}

static unsigned int below(unsigned int limit)
{
	random_state = random_state * 6364136223846793005ULL +
		       1442695040888963407ULL;
	return (random_state >> 33) % limit;
}

static __attribute__((noreturn)) void die(const char *what)
{
	fprintf(stderr, "cpus: %s\n", what);
	exit(1);
}

/* The value of a line of the cache's stats. */
static unsigned long long stat_of(const char *name)
{
	unsigned long long value = 0;
	size_t len = strlen(name), size;
	char *text, *line, *rest;
	FILE *to = open_memstream(&text, &size);

	if (!to || mirror_report("cache/cpus/stats", to))
		die("no report");
	fclose(to);
	rest = text;
	while ((line = strsep(&rest, "\n")))
		if (!strncmp(line, name, len) && line[len] == ' ')
			break;
	if (!line)
		die(name);
	value = strtoull(line + len, NULL, 10);
	free(text);
	return value;
}

/* ------------------------------------------------------------ patterns */

static void get(struct inbox *to, unsigned int nr)
{
	for (; nr && to->nr < INBOX; nr--, ops++) {
		void *object = quarry_cache_alloc(cache, GFP_KERNEL);

		if (!object)
			die("out of memory");
		to->object[to->nr++] = object;
	}
}

/* In random order, as real frees come. */
static void put(struct inbox *from, unsigned int nr)
{
	for (; nr && from->nr; nr--, ops++) {
		unsigned int at = below(from->nr);
		void *object = from->object[at];

		from->object[at] = from->object[--from->nr];
		quarry_cache_free(cache, object);
	}
}

/* Every CPU has objects of its own. */
static void turn_same(unsigned int cpu)
{
	get(&inbox[cpu], 1 + below(BURST));
	put(&inbox[cpu], 1 + below(BURST));
	if (inbox[cpu].nr > 2 * BURST)
		put(&inbox[cpu], inbox[cpu].nr);
}

/* An even CPU allocates, the odd one behind it frees. */
static void turn_pairs(unsigned int cpu)
{
	if (cpu % 2)
		put(&inbox[cpu], INBOX);
	else
		get(&inbox[cpu + 1], 1 + below(BURST));
}

/* Every CPU allocates, and any other frees. */
static void turn_all(unsigned int cpu)
{
	unsigned int nr = 1 + below(BURST);

	while (nr--)
		get(&inbox[below(nr_cpus)], 1);
	put(&inbox[cpu], INBOX);
}

static const struct pattern {
	const char *name;
	void (*turn)(unsigned int cpu);
	unsigned int min_cpus;
} patterns[] = {
	{ "same-cpu", turn_same, 1 },
	{ "producer-consumer", turn_pairs, 2 },
	{ "all-to-all", turn_all, 2 },
};

/* ------------------------------------------------------------- running */

static void run(const struct pattern *pattern, unsigned long wanted)
{
	unsigned int cpu;

	for (ops = 0; ops < wanted;) {
		for (cpu = 0; cpu < nr_cpus; cpu++) {
			become(cpu);
			pattern->turn(cpu);
		}
	}
	become(0);
}

static void print(const struct pattern *pattern, unsigned long long exchanges)
{
	unsigned long sum = locks[LOCK_NODE] + locks[LOCK_DEPOT] +
			    locks[LOCK_OTHER];
	double thousands = ops / 1000.0;
	unsigned long long parked = stat_of("cached_objs");

	printf("%s,%u,%.3f,%.3f,%.3f,%.3f,%.3f,%llu,%llu,%llu\n",
	       pattern->name, nr_cpus, sum / thousands,
	       locks[LOCK_NODE] / thousands, locks[LOCK_DEPOT] / thousands,
	       locks[LOCK_OTHER] / thousands, exchanges / thousands,
	       parked, parked * stat_of("stride_bytes"), stat_of("meta_bytes"));
}

static void measure(const struct pattern *pattern)
{
	unsigned long long exchanges;
	unsigned int cpu;

	random_state = 1;
	cache = quarry_cache_create("cpus", OBJECT_BYTES, 0, 0, NULL);
	inbox = calloc(nr_cpus, sizeof(*inbox));
	if (IS_ERR(cache) || !inbox)
		die("out of memory");
	run(pattern, WARM * nr_cpus);
	exchanges = stat_of("depot_exchanges");
	memset(locks, 0, sizeof(locks));
	mirror_lock_taken = count_lock;
	run(pattern, COUNTED * nr_cpus);
	mirror_lock_taken = NULL;
	print(pattern, stat_of("depot_exchanges") - exchanges);
	for (cpu = 0; cpu < nr_cpus; cpu++)
		put(&inbox[cpu], INBOX);
	free(inbox);
	if (quarry_cache_destroy(cache))
		die("objects were left in the cache");
}

/* A machine of @nr_cpus CPUs, and two of its own. */
static void measure_all(void)
{
	struct mirror_config config = {
		.arena_bytes = 2UL << 30,
		.nodes = 1,
		.cpus = max(nr_cpus + 2, 4U),
		.seed = 1,
	};
	unsigned int i, cpu;

	if (mirror_init(&config))
		die("the mirror does not start");
	for (cpu = 1; cpu < nr_cpus; cpu++)
		mirror_cpu_attach_as(cpu);
	become(0);
	for (i = 0; i < ARRAY_SIZE(patterns); i++)
		if (nr_cpus >= patterns[i].min_cpus)
			measure(&patterns[i]);
	for (cpu = 1; cpu < nr_cpus; cpu++) {
		become(cpu);
		mirror_cpu_detach();
	}
	become(0);
	if (mirror_exit())
		die("the mirror is not empty at its end");
}

int main(int argc, char **argv)
{
	int i;

	if (argc < 2)
		die("usage: cpus CPUS...");
	printf("pattern,cpus,locks,node_locks,depot_locks,other_locks,exchanges,parked_objs,parked_bytes,meta_bytes\n");
	for (i = 1; i < argc; i++) {
		nr_cpus = atoi(argv[i]);
		if (!nr_cpus || nr_cpus > CPUS_MAX)
			die("CPUs: 1 to 256");
		measure_all();
	}
	return 0;
}
