// SPDX-License-Identifier: GPL-2.0-only
/*
 * misuse.c - tables of mistakes: the ground that each is made on, and what must
 * come of it.
 */
#include "check.h"
#include "misuse.h"
#include "site_text.h"

static const struct {
	u32 asked;
	bool heap;
} kinds[NR_KINDS] = {
	[C52] = { 52 }, [C64] = { 64 }, [CTOR] = { 64 },
	[H6] = { 6, true }, [H64] = { 64, true }, [H100] = { 100, true },
	[RUN] = { 10000, true }, [PAGES] = { 4 * PAGE_SIZE, true },
};

u32 misuse_asked(enum kind kind)
{
	return kinds[kind].asked;
}

noinline void *misuse_take(struct ground *ground)
{
	if (ground->cache)
		ground->object = quarry_cache_alloc(ground->cache, GFP_KERNEL);
	else
		ground->object = quarry_heap_alloc(ground->heap, ground->asked,
						   GFP_KERNEL);
	QT_EXPECT_PTR(ground->t, ground->object);
	return ground->object;
}

void misuse_give(struct ground *ground, void *object)
{
	if (ground->cache)
		quarry_cache_free(ground->cache, object);
	else
		quarry_heap_free(ground->heap, object);
}

void misuse_flush(struct ground *ground)
{
	if (ground->cache)
		quarry_cache_shrink(ground->cache);
	else
		quarry_heap_shrink(ground->heap);
}

void misuse_write(struct ground *ground, long from, u32 nr, u8 value)
{
	qt_write(ground->object + from, value, nr);
}

unsigned long misuse_options(const struct ground *ground)
{
	return ground->cache ? ground->cache->options : ground->heap->options;
}

void misuse_end_cache(struct qt *t, struct quarry_cache *cache)
{
	qt_count(t, cache);
	QT_EXPECT_EQ(t, quarry_cache_destroy(cache), 0);
	qt_forget_cache(t, cache);
}

void misuse_end_heap(struct qt *t, struct quarry_heap *heap)
{
	qt_check_heap(t, heap);
	QT_EXPECT_EQ(t, quarry_heap_destroy(heap), 0);
	qt_forget_heap(t, heap);
}

static void construct(void *object)
{
	memset(object, 0x44, 64);
}

static bool ground_begin(struct ground *ground, const struct row *row)
{
	if (kinds[row->kind].heap) {
		ground->heap = qt_heap(ground->t, 0);
		return ground->heap &&
		       !quarry_heap_set_debug(ground->heap, row->options);
	}
	ground->cache = qt_cache(ground->t, ground->asked, 0, row->options,
				 row->kind == CTOR ? construct : NULL);
	return ground->cache;
}

/* Something that has to do with an object names the call that allocated it. */
static void expect_site(struct qt *t, const struct row *row)
{
	char line[QR_SITE_LINE];

	if (row->expected != QR_EVENT_REDZONE &&
	    row->expected != QR_EVENT_WRONG_OWNER)
		return;
	QT_EXPECT_PTR(t, strstr(qr_site_line(t->event.site, line, sizeof(line)),
				"misuse_take"));
}

static void expect_row(struct qt *t, const struct row *row,
		       const struct ground *ground, u64 seq)
{
	u64 news = qr_event_last() - seq;

	if (news != (row->expected != NOTHING)) {
		qt_fail(t, "%s: %llu events instead of %d", row->name,
			(unsigned long long)news, row->expected != NOTHING);
		return;
	}
	if (row->expected == NOTHING)
		return;
	QT_EXPECT_TRUE(t, qr_event_get(seq + 1, &t->event));
	if (!QT_EXPECT_EQ(t, t->event.kind, row->expected))
		qt_fail(t, "%s: %s", row->name, qr_event_name(t->event.kind));
	if (row->expected != QR_EVENT_OVERFLOW &&
	    row->expected != QR_EVENT_BAD_GFP &&
	    !QT_EXPECT_EQ(t, t->event.address, ground->object))
		qt_fail(t, "%s: of another address", row->name);
	expect_site(t, row);
}

static void play_row(struct qt *t, const struct row *row)
{
	struct ground ground = { .t = t, .asked = kinds[row->kind].asked };
	unsigned int failures = t->failures;
	u64 seq;

	if (!ground_begin(&ground, row)) {
		qt_fail(t, "%s: no ground", row->name);
		return;
	}
	seq = qr_event_last();
	row->commit(&ground);
	misuse_flush(&ground);
	expect_row(t, row, &ground, seq);
	if (t->failures != failures)
		qt_print("# %s, kind %d, options %#lx\n", row->name,
			 row->kind, row->options);
	if (ground.cache)
		misuse_end_cache(t, ground.cache);
	else
		misuse_end_heap(t, ground.heap);
}

void misuse_play(struct qt *t, const struct row *row, unsigned int nr,
		 int expected)
{
	unsigned int played = 0;

	for (; nr--; row++) {
		if (row->expected != expected)
			continue;
		play_row(t, row);
		played++;
	}
	QT_EXPECT_GT(t, played, 0);
}

void misuse_count(struct qt *t, const struct row *row, unsigned int nr)
{
	unsigned int i, unseen = 0;

	for (i = 0; i < nr; i++) {
		if (row[i].expected == NOTHING)
			unseen++;
		QT_EXPECT_EQ(t, row[i].expected == NOTHING, !!row[i].why);
	}
	qt_print("# %u rows: %u detected or prevented, %u not, each with its reason\n",
		 nr, nr - unseen, unseen);
}
