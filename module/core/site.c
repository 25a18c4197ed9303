// SPDX-License-Identifier: GPL-2.0-only
/*
 * site.c - the table of call sites.  Append-only: a number, once given, names
 * the same site until quarry is unloaded, whatever becomes of the module it
 * was in.  Readers take no lock; numbering takes the table lock, a leaf, and
 * allocates before it does.
 */
#include <linux/hash.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "inject.h"
#include "meta.h"
#include "site.h"

#define PAGE_SITES	(PAGE_SIZE / sizeof(struct qr_site *))
#define NR_PAGES	(QR_SITES_MAX / PAGE_SITES)
#define HASH_BITS	10

/* Longest text of a return address: symbol, offset and module. */
#define ADDRESS_TEXT	160

/* Nobody returns to it. */
#define ADDRESS_RETIRED	1UL

static struct {
	/* Leaf.  Protects @hash, @page and the growth of @count. */
	raw_spinlock_t lock;
	/* Ids 1 to @count are readable; published with release order. */
	u32 count;
	struct qr_site **page[NR_PAGES];
	struct qr_site *hash[1 << HASH_BITS];
} table;

/* What a site is looked up by, borrowed from the caller. */
struct site_key {
	const char *file;
	const char *func;
	const char *module;
	u32 line;
	unsigned long address;
	u32 hash;
};

static u32 hash_text(u32 hash, const char *text)
{
	while (text && *text)
		hash = (hash ^ (u8)*text++) * 0x01000193;	/* FNV-1a */
	return hash;
}

static void key_set_hash(struct site_key *key)
{
	u32 hash = 0x811c9dc5;

	if (key->address) {
		key->hash = hash_long(key->address, HASH_BITS);
		return;
	}
	hash = hash_text(hash, key->file);
	hash = hash_text(hash, key->func);
	hash = hash_text(hash, key->module);
	key->hash = hash_32(hash ^ key->line, HASH_BITS);
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

static bool site_matches(const struct qr_site *site, const struct site_key *key)
{
	/* Pairs with the write in qr_site_retire(). */
	unsigned long address = READ_ONCE(site->address);

	if (key->address || address)
		return key->address == address;
	return site->line == key->line && same_text(site->file, key->file) &&
	       same_text(site->func, key->func) &&
	       same_text(site->module, key->module);
}

/* Lock-free: chains only grow at the head, with release order. */
static struct qr_site *table_find(const struct site_key *key)
{
	struct qr_site *site;

	/* Pairs with the first release in table_add(). */
	site = smp_load_acquire(&table.hash[key->hash]);
	while (site && !site_matches(site, key))
		site = site->hash_next;
	return site;
}

/* The last two parts of an absolute path: enough to recognise a file by. */
static const char *short_path(const char *path)
{
	const char *at = path + strlen(path);
	int parts = 0;

	if (*path != '/')
		return path;
	while (at > path && parts < 2)
		if (*--at == '/')
			parts++;
	return at + 1;
}

static char *copy_text(char **to, const char *text)
{
	char *start = *to;
	size_t len;

	if (!text)
		return NULL;
	len = strlen(text) + 1;
	memcpy(start, text, len);
	*to += len;
	return start;
}

static size_t text_bytes(const char *text)
{
	return text ? strlen(text) + 1 : 0;
}

static size_t site_bytes(const struct qr_site *site)
{
	return sizeof(*site) + text_bytes(site->file) +
	       text_bytes(site->func) + text_bytes(site->module);
}

static void *table_alloc(size_t bytes)
{
	if (qr_inject(QR_INJECT_SITE, NULL, bytes, GFP_NOWAIT))
		return NULL;
	return qr_meta_alloc(bytes, GFP_NOWAIT, NUMA_NO_NODE);
}

/* Copies names: they outlive the module that @key points into. */
static struct qr_site *site_create(const struct site_key *key)
{
	struct qr_site named = {
		.file = key->file, .func = key->func, .module = key->module,
	};
	struct qr_site *site;
	char *text;

	site = table_alloc(site_bytes(&named));
	if (!site)
		return NULL;
	text = (char *)(site + 1);
	site->file = copy_text(&text, key->file);
	site->func = copy_text(&text, key->func);
	site->module = copy_text(&text, key->module);
	site->line = key->line;
	site->address = key->address;
	return site;
}

/* Adds @site unless an equal one is there; returns the one that is. */
static struct qr_site *table_add(const struct site_key *key,
				 struct qr_site *site,
				 struct qr_site ***spare_page)
{
	struct qr_site *found;
	unsigned long flags;
	u32 id;

	raw_spin_lock_irqsave(&table.lock, flags);
	found = table_find(key);
	id = table.count + 1;
	if (!found && id < QR_SITES_MAX) {
		if (!table.page[id / PAGE_SITES]) {
			table.page[id / PAGE_SITES] = *spare_page;
			*spare_page = NULL;
		}
		if (table.page[id / PAGE_SITES]) {
			site->id = id;
			site->hash_next = table.hash[key->hash];
			table.page[id / PAGE_SITES][id % PAGE_SITES] = site;
			/* Pairs with the acquire in table_find(). */
			smp_store_release(&table.hash[key->hash], site);
			/* Pairs with the acquire in qr_site_count(). */
			smp_store_release(&table.count, id);
			found = site;
		}
	}
	raw_spin_unlock_irqrestore(&table.lock, flags);
	return found;
}

/* A page of pointers is needed by one site in PAGE_SITES. */
static struct qr_site **page_for_next(void)
{
	u32 id = READ_ONCE(table.count) + 1;

	if (id >= QR_SITES_MAX || READ_ONCE(table.page[id / PAGE_SITES]))
		return NULL;
	return table_alloc(PAGE_SIZE);
}

static u32 table_number(const struct site_key *key)
{
	struct qr_site *site, *found = table_find(key);
	struct qr_site **spare;

	if (found)
		return found->id;
	/* Who was interrupted may hold the locks of table and metadata. */
	if (unlikely(qr_in_nmi()))
		return QR_SITE_UNKNOWN;
	site = site_create(key);
	if (!site)
		return QR_SITE_UNKNOWN;
	spare = page_for_next();
	found = table_add(key, site, &spare);
	if (spare)
		qr_meta_free(spare, PAGE_SIZE);
	if (found != site)
		qr_meta_free(site, site_bytes(site));
	return found ? found->id : QR_SITE_UNKNOWN;
}

u64 qr_site_number(struct quarry_site *record)
{
	struct site_key key = {
		.file = short_path(record->file),
		.func = record->func,
		.module = record->module,
		.line = record->line,
	};
	u64 tag;
	u32 id;

	key_set_hash(&key);
	id = table_number(&key);
	tag = qr_site_part(id);
	/* A record that found the table full tries again next time. */
	if (id != QR_SITE_UNKNOWN)
		WRITE_ONCE(record->tag, tag);
	return tag;
}

u32 qr_site_find(unsigned long address)
{
	struct site_key key = { .address = address };
	const struct qr_site *found;

	key_set_hash(&key);
	found = table_find(&key);
	return found ? found->id : 0;
}

u64 qr_site_of_address(unsigned long address)
{
	struct site_key key = { .address = address };
	u32 found = qr_site_find(address);
	char text[ADDRESS_TEXT];

	if (found)
		return qr_site_part(found);
	if (unlikely(qr_in_nmi()))
		return qr_site_part(QR_SITE_UNKNOWN);
	key_set_hash(&key);
	qr_caller_text(address, text, sizeof(text));
	key.func = text;
	return qr_site_part(table_number(&key));
}

void qr_site_retire(unsigned long start, unsigned long end)
{
	unsigned long flags;
	u32 id;

	raw_spin_lock_irqsave(&table.lock, flags);
	for (id = 1; id <= table.count; id++) {
		struct qr_site *site = table.page[id / PAGE_SITES][id % PAGE_SITES];

		if (site->address >= start && site->address < end)
			WRITE_ONCE(site->address, ADDRESS_RETIRED);
	}
	raw_spin_unlock_irqrestore(&table.lock, flags);
}

const struct qr_site *qr_site_get(u32 id)
{
	if (!id || id > qr_site_count())
		return NULL;
	return table.page[id / PAGE_SITES][id % PAGE_SITES];
}

static struct qr_site *site_at(u32 id)
{
	return table.page[id / PAGE_SITES][id % PAGE_SITES];
}

void qr_site_exempt(u32 id, unsigned int exempt)
{
	WRITE_ONCE(site_at(id)->exempt, exempt);
}

void qr_site_set_heap(u32 id, struct quarry_heap *heap)
{
	WRITE_ONCE(site_at(id)->heap, heap);
}

bool qr_site_strays(u32 id)
{
	return !qr_site_get(id) || !xchg(&site_at(id)->strayed, true);
}

unsigned int qr_site_exemption(u32 id)
{
	const struct qr_site *site = qr_site_get(id);

	return site ? READ_ONCE(site->exempt) : 0;
}

u32 qr_site_count(void)
{
	/* Pairs with the second release in table_add(). */
	return smp_load_acquire(&table.count);
}

int qr_site_init(void)
{
	struct site_key unknown = { .func = "unknown" };

	raw_spin_lock_init(&table.lock);
	table.count = 0;
	key_set_hash(&unknown);
	table_number(&unknown);
	return table.count == QR_SITE_UNKNOWN ? 0 : -ENOMEM;
}

/* Nobody allocates any more: no lock. */
void qr_site_exit(void)
{
	u32 id;

	for (id = 1; id <= table.count; id++) {
		struct qr_site *site = table.page[id / PAGE_SITES][id % PAGE_SITES];

		qr_meta_free(site, site_bytes(site));
	}
	for (id = 0; id < NR_PAGES; id++) {
		if (table.page[id])
			qr_meta_free(table.page[id], PAGE_SIZE);
		table.page[id] = NULL;
	}
	memset(table.hash, 0, sizeof(table.hash));
	table.count = 0;
}
