// SPDX-License-Identifier: GPL-2.0-only
/*
 * replay.c - plays recorded streams, see tests/replay: instructions an event,
 * what playing into nothing costs taken off, and bytes held where most is
 * live.  SLUB is played into kmalloc() itself for the first figure and into
 * caches of the stream's own for the second, which else could not be told from
 * what the machine allocates besides.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/kernel_read_file.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/timex.h>
#include <linux/vmalloc.h>

#include <quarry/quarry.h>

#include "bench.h"
#include "kmod.h"
#include "target_quarry.h"

/* Plays at most: one takes many ticks, which are in it. */
#define REPEATS_MAX	3U

static const char * const streams[] = { "boot", "find", "unpack", "net" };

/* Of the side being played. */
static unsigned int side_now;
static struct quarry_target quarry_state;
static struct slub_target slub_state;
static struct player_target slub_cost, quarry_cost, none_cost;
static struct player_world world;
static struct qb_figures figures;
/* Instructions are counted one by one, of one breath in so many. */
#define STEP_ONE_IN	8U
static struct {
	/* Breaths to come; 0: nothing is counted. */
	unsigned int breaths;
	/* Events whose instructions were. */
	unsigned long events;
} stepping;

/* -------------------------------------------------------------- targets */

static unsigned long long now(void)
{
	return get_cycles();
}

static enum quarry_level level_now(void)
{
	return side_now - 1;
}

static void *cache_create_level(void *state, const char *name,
				unsigned int size)
{
	void *cache = target_quarry.cache_create(state, name, size);

	if (cache)
		quarry_cache_set_level(cache, level_now());
	return cache;
}

static int begin_level(void *state, const struct qrys_stream *stream)
{
	struct quarry_target *target = state;
	int err = target_quarry.begin(state, stream);

	return err ? err : quarry_heap_set_level(target->heap, level_now());
}

static void *kmalloc_block(void *state, unsigned int size, unsigned int gfp,
			   void *site)
{
	return kmalloc(size, (__force gfp_t)gfp);
}

static void *none_alloc(void *state, unsigned int size, unsigned int gfp,
			void *site)
{
	return state;
}

static void *none_cache_alloc(void *state, void *cache, unsigned int gfp,
			      void *site)
{
	return state;
}

static void none_free(void *state, void *block)
{
}

static void none_cache_free(void *state, void *cache, void *object)
{
}

/*
 * Comes every PLAYER_BREATH events.  Others run, whose instructions are not counted;
 * and then one breath in so many is looked at.
 */
static void breathe(void)
{
	qb_steps_off();
	cond_resched();
	if (!stepping.breaths || --stepping.breaths % STEP_ONE_IN != 1)
		return;
	stepping.events += PLAYER_BREATH;
	qb_steps_on();
}

static void targets_init(void)
{
	world = kernel_world;
	world.breathe = breathe;
	world.now = now;
	quarry_state.world = &world;
	quarry_state.used = world_used_bytes;
	quarry_cost = target_quarry;
	quarry_cost.begin = begin_level;
	quarry_cost.cache_create = cache_create_level;
	slub_cost = target_slub;
	slub_cost.alloc = kmalloc_block;
	none_cost = target_slub;
	none_cost.alloc = none_alloc;
	none_cost.free = none_free;
	none_cost.cache_alloc = none_cache_alloc;
	none_cost.cache_free = none_cache_free;
}

/* -------------------------------------------------------------- playing */

/* Plays all of it; *@held is bytes at the peak.  0, or an error. */
static int play(struct player *player, const struct player_target *target,
		void *state, u64 *each, s64 *held)
{
	const struct player_result *r = player_result(player);
	u64 events;

	if (player_begin(player, target, state, false))
		return -ENOMEM;
	qb_clock_wait();
	player_peak(player);
	player_finish(player);
	qb_steps_off();
	events = r->allocs + r->frees - r->leftovers;
	*each = qb_clock_hundredths(r->ns, events);
	*held = r->peak_held_bytes - r->empty_held_bytes;
	if (player_end(player))
		return -EBUSY;
	return r->failures ? -ENOMEM : 0;
}

static int play_side(struct player *player, unsigned int side, u64 none)
{
	unsigned int i;
	s64 held;
	int err;

	side_now = side;
	/* The first one is for what the machine keeps from then on. */
	for (i = 0; i <= figures.nr; i++) {
		u64 *each = &figures.value[side][i ? i - 1 : 0];

		err = side == QB_SLUB ?
		      play(player, &slub_cost, &slub_state, each, &held) :
		      play(player, &quarry_cost, &quarry_state, each, &held);
		if (err)
			return err;
		*each -= min(*each, none);
	}
	return 0;
}

static int print_held(struct player *player, unsigned int side,
		      const char *name)
{
	s64 held;
	u64 each;
	int err;

	side_now = side;
	err = side == QB_SLUB ?
	      play(player, &target_slub, &slub_state, &each, &held) :
	      play(player, &quarry_cost, &quarry_state, &each, &held);
	if (err)
		return err;
	pr_info("bytes,%s,%s,%s,%llu,%lld\n", name, qb_side_name(side),
		qb_side_level(side), player_result(player)->peak_asked_bytes,
		held);
	return 0;
}

static int step_side(struct player *player, unsigned int side, const char *name)
{
	const struct player_result *r = player_result(player);
	s64 held;
	u64 each;
	int err;

	side_now = side;
	stepping.breaths = (r->allocs + r->frees - r->leftovers) /
			   PLAYER_BREATH;
	stepping.events = 0;
	qb_steps_begin();
	err = side == QB_SLUB ?
	      play(player, &slub_cost, &slub_state, &each, &held) :
	      play(player, &quarry_cost, &quarry_state, &each, &held);
	if (!err)
		qb_steps_print(name, side, stepping.events);
	return err;
}

static int play_stream(struct player *player, const char *name)
{
	unsigned int side;
	u64 none;
	s64 held;
	int err;

	figures.nr = min(qb_repeats, REPEATS_MAX);
	err = play(player, &none_cost, &slub_state, &none, &held);
	for (side = 0; side < qb_nr_sides && !err; side++)
		err = play_side(player, side, none);
	if (!err)
		qb_figures_print(name, &figures);
	for (side = 0; side < qb_nr_sides && !err; side++)
		err = print_held(player, side, name);
	for (side = 0; qb_steps && side < qb_nr_sides && !err; side++)
		err = step_side(player, side, name);
	return err;
}

static int run_stream(const char *stream, const char *name)
{
	struct player *player;
	unsigned long error_at;
	void *data = NULL;
	const char *error;
	char path[128];
	ssize_t len;
	int err = -EINVAL;

	snprintf(path, sizeof(path), "%s/%s.qs", qb_streams, stream);
	len = kernel_read_file_from_path(path, 0, &data, INT_MAX, NULL,
					 READING_UNKNOWN);
	if (len < 0)
		return len;
	player = player_open(&world, data, len, &error, &error_at);
	if (player)
		err = play_stream(player, name);
	else
		pr_err("%s: byte %lu: %s\n", path, error_at, error);
	player_close(player);
	vfree(data);
	return err;
}

int qb_replay_run(void)
{
	char name[32];
	unsigned int i;
	int err = 0;

	targets_init();
	for (i = 0; i < ARRAY_SIZE(streams) && *qb_streams && !err; i++) {
		snprintf(name, sizeof(name), "replay-%s", streams[i]);
		if (qb_wanted(name))
			err = qb_result(name, run_stream(streams[i], name));
	}
	return err;
}
