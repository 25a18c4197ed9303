// SPDX-License-Identifier: GPL-2.0-only
/*
 * inject_model.c - random rules and random calls: which of them fail is
 * foretold by a model of rules, to the one.
 */
#include "inject_call.h"

static u64 random_state;

static u32 below(u32 ceiling)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (random_state >> 32) % ceiling;
}

static struct call call_random(struct quarry_cache *small,
			       struct quarry_cache *other,
			       struct quarry_heap *heap)
{
	static const gfp_t gfps[] = {
		GFP_KERNEL, GFP_ATOMIC, GFP_KERNEL | __GFP_NOFAIL,
	};
	struct call call = {
		.gfp = gfps[below(3)], .site = below(2),
	};

	switch (below(4)) {
	case 0:
		call.cache = small;
		call.size = 100;
		break;
	case 1:
		call.cache = other;
		call.size = 300;
		break;
	default:
		call.heap = heap;
		call.size = below(4) ? 1 + below(600) : 1 + below(40000);
	}
	return call;
}

/* ---------------------------------------------------------------- model */

/* A rule as the test means it; 0 or NULL: not said. */
struct meant {
	unsigned long every, after, times, part, seed;
	size_t min, max;
	const char *cache;
	bool heap;
	unsigned int site;	/* 1: first, 2: second; 3 and 4 by line */
	bool kind;		/* of 3 and 4: the heap's line */
	unsigned int sleeping;	/* 1: yes, 2: no */
	unsigned long seen, injected;
};

static struct meant rule_random(void)
{
	static const char *const caches[] = { "small", "sm*", "*", "none" };
	struct meant rule = {};

	if (below(2))
		rule.every = 1 + below(5);
	if (!below(3))
		rule.after = below(50);
	if (!below(3))
		rule.times = 1 + below(30);
	if (!below(3)) {
		rule.part = 1 + below(QR_INJECT_CERTAIN);
		rule.seed = 1 + below(1000000);
	}
	if (!below(3)) {
		rule.min = below(500);
		rule.max = rule.min + below(1000);
	}
	if (!below(4))
		rule.cache = caches[below(4)];
	if (!below(5))
		rule.heap = true;
	if (!below(3)) {
		rule.site = 1 + below(4);
		rule.kind = below(2);
	}
	if (!below(3))
		rule.sleeping = 1 + below(2);
	return rule;
}

/* In words. */
static int rule_add(const struct meant *rule)
{
	char text[300];
	int len = snprintf(text, sizeof(text), "point=alloc");

#define WORD(...)	(len += snprintf(text + len, sizeof(text) - len, \
					 __VA_ARGS__))
	if (rule->every)
		WORD(" every=%lu", rule->every);
	if (rule->after)
		WORD("  after=%lu", rule->after);
	if (rule->times)
		WORD(" times=%lu", rule->times);
	if (rule->part)
		WORD(" probability=%lu.%04lu seed=%lu", rule->part / 10000,
		     rule->part % 10000, rule->seed);
	if (rule->max)
		WORD("\tsize=%zu-%zu", rule->min, rule->max);
	if (rule->cache)
		WORD(" cache=%s", rule->cache);
	if (rule->heap)
		WORD(" heap=pi*");
	if (rule->site > 2)
		WORD(" site=inject_call.h:%u", line_of[rule->site - 3][rule->kind]);
	else if (rule->site)
		WORD(" site=call_%s", rule->site == 1 ? "first" : "second");
	if (rule->sleeping)
		WORD(" sleeping=%s", rule->sleeping == 1 ? "yes" : "no");
#undef WORD
	return write_inject(text);
}

static bool meant_cache(const struct meant *rule, const struct call *call)
{
	if (!rule->cache || !strcmp(rule->cache, "*"))
		return true;
	if (!call->cache || !strcmp(rule->cache, "none"))
		return false;
	return rule->cache[2] == '*' || call->size == 100;
}

static bool meant_matches(const struct meant *rule, const struct call *call)
{
	bool sleeping = call->gfp & __GFP_DIRECT_RECLAIM;

	if (call->gfp & __GFP_NOFAIL)
		return false;
	if (rule->max && (call->size < rule->min || call->size > rule->max))
		return false;
	if (!meant_cache(rule, call) || (rule->heap && !call->heap))
		return false;
	if (rule->site && (rule->site - 1) % 2 != call->site)
		return false;
	if (rule->site > 2 && rule->kind != !!call->heap)
		return false;
	return !rule->sleeping || sleeping == (rule->sleeping == 1);
}

static bool meant_fails(struct meant *rule)
{
	rule->seen++;
	if (rule->seen <= rule->after ||
	    (rule->times && rule->injected >= rule->times))
		return false;
	if (rule->every && (rule->seen - rule->after) % rule->every)
		return false;
	if (rule->part) {
		rule->seed ^= rule->seed << 13;
		rule->seed ^= rule->seed >> 7;
		rule->seed ^= rule->seed << 17;
		if ((rule->seed >> 32) * QR_INJECT_CERTAIN >> 32 >= rule->part)
			return false;
	}
	rule->injected++;
	return true;
}

static bool foretold(struct meant *rules, unsigned int nr,
		     const struct call *call)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (meant_matches(&rules[i], call) && meant_fails(&rules[i]))
			return true;
	return false;
}

#define ROUNDS	2000
#define CALLS	300

TEST_F_TIMEOUT(inject, every_failure_is_foretold, 300)
{
	struct call call = { .cache = self->small, .gfp = GFP_KERNEL };
	unsigned long round, failures = 0, calls = 0;

	random_state = world_seed() | 1;
	/* Learns the lines. */
	call_fails(&call);
	call.site = 1;
	call_fails(&call);
	for (round = 0; round < world_scale(ROUNDS); round++) {
		struct meant rules[QR_INJECT_RULES];
		unsigned int i, nr = 1 + below(QR_INJECT_RULES);
		struct qr_inject_rule rule;

		ASSERT_EQ(0, write_inject("clear"));
		for (i = 0; i < nr; i++) {
			rules[i] = rule_random();
			ASSERT_EQ(0, rule_add(&rules[i]));
		}
		for (i = 0; i < CALLS; i++, calls++) {
			bool fails;

			call = call_random(self->small, self->other,
					   self->heap);
			fails = foretold(rules, nr, &call);
			ASSERT_EQ(fails, call_fails(&call)) {
				TH_LOG("seed %#llx round %lu call %u",
				       world_seed(), round, i);
			}
			failures += fails;
		}
		for (i = 0; i < nr; i++) {
			ASSERT_TRUE(qr_inject_rule(i + 1, &rule));
			ASSERT_EQ(rules[i].seen, rule.seen);
			ASSERT_EQ(rules[i].injected, rule.injected);
		}
	}
	TH_LOG("%lu calls, %lu foretold to fail", calls, failures);
	EXPECT_GT(failures, 0);
	EXPECT_LT(failures, calls);
	ASSERT_EQ(0, write_inject("clear"));
}

TEST_HARNESS_MAIN
