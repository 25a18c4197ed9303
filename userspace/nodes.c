// SPDX-License-Identifier: GPL-2.0-only
/*
 * nodes.c - the arena: memory of the simulated nodes, a page array, and a
 * buddy allocator a node.  A node's lock protects its free lists and the
 * entries of its free pages; a leaf.
 */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/mm.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/topology.h>

#include "asan.h"
#include "machine.h"
#include "platform.h"

#define NR_ORDERS	(MAX_PAGE_ORDER + 1)
#define BLOCK_PAGES	(1U << MAX_PAGE_ORDER)
#define BLOCK_BYTES	(BLOCK_PAGES * PAGE_SIZE)
#define FILL		0xa5

struct mirror_arena mirror_arena;
unsigned int nr_node_ids;
unsigned long mirror_nodes;
signed char mirror_cpu_node[NR_CPUS];

static struct node {
	raw_spinlock_t lock;
	/* Page number + 1 of the first free block of each order, or 0. */
	u32 free[NR_ORDERS];
	unsigned long nr_free;
} nodes[MAX_NUMNODES];

static bool fill_pages;

static struct mirror_page *page_at(u32 page)
{
	return &mirror_arena.page[page];
}

/* ---------------------------------------------------------------- buddy */

static void block_link(struct node *node, u32 page, unsigned int order)
{
	struct mirror_page *entry = page_at(page);

	entry->state = MIRROR_PAGE_FREE;
	entry->order = order;
	entry->prev = 0;
	entry->next = node->free[order];
	if (entry->next)
		page_at(entry->next - 1)->prev = page + 1;
	node->free[order] = page + 1;
}

static void block_unlink(struct node *node, u32 page)
{
	struct mirror_page *entry = page_at(page);

	if (entry->prev)
		page_at(entry->prev - 1)->next = entry->next;
	else
		node->free[entry->order] = entry->next;
	if (entry->next)
		page_at(entry->next - 1)->prev = entry->prev;
	entry->state = MIRROR_PAGE_TAIL;
}

/* Page number + 1, or 0. */
static u32 block_take(struct node *node, unsigned int order)
{
	unsigned int at = order;
	u32 page;

	while (at < NR_ORDERS && !node->free[at])
		at++;
	if (at == NR_ORDERS)
		return 0;
	page = node->free[at] - 1;
	block_unlink(node, page);
	while (at > order) {
		at--;
		block_link(node, page + (1U << at), at);
	}
	node->nr_free -= 1UL << order;
	return page + 1;
}

/* Nodes are whole blocks of the largest order: a buddy is of the same node. */
static void block_give(struct node *node, u32 page, unsigned int order)
{
	node->nr_free += 1UL << order;
	for (; order < MAX_PAGE_ORDER; order++) {
		u32 buddy = page ^ (1U << order);

		if (READ_ONCE(page_at(buddy)->state) != MIRROR_PAGE_FREE ||
		    page_at(buddy)->order != order)
			break;
		block_unlink(node, buddy);
		page &= ~(1U << order);
	}
	block_link(node, page, order);
}

static void range_give(struct node *node, u32 page, unsigned int nr)
{
	while (nr) {
		unsigned int order = min_t(unsigned int, ilog2(nr),
					   MAX_PAGE_ORDER);

		if (page)
			order = min_t(unsigned int, order, __ffs(page));
		block_give(node, page, order);
		page += 1U << order;
		nr -= 1U << order;
	}
}

/* ---------------------------------------------------------------- pages */

static void *page_address(u32 page)
{
	return (void *)(mirror_arena.base + (unsigned long)page * PAGE_SIZE);
}

static void pages_mark(struct node *node, u32 page, unsigned int nr)
	__must_hold(&node->lock)
{
	unsigned int i;

	lockdep_assert_held(&node->lock);
	for (i = 0; i < nr; i++)
		page_at(page + i)->state = MIRROR_PAGE_OUT;
}

static u32 node_take(struct node *node, unsigned int nr)
{
	unsigned int order = order_base_2(nr);
	unsigned long flags;
	u32 page;

	raw_spin_lock_irqsave(&node->lock, flags);
	page = block_take(node, order);
	if (page) {
		range_give(node, page - 1 + nr, (1U << order) - nr);
		pages_mark(node, page - 1, nr);
	}
	raw_spin_unlock_irqrestore(&node->lock, flags);
	return page;
}

u32 mirror_pages_take(unsigned int nr, gfp_t gfp, int nid)
{
	int home = nid == NUMA_NO_NODE ? numa_mem_id() : nid;
	u32 page;
	int i;

	if (home < 0 || home >= MAX_NUMNODES)
		mirror_panic("pages of node %d asked for", nid);
	page = node_possible(home) ? node_take(&nodes[home], nr) : 0;
	for_each_node(i) {
		if (!page && !(gfp & __GFP_THISNODE))
			page = node_take(&nodes[i], nr);
	}
	if (page) {
		mirror_unpoison(page_address(page - 1), nr * PAGE_SIZE);
		mirror_fill(page_address(page - 1), nr * PAGE_SIZE);
		mirror_poison(page_address(page - 1), nr * PAGE_SIZE);
	}
	return page;
}

void mirror_fill(void *at, size_t bytes)
{
	if (fill_pages)
		memset(at, FILL, bytes);
}

void mirror_pages_return(u32 page, unsigned int nr)
{
	struct node *node = &nodes[page_at(page)->nid];
	unsigned long flags;
	unsigned int i;

	mirror_poison(page_address(page), nr * PAGE_SIZE);
	raw_spin_lock_irqsave(&node->lock, flags);
	for (i = 0; i < nr; i++)
		page_at(page + i)->state = MIRROR_PAGE_TAIL;
	range_give(node, page, nr);
	raw_spin_unlock_irqrestore(&node->lock, flags);
}

unsigned long mirror_pages_free(int nid)
{
	unsigned long flags, nr;

	raw_spin_lock_irqsave(&nodes[nid].lock, flags);
	nr = nodes[nid].nr_free;
	raw_spin_unlock_irqrestore(&nodes[nid].lock, flags);
	return nr;
}

unsigned long mirror_nr_out(void)
{
	unsigned long nr = mirror_arena.bytes >> PAGE_SHIFT;
	int nid;

	for_each_node(nid)
		nr -= mirror_pages_free(nid);
	return nr;
}

/* ---------------------------------------------------------------- arena */

static void *reserve(size_t bytes, int prot)
{
	return mmap(NULL, bytes, prot,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
}

/* A range of @bytes, aligned to a block and touched by nobody. */
static unsigned long reserve_aligned(size_t bytes)
{
	char *at = reserve(bytes + BLOCK_BYTES, PROT_NONE);
	unsigned long base = ALIGN((unsigned long)at, BLOCK_BYTES);

	if (at == MAP_FAILED)
		return 0;
	if ((unsigned long)at < base)
		munmap(at, base - (unsigned long)at);
	munmap((void *)(base + bytes), (unsigned long)at + BLOCK_BYTES - base);
	return base;
}

static void nodes_init(unsigned long mask)
{
	unsigned int each = (mirror_arena.bytes >> PAGE_SHIFT) /
			    hweight_long(mask);
	u32 page = 0, i;
	int nid, cpu;

	mirror_nodes = mask;
	nr_node_ids = fls_long(mask);
	for_each_node(nid) {
		raw_spin_lock_init(&nodes[nid].lock);
		memset(nodes[nid].free, 0, sizeof(nodes[nid].free));
		nodes[nid].nr_free = 0;
		for (i = 0; i < each; i++)
			page_at(page + i)->nid = nid;
		range_give(&nodes[nid], page, each);
		page += each;
	}
	nid = -1;
	for (cpu = 0; cpu < NR_CPUS; cpu++) {
		do
			nid = (nid + 1) % MAX_NUMNODES;
		while (!node_possible(nid));
		mirror_cpu_node[cpu] = nid;
	}
}

static int arena_map(void)
{
	struct mirror_arena *arena = &mirror_arena;
	size_t nr = arena->bytes >> PAGE_SHIFT;

	arena->vbytes = 2 * arena->bytes;
	arena->page = reserve(nr * sizeof(*arena->page),
			      PROT_READ | PROT_WRITE);
	arena->vpage = reserve(2 * nr * sizeof(*arena->vpage),
			       PROT_READ | PROT_WRITE);
	arena->base = reserve_aligned(arena->bytes);
	arena->vbase = reserve_aligned(arena->vbytes);
	if (arena->page == MAP_FAILED || arena->vpage == MAP_FAILED ||
	    !arena->base || !arena->vbase)
		return -ENOMEM;
	return mprotect((void *)arena->base, arena->bytes,
			PROT_READ | PROT_WRITE) ? -errno : 0;
}

int mirror_arena_init(size_t bytes, unsigned long mask, bool fill)
{
	unsigned int nr = hweight_long(mask);
	int err;

	if (!nr || mask >> MAX_NUMNODES || bytes < nr * BLOCK_BYTES)
		return -EINVAL;
	fill_pages = fill;
	mirror_arena.bytes = rounddown(bytes, nr * BLOCK_BYTES);
	err = arena_map();
	if (err)
		return err;
	nodes_init(mask);
	mirror_poison((void *)mirror_arena.base, mirror_arena.bytes);
	mirror_vruns_init();
	return 0;
}

void mirror_arena_exit(void)
{
	struct mirror_arena *arena = &mirror_arena;
	size_t nr = arena->bytes >> PAGE_SHIFT;

	mirror_unpoison((void *)arena->base, arena->bytes);
	munmap((void *)arena->base, arena->bytes);
	munmap((void *)arena->vbase, arena->vbytes);
	munmap(arena->page, nr * sizeof(*arena->page));
	munmap(arena->vpage, 2 * nr * sizeof(*arena->vpage));
	*arena = (struct mirror_arena) { };
}
