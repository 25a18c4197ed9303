/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rcupdate.h - grace periods that are waited for.  A reader is a region with
 * preemption off; callbacks run in softirq on a thread of their own.
 */
#ifndef _MIRROR_LINUX_RCUPDATE_H
#define _MIRROR_LINUX_RCUPDATE_H

#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/preempt.h>
#include <linux/types.h>

void call_rcu(struct rcu_head *head, void (*func)(struct rcu_head *head));
/* Both abort where sleeping is wrong, inside a reader above all. */
void synchronize_rcu(void);
void rcu_barrier(void);

#define rcu_read_lock()		preempt_disable()
#define rcu_read_unlock()	preempt_enable()
#define rcu_read_lock_sched()	preempt_disable()
#define rcu_read_unlock_sched()	preempt_enable()
#define rcu_read_lock_held()	(mirror_self()->nest != 0)

#define rcu_dereference(p)		__atomic_load_n(&(p), __ATOMIC_CONSUME)
#define rcu_dereference_raw(p)		rcu_dereference(p)
#define rcu_dereference_protected(p, c)	(p)
#define rcu_access_pointer(p)		READ_ONCE(p)
#define rcu_assign_pointer(p, v)	smp_store_release(&(p), (v))
#define RCU_INIT_POINTER(p, v)		WRITE_ONCE(p, v)

#endif /* _MIRROR_LINUX_RCUPDATE_H */
