// SPDX-License-Identifier: GPL-2.0-only
/*
 * slub.c - where the kernel's own allocator keeps what it has free.
 *
 * Its structures differ from kernel to kernel and with the configuration, and
 * modules do not get to see them.  So this makes a cache, frees objects that it
 * knows, and looks for what must be there: their addresses, and the words that lead
 * from one to the other.
 */
#include <linux/align.h>
#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "slub.h"

/* So that a slab in between is full; no other field has this size. */
#define OBJECTS		128
#define OBJECT_BYTES	804
#define FREED		4
#define PROBE_NAME	"quarry_probe"

/* What is looked through of struct kmem_cache, and of a free object. */
#define CACHE_BYTES	512
#define LINK_BYTES	1024

struct probe {
	struct kmem_cache *cache;
	/* The first FREED of them are in one slab, and free. */
	void *object[OBJECTS];
	unsigned int nr;
	const struct page *head;
	/* What is mixed into addresses, and where they are. */
	unsigned long random;
	unsigned int offset;
	struct qr_slub found;
};

/* A cache that has one is not merged with another. */
static void construct(void *object)
{
}

static int fill(struct probe *probe)
{
	probe->cache = kmem_cache_create(PROBE_NAME, OBJECT_BYTES, 0,
					 SLAB_HWCACHE_ALIGN, construct);
	if (!probe->cache)
		return -ENOMEM;
	for (; probe->nr < OBJECTS; probe->nr++) {
		probe->object[probe->nr] = kmem_cache_alloc(probe->cache,
							    GFP_KERNEL);
		if (!probe->object[probe->nr])
			return -ENOMEM;
	}
	return 0;
}

static void swap_objects(struct probe *probe, unsigned int i, unsigned int j)
{
	swap(probe->object[i], probe->object[j]);
}

/* Takes those that are in the slab of the first to the front. */
static unsigned int gather(struct probe *probe)
{
	unsigned int i, nr = 0;

	probe->head = virt_to_head_page(probe->object[0]);
	for (i = 0; i < OBJECTS; i++)
		if (virt_to_head_page(probe->object[i]) == probe->head)
			swap_objects(probe, i, nr++);
	return nr;
}

/* No CPU has that slab, nor what is free of it, before and after. */
static int free_some(struct probe *probe)
{
	unsigned int i;

	if (gather(probe) <= FREED)
		return -ENOENT;
	kmem_cache_shrink(probe->cache);
	for (i = 0; i < FREED; i++)
		kmem_cache_free(probe->cache, probe->object[i]);
	kmem_cache_shrink(probe->cache);
	return 0;
}

/* The number of the free object with this address, else FREED. */
static unsigned int which_freed(const struct probe *probe, unsigned long address)
{
	unsigned int i;

	for (i = 0; i < FREED; i++)
		if ((unsigned long)probe->object[i] == address)
			break;
	return i;
}

static unsigned long word_of(const void *base, unsigned int at)
{
	return qr_slub_load((unsigned long)base + at);
}

static int find_in_page(struct probe *probe)
{
	struct qr_slub *found = &probe->found;
	unsigned long counters;
	unsigned int at;

	for (at = 0; at + 2 * sizeof(long) <= sizeof(struct page);
	     at += sizeof(long)) {
		unsigned long word = word_of(probe->head, at);

		if (word == (unsigned long)probe->cache)
			found->cache_at = at;
		if (which_freed(probe, word) < FREED)
			found->list_at = at;
	}
	if (!found->cache_at || !found->list_at)
		return -ENOENT;
	counters = word_of(probe->head, found->list_at + sizeof(long));
	return QR_SLUB_OBJECTS(counters) - QR_SLUB_INUSE(counters) == FREED ?
	       0 : -ENOENT;
}

/* Whether all that is free is linked so, each once, and then nothing. */
static bool is_link(const struct probe *probe, unsigned int first,
		    unsigned int offset, unsigned long random)
{
	unsigned int seen = 0, i = first;
	unsigned long next;

	do {
		const void *object = probe->object[i];

		if (seen & BIT(i))
			return false;
		seen |= BIT(i);
		next = qr_slub_next(word_of(object, offset), random,
				    (unsigned long)object + offset);
		i = which_freed(probe, next);
	} while (i < FREED);
	return !next && seen == BIT(FREED) - 1;
}

static int find_link(struct probe *probe)
{
	unsigned long list = word_of(probe->head, probe->found.list_at);
	unsigned int first = which_freed(probe, list), at, i;

	for (at = 0; at < LINK_BYTES; at += sizeof(long)) {
		unsigned long word = word_of((void *)list, at);

		for (i = 0; i < FREED; i++) {
			unsigned long random = (unsigned long)probe->object[i] ^
					       qr_slub_next(word, 0, list + at);

			if (!is_link(probe, first, at, random))
				continue;
			probe->offset = at;
			probe->random = random;
			return 0;
		}
	}
	return -ENOENT;
}

/* The name may be a copy. */
static unsigned int find_name(const struct probe *probe)
{
	unsigned long name;
	unsigned int at;

	memcpy(&name, PROBE_NAME, sizeof(name));
	for (at = 0; at < CACHE_BYTES; at += sizeof(long))
		if (qr_slub_load(word_of(probe->cache, at)) == name)
			return at;
	return 0;
}

/* Objects in a slab lie so far apart. */
static u32 stride(const struct probe *probe)
{
	unsigned int i, j, nr = FREED + 1;
	unsigned long least = ULONG_MAX;

	while (nr < OBJECTS &&
	       virt_to_head_page(probe->object[nr]) == probe->head)
		nr++;
	for (i = 0; i < nr; i++)
		for (j = 0; j < nr; j++)
			if (probe->object[i] < probe->object[j])
				least = min_t(unsigned long, least,
					      probe->object[j] - probe->object[i]);
	return least;
}

/* Where in struct kmem_cache a u32 is, beyond @at; 0 if nowhere. */
static unsigned int u32_after(const struct probe *probe, unsigned int at, u32 value)
{
	for (at += sizeof(u32); at < CACHE_BYTES; at += sizeof(u32))
		if ((u32)word_of(probe->cache, at) == value)
			return at;
	return 0;
}

static int find_in_cache(struct probe *probe)
{
	struct qr_slub *found = &probe->found;
	unsigned int at;

	found->size_at = u32_after(probe, 0, stride(probe));
	found->offset_at = u32_after(probe, found->size_at, probe->offset);
	found->name_at = find_name(probe);
	if (!found->size_at || !found->offset_at)
		return -ENOENT;
	if (!IS_ENABLED(CONFIG_SLAB_FREELIST_HARDENED))
		return 0;
	for (at = 0; at < CACHE_BYTES; at += sizeof(long))
		if (word_of(probe->cache, at) == probe->random)
			found->random_at = at;
	return found->random_at ? 0 : -ENOENT;
}

static bool is_object(const struct probe *probe, unsigned long address)
{
	const void *page;

	if (!virt_addr_valid((void *)address))
		return false;
	page = virt_to_head_page((void *)address);
	return word_of(page, probe->found.cache_at) == (unsigned long)probe->cache;
}

/* Until 6.18 a CPU that takes one free object of a slab takes the others with it. */
static void find_lists(struct probe *probe)
{
	void *object = kmem_cache_alloc(probe->cache, GFP_KERNEL);
	void __percpu *lists = (void __percpu *)word_of(probe->cache, 0);
	unsigned int cpu;

	if (!object)
		return;
	for_each_online_cpu(cpu)
		if (is_object(probe, word_of(per_cpu_ptr(lists, cpu), 0)))
			probe->found.lists_of_cpus = true;
	kmem_cache_free(probe->cache, object);
}

static int look(struct probe *probe)
{
	int err = fill(probe);

	if (!err)
		err = free_some(probe);
	if (err) {
		while (probe->nr)
			kmem_cache_free(probe->cache, probe->object[--probe->nr]);
		return err;
	}
	err = find_in_page(probe);
	if (!err)
		err = find_link(probe);
	if (!err)
		err = find_in_cache(probe);
	if (!err)
		find_lists(probe);
	while (probe->nr > FREED)
		kmem_cache_free(probe->cache, probe->object[--probe->nr]);
	return err;
}

const struct qr_slub *qr_slub_learn(void)
{
	static struct qr_slub slub;
	static int err = -EAGAIN;
	struct probe *probe;

	if (!err)
		return &slub;
	if (err == -ENOENT)
		return NULL;
	probe = kzalloc(sizeof(*probe), GFP_KERNEL);
	if (!probe)
		return NULL;
	err = look(probe);
	kmem_cache_destroy(probe->cache);
	if (!err)
		slub = probe->found;
	if (err == -ENOENT)
		pr_notice("scan: free lists of SLUB are not understood, what it has free counts\n");
	kfree(probe);
	return err ? NULL : &slub;
}
