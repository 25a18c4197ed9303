// SPDX-License-Identifier: GPL-2.0-only
/*
 * attack.c - cases: what an attacker tries who can overrun an object, write to
 * one that was freed, or have any address freed.  Each is what works where
 * objects come in order, where free ones are linked through themselves, or where
 * what is freed is believed.
 */
#include <linux/string.h>

#include "qt.h"
#include "cases.h"
#include "slab.h"

#define BYTES	128U

/* ------------------------------------------------------ randomisation */

/*
 * The attacker allocates, then has the victim allocate, and overruns its own
 * object: in order the victim would lie behind it each time.
 */
QT_CASE(attack_overrun_meets_no_victim_of_choice)
{
	struct quarry_cache *cache = qt_cache(t, BYTES, 0, 0, NULL);
	static void *mine[200], *victim[200];
	unsigned int i, met = 0;

	if (!cache)
		return;
	for (i = 0; i < 200; i++) {
		mine[i] = quarry_cache_alloc(cache, GFP_KERNEL);
		victim[i] = quarry_cache_alloc(cache, GFP_KERNEL);
		met += mine[i] && victim[i] == mine[i] + BYTES;
	}
	/* By chance, one in as many as a refill takes: about 15 of these. */
	QT_EXPECT_LT(t, met, 50);
	qt_empty(cache, mine, 200);
	qt_empty(cache, victim, 200);
}

/* ---------------------------------------------------- off-slab metadata */

static void write_address(void *at, const void *value)
{
	unsigned long address = (unsigned long)value;
	unsigned int i;

	for (i = 0; i < sizeof(address); i++)
		qt_write(at + i, address >> 8 * i, 1);
}

static bool lies_in(const void *at, const void *from, size_t bytes)
{
	return at >= from && at < from + bytes;
}

static void forge_links(void *object, const void *target)
{
	unsigned int at;

	for (at = 0; at < BYTES; at += sizeof(void *))
		write_address(object + at, target);
}

/* Each is of the cache, outside of @target, and nobody else's. */
static void expect_own(struct qt *t, struct quarry_cache *cache, void **object,
		       unsigned int nr, const void *target)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		QT_EXPECT_EQ(t, quarry_cache_of(object[i]), cache);
		QT_EXPECT_FALSE(t, lies_in(object[i], target, BYTES));
		memset(object[i], i & 0x7f, BYTES);
	}
	for (i = 0; i < nr; i++)
		QT_EXPECT_BYTES(t, object[i], i & 0x7f, BYTES);
}

/*
 * Every word of every free object is made to point to what the attacker would
 * like to be given: were they linked through themselves, it would be.
 */
QT_CASE(attack_forged_links_lead_nowhere)
{
	struct quarry_cache *cache = qt_cache(t, BYTES, 0, 0, NULL);
	struct quarry_heap *heap = qt_heap(t, 0);
	static void *object[400], *freed[100];
	unsigned int i;
	void *target;

	if (!cache || !heap)
		return;
	target = quarry_heap_alloc(heap, BYTES, GFP_KERNEL);
	memset(target, 0xee, BYTES);
	QT_EXPECT_EQ(t, qt_fill(cache, object, 200), 200);
	/* Those that stay keep the slabs. */
	for (i = 0; i < 100; i++) {
		freed[i] = object[2 * i];
		quarry_cache_free(cache, freed[i]);
		object[2 * i] = NULL;
	}
	for (i = 0; i < 100; i++)
		forge_links(freed[i], target);
	for (i = 0; i < 100; i++)
		object[2 * i] = quarry_cache_alloc(cache, GFP_KERNEL);
	QT_EXPECT_EQ(t, qt_fill(cache, object + 200, 200), 200);
	expect_own(t, cache, object, 400, target);
	QT_EXPECT_BYTES(t, target, 0xee, BYTES);
	qt_empty(cache, object, 400);
	quarry_free(target);
}

/* ------------------------------------------------------------- stamping */

/* Descriptors of a slab that there is, all over what the attacker owns. */
static void forge_slabs(void *at, size_t bytes, const struct qr_slab *slab)
{
	size_t done;

	for (done = 0; done + sizeof(*slab) <= bytes; done += sizeof(*slab))
		memcpy(at + done, slab, sizeof(*slab));
}

/* @other: what is told of one that is freed to who never had it. */
static void expect_refusal(struct qt *t, struct quarry_cache *cache,
			   struct quarry_heap *heap, void *forged,
			   enum qr_event_kind other)
{
	u64 seq = qr_event_last();

	quarry_cache_free(cache, forged);
	QT_EXPECT_EVENT(t, seq, other);
	seq = qr_event_last();
	quarry_heap_free(heap, forged);
	QT_EXPECT_EVENT(t, seq, other);
	seq = qr_event_last();
	quarry_free(forged);
	QT_EXPECT_EVENT(t, seq, QR_EVENT_INVALID_FREE);
}

#define FORGED_BYTES	4096U

static void free_forged(struct qt *t, void *forged, enum qr_event_kind other)
{
	struct quarry_cache *cache = qt_cache(t, BYTES, 0, 0, NULL);
	struct quarry_heap *heap = qt_heap(t, 0);
	static void *object[100];
	unsigned int i;

	if (!cache || !heap || !forged)
		return;
	QT_EXPECT_EQ(t, qt_fill(cache, object, 50), 50);
	forge_slabs(forged, FORGED_BYTES, qt_slab(object[0]));
	for (i = BYTES; i < FORGED_BYTES; i += 512)
		expect_refusal(t, cache, heap, forged + i, other);
	QT_EXPECT_EQ(t, qt_fill(cache, object + 50, 50), 50);
	for (i = 0; i < 100; i++)
		QT_EXPECT_FALSE(t, lies_in(object[i], forged, FORGED_BYTES));
	qt_empty(cache, object, 100);
}

/* Memory of the attacker's is freed as an object, so that it is given out. */
QT_CASE(attack_forged_object_in_foreign_memory_is_refused)
{
	void *foreign = qt_foreign_alloc(FORGED_BYTES);

	free_forged(t, foreign, QR_EVENT_INVALID_FREE);
	qt_foreign_free(foreign);
}

QT_CASE(attack_forged_object_within_a_block_is_refused)
{
	struct quarry_heap *heap = qt_heap(t, 0);
	void *block;

	if (!heap)
		return;
	block = quarry_heap_alloc(heap, FORGED_BYTES, GFP_KERNEL);
	free_forged(t, block, QR_EVENT_WRONG_OWNER);
	quarry_free(block);
}
