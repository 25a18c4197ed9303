/* SPDX-License-Identifier: GPL-2.0-only */
/* kmod.h - what the files of quarry_test.ko share. */
#ifndef _QT_KMOD_H
#define _QT_KMOD_H

#include "qt.h"

struct dentry;

/* Lines that qt_print() was given: to the log, and to debugfs. */
int results_init(struct dentry *dir);
void results_exit(void);

/* Cases that need a kernel around them; contexts.c and kernel.c. */
#define KERNEL_CASES(X) \
	X(kernel_contexts_share_a_cache) \
	X(kernel_contexts_share_a_heap) \
	X(kernel_stray_kfree_is_survived) \
	X(kernel_pages_come_back) \
	X(kernel_vmalloc_address_refused) \
	X(kernel_module_address_refused) \
	X(kernel_every_page_frame_is_safe_to_ask) \
	X(kernel_free_with_interrupts_off_serves) \
	X(kernel_large_run_freed_in_interrupt) \
	X(kernel_shadow_operations_match)

#define KERNEL_CASE(name) void qt_case_##name(struct qt *t)
#define KERNEL_DECLARE(name) KERNEL_CASE(name);
KERNEL_CASES(KERNEL_DECLARE)
#undef KERNEL_DECLARE

/* The load: one thread a CPU, playing until told to stop. */
int load_start(u64 seed);
/* True when every player found what it had left. */
bool load_stop(struct qt *t);
bool load_runs(void);
unsigned long load_ops(void);

#endif /* _QT_KMOD_H */
