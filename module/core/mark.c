// SPDX-License-Identifier: GPL-2.0-only
/*
 * mark.c - moments with a name.  Whoever makes one waits for it.
 *
 * Owns mark_lock, a mutex under which the platform makes and removes a mark's
 * file; so whoever reads that file must not take it.
 */
#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/string.h>

#include "mark.h"
#include "moment.h"

static DEFINE_MUTEX(mark_lock);
static struct qr_mark marks[QR_MARKS_MAX];
static u64 last_seq;

/* A name becomes one of a file, and "-" is what forgets. */
static bool name_is_bad(const char *name)
{
	if (!*name || *name == '-' || !strcmp(name, ".") ||
	    !strcmp(name, "..") ||
	    strnlen(name, QR_MARK_NAME_MAX + 1) > QR_MARK_NAME_MAX)
		return true;
	for (; *name; name++)
		if (*name == '/' || isspace(*name) || iscntrl(*name))
			return true;
	return false;
}

/* The mark of that name; with an empty one, room for another. */
static struct qr_mark *mark_at(const char *name)
{
	unsigned int i;

	lockdep_assert_held(&mark_lock);
	for (i = 0; i < QR_MARKS_MAX; i++)
		if (!strcmp(marks[i].name, name))
			return &marks[i];
	return NULL;
}

static int mark_set(const char *name)
{
	struct qr_mark *mark = mark_at(name);
	bool fresh = !mark;

	if (fresh)
		mark = mark_at("");
	if (!mark) {
		pr_warn("mark: there are %u already; forget one with -NAME\n",
			QR_MARKS_MAX);
		return -ENOSPC;
	}
	/* Its file may be read at the same time. */
	WRITE_ONCE(mark->from, qr_moment());
	mark->seq = ++last_seq;
	if (!fresh)
		return 0;
	strscpy(mark->name, name, sizeof(mark->name));
	qr_platform_add_mark(mark);
	return 0;
}

static int mark_forget(const char *name)
{
	struct qr_mark *mark = mark_at(name);

	if (!mark) {
		pr_warn("mark: there is none named %s\n", name);
		return -ENOENT;
	}
	qr_platform_del_mark(mark);
	mark->name[0] = '\0';
	mark->seq = 0;
	return 0;
}

int qr_mark_write(char *text)
{
	bool forget = *text == '-';
	int err;

	text += forget;
	if (name_is_bad(text))
		return -EINVAL;
	mutex_lock(&mark_lock);
	err = forget ? mark_forget(text) : mark_set(text);
	mutex_unlock(&mark_lock);
	return err;
}

/* The mark that is newest, or oldest, of those newer than @seq. */
static struct qr_mark *mark_by_age(u64 seq, bool newest)
{
	struct qr_mark *mark, *found = NULL;

	for (mark = marks; mark < marks + QR_MARKS_MAX; mark++)
		if (mark->seq > seq &&
		    (!found || (mark->seq > found->seq) == newest))
			found = mark;
	return found;
}

bool qr_mark_find(const char *name, struct qr_mark *copy)
{
	struct qr_mark *mark;

	mutex_lock(&mark_lock);
	mark = !name ? mark_by_age(0, true) : *name ? mark_at(name) : NULL;
	if (mark)
		*copy = *mark;
	mutex_unlock(&mark_lock);
	return mark;
}

bool qr_mark_next(u64 seq, struct qr_mark *copy)
{
	struct qr_mark *mark;

	mutex_lock(&mark_lock);
	mark = mark_by_age(seq, false);
	if (mark)
		*copy = *mark;
	mutex_unlock(&mark_lock);
	return mark;
}

void qr_mark_exit(void)
{
	struct qr_mark *mark;

	mutex_lock(&mark_lock);
	while ((mark = mark_by_age(0, false)))
		mark_forget(mark->name);
	mutex_unlock(&mark_lock);
}
