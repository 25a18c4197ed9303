// SPDX-License-Identifier: GPL-2.0-only
/*
 * read.c - what reading debugfs' "sites" costs for each object that lives: it
 * opens and reads the file as a process does, into that process's memory.
 * There are ticks of the timer in it, a part in a thousand.
 */
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/overflow.h>
#include <linux/timex.h>
#include <linux/vmalloc.h>

#include <quarry/quarry.h>

#include "bench.h"

#define FILE_NAME	"/sys/kernel/debug/quarry/sites"
#define BUFFER_BYTES	(64UL << 10)
#define OBJECT_BYTES	256U
#define REPEATS_MAX	5U

struct read_set {
	const char *name;
	unsigned int objects;
};

static const struct read_set sets[] = {
	{ "sites-of-1000", 1000 },
	{ "sites-of-10000", 10000 },
	{ "sites-of-100000", 100000 },
	{ "sites-of-1000000", 1000000 },
};

/* Cycles of reading the file to its end, or an error. */
static s64 read_file(char __user *buffer)
{
	u64 from = get_cycles();
	struct file *file = filp_open(FILE_NAME, O_RDONLY, 0);
	loff_t pos = 0;
	ssize_t got;

	if (IS_ERR(file))
		return PTR_ERR(file);
	do {
		got = file->f_op->read(file, buffer, BUFFER_BYTES, &pos);
	} while (got > 0);
	filp_close(file, NULL);
	return got ? got : (s64)(get_cycles() - from);
}

static struct qb_figures figures;

static int measure_all(unsigned int side, char __user *buffer,
		       unsigned int objects)
{
	unsigned int i;
	s64 cycles;

	/* The first one is for what opening the file makes and keeps. */
	for (i = 0; i <= figures.nr; i++) {
		qb_clock_wait();
		cycles = read_file(buffer);
		if (cycles < 0)
			return cycles;
		figures.value[side][i ? i - 1 : 0] =
			qb_clock_hundredths(cycles, objects);
	}
	return 0;
}

static int measure_side(unsigned int side, char __user *buffer,
			unsigned int objects)
{
	void **live = vzalloc(array_size(objects, sizeof(*live)));
	void *owner = qb_owner_create(side, OBJECT_BYTES);
	unsigned int nr = 0;
	int err = 0;

	while (live && owner && nr < objects) {
		live[nr] = quarry_cache_alloc(owner, GFP_KERNEL);
		if (!live[nr])
			break;
		nr++;
	}
	err = nr < objects ? -ENOMEM : measure_all(side, buffer, objects);
	while (nr)
		quarry_cache_free(owner, live[--nr]);
	if (!qb_owner_destroy(side, OBJECT_BYTES, owner))
		err = -EBUSY;
	vfree(live);
	return err;
}

static int run_set(const struct read_set *set, char __user *buffer)
{
	unsigned int side;
	int err = 0;

	figures.first = QB_SLUB + 1;
	figures.nr = min(qb_repeats, REPEATS_MAX);
	for (side = figures.first; side < qb_nr_sides && !err; side++)
		err = measure_side(side, buffer, set->objects);
	if (!err)
		qb_figures_print(set->name, &figures);
	return qb_result(set->name, err);
}

int qb_read_run(void)
{
	unsigned long buffer = vm_mmap(NULL, 0, BUFFER_BYTES,
				       PROT_READ | PROT_WRITE,
				       MAP_PRIVATE | MAP_ANONYMOUS, 0);
	unsigned int i;
	int err = 0;

	if (IS_ERR_VALUE(buffer))
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(sets) && !err; i++)
		if (qb_wanted(sets[i].name))
			err = run_set(&sets[i], (char __user *)buffer);
	vm_munmap(buffer, BUFFER_BYTES);
	return err;
}
