// SPDX-License-Identifier: GPL-2.0-only
/* world.c - memory, time and files for the player in userspace. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "user.h"

/* Straight from the system: glibc's heap may be what is measured. */
static void *world_get(unsigned long bytes)
{
	unsigned long *memory;

	bytes += 2 * sizeof(*memory);
	memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return NULL;
	*memory = bytes;
	return memory + 2;
}

static void world_put(void *memory)
{
	unsigned long *start = memory;

	if (start)
		munmap(start - 2, start[-2]);
}

static unsigned long long world_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static void world_breathe(void)
{
}

int user_print(char *text, unsigned long size, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(text, size, fmt, args);
	va_end(args);
	return n < 0 || !size ? 0 : (unsigned long)n < size ? n : (int)size - 1;
}

const struct player_world user_world = {
	.get = world_get,
	.put = world_put,
	.now = world_now,
	.breathe = world_breathe,
	.print = user_print,
};

static FILE *open_unpacked(const char *path, pid_t *child)
{
	int ends[2];

	*child = 0;
	if (strlen(path) < 3 || strcmp(path + strlen(path) - 3, ".xz"))
		return fopen(path, "rb");
	if (pipe(ends))
		return NULL;
	*child = fork();
	if (!*child) {
		dup2(ends[1], 1);
		close(ends[0]);
		close(ends[1]);
		execlp("xz", "xz", "-dc", "--", path, NULL);
		perror("xz");
		_exit(127);
	}
	close(ends[1]);
	return fdopen(ends[0], "rb");
}

void *user_read(const char *path, unsigned long *len)
{
	unsigned long max = 0;
	char *data = NULL;
	int status = 0;
	pid_t child;
	FILE *file = open_unpacked(path, &child);

	*len = 0;
	if (!file) {
		perror(path);
		return NULL;
	}
	do {
		if (*len == max) {
			max = max ? max * 2 : 1 << 20;
			data = realloc(data, max);
			if (!data)
				abort();
		}
		*len += fread(data + *len, 1, max - *len, file);
	} while (!feof(file) && !ferror(file));
	if (ferror(file))
		status = 1;
	fclose(file);
	if (child > 0)
		waitpid(child, &status, 0);
	if (!status)
		return data;
	fprintf(stderr, "%s: cannot be read\n", path);
	free(data);
	return NULL;
}
