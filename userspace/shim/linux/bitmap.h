/* SPDX-License-Identifier: GPL-2.0-only */
/* bitmap.h - arrays of bits, and looking for one. */
#ifndef _MIRROR_LINUX_BITMAP_H
#define _MIRROR_LINUX_BITMAP_H

#include <string.h>

#include <linux/bitops.h>

#define bitmap_size(nbits)	(BITS_TO_LONGS(nbits) * sizeof(long))

/* These two write whole words, as the kernel's do. */
static inline void bitmap_zero(unsigned long *map, unsigned int nbits)
{
	memset(map, 0, bitmap_size(nbits));
}

static inline void bitmap_fill(unsigned long *map, unsigned int nbits)
{
	memset(map, 0xff, bitmap_size(nbits));
}

void bitmap_set(unsigned long *map, unsigned int at, unsigned int nr);
void bitmap_clear(unsigned long *map, unsigned int at, unsigned int nr);
unsigned int bitmap_weight(const unsigned long *map, unsigned int nbits);

/* First bit at or after @at that differs from @skip (0 or ~0), or @nbits. */
static inline unsigned long mirror_find(const unsigned long *map,
					unsigned long nbits, unsigned long at,
					unsigned long skip)
{
	while (at < nbits) {
		unsigned long word = (map[BIT_WORD(at)] ^ skip) >> (at % 64);

		if (word) {
			at += __ffs(word);
			return at < nbits ? at : nbits;
		}
		at = (at | 63) + 1;
	}
	return nbits;
}

#define find_next_bit(map, nbits, at)		mirror_find(map, nbits, at, 0)
#define find_first_bit(map, nbits)		mirror_find(map, nbits, 0, 0)
#define find_next_zero_bit(map, nbits, at)	mirror_find(map, nbits, at, ~0UL)
#define find_first_zero_bit(map, nbits)		mirror_find(map, nbits, 0, ~0UL)
#define for_each_set_bit(bit, map, nbits)				\
	for ((bit) = 0; ((bit) = find_next_bit(map, nbits, bit)) < (nbits); \
	     (bit)++)
#define bitmap_empty(map, nbits)	(find_first_bit(map, nbits) >= (nbits))
#define bitmap_full(map, nbits)	(find_first_zero_bit(map, nbits) >= (nbits))

#endif /* _MIRROR_LINUX_BITMAP_H */
