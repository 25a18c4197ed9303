// SPDX-License-Identifier: GPL-2.0-only
/*
 * percpu.c - per-CPU memory.  Each CPU has a unit of address space; a piece
 * has the same offset in all of them.  Per-CPU pointers point into a unit
 * zero that cannot be touched.  percpu_lock protects the map of cache lines;
 * allocation may sleep, as in the kernel, unless gfp says otherwise.
 */
#include <errno.h>
#include <sys/mman.h>

#include <linux/atomic.h>
#include <linux/bitmap.h>
#include <linux/cache.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "asan.h"
#include "machine.h"

#define NR_LINES	(MIRROR_PERCPU_UNIT / L1_CACHE_BYTES)

static DEFINE_RAW_SPINLOCK(percpu_lock);
static DECLARE_BITMAP(used, NR_LINES);
/* Lines of the piece that begins at each line, else 0. */
static u16 piece_lines[NR_LINES];
static unsigned long unit_zero;
static atomic_long_t nr_out;

/* Bytes of the range: unit zero, and one for each CPU. */
static size_t range_bytes(void)
{
	return (nr_cpu_ids + 1) * MIRROR_PERCPU_UNIT;
}

/* First of @nr unused lines, @step lines aligned; or NR_LINES. */
static unsigned long lines_find(unsigned long nr, unsigned long step)
	__must_hold(&percpu_lock)
{
	unsigned long at = 0;

	while (at + nr <= NR_LINES) {
		unsigned long next = find_next_bit(used, at + nr, at);

		if (next >= at + nr)
			return at;
		at = find_next_zero_bit(used, NR_LINES, next);
		at = roundup(at, step);
	}
	return NR_LINES;
}

static unsigned long lines_take(unsigned long nr, unsigned long step)
{
	unsigned long flags, at, i;

	raw_spin_lock_irqsave(&percpu_lock, flags);
	at = lines_find(nr, step);
	if (at < NR_LINES) {
		for (i = 0; i < nr; i++)
			__set_bit(at + i, used);
		piece_lines[at] = nr;
	}
	raw_spin_unlock_irqrestore(&percpu_lock, flags);
	return at;
}

static void *line_address(unsigned long at, unsigned int cpu)
{
	return (void *)(unit_zero + (cpu + 1) * MIRROR_PERCPU_UNIT +
			at * L1_CACHE_BYTES);
}

void __percpu *__alloc_percpu_gfp(size_t size, size_t align, gfp_t gfp)
{
	size_t bytes = ALIGN(size, L1_CACHE_BYTES);
	unsigned long at;
	unsigned int cpu;

	mirror_check_unlocked("__alloc_percpu_gfp()");
	might_alloc(gfp);
	if (!size || size > MIRROR_PERCPU_MAX || !is_power_of_2(align) ||
	    align > PAGE_SIZE || mirror_fault_fires(MIRROR_FAULT_PERCPU))
		return NULL;
	at = lines_take(bytes / L1_CACHE_BYTES,
			max_t(size_t, align / L1_CACHE_BYTES, 1));
	if (at == NR_LINES)
		return NULL;
	for_each_possible_cpu(cpu) {
		mirror_unpoison(line_address(at, cpu), bytes);
		memset(line_address(at, cpu), 0, bytes);
	}
	atomic_long_inc(&nr_out);
	return (void *)(unit_zero + at * L1_CACHE_BYTES);
}

void free_percpu(void __percpu *pointer)
{
	unsigned long at = ((unsigned long)pointer - unit_zero) / L1_CACHE_BYTES;
	unsigned long flags, i;
	unsigned int cpu;

	mirror_check_unlocked("free_percpu()");
	if (!pointer)
		return;
	if (at >= NR_LINES || !piece_lines[at])
		mirror_panic("free_percpu(%px): no such piece", pointer);
	for_each_possible_cpu(cpu)
		mirror_poison(line_address(at, cpu),
			      piece_lines[at] * L1_CACHE_BYTES);
	raw_spin_lock_irqsave(&percpu_lock, flags);
	for (i = 0; i < piece_lines[at]; i++)
		__clear_bit(at + i, used);
	piece_lines[at] = 0;
	raw_spin_unlock_irqrestore(&percpu_lock, flags);
	atomic_long_dec(&nr_out);
}

unsigned long mirror_percpu_out(void)
{
	return atomic_long_read(&nr_out);
}

int mirror_percpu_init(void)
{
	unsigned int cpu;
	char *range;

	range = mmap(NULL, range_bytes(), PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (range == MAP_FAILED)
		return -errno;
	mprotect(range, MIRROR_PERCPU_UNIT, PROT_NONE);
	mirror_poison(range, range_bytes());
	unit_zero = (unsigned long)range;
	bitmap_zero(used, NR_LINES);
	memset(piece_lines, 0, sizeof(piece_lines));
	for_each_possible_cpu(cpu)
		mirror_cpus[cpu].percpu_offset = (cpu + 1) * MIRROR_PERCPU_UNIT;
	return 0;
}

void mirror_percpu_exit(void)
{
	mirror_unpoison((void *)unit_zero, range_bytes());
	munmap((void *)unit_zero, range_bytes());
}
