// SPDX-License-Identifier: GPL-2.0-only
/*
 * roots.c - where a scan of the process looks, and where it does not: data,
 * heap, thread-local storage, stacks of threads that live and that ended,
 * registers; threads in the middle of anything; and the report at exit.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "quarry_mirror.h"
#include "qt.h"
#include "world.h"

FIXTURE(roots) {
	unsigned long hidden;
};

FIXTURE_SETUP(roots)
{
	static const struct world one_node = { .nodes = 0x1 };

	ASSERT_TRUE(world_begin(&one_node));
}

FIXTURE_TEARDOWN(roots)
{
	if (self->hidden)
		quarry_free((void *)~self->hidden);
	if (!world_end())
		abort();
}

/* Calls @keep with a new block, and leaves no copy behind. */
static noinline unsigned long give(void (*keep)(void *block))
{
	void *block = quarry_alloc(200, GFP_KERNEL);

	keep(block);
	return ~(unsigned long)block;
}

/* Lost blocks now; none may be indirect. */
static unsigned long lost(void)
{
	return mirror_scan(0) || mirror_indirect() ? ~0UL : mirror_lost();
}

/* ------------------------------------------------------------------ data */

static int roots_are_data;
static void *volatile in_data = (void *)&roots_are_data;
static void *volatile in_bss;
static void **in_heap;
static __thread void *volatile in_tls;

static void keep_in_data(void *block)
{
	in_data = block;
}

static void keep_in_bss(void *block)
{
	in_bss = block;
}

static void keep_in_heap(void *block)
{
	*(void *volatile *)in_heap = block;
}

static void keep_in_tls(void *block)
{
	in_tls = block;
}

static void keep_nowhere(void *block)
{
}

TEST_F(roots, initialised_data)
{
	self->hidden = give(keep_in_data);
	ASSERT_EQ(0, lost());
	in_data = NULL;
	ASSERT_EQ(1, lost());
}

TEST_F(roots, bss)
{
	self->hidden = give(keep_in_bss);
	ASSERT_EQ(0, lost());
	in_bss = NULL;
	ASSERT_EQ(1, lost());
}

TEST_F(roots, heap_of_the_c_library)
{
	in_heap = calloc(1, 100);
	self->hidden = give(keep_in_heap);
	ASSERT_EQ(0, lost());
	keep_in_heap(NULL);
	ASSERT_EQ(1, lost());
	free(in_heap);
}

TEST_F(roots, thread_local_storage)
{
	self->hidden = give(keep_in_tls);
	ASSERT_EQ(0, lost());
	in_tls = NULL;
	ASSERT_EQ(1, lost());
}

TEST_F(roots, nowhere)
{
	self->hidden = give(keep_nowhere);
	ASSERT_EQ(1, lost());
}

/* What it was freed with: a pointer to the other block. */
static noinline unsigned long give_through_freed(void)
{
	void *volatile *freed = quarry_alloc(200, GFP_KERNEL);
	void *block = quarry_alloc(200, GFP_KERNEL);

	freed[5] = block;
	in_bss = (void *)freed;
	quarry_free((void *)freed);
	return ~(unsigned long)block;
}

/* Until blocks of that size go through magazines. */
static noinline void warm_up(void)
{
	void *block[100];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(block); i++)
		block[i] = quarry_alloc(200, GFP_KERNEL);
	for (i = 0; i < ARRAY_SIZE(block); i++)
		quarry_free(block[i]);
	memset(block, 0, sizeof(block));
	barrier_data(block);
}

TEST_F(roots, a_freed_block_that_something_points_to)
{
	warm_up();
	self->hidden = give_through_freed();
	ASSERT_EQ(1, lost());
	in_bss = NULL;
}

/* --------------------------------------------------------------- threads */

static pthread_barrier_t ready, over;
static unsigned long hidden_by_thread;
static volatile bool spinning;

/* Holds the block in a variable of its own while others scan. */
static void *sleep_with_block(void *unused)
{
	void *volatile block = quarry_alloc(200, GFP_KERNEL);

	hidden_by_thread = ~(unsigned long)block;
	pthread_barrier_wait(&ready);
	pthread_barrier_wait(&over);
	quarry_free(block);
	return NULL;
}

static noinline void *spin_with(void *block)
{
	while (spinning)
		asm volatile("" : "+r" (block));
	return block;
}

static void *spin_with_block(void *unused)
{
	void *block = quarry_alloc(200, GFP_KERNEL);

	hidden_by_thread = ~(unsigned long)block;
	pthread_barrier_wait(&ready);
	quarry_free(spin_with(block));
	return NULL;
}

static void *lose_in_thread(void *unused)
{
	void *volatile block = quarry_alloc(200, GFP_KERNEL);

	hidden_by_thread = ~(unsigned long)block;
	return NULL;
}

TEST_F(roots, stack_of_a_thread_that_sleeps)
{
	pthread_t thread;

	pthread_barrier_init(&ready, NULL, 2);
	pthread_barrier_init(&over, NULL, 2);
	ASSERT_EQ(0, pthread_create(&thread, NULL, sleep_with_block, NULL));
	pthread_barrier_wait(&ready);
	ASSERT_EQ(0, lost());
	pthread_barrier_wait(&over);
	pthread_join(thread, NULL);
}

TEST_F(roots, register_of_a_thread_that_runs)
{
	pthread_t thread;

	pthread_barrier_init(&ready, NULL, 2);
	spinning = true;
	ASSERT_EQ(0, pthread_create(&thread, NULL, spin_with_block, NULL));
	pthread_barrier_wait(&ready);
	ASSERT_EQ(0, lost());
	spinning = false;
	pthread_join(thread, NULL);
}

TEST_F(roots, stack_of_a_thread_that_ended)
{
	pthread_t thread;

	ASSERT_EQ(0, pthread_create(&thread, NULL, lose_in_thread, NULL));
	pthread_join(thread, NULL);
	self->hidden = hidden_by_thread;
	ASSERT_EQ(1, lost());
}

/* A scan is not noticed: not even a system call ends early. */
static void *sleep_long(void *data)
{
	struct timespec time = { .tv_nsec = 400000000 };
	int *err = data;

	pthread_barrier_wait(&ready);
	*err = clock_nanosleep(CLOCK_MONOTONIC, 0, &time, NULL);
	return NULL;
}

TEST_F(roots, system_calls_go_on)
{
	pthread_t thread;
	int err = -1, i;

	pthread_barrier_init(&ready, NULL, 2);
	ASSERT_EQ(0, pthread_create(&thread, NULL, sleep_long, &err));
	pthread_barrier_wait(&ready);
	for (i = 0; i < 5; i++)
		ASSERT_EQ(0, lost());
	pthread_join(thread, NULL);
	ASSERT_EQ(0, err);
}

/* ---------------------------------------------------------------- at exit */

/* Whether a process that ends with the block kept so says @text. */
static bool says_at_exit(void (*keep)(void *block), const char *text)
{
	int fd[2], status = 0;
	char said[4096];
	size_t len = 0;
	ssize_t got;
	pid_t child;

	if (pipe(fd))
		return false;
	child = fork();
	if (!child) {
		static const struct world one_node = { .nodes = 0x1 };

		dup2(fd[1], STDERR_FILENO);
		setenv("QUARRY_LEAKS", "1", 1);
		if (!world_begin(&one_node))
			_exit(1);
		give(keep);
		mirror_exit();
		_exit(0);
	}
	close(fd[1]);
	while (len + 1 < sizeof(said) &&
	       (got = read(fd[0], said + len, sizeof(said) - 1 - len)) > 0)
		len += got;
	said[len] = '\0';
	close(fd[0]);
	waitpid(child, &status, 0);
	if (!status && strstr(said, text))
		return true;
	printf("# status %#x, wanted \"%s\": %s\n", status, text, said);
	return false;
}

/* No mirror here yet: children inherit none of its threads. */
TEST(report_at_exit)
{
	ASSERT_TRUE(says_at_exit(keep_nowhere,
				 "mirror: 1 objects lost, and 0 in their reach"));
	ASSERT_TRUE(says_at_exit(keep_nowhere, "unreferenced object 0x"));
	ASSERT_TRUE(says_at_exit(keep_in_bss, "mirror: 0 objects lost"));
}

TEST_HARNESS_MAIN
