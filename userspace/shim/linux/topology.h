/* SPDX-License-Identifier: GPL-2.0-only */
/* topology.h - CPUs are dealt to the nodes in turn. */
#ifndef _MIRROR_LINUX_TOPOLOGY_H
#define _MIRROR_LINUX_TOPOLOGY_H

#include <linux/nodemask.h>
#include <linux/preempt.h>

extern signed char mirror_cpu_node[NR_CPUS];

#define cpu_to_node(cpu)	((int)mirror_cpu_node[cpu])
#define cpu_to_mem(cpu)		cpu_to_node(cpu)
#define numa_node_id()		cpu_to_node(raw_smp_processor_id())
#define numa_mem_id()		numa_node_id()

#endif /* _MIRROR_LINUX_TOPOLOGY_H */
