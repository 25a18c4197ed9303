// SPDX-License-Identifier: GPL-2.0-only
/*
 * play.c - plays one workload on one side and prints one line:
 *	time,WORKLOAD,SIDE,pairs in a round,CPU ns a round...
 *	memory,WORKLOAD,SIDE,asked,resident,resident at most,pages of the mirror
 * in bytes, at the moment of most live bytes, above what the process had
 * before.  What malloc is, is decided by whoever starts it, with LD_PRELOAD.
 *
 * usage: play [-m] [-n rounds] -s side STREAM	(a file, unpacked)
 *        play [-n rounds] -s side -c live
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "play.h"

#define ROUNDS_MAX	1000

static void fail(const char *what, const char *why)
{
	fprintf(stderr, "play: %s: %s\n", what, why);
	exit(1);
}

/* The file's pages are there, and shared with the page cache. */
static const void *map_file(const char *path, unsigned long *len)
{
	struct stat stat;
	void *data;
	int fd = open(path, O_RDONLY);

	if (fd < 0 || fstat(fd, &stat))
		fail(path, "cannot be read");
	*len = stat.st_size;
	data = mmap(NULL, *len, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
	close(fd);
	if (data == MAP_FAILED)
		fail(path, "cannot be mapped");
	return data;
}

static void play_time(struct player *player, const char *side,
		      unsigned int rounds)
{
	static unsigned long long ns[ROUNDS_MAX];
	const struct player_result *r = player_result(player);
	unsigned long long pairs;
	unsigned int i;

	/* The first two fill caches and magazines. */
	for (i = 0; i < rounds + 2; i++) {
		unsigned long long start = side_cpu_ns();

		player_peak(player);
		player_finish(player);
		if (i >= 2)
			ns[i - 2] = side_cpu_ns() - start;
	}
	pairs = r->allocs / (rounds + 2);
	printf("time,%s,%s,%llu", player_stream(player)->title, side, pairs);
	for (i = 0; i < rounds; i++)
		printf(",%llu", ns[i]);
	putchar('\n');
}

static void play_memory(struct player *player, const char *side,
			long long before, long long pages)
{
	long long now;

	player_peak(player);
	now = side_resident();
	pages = side_pages() - pages;
	player_finish(player);
	printf("memory,%s,%s,%llu,%lld,%lld,%lld\n",
	       player_stream(player)->title, side,
	       player_result(player)->peak_asked_bytes, now - before,
	       side_resident_max() - before, pages);
}

static int play_stream(const struct player_target *target, const char *path,
		       const char *side, unsigned int rounds, int memory)
{
	unsigned long len, error_at;
	const void *data = map_file(path, &len);
	long long before, pages;
	const struct player_result *r;
	struct player *player;
	const char *error;

	player = player_open(&side_world, data, len, &error, &error_at);
	if (!player)
		fail(path, error);
	r = player_result(player);
	before = side_resident();
	pages = side_pages();
	side_resident_reset();
	if (player_begin(player, target, NULL, 0))
		fail(path, "the side cannot begin");
	if (memory)
		play_memory(player, side, before, pages);
	else
		play_time(player, side, rounds);
	if (player_end(player) || r->failures)
		fail(path, "allocations failed, or objects are left");
	player_close(player);
	return 0;
}

static void usage(void)
{
	fputs("usage: play [-m] [-n rounds] -s side STREAM\n"
	      "       play [-n rounds] -s side -c live\n", stderr);
	exit(2);
}

static unsigned int number(const char *text, unsigned long max)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (*end || !value || value > max)
		usage();
	return value;
}

int main(int argc, char **argv)
{
	static char buffer[1 << 16];
	unsigned int rounds = 10, live = 0;
	const struct player_target *target;
	const char *side = NULL;
	int option, memory = 0, bad;

	/* Nothing of our own may come out of the heap that is measured. */
	setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
	/* The same for all: pages of 4 KiB. */
	prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	while ((option = getopt(argc, argv, "mn:s:c:")) != -1) {
		switch (option) {
		case 'm':
			memory = 1;
			break;
		case 'n':
			rounds = number(optarg, ROUNDS_MAX);
			break;
		case 's':
			side = optarg;
			break;
		case 'c':
			live = number(optarg, 100000000);
			break;
		default:
			usage();
		}
	}
	if (!side || argc - optind != !live || (live && memory))
		usage();
	target = side_open(side, memory);
	if (!target)
		fail(side, "no such side, or no such level");
	bad = live ? churn(target, side, live, rounds) :
		     play_stream(target, argv[optind], side, rounds, memory);
	if (side_close())
		fail(side, "something is left behind");
	if (fflush(stdout))
		fail("standard output", "cannot be written");
	return bad ? 1 : 0;
}
