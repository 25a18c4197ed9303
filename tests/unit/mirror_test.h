/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mirror_test.h - for tests of the simulated machine: a small one, threads,
 * and tests of what it refuses, whose body must abort and say why.
 */
#ifndef _MIRROR_TEST_H
#define _MIRROR_TEST_H

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <quarry_mirror.h>

#define ARENA_BYTES	(32UL << 20)

static inline void begin_nodes(unsigned long nodes, bool fill)
{
	struct mirror_config config = {
		.arena_bytes = ARENA_BYTES,
		.nodes = nodes,
		.cpus = 8,
		.fill = fill,
		.seed = 1,
	};

	if (mirror_machine_init(&config))
		abort();
}

/* Eight CPUs, two of them the machine's own, and two nodes. */
static inline void begin(void)
{
	begin_nodes(3, false);
}

static inline void in_thread(void *(*fn)(void *data), void *data)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, fn, data))
		abort();
	pthread_join(thread, NULL);
}

/* Everything the child says on stderr, until it ends. */
static inline void death_read(int fd, char *said, size_t size)
{
	size_t len = 0;
	ssize_t got;

	while (len + 1 < size && (got = read(fd, said + len, size - 1 - len)) > 0)
		len += got;
	said[len] = '\0';
	close(fd);
}

/* Whether @body aborts with @text in its last words. */
static inline bool death_of(void (*body)(void), const char *text)
{
	int fd[2], status = 0;
	char said[1024];
	pid_t child;

	if (pipe(fd))
		return false;
	child = fork();
	if (!child) {
		dup2(fd[1], STDERR_FILENO);
		close(fd[0]);
		body();
		_exit(0);
	}
	close(fd[1]);
	death_read(fd[0], said, sizeof(said));
	waitpid(child, &status, 0);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT &&
	    strstr(said, text))
		return true;
	printf("# wanted: abort with \"%s\"; status %#x, said: %s\n", text,
	       status, said);
	return false;
}

/* A test that passes when what follows aborts with @text. */
#define TEST_DEATH(name, text)						\
	static void name##_body(void);					\
	TEST(name)							\
	{								\
		EXPECT_TRUE(death_of(name##_body, text));		\
	}								\
	static void name##_body(void)

#endif /* _MIRROR_TEST_H */
