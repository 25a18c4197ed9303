// SPDX-License-Identifier: GPL-2.0-only
/*
 * random.c - random numbers (splitmix64), a stream a CPU, all from one seed:
 * the same threads doing the same get the same numbers.
 */
#include <linux/random.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "machine.h"

#define GAMMA	0x9e3779b97f4a7c15ULL

static u64 seed;

void mirror_random_init(u64 new_seed)
{
	unsigned int cpu;

	seed = new_seed;
	for (cpu = 0; cpu < NR_CPUS; cpu++)
		mirror_cpus[cpu].random = new_seed + cpu * (GAMMA << 7);
}

u64 mirror_seed(void)
{
	return seed;
}

void mirror_set_seed(u64 new_seed)
{
	mirror_self()->random = new_seed;
}

u64 get_random_u64(void)
{
	u64 z = mirror_self()->random += GAMMA;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

void get_random_bytes(void *to, size_t len)
{
	while (len) {
		u64 word = get_random_u64();
		size_t part = min(len, sizeof(word));

		memcpy(to, &word, part);
		to = (char *)to + part;
		len -= part;
	}
}
