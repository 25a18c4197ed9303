// SPDX-License-Identifier: GPL-2.0-only
/*
 * drain.c - takes objects out of magazines: of all CPUs, of one that is gone,
 * of depots; and what needs that, changing the level and closing.  Owns
 * drain_lock, and with it the gate of every cache.
 */
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/kmemleak.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/nodemask.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/string.h>
#include <linux/topology.h>

#include "cache.h"
#include "inject.h"
#include "magazine.h"
#include "quarantine.h"
#include "slab.h"
#include "walk.h"

struct qr_cpu __percpu *qr_closed;

/* Rank 1.  Who may set gates and touch the magazines of other CPUs. */
static DEFINE_MUTEX(drain_lock);

/* A CPU that was never present may have no node yet. */
static void cpu_set_home(struct quarry_cache *cache, int cpu)
{
	struct qr_cpu *cc = per_cpu_ptr(cache->cpus, cpu);
	int nid = cpu_to_mem(cpu);

	if (nid < 0 || !cache->node[nid])
		nid = first_online_node;
	memset(cc->home, 0, sizeof(cc->home));
	cc->home[cache->level] = qr_home(cache->node[nid], cache->level);
}

static void cpus_set_home(struct quarry_cache *cache)
{
	int cpu;

	for_each_possible_cpu(cpu)
		cpu_set_home(cache, cpu);
}

/* What refers to them the kernel's kmemleak does not look into: it is to forget them. */
struct qr_cpu __percpu *qr_cpus_alloc(gfp_t gfp)
{
	struct qr_cpu __percpu *cpus =
		alloc_percpu_gfp(struct qr_cpu, gfp | __GFP_ZERO);

	if (cpus)
		kmemleak_free_percpu(cpus);
	return cpus;
}

/*
 * What is freed there stays where it is until it is allocated anew, and a scan
 * cannot tell.  What refers to a cache may refer to an object by then.
 */
void qr_cpus_free(struct qr_cpu __percpu *cpus)
{
	int cpu;

	for_each_possible_cpu(cpu)
		memset(per_cpu_ptr(cpus, cpu), 0, sizeof(struct qr_cpu));
	free_percpu(cpus);
}

void qr_cpus_init(struct quarry_cache *cache)
{
	int cpu;

	for_each_possible_cpu(cpu)
		qr_mag_load(per_cpu_ptr(cache->cpus, cpu), &qr_no_mag);
	cpus_set_home(cache);
}

/* Objects of @mag to slabs of @home, @mag itself to where it came from. */
static void mag_dissolve(unsigned long home, struct qr_mag *mag,
			 struct list_head *doomed)
{
	struct quarry_cache *cache = qr_home_node(home)->cache;

	if (mag->rounds)
		qr_slab_flush(home, mag->entry, mag->rounds, doomed);
	atomic_long_sub(qr_mag_bytes(mag), &cache->mag_bytes);
	qr_mag_free(mag);
}

/* The caller may touch @cc, see internal.h. */
static void cpu_drain(struct quarry_cache *cache, struct qr_cpu *cc,
		      struct list_head *doomed)
{
	unsigned long home = cc->home[cache->level];
	struct qr_mag *loaded = qr_mag_loaded(cc);

	if (loaded)
		mag_dissolve(home, loaded, doomed);
	if (cc->previous)
		mag_dissolve(home, cc->previous, doomed);
	cc->previous = NULL;
	/* What comes next begins a size smaller. */
	cc->misses /= 4;
	qr_mag_load(cc, &qr_no_mag);
}

/* Closes the gates and waits until no CPU is inside; drain_lock is held. */
static void gates_close(struct quarry_cache *const *caches, unsigned int nr)
{
	unsigned int i;

	lockdep_assert_held(&drain_lock);
	for (i = 0; i < nr; i++)
		WRITE_ONCE(caches[i]->cpu, qr_closed);
	synchronize_rcu();
}

/* Those of a destroyed cache, and of one with debug options, stay closed. */
static bool may_open(const struct quarry_cache *cache)
{
	return !cache->dead && !cache->options && !qr_walk_is_shut();
}

static void gates_open(struct quarry_cache *const *caches, unsigned int nr)
{
	unsigned int i;

	lockdep_assert_held(&drain_lock);
	for (i = 0; i < nr; i++)
		if (may_open(caches[i]))
			/* Pairs with the acquire of the fast path. */
			smp_store_release(&caches[i]->cpu, caches[i]->cpus);
}

/* What is in the magazines of closed ones stays there: they can be drained. */
void qr_gates_review(void)
{
	struct quarry_cache *cache = NULL;

	mutex_lock(&drain_lock);
	while ((cache = qr_walk_next_cache(cache))) {
		if (may_open(cache))
			gates_open(&cache, 1);
		else
			WRITE_ONCE(cache->cpu, qr_closed);
	}
	mutex_unlock(&drain_lock);
}

static void cpus_drain(struct quarry_cache *cache, struct list_head *doomed)
{
	int cpu;

	for_each_possible_cpu(cpu)
		cpu_drain(cache, per_cpu_ptr(cache->cpus, cpu), doomed);
}

void qr_magazines_dissolve(struct qr_node *node, struct qr_mag *mag,
			   struct list_head *doomed)
{
	while (mag) {
		struct qr_mag *next = mag->next;

		mag_dissolve(qr_home(node, mag->level), mag, doomed);
		mag = next;
	}
}

static void depots_drain(struct quarry_cache *cache, struct list_head *doomed)
{
	int nid;

	for_each_node(nid) {
		struct qr_node *node = cache->node[nid];

		qr_magazines_dissolve(node, qr_depot_drain(&node->depot),
				      doomed);
	}
}

static void nodes_retire_checked(struct quarry_cache *cache,
				 struct list_head *doomed)
{
	int nid;

	for_each_node(nid)
		qr_slab_retire_checked(cache->node[nid], doomed);
}

static void nodes_trim(struct quarry_cache *cache, unsigned int keep,
		       struct list_head *doomed)
{
	int nid;

	for_each_node(nid)
		qr_slab_trim(cache->node[nid], keep, doomed);
}

unsigned long qr_cache_drain(struct quarry_cache *cache)
{
	LIST_HEAD(doomed);

	qr_quarantine_flush(cache, &doomed);
	depots_drain(cache, &doomed);
	nodes_trim(cache, 0, &doomed);
	return qr_slab_release(&doomed);
}

unsigned long qr_caches_drain(struct quarry_cache *const *caches,
			      unsigned int nr)
{
	LIST_HEAD(doomed);
	unsigned int i;

	mutex_lock(&drain_lock);
	gates_close(caches, nr);
	for (i = 0; i < nr; i++)
		cpus_drain(caches[i], &doomed);
	gates_open(caches, nr);
	mutex_unlock(&drain_lock);
	for (i = 0; i < nr; i++) {
		qr_quarantine_flush(caches[i], &doomed);
		depots_drain(caches[i], &doomed);
		nodes_trim(caches[i], 0, &doomed);
	}
	return qr_slab_release(&doomed);
}

void qr_caches_still(struct quarry_cache *const *caches, unsigned int nr,
		     void (*fn)(struct quarry_cache *cache, bool open,
				void *data), void *data)
{
	unsigned long open = 0;
	unsigned int i;

	mutex_lock(&drain_lock);
	for (i = 0; i < nr; i++)
		if (caches[i]->cpu == caches[i]->cpus)
			__set_bit(i, &open);
	gates_close(caches, nr);
	for (i = 0; i < nr; i++)
		fn(caches[i], test_bit(i, &open), data);
	gates_open(caches, nr);
	mutex_unlock(&drain_lock);
}

void qr_cache_cpu_absent(struct quarry_cache *cache, unsigned int cpu)
{
	LIST_HEAD(doomed);

	mutex_lock(&drain_lock);
	cpu_drain(cache, per_cpu_ptr(cache->cpus, cpu), &doomed);
	cpu_set_home(cache, cpu);
	mutex_unlock(&drain_lock);
	qr_slab_release(&doomed);
}

void qr_caches_set(struct quarry_cache *const *caches, unsigned int nr,
		   int level, int options)
{
	LIST_HEAD(doomed);
	unsigned int i;

	mutex_lock(&drain_lock);
	gates_close(caches, nr);
	for (i = 0; i < nr; i++) {
		cpus_drain(caches[i], &doomed);
		depots_drain(caches[i], &doomed);
		if (level != QR_KEEP)
			WRITE_ONCE(caches[i]->level, level);
		if (options != QR_KEEP)
			WRITE_ONCE(caches[i]->options, options);
		cpus_set_home(caches[i]);
	}
	gates_open(caches, nr);
	mutex_unlock(&drain_lock);
	/* Empty slabs of another kind are of no use to anybody. */
	for (i = 0; i < nr; i++) {
		qr_quarantine_flush(caches[i], &doomed);
		nodes_retire_checked(caches[i], &doomed);
		nodes_trim(caches[i], 0, &doomed);
	}
	qr_slab_release(&doomed);
}

unsigned long qr_caches_close(struct quarry_cache *const *caches,
			      unsigned int nr)
{
	struct qr_cache_count count;
	unsigned long live = 0;
	unsigned int i;

	mutex_lock(&drain_lock);
	for (i = 0; i < nr; i++)
		WRITE_ONCE(caches[i]->dead, true);
	mutex_unlock(&drain_lock);
	qr_caches_drain(caches, nr);
	for (i = 0; i < nr; i++) {
		qr_cache_count(caches[i], &count);
		live += count.live;
	}
	return live;
}

int qr_drain_init(void)
{
	if (qr_inject(QR_INJECT_PERCPU, NULL, sizeof(struct qr_cpu),
		      GFP_KERNEL))
		return -ENOMEM;
	qr_closed = qr_cpus_alloc(GFP_KERNEL);
	return qr_closed ? 0 : -ENOMEM;
}

void qr_drain_exit(void)
{
	qr_cpus_free(qr_closed);
}
