// SPDX-License-Identifier: GPL-2.0-only
/* guard.c - guard pages of the mirror: memory that the system protects. */
#include <errno.h>
#include <sys/mman.h>

#include <linux/mm.h>

#include "machine.h"
#include "pages.h"

/* Where they are, of which nobody knows what may be read. */
static unsigned long guard_base, guard_bytes;

bool mirror_is_guarded(const void *addr)
{
	return (unsigned long)addr - READ_ONCE(guard_base) <
	       READ_ONCE(guard_bytes);
}

static size_t range_bytes(unsigned int nr)
{
	return (2UL * nr + 1) * PAGE_SIZE;
}

int qr_guard_range_get(unsigned int nr, void **range)
{
	void *base = mmap(NULL, range_bytes(nr), PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (base == MAP_FAILED)
		return -ENOMEM;
	*range = base;
	WRITE_ONCE(guard_base, (unsigned long)base);
	WRITE_ONCE(guard_bytes, range_bytes(nr));
	return 0;
}

void qr_guard_range_put(void *range, unsigned int nr)
{
	WRITE_ONCE(guard_bytes, 0);
	munmap(range, range_bytes(nr));
}

static void protect(void *page, int how)
{
	if (mprotect(page, PAGE_SIZE, how))
		mirror_panic("a guard page cannot be protected");
}

void qr_guard_page_open(void *page)
{
	protect(page, PROT_READ | PROT_WRITE);
}

void qr_guard_page_close(void *page)
{
	protect(page, PROT_NONE);
}
