// SPDX-License-Identifier: GPL-2.0-only
/*
 * place.c - what lies at an address that a scan has met, in words: a variable, by
 * the symbols of the program and its libraries, or else as the process's map of
 * memory names it.
 */
#include <stdio.h>
#include <string.h>

#include <linux/kernel.h>

#include "machine.h"
#include "roots.h"

/* "from-to rwxp offset dev inode name" */
static bool is_in(const char *line, unsigned long at, char name[64])
{
	unsigned long from, to;

	name[0] = '\0';
	return sscanf(line, "%lx-%lx %*s %*s %*s %*s %63s", &from, &to,
		      name) >= 2 && at - from < to - from;
}

void qr_place_text(unsigned long at, char *buf, size_t size)
{
	FILE *maps;
	char line[512], name[64] = "";

	if (mirror_is_registers(at)) {
		scnprintf(buf, size, "registers of a thread");
		return;
	}
	if (mirror_symbol_text(at, buf, size))
		return;
	maps = fopen("/proc/self/maps", "re");
	while (maps && fgets(line, sizeof(line), maps))
		if (is_in(line, at, name))
			break;
	if (maps)
		fclose(maps);
	scnprintf(buf, size, "%s", name[0] ? name : "mapped memory");
}
