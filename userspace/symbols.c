// SPDX-License-Identifier: GPL-2.0-only
/*
 * symbols.c - return addresses as function, file and line, and variables by name,
 * from the debug information of the program and its libraries, by elfutils.  For
 * reports: takes memory and a lock.
 */
#include <elfutils/libdwfl.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include <linux/kernel.h>
#include <linux/string.h>

#include "machine.h"
#include "platform.h"

static const Dwfl_Callbacks callbacks = {
	.find_elf = dwfl_linux_proc_find_elf,
	/* What is installed here; nothing is fetched. */
	.find_debuginfo = dwfl_build_id_find_debuginfo,
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static Dwfl *dwfl;

/* Looks at what is mapped now. */
static void maps_read(void)
{
	if (!dwfl)
		dwfl = dwfl_begin(&callbacks);
	if (!dwfl)
		return;
	dwfl_report_begin(dwfl);
	dwfl_linux_proc_report(dwfl, getpid());
	dwfl_report_end(dwfl, NULL, NULL);
}

static Dwfl_Module *module_of(Dwarf_Addr address)
{
	Dwfl_Module *module = dwfl ? dwfl_addrmodule(dwfl, address) : NULL;

	if (!module) {
		maps_read();
		module = dwfl ? dwfl_addrmodule(dwfl, address) : NULL;
	}
	return module;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* " [library]", or nothing for the program itself, which is mapped first. */
static int put_library(Dwfl_Module *module, char *buf, size_t size)
{
	const char *path;

	path = dwfl_module_info(module, NULL, NULL, NULL, NULL, NULL, NULL,
				NULL);
	if (!path || !strcmp(base_name(path), program_invocation_short_name))
		return 0;
	return scnprintf(buf, size, " [%s]", base_name(path));
}

static int put_line(Dwfl_Module *module, Dwarf_Addr at, char *buf, size_t size)
{
	Dwfl_Line *line = dwfl_module_getsrc(module, at);
	const char *file;
	int nr = 0;

	file = line ? dwfl_lineinfo(line, NULL, &nr, NULL, NULL, NULL) : NULL;
	if (!file)
		return 0;
	return scnprintf(buf, size, " %s:%d", base_name(file), nr);
}

/* Which one @at is in, and how far; NULL: that is not known. */
static const char *symbol_of(Dwfl_Module *module, Dwarf_Addr at,
			     GElf_Off *offset, GElf_Sym *symbol)
{
	return module ? dwfl_module_addrinfo(module, at, offset, symbol, NULL,
					     NULL, NULL) : NULL;
}

static bool put_frame(unsigned long address, char *buf, size_t size)
{
	/* In the call, not behind it, where another line or function may be. */
	Dwarf_Addr at = address - 1;
	Dwfl_Module *module = module_of(at);
	GElf_Off offset;
	GElf_Sym symbol;
	const char *name = symbol_of(module, at, &offset, &symbol);
	int len;

	if (!name)
		return false;
	len = scnprintf(buf, size, "%s+0x%lx/0x%lx", name,
			(unsigned long)offset + 1,
			(unsigned long)symbol.st_size);
	len += put_library(module, buf + len, size - len);
	put_line(module, at, buf + len, size - len);
	return true;
}

void qr_platform_frame_text(unsigned long address, char *buf, size_t len)
{
	bool known;

	pthread_mutex_lock(&lock);
	known = put_frame(address, buf, len);
	pthread_mutex_unlock(&lock);
	if (!known)
		qr_caller_text(address, buf, len);
}

static bool put_variable(unsigned long at, char *buf, size_t size)
{
	Dwfl_Module *module = module_of(at);
	GElf_Off offset;
	GElf_Sym symbol;
	const char *name = symbol_of(module, at, &offset, &symbol);
	int len;

	if (!name || GELF_ST_TYPE(symbol.st_info) != STT_OBJECT)
		return false;
	len = scnprintf(buf, size, "%s+0x%lx", name, (unsigned long)offset);
	put_library(module, buf + len, size - len);
	return true;
}

bool mirror_symbol_text(unsigned long at, char *buf, size_t size)
{
	bool known;

	pthread_mutex_lock(&lock);
	known = put_variable(at, buf, size);
	pthread_mutex_unlock(&lock);
	return known;
}

void mirror_symbols_exit(void)
{
	pthread_mutex_lock(&lock);
	if (dwfl)
		dwfl_end(dwfl);
	dwfl = NULL;
	pthread_mutex_unlock(&lock);
}
