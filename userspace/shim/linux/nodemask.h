/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * nodemask.h - simulated nodes.  Every possible node is online and has memory;
 * numbers may have holes.
 */
#ifndef _MIRROR_LINUX_NODEMASK_H
#define _MIRROR_LINUX_NODEMASK_H

#include <linux/bitops.h>
#include <linux/numa.h>

/* One more than the highest number, and a bit for each that exists. */
extern unsigned int nr_node_ids;
extern unsigned long mirror_nodes;

enum node_states {
	N_POSSIBLE,
	N_ONLINE,
	N_NORMAL_MEMORY,
	N_MEMORY,
	N_CPU,
};

static __always_inline bool node_possible(int nid)
{
	return nid >= 0 && nid < MAX_NUMNODES && (mirror_nodes & BIT(nid));
}

#define node_state(nid, state)	((void)(state), node_possible(nid))
#define node_online(nid)	node_possible(nid)
#define num_online_nodes()	hweight_long(mirror_nodes)
#define num_possible_nodes()	num_online_nodes()
#define first_online_node	((int)__ffs(mirror_nodes))

#define for_each_node(nid)						\
	for ((nid) = 0; (nid) < MAX_NUMNODES; (nid)++)			\
		if (!node_possible(nid)) {} else
#define for_each_online_node(nid)	for_each_node(nid)
#define for_each_node_state(nid, state)	for_each_node(nid)

#endif /* _MIRROR_LINUX_NODEMASK_H */
