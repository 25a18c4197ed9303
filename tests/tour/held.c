// SPDX-License-Identifier: GPL-2.0-only
/*
 * held.c - objects that something still points to: kept for ever by mistake,
 * or rightly, in the data of a module and through other objects of quarry.
 *
 * WRITE_ONCE() where nobody reads: the compiler would leave the variable out.
 */
#include <linux/errno.h>
#include <linux/kernel.h>

#include <quarry/quarry.h>

#include "tour.h"

struct request {
	struct request *next;
	char text[192];
};

static struct request *done;

static noinline void handle_requests(void)
{
	struct request *request;
	int i;

	for (i = 0; i < 100; i++) {
		request = noted(quarry_zalloc(sizeof(*request), GFP_KERNEL));
		if (!request)
			break;
		/* Done.  Somebody may want to look at it later. */
		request->next = done;
		done = request;
	}
}

static void hidden_forget(void)
{
	done = NULL;
}

const struct tour_case tour_hidden = {
	.name = "hidden",
	.mistake = "Everything done is kept in a global list, and never freed.",
	.func = "handle_requests",
	.expect = { .held = 100 },
	.commit = handle_requests,
	.forget = hidden_forget,
};

static char *payload;

static noinline void skip_header(void)
{
	char *packet = noted(quarry_alloc(100, GFP_KERNEL));

	/* The packet's own address is known nowhere from here on. */
	if (packet)
		WRITE_ONCE(payload, packet + 32);
}

static void interior_forget(void)
{
	WRITE_ONCE(payload, NULL);
}

const struct tour_case tour_interior = {
	.name = "interior",
	.mistake = "Only a pointer to the middle of the block is kept.",
	.func = "skip_header",
	.expect = { .held = 1, .interior = 1 },
	.commit = skip_header,
	.forget = interior_forget,
};

static void *settings;

static noinline void load_settings(void)
{
	WRITE_ONCE(settings, noted(quarry_zalloc(500, GFP_KERNEL)));
}

static void in_module_global_forget(void)
{
	WRITE_ONCE(settings, NULL);
}

const struct tour_case tour_in_module_global = {
	.name = "in_module_global",
	.mistake = "None: a module's variable points to the block.",
	.func = "load_settings",
	.expect = { .held = 1 },
	.commit = load_settings,
	.forget = in_module_global_forget,
};

struct part {
	struct part *inner;
	long value[10];
};

static struct part *outermost;

static noinline void nest(void)
{
	struct part *a = noted(quarry_zalloc(sizeof(*a), GFP_KERNEL));
	struct part *b = noted(quarry_zalloc(sizeof(*b), GFP_KERNEL));
	struct part *c = noted(quarry_zalloc(sizeof(*c), GFP_KERNEL));

	if (!a || !b || !c)
		return;
	b->inner = c;
	a->inner = b;
	WRITE_ONCE(outermost, a);
}

static void through_quarry_forget(void)
{
	WRITE_ONCE(outermost, NULL);
}

const struct tour_case tour_through_quarry = {
	.name = "through_quarry",
	.mistake = "None: a variable leads to A, A to B, B to C.",
	.func = "nest",
	.expect = { .held = 3 },
	.commit = nest,
	.forget = through_quarry_forget,
};
