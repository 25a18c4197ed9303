// SPDX-License-Identifier: GPL-2.0-only
/*
 * findings.c - a finding in words: in the log and in the file findings; to whom
 * else it is told; what happens when that is to be the last; many at once.
 */
#include "kselftest_harness.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "file_text.h"
#include "finding.h"
#include "qt.h"
#include "quarry_mirror.h"
#include "slab.h"
#include "stack.h"
#include "world.h"

#define BYTES	80

static char log_text[65536];

static void keep_line(int level, const char *line)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	size_t len;

	pthread_mutex_lock(&lock);
	len = strlen(log_text);
	strscpy(log_text + len, line, sizeof(log_text) - len);
	pthread_mutex_unlock(&lock);
}

static struct qr_event told;
static unsigned int times_told;

static void tell(const struct qr_event *event)
{
	told = *event;
	times_told++;
}

FIXTURE(findings) {
	struct quarry_cache *cache;
	char *object[3];
	char *text;
	size_t len;
};

FIXTURE_SETUP(findings)
{
	static const struct world one_node = { .nodes = 0x1 };

	ASSERT_TRUE(world_begin(&one_node));
	self->cache = quarry_cache_create("conns", BYTES, 0, 0, NULL);
	ASSERT_EQ(3, qt_fill(self->cache, (void **)self->object, 3));
	mirror_log = keep_line;
	log_text[0] = '\0';
}

FIXTURE_TEARDOWN(findings)
{
	free(self->text);
	qt_empty(self->cache, (void **)self->object, 3);
	quarry_cache_destroy(self->cache);
	if (!world_end())
		abort();
}

TEST_F(findings, none_is_an_empty_file)
{
	READ("findings");
	EXPECT_STREQ("# quarry findings v1\n", self->text);
}

TEST_F(findings, the_middle_in_words)
{
	char address[64];

	memset(self->object[0], 'A', BYTES);
	quarry_cache_free(self->cache, self->object[0] + 24);
	READ("findings");
	EXPECT_EQ(1, count_of(self->text, "\n\nfinding: "));
	EXPECT_LINE("kind: invalid_free");
	EXPECT_LINE("what: invalid free");
	EXPECT_LINE("owner: conns");
	EXPECT_LINE("cache: conns");
	snprintf(address, sizeof(address), "address: 0x%lx",
		 (unsigned long)self->object[0] + 24);
	EXPECT_LINE(address);
	snprintf(address, sizeof(address), "object: 0x%lx",
		 (unsigned long)self->object[0]);
	EXPECT_LINE(address);
	EXPECT_LINE("address_is: memory of quarry");
	EXPECT_LINE("asked_bytes: 80");
	EXPECT_LINE("usable_bytes: 80");
	EXPECT_LINE("place: 24 bytes into it");
	EXPECT_LINE("state: live");
	EXPECT_LINE("freed_by: -");
	EXPECT_LINE("damage_bytes: -");
	EXPECT_LINE("hex: +0x0010  41 41 41 41 41 41 41 41 41 41 41 41 41 41 41 41  AAAAAAAAAAAAAAAA");
	EXPECT_EQ(0, count_of(self->text, "bad: "));
	EXPECT_NE(NULL, strstr(self->text, "qt.c:"));
	EXPECT_NE(NULL, strstr(self->text, "\ncall: "));
}

TEST_F(findings, damage_is_marked)
{
	memset(self->object[0], 'A', BYTES);
	memset(self->object[0] + 62, 'x', 4);
	qr_damage_found(self->cache, QR_EVENT_REDZONE, self->object[0],
			self->object[0] + 62, 4, 0);
	READ("findings");
	EXPECT_LINE("what: written outside of object");
	EXPECT_LINE("place: 62 bytes into it");
	EXPECT_LINE("damage_bytes: 4");
	EXPECT_LINE("damage_offset_bytes: 62");
	EXPECT_NE(NULL, strstr(self->text,
		"hex: +0x0030  41 41 41 41 41 41 41 41 41 41 41 41 41 41 78 78  AAAAAAAAAAAAAAxx\n"
		"bad:                                                    ^^ ^^\n"
		"hex: +0x0040  78 78 41 41 41 41 41 41 41 41 41 41 41 41 41 41  xxAAAAAAAAAAAAAA\n"
		"bad:          ^^ ^^\n"));
}

TEST_F(findings, bytes_asked_for_are_the_end)
{
	char *block = quarry_alloc(61, GFP_KERNEL);

	qr_damage_found(qt_slab(block)->cache, QR_EVENT_REDZONE, block,
			block + 61, 1, 0);
	qr_damage_found(qt_slab(block)->cache, QR_EVENT_REDZONE, block,
			block + 63, 1, 0);
	qr_damage_found(qt_slab(block)->cache, QR_EVENT_REDZONE, block,
			block - 1, 1, 0);
	READ("findings");
	EXPECT_LINE("asked_bytes: 61");
	EXPECT_LINE("usable_bytes: 64");
	EXPECT_LINE("place: right behind it");
	EXPECT_LINE("place: 2 bytes behind it");
	EXPECT_LINE("place: 1 byte before it");
	EXPECT_NE(NULL, strstr(log_text, "written outside of object, 2 bytes behind it in \"default-64\" (64 bytes), allocated at "));
	quarry_free(block);
}

TEST_F(findings, the_log_has_the_same_without_addresses)
{
	char address[32];

	quarry_cache_free(self->cache, self->object[0] + 24);
	EXPECT_EQ(&log_text[0], strstr(log_text, "quarry: invalid free, 24 bytes into an object in \"conns\" (80 bytes), allocated at "));
	EXPECT_NE(NULL, line_in(log_text, "quarry:   kind: invalid_free"));
	EXPECT_NE(NULL, line_in(log_text, "quarry:   place: 24 bytes into it"));
	EXPECT_NE(NULL, strstr(log_text, "quarry:   call: "));
	EXPECT_NE(NULL, strstr(log_text, "quarry:   hex: +0x0000"));
	snprintf(address, sizeof(address), "%lx",
		 (unsigned long)self->object[0]);
	EXPECT_EQ(NULL, strstr(log_text, address));
	EXPECT_EQ(NULL, strstr(log_text, ": -\n"));
}

TEST_F(findings, what_is_no_secret_is_in_the_log)
{
	quarry_free((void *)0x18UL);
	EXPECT_NE(NULL, strstr(log_text, "quarry: invalid free of a foreign address (first page, as behind a NULL pointer), freed by "));
	EXPECT_NE(NULL, line_in(log_text, "quarry:   address: 0x18"));
}

TEST_F(findings, whoever_traces_is_told)
{
	mirror_found = tell;
	quarry_cache_free(self->cache, self->object[0] + 24);
	mirror_found = NULL;
	EXPECT_EQ(1, times_told);
	EXPECT_EQ(QR_EVENT_INVALID_FREE, told.kind);
	EXPECT_EQ((unsigned long)self->object[0] + 24, told.address);
	EXPECT_STREQ("conns", told.owner);
	EXPECT_NE(0, told.site);
	EXPECT_NE(0, told.caller);
}

TEST_F(findings, a_stray_put_is_one)
{
	void *block = quarry_alloc(100000, GFP_KERNEL);

	mirror_stray_put(block);
	EXPECT_EQ(0, qr_finding_last());
	quarry_free(block);
	EXPECT_EQ(1, qr_finding_last());
	READ("findings");
	EXPECT_LINE("kind: foreign_free");
	EXPECT_LINE("owner: default-runs");
	EXPECT_LINE("bytes: 4096");
	EXPECT_EQ(1, qr_event_count(QR_EVENT_FOREIGN_FREE));
}

/* Code that goes keeps its names. */
TEST_F(findings, names_stay_when_code_goes)
{
	struct qr_finding *found = calloc(1, sizeof(*found));
	char *before;

	quarry_cache_free(self->cache, self->object[0] + 24);
	ASSERT_TRUE(qr_finding_next(0, found));
	ASSERT_NE(0, found->nr_entries);
	READ("findings");
	before = strdup(self->text);
	qr_finding_retire(found->entry[0] - 1, found->entry[0]);
	qr_stack_retire(found->entry[0] - 1, found->entry[0]);
	ASSERT_TRUE(qr_finding_next(0, found));
	EXPECT_EQ(0, found->nr_entries);
	EXPECT_NE(0, found->stack);
	READ("findings");
	EXPECT_STREQ(before, self->text);
	free(before);
	free(found);
}

static void log_to_pipe(int level, const char *line)
{
	if (write(STDOUT_FILENO, line, strlen(line)) < 0)
		abort();
}

/* What @fn prints before it ends, and how it ended. */
static int ending(void (*fn)(void *data), void *data, char *text, size_t size)
{
	int pipe_fd[2], status;
	size_t len = 0;
	ssize_t nr;
	pid_t pid;

	if (pipe(pipe_fd))
		abort();
	pid = fork();
	if (!pid) {
		dup2(pipe_fd[1], STDOUT_FILENO);
		dup2(pipe_fd[1], STDERR_FILENO);
		mirror_log = log_to_pipe;
		fn(data);
		_exit(0);
	}
	close(pipe_fd[1]);
	while (len + 1 < size &&
	       (nr = read(pipe_fd[0], text + len, size - len - 1)) > 0)
		len += nr;
	text[len] = '\0';
	close(pipe_fd[0]);
	waitpid(pid, &status, 0);
	return status;
}

/* A child has no mirror of its own parent's: it makes one. */
static void free_the_middle(void *on_error)
{
	static const struct world one_node = { .nodes = 0x1 };
	struct quarry_cache *cache;
	unsigned int i;
	char *object;

	mirror_init(NULL);
	world_begin(&one_node);
	mirror_log = log_to_pipe;
	cache = quarry_cache_create("child", BYTES, 0, 0, NULL);
	object = quarry_cache_alloc(cache, GFP_KERNEL);
	/* Until nothing of its kind is printed any more. */
	for (i = 0; i < 100; i++)
		quarry_cache_free(cache, object + 1);
	if (qr_on_error_set(on_error))
		_exit(3);
	quarry_cache_free(cache, object + 2);
}

TEST(the_last_finding_is_printed_whatever_came_before)
{
	static char text[1 << 20];
	int status = ending(free_the_middle, "panic", text, sizeof(text));

	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(SIGABRT, WTERMSIG(status));
	EXPECT_NE(NULL, line_in(text, "quarry:   place: 2 bytes into it"));
	EXPECT_NE(NULL, strstr(text, "quarry: invalid_free\n"));
}

TEST(to_report_is_not_to_end)
{
	static char text[1 << 20];
	int status = ending(free_the_middle, "report", text, sizeof(text));

	EXPECT_TRUE(WIFEXITED(status));
	EXPECT_EQ(0, WEXITSTATUS(status));
	EXPECT_EQ(NULL, line_in(text, "quarry:   place: 2 bytes into it"));
}

static void free_twice(void *flags)
{
	struct quarry_cache *cache;
	void *object;

	mirror_init(NULL);
	cache = quarry_cache_create("child", BYTES, 0, (unsigned long)flags,
				    NULL);
	object = quarry_cache_alloc(cache, GFP_KERNEL);
	quarry_cache_free(cache, object);
	quarry_cache_free(cache, object);
}

TEST(option_x_ends_at_the_first_finding)
{
	static char text[1 << 16];
	int status = ending(free_twice, (void *)QUARRY_PANIC, text,
			    sizeof(text));

	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_NE(NULL, strstr(text, "quarry: double_free\n"));
	status = ending(free_twice, NULL, text, sizeof(text));
	EXPECT_TRUE(WIFEXITED(status));
}

/* ---------------------------------------------------------- many at once */

#define THREADS	8
/* At QT_SCALE=100. */
#define EACH	2000

static void *find(void *data)
{
	unsigned long each = world_scale(EACH), i;
	char local[8];

	for (i = 0; i < each; i++) {
		quarry_free((void *)(0x100UL + i));
		if (i % 100 == 0)
			quarry_free(local);
	}
	return NULL;
}

TEST_F(findings, many_at_once_are_all_counted)
{
	unsigned long each = world_scale(EACH);
	unsigned long all = THREADS * (each + DIV_ROUND_UP(each, 100));
	pthread_t thread[THREADS];
	unsigned int i;

	for (i = 0; i < THREADS; i++)
		ASSERT_EQ(0, pthread_create(&thread[i], NULL, find, NULL));
	for (i = 0; i < 20; i++) {
		READ("findings");
		free(self->text);
		self->text = NULL;
	}
	for (i = 0; i < THREADS; i++)
		ASSERT_EQ(0, pthread_join(thread[i], NULL));
	EXPECT_EQ(all, qr_event_count(QR_EVENT_INVALID_FREE));
	EXPECT_EQ(all, qr_finding_last());
	READ("findings");
	EXPECT_EQ(QR_FINDING_RING, count_of(self->text, "\n\nfinding: "));
}

TEST_HARNESS_MAIN
