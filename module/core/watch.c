// SPDX-License-Identifier: GPL-2.0-only
/*
 * watch.c - which modules are watched: their names, where their code lies, and
 * how much was seen of them.  What lives of them is in watched.c.
 *
 * Owns watch_lock, a mutex outside of all other locks.  Who is told of an
 * allocation reads without it where code lies: see code_set().
 */
#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/rcupdate.h>
#include <linux/string.h>

#include "watch.h"
#include "watched.h"

static DEFINE_MUTEX(watch_lock);
/* By index; a name is empty where none is. */
static struct qr_watch watches[QR_WATCHES_MAX];
static unsigned int nr_watches;

unsigned long qr_watch_low = ULONG_MAX;
unsigned long qr_watch_high;

static atomic_long_t unseen;

/* --------------------------------------------------------------- places */

static bool lies_in(const struct qr_code *code, unsigned long address)
{
	/* Pairs with the release in code_set(). */
	unsigned long bytes = smp_load_acquire(&code->bytes);

	return address - READ_ONCE(code->from) < bytes;
}

/* Nobody who has seen the old length sees the new place. */
static void code_set(struct qr_code *code, const struct qr_code *to)
{
	if (code->bytes) {
		WRITE_ONCE(code->bytes, 0);
		synchronize_rcu();
	}
	if (!to->bytes)
		return;
	WRITE_ONCE(code->from, to->from);
	/* Pairs with the acquire in lies_in(). */
	smp_store_release(&code->bytes, to->bytes);
}

/* It only grows, so that nobody misses a place in it. */
static void span_add(const struct qr_code *code)
{
	lockdep_assert_held(&watch_lock);
	if (!code->bytes)
		return;
	WRITE_ONCE(qr_watch_low, min(qr_watch_low, code->from));
	WRITE_ONCE(qr_watch_high, max(qr_watch_high, code->from + code->bytes));
}

static void place(struct qr_watch *watch, const struct qr_code *text,
		  const struct qr_code *init)
{
	span_add(text);
	span_add(init);
	code_set(&watch->text, text);
	code_set(&watch->init, init);
}

static const struct qr_code nowhere;

/* ---------------------------------------------------------------- names */

static struct qr_watch *watch_at(const char *name)
{
	unsigned int i;

	lockdep_assert_held(&watch_lock);
	for (i = 0; i < QR_WATCHES_MAX; i++)
		if (!strcmp(watches[i].name, name))
			return &watches[i];
	return NULL;
}

void qr_watch_came(const char *name, const struct qr_code *text,
		   const struct qr_code *init)
{
	struct qr_watch *watch;

	mutex_lock(&watch_lock);
	watch = watch_at(name);
	if (watch)
		place(watch, text, init);
	mutex_unlock(&watch_lock);
}

/* Its init, or all of it, is no more; sites get names while they are known. */
static void leave(struct qr_watch *watch, bool whole)
{
	code_set(&watch->init, &nowhere);
	if (whole)
		code_set(&watch->text, &nowhere);
	qr_watched_supply();
}

static void leave_if_watched(const char *name, bool whole)
{
	struct qr_watch *watch;

	mutex_lock(&watch_lock);
	watch = watch_at(name);
	if (watch)
		leave(watch, whole);
	mutex_unlock(&watch_lock);
}

void qr_watch_started(const char *name)
{
	leave_if_watched(name, false);
}

void qr_watch_went(const char *name)
{
	leave_if_watched(name, true);
}

/* -------------------------------------------------------- begin and end */

/* The first one has it all begin. */
static int begin(void)
{
	int err;

	lockdep_assert_held(&watch_lock);
	if (nr_watches)
		return 0;
	err = qr_watched_begin();
	if (err)
		return err;
	err = qr_platform_watch(true);
	if (err)
		qr_watched_end();
	return err;
}

static void end(void)
{
	lockdep_assert_held(&watch_lock);
	if (nr_watches)
		return;
	qr_platform_watch(false);
	qr_watched_end();
	qr_watch_low = ULONG_MAX;
	qr_watch_high = 0;
}

/* Room for another. */
static struct qr_watch *watch_free(void)
{
	struct qr_watch *watch = watch_at("");

	if (!watch)
		pr_warn("watch: there are %u already; end one with -NAME\n",
			QR_WATCHES_MAX);
	return watch;
}

static int watch_begin(const char *name)
{
	struct qr_code text = { }, init = { };
	struct qr_watch *watch;
	int err;

	if (watch_at(name))
		return 0;
	watch = watch_free();
	if (!watch)
		return -ENOSPC;
	err = begin();
	if (err)
		return err;
	nr_watches++;
	atomic_long_set(&watch->allocs, 0);
	atomic_long_set(&watch->no_room, 0);
	strscpy(watch->name, name, sizeof(watch->name));
	if (qr_platform_find_code(name, &text, &init))
		place(watch, &text, &init);
	else
		pr_info("watch: no module %s is loaded yet\n", name);
	return 0;
}

static int watch_end(const char *name)
{
	struct qr_watch *watch = watch_at(name);

	if (!watch) {
		pr_warn("watch: %s is not watched\n", name);
		return -ENOENT;
	}
	leave(watch, true);
	qr_watched_drop(watch - watches);
	watch->name[0] = '\0';
	nr_watches--;
	end();
	return 0;
}

/* One of a module: the kernel has "_" where a file may have "-". */
static bool name_is_bad(const char *name)
{
	if (!*name || strnlen(name, QR_WATCH_NAME_MAX + 1) > QR_WATCH_NAME_MAX)
		return true;
	for (; *name; name++)
		if (!isalnum(*name) && *name != '_')
			return true;
	return false;
}

int qr_watch_write(char *text)
{
	bool over = *text == '-';
	int err;

	text += over;
	strreplace(text, '-', '_');
	/* All that happens would be of it: it is told of everything. */
	if (name_is_bad(text) || !strcmp(text, KBUILD_MODNAME))
		return -EINVAL;
	mutex_lock(&watch_lock);
	err = over ? watch_end(text) : watch_begin(text);
	mutex_unlock(&watch_lock);
	return err;
}

static void count_copy(atomic_long_t *to, const atomic_long_t *from)
{
	atomic_long_set(to, atomic_long_read(from));
}

bool qr_watch_get(unsigned int index, struct qr_watch *copy)
{
	const struct qr_watch *watch = &watches[index];

	mutex_lock(&watch_lock);
	copy->text = watch->text;
	copy->init = watch->init;
	memcpy(copy->name, watch->name, sizeof(copy->name));
	mutex_unlock(&watch_lock);
	/* These move on. */
	count_copy(&copy->allocs, &watch->allocs);
	count_copy(&copy->no_room, &watch->no_room);
	return copy->name[0];
}

void qr_watch_exit(void)
{
	unsigned int i;

	mutex_lock(&watch_lock);
	for (i = 0; i < QR_WATCHES_MAX; i++)
		if (watches[i].name[0])
			watch_end(watches[i].name);
	atomic_long_set(&unseen, 0);
	mutex_unlock(&watch_lock);
}

/* ------------------------------------------------------ what is told */

static struct qr_watch *watch_of(unsigned long address)
{
	struct qr_watch *watch;

	for (watch = watches; watch < watches + QR_WATCHES_MAX; watch++)
		if (lies_in(&watch->text, address) ||
		    lies_in(&watch->init, address))
			return watch;
	return NULL;
}

bool qr_watch_has(unsigned long address)
{
	return qr_watch_is_near(address) && watch_of(address);
}

void qr_watch_reuse(const void *object)
{
	if (qr_watched_del(object))
		atomic_long_inc(&unseen);
}

void qr_watch_alloc(const void *object, size_t asked, size_t given,
		    unsigned long caller)
{
	struct qr_watch *watch = watch_of(caller);

	if (!watch)
		return;
	atomic_long_inc(&watch->allocs);
	if (!qr_watched_add(watch - watches, object, asked, given, caller))
		atomic_long_inc(&watch->no_room);
}

void qr_watch_free(const void *object)
{
	qr_watched_del(object);
}

unsigned long qr_watch_unseen(void)
{
	return atomic_long_read(&unseen);
}
