// SPDX-License-Identifier: GPL-2.0-only
/*
 * string.c - strings, numbers, memory and sorting that only the kernel has.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/kstrtox.h>
#include <linux/overflow.h>
#include <linux/sort.h>
#include <linux/string.h>

ssize_t strscpy(char *to, const char *from, size_t size)
{
	size_t len;

	if (!size || size > INT_MAX)
		return -E2BIG;
	len = strnlen(from, size);
	if (len < size) {
		memcpy(to, from, len + 1);
		return len;
	}
	memcpy(to, from, size - 1);
	to[size - 1] = '\0';
	return -E2BIG;
}

char *strreplace(char *str, char old, char new)
{
	for (; *str; str++)
		if (*str == old)
			*str = new;
	return str;
}

void __no_sanitize_address *mirror_set(void *at, int c, size_t len)
{
	/* Volatile, or the compiler would call memset() for it. */
	volatile u8 *byte = at;

	while (len--)
		*byte++ = c;
	return at;
}

void *memchr_inv(const void *from, int c, size_t len)
{
	const u8 *at = from;

	for (; len; at++, len--)
		if (*at != (u8)c)
			return (void *)at;
	return NULL;
}

static void swap_bytes(void *a, void *b, int size)
{
	u8 *x = a, *y = b;

	while (size--) {
		swap(*x, *y);
		x++;
		y++;
	}
}

/* Lets element @at of a heap of @nr sink to its place. */
static void sift_down(char *base, size_t at, size_t nr, size_t size,
		      int (*cmp)(const void *a, const void *b),
		      void (*swap_fn)(void *a, void *b, int size))
{
	size_t child;

	while ((child = 2 * at + 1) < nr) {
		if (child + 1 < nr &&
		    cmp(base + child * size, base + (child + 1) * size) < 0)
			child++;
		if (cmp(base + at * size, base + child * size) >= 0)
			return;
		swap_fn(base + at * size, base + child * size, size);
		at = child;
	}
}

void sort(void *base, size_t nr, size_t size,
	  int (*cmp)(const void *a, const void *b),
	  void (*swap_fn)(void *a, void *b, int size))
{
	size_t i;

	swap_fn = swap_fn ?: swap_bytes;
	for (i = nr / 2; i-- > 0; )
		sift_down(base, i, nr, size, cmp, swap_fn);
	for (i = nr; i-- > 1; ) {
		swap_fn(base, (char *)base + i * size, size);
		sift_down(base, 0, i, size, cmp, swap_fn);
	}
}

static unsigned int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : ~0U;
}

/* No blanks and no minus; at least one digit. */
int kstrtoul(const char *text, unsigned int base, unsigned long *value)
{
	unsigned long sum = 0;
	const char *from;

	text += *text == '+';
	if (base == 16 && text[0] == '0' && (text[1] | 0x20) == 'x' &&
	    digit(text[2]) < base)
		text += 2;
	for (from = text; digit(*text) < base; text++)
		if (check_mul_overflow(sum, (unsigned long)base, &sum) ||
		    check_add_overflow(sum, (unsigned long)digit(*text), &sum))
			return -ERANGE;
	if (text == from || text[*text == '\n'])
		return -EINVAL;
	*value = sum;
	return 0;
}

int kstrtouint(const char *text, unsigned int base, unsigned int *value)
{
	unsigned long number;
	int err = kstrtoul(text, base, &number);

	if (err)
		return err;
	if (number > ~0U)
		return -ERANGE;
	*value = number;
	return 0;
}
