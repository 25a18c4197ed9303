// SPDX-License-Identifier: GPL-2.0-only
/*
 * scan.c - scans for leaks: random graphs against a model, threads that never
 * lose anything, and every allocation of a scan failing.
 */
#include "kselftest_harness.h"

#include <pthread.h>
#include <stdlib.h>

#include "file_text.h"
#include "quarry_mirror.h"
#include "qt.h"
#include "verdict.h"
#include "watch.h"
#include "world.h"

FIXTURE(scan) {
	char *text;
	size_t len;
};

/* Where calls that are watched return to. */
#define CALLER	0x1000UL

static const struct mirror_code module[] = {
	{ .name = "graph", .from = CALLER, .bytes = 1 }, { },
};

FIXTURE_SETUP(scan)
{
	static const struct world two_nodes = { .nodes = 0x3 };

	ASSERT_TRUE(world_begin(&two_nodes));
}

FIXTURE_TEARDOWN(scan)
{
	free(self->text);
}

/* --------------------------------------------------- graphs and a model */

#define NODES		300
#define EDGES		3
#define ROOTS		8
#define GRAPHS		12

struct node {
	long pad;
	void *to[EDGES];
};

/* What the graph is, in numbers; an edge or a root of -1 leads nowhere. */
static struct {
	/* Complements of addresses. */
	unsigned long hidden[NODES];
	int edge[NODES][EDGES];
	int root[ROOTS];
	bool reached[NODES];
	/* From one to the other, through garbage. */
	bool path[NODES][NODES];
} graph;

static void *volatile roots[ROOTS];

/* Memory of nodes that are not quarry's, but watched. */
#define FOREIGN_BYTES	400

static char foreign[NODES][FOREIGN_BYTES] __aligned(8);

static bool is_foreign(unsigned int i)
{
	return i % 5 == 3;
}

static size_t node_size(unsigned int i)
{
	/* Classes, page runs, and runs that are contiguous only virtually. */
	static const size_t more[] = { 0, 8, 100, 1000, 5000, 20000 };

	if (is_foreign(i))
		return FOREIGN_BYTES - i;
	return sizeof(struct node) + more[i % ARRAY_SIZE(more)];
}

static struct node *node_at(unsigned int i)
{
	return (struct node *)~graph.hidden[i];
}

static void *node_alloc(unsigned int i)
{
	if (is_foreign(i)) {
		qr_watch_alloc(foreign[i], node_size(i), FOREIGN_BYTES, CALLER);
		return foreign[i];
	}
	return i % 50 == 7 ? quarry_kvalloc(200000, GFP_KERNEL | __GFP_ZERO) :
			     quarry_zalloc(node_size(i), GFP_KERNEL);
}

static void node_free(unsigned int i)
{
	if (is_foreign(i)) {
		qr_watch_free(foreign[i]);
		memset(foreign[i], 0, FOREIGN_BYTES);
	} else {
		quarry_free(node_at(i));
	}
}

/* To the start of node @i, or into it. */
static void *reference(struct qt *t, int i)
{
	if (i < 0)
		return NULL;
	return (char *)node_at(i) + (qt_below(t, 2) ? 0 :
				     qt_below(t, node_size(i)));
}

static int any_node(struct qt *t, unsigned int one_in)
{
	return qt_below(t, one_in) ? -1 : (int)qt_below(t, NODES);
}

static noinline void graph_make(struct qt *t, unsigned int one_in)
{
	unsigned int i, k;

	for (i = 0; i < NODES; i++)
		graph.hidden[i] = ~(unsigned long)node_alloc(i);
	for (i = 0; i < NODES; i++) {
		for (k = 0; k < EDGES; k++) {
			graph.edge[i][k] = any_node(t, one_in);
			node_at(i)->to[k] = reference(t, graph.edge[i][k]);
		}
	}
	for (k = 0; k < ROOTS; k++) {
		graph.root[k] = any_node(t, 2);
		roots[k] = reference(t, graph.root[k]);
	}
}

static noinline void graph_free(void)
{
	unsigned int i;

	memset((void *)roots, 0, sizeof(roots));
	for (i = 0; i < NODES; i++)
		node_free(i);
}

static void model_reach(int i)
{
	unsigned int k;

	if (i < 0 || graph.reached[i])
		return;
	graph.reached[i] = true;
	for (k = 0; k < EDGES; k++)
		model_reach(graph.edge[i][k]);
}

/* Floyd and Warshall, among garbage. */
static void model_paths(void)
{
	unsigned int i, j, k;

	for (i = 0; i < NODES; i++)
		for (k = 0; !graph.reached[i] && k < EDGES; k++)
			if (graph.edge[i][k] >= 0)
				graph.path[i][graph.edge[i][k]] = true;
	for (k = 0; k < NODES; k++)
		for (i = 0; i < NODES; i++)
			for (j = 0; graph.path[i][k] && j < NODES; j++)
				graph.path[i][j] |= graph.path[k][j];
}

/* Of a knot that nothing else leads to, the first stands for it. */
static bool model_is_lost(unsigned int i)
{
	unsigned int j;

	if (graph.reached[i])
		return false;
	for (j = 0; j < NODES; j++) {
		if (!graph.path[j][i] || graph.reached[j])
			continue;
		if (!graph.path[i][j] || j < i)
			return false;
	}
	return true;
}

struct model_sums {
	unsigned long garbage;
	unsigned long lost;
};

static struct model_sums model(void)
{
	struct model_sums sums = { };
	unsigned int i;

	memset(graph.reached, 0, sizeof(graph.reached));
	memset(graph.path, 0, sizeof(graph.path));
	for (i = 0; i < ROOTS; i++)
		model_reach(graph.root[i]);
	model_paths();
	for (i = 0; i < NODES; i++) {
		sums.garbage += !graph.reached[i];
		sums.lost += model_is_lost(i);
	}
	return sums;
}

/* Whether each record of "kmemleak" is garbage, and how many there are. */
static bool records_match(const char *text, unsigned long *nr)
{
	unsigned long address;
	unsigned int i;

	for (*nr = 0; (text = strstr(text, "unreferenced object 0x")); ++*nr) {
		address = strtoul(text + 20, NULL, 16);
		text += 20;
		for (i = 0; i < NODES; i++)
			if (~graph.hidden[i] == address && !graph.reached[i])
				break;
		if (i == NODES)
			return false;
	}
	return true;
}

TEST_F_TIMEOUT(scan, random_graphs_match_the_model, 300)
{
	struct qt t = { .name = "scan", .random = world_seed() };
	char name[] = "graph";
	unsigned long records;
	unsigned int round;

	mirror_code = module;
	ASSERT_EQ(0, qr_watch_write(name));
	for (round = 0; round < world_scale(GRAPHS); round++) {
		struct model_sums sums;

		graph_make(&t, 1 + round % 4);
		sums = model();
		ASSERT_EQ(0, mirror_scan(0));
		ASSERT_EQ(sums.garbage, mirror_lost() + mirror_indirect()) {
			TH_LOG("QT_SEED=%#llx", world_seed());
		}
		ASSERT_EQ(sums.lost, mirror_lost()) {
			TH_LOG("QT_SEED=%#llx", world_seed());
		}
		READ("kmemleak");
		ASSERT_TRUE(records_match(self->text, &records));
		ASSERT_EQ(sums.garbage, records);
		graph_free();
	}
	ASSERT_EQ(0, mirror_scan(0));
	ASSERT_EQ(0, mirror_lost() + mirror_indirect());
	ASSERT_TRUE(world_end());
}

/* ---------------------------------------------------- more than the stack */

#define FAN	100000

static void **volatile fan;

/* One object refers to so many that they cannot all wait to be followed. */
static noinline void fan_make(bool chained)
{
	void **all = quarry_kvalloc(FAN * sizeof(*all), GFP_KERNEL);
	void **one;
	unsigned int i;

	for (i = 0; all && i < FAN; i++) {
		all[i] = quarry_alloc(16, GFP_KERNEL);
		one = all[i];
		one[0] = chained ? quarry_zalloc(8, GFP_KERNEL) : NULL;
		one[1] = NULL;
	}
	fan = all;
}

static noinline void fan_free(void)
{
	void **all = fan;
	unsigned int i;

	for (i = 0; i < FAN; i++) {
		void **one = all[i];

		quarry_free(one[0]);
		quarry_free(one);
	}
	quarry_free(all);
}

static noinline unsigned long fan_hide(void)
{
	unsigned long hidden = ~(unsigned long)fan;

	fan = NULL;
	return hidden;
}

static noinline void fan_show(unsigned long hidden)
{
	fan = (void **)~hidden;
}

TEST_F_TIMEOUT(scan, stack_overflow_loses_nothing, 120)
{
	unsigned long hidden;

	fan_make(true);
	ASSERT_EQ(0, mirror_scan(0));
	ASSERT_EQ(0, mirror_lost() + mirror_indirect());
	hidden = fan_hide();
	ASSERT_EQ(0, mirror_scan(0));
	ASSERT_EQ(1, mirror_lost());
	ASSERT_EQ(2 * FAN, mirror_indirect());
	fan_show(hidden);
	ASSERT_EQ(0, mirror_scan(0));
	ASSERT_EQ(0, mirror_lost() + mirror_indirect());
	fan_free();
	ASSERT_TRUE(world_end());
}

/* ---------------------------------------------------------------- threads */

#define THREADS		4
#define SCANS		2
#define KEPT		64
#define DEEP		1000U

static bool churning;

struct link {
	struct link *next;
	char rest[];
};

/* Everything is referred to at every moment, from a stack or a register. */
static void *churn(void *data)
{
	struct qt t = { .random = (unsigned long)data };
	struct link *head = NULL, *link, **at;
	void *kept[KEPT] = { };
	unsigned int i, nr = 0;

	while (READ_ONCE(churning)) {
		i = qt_below(&t, KEPT);
		quarry_free(kept[i]);
		kept[i] = quarry_alloc(1 + qt_below(&t, 9000), GFP_KERNEL);
		link = quarry_alloc(sizeof(*link) + qt_below(&t, 200),
				    GFP_KERNEL);
		if (link)
			link->next = head;
		head = link ?: head;
		nr += link ? 1 : 0;
		if (nr < DEEP)
			continue;
		/* Near the head: what is deeper is old. */
		for (at = &head; qt_below(&t, 8);)
			at = &(*at)->next;
		link = *at;
		*at = link->next;
		quarry_free(link);
		nr--;
	}
	for (i = 0; i < KEPT; i++)
		quarry_free(kept[i]);
	while ((link = head)) {
		head = link->next;
		quarry_free(link);
	}
	return NULL;
}

TEST_F_TIMEOUT(scan, threads_that_lose_nothing, 300)
{
	pthread_t thread[THREADS];
	unsigned long i;

	churning = true;
	for (i = 0; i < THREADS; i++)
		ASSERT_EQ(0, pthread_create(&thread[i], NULL, churn,
					    (void *)(world_seed() + i)));
	for (i = 0; i < world_scale(SCANS); i++) {
		ASSERT_EQ(0, mirror_scan(0));
		if (mirror_lost() || mirror_indirect()) {
			mirror_report("leaks", stdout);
			mirror_report("kmemleak", stdout);
		}
		ASSERT_EQ(0, mirror_lost() + mirror_indirect());
	}
	WRITE_ONCE(churning, false);
	for (i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	ASSERT_TRUE(world_end());
}

/* ------------------------------------------------------------------- end */

static void *stop_again_and_again(void *unused)
{
	while (READ_ONCE(churning))
		qr_scan_stop();
	return NULL;
}

TEST_F(scan, stopped_scan_says_so_and_changes_nothing)
{
	pthread_t thread;
	int err;

	ASSERT_EQ(0, mirror_scan(0));
	churning = true;
	ASSERT_EQ(0, pthread_create(&thread, NULL, stop_again_and_again, NULL));
	graph.hidden[0] = ~(unsigned long)quarry_alloc(100, GFP_KERNEL);
	err = mirror_scan(0);
	WRITE_ONCE(churning, false);
	pthread_join(thread, NULL);
	ASSERT_EQ(-EINTR, err);
	ASSERT_EQ(0, mirror_lost());
	ASSERT_EQ(0, mirror_scan(0));
	ASSERT_EQ(1, mirror_lost());
	quarry_free(node_at(0));
	ASSERT_TRUE(world_end());
}

/* Nobody judges what was not there when the scan began. */
TEST_F_TIMEOUT(scan, born_meanwhile_is_no_untracked_object, 300)
{
	pthread_t thread[THREADS];
	unsigned long i;

	churning = true;
	for (i = 0; i < THREADS; i++)
		ASSERT_EQ(0, pthread_create(&thread[i], NULL, churn,
					    (void *)(world_seed() + i)));
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, mirror_scan(0));
		READ("leaks");
		ASSERT_EQ(NULL, strstr(self->text, "not tracked"));
	}
	WRITE_ONCE(churning, false);
	for (i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	ASSERT_TRUE(world_end());
}

/* -------------------------------------------------------------- failures */

static noinline unsigned long lose(void)
{
	return ~(unsigned long)quarry_zalloc(64, GFP_KERNEL);
}

static noinline void find_again(unsigned long hidden)
{
	quarry_free((void *)~hidden);
}

TEST_F(scan, every_allocation_of_a_scan_fails)
{
	unsigned long hidden = lose(), n;
	int err = -ENOMEM;

	for (n = 1; err && n < 100; n++) {
		mirror_fail_nth(MIRROR_FAULT_BUFFER, n);
		err = mirror_scan(0);
		ASSERT_TRUE(!err || err == -ENOMEM);
		mirror_fail_nth(MIRROR_FAULT_BUFFER, 0);
		ASSERT_EQ(0, mirror_buffers_out() && err);
	}
	ASSERT_GT(n, 7);
	ASSERT_EQ(1, mirror_lost());
	find_again(hidden);
	ASSERT_TRUE(world_end());
}

TEST_HARNESS_MAIN
