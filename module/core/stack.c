// SPDX-License-Identifier: GPL-2.0-only
/*
 * stack.c - the table of call chains.  Append-only like that of call sites,
 * whose numbering it shares: readers take no lock, numbering takes the table
 * lock, a leaf, and allocates before it does.  The kernel's stack depot can
 * neither retire a chain nor keep its names when a module goes, takes pages of
 * order 2 in the caller's context, and never gives memory back.  It is slower,
 * too: on Debian's 6.1 785 instructions to find a chain of 16 that it has, more
 * than all that level stack adds to an allocation and a free.  So this is our
 * own.
 */
#include <linux/atomic.h>
#include <linux/hash.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "inject.h"
#include "meta.h"
#include "site_text.h"
#include "stack.h"

#define PER_PAGE	(PAGE_SIZE / sizeof(struct qr_stack *))
#define NR_PAGES	(QR_STACKS_MAX / PER_PAGE)
/* Pages of buckets, made as they are needed: 8 chains a bucket at most. */
#define NR_BUCKET_PAGES	(NR_PAGES / 8)

static struct {
	/* Leaf.  Protects all below, and the growth of @count. */
	raw_spinlock_t lock;
	/* Ids 1 to @count are readable; published with release order. */
	u32 count;
	struct qr_stack **page[NR_PAGES];
	struct qr_stack **bucket[NR_BUCKET_PAGES];
} table;

static atomic_long_t lost;

static struct qr_stack unknown = { .id = QR_STACK_UNKNOWN };

/* What the table may need when a chain is added to it. */
struct spares {
	struct qr_stack **page;
	struct qr_stack **bucket;
};

static size_t stack_bytes(unsigned int nr)
{
	return offsetof(struct qr_stack, entry) + nr * sizeof(unsigned long);
}

static u32 hash_chain(const unsigned long *entry, unsigned int nr)
{
	u64 hash = nr;
	unsigned int i;

	for (i = 0; i < nr; i++)
		hash = (hash ^ entry[i]) * GOLDEN_RATIO_64;
	return hash >> 32;
}

static struct qr_stack ***bucket_page(u32 hash)
{
	return &table.bucket[hash / PER_PAGE % NR_BUCKET_PAGES];
}

/* Lock-free: buckets only grow at the head, with release order. */
static struct qr_stack *table_find(const unsigned long *entry, unsigned int nr,
				   u32 hash)
{
	struct qr_stack **bucket, *stack;

	/* Pairs with the release in table_grow(). */
	bucket = smp_load_acquire(bucket_page(hash));
	if (!bucket)
		return NULL;
	/* Pairs with the first release in table_link(). */
	stack = smp_load_acquire(&bucket[hash % PER_PAGE]);
	for (; stack; stack = stack->next)
		if (stack->hash == hash && stack->nr == nr &&
		    !READ_ONCE(stack->retired) &&
		    !memcmp(stack->entry, entry, nr * sizeof(*entry)))
			break;
	return stack;
}

/* Puts @spare where a page is missing; whether there is one then. */
static bool table_grow(struct qr_stack ***at, struct qr_stack ***spare)
{
	if (!*at && *spare) {
		/* Pairs with the acquire in table_find(). */
		smp_store_release(at, *spare);
		*spare = NULL;
	}
	return *at;
}

static void table_link(struct qr_stack *stack, u32 id)
{
	struct qr_stack **head = *bucket_page(stack->hash) +
				 stack->hash % PER_PAGE;

	stack->id = id;
	stack->next = *head;
	table.page[id / PER_PAGE][id % PER_PAGE] = stack;
	/* Pairs with the acquire in table_find(). */
	smp_store_release(head, stack);
	/* Pairs with the acquire in qr_stack_count(). */
	smp_store_release(&table.count, id);
}

/* Adds @stack unless an equal one is there; returns the one that is. */
static struct qr_stack *table_add(struct qr_stack *stack, struct spares *spares)
{
	struct qr_stack *found;
	unsigned long flags;
	u32 id;

	raw_spin_lock_irqsave(&table.lock, flags);
	found = table_find(stack->entry, stack->nr, stack->hash);
	id = table.count + 1;
	if (!found && id < QR_STACKS_MAX &&
	    table_grow(&table.page[id / PER_PAGE], &spares->page) &&
	    table_grow(bucket_page(stack->hash), &spares->bucket)) {
		table_link(stack, id);
		found = stack;
	}
	raw_spin_unlock_irqrestore(&table.lock, flags);
	return found;
}

static void *table_alloc(size_t bytes, gfp_t gfp)
{
	if (qr_inject(QR_INJECT_STACK, NULL, bytes, gfp))
		return NULL;
	return qr_meta_alloc(bytes, gfp, NUMA_NO_NODE);
}

static struct qr_stack **spare_for(struct qr_stack ***at)
{
	if (READ_ONCE(*at))
		return NULL;
	return table_alloc(PAGE_SIZE, GFP_NOWAIT);
}

static void spares_free(struct spares *spares)
{
	if (spares->page)
		qr_meta_free(spares->page, PAGE_SIZE);
	if (spares->bucket)
		qr_meta_free(spares->bucket, PAGE_SIZE);
}

/* A new chain, or who was faster; NULL where there is no room for it. */
static struct qr_stack *number_new(const unsigned long *entry, unsigned int nr,
				   u32 hash)
{
	u32 id = READ_ONCE(table.count) + 1;
	struct qr_stack *stack, *found;
	struct spares spares;

	if (id >= QR_STACKS_MAX)
		return NULL;
	stack = table_alloc(stack_bytes(nr), GFP_NOWAIT);
	if (!stack)
		return NULL;
	stack->hash = hash;
	stack->nr = nr;
	memcpy(stack->entry, entry, nr * sizeof(*entry));
	spares.page = spare_for(&table.page[id / PER_PAGE]);
	spares.bucket = spare_for(bucket_page(hash));
	found = table_add(stack, &spares);
	spares_free(&spares);
	if (found != stack)
		qr_meta_free(stack, stack_bytes(nr));
	return found;
}

u32 qr_stack_number(const unsigned long *entry, unsigned int nr)
{
	struct qr_stack *stack;
	u32 hash;

	if (!nr)
		return QR_STACK_UNKNOWN;
	hash = hash_chain(entry, nr);
	stack = table_find(entry, nr, hash);
	if (likely(stack))
		return stack->id;
	/* Who was interrupted may hold the locks of table and metadata. */
	if (!qr_in_nmi())
		stack = number_new(entry, nr, hash);
	if (stack)
		return stack->id;
	atomic_long_inc(&lost);
	return QR_STACK_UNKNOWN;
}

const struct qr_stack *qr_stack_get(u32 id)
{
	if (id == QR_STACK_UNKNOWN)
		return &unknown;
	if (!id || id > qr_stack_count())
		return NULL;
	return table.page[id / PER_PAGE][id % PER_PAGE];
}

u32 qr_stack_count(void)
{
	/* Pairs with the last release in table_link(). */
	return smp_load_acquire(&table.count);
}

unsigned long qr_stack_lost(void)
{
	return atomic_long_read(&lost);
}

const char *qr_stack_text(const struct qr_stack *stack, unsigned int frame,
			  char *buf, size_t size)
{
	const char *text;

	/* Pairs with the second release in stack_retire(). */
	if (!smp_load_acquire(&stack->retired)) {
		qr_platform_frame_text(stack->entry[frame], buf, size);
		return buf;
	}
	/* Pairs with the first release in stack_retire(). */
	text = smp_load_acquire(&stack->text);
	while (text && frame--)
		text += strlen(text) + 1;
	strscpy(buf, text ?: "unknown", size);
	return buf;
}

/* ------------------------------------------------------------- retirement */

static bool leads_through(const struct qr_stack *stack, unsigned long start,
			  unsigned long end)
{
	unsigned int i;

	/* A return address may be the end of what called: it is in there. */
	for (i = 0; i < stack->nr; i++)
		if (stack->entry[i] > start && stack->entry[i] <= end)
			return true;
	return false;
}

/* @scratch has room for all frames, or is NULL. */
static void stack_retire(struct qr_stack *stack, char *scratch)
{
	char *text = NULL, *to = scratch;
	unsigned int i;

	for (i = 0; scratch && i < stack->nr; i++) {
		qr_platform_frame_text(stack->entry[i], to, QR_CALLER_TEXT);
		to += strlen(to) + 1;
	}
	if (scratch)
		text = table_alloc(to - scratch, GFP_KERNEL);
	if (text) {
		memcpy(text, scratch, to - scratch);
		stack->text_bytes = to - scratch;
	}
	/* Pairs with the acquire in qr_stack_text(). */
	smp_store_release(&stack->text, text);
	/* Retired is one whose text is there already. */
	smp_store_release(&stack->retired, true);
}

/* One at a time: two modules may go at once. */
static DEFINE_MUTEX(retire_lock);

void qr_stack_retire(unsigned long start, unsigned long end)
{
	char *scratch = qr_buffer_alloc(QR_STACK_FRAMES * QR_CALLER_TEXT,
					GFP_KERNEL | __GFP_NOWARN);
	u32 id;

	mutex_lock(&retire_lock);
	for (id = QR_STACK_UNKNOWN + 1; id <= qr_stack_count(); id++) {
		struct qr_stack *stack;

		stack = table.page[id / PER_PAGE][id % PER_PAGE];
		if (!stack->retired && leads_through(stack, start, end))
			stack_retire(stack, scratch);
		cond_resched();
	}
	mutex_unlock(&retire_lock);
	kvfree(scratch);
}

void qr_stack_init(void)
{
	raw_spin_lock_init(&table.lock);
	table.count = QR_STACK_UNKNOWN;
	atomic_long_set(&lost, 0);
}

/* Nobody allocates any more: no lock. */
void qr_stack_exit(void)
{
	u32 id;

	for (id = QR_STACK_UNKNOWN + 1; id <= table.count; id++) {
		struct qr_stack *stack;

		stack = table.page[id / PER_PAGE][id % PER_PAGE];
		if (stack->text)
			qr_meta_free((void *)stack->text, stack->text_bytes);
		qr_meta_free(stack, stack_bytes(stack->nr));
	}
	for (id = 0; id < NR_PAGES; id++)
		if (table.page[id])
			qr_meta_free(table.page[id], PAGE_SIZE);
	for (id = 0; id < NR_BUCKET_PAGES; id++)
		if (table.bucket[id])
			qr_meta_free(table.bucket[id], PAGE_SIZE);
	memset(table.page, 0, sizeof(table.page));
	memset(table.bucket, 0, sizeof(table.bucket));
	table.count = QR_STACK_UNKNOWN;
}
