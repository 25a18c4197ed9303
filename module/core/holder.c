// SPDX-License-Identifier: GPL-2.0-only
/*
 * holder.c - what points to an object, or to those of a site: one more pass of a
 * scan, after its verdict, that marks nothing and remembers where words are.  Owns
 * holders_lock.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/kstrtox.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/sort.h>
#include <linux/string.h>

#include "holder.h"
#include "roots.h"
#include "scan.h"
#include "site.h"
#include "site_text.h"
#include "slab.h"
#include "walk.h"

/* Inside of the lock of scans.  Protects what is below. */
static DEFINE_MUTEX(holders_lock);
/* Not told yet, or NULL. */
static struct qr_holders *wanted;
static struct qr_holders last;

/* ------------------------------------------------------------------ asking */

static void lives(struct qr_slab *slab, u32 index, void *data)
{
	*(bool *)data = qr_tag_read(qr_tag_at(slab, index), slab->level);
}

/* Not inline: the address must not stay on the stack of who waits for the answer. */
static noinline int want_address(struct qr_wanted *want)
{
	unsigned long address;
	bool found = false;

	if (kstrtoul(want->text, 16, &address))
		return -EINVAL;
	qr_walk_object(address, lives, &found);
	want->hidden = ~address;
	return found ? 0 : -EINVAL;
}

static int want_sites(struct qr_wanted *want)
{
	u32 id;

	for (id = 1; id <= qr_site_count(); id++)
		if (want->nr_sites < QR_HOLDERS_SITES &&
		    qr_site_is_at(id, want->text))
			want->site[want->nr_sites++] = id;
	return want->nr_sites ? 0 : -ENOENT;
}

static int want_parse(struct qr_wanted *want, const char *text)
{
	if (!*text || strscpy(want->text, text, sizeof(want->text)) < 0)
		return -EINVAL;
	return strncmp(text, "0x", 2) ? want_sites(want) : want_address(want);
}

/* Returns what was wanted before. */
static struct qr_holders *wanted_set(struct qr_holders *holders)
{
	struct qr_holders *before;

	mutex_lock(&holders_lock);
	before = wanted;
	wanted = holders;
	mutex_unlock(&holders_lock);
	return before;
}

int qr_holders_want(const char *text)
{
	struct qr_holders *holders = qr_scan_memory_get(sizeof(*holders));
	int err;

	if (!holders)
		return -ENOMEM;
	err = want_parse(&holders->wanted, text);
	qr_holders_put(err ? holders : wanted_set(holders));
	return err;
}

void qr_holders_exit(void)
{
	qr_holders_put(wanted_set(NULL));
	memset(&last, 0, sizeof(last));
}

void qr_holders_use(qr_holders_fn fn, void *data)
{
	mutex_lock(&holders_lock);
	fn(&last, data);
	mutex_unlock(&holders_lock);
}

struct qr_holders *qr_holders_take(void)
{
	return wanted_set(NULL);
}

void qr_holders_put(struct qr_holders *holders)
{
	if (holders)
		qr_scan_memory_put(holders, sizeof(*holders));
}

/* ------------------------------------------------------------- what refers */

static u32 site_of(const struct qr_scan *scan, u32 slab, u32 index)
{
	const struct qr_scan_slab *entry = &scan->slab[slab];

	return entry->level == QUARRY_LEVEL_OFF ? 0 :
	       qr_tag_site(scan->tag[entry->first + index]);
}

/* Where the word is, which is not part of what it refers to. */
static struct qr_holder holder_of(const struct qr_scan *scan, unsigned long at)
{
	u32 slab = qr_scan_slab_at(scan, at), index;
	struct qr_holder holder = { .hidden_at = ~at };
	const struct qr_scan_slab *entry;
	u8 state;

	if (!slab--)
		return holder;
	entry = &scan->slab[slab];
	index = qr_scan_index(entry, at);
	state = index < entry->objects ? scan->state[entry->first + index] : 0;
	if (!(state & QR_SCAN_LIVE))
		return holder;
	holder.in_object = true;
	holder.garbage = qr_scan_is_garbage(state);
	holder.site = site_of(scan, slab, index);
	holder.offset = at - qr_scan_address(entry, index);
	return holder;
}

static bool is_same(const struct qr_holder *a, const struct qr_holder *b)
{
	if (!a->in_object || !b->in_object)
		return a->hidden_at == b->hidden_at;
	return a->site == b->site && a->offset == b->offset &&
	       a->garbage == b->garbage;
}

/* The row for @holder; NULL: there are too many. */
static struct qr_holder *row_of(struct qr_holders *holders,
				const struct qr_holder *holder)
{
	u32 i;

	for (i = 0; i < holders->nr; i++)
		if (is_same(&holders->holder[i], holder))
			return &holders->holder[i];
	if (i == QR_HOLDERS_MAX)
		return NULL;
	holders->holder[i] = *holder;
	holders->nr++;
	return &holders->holder[i];
}

void qr_holder_note(struct qr_scan *scan, u32 slab, u32 index, bool exact)
{
	const struct qr_scan_slab *entry = &scan->slab[slab];
	u8 *state = &scan->state[entry->first + index];
	unsigned long at = ~scan->hidden_at;
	struct qr_holder holder, *row;

	if (!(*state & QR_SCAN_LIVE) || !(*state & QR_SCAN_WANTED))
		return;
	/* It does not hold itself. */
	if (at - qr_scan_address(entry, index) < entry->size)
		return;
	*state |= QR_SCAN_HELD;
	holder = holder_of(scan, at);
	row = row_of(scan->holders, &holder);
	if (!row) {
		scan->holders->others++;
		return;
	}
	row->refs++;
	row->interior += !exact;
}

/* --------------------------------------------------------------- answering */

static bool is_wanted(const struct qr_scan *scan, u32 slab, u32 index)
{
	const struct qr_wanted *want = &scan->holders->wanted;
	const struct qr_scan_slab *entry = &scan->slab[slab];
	u32 site, i;

	if (want->hidden)
		return ~want->hidden - qr_scan_address(entry, index) <
		       entry->size;
	site = site_of(scan, slab, index);
	for (i = 0; i < want->nr_sites; i++)
		if (want->site[i] == site)
			return true;
	return false;
}

typedef void (*object_fn)(struct qr_scan *scan, u32 slab, u32 index, u8 *state);

static void each_live(struct qr_scan *scan, object_fn fn)
{
	u32 slab, i;

	for (slab = 0; slab < scan->nr_slabs && !qr_scan_stopped(scan); slab++) {
		const struct qr_scan_slab *entry = &scan->slab[slab];

		for (i = 0; i < entry->objects; i++) {
			u8 *state = &scan->state[entry->first + i];

			if (*state & QR_SCAN_LIVE)
				fn(scan, slab, i, state);
		}
		qr_scan_breathe(scan);
	}
}

static void choose(struct qr_scan *scan, u32 slab, u32 index, u8 *state)
{
	*state &= ~(QR_SCAN_WANTED | QR_SCAN_HELD);
	if (!is_wanted(scan, slab, index))
		return;
	*state |= QR_SCAN_WANTED;
	scan->holders->objects++;
}

static void look_into(struct qr_scan *scan, u32 slab, u32 index, u8 *state)
{
	qr_scan_words(scan, slab, index);
}

static void count(struct qr_scan *scan, u32 slab, u32 index, u8 *state)
{
	scan->holders->held += !!(*state & QR_SCAN_HELD);
}

static int by_refs(const void *a, const void *b)
{
	const struct qr_holder *x = a, *y = b;

	return x->refs < y->refs ? 1 : -(x->refs > y->refs);
}

static void keep(struct qr_holders *holders)
{
	u32 i;

	for (i = 0; i < holders->nr; i++) {
		struct qr_holder *holder = &holders->holder[i];

		if (!holder->in_object)
			qr_place_text(~holder->hidden_at, holder->place,
				      sizeof(holder->place));
	}
	sort(holders->holder, holders->nr, sizeof(*holders->holder), by_refs,
	     NULL);
	mutex_lock(&holders_lock);
	last = *holders;
	mutex_unlock(&holders_lock);
}

int qr_holders_answer(struct qr_scan *scan)
{
	int err;

	if (!scan->holders)
		return 0;
	scan->mode = QR_SCAN_NOTE;
	scan->pass++;
	WRITE_ONCE(scan->done, 0);
	each_live(scan, choose);
	err = qr_roots_scan(scan);
	if (err)
		return err;
	each_live(scan, look_into);
	each_live(scan, count);
	if (qr_scan_stopped(scan))
		return -EINTR;
	keep(scan->holders);
	return 0;
}
