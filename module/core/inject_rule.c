// SPDX-License-Identifier: GPL-2.0-only
/*
 * inject_rule.c - the words of a rule, with blanks between them.
 *	point=P[,P]...  which allocations, see the table; any; alloc if not said
 *	every=N after=M times=K probability=PERCENT seed=S
 *	site=FILE:LINE|FILE|FUNCTION module=NAME cache=NAME heap=NAME
 *	size=RANGE order=RANGE sleeping=yes|no|any
 * A call that matches is counted.  Those after the Mth fail, of them every
 * Nth, of these so many percent, and K of them at most.
 */
#include <linux/build_bug.h>
#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/printk.h>
#include <linux/string.h>

#include "inject.h"

static const char * const point_names[] = {
	[QR_INJECT_ALLOC] = "alloc",
	[QR_INJECT_PAGES] = "pages",
	[QR_INJECT_VRUN] = "vrun",
	[QR_INJECT_DESCRIPTOR] = "descriptor",
	[QR_INJECT_META] = "meta",
	[QR_INJECT_PERCPU] = "percpu",
	[QR_INJECT_MAGAZINE] = "magazine",
	[QR_INJECT_SITE] = "site",
	[QR_INJECT_STACK] = "stack",
	[QR_INJECT_BUFFER] = "buffer",
};

static_assert(ARRAY_SIZE(point_names) == QR_NR_INJECT);

const char *qr_inject_point_name(enum qr_inject_point point)
{
	return point_names[point];
}

/* Decimal digits; moves *@text behind them. */
static int number_parse(const char **text, unsigned long *value)
{
	const char *at = *text;

	if (!isdigit(*at))
		return -EINVAL;
	for (*value = 0; isdigit(*at); at++) {
		unsigned long digit = *at - '0';

		if (*value > (ULONG_MAX - digit) / 10)
			return -EINVAL;
		*value = *value * 10 + digit;
	}
	*text = at;
	return 0;
}

static int count_parse(const char *text, unsigned long min,
		       unsigned long *value)
{
	if (number_parse(&text, value) || *text || *value < min)
		return -EINVAL;
	return 0;
}

/* N, MIN-MAX, MIN- or -MAX. */
static int range_parse(const char *text, struct qr_inject_range *range)
{
	bool open = *text == '-';

	range->min = 0;
	if (!open && number_parse(&text, &range->min))
		return -EINVAL;
	range->max = range->min;
	if (*text == '-') {
		text++;
		range->max = ULONG_MAX;
		if ((*text || open) && number_parse(&text, &range->max))
			return -EINVAL;
	}
	return *text || range->min > range->max ? -EINVAL : 0;
}

static int name_parse(const char *text, const char **name)
{
	if (!*text)
		return -EINVAL;
	*name = text;
	return 0;
}

/* Percent, with four decimals at most. */
static int percent_parse(const char *text, u32 *part)
{
	unsigned long whole, unit = QR_INJECT_CERTAIN / 100;

	if (number_parse(&text, &whole) || whole > 100)
		return -EINVAL;
	whole *= unit;
	if (*text == '.') {
		text++;
		if (!isdigit(*text))
			return -EINVAL;
		for (; isdigit(*text) && unit > 1; text++) {
			unit /= 10;
			whole += (*text - '0') * unit;
		}
	}
	if (*text || !whole || whole > QR_INJECT_CERTAIN)
		return -EINVAL;
	*part = whole;
	return 0;
}

/* ---------------------------------------------------------------- words */

static int point_of(const char *name, size_t len, u32 *points)
{
	unsigned int i;

	if (len == 3 && !strncmp(name, "any", 3)) {
		*points |= QR_INJECT_ALL;
		return 0;
	}
	for (i = 0; i < QR_NR_INJECT; i++)
		if (strlen(point_names[i]) == len &&
		    !strncmp(point_names[i], name, len)) {
			*points |= 1U << i;
			return 0;
		}
	return -EINVAL;
}

static int word_point(struct qr_inject_rule *rule, char *value)
{
	rule->points = 0;
	for (;;) {
		size_t len = strcspn(value, ",");

		if (point_of(value, len, &rule->points))
			return -EINVAL;
		value += len;
		if (!*value)
			return 0;
		value++;
	}
}

static int word_every(struct qr_inject_rule *rule, char *value)
{
	return count_parse(value, 1, &rule->every);
}

static int word_after(struct qr_inject_rule *rule, char *value)
{
	return count_parse(value, 0, &rule->after);
}

static int word_times(struct qr_inject_rule *rule, char *value)
{
	return count_parse(value, 1, &rule->times);
}

static int word_probability(struct qr_inject_rule *rule, char *value)
{
	return percent_parse(value, &rule->probability);
}

static int word_seed(struct qr_inject_rule *rule, char *value)
{
	unsigned long seed;

	if (count_parse(value, 1, &seed))
		return -EINVAL;
	rule->random = seed;
	return 0;
}

static int word_site(struct qr_inject_rule *rule, char *value)
{
	char *colon = strrchr(value, ':');
	unsigned long line;

	rule->line = 0;
	if (colon) {
		if (count_parse(colon + 1, 1, &line) || line > U32_MAX)
			return -EINVAL;
		rule->line = line;
		*colon = '\0';
	}
	return name_parse(value, &rule->site);
}

static int word_module(struct qr_inject_rule *rule, char *value)
{
	return name_parse(value, &rule->module);
}

static int word_cache(struct qr_inject_rule *rule, char *value)
{
	return name_parse(value, &rule->cache);
}

static int word_heap(struct qr_inject_rule *rule, char *value)
{
	return name_parse(value, &rule->heap);
}

static int word_size(struct qr_inject_rule *rule, char *value)
{
	return range_parse(value, &rule->bytes);
}

static int word_order(struct qr_inject_rule *rule, char *value)
{
	return range_parse(value, &rule->order);
}

static int word_sleeping(struct qr_inject_rule *rule, char *value)
{
	if (!strcmp(value, "yes"))
		rule->sleeping = QR_INJECT_SLEEPING_YES;
	else if (!strcmp(value, "no"))
		rule->sleeping = QR_INJECT_SLEEPING_NO;
	else if (!strcmp(value, "any"))
		rule->sleeping = QR_INJECT_SLEEPING_ANY;
	else
		return -EINVAL;
	return 0;
}

static const struct word {
	const char *key;
	int (*parse)(struct qr_inject_rule *rule, char *value);
	const char *expects;
} words[] = {
	{ "point", word_point,
	  "any, or of alloc pages vrun descriptor meta percpu magazine site stack buffer" },
	{ "every", word_every, "a number from 1 on" },
	{ "after", word_after, "a number" },
	{ "times", word_times, "a number from 1 on" },
	{ "probability", word_probability,
	  "percent up to 100, above 0, with four decimals at most" },
	{ "seed", word_seed, "a number from 1 on" },
	{ "site", word_site, "FILE:LINE, FILE or FUNCTION" },
	{ "module", word_module, "a name, maybe with * behind it" },
	{ "cache", word_cache, "a name, maybe with * behind it" },
	{ "heap", word_heap, "a name, maybe with * behind it" },
	{ "size", word_size, "bytes: N, MIN-MAX, MIN- or -MAX" },
	{ "order", word_order, "orders of pages: N, MIN-MAX, MIN- or -MAX" },
	{ "sleeping", word_sleeping, "yes, no or any" },
};

static int word_parse(struct qr_inject_rule *rule, char *text, u32 *seen)
{
	size_t len = strcspn(text, "=");
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(words); i++) {
		if (!text[len] || strlen(words[i].key) != len ||
		    strncmp(words[i].key, text, len))
			continue;
		if (*seen & 1U << i) {
			pr_warn("inject: %s= is there twice\n", words[i].key);
			return -EINVAL;
		}
		*seen |= 1U << i;
		if (!words[i].parse(rule, text + len + 1))
			return 0;
		pr_warn("inject: %s=: expected %s\n", words[i].key,
			words[i].expects);
		return -EINVAL;
	}
	pr_warn("inject: \"%s\": expected one of point= every= after= times= probability= seed= site= module= cache= heap= size= order= sleeping=\n",
		text);
	return -EINVAL;
}

/* What could never match is a mistake. */
static int check_match(const struct qr_inject_rule *rule)
{
	if ((rule->site || rule->module) &&
	    !(rule->points & 1U << QR_INJECT_ALLOC)) {
		pr_warn("inject: only point=alloc knows site= and module=\n");
		return -EINVAL;
	}
	if ((rule->cache || rule->heap) &&
	    !(rule->points & QR_INJECT_OF_CACHE)) {
		pr_warn("inject: what point= says is of no cache\n");
		return -EINVAL;
	}
	return 0;
}

int qr_inject_parse(struct qr_inject_rule *rule)
{
	char *at = rule->words;
	u32 seen = 0;

	rule->points = 1U << QR_INJECT_ALLOC;
	rule->every = 1;
	rule->times = ULONG_MAX;
	rule->probability = QR_INJECT_CERTAIN;
	rule->bytes.max = ULONG_MAX;
	rule->order.max = ULONG_MAX;
	for (;;) {
		char *word;

		while (isspace(*at))
			at++;
		if (!*at)
			break;
		word = at;
		while (*at && !isspace(*at))
			at++;
		if (*at)
			*at++ = '\0';
		if (word_parse(rule, word, &seen))
			return -EINVAL;
	}
	if (!seen) {
		pr_warn("inject: a rule has at least one word\n");
		return -EINVAL;
	}
	return check_match(rule);
}
