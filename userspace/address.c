// SPDX-License-Identifier: GPL-2.0-only
/*
 * address.c - what an address is that is in no slab: of the arena, or as the
 * process's map of memory has it, which is read without allocating.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <linux/mm.h>
#include <linux/string.h>

#include "finding.h"
#include "platform.h"

/* What user space has on the machines that this runs on. */
#define ADDRESS_BITS	47

/* A line of /proc/self/maps, as much of it as tells. */
struct mapping {
	unsigned long from;
	unsigned long to;
	bool readable;
	bool file;
};

/* "from-to rwxp offset dev inode path" */
static void mapping_parse(char *line, struct mapping *map)
{
	char *rest;

	map->from = strtoul(line, &rest, 16);
	map->to = *rest ? strtoul(rest + 1, &rest, 16) : 0;
	map->readable = *rest && rest[1] == 'r';
	map->file = strchr(line, '/');
}

static bool mapping_find(int fd, unsigned long address, struct mapping *map)
{
	char line[256], buf[512];
	size_t len = 0;
	ssize_t nr, i;

	while ((nr = read(fd, buf, sizeof(buf))) > 0) {
		for (i = 0; i < nr; i++) {
			if (buf[i] != '\n') {
				line[len] = buf[i];
				len += len + 1 < sizeof(line);
				continue;
			}
			line[len] = '\0';
			len = 0;
			mapping_parse(line, map);
			if (address - map->from < map->to - map->from)
				return true;
		}
	}
	return false;
}

static enum qr_address process_address(unsigned long address)
{
	int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	unsigned long here = (unsigned long)__builtin_frame_address(0);
	struct mapping map;
	bool found;

	if (fd < 0)
		return QR_ADDRESS_OTHER_PAGE;
	found = mapping_find(fd, address, &map);
	close(fd);
	if (!found || !map.readable)
		return QR_ADDRESS_UNMAPPED;
	if (here - map.from < map.to - map.from)
		return QR_ADDRESS_STACK;
	return map.file ? QR_ADDRESS_IMAGE : QR_ADDRESS_OTHER_PAGE;
}

static enum qr_address arena_address(unsigned long offset)
{
	const struct mirror_page *page;

	page = &mirror_arena.page[offset >> PAGE_SHIFT];
	if (READ_ONCE(page->state) == MIRROR_PAGE_META)
		return QR_ADDRESS_META;
	return READ_ONCE(page->refs) ? QR_ADDRESS_OTHER_PAGE :
				       QR_ADDRESS_FREE_PAGE;
}

enum qr_address qr_platform_address(unsigned long address)
{
	if (address >> ADDRESS_BITS)
		return QR_ADDRESS_NONSENSE;
	if (address - mirror_arena.base < mirror_arena.bytes)
		return arena_address(address - mirror_arena.base);
	if (address - mirror_arena.vbase < mirror_arena.vbytes)
		return QR_ADDRESS_UNMAPPED;
	return process_address(address);
}
