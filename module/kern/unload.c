// SPDX-License-Identifier: GPL-2.0-only
/*
 * unload.c - modules that come and go: what they leave behind is told while one
 * still knows who they were, and what was remembered by address of their code
 * is not taken for that of the module that comes to lie there next.
 */
#include <linux/module.h>
#include <linux/notifier.h>

#include "finding.h"
#include "hooks.h"
#include "live.h"
#include "module_heap.h"
#include "site.h"
#include "stack.h"
#include "watch.h"

/* All that is remembered by address of code is forgotten here. */
static void code_retire(const void *base, unsigned long bytes)
{
	unsigned long from = (unsigned long)base;

	qr_site_retire(from, from + bytes);
	qr_finding_retire(from, from + bytes);
	qr_stack_retire(from, from + bytes);
}

void qr_module_code(const struct module *module, struct qr_code *text,
		    struct qr_code *init)
{
	text->from = (unsigned long)qr_module_text(module)->base;
	text->bytes = qr_module_text(module)->size;
	init->from = (unsigned long)qr_module_init_text(module)->base;
	init->bytes = qr_module_init_text(module)->size;
}

static void init_retire(struct module *module)
{
	code_retire(qr_module_init_text(module)->base,
		    qr_module_init_text(module)->size);
}

/* A module's exit has run by the time it is going; so has a failed init. */
static int module_changes(struct notifier_block *block, unsigned long state,
			  void *data)
{
	struct module *module = data;
	struct qr_code text, init;

	if (state == MODULE_STATE_COMING) {
		qr_module_code(module, &text, &init);
		qr_watch_came(module->name, &text, &init);
	} else if (state == MODULE_STATE_LIVE) {
		/* That has run, and its code goes. */
		qr_watch_started(module->name);
		init_retire(module);
	} else if (state == MODULE_STATE_GOING) {
		qr_watch_went(module->name);
		qr_live_at_unload(module->name);
		init_retire(module);
		code_retire(qr_module_text(module)->base,
			    qr_module_text(module)->size);
		qr_module_heap_gone(module->name);
	}
	return NOTIFY_DONE;
}

static struct notifier_block notifier = { .notifier_call = module_changes };

int qr_unload_init(void)
{
	return register_module_notifier(&notifier);
}

void qr_unload_exit(void)
{
	unregister_module_notifier(&notifier);
}
