/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * percpu.h - per-CPU memory: one unit of address space a CPU.  A per-CPU
 * pointer is an address in a unit that cannot be touched, so that using one
 * as an ordinary pointer faults.
 */
#ifndef _MIRROR_LINUX_PERCPU_H
#define _MIRROR_LINUX_PERCPU_H

#include <linux/cpumask.h>
#include <linux/gfp.h>
#include <linux/preempt.h>

/* Zeroed, whole cache lines.  NULL when too large, exhausted or injected. */
void __percpu *__alloc_percpu_gfp(size_t size, size_t align, gfp_t gfp);
void free_percpu(void __percpu *pointer);

#define __alloc_percpu(size, align)	__alloc_percpu_gfp(size, align, GFP_KERNEL)
#define alloc_percpu_gfp(type, gfp)					\
	((typeof(type) __percpu *)__alloc_percpu_gfp(sizeof(type),	\
						__alignof__(type), gfp))
#define alloc_percpu(type)	alloc_percpu_gfp(type, GFP_KERNEL)

#define MIRROR_PERCPU(p, cpu) \
	((typeof(p))((unsigned long)(p) + (cpu)->percpu_offset))
#define per_cpu_ptr(p, cpu)	MIRROR_PERCPU(p, &mirror_cpus[cpu])
#define raw_cpu_ptr(p)		MIRROR_PERCPU(p, mirror_self())
/* Aborts with preemption on: the pointer would not stay this CPU's. */
#define this_cpu_ptr(p)		MIRROR_PERCPU(p, mirror_pinned())

#endif /* _MIRROR_LINUX_PERCPU_H */
