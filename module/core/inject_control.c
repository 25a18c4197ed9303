// SPDX-License-Identifier: GPL-2.0-only
/*
 * inject_control.c - arms and disarms failures.  While a rule is about objects
 * and blocks for callers, or a task has armed fail_nth, the magazines of all
 * caches are closed: then every allocation comes past the point where it is
 * asked for.  Owns control_lock, outside of drain_lock.
 */
#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/string.h>

#include "cache.h"
#include "inject.h"
#include "inject_control.h"
#include "walk.h"

static DEFINE_MUTEX(control_lock);
static bool shut;

static void gates_review(void)
{
	bool shall = qr_inject_wants_callers();

	lockdep_assert_held(&control_lock);
	if (shall == shut)
		return;
	shut = shall;
	qr_walk_shut(shall);
	qr_gates_review();
}

/* Decimal, all of @text. */
static int number_of(const char *text, unsigned long max, unsigned long *value)
{
	if (!*text)
		return -EINVAL;
	for (*value = 0; *text; text++) {
		if (!isdigit(*text) || *value > (max - (*text - '0')) / 10)
			return -EINVAL;
		*value = *value * 10 + (*text - '0');
	}
	return 0;
}

static int remove_rule(const char *text)
{
	unsigned long number;
	int err;

	if (number_of(text, QR_INJECT_RULES, &number)) {
		pr_warn("inject: -%s: expected the number of a rule\n", text);
		return -EINVAL;
	}
	err = qr_inject_remove(number);
	if (err)
		pr_warn("inject: there is no rule %lu\n", number);
	return err;
}

static void remove_all(void)
{
	unsigned int i;

	for (i = 1; i <= QR_INJECT_RULES; i++)
		qr_inject_remove(i);
}

static int store_locked(const char *text)
{
	lockdep_assert_held(&control_lock);
	if (!strcmp(text, "clear"))
		remove_all();
	else if (*text == '-')
		return remove_rule(text + 1);
	else if (!strcmp(text, "verbose=0") || !strcmp(text, "verbose=1"))
		qr_inject_set_verbose(text[8] == '1');
	else
		return qr_inject_add(text);
	return 0;
}

int qr_inject_write(char *text)
{
	int err;

	mutex_lock(&control_lock);
	qr_inject_nth_forget(false);
	err = store_locked(text);
	gates_review();
	mutex_unlock(&control_lock);
	return err;
}

int qr_inject_load(const char *text)
{
	char one[QR_INJECT_TEXT + 2];

	while (*text) {
		size_t len = strcspn(text, ";");
		size_t start = 0, end = len;
		int err;

		while (start < len && isspace(text[start]))
			start++;
		while (end > start && isspace(text[end - 1]))
			end--;
		snprintf(one, sizeof(one), "%.*s", (int)(end - start),
			 text + start);
		err = *one ? qr_inject_write(one) : 0;
		if (err) {
			qr_inject_exit();
			return err == -ENOSPC ? -EINVAL : err;
		}
		text += len;
		text += *text == ';';
	}
	return 0;
}

int qr_fail_nth_write(char *text)
{
	unsigned long nth;
	int err;

	if (number_of(text, LONG_MAX, &nth))
		return -EINVAL;
	mutex_lock(&control_lock);
	err = qr_inject_nth_set(nth);
	gates_review();
	mutex_unlock(&control_lock);
	/* The task may die without another word. */
	if (nth && !err)
		qr_platform_age();
	return err;
}

bool qr_inject_age(void)
{
	struct qr_inject_state state;

	if (!READ_ONCE(qr_inject_armed))
		return false;
	mutex_lock(&control_lock);
	qr_inject_nth_forget(false);
	gates_review();
	qr_inject_state(&state);
	mutex_unlock(&control_lock);
	return state.tasks;
}

unsigned long qr_fail_nth_read(void)
{
	unsigned long left;

	mutex_lock(&control_lock);
	left = qr_inject_nth_get();
	gates_review();
	mutex_unlock(&control_lock);
	return left;
}

void qr_inject_exit(void)
{
	mutex_lock(&control_lock);
	remove_all();
	qr_inject_set_verbose(false);
	qr_inject_nth_forget(true);
	gates_review();
	mutex_unlock(&control_lock);
}
