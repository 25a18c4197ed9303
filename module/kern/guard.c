// SPDX-License-Identifier: GPL-2.0-only
/*
 * guard.c - guard pages: a range of its own in vmalloc space, whose page table
 * entries are taken away and put back, and what is said when the kernel dies of
 * touching one.
 *
 * As with KFENCE, an entry that goes is gone for this CPU at once, and for
 * others when they next flush: they may miss an access, never see a wrong one,
 * because the page stays with its place.
 */
#define pr_fmt(fmt) "quarry: " fmt

#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/kdebug.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "finding.h"
#include "guard.h"
#include "hooks.h"
#include "oops.h"
#include "pages.h"

/* x86 alone lets a module find and change an entry of the kernel's. */
#if defined(CONFIG_X86_64) && !defined(CONFIG_UML)

#include <linux/kprobes.h>

#include <asm/special_insns.h>
#include <asm/unwind.h>

static pte_t *entry_of(void *addr)
{
	unsigned int level;
	pte_t *pte = lookup_address((unsigned long)addr, &level);

	return pte && level == PG_LEVEL_4K ? pte : NULL;
}

static void forget(void *addr)
{
	preempt_disable();
	asm volatile("invlpg (%0)" : : "r" (addr) : "memory");
	preempt_enable();
}

static void set_entry(void *addr, pte_t value)
{
	native_set_pte(entry_of(addr), value);
	forget(addr);
}

/* Of each place, while its entry is gone too. */
static struct page **place_page;
static unsigned long place_base;

static unsigned int place_of(const void *page)
{
	return ((unsigned long)page - place_base - PAGE_SIZE) / (2 * PAGE_SIZE);
}

static void pages_put(struct page **pages, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (pages[i])
			qr_pages_put(page_address(pages[i]), 1);
	kvfree(pages);
}

/* What lies in them is looked at as objects are, not as roots. */
static struct page **pages_get(unsigned int nr)
{
	struct page **pages = kvcalloc(nr, sizeof(*pages), GFP_KERNEL);
	unsigned int i;

	for (i = 0; pages && i < nr; i++) {
		void *addr = qr_pages_get(1, GFP_KERNEL | __GFP_ZERO,
					  NUMA_NO_NODE);

		if (!addr) {
			pages_put(pages, nr);
			return NULL;
		}
		qr_pages_stamp_meta(addr, 1);
		pages[i] = virt_to_page(addr);
	}
	return pages;
}

/* Maps something everywhere, so that there are page tables. */
static void *map_all(struct page **pages, unsigned int nr)
{
	unsigned int all = 2 * nr + 1, i;
	struct page **map = kvmalloc_array(all, sizeof(*map), GFP_KERNEL);
	void *base;

	if (!map)
		return NULL;
	for (i = 0; i < all; i++)
		map[i] = pages[i < 2 ? 0 : i / 2 - !(i % 2)];
	base = vmap(map, all, VM_MAP, PAGE_KERNEL);
	kvfree(map);
	for (i = 0; base && i < all; i++)
		if (!entry_of(base + i * PAGE_SIZE)) {
			vunmap(base);
			return NULL;
		}
	return base;
}

/* ------------------------------------------------- where it was that died */

/*
 * What a CPU is about to die of.  CR2 has the address too, until something
 * faults that is forgiven; the kernel's own dump of the code does where that is
 * at the beginning of a module.
 */
struct fault {
	const void *regs;
	unsigned long address;
};

static DEFINE_PER_CPU(struct fault, last_fault);

/* page_fault_oops(regs, error code, address) begins.  Context: any. */
static int on_fault(struct kprobe *probe, struct pt_regs *regs)
{
	this_cpu_write(last_fault.regs,
		       (void *)regs_get_kernel_argument(regs, 0));
	this_cpu_write(last_fault.address, regs_get_kernel_argument(regs, 2));
	return 0;
}

static struct kprobe fault_probe = {
	.symbol_name = "page_fault_oops",
	.pre_handler = on_fault,
};

static bool probed;

/* Without it CR2 is mostly right. */
static void fault_probe_begin(void)
{
	probed = !register_kprobe(&fault_probe);
}

static void fault_probe_end(void)
{
	if (probed)
		unregister_kprobe(&fault_probe);
	probed = false;
}

static unsigned long fault_address(const struct pt_regs *regs)
{
	unsigned long cr2 = read_cr2();

	if (this_cpu_read(last_fault.regs) != regs)
		return cr2;
	this_cpu_write(last_fault.regs, NULL);
	return this_cpu_read(last_fault.address);
}

/* ---------------------------------------------------------------- range */

int qr_guard_range_get(unsigned int nr, void **range)
{
	struct page **pages = pages_get(nr);
	void *base = pages ? map_all(pages, nr) : NULL;
	unsigned int i;

	if (!base) {
		if (pages)
			pages_put(pages, nr);
		return -ENOMEM;
	}
	for (i = 0; i < 2 * nr + 1; i++)
		set_entry(base + i * PAGE_SIZE, __pte(0));
	place_page = pages;
	place_base = (unsigned long)base;
	*range = base;
	fault_probe_begin();
	return 0;
}

void qr_guard_range_put(void *range, unsigned int nr)
{
	fault_probe_end();
	vunmap(range);
	pages_put(place_page, nr);
	place_page = NULL;
}

void qr_guard_page_open(void *page)
{
	set_entry(page, mk_pte(place_page[place_of(page)], PAGE_KERNEL));
}

void qr_guard_page_close(void *page)
{
	set_entry(page, __pte(0));
}

/* ----------------------------------------------------------------- oops */

static void tell_registers(const struct pt_regs *regs)
{
	static const struct {
		const char *name;
		unsigned int offset;
	} registers[] = {
		{ "rax", offsetof(struct pt_regs, ax) },
		{ "rbx", offsetof(struct pt_regs, bx) },
		{ "rcx", offsetof(struct pt_regs, cx) },
		{ "rdx", offsetof(struct pt_regs, dx) },
		{ "rsi", offsetof(struct pt_regs, si) },
		{ "rdi", offsetof(struct pt_regs, di) },
		{ "rbp", offsetof(struct pt_regs, bp) },
		{ "r8", offsetof(struct pt_regs, r8) },
		{ "r9", offsetof(struct pt_regs, r9) },
		{ "r10", offsetof(struct pt_regs, r10) },
		{ "r11", offsetof(struct pt_regs, r11) },
		{ "r12", offsetof(struct pt_regs, r12) },
		{ "r13", offsetof(struct pt_regs, r13) },
		{ "r14", offsetof(struct pt_regs, r14) },
		{ "r15", offsetof(struct pt_regs, r15) },
	};
	unsigned long value[ARRAY_SIZE(registers)];
	unsigned int i, before;

	for (i = 0; i < ARRAY_SIZE(registers); i++) {
		value[i] = *(unsigned long *)((void *)regs +
					      registers[i].offset);
		for (before = 0; value[before] != value[i]; before++)
			;
		/* What two have is told of once. */
		if (before == i)
			qr_oops_register(registers[i].name, value[i]);
	}
}

/* The code that died, and the calls that led there. */
static unsigned int calls_take(struct pt_regs *regs, unsigned long *call,
			       unsigned int max)
{
	struct unwind_state state;
	unsigned int nr = 0;

	call[nr++] = regs->ip;
	/* Begins with whoever called that. */
	unwind_start(&state, current, regs, NULL);
	for (; nr < max && !unwind_done(&state); unwind_next_frame(&state)) {
		call[nr] = unwind_get_return_address(&state);
		/* What an interrupt has found running did not call us. */
		if (!call[nr] || unwind_get_entry_regs(&state, NULL))
			break;
		nr++;
	}
	return nr;
}

/*
 * In the midst of the kernel's own report, in the context that died.  The number
 * of the trap is not in @args; "Oops" is what a page fault is called.
 */
static int on_die(struct notifier_block *block, unsigned long action,
		  void *data)
{
	const struct die_args *args = data;
	unsigned long call[QR_FINDING_FRAMES], address;
	unsigned int nr;

	if (action != DIE_OOPS || !args->regs)
		return NOTIFY_DONE;
	if (!strcmp(args->str, "Oops")) {
		address = fault_address(args->regs);
		nr = calls_take(args->regs, call, ARRAY_SIZE(call));
		qr_oops_address(address, call, nr);
	}
	tell_registers(args->regs);
	return NOTIFY_DONE;
}

static struct notifier_block die_block = { .notifier_call = on_die };

int qr_die_init(void)
{
	return register_die_notifier(&die_block);
}

void qr_die_exit(void)
{
	unregister_die_notifier(&die_block);
	fault_probe_end();
}

#else

int qr_guard_range_get(unsigned int nr, void **range)
{
	pr_err("option G: a module cannot have guard pages here\n");
	return -EOPNOTSUPP;
}

void qr_guard_range_put(void *range, unsigned int nr)
{
}

void qr_guard_page_open(void *page)
{
}

void qr_guard_page_close(void *page)
{
}

int qr_die_init(void)
{
	return 0;
}

void qr_die_exit(void)
{
}

#endif
