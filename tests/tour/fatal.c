// SPDX-License-Identifier: GPL-2.0-only
/*
 * fatal.c - what the processor does not let pass: a thread touches a page that
 * guards an object, or follows a pointer out of freed memory, and dies.
 */
#include <linux/compiler.h>
#include <linux/err.h>
#include <linux/kernel.h>

#include <quarry/quarry.h>

#include "tour.h"

/*
 * The first code of the module, as Kbuild has it: the kernel, which shows what is
 * before it too, faults once more there.
 */
static nofold void write_far(char *line)
{
	WRITE_ONCE(line[40], '\0');
}

/* All of these may be made before one is undone. */
static struct quarry_heap *lines, *counters, *links;

/* NULL if there is none to be had. */
static struct quarry_heap *begin(struct quarry_heap **heap, const char *name,
				 unsigned long options)
{
	*heap = quarry_heap_create(name, 0);
	if (IS_ERR(*heap))
		*heap = NULL;
	if (*heap && quarry_heap_set_debug(*heap, options))
		return NULL;
	return *heap;
}

static void finish(struct quarry_heap **heap)
{
	if (*heap)
		quarry_heap_destroy(*heap);
	*heap = NULL;
}

/* The thread that writes does not free it. */
static nofold char *make_line(void)
{
	return noted(quarry_heap_alloc(lines, 30, GFP_KERNEL));
}

static void guard_overrun_commit(void)
{
	char *line = NULL;

	if (begin(&lines, "tour-line", QUARRY_GUARD))
		line = make_line();
	if (line)
		write_far(line);
}

static void guard_overrun_finish(void)
{
	finish(&lines);
}

const struct tour_case tour_guard_overrun = {
	.name = "guard_overrun",
	.mistake = "Byte 40 of 30 is written, against a guard page.",
	.func = "make_line",
	.commit = guard_overrun_commit,
	.finish = guard_overrun_finish,
};

static nofold long *make_counter(void)
{
	long *counter = quarry_heap_zalloc(counters, sizeof(*counter), GFP_KERNEL);

	if (counter)
		*counter = 1;
	return counter;
}

static nofold int drop_counter(long *counter)
{
	quarry_heap_free(counters, counter);
	return 0;
}

static nofold long read_counter(const long *counter)
{
	return READ_ONCE(*counter);
}

static void guard_after_free_commit(void)
{
	long *counter = NULL;

	if (begin(&counters, "tour-counter", QUARRY_GUARD))
		counter = make_counter();
	if (!counter)
		return;
	drop_counter(counter);
	OPTIMIZER_HIDE_VAR(counter);
	read_counter(counter);
}

static void guard_after_free_finish(void)
{
	finish(&counters);
}

const struct tour_case tour_guard_after_free = {
	.name = "guard_after_free",
	.mistake = "A guarded object is read after it was freed.",
	.func = "make_counter",
	.commit = guard_after_free_commit,
	.finish = guard_after_free_finish,
};

struct link {
	struct link *next;
	long value[7];
};

static nofold struct link *make_link(void)
{
	struct link *link = quarry_heap_zalloc(links, sizeof(*link), GFP_KERNEL);

	if (link)
		link->value[0] = 1;
	return link;
}

static nofold int drop_link(struct link *link)
{
	quarry_heap_free(links, link);
	return 0;
}

static nofold long follow_link(const struct link *link)
{
	const struct link *next = READ_ONCE(link->next);

	return READ_ONCE(next->value[0]);
}

static void poison_pointer_commit(void)
{
	struct link *link = NULL;

	if (begin(&links, "tour-link", QUARRY_POISON | QUARRY_STORE_USER))
		link = make_link();
	if (!link)
		return;
	drop_link(link);
	OPTIMIZER_HIDE_VAR(link);
	follow_link(link);
}

static void poison_pointer_finish(void)
{
	finish(&links);
}

const struct tour_case tour_poison_pointer = {
	.name = "poison_pointer",
	.mistake = "A pointer is read out of a freed object, and followed.",
	.func = "make_link",
	.commit = poison_pointer_commit,
	.finish = poison_pointer_finish,
};
