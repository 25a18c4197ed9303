/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * preempt.h - preemption and interrupts off.  A region with preemption off is
 * an RCU reader.  The fast side only stores; synchronize_rcu() pairs with it
 * by membarrier(), or by the fence of mirror_hook() where there is none.
 */
#ifndef _MIRROR_LINUX_PREEMPT_H
#define _MIRROR_LINUX_PREEMPT_H

#include <linux/compiler.h>
#include <linux/hardirq.h>
#include <linux/limits.h>
#include <linux/types.h>

static __always_inline void preempt_disable(void)
{
	struct mirror_cpu *cpu = mirror_self();

	WRITE_ONCE(cpu->nest, cpu->nest + 1);
	barrier();
}

/* The releases pair with the acquires of synchronize_rcu(). */
static __always_inline void preempt_enable(void)
{
	struct mirror_cpu *cpu = mirror_self();
	u32 nest = cpu->nest - 1;

	barrier();
	if (unlikely(nest >= U32_MAX / 2))
		mirror_panic("preempt_enable() without preempt_disable()");
	smp_store_release(&cpu->passes, cpu->passes + !nest);
	smp_store_release(&cpu->nest, nest);
}

#define preempt_count()		(mirror_self()->nest)
#define preemptible()		mirror_may_sleep()

/* This CPU, which must be held by preemption or interrupts off. */
static __always_inline struct mirror_cpu *mirror_pinned(void)
{
	mirror_check_pinned("per-CPU access");
	return mirror_self();
}

#define smp_processor_id()	(mirror_pinned()->id)
#define raw_smp_processor_id()	(mirror_self()->id)

/* @flags is the depth, so that restoring out of order is found. */
unsigned long mirror_irq_save(void);
void mirror_irq_restore(unsigned long flags);
#define local_irq_save(flags)		((flags) = mirror_irq_save())
#define local_irq_restore(flags)	mirror_irq_restore(flags)
#define irqs_disabled()			(mirror_self()->irqs_off != 0)

#endif /* _MIRROR_LINUX_PREEMPT_H */
