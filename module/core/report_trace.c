// SPDX-License-Identifier: GPL-2.0-only
/*
 * report_trace.c - who owns what lives, by call chains, in the forms of others:
 * SLUB's alloc_traces, to the byte, and the folded stacks of flame graphs.
 */
#include <linux/bitmap.h>
#include <linux/cpumask.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/nodemask.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "report.h"
#include "sink.h"
#include "site_text.h"
#include "stack.h"
#include "traces.h"

/* ------------------------------------------------------------ alloc_traces */

/* " NAME=0-3,5", as the kernel's %*pbl. */
static void bits_print(struct qr_sink *sink, const char *name,
		       const unsigned long *map, unsigned int nr)
{
	unsigned int from = find_next_bit(map, nr, 0), to;
	char before = '=';

	if (from >= nr)
		return;
	qr_sink_printf(sink, " %s", name);
	for (; from < nr; from = find_next_bit(map, nr, to)) {
		to = find_next_zero_bit(map, nr, from);
		qr_sink_printf(sink, "%c%u", before, from);
		if (to - from > 1)
			qr_sink_printf(sink, "-%u", to - 1);
		before = ',';
	}
}

/* As a symbol: of the call itself, where that is known. */
static void caller_print(struct qr_sink *sink, const struct qr_trace *trace,
			 const struct qr_stack *stack)
{
	struct qr_site_text text;
	char frame[QR_CALLER_TEXT];

	if (stack && stack->nr) {
		qr_sink_printf(sink, "%s",
			       qr_stack_text(stack, 0, frame, sizeof(frame)));
		return;
	}
	if (!trace->site) {
		qr_sink_printf(sink, "<not-available>");
		return;
	}
	qr_site_text(trace->site, &text);
	qr_sink_printf(sink, "%s", text.func);
	if (text.module[0])
		qr_sink_printf(sink, " [%s]", text.module);
}

static void numbers_print(struct qr_sink *sink, const struct qr_trace *trace)
{
	u32 pid = trace->pid_min > trace->pid_max ? 0 : trace->pid_min;

	if (trace->slack)
		qr_sink_printf(sink, " waste=%lu/%u",
			       trace->objects * trace->slack, trace->slack);
	if (trace->age_sum != trace->age_min)
		qr_sink_printf(sink, " age=%u/%llu/%u", trace->age_min,
			       div64_u64(trace->age_sum, trace->objects),
			       trace->age_max);
	else
		qr_sink_printf(sink, " age=%u", trace->age_min);
	qr_sink_printf(sink, " pid=%u", pid);
	if (pid != trace->pid_max)
		qr_sink_printf(sink, "-%u", trace->pid_max);
	if (num_online_cpus() > 1)
		bits_print(sink, "cpus", qr_trace_cpus(trace), nr_cpu_ids);
	if (num_online_nodes() > 1)
		bits_print(sink, "nodes", qr_trace_nodes(trace), nr_node_ids);
}

static void trace_print(struct qr_sink *sink, const struct qr_trace *trace)
{
	const struct qr_stack *stack = qr_stack_get(trace->stack);
	char frame[QR_CALLER_TEXT];
	unsigned int i;

	qr_sink_printf(sink, "%7lu ", trace->objects);
	caller_print(sink, trace, stack);
	numbers_print(sink, trace);
	if (stack)
		qr_sink_printf(sink, "\n");
	for (i = 0; stack && i < stack->nr; i++)
		qr_sink_printf(sink, "        %s\n",
			       qr_stack_text(stack, i, frame, sizeof(frame)));
	qr_sink_printf(sink, "\n");
}

/* Prints each of @traces by @print, and consumes them. */
static void traces_print(struct qr_sink *sink, struct qr_traces *traces,
			 void (*print)(struct qr_sink *sink,
				       const struct qr_trace *trace))
{
	u32 i;

	sink->error = sink->error ?: traces->error;
	qr_traces_sort(traces);
	for (i = 0; i < traces->nr && !sink->error; i++) {
		print(sink, qr_trace_at(traces, i));
		cond_resched();
	}
	qr_traces_free(traces);
}

void qr_report_cache_traces(struct qr_sink *sink, struct quarry_cache *cache)
{
	struct qr_traces traces;

	qr_traces_init(&traces, true);
	qr_traces_add_cache(&traces, cache);
	traces_print(sink, &traces, trace_print);
	if (!sink->len)
		qr_sink_printf(sink, "No data\n");
}

void qr_report_heap_traces(struct qr_sink *sink, struct quarry_heap *heap)
{
	struct qr_traces traces;

	qr_traces_init(&traces, true);
	qr_traces_add_heap(&traces, heap);
	traces_print(sink, &traces, trace_print);
	if (!sink->len)
		qr_sink_printf(sink, "No data\n");
}

/* ------------------------------------------------------------------ folded */

/* A line on its way. */
struct fold {
	struct qr_sink *sink;
	bool begun;
};

/* A frame, in which neither blanks nor semicolons may be. */
static void frame_fold(struct fold *fold, const char *name)
{
	char frame[QR_SITE_LINE], *c;

	strscpy(frame, name, sizeof(frame));
	for (c = frame; *c; c++)
		if (*c == ' ' || *c == ';')
			*c = '_';
	qr_sink_printf(fold->sink, "%s%s", fold->begun ? ";" : "", frame);
	fold->begun = true;
}

/*
 * "func+0x1c/0x90 [module]" as "func_[module]": where in a function it was
 * would tear apart what belongs together.
 */
static void symbol_fold(struct fold *fold, const char *symbol)
{
	const char *open = strchr(symbol, '['), *plus = strchr(symbol, '+');
	char name[QR_CALLER_TEXT];

	if (!plus) {
		frame_fold(fold, symbol);
		return;
	}
	scnprintf(name, sizeof(name), "%.*s%s%.*s", (int)(plus - symbol),
		  symbol, open ? "_" : "",
		  open ? (int)strcspn(open, " ") : 0, open ?: "");
	frame_fold(fold, name);
}

/* Root first. */
static void chain_fold(struct fold *fold, const struct qr_stack *stack)
{
	char frame[QR_CALLER_TEXT];
	unsigned int i;

	for (i = stack->nr; i--; )
		symbol_fold(fold,
			    qr_stack_text(stack, i, frame, sizeof(frame)));
}

static void site_fold(struct fold *fold, u32 site,
		      const struct qr_stack *stack)
{
	struct qr_site_text text;
	char line[QR_SITE_LINE];

	qr_site_text(site, &text);
	if (stack && stack->nr) {
		chain_fold(fold, stack);
	} else {
		if (text.module[0])
			frame_fold(fold, text.module);
		symbol_fold(fold, text.func);
	}
	if (!text.line)
		return;
	scnprintf(line, sizeof(line), "%s:%u", text.file, text.line);
	frame_fold(fold, line);
}

static void trace_fold(struct qr_sink *sink, const struct qr_trace *trace)
{
	struct fold fold = { .sink = sink };

	if (trace->site)
		site_fold(&fold, trace->site, qr_stack_get(trace->stack));
	else
		frame_fold(&fold, "(not tracked: level off)");
	qr_sink_printf(sink, " %llu\n", trace->bytes);
}

void qr_report_folded(struct qr_sink *sink)
{
	struct qr_traces traces;

	qr_traces_init(&traces, false);
	qr_traces_add_all(&traces);
	traces_print(sink, &traces, trace_fold);
}
