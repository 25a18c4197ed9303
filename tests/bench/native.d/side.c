// SPDX-License-Identifier: GPL-2.0-only
/*
 * side.c - who allocates: the C library's malloc or what was loaded before it,
 * quarry's mirror at one of its levels, or nobody.  All are called the same
 * way, through one more layer, which touches what it gets as a caller would.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <linux/percpu.h>
#include <quarry/quarry.h>

#include "../../replay/target_quarry.h"
#include "../../replay/user/user.h"
#include "play.h"

#define PAGE_BYTES	4096u

/* A cache of the side, and what its objects are. */
struct side_cache {
	void *cache;
	unsigned int size;
};

static struct {
	const struct player_target *target;
	void *state;
	/* quarry: the level of every cache and heap. */
	int level;
	int is_quarry;
	/* The mirror runs. */
	int is_mirror;
	int whole;
} side;

static struct side_cache caches[QRYS_CACHES_MAX];
static unsigned int nr_caches;

/* ---------------------------------------------------------------- measures */

/* A number of /proc/self, read without stdio: that would allocate. */
static long long proc_kib(const char *path, const char *key)
{
	char text[4096];
	const char *at;
	ssize_t len;
	int fd = open(path, O_RDONLY);

	if (fd < 0)
		abort();
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (len < 0)
		abort();
	text[len] = '\0';
	at = strstr(text, key);
	if (!at)
		abort();
	return strtoll(at + strlen(key), NULL, 10);
}

long long side_resident(void)
{
	return proc_kib("/proc/self/smaps_rollup", "\nRss:") * 1024;
}

long long side_resident_max(void)
{
	return proc_kib("/proc/self/status", "\nVmHWM:") * 1024;
}

void side_resident_reset(void)
{
	int fd = open("/proc/self/clear_refs", O_WRONLY);

	if (fd < 0 || write(fd, "5", 1) != 1)
		abort();
	close(fd);
}

unsigned long long side_cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

/* Populated, so that it does not count as taken while it is used. */
static void *world_get(unsigned long bytes)
{
	unsigned long *memory;

	bytes += 2 * sizeof(*memory);
	memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (memory == MAP_FAILED)
		return NULL;
	*memory = bytes;
	return memory + 2;
}

static void world_put(void *memory)
{
	unsigned long *start = memory;

	if (start)
		munmap(start - 2, start[-2]);
}

static void world_breathe(void)
{
}

const struct player_world side_world = {
	.get = world_get,
	.put = world_put,
	.now = side_cpu_ns,
	.breathe = world_breathe,
	.print = user_print,
};

/* -------------------------------------------------------------------- none */

static unsigned char nothing[QRYS_SIZE_MAX];

static int none_begin(void *state, const struct qrys_stream *stream)
{
	return 0;
}

static int none_end(void *state)
{
	return 0;
}

static void *none_cache_create(void *state, const char *name, unsigned int size)
{
	return nothing;
}

static int none_cache_destroy(void *state, void *cache)
{
	return 0;
}

static unsigned int none_gfp(void *state, unsigned int gfp)
{
	return gfp;
}

static void *none_site(void *state, unsigned int site)
{
	return NULL;
}

static void *none_cache_alloc(void *state, void *cache, unsigned int gfp,
			      void *site)
{
	return nothing;
}

static void none_cache_free(void *state, void *cache, void *object)
{
}

static void *none_alloc(void *state, unsigned int size, unsigned int gfp,
			void *site)
{
	return nothing;
}

static void none_free(void *state, void *block)
{
}

static const struct player_target none = {
	.name = "none",
	.begin = none_begin,
	.end = none_end,
	.cache_create = none_cache_create,
	.cache_destroy = none_cache_destroy,
	.gfp = none_gfp,
	.site = none_site,
	.cache_alloc = none_cache_alloc,
	.cache_free = none_cache_free,
	.alloc = none_alloc,
	.free = none_free,
};

/* ------------------------------------------------------------------- shims */

/* A word of each CPU. */
static unsigned long *word;

static int shims_begin(void *state, const struct qrys_stream *stream)
{
	word = alloc_percpu_gfp(unsigned long, GFP_KERNEL);
	return word ? 0 : -1;
}

static int shims_end(void *state)
{
	free_percpu(word);
	return 0;
}

/*
 * What a fast path asks of the kernel, and nothing of its own: in the kernel
 * these are a handful of instructions.
 */
static inline void shims_section(void)
{
	unsigned long *here;

	preempt_disable();
	here = this_cpu_ptr(word);
	WRITE_ONCE(*here, 1);
	barrier();
	barrier();
	WRITE_ONCE(*here, 0);
	preempt_enable();
}

static void *shims_cache_alloc(void *state, void *cache, unsigned int gfp,
			       void *site)
{
	shims_section();
	return nothing;
}

static void shims_cache_free(void *state, void *cache, void *object)
{
	shims_section();
}

static void *shims_alloc(void *state, unsigned int size, unsigned int gfp,
			 void *site)
{
	shims_section();
	return nothing;
}

static void shims_free(void *state, void *block)
{
	shims_section();
}

static const struct player_target shims = {
	.name = "shims",
	.begin = shims_begin,
	.end = shims_end,
	.cache_create = none_cache_create,
	.cache_destroy = none_cache_destroy,
	.gfp = none_gfp,
	.site = none_site,
	.cache_alloc = shims_cache_alloc,
	.cache_free = shims_cache_free,
	.alloc = shims_alloc,
	.free = shims_free,
};

/* ------------------------------------------------------------------- layer */

static int layer_begin(void *state, const struct qrys_stream *stream)
{
	struct quarry_target *quarry = side.state;

	nr_caches = 0;
	if (side.target->begin(side.state, stream))
		return -1;
	return side.is_quarry ? quarry_heap_set_level(quarry->heap, side.level)
			      : 0;
}

static int layer_end(void *state)
{
	return side.target->end(side.state);
}

static long long layer_held(void *state)
{
	return 0;
}

static void *layer_cache_create(void *state, const char *name,
				unsigned int size)
{
	struct side_cache *cache = &caches[nr_caches++];

	cache->size = size;
	cache->cache = side.target->cache_create(side.state, name, size);
	if (!cache->cache)
		return NULL;
	if (side.is_quarry && quarry_cache_set_level(cache->cache, side.level))
		return NULL;
	return cache;
}

static int layer_cache_destroy(void *state, void *cache)
{
	return side.target->cache_destroy(side.state,
					  ((struct side_cache *)cache)->cache);
}

static unsigned int layer_gfp(void *state, unsigned int gfp)
{
	return side.target->gfp(side.state, gfp);
}

static void *layer_site(void *state, unsigned int site)
{
	return side.target->site(side.state, site);
}

static inline void *touch(unsigned char *object, unsigned int size)
{
	unsigned int at;

	if (!object)
		return NULL;
	WRITE_ONCE(*object, 1);
	if (!side.whole)
		return object;
	for (at = 0; at < size; at += PAGE_BYTES)
		WRITE_ONCE(object[at], 1);
	WRITE_ONCE(object[size - 1], 1);
	return object;
}

static void *layer_cache_alloc(void *state, void *handle, unsigned int gfp,
			       void *site)
{
	struct side_cache *cache = handle;

	return touch(side.target->cache_alloc(side.state, cache->cache, gfp,
					      site), cache->size);
}

static void layer_cache_free(void *state, void *handle, void *object)
{
	struct side_cache *cache = handle;

	side.target->cache_free(side.state, cache->cache, object);
}

static void *layer_alloc(void *state, unsigned int size, unsigned int gfp,
			 void *site)
{
	return touch(side.target->alloc(side.state, size, gfp, site), size);
}

static void layer_free(void *state, void *block)
{
	side.target->free(side.state, block);
}

static const struct player_target layer = {
	.name = "layer",
	.begin = layer_begin,
	.end = layer_end,
	.held = layer_held,
	.cache_create = layer_cache_create,
	.cache_destroy = layer_cache_destroy,
	.gfp = layer_gfp,
	.site = layer_site,
	.cache_alloc = layer_cache_alloc,
	.cache_free = layer_cache_free,
	.alloc = layer_alloc,
	.free = layer_free,
};

/* ----------------------------------------------------------- open and close */

static const char *const level_names[] = { "off", "site", "stack" };

static void start_mirror(void)
{
	side.is_mirror = 1;
	side.state = user_mirror_begin();
	((struct quarry_target *)side.state)->world = &side_world;
}

static int open_quarry(const char *name)
{
	unsigned int level;
	struct quarry_cache *probe;
	int err;

	for (level = 0; level < 3; level++)
		if (!strcmp(name, level_names[level]))
			break;
	if (level == 3)
		return -1;
	side.level = level;
	side.is_quarry = 1;
	side.target = &target_quarry;
	start_mirror();
	/* A level that this version does not have is refused. */
	probe = quarry_cache_create("probe", 64, 0, 0, NULL);
	err = quarry_cache_set_level(probe, level);
	quarry_cache_destroy(probe);
	return err ? -1 : 0;
}

const struct player_target *side_open(const char *name, int whole)
{
	side.whole = whole;
	if (!strcmp(name, "none")) {
		side.target = &none;
	} else if (!strcmp(name, "malloc")) {
		side.target = &user_malloc;
	} else if (!strcmp(name, "shims")) {
		side.target = &shims;
		start_mirror();
	} else if (open_quarry(name)) {
		return NULL;
	}
	return &layer;
}

int side_close(void)
{
	return side.is_mirror && user_mirror_end() ? -1 : 0;
}

long long side_pages(void)
{
	struct quarry_target *quarry = side.state;

	return side.is_mirror ? quarry->used() : 0;
}
