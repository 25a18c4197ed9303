// SPDX-License-Identifier: GPL-2.0-only
/*
 * results.c - the lines of a run, kept for debugfs quarry_test/results and
 * printed to the log as they come; and what else shared cases ask of a kernel.
 */
#include <linux/debugfs.h>
#include <linux/irq_work.h>
#include <linux/kasan.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "finding.h"
#include "kmod.h"

#define TEXT_BYTES	(256UL << 10)

/* Protects @text and @len. */
static DEFINE_MUTEX(results_lock);
static char *text;
static size_t len;

__printf(1, 2)
void qt_print(const char *fmt, ...)
{
	char line[256];
	va_list args;
	int bytes;

	va_start(args, fmt);
	bytes = vscnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	printk(KERN_INFO "%s", line);
	mutex_lock(&results_lock);
	if (text && len + bytes < TEXT_BYTES) {
		memcpy(text + len, line, bytes);
		len += bytes;
	}
	mutex_unlock(&results_lock);
}

static int results_show(struct seq_file *seq, void *data)
{
	mutex_lock(&results_lock);
	seq_write(seq, text, len);
	mutex_unlock(&results_lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(results);

int results_init(struct dentry *dir)
{
	text = vmalloc(TEXT_BYTES);
	if (!text)
		return -ENOMEM;
	debugfs_create_file("results", 0444, dir, NULL, &results_fops);
	return 0;
}

/* The directory is gone by now. */
void results_exit(void)
{
	vfree(text);
}

/* -------------------------------------------------- the shared cases' world */

void *qt_foreign_alloc(size_t size)
{
	return kmalloc(size, GFP_KERNEL);
}

void qt_foreign_free(void *block)
{
	kfree(block);
}

u32 qt_task(char comm[16])
{
	strscpy(comm, current->comm, 16);
	return current->pid;
}

struct struck {
	struct irq_work work;
	void (*fn)(void *data);
	void *data;
};

static void strike(struct irq_work *work)
{
	struct struck *struck = container_of(work, struct struck, work);

	struck->fn(struck->data);
}

/* By an interrupt that this CPU sends itself. */
int qt_interrupt(void (*fn)(void *data), void *data)
{
	struct struck struck = {
		.work = IRQ_WORK_INIT_HARD(strike), .fn = fn, .data = data,
	};

	irq_work_queue(&struck.work);
	irq_work_sync(&struck.work);
	return 0;
}

/* Looks like an address of a process; never followed, mapped or not. */
u8 qt_foreign_kind(void)
{
	return QR_ADDRESS_OTHER_SLAB;
}

#ifdef CONFIG_KASAN_GENERIC
bool qt_has_sanitizer(void)
{
	return true;
}

/* A byte of the shadow tells of eight: all open, or so many, or none. */
bool qt_is_closed(const void *at)
{
	s8 open = READ_ONCE(*(s8 *)kasan_mem_to_shadow(at));

	return open && (s8)((unsigned long)at % 8) >= open;
}
#else
bool qt_has_sanitizer(void)
{
	return false;
}

bool qt_is_closed(const void *at)
{
	return false;
}
#endif

u8 qt_user_kind(void)
{
	return QR_ADDRESS_USER;
}

u8 qt_code_kind(void)
{
	return QR_ADDRESS_MODULE;
}

void *qt_user_address(void)
{
	return (void *)0x00007f0000001000UL;
}
