// SPDX-License-Identifier: GPL-2.0-only
/*
 * inject.c - decides whether an allocation fails: by rules, and by tasks that
 * want their nth one to.  Owns both tables and inject_lock, a leaf: all counts
 * are exact, whoever allocates at the same time.
 */
#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/random.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "inject.h"

bool qr_inject_armed;

/* A task that has armed fail_nth. */
struct task {
	/* What qr_platform_self() says of it, held; NULL: room for another. */
	const void *self;
	/* Allocations until the failure; 0: it has happened. */
	unsigned long left;
};

/* Leaf.  Protects everything below but for peeks at task.self. */
static DEFINE_RAW_SPINLOCK(inject_lock);
static struct qr_inject_rule rules[QR_INJECT_RULES];
static struct task tasks[QR_INJECT_TASKS];
static struct qr_inject_state state;

/* --------------------------------------------------------------- matching */

static bool range_has(const struct qr_inject_range *range, unsigned long value)
{
	return value >= range->min && value <= range->max;
}

/* A name, or the beginning of one with * behind it. */
static bool name_matches(const char *pattern, const char *name)
{
	size_t len = strlen(pattern);

	if (len && pattern[len - 1] == '*')
		return !strncmp(pattern, name, len - 1);
	return !strcmp(pattern, name);
}

/* A path, or the last parts of it. */
static bool file_matches(const char *pattern, const char *file)
{
	size_t len = strlen(pattern), have = file ? strlen(file) : 0;

	return have >= len && !strcmp(file + have - len, pattern) &&
	       (have == len || file[have - len - 1] == '/');
}

/*
 * A function; of one known by an address alone, without the offset and without
 * what the compiler has appended.
 */
static bool func_matches(const char *pattern, const char *func)
{
	size_t len = strlen(pattern);

	return func && !strncmp(func, pattern, len) &&
	       (!func[len] || func[len] == '+' || func[len] == '.');
}

static bool caller_matches(const struct qr_inject_rule *rule,
			   const struct qr_inject_ask *ask)
{
	if (rule->module &&
	    (!ask->module || !name_matches(rule->module, ask->module)))
		return false;
	if (!rule->site)
		return true;
	if (rule->line)
		return ask->line == rule->line &&
		       file_matches(rule->site, ask->file);
	return file_matches(rule->site, ask->file) ||
	       func_matches(rule->site, ask->func);
}

static bool owner_matches(const struct qr_inject_rule *rule,
			  const struct quarry_cache *cache)
{
	if (rule->cache && (!cache || !name_matches(rule->cache, cache->name)))
		return false;
	if (!rule->heap)
		return true;
	return cache && cache->heap &&
	       name_matches(rule->heap, cache->heap->name);
}

static bool rule_matches(const struct qr_inject_rule *rule,
			 const struct qr_inject_ask *ask)
{
	bool sleeping = gfpflags_allow_blocking(ask->gfp);

	if (!rule->used || !(rule->points & 1U << ask->point))
		return false;
	if (rule->sleeping != QR_INJECT_SLEEPING_ANY &&
	    sleeping != (rule->sleeping == QR_INJECT_SLEEPING_YES))
		return false;
	return range_has(&rule->bytes, ask->bytes) &&
	       range_has(&rule->order, get_order(ask->bytes ?: 1)) &&
	       owner_matches(rule, ask->cache) && caller_matches(rule, ask);
}

/* True with a probability of @part in QR_INJECT_CERTAIN. */
static bool draw(u64 *random, u32 part)
{
	if (part == QR_INJECT_CERTAIN)
		return true;
	*random ^= *random << 13;
	*random ^= *random >> 7;
	*random ^= *random << 17;
	return (*random >> 32) * QR_INJECT_CERTAIN >> 32 < part;
}

/* Of a call that matches: whether it is the one that fails. */
static bool rule_fails(struct qr_inject_rule *rule)
	__must_hold(&inject_lock)
{
	rule->seen++;
	if (rule->seen <= rule->after || rule->injected >= rule->times ||
	    (rule->seen - rule->after) % rule->every ||
	    !draw(&rule->random, rule->probability))
		return false;
	rule->injected++;
	return true;
}

/* The number of the first rule that says so, or 0; those behind do not see it. */
static unsigned int rules_fail(const struct qr_inject_ask *ask)
	__must_hold(&inject_lock)
{
	unsigned int i;

	for (i = 0; i < QR_INJECT_RULES; i++)
		if (rule_matches(&rules[i], ask) && rule_fails(&rules[i]))
			return i + 1;
	return 0;
}

/* The entry of the running task, or NULL. */
static struct task *task_self(void)
{
	const void *self = qr_platform_self();
	unsigned int i;

	for (i = 0; self && i < QR_INJECT_TASKS; i++)
		if (READ_ONCE(tasks[i].self) == self)
			return &tasks[i];
	return NULL;
}

/* @task is the running one: nobody else changes what it counts. */
static bool task_fails(struct task *task, const struct qr_inject_ask *ask)
	__must_hold(&inject_lock)
{
	if (!task || !task->left || ask->point == QR_INJECT_BUFFER ||
	    --task->left)
		return false;
	state.nth_injected++;
	return true;
}

/* "at FILE:LINE FUNCTION [MODULE]", as far as it is known. */
static void caller_text(const struct qr_inject_ask *ask, char *to, size_t size)
{
	int len = 0;

	*to = '\0';
	if (!ask->func)
		return;
	len = scnprintf(to, size, " at ");
	if (ask->line)
		len += scnprintf(to + len, size - len, "%s:%u ", ask->file,
				 ask->line);
	len += scnprintf(to + len, size - len, "%s", ask->func);
	if (ask->module && *ask->module)
		scnprintf(to + len, size - len, " [%s]", ask->module);
}

static void tell(const struct qr_inject_ask *ask, unsigned int rule)
{
	const struct quarry_cache *cache = ask->cache;
	char by[16] = "fail_nth", at[192];

	if (rule)
		snprintf(by, sizeof(by), "rule %u", rule);
	caller_text(ask, at, sizeof(at));
	pr_info("inject: %s fails %s, %zu bytes%s%s%s\n", by,
		qr_inject_point_name(ask->point), ask->bytes,
		cache ? " of cache " : "", cache ? cache->name : "", at);
}

bool qr_inject_fails(const struct qr_inject_ask *ask)
{
	struct task *task = task_self();
	unsigned int rule = 0;
	unsigned long flags;
	bool fails, verbose;

	if ((ask->gfp & __GFP_NOFAIL) || qr_in_nmi())
		return false;
	raw_spin_lock_irqsave(&inject_lock, flags);
	fails = task_fails(task, ask);
	if (!fails) {
		rule = rules_fail(ask);
		fails = rule;
	}
	state.injected[ask->point] += fails;
	verbose = state.verbose;
	raw_spin_unlock_irqrestore(&inject_lock, flags);
	if (fails && verbose)
		tell(ask, rule);
	return fails;
}

bool qr_inject_fails_at(enum qr_inject_point point,
			const struct quarry_cache *cache, size_t bytes,
			gfp_t gfp)
{
	const struct qr_inject_ask ask = {
		.point = point, .cache = cache, .bytes = bytes, .gfp = gfp,
	};

	return qr_inject_fails(&ask);
}

/* ----------------------------------------------------------------- arming */

static void review_locked(void)
	__must_hold(&inject_lock)
{
	bool armed = state.tasks;
	unsigned int i;

	for (i = 0; i < QR_INJECT_RULES; i++)
		armed |= rules[i].used;
	WRITE_ONCE(qr_inject_armed, armed);
}

static unsigned long lock_tables(void)
	__acquires(&inject_lock)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&inject_lock, flags);
	return flags;
}

static void unlock_tables(unsigned long flags)
	__releases(&inject_lock)
{
	review_locked();
	raw_spin_unlock_irqrestore(&inject_lock, flags);
}

/* A rule that is not used is nobody's but the caller's. */
int qr_inject_add(const char *text)
{
	struct qr_inject_rule *rule = rules;
	unsigned long flags;
	char *at;
	int err;

	while (rule < rules + QR_INJECT_RULES && rule->used)
		rule++;
	if (rule == rules + QR_INJECT_RULES) {
		pr_warn("inject: there are %u rules already; remove one with -N\n",
			QR_INJECT_RULES);
		return -ENOSPC;
	}
	memset(rule, 0, sizeof(*rule));
	if (strnlen(text, QR_INJECT_TEXT + 1) > QR_INJECT_TEXT) {
		pr_warn("inject: a rule is at most %u bytes\n", QR_INJECT_TEXT);
		return -EINVAL;
	}
	strscpy(rule->text, text, sizeof(rule->text));
	for (at = rule->text; *at; at++)
		if (iscntrl(*at))
			*at = ' ';
	memcpy(rule->words, rule->text, sizeof(rule->words));
	rule->random = ((u64)get_random_u32() << 32 | get_random_u32()) | 1;
	err = qr_inject_parse(rule);
	if (err)
		return err;
	flags = lock_tables();
	rule->used = true;
	unlock_tables(flags);
	return 0;
}

int qr_inject_remove(unsigned int number)
{
	unsigned long flags;

	if (!number || number > QR_INJECT_RULES || !rules[number - 1].used)
		return -ENOENT;
	flags = lock_tables();
	rules[number - 1].used = false;
	unlock_tables(flags);
	return 0;
}

void qr_inject_set_verbose(bool verbose)
{
	unsigned long flags = lock_tables();

	state.verbose = verbose;
	unlock_tables(flags);
}

bool qr_inject_wants_callers(void)
{
	unsigned long flags = lock_tables();
	bool wants = state.tasks;
	unsigned int i;

	for (i = 0; i < QR_INJECT_RULES; i++)
		wants |= rules[i].used &&
			 (rules[i].points & 1U << QR_INJECT_ALLOC);
	unlock_tables(flags);
	return wants;
}

/* --------------------------------------------------------------- fail_nth */

/* Puts @self, or nobody, in place of who was there. */
static void task_replace(struct task *task, const void *self,
			 unsigned long left)
{
	const void *old = task->self;
	unsigned long flags;

	flags = lock_tables();
	state.tasks += !!self - !!old;
	task->left = left;
	WRITE_ONCE(task->self, self);
	unlock_tables(flags);
	if (old)
		qr_platform_self_put(old);
}

static struct task *task_free(void)
{
	unsigned int i;

	for (i = 0; i < QR_INJECT_TASKS; i++)
		if (!tasks[i].self)
			return &tasks[i];
	return NULL;
}

int qr_inject_nth_set(unsigned long nth)
{
	struct task *task = task_self();

	if (!nth) {
		if (task)
			task_replace(task, NULL, 0);
		return 0;
	}
	qr_inject_nth_forget(false);
	task = task ?: task_free();
	if (!task) {
		pr_warn("fail_nth: %u tasks have armed it already\n",
			QR_INJECT_TASKS);
		return -ENOSPC;
	}
	task_replace(task, qr_platform_self_get(), nth);
	return 0;
}

unsigned long qr_inject_nth_get(void)
{
	struct task *task = task_self();
	unsigned long left = task ? READ_ONCE(task->left) : 0;

	if (task && !left)
		task_replace(task, NULL, 0);
	return left;
}

void qr_inject_nth_forget(bool all)
{
	unsigned int i;

	for (i = 0; i < QR_INJECT_TASKS; i++)
		if (tasks[i].self &&
		    (all || !qr_platform_is_alive(tasks[i].self)))
			task_replace(&tasks[i], NULL, 0);
}

/* ---------------------------------------------------------------- reports */

void qr_inject_state(struct qr_inject_state *copy)
{
	unsigned long flags = lock_tables();

	*copy = state;
	unlock_tables(flags);
}

bool qr_inject_rule(unsigned int number, struct qr_inject_rule *rule)
{
	unsigned long flags = lock_tables();

	*rule = rules[number - 1];
	unlock_tables(flags);
	return rule->used;
}
