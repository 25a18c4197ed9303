// SPDX-License-Identifier: GPL-2.0-only
/*
 * player.c - plays a decoded stream into an allocator, checks what objects
 * contain, and measures.  The stream is decoded once, before any allocation
 * is made, so that playing is a walk through an array.  Not thread-safe: a
 * player belongs to one thread at a time.
 */
#include "player.h"

/* Leading bytes of an object that verification fills; and its last 8. */
#define FILL_MAX	256u

enum player_state {
	PLAYER_IDLE,		/* no target */
	PLAYER_READY,		/* caches made, nothing allocated */
	PLAYER_PEAK,		/* stopped inside the stream */
};

/* A kind of the stream, as the target wants it. */
struct play_kind {
	void *cache;
	void *site;
	unsigned int size;
	unsigned int gfp;
	int zero;
	int kmalloc;
};

/* @object is NULL where nothing lives, or where the allocation failed. */
struct play_slot {
	unsigned char *object;
	const struct play_kind *kind;
	unsigned long long seed;
};

struct player {
	const struct player_world *world;
	const struct player_target *target;
	void *target_state;
	enum player_state state;
	int verify;

	struct qrys_stream stream;
	struct qrys_event *event;
	/* Events up to the moment of most live bytes. */
	unsigned int peak_event;

	void **cache;
	struct play_kind *kind;
	struct play_slot *slot;
	unsigned long long sequence;
	struct player_result result;
};

/* ----------------------------------------------------------- decoding */

static void *get_array(const struct player_world *world, unsigned int nr,
		       unsigned long size)
{
	return world->get((nr ? nr : 1) * size);
}

/* Everything whose size the header tells. */
static int get_arrays(struct player *p)
{
	const struct player_world *world = p->world;
	struct qrys_stream *s = &p->stream;

	s->cache = get_array(world, s->nr_caches, sizeof(*s->cache));
	s->site = get_array(world, s->nr_sites, sizeof(*s->site));
	s->kind = get_array(world, s->nr_kinds, sizeof(*s->kind));
	s->slot = get_array(world, s->nr_slots, sizeof(*s->slot));
	p->event = get_array(world, s->nr_events, sizeof(*p->event));
	p->cache = get_array(world, s->nr_caches, sizeof(*p->cache));
	p->kind = get_array(world, s->nr_kinds, sizeof(*p->kind));
	p->slot = get_array(world, s->nr_slots, sizeof(*p->slot));
	if (s->cache && s->site && s->kind && s->slot && p->event &&
	    p->cache && p->kind && p->slot)
		return 0;
	s->error = "out of memory";
	return -1;
}

static int decode_events(struct player *p)
{
	struct qrys_stream *s = &p->stream;
	struct player_result *r = &p->result;
	unsigned long long asked = 0;
	unsigned long objects = 0;
	unsigned int i;
	int more = 1;

	for (i = 0; i < s->nr_events; i++) {
		struct qrys_event *event = &p->event[i];
		unsigned int size;

		more = qrys_next(s, event);
		if (more < 0)
			return -1;
		size = s->kind[event->kind].size;
		objects += event->op == QRYS_ALLOC ? 1 : -1UL;
		asked += event->op == QRYS_ALLOC ? size : -(long long)size;
		if (asked > r->peak_asked_bytes) {
			r->peak_asked_bytes = asked;
			r->peak_objects = objects;
			p->peak_event = i + 1;
		}
	}
	r->end_asked_bytes = asked;
	return qrys_next(s, &(struct qrys_event){ 0 });
}

struct player *player_open(const struct player_world *world, const void *data,
			   unsigned long len, const char **error,
			   unsigned long *error_at)
{
	struct player *p = world->get(sizeof(*p));

	*error_at = 0;
	*error = "out of memory";
	if (!p)
		return (void *)0;
	p->world = world;
	if (!qrys_open(&p->stream, data, len) && !get_arrays(p) &&
	    !qrys_tables(&p->stream) && !decode_events(p))
		return p;
	*error = p->stream.error;
	*error_at = p->stream.error_at;
	player_close(p);
	return (void *)0;
}

void player_close(struct player *p)
{
	const struct player_world *world;

	if (!p)
		return;
	world = p->world;
	if (p->state != PLAYER_IDLE)
		player_end(p);
	world->put(p->slot);
	world->put(p->kind);
	world->put(p->cache);
	world->put(p->event);
	world->put(p->stream.slot);
	world->put(p->stream.kind);
	world->put(p->stream.site);
	world->put(p->stream.cache);
	world->put(p);
}

const struct qrys_stream *player_stream(const struct player *p)
{
	return &p->stream;
}

const struct player_result *player_result(const struct player *p)
{
	return &p->result;
}

/* ----------------------------------------------------------- contents */

static unsigned long long mix(unsigned long long value)
{
	value *= 0x9e3779b97f4a7c15ULL;
	return value ^ value >> 29;
}

/* Byte @at of the pattern that @seed stands for. */
static unsigned char pattern(unsigned long long seed, unsigned int at)
{
	return (seed + at / 8 * 0x0101010101010101ULL) >> (at % 8 * 8);
}

/* The parts of an object that are filled: [0, head) and [tail, size). */
static unsigned int head_of(unsigned int size)
{
	return size < FILL_MAX ? size : FILL_MAX;
}

static unsigned int tail_of(unsigned int size)
{
	return size < FILL_MAX + 8 ? head_of(size) : size - 8;
}

static void fill(unsigned char *object, unsigned int size,
		 unsigned long long seed)
{
	unsigned int i;

	for (i = 0; i < head_of(size); i++)
		object[i] = pattern(seed, i);
	for (i = tail_of(size); i < size; i++)
		object[i] = pattern(seed, i);
}

static int filled(const unsigned char *object, unsigned int size,
		  unsigned long long seed)
{
	unsigned int i;

	for (i = 0; i < head_of(size); i++)
		if (object[i] != pattern(seed, i))
			return 0;
	for (i = tail_of(size); i < size; i++)
		if (object[i] != pattern(seed, i))
			return 0;
	return 1;
}

static int zeroed(const unsigned char *object, unsigned int size)
{
	unsigned int i;

	for (i = 0; i < size; i++)
		if (object[i])
			return 0;
	return 1;
}

/* ------------------------------------------------------------ playing */

static void play_alloc(struct player *p, const struct play_kind *kind,
		       struct play_slot *slot)
{
	const struct player_target *target = p->target;
	void *object;

	if (kind->kmalloc)
		object = target->alloc(p->target_state, kind->size, kind->gfp,
				       kind->site);
	else
		object = target->cache_alloc(p->target_state, kind->cache,
					     kind->gfp, kind->site);
	slot->object = object;
	slot->kind = kind;
	p->result.allocs++;
	if (!object) {
		p->result.failures++;
		return;
	}
	if (!p->verify)
		return;
	if (kind->zero && !zeroed(object, kind->size))
		p->result.not_zeroed++;
	slot->seed = mix(++p->sequence) + (slot - p->slot);
	fill(object, kind->size, slot->seed);
}

static void play_free(struct player *p, struct play_slot *slot)
{
	const struct player_target *target = p->target;
	const struct play_kind *kind = slot->kind;
	void *object = slot->object;

	if (!object)
		return;
	if (p->verify && !filled(object, kind->size, slot->seed))
		p->result.mismatches++;
	slot->object = (void *)0;
	p->result.frees++;
	if (kind->kmalloc)
		target->free(p->target_state, object);
	else
		target->cache_free(p->target_state, kind->cache, object);
}

static void play(struct player *p, unsigned int from, unsigned int to)
{
	unsigned long long start = p->world->now();
	unsigned int i;

	for (i = from; i < to; i++) {
		const struct qrys_event *event = &p->event[i];
		struct play_slot *slot = &p->slot[event->slot];

		if (event->op == QRYS_ALLOC)
			play_alloc(p, &p->kind[event->kind], slot);
		else
			play_free(p, slot);
		if (i % PLAYER_BREATH == 0)
			p->world->breathe();
	}
	p->result.ns += p->world->now() - start;
}

/* What lives after the last event played. */
static void free_leftovers(struct player *p)
{
	unsigned long long frees = p->result.frees;
	unsigned int i;

	for (i = 0; i < p->stream.nr_slots; i++) {
		play_free(p, &p->slot[i]);
		if (i % PLAYER_BREATH == 0)
			p->world->breathe();
	}
	p->result.leftovers += p->result.frees - frees;
}

static void destroy_caches(struct player *p)
{
	unsigned int i;

	for (i = 0; i < p->stream.nr_caches; i++) {
		if (!p->cache[i])
			continue;
		if (p->target->cache_destroy(p->target_state, p->cache[i]))
			p->result.stuck++;
		p->cache[i] = (void *)0;
	}
}

static int create_caches(struct player *p)
{
	const struct player_target *target = p->target;
	const struct qrys_stream *s = &p->stream;
	unsigned int i;

	for (i = 0; i < s->nr_caches; i++) {
		p->cache[i] = target->cache_create(p->target_state,
						   s->cache[i].name,
						   s->cache[i].size);
		if (!p->cache[i])
			return -1;
	}
	for (i = 0; i < s->nr_kinds; i++) {
		const struct qrys_kind *from = &s->kind[i];
		struct play_kind *kind = &p->kind[i];

		kind->kmalloc = from->cache == QRYS_KMALLOC;
		kind->cache = kind->kmalloc ? (void *)0 : p->cache[from->cache];
		kind->site = target->site(p->target_state, from->site);
		kind->size = from->size;
		kind->gfp = target->gfp(p->target_state, from->gfp);
		kind->zero = !!(from->gfp & QRYS_GFP_ZERO);
	}
	return 0;
}

static void reset_result(struct player *p)
{
	struct player_result *r = &p->result;

	*r = (struct player_result){
		.peak_objects = r->peak_objects,
		.peak_asked_bytes = r->peak_asked_bytes,
		.end_asked_bytes = r->end_asked_bytes,
	};
}

int player_begin(struct player *p, const struct player_target *target,
		 void *state, int verify)
{
	int ret;

	if (p->state != PLAYER_IDLE)
		return -1;
	p->target = target;
	p->target_state = state;
	p->verify = verify;
	reset_result(p);
	ret = target->begin(state, &p->stream);
	if (ret)
		return ret;
	if (create_caches(p)) {
		destroy_caches(p);
		target->end(state);
		return -1;
	}
	p->result.empty_held_bytes = target->held(state);
	p->state = PLAYER_READY;
	return 0;
}

int player_peak(struct player *p)
{
	if (p->state != PLAYER_READY)
		return -1;
	play(p, 0, p->peak_event);
	if (!p->result.rounds)
		p->result.peak_held_bytes = p->target->held(p->target_state);
	p->state = PLAYER_PEAK;
	return 0;
}

int player_finish(struct player *p)
{
	int first = !p->result.rounds;

	if (p->state != PLAYER_PEAK)
		return -1;
	play(p, p->peak_event, p->stream.nr_events);
	if (first)
		p->result.end_held_bytes = p->target->held(p->target_state);
	free_leftovers(p);
	if (first)
		p->result.idle_held_bytes = p->target->held(p->target_state);
	p->result.rounds++;
	p->state = PLAYER_READY;
	return 0;
}

int player_end(struct player *p)
{
	if (p->state == PLAYER_IDLE)
		return -1;
	if (p->state == PLAYER_PEAK)
		free_leftovers(p);
	destroy_caches(p);
	p->state = PLAYER_IDLE;
	if (p->target->end(p->target_state))
		p->result.stuck++;
	p->result.final_held_bytes = p->target->held(p->target_state);
	return p->result.stuck ? -1 : 0;
}

int player_print(const struct player *p, char *text, unsigned long size)
{
	const struct player_result *r = &p->result;
	const struct qrys_stream *s = &p->stream;
	unsigned long n = 0;

	n += p->world->print(text + n, size - n,
			     "# quarry_replay result v1\n"
			     "stream %s\ncaptured_on %s\ntarget %s\n"
			     "state %s\nrounds %u\nverify %d\n"
			     "caches %u\nsites %u\nevents %u\n",
			     s->title, s->kernel,
			     p->target ? p->target->name : "none",
			     p->state == PLAYER_PEAK ? "peak" :
			     p->state == PLAYER_READY ? "ready" : "idle",
			     r->rounds, p->verify, s->nr_caches, s->nr_sites,
			     s->nr_events);
	n += p->world->print(text + n, size - n,
			     "allocs %llu\nfrees %llu\nleftovers %llu\n"
			     "failures %llu\nmismatches %llu\nnot_zeroed %llu\n"
			     "play_ns %llu\n",
			     r->allocs, r->frees, r->leftovers, r->failures,
			     r->mismatches, r->not_zeroed, r->ns);
	n += p->world->print(text + n, size - n,
			     "empty_held_bytes %lld\n"
			     "peak_objs %lu\npeak_asked_bytes %llu\n"
			     "peak_held_bytes %lld\nend_asked_bytes %llu\n"
			     "end_held_bytes %lld\nidle_held_bytes %lld\n"
			     "final_held_bytes %lld\nstuck_caches %u\n",
			     r->empty_held_bytes, r->peak_objects,
			     r->peak_asked_bytes,
			     r->peak_held_bytes, r->end_asked_bytes,
			     r->end_held_bytes, r->idle_held_bytes,
			     r->final_held_bytes, r->stuck);
	return n;
}
