// SPDX-License-Identifier: GPL-2.0-only
/*
 * bitmap.c - ranges of bits, and counting them.
 */
#include <linux/bitmap.h>

void bitmap_set(unsigned long *map, unsigned int at, unsigned int nr)
{
	while (nr--)
		__set_bit(at++, map);
}

void bitmap_clear(unsigned long *map, unsigned int at, unsigned int nr)
{
	while (nr--)
		__clear_bit(at++, map);
}

unsigned int bitmap_weight(const unsigned long *map, unsigned int nbits)
{
	unsigned int bit, weight = 0;

	for_each_set_bit(bit, map, nbits)
		weight++;
	return weight;
}
