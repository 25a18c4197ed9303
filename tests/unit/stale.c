// SPDX-License-Identifier: GPL-2.0-only
/*
 * stale.c - words in memory that is free, against a model: those of the first pass
 * refer to nothing in any pass, those that have come since do.
 */
#include "kselftest_harness.h"

#include <stdlib.h>

#include <linux/preempt.h>

#include "quarry_mirror.h"
#include "qt.h"
#include "scan.h"
#include "slab.h"
#include "world.h"

#define OBJECTS	40
#define PLACES	128
#define PASSES	4
#define SCANS	400

#define NONE	(-1)

/* Free memory: what there is now, and was in the first pass; NONE, or an object. */
struct free_memory {
	void *object[OBJECTS];
	int place[PLACES];
	int first[PLACES];
	void *word[PLACES];
	/* What something refers to, and of that what was not found. */
	unsigned long held;
	unsigned long missed;
	struct qt random;
};

FIXTURE(stale) {
	struct free_memory memory;
};

FIXTURE_SETUP(stale)
{
	static const struct world one_node = { .nodes = 0x1 };
	struct free_memory *memory = &self->memory;
	unsigned int i;

	ASSERT_TRUE(world_begin(&one_node));
	memory->random.random = world_seed();
	for (i = 0; i < OBJECTS; i++) {
		memory->object[i] = quarry_zalloc(8 << i % 6, GFP_KERNEL);
		ASSERT_NE(NULL, memory->object[i]);
	}
}

FIXTURE_TEARDOWN(stale)
{
	unsigned int i;

	for (i = 0; i < OBJECTS; i++)
		quarry_free(self->memory.object[i]);
	if (!world_end())
		abort();
}

static bool is_reached(const struct qr_scan *scan, const void *object)
{
	const struct qr_scan_slab *entry;
	const struct qr_slab *slab;
	u32 index;

	preempt_disable();
	slab = qr_page_slab(object);
	preempt_enable();
	entry = &scan->slab[qr_scan_find(scan, slab) - 1];
	index = ((unsigned long)object - qr_scan_address(entry, 0)) /
		entry->size;
	return scan->state[entry->first + index] & QR_SCAN_REACHED;
}

static void write_nothing(struct free_memory *memory)
{
	unsigned int i;

	for (i = 0; i < PLACES; i++)
		memory->place[i] = NONE;
	memset(memory->word, 0, sizeof(memory->word));
}

/* Whoever still has an address may write it anywhere. */
static void write_something(struct free_memory *memory)
{
	unsigned int i;

	for (i = 0; i < PLACES; i++) {
		if (qt_below(&memory->random, 3))
			continue;
		memory->place[i] = (int)qt_below(&memory->random, 2 * OBJECTS) -
				   OBJECTS;
		memory->place[i] = max(memory->place[i], NONE);
		memory->word[i] = memory->place[i] == NONE ? NULL :
				  memory->object[memory->place[i]];
	}
}

static bool is_held(const struct free_memory *memory, int object)
{
	unsigned int i;

	for (i = 0; i < PLACES; i++)
		if (memory->place[i] == object && memory->first[i] != object)
			return true;
	return false;
}

/* False if anything is reached that is not held. */
static bool pass_agrees(struct free_memory *memory, struct qr_scan *scan)
{
	bool agrees = true;
	int object;

	scan->pass++;
	qr_scan_reset(scan);
	qr_scan_free(scan, memory->word, memory->word + PLACES);
	qr_scan_follow(scan);
	for (object = 0; object < OBJECTS; object++) {
		bool held = is_held(memory, object);
		bool reached = is_reached(scan, memory->object[object]);

		agrees = agrees && (held || !reached);
		memory->held += held;
		memory->missed += held && !reached;
	}
	return agrees;
}

static bool scan_agrees(struct free_memory *memory)
{
	struct qr_scan *scan = qr_scan_table_create(0);
	bool agrees = scan;
	unsigned int pass;

	write_nothing(memory);
	for (pass = 0; agrees && pass < PASSES; pass++) {
		write_something(memory);
		if (!pass)
			memcpy(memory->first, memory->place,
			       sizeof(memory->first));
		agrees = pass_agrees(memory, scan);
	}
	if (scan)
		qr_scan_table_destroy(scan);
	return agrees;
}

TEST_F(stale, words_of_the_first_pass_refer_to_nothing)
{
	unsigned long i;

	for (i = 0; i < world_scale(SCANS); i++)
		ASSERT_TRUE(scan_agrees(&self->memory));
	/* A bit may be another word's, of some hundred in a million. */
	EXPECT_GT(self->memory.held, 50 * i);
	EXPECT_LE(self->memory.missed, self->memory.held / 1000);
}

TEST_HARNESS_MAIN
