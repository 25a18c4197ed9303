// SPDX-License-Identifier: GPL-2.0-only
/*
 * lost.c - objects that nothing points to any more, alone or with others that
 * only they lead to; and an array that is no mistake.
 */
#include <linux/errno.h>
#include <linux/kernel.h>

#include <quarry/quarry.h>

#include "tour.h"

static noinline int sum_of_squares(int n)
{
	int *square = quarry_alloc_array(n, sizeof(*square), GFP_KERNEL);
	int i, sum = 0;

	for (i = 0; square && i < n; i++)
		sum += square[i] = i * i;
	quarry_free(square);
	return sum;
}

static void array_commit(void)
{
	static volatile int n = 1000;

	n = min(sum_of_squares(n), 1000);
}

const struct tour_case tour_array = {
	.name = "array",
	.mistake = "None: an array sized at run time, used and freed.",
	.func = "sum_of_squares",
	.commit = array_commit,
};

static noinline void assign_twice(void)
{
	char *buffer;

	buffer = noted(quarry_alloc(100, GFP_KERNEL));
	barrier_data(buffer);
	buffer = quarry_alloc(100, GFP_KERNEL);
	quarry_free(buffer);
}

const struct tour_case tour_lost_address = {
	.name = "lost_address",
	.mistake = "A pointer is assigned twice: nothing knows the first block.",
	.func = "assign_twice",
	.expect = { .lost = 1 },
	.commit = assign_twice,
};

static noinline int probe(bool answers)
{
	char *ring = noted(quarry_zalloc(4096, GFP_KERNEL));

	if (!ring)
		return -ENOMEM;
	if (!answers)
		return -EIO;
	quarry_free(ring);
	return 0;
}

static void error_path_commit(void)
{
	static volatile bool answers;

	answers = !probe(answers);
}

const struct tour_case tour_error_path = {
	.name = "error_path",
	.mistake = "The device does not answer: return -EIO, without freeing.",
	.func = "probe",
	.expect = { .lost = 1 },
	.commit = error_path_commit,
};

struct node {
	struct node *next;
	long value[6];
};

static noinline void drop_head(void)
{
	struct node *head = NULL, *node;
	int i;

	for (i = 0; i < 10; i++) {
		node = noted(quarry_zalloc(sizeof(*node), GFP_KERNEL));
		if (!node)
			break;
		node->next = head;
		head = node;
	}
	/* "Empties" the list. */
	head = NULL;
}

const struct tour_case tour_lost_list = {
	.name = "lost_list",
	.mistake = "The head of a list of ten is set to NULL, the nodes stay.",
	.func = "drop_head",
	.expect = { .lost = 1, .indirect = 9 },
	.commit = drop_head,
};

struct branch {
	struct branch *left;
	struct branch *right;
	long value[6];
};

static noinline struct branch *grow(int height)
{
	struct branch *branch;

	branch = noted(quarry_zalloc(sizeof(*branch), GFP_KERNEL));
	if (branch && height > 1) {
		branch->left = grow(height - 1);
		branch->right = grow(height - 1);
	}
	return branch;
}

static void lost_tree_commit(void)
{
	grow(3);
}

const struct tour_case tour_lost_tree = {
	.name = "lost_tree",
	.mistake = "The root of a tree of seven goes out of scope.",
	.func = "grow",
	.expect = { .lost = 1, .indirect = 6 },
	.commit = lost_tree_commit,
};

static noinline void tie_ring(void)
{
	struct node *node[3];
	int i;

	for (i = 0; i < 3; i++)
		node[i] = noted(quarry_zalloc(sizeof(*node[i]), GFP_KERNEL));
	for (i = 0; i < 3; i++)
		if (node[i])
			node[i]->next = node[(i + 1) % 3];
}

const struct tour_case tour_lost_cycle = {
	.name = "lost_cycle",
	.mistake = "Three nodes point to each other in a ring, nothing to them.",
	.func = "tie_ring",
	.expect = { .lost = 1, .indirect = 2 },
	.commit = tie_ring,
};
