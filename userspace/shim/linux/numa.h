/* SPDX-License-Identifier: GPL-2.0-only */
/* numa.h - numbers of nodes. */
#ifndef _MIRROR_LINUX_NUMA_H
#define _MIRROR_LINUX_NUMA_H

#define NUMA_NO_NODE		(-1)

#endif /* _MIRROR_LINUX_NUMA_H */
