// SPDX-License-Identifier: GPL-2.0-only
/*
 * roots.c - the roots of a scan in a process (see core/roots.h): all memory
 * that can be written but the arena, stacks from their stack pointers on.  The
 * threads are held until a child has been made, which is a copy of the process
 * at that moment and marks at leisure, in tables that it shares.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <ucontext.h>
#include <unistd.h>

#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "machine.h"
#include "platform.h"
#include "roots.h"
#include "scan.h"

/* Text of /proc/self/maps that is looked at, bytes. */
#define MAPS_MAX	(4UL << 20)
/* No program maps as much: a sanitizer's shadow. */
#define REGION_MAX	(64UL << 30)
/* Entries of /proc/self/pagemap read at a time. */
#define PAGEMAP_NR	512U
/* That a call keeps, at most. */
#define SELF_REGISTERS	11

static struct mirror_threads threads;
static char *maps;
static size_t maps_len;
/* What a thread is given when it does not say. */
static size_t stack_bytes;
/* Of who scans: what its callers keep in registers, and their stack. */
static unsigned long self_reg[SELF_REGISTERS];
static unsigned long self_sp;

/*
 * Runs may be unmapped while they are looked at: a page at a time is copied,
 * each anew when it is begun.
 */
static struct {
	unsigned long page;
	unsigned long word[PAGE_SIZE / sizeof(unsigned long)];
} far_copy;

static bool load_far(unsigned long *value, const unsigned long *at)
{
	unsigned long page = (unsigned long)at & PAGE_MASK;
	struct iovec to = {
		.iov_base = far_copy.word, .iov_len = sizeof(far_copy.word),
	};
	struct iovec from = { .iov_base = (void *)page, .iov_len = PAGE_SIZE };

	if (page != far_copy.page || PAGE_ALIGNED(at)) {
		far_copy.page = 0;
		if (process_vm_readv(getpid(), &to, 1, &from, 1, 0) !=
		    PAGE_SIZE)
			return false;
		far_copy.page = page;
	}
	*value = far_copy.word[((unsigned long)at & ~PAGE_MASK) /
			       sizeof(*value)];
	return true;
}

/* The system reads it for us, or says that it cannot. */
static bool load_guarded(unsigned long *value, const unsigned long *at)
{
	struct iovec to = { .iov_base = value, .iov_len = sizeof(*value) };
	struct iovec from = { .iov_base = (void *)at,
			      .iov_len = sizeof(*value) };

	return process_vm_readv(getpid(), &to, 1, &from, 1, 0) ==
	       sizeof(*value);
}

__attribute__((no_sanitize("address", "thread")))
bool qr_load_nofault(unsigned long *value, const unsigned long *at)
{
	if ((unsigned long)at - mirror_arena.vbase < mirror_arena.vbytes)
		return load_far(value, at);
	if (unlikely(mirror_is_guarded(at)))
		return load_guarded(value, at);
	*value = *(const volatile unsigned long *)at;
	return true;
}

/* --------------------------------------------------- regions of the process */

struct region {
	unsigned long from;
	unsigned long to;
	bool wanted;	/* readable, writable, and not the arena */
	bool guard;	/* a page that nobody may touch */
};

static bool overlaps(const struct region *region, unsigned long base,
		     unsigned long bytes)
{
	return region->from < base + bytes && base < region->to;
}

/* The line at @at; where the next one begins, or NULL. */
static const char *region_parse(const char *at, struct region *region)
{
	char read, write;

	if (sscanf(at, "%lx-%lx %c%c", &region->from, &region->to, &read,
		   &write) != 4)
		return NULL;
	region->wanted = read == 'r' && write == 'w' &&
			 region->to - region->from <= REGION_MAX &&
			 !overlaps(region, mirror_arena.base,
				   mirror_arena.bytes) &&
			 !overlaps(region, mirror_arena.vbase,
				   mirror_arena.vbytes);
	region->guard = read == '-' && write == '-' &&
			region->to - region->from == PAGE_SIZE;
	at = strchr(at, '\n');
	return at ? at + 1 : NULL;
}

/* Where a stack in it is live from; 0: there is none. */
static unsigned long sp_inside(const struct region *region)
{
	unsigned int i;

	if (self_sp >= region->from && self_sp < region->to)
		return self_sp;
	for (i = 0; i < threads.nr; i++)
		if (threads.thread[i].sp >= region->from &&
		    threads.thread[i].sp < region->to)
			return threads.thread[i].sp;
	return 0;
}

/* The C library keeps the stacks of threads that have ended. */
static bool is_dead_stack(const struct region *region,
			  const struct region *before)
{
	size_t bytes = region->to - region->from;

	/* Whether the guard is part of the size is the library's affair. */
	return before->guard && before->to == region->from &&
	       (bytes == stack_bytes || bytes + PAGE_SIZE == stack_bytes);
}

/* ------------------------------------------------------------ in the child */

/* But the description of the arena: where it begins is no reference. */
static void scan_words(struct qr_scan *scan, unsigned long from,
		       unsigned long to)
{
	unsigned long own = (unsigned long)&mirror_arena;

	qr_scan_root(scan, (void *)from, (void *)clamp(own, from, to));
	qr_scan_root(scan, (void *)clamp(own + sizeof(mirror_arena), from, to),
		     (void *)to);
}

/* Pages that were never touched are many, and are not touched now. */
static void scan_present(struct qr_scan *scan, int pagemap, unsigned long from,
			 unsigned long to)
{
	u64 entry[PAGEMAP_NR];
	unsigned long at = from & PAGE_MASK;

	while (at < to) {
		ssize_t got = pread(pagemap, entry, sizeof(entry),
				    at / PAGE_SIZE * sizeof(entry[0]));
		unsigned int i, nr = got > 0 ? got / sizeof(entry[0]) : 0;

		if (!nr)
			return;
		for (i = 0; i < nr && at < to; i++, at += PAGE_SIZE) {
			/* Present, or swapped out. */
			if (!(entry[i] >> 62))
				continue;
			scan->stats.pages_scanned++;
			scan_words(scan, max(at, from), min(at + PAGE_SIZE, to));
			qr_scan_follow(scan);
		}
	}
}

static void scan_region(struct qr_scan *scan, int pagemap,
			const struct region *region,
			const struct region *before)
{
	unsigned long sp = sp_inside(region);
	unsigned long own = (unsigned long)__builtin_frame_address(0);

	/* The copy runs on a stack of its own. */
	if (own >= region->from && own < region->to)
		return;
	if (sp) {
		scan->stats.stacks++;
		scan_present(scan, pagemap, sp & -sizeof(sp), region->to);
	} else if (is_dead_stack(region, before)) {
		scan->stats.dead_stacks++;
	} else {
		scan_present(scan, pagemap, region->from, region->to);
	}
}

/* Wiped then: our copies must not be met again among the data. */
static void scan_wipe(struct qr_scan *scan, void *reg, size_t bytes)
{
	qr_scan_range(scan, reg, reg + bytes);
	memset(reg, 0, bytes);
}

static void scan_registers(struct qr_scan *scan)
{
	unsigned int i;

	scan_wipe(scan, self_reg, sizeof(self_reg));
	memset(&far_copy, 0, sizeof(far_copy));
	for (i = 0; i < threads.nr; i++)
		scan_wipe(scan, &threads.thread[i].regs,
			  sizeof(threads.thread[i].regs));
}

static bool is_part(unsigned long at, const void *what, size_t bytes)
{
	return at - (unsigned long)what < bytes;
}

bool mirror_is_registers(unsigned long at)
{
	return is_part(at, &threads, sizeof(threads)) ||
	       is_part(at, self_reg, sizeof(self_reg));
}

static int maps_read(void)
{
	int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	ssize_t got = 1;

	if (fd < 0)
		return -EIO;
	for (maps_len = 0; got > 0 && maps_len < MAPS_MAX - 1; maps_len += got)
		got = max_t(ssize_t, read(fd, maps + maps_len,
					  MAPS_MAX - 1 - maps_len), 0);
	close(fd);
	maps[maps_len] = '\0';
	return 0;
}

/* Slabs that came while the table was made, or since. */
static void scan_unknown(struct qr_scan *scan)
{
	unsigned long i;

	for (i = 0; i < mirror_arena.bytes >> PAGE_SHIFT; i++) {
		const struct qr_slab *slab =
			READ_ONCE(mirror_arena.page[i].slab);
		char *at = (char *)mirror_arena.base + i * PAGE_SIZE;

		if (slab && !qr_scan_knows(scan, slab))
			qr_scan_range(scan, at, at + PAGE_SIZE);
		else if (slab)
			scan->stats.pages_own++;
	}
	for (i = 0; i < mirror_arena.vbytes >> PAGE_SHIFT; i++) {
		const struct qr_slab *slab =
			READ_ONCE(mirror_arena.vpage[i].slab);
		char *at = (char *)mirror_arena.vbase + i * PAGE_SIZE;

		if (slab && !qr_scan_knows(scan, slab))
			qr_scan_range(scan, at, at + PAGE_SIZE);
	}
}

/* In the copy.  What it marks is in memory that both share. */
static int copy_scan(void *data)
{
	int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	struct qr_scan *scan = data;
	struct region region, before = { };
	const char *at = maps;

	if (pagemap < 0 || maps_read())
		return 1;
	scan_registers(scan);
	while (at && *at) {
		at = region_parse(at, &region);
		if (region.wanted)
			scan_region(scan, pagemap, &region, &before);
		before = region;
		WRITE_ONCE(scan->done, maps_len - (at ? maps + maps_len - at :
						   0));
		if (qr_scan_stopped(scan))
			break;
	}
	scan_unknown(scan);
	qr_scan_follow(scan);
	return 0;
}

/* ----------------------------------------------------------- in the parent */

static size_t default_stack_bytes(void)
{
	pthread_attr_t attr;
	size_t bytes = 0;

	pthread_attr_init(&attr);
	pthread_attr_getstacksize(&attr, &bytes);
	pthread_attr_destroy(&attr);
	return bytes;
}

int qr_roots_scan(struct qr_scan *scan)
{
	int err;

	maps = mmap(NULL, MAPS_MAX, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (maps == MAP_FAILED)
		return -ENOMEM;
	stack_bytes = default_stack_bytes();
	err = mirror_snapshot(&threads, copy_scan, scan);
	munmap(maps, MAPS_MAX);
	return err ?: qr_scan_stopped(scan) ? -EINTR : 0;
}

/* Those that a call keeps: what else is in a register is not live. */
static void take_self(const ucontext_t *uc)
{
	unsigned int i = 0;

	memset(self_reg, 0, sizeof(self_reg));
#if defined(__x86_64__)
	static const u8 kept[] = { REG_RBX, REG_RBP, REG_R12, REG_R13, REG_R14,
				   REG_R15 };

	for (i = 0; i < ARRAY_SIZE(kept); i++)
		self_reg[i] = uc->uc_mcontext.gregs[kept[i]];
#elif defined(__aarch64__)
	for (i = 0; i < 11; i++)
		self_reg[i] = uc->uc_mcontext.regs[19 + i];
#endif
}

/* Its own frame, and all below it, is dead. */
noinline
int mirror_scan(unsigned int min_age_ms)
{
	ucontext_t here;
	int err;

	getcontext(&here);
	take_self(&here);
	self_sp = (unsigned long)__builtin_frame_address(0) +
		  2 * sizeof(unsigned long);
	err = qr_scan_run(min_age_ms);
	/* Not a tail call: the frame has to last. */
	self_sp = 0;
	return err;
}
