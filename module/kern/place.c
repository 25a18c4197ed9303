// SPDX-License-Identifier: GPL-2.0-only
/*
 * place.c - what lies at an address that a scan has met, in words.  Roots are looked
 * at through the direct map, so a variable is found by its frame: in the image of
 * the kernel, or among the data of a module.
 */
#include <linux/kallsyms.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/page-flags.h>
#include <linux/rculist.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/sched/task_stack.h>
#include <linux/string.h>

#include "finding.h"
#include "internal.h"
#include "roots.h"
#include "slub.h"
#include "stamp.h"

/* ------------------------------------------------------------------ stacks */

static bool stack_has(const struct task_struct *task, unsigned long at)
{
	return at - (unsigned long)READ_ONCE(task->stack) < THREAD_SIZE;
}

static bool stack_text(const struct task_struct *task, unsigned long at,
		       char *buf, size_t size)
{
	if (!stack_has(task, at))
		return false;
	scnprintf(buf, size, "stack of %s/%d", task->comm, task->pid);
	return true;
}

static bool any_stack_text(unsigned long at, char *buf, size_t size)
{
	struct task_struct *process, *task;
	bool found = stack_text(&init_task, at, buf, size);

	rcu_read_lock();
	for_each_process_thread(process, task)
		found = found || stack_text(task, at, buf, size);
	rcu_read_unlock();
	return found;
}

/* --------------------------------------------------------------- variables */

/* "name+offset [module]": the size that is told of data is not theirs. */
static bool symbol_text(unsigned long address, char *buf, size_t size)
{
	char symbol[KSYM_SYMBOL_LEN];
	char *from, *to;

	sprint_symbol(symbol, address);
	from = strrchr(symbol, '/');
	if (!from)
		return false;
	to = strchrnul(from, ' ');
	memmove(from, to, strlen(to) + 1);
	strscpy(buf, symbol, size);
	return true;
}

/*
 * The image has its frames one after the other, and those between its parts, which
 * it does not need, are given to others: these are not reserved any more.
 */
static bool image_text(unsigned long at, char *buf, size_t size)
{
	unsigned long known = (unsigned long)&init_task;
	unsigned long address = at - (unsigned long)lm_alias(known) + known;

	return PageReserved(virt_to_page((void *)at)) &&
	       qr_platform_address(address) == QR_ADDRESS_IMAGE &&
	       symbol_text(address, buf, size);
}

/* Where in the module's data the frame is mapped, or 0. */
static unsigned long mapped_at(const struct module *module,
			       const struct page *page)
{
	unsigned long at = (unsigned long)qr_module_data(module);
	unsigned long end = at + qr_module_data_bytes(module);

	for (; at < end; at += PAGE_SIZE)
		if (vmalloc_to_page((void *)at) == page)
			return at;
	return 0;
}

static bool module_text(const struct module *module, unsigned long at,
			char *buf, size_t size)
{
	unsigned long data = mapped_at(module, virt_to_page((void *)at));

	if (!data)
		return false;
	if (!symbol_text(data + (at & ~PAGE_MASK), buf, size))
		scnprintf(buf, size, "data of module %s", module->name);
	return true;
}

/* The list's head is the kernel's, and no module. */
static bool any_module_text(unsigned long at, char *buf, size_t size)
{
	struct module *module;
	bool found;

	rcu_read_lock();
	found = module_text(THIS_MODULE, at, buf, size);
	list_for_each_entry_rcu(module, &THIS_MODULE->list, list)
		if (qr_platform_is_module((unsigned long)module))
			found = found || module_text(module, at, buf, size);
	rcu_read_unlock();
	return found;
}

/* --------------------------------------------------------- other memory */

#define NAME_WORDS	4U

/* The cache may be gone by now, and its name. */
static bool name_load(unsigned long cache, const struct qr_slub *slub,
		      char name[])
{
	unsigned long at = qr_slub_load(cache + slub->name_at), word;
	unsigned int i;

	for (i = 0; i < NAME_WORDS; i++) {
		word = qr_slub_load(at + i * sizeof(word));
		memcpy(name + i * sizeof(word), &word, sizeof(word));
	}
	name[i * sizeof(word)] = '\0';
	return name[0];
}

static void slub_text(const struct page *head, unsigned long at, char *buf,
		      size_t size)
{
	const struct qr_slub *slub = qr_slub_learn();
	char name[NAME_WORDS * sizeof(long) + 1];
	unsigned long cache, offset;
	u32 bytes;

	strscpy(buf, "memory of SLUB", size);
	if (!slub || !slub->name_at)
		return;
	cache = qr_slub_load((unsigned long)head + slub->cache_at);
	bytes = qr_slub_load(cache + slub->size_at);
	if (!bytes || !name_load(cache, slub, name))
		return;
	offset = (at - (unsigned long)page_address(head)) % bytes;
	scnprintf(buf, size, "SLUB %s +%lu", name, offset);
}

static void page_text(struct page *page, unsigned long at, char *buf,
		      size_t size)
{
	struct page *head = compound_head(page);

	if (PageSlab(head)) {
		slub_text(head, at, buf, size);
		return;
	}
	switch ((unsigned long)READ_ONCE(page->qr_page_index)) {
	case QR_STAMP:
	case QR_STAMP_RUN:
		strscpy(buf, "an object younger than the scan", size);
		break;
	default:
		strscpy(buf, "other memory of the kernel", size);
	}
}

void qr_place_text(unsigned long at, char *buf, size_t size)
{
	if (any_stack_text(at, buf, size))
		return;
	if (!virt_addr_valid((void *)at)) {
		strscpy(buf, "a stack or registers of who is gone", size);
		return;
	}
	if (!image_text(at, buf, size) && !any_module_text(at, buf, size))
		page_text(virt_to_page((void *)at), at, buf, size);
}
