// SPDX-License-Identifier: GPL-2.0-only
/*
 * world.c - what the shared cases ask of userspace: the mirror's machine and
 * the process around it.
 */
#include <linux/kernel.h>

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "finding.h"
#include "quarry_mirror.h"
#include "qt.h"
#include "validate.h"
#include "world.h"

void qt_print(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vfprintf(stdout, fmt, args);
	va_end(args);
	fflush(stdout);
}

void *qt_foreign_alloc(size_t size)
{
	return malloc(size);
}

void qt_foreign_free(void *block)
{
	free(block);
}

void *qt_user_address(void)
{
	static char mapped[64] = "of the program's file";

	return mapped;
}

u8 qt_foreign_kind(void)
{
	return QR_ADDRESS_OTHER_PAGE;
}

extern int __asan_address_is_poisoned(const volatile void *at)
	__attribute__((weak));

bool qt_has_sanitizer(void)
{
	return __asan_address_is_poisoned;
}

bool qt_is_closed(const void *at)
{
	return __asan_address_is_poisoned(at);
}

/* The process is kernel and user at once. */
u8 qt_user_kind(void)
{
	return QR_ADDRESS_IMAGE;
}

u8 qt_code_kind(void)
{
	return QR_ADDRESS_IMAGE;
}

u32 qt_task(char comm[16])
{
	pthread_getname_np(pthread_self(), comm, 16);
	return gettid();
}

int qt_interrupt(void (*fn)(void *data), void *data)
{
	return mirror_interrupt(fn, data) ? 0 : -EOPNOTSUPP;
}

static unsigned long long number(const char *text, unsigned long long or_else)
{
	return text && *text ? strtoull(text, NULL, 0) : or_else;
}

unsigned long long world_seed(void)
{
	static unsigned long long seed;

	if (!seed)
		seed = number(getenv("QT_SEED"), 0);
	if (!seed) {
		FILE *random = fopen("/dev/urandom", "r");

		if (!random || fread(&seed, sizeof(seed), 1, random) != 1)
			seed = 0x5eed;
		if (random)
			fclose(random);
		seed &= 0xffffffffffffULL;
	}
	return seed;
}

unsigned long world_scale(unsigned long count)
{
	unsigned long percent = number(getenv("QT_SCALE"), 100);

	return max(count * percent / 100, 1UL);
}

static void quiet_log(int level, const char *line)
{
}

static const struct qt_case *find_case(const char *name)
{
	unsigned int i;

	for (i = 0; i < qt_nr_cases; i++) {
		if (!strcmp(qt_cases[i].name, name))
			return &qt_cases[i];
	}
	return NULL;
}

bool world_begin(const struct world *world)
{
	struct mirror_config config = {
		.arena_bytes = 128UL << 20,
		.nodes = world->nodes,
		.fill = world->fill,
		.seed = world_seed(),
	};

	if (!getenv("QT_VERBOSE"))
		mirror_log = quiet_log;
	mirror_init_on_alloc = world->init;
	mirror_init_on_free = world->init;
	return !mirror_init(&config);
}

/* True when all metadata is as it must be; tells what is not. */
bool world_is_sound(void)
{
	struct qr_validation *result;
	unsigned long i;

	if (!qr_validate(QR_VALIDATE_STILL | QR_VALIDATE_QUIET))
		return true;
	result = calloc(1, sizeof(*result));
	qr_validate_last(result);
	for (i = 0; i < min(result->problems, (unsigned long)QR_PROBLEMS_KEPT);
	     i++)
		qt_print("# validate: %s: %s (%#lx): %#lx, not %#lx\n",
			 result->problem[i].owner, result->problem[i].what,
			 result->problem[i].address, result->problem[i].found,
			 result->problem[i].expected);
	free(result);
	return false;
}

bool world_end(void)
{
	bool sound = world_is_sound();

	return !mirror_exit() && sound;
}

bool world_run_case(const char *name, const struct world *world,
		    const char **skip)
{
	const struct qt_case *which = find_case(name);
	bool held, clean;
	struct qt t;

	*skip = NULL;
	if (!which || !world_begin(world))
		return false;
	held = qt_run(&t, which, world_seed());
	clean = world_end();
	if (!clean)
		qt_print("# %s: the mirror is not empty at its end\n", name);
	if (!held || !clean)
		qt_print("# %s: QT_SEED=%#llx\n", name, world_seed());
	*skip = t.skip;
	return held && clean;
}
