// SPDX-License-Identifier: GPL-2.0-only
/*
 * reload.c - the magazines of a CPU when the loaded one is empty, or full:
 * exchange with the previous one, with the depot, with slabs; and giving a CPU
 * magazines that fit its traffic.
 */
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/string.h>
#include <linux/topology.h>

#include "inject.h"
#include "magazine.h"
#include "reload.h"
#include "slab.h"

/* Misses of a CPU before it is given magazines: few objects need none. */
#define MISSES_FIRST	4UL
/* Capacity a CPU begins with; it doubles as misses do. */
#define CAPACITY_FIRST	6U

static unsigned int wanted_capacity(struct quarry_cache *cache,
				    unsigned long misses)
{
	unsigned int capacity = CAPACITY_FIRST;

	while (misses >= 4 * MISSES_FIRST &&
	       capacity < cache->layout.mag_capacity) {
		misses /= 4;
		capacity = 2 * capacity + 2;
	}
	return min(capacity, cache->layout.mag_capacity);
}

/* The depot could take a full magazine, had it an empty one to give for it. */
static bool depot_wants_empty(const struct qr_depot *depot)
{
	return !READ_ONCE(depot->nr_empty) &&
	       READ_ONCE(depot->nr_full) < READ_ONCE(depot->full_max);
}

/*
 * Capacity of the magazine that this CPU, or its depot, should be given now,
 * or 0: it has too few or too small ones.
 */
unsigned int qr_magazine_due(struct quarry_cache *cache, struct qr_cpu *cc,
			     unsigned long home, bool for_free)
{
	unsigned int capacity;

	if (cc->misses < MISSES_FIRST || !cache->layout.mag_capacity)
		return 0;
	capacity = wanted_capacity(cache, cc->misses);
	if (cc->limit - cc->bottom < capacity ||
	    (cc->previous && cc->previous->capacity < capacity))
		return capacity;
	if (for_free && (!cc->previous || depot_wants_empty(&qr_home_node(home)->depot)))
		return capacity;
	return 0;
}

static struct qr_mag *magazine_create(struct quarry_cache *cache,
				      unsigned int capacity)
{
	struct qr_mag *mag;

	if (qr_inject(QR_INJECT_MAGAZINE, cache,
		      capacity * sizeof(struct qr_entry), GFP_NOWAIT))
		return NULL;
	mag = qr_mag_alloc(capacity, GFP_NOWAIT, numa_mem_id());
	if (mag)
		atomic_long_add(qr_mag_bytes(mag), &cache->mag_bytes);
	return mag;
}

void qr_magazine_destroy(struct quarry_cache *cache, struct qr_mag *mag)
{
	atomic_long_sub(qr_mag_bytes(mag), &cache->mag_bytes);
	qr_mag_free(mag);
}

/* Moves the rounds of @from, which may be NULL, to @to, which has room. */
static void move_rounds(struct qr_mag *to, struct qr_mag *from,
			unsigned long home)
{
	unsigned int level = qr_home_level(home);
	u32 i;

	if (!from)
		return;
	for (i = 0; i < from->rounds; i++) {
		struct qr_entry *entry = &to->entry[to->rounds];

		if (unlikely(!qr_entry_holds(&from->entry[i], level))) {
			qr_slab_disown(home, &from->entry[i]);
			continue;
		}
		*entry = from->entry[i];
		qr_entry_seal(entry, level);
		to->rounds++;
	}
	from->rounds = 0;
}

/*
 * A magazine in place of a smaller one, whose rounds it takes, or into the
 * depot.  Returns the one that is left over, empty, or NULL.
 */
static struct qr_mag *magazine_install(struct qr_cpu *cc, unsigned long home,
				       struct qr_mag *mag)
{
	struct qr_depot *depot = &qr_home_node(home)->depot;
	struct qr_mag *loaded = qr_mag_loaded(cc);
	struct qr_mag *previous = cc->previous;

	if (!loaded || loaded->capacity < mag->capacity) {
		move_rounds(mag, loaded, home);
		qr_mag_load(cc, mag);
		return loaded;
	}
	if (!previous || previous->capacity < mag->capacity) {
		move_rounds(mag, previous, home);
		cc->previous = mag;
		return previous;
	}
	return qr_depot_put_empty(depot, mag) ? NULL : mag;
}

/* Called with preemption on; whatever is not used is given back. */
void qr_magazine_supply(struct quarry_cache *cache, unsigned int capacity)
{
	struct qr_mag *mag = magazine_create(cache, capacity);
	unsigned long home;
	struct qr_cpu *cc;

	if (!mag)
		return;
	qr_platform_age();
	preempt_disable();
	cc = qr_cpu_enter(cache, &home);
	if (cc) {
		mag = magazine_install(cc, home, mag);
		qr_cpu_leave(cc, home);
	}
	preempt_enable();
	if (mag)
		qr_magazine_destroy(cache, mag);
}

static void exchange(struct qr_cpu *cc)
{
	struct qr_mag *loaded = qr_mag_loaded(cc);

	qr_mag_load(cc, cc->previous);
	cc->previous = loaded;
}

/*
 * Makes the loaded magazine have a round.  @spare: one to free with
 * preemption on.
 */
bool qr_reload_full(struct qr_cpu *cc, unsigned long home,
		    struct qr_mag **spare)
{
	struct qr_node *node = qr_home_node(home);
	struct qr_mag *mag;
	unsigned int got;

	if (cc->top != cc->bottom)
		return true;
	if (cc->previous && cc->previous->rounds) {
		exchange(cc);
		return true;
	}
	*spare = cc->previous;
	mag = qr_depot_swap_empty(&node->depot, spare);
	if (mag) {
		cc->previous = qr_mag_loaded(cc);
		qr_mag_load(cc, mag);
		return true;
	}
	*spare = NULL;
	if (cc->limit == cc->bottom)
		return false;
	got = qr_slab_refill(node, qr_home_level(home), cc->bottom,
			     cc->limit - cc->bottom);
	cc->top = cc->bottom + got;
	return got;
}

/* Makes the loaded magazine have room; its objects may go back to slabs. */
bool qr_reload_empty(struct qr_cpu *cc, unsigned long home,
		     struct list_head *doomed)
{
	struct qr_node *node = qr_home_node(home);
	struct qr_mag *mag;

	if (cc->top != cc->limit)
		return true;
	if (!cc->previous)
		return false;
	if (cc->previous->rounds) {
		cc->previous->level = qr_home_level(home);
		mag = qr_depot_swap_full(&node->depot, cc->previous);
		if (mag) {
			cc->previous = mag;
		} else {
			qr_slab_flush(home, cc->previous->entry,
				      cc->previous->rounds, doomed);
			cc->previous->rounds = 0;
		}
	}
	exchange(cc);
	return true;
}
