/* SPDX-License-Identifier: GPL-2.0-only */
/* node.h - a slab among the others of its node.  All under node->lock. */
#ifndef _QR_NODE_H
#define _QR_NODE_H

#include "internal.h"

/* Full magazines that its depot may hold, by how many objects there are. */
unsigned int qr_node_depot_max(const struct qr_node *node);
/* A new one, every object FREE; or one that could not be given back after all. */
void qr_node_add(struct qr_node *node, struct qr_slab *slab)
	__must_hold(&node->lock);
/* Puts it on the list its state asks for; @was is its nr_free before. */
void qr_node_relist(struct qr_node *node, struct qr_slab *slab, u32 was)
	__must_hold(&node->lock);
/* An empty slab leaves its list for good: onto @doomed, or at the last unpin. */
void qr_node_retire(struct qr_node *node, struct qr_slab *slab,
		    struct list_head *doomed) __must_hold(&node->lock);

#endif /* _QR_NODE_H */
