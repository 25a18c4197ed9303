// SPDX-License-Identifier: GPL-2.0-only
/*
 * model.c - a million random operations on each of several machines, checked
 * against a shadow model, with invariants looked at on the way.
 */
#include "kselftest_harness.h"

#include "quarry_mirror.h"
#include "check.h"
#include "shadow.h"
#include "world.h"

#define OPS	1000000UL
#define ROUNDS	10
#define SLOTS	4096

FIXTURE(model) {
	struct qt t;
	struct qm_stage stage;
	struct qm_player player;
};

FIXTURE_VARIANT(model) {
	struct world world;
	enum quarry_level level;
	/* One page allocation in so many fails; 0: none. */
	unsigned int fail_one_in;
	bool restless;
};

FIXTURE_VARIANT_ADD(model, level_site_one_node) {
	.world = { .nodes = 0x1 }, .level = QUARRY_LEVEL_SITE,
};

FIXTURE_VARIANT_ADD(model, level_off_one_node) {
	.world = { .nodes = 0x1, .fill = true }, .level = QUARRY_LEVEL_OFF,
};

FIXTURE_VARIANT_ADD(model, level_stack_two_nodes) {
	.world = { .nodes = 0x3, .fill = true }, .level = QUARRY_LEVEL_STACK,
};

FIXTURE_VARIANT_ADD(model, level_site_two_nodes) {
	.world = { .nodes = 0x3, .fill = true }, .level = QUARRY_LEVEL_SITE,
};

FIXTURE_VARIANT_ADD(model, level_off_three_nodes) {
	.world = { .nodes = 0x7 }, .level = QUARRY_LEVEL_OFF,
};

FIXTURE_VARIANT_ADD(model, restless_sparse_nodes) {
	.world = { .nodes = 0x5, .init = true }, .level = QUARRY_LEVEL_SITE,
	.restless = true,
};

FIXTURE_VARIANT_ADD(model, failing_two_nodes) {
	.world = { .nodes = 0x3 }, .level = QUARRY_LEVEL_SITE,
	.fail_one_in = 40, .restless = true,
};

FIXTURE_VARIANT_ADD(model, failing_level_stack) {
	.world = { .nodes = 0x1 }, .level = QUARRY_LEVEL_STACK,
	.fail_one_in = 40,
};

FIXTURE_SETUP(model)
{
	memset(&self->t, 0, sizeof(self->t));
	self->t.name = "model";
	ASSERT_TRUE(world_begin(&variant->world));
	ASSERT_EQ(0, qm_stage_begin(&self->stage, variant->level));
	self->stage.restless = variant->restless;
	self->stage.may_fail = variant->fail_one_in;
}

FIXTURE_TEARDOWN(model)
{
}

static struct qm_slot slots[SLOTS];

TEST_F_TIMEOUT(model, random_operations_match_shadow, 600)
{
	struct qm_player *player = &self->player;
	unsigned int i;

	qm_player_begin(player, &self->stage, slots, SLOTS, world_seed());
	mirror_fail_random(MIRROR_FAULT_PAGES, variant->fail_one_in);
	for (i = 0; i < ROUNDS; i++) {
		qm_play(player, world_scale(OPS) / ROUNDS);
		qt_check_all(&self->t);
		ASSERT_TRUE(world_is_sound());
	}
	mirror_fail_random(MIRROR_FAULT_PAGES, 0);
	qm_player_end(player);
	TH_LOG("%lu operations, %lu allocations, %lu refused, QT_SEED=%#llx",
	       player->ops, player->allocs, player->refused, world_seed());
	ASSERT_EQ(NULL, player->fault) {
		TH_LOG("%s at %#lx", player->fault, player->fault_at);
	}
	if (variant->fail_one_in)
		ASSERT_NE(0, mirror_fail_fired(MIRROR_FAULT_PAGES));
	qm_stage_end(&self->stage, &self->t);
	ASSERT_EQ(0, self->t.failures);
	ASSERT_TRUE(world_end());
}

TEST_HARNESS_MAIN
