// SPDX-License-Identifier: GPL-2.0-only
/*
 * shared_cases.c - every shared case as a test of kselftest's harness, each in
 * a process and a mirror of its own, on several machines.
 */
#include "kselftest_harness.h"

#include "../shared/list.h"
#include "world.h"

FIXTURE(shared) {
	const char *skip;
};

FIXTURE_VARIANT(shared) {
	struct world world;
};

FIXTURE_VARIANT_ADD(shared, one_node) {
	.world = { .nodes = 0x1 },
};

FIXTURE_VARIANT_ADD(shared, two_nodes) {
	.world = { .nodes = 0x3, .fill = true },
};

/* Node 1 is missing; memory is zeroed on allocation and free. */
FIXTURE_VARIANT_ADD(shared, sparse_nodes) {
	.world = { .nodes = 0x5, .init = true },
};

FIXTURE_SETUP(shared)
{
	self->skip = NULL;
}

FIXTURE_TEARDOWN(shared)
{
}

#define SHARED_CASE(name)						\
TEST_F_TIMEOUT(shared, name, 120)					\
{									\
	ASSERT_TRUE(world_run_case(#name, &variant->world, &self->skip)); \
	if (self->skip)							\
		SKIP(return, "%s", self->skip);				\
}

QT_CASES(SHARED_CASE)

TEST_HARNESS_MAIN
