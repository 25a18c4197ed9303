// SPDX-License-Identifier: GPL-2.0-only
/*
 * stacks.c - the stacks of tasks.  What lies below the stack pointer is dead,
 * and so is all of a stack that no task has: the kernel keeps some for new
 * tasks, and every CPU has one for interrupts, which are over when a scan looks
 * at them.  One stale word there would hide a whole lost list.
 */
#include <linux/cpu.h>
#include <linux/err.h>
#include <linux/irq_work.h>
#include <linux/kernel.h>
#include <linux/magic.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/sched/task_stack.h>
#include <linux/sort.h>
#include <linux/stop_machine.h>
#include <linux/vmalloc.h>

#include "internal.h"
#include "scan.h"
#include "stacks.h"

#define STACK_PAGES	(THREAD_SIZE / PAGE_SIZE)

/* ---------------------------------------------------------------- frames */

static bool pfns_grow(struct qr_stacks *stacks, unsigned int more)
{
	unsigned int max = max(2 * stacks->max_pfns, stacks->nr_pfns + more);
	unsigned long *pfn;

	if (stacks->nr_pfns + more <= stacks->max_pfns)
		return true;
	pfn = kvmalloc_array(max, sizeof(*pfn), GFP_KERNEL);
	if (!pfn)
		return false;
	memcpy(pfn, stacks->pfn, stacks->nr_pfns * sizeof(*pfn));
	kvfree(stacks->pfn);
	stacks->pfn = pfn;
	stacks->max_pfns = max;
	return true;
}

/* The frames of mapped memory; there is room for them. */
static void pfns_add(struct qr_stacks *stacks, unsigned long from,
		     unsigned int nr)
{
	struct page *page;

	for (; nr; nr--, from += PAGE_SIZE) {
		page = virt_addr_valid((void *)from) ?
			virt_to_page((void *)from) :
			vmalloc_to_page((void *)from);
		if (page)
			stacks->pfn[stacks->nr_pfns++] = page_to_pfn(page);
	}
}

static int by_number(const void *a, const void *b)
{
	unsigned long x = *(const unsigned long *)a;
	unsigned long y = *(const unsigned long *)b;

	return x < y ? -1 : x > y;
}

bool qr_stacks_have(const struct qr_stacks *stacks, unsigned long pfn)
{
	unsigned int from = 0, to = stacks->nr_pfns;

	while (from < to) {
		unsigned int middle = from + (to - from) / 2;

		if (stacks->pfn[middle] == pfn)
			return true;
		if (stacks->pfn[middle] < pfn)
			from = middle + 1;
		else
			to = middle;
	}
	return false;
}

/* ------------------------------------------------------ stacks without task */

#if defined(CONFIG_X86_64) && defined(CONFIG_VMAP_STACK) && \
	!defined(CONFIG_UML)
static bool pte_is_there(const pte_t *pte)
{
	return pte_present(READ_ONCE(*pte));
}

/*
 * The lowest word of a kernel stack is a known one, also when its task is gone.
 * The kernel writes over it when the stack has to wait for a grace period, and
 * may keep it for a new task after that: then the third is the area's address,
 * as in struct vm_stack of kernel/fork.c.
 */
static bool is_marked(unsigned long addr)
{
	const unsigned long *lowest = (const unsigned long *)addr;
	unsigned long word, area, area_addr;

	if (!qr_load_nofault(&word, lowest))
		return false;
	if (word == STACK_END_MAGIC)
		return true;
	/* No other may be tried: see is_on_list() in roots.c. */
	return qr_load_nofault(&area, lowest + 2) && area >= PAGE_OFFSET &&
	       !IS_ERR_VALUE(area) &&
	       qr_load_nofault(&area_addr, (unsigned long *)(area +
			       offsetof(struct vm_struct, addr))) &&
	       area_addr == addr;
}

/* The page below a stack is never mapped. */
static bool is_stack(const pte_t *pte, unsigned int index, unsigned long addr)
{
	unsigned int i;

	if (index && pte_is_there(pte - 1))
		return false;
	for (i = 0; i < STACK_PAGES; i++)
		if (!pte_is_there(pte + i))
			return false;
	return is_marked(addr);
}

static int walk_ptes(struct qr_stacks *stacks, struct qr_scan *scan,
		     pmd_t *pmd, unsigned long addr)
{
	pte_t *pte = pte_offset_kernel(pmd, addr);
	unsigned int i;

	for (i = 0; i < PTRS_PER_PTE; i += STACK_PAGES) {
		unsigned long at = addr + i * PAGE_SIZE;

		if (!is_stack(pte + i, i, at))
			continue;
		if (!pfns_grow(stacks, STACK_PAGES))
			return -ENOMEM;
		pfns_add(stacks, at, STACK_PAGES);
		scan->stats.dead_stacks++;
	}
	cond_resched();
	return 0;
}

/*
 * The table of @addr's page in the kernel's part of the page tables, which all
 * processes share; or NULL, and in *@size how far there is none.  The topmost one
 * is that of whichever process this CPU was with last, and goes with it.  Context:
 * preemption off.
 */
static pmd_t *find_table(unsigned long addr, unsigned long *size)
{
	pgd_t *pgd = pgd_offset_pgd(__va(read_cr3_pa()), addr);
	p4d_t *p4d;
	pud_t *pud;
	pmd_t *pmd;

	*size = PGDIR_SIZE;
	if (pgd_none(*pgd))
		return NULL;
	p4d = p4d_offset(pgd, addr);
	*size = P4D_SIZE;
	if (p4d_none(*p4d))
		return NULL;
	pud = pud_offset(p4d, addr);
	*size = PUD_SIZE;
	if (pud_none(*pud) || pud_leaf(*pud))
		return NULL;
	pmd = pmd_offset(pud, addr);
	*size = PMD_SIZE;
	return pmd_none(*pmd) || pmd_leaf(*pmd) ? NULL : pmd;
}

/*
 * Tables of this range are not given back, but for those that huge pages
 * replace; what is read of such a one is at worst taken for a stack in one of
 * two passes.
 */
static int find_dead(struct qr_stacks *stacks, struct qr_scan *scan)
{
	unsigned long addr = VMALLOC_START, size;
	pmd_t *pmd;
	int err = 0;

	for (; !err && addr < VMALLOC_END; addr = ALIGN(addr + 1, size)) {
		preempt_disable();
		pmd = find_table(addr, &size);
		preempt_enable();
		if (pmd)
			err = walk_ptes(stacks, scan, pmd, addr);
	}
	return err;
}
#else
static int find_dead(struct qr_stacks *stacks, struct qr_scan *scan)
{
	return 0;
}
#endif

/* ---------------------------------------------------- stacks of interrupts */

struct probe {
	struct irq_work work;
	unsigned long sp;
};

/* Where the stack of interrupts of each CPU is, once known. */
static DEFINE_PER_CPU(unsigned long, irq_stack);

static void probe_irq(struct irq_work *work)
{
	struct probe *probe = container_of(work, struct probe, work);

	probe->sp = current_stack_pointer;
}

/* Only an interrupt of the kernel itself is sure to run on that stack. */
static void probe_cpu(unsigned int cpu)
{
	struct probe probe = { .work = IRQ_WORK_INIT_HARD(probe_irq) };
	unsigned long stack = (unsigned long)task_stack_page(current);

	if (set_cpus_allowed_ptr(current, cpumask_of(cpu)))
		return;
	irq_work_queue(&probe.work);
	irq_work_sync(&probe.work);
	if (probe.sp - stack >= THREAD_SIZE)
		per_cpu(irq_stack, cpu) = probe.sp & PAGE_MASK;
}

/* Pages around @at that are mapped without a gap, the size of a stack. */
static void add_irq_stack(struct qr_stacks *stacks, unsigned long at)
{
	unsigned long from = at, end = at + PAGE_SIZE, word;
	unsigned int i;

	if (!is_vmalloc_addr((void *)at)) {
		pfns_add(stacks, ALIGN_DOWN(at, THREAD_SIZE), STACK_PAGES);
		return;
	}
	for (i = 1; i < STACK_PAGES; i++) {
		if (qr_load_nofault(&word, (void *)from - PAGE_SIZE))
			from -= PAGE_SIZE;
		if (qr_load_nofault(&word, (void *)end))
			end += PAGE_SIZE;
	}
	pfns_add(stacks, from, (end - from) / PAGE_SIZE);
}

static int find_irq(struct qr_stacks *stacks)
{
	unsigned int cpu;

	for_each_online_cpu(cpu)
		if (!per_cpu(irq_stack, cpu))
			probe_cpu(cpu);
	set_cpus_allowed_ptr(current, cpu_possible_mask);
	if (!pfns_grow(stacks, 2 * STACK_PAGES * num_possible_cpus()))
		return -ENOMEM;
	for_each_possible_cpu(cpu)
		if (per_cpu(irq_stack, cpu))
			add_irq_stack(stacks, per_cpu(irq_stack, cpu));
	return 0;
}

/* ----------------------------------------------------------------- tasks */

static unsigned int count_tasks(void)
{
	struct task_struct *process, *task;
	unsigned int nr = 0;

	rcu_read_lock();
	for_each_process_thread(process, task)
		nr++;
	rcu_read_unlock();
	return nr;
}

static void task_add(struct qr_stacks *stacks, struct task_struct *task)
{
	stacks->task[stacks->nr_tasks++].task = get_task_struct(task);
}

/* Those that come while they are counted are of the next pass. */
static int find_tasks(struct qr_stacks *stacks)
{
	unsigned int i, max = count_tasks() + 64;
	struct task_struct *process, *task;

	stacks->task = kvcalloc(max, sizeof(*stacks->task), GFP_KERNEL);
	if (!stacks->task || !pfns_grow(stacks, max * STACK_PAGES))
		return -ENOMEM;
	/* In no list: the idle task that started the kernel. */
	task_add(stacks, &init_task);
	rcu_read_lock();
	for_each_process_thread(process, task) {
		if (stacks->nr_tasks == max)
			break;
		task_add(stacks, task);
	}
	rcu_read_unlock();
	for (i = 0; i < stacks->nr_tasks; i++) {
		unsigned long stack;

		rcu_read_lock();
		stack = (unsigned long)READ_ONCE(stacks->task[i].task->stack);
		if (stack)
			pfns_add(stacks, stack, STACK_PAGES);
		rcu_read_unlock();
	}
	return 0;
}

/* Events remember addresses of objects. */
static int find_own(struct qr_stacks *stacks)
{
	unsigned long from = (unsigned long)qr_module_data(THIS_MODULE);
	unsigned int nr = DIV_ROUND_UP(qr_module_data_bytes(THIS_MODULE),
				       PAGE_SIZE);

	if (!pfns_grow(stacks, nr))
		return -ENOMEM;
	pfns_add(stacks, from, nr);
	return 0;
}

/* Dead ones first: who takes one for a new task meanwhile is among the tasks. */
int qr_stacks_find(struct qr_stacks *stacks, struct qr_scan *scan)
{
	int err = find_dead(stacks, scan);

	if (!err)
		err = find_tasks(stacks);
	if (!err)
		err = find_irq(stacks);
	if (!err)
		err = find_own(stacks);
	scan->stats.dead_stacks -= min_t(unsigned long, stacks->nr_tasks,
					 scan->stats.dead_stacks);
	if (!err)
		sort(stacks->pfn, stacks->nr_pfns, sizeof(*stacks->pfn),
		     by_number, NULL);
	return err;
}

void qr_stacks_free(struct qr_stacks *stacks)
{
	unsigned int i;

	for (i = 0; i < stacks->nr_tasks; i++)
		put_task_struct(stacks->task[i].task);
	kvfree(stacks->task);
	kvfree(stacks->pfn);
}

/* ------------------------------------------------------------------ scan */

/* Where the live part of the stack of a task that does not run begins. */
static unsigned long saved_sp(const struct task_struct *task,
			      unsigned long stack)
{
#if defined(CONFIG_X86_64) && !defined(CONFIG_UML)
	unsigned long sp = READ_ONCE(task->thread.sp);

	if (sp - stack < THREAD_SIZE)
		return sp;
#endif
	return stack;
}

/*
 * Its state does not tell: who is about to sleep says so long before it does,
 * and until then what is saved is where it stood the time before.
 */
static bool may_run(const struct task_struct *task)
{
	if (READ_ONCE(task->on_rq))
		return true;
#ifdef CONFIG_SMP
	/* Pairs with the release in finish_task(), after the pointer's store. */
	return smp_load_acquire(&task->on_cpu);
#else
	return false;
#endif
}

static unsigned long switches_of(const struct task_struct *task)
{
	return READ_ONCE(task->nvcsw) + READ_ONCE(task->nivcsw);
}

static void scan_task(struct qr_scan *scan, struct qr_stacks_task *at)
{
	unsigned long stack;

	rcu_read_lock();
	stack = (unsigned long)READ_ONCE(at->task->stack);
	if (stack) {
		qr_scan_range(scan, (void *)saved_sp(at->task, stack),
			      (void *)stack + THREAD_SIZE);
		scan->stats.stacks += !at->seen;
	}
	rcu_read_unlock();
	at->seen = true;
}

struct still {
	struct qr_stacks *stacks;
	struct qr_scan *scan;
	const struct task_struct *self;
};

/* All CPUs stand still: who ran has been switched away from, sp and all. */
static int scan_running(void *data)
{
	const struct still *still = data;
	unsigned int i;

	for (i = 0; i < still->stacks->nr_tasks; i++) {
		struct qr_stacks_task *at = &still->stacks->task[i];

		if (at->task != still->self &&
		    (!at->seen || may_run(at->task) ||
		     switches_of(at->task) != at->switches))
			scan_task(still->scan, at);
	}
	return 0;
}

void qr_stacks_scan(struct qr_stacks *stacks, struct qr_scan *scan)
{
	struct still still = {
		.stacks = stacks, .scan = scan, .self = current,
	};
	unsigned int i;

	for (i = 0; i < stacks->nr_tasks; i++) {
		struct qr_stacks_task *at = &stacks->task[i];

		at->switches = switches_of(at->task);
		if (at->task == current || may_run(at->task))
			continue;
		scan_task(scan, at);
		qr_scan_follow(scan);
		qr_scan_breathe(scan);
	}
	stop_machine(scan_running, &still, NULL);
	qr_scan_follow(scan);
}
