// SPDX-License-Identifier: GPL-2.0-only
/*
 * replay.c - plays captured allocation streams in userspace.
 *
 * usage: replay [-m] [-q] [-n rounds] [-t threads] [-r report] FILE...
 *   -m  into the C library's malloc instead of the mirror
 *   -q  do not check what objects contain
 *   -n  how often the stream is played
 *   -t  this many threads play it at once, into the same caches and heap
 *   -r  print the mirror's report of that name ("caches", "sites"...) at the
 *       moment of most live bytes
 *
 * Exit status 1: a bad stream, or an object that was not what it should be.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../target_quarry.h"
#include "user.h"

#define THREADS_MAX	32

struct job {
	pthread_t thread;
	struct player *player;
	const struct player_target *target;
	void *state;
	const char *report;
	unsigned int rounds;
	int verify;
	int failed;
};

static void *job_run(void *arg)
{
	struct job *job = arg;
	unsigned int i;

	if (player_begin(job->player, job->target, job->state, job->verify)) {
		job->failed = 1;
		return NULL;
	}
	for (i = 0; i < job->rounds; i++) {
		job->failed |= player_peak(job->player);
		if (!i && job->report)
			job->failed |= user_mirror_report(job->report);
		job->failed |= player_finish(job->player);
	}
	if (player_end(job->player))
		job->failed = 1;
	return NULL;
}

static int job_report(const struct job *job)
{
	const struct player_result *r = player_result(job->player);
	char text[2048];

	player_print(job->player, text, sizeof(text));
	fputs(text, stdout);
	return job->failed || r->failures || r->mismatches || r->not_zeroed;
}

/* Threads with a player each, all on the caches and the heap of one share. */
static int play_shared(struct job *jobs, unsigned int threads)
{
	struct user_share share = {
		.target = jobs->target, .target_state = jobs->state,
	};
	struct user_part parts[THREADS_MAX];
	unsigned int i;

	if (user_share_begin(&share, player_stream(jobs->player)))
		return 1;
	for (i = 0; i < threads; i++) {
		parts[i].share = &share;
		jobs[i].target = &user_shared;
		jobs[i].state = &parts[i];
		if (pthread_create(&jobs[i].thread, NULL, job_run, &jobs[i]))
			abort();
	}
	for (i = 0; i < threads; i++)
		pthread_join(jobs[i].thread, NULL);
	return user_share_end(&share) ? 1 : 0;
}

static int play_file(const char *path, const struct job *model,
		     unsigned int threads)
{
	struct job jobs[THREADS_MAX];
	unsigned long len, error_at;
	const char *error;
	unsigned int i;
	int bad = 0;
	void *data = user_read(path, &len);

	if (!data)
		return 1;
	for (i = 0; i < threads; i++) {
		jobs[i] = *model;
		jobs[i].player = player_open(&user_world, data, len, &error,
					     &error_at);
		if (jobs[i].player)
			continue;
		fprintf(stderr, "%s: byte %lu: %s\n", path, error_at, error);
		exit(1);
	}
	if (threads > 1)
		bad = play_shared(jobs, threads);
	else
		job_run(&jobs[0]);
	for (i = 0; i < threads; i++) {
		bad |= job_report(&jobs[i]);
		player_close(jobs[i].player);
	}
	free(data);
	return bad;
}

static void usage(void)
{
	fputs("usage: replay [-m] [-q] [-n rounds] [-t threads]"
	      " [-r report] FILE...\n",
	      stderr);
	exit(2);
}

static unsigned int number(const char *text, unsigned int max)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (*end || !value || value > max)
		usage();
	return value;
}

int main(int argc, char **argv)
{
	struct job model = {
		.target = &target_quarry, .rounds = 1, .verify = 1,
	};
	unsigned int threads = 1;
	int option, bad = 0;

	while ((option = getopt(argc, argv, "mqn:t:r:")) != -1) {
		switch (option) {
		case 'm':
			model.target = &user_malloc;
			break;
		case 'q':
			model.verify = 0;
			break;
		case 'n':
			model.rounds = number(optarg, 1000000);
			break;
		case 't':
			threads = number(optarg, THREADS_MAX);
			break;
		case 'r':
			model.report = optarg;
			break;
		default:
			usage();
		}
	}
	if (optind == argc)
		usage();
	if (model.report && (model.target != &target_quarry || threads > 1))
		usage();
	if (model.target == &target_quarry)
		model.state = user_mirror_begin();
	for (; optind < argc; optind++)
		bad |= play_file(argv[optind], &model, threads);
	if (model.target == &target_quarry && user_mirror_end())
		bad = 1;
	return bad;
}
