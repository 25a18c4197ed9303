/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cpumask.h - possible CPUs are 0 to nr_cpu_ids - 1; online is one that a
 * thread holds now.
 */
#ifndef _MIRROR_LINUX_CPUMASK_H
#define _MIRROR_LINUX_CPUMASK_H

#include <linux/compiler.h>

bool mirror_cpu_online(unsigned int cpu);

#define num_possible_cpus()	nr_cpu_ids
#define cpu_possible(cpu)	((cpu) < nr_cpu_ids)
#define cpu_online(cpu)		mirror_cpu_online(cpu)

#define for_each_possible_cpu(cpu) \
	for ((cpu) = 0; (cpu) < nr_cpu_ids; (cpu)++)
static inline unsigned int num_online_cpus(void)
{
	unsigned int cpu, nr = 0;

	for_each_possible_cpu(cpu)
		nr += cpu_online(cpu);
	return nr;
}

#define for_each_online_cpu(cpu)					\
	for_each_possible_cpu(cpu)					\
		if (!cpu_online(cpu)) {} else

#endif /* _MIRROR_LINUX_CPUMASK_H */
