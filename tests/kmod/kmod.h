/* SPDX-License-Identifier: GPL-2.0-only */
/* kmod.h - what the files of quarry_test.ko share. */
#ifndef _QT_KMOD_H
#define _QT_KMOD_H

#include "qt.h"

struct dentry;

/* Lines that qt_print() was given: to the log, and to debugfs. */
int results_init(struct dentry *dir);
void results_exit(void);

/* How to cause an NMI is the architecture's. */
#ifdef CONFIG_X86_64
#define NMI_CASES(X) \
	X(kernel_nmi_is_refused) \
	X(kernel_nmi_amid_other_contexts_breaks_nothing)
#else
#define NMI_CASES(X)
#endif

/* Cases that need a kernel around them; in several files. */
#define KERNEL_CASES(X) \
	X(kernel_contexts_share_a_cache) \
	X(kernel_contexts_share_a_heap) \
	X(kernel_threads_fight_for_the_last_page) \
	NMI_CASES(X) \
	X(kernel_stray_put_page_is_survived) \
	X(kernel_pages_come_back) \
	X(kernel_vmalloc_address_refused) \
	X(kernel_module_address_refused) \
	X(kernel_address_is_told_by_kind) \
	X(kernel_every_page_frame_is_safe_to_ask) \
	X(kernel_free_with_interrupts_off_serves) \
	X(kernel_large_run_freed_in_interrupt) \
	X(kernel_scan_follows_no_wild_address) \
	X(kernel_freed_percpu_memory_forgets) \
	X(kernel_shadow_operations_match) \
	X(kernel_fast_path_finds_slabs_and_no_runs) \
	X(kernel_slab_blocks_are_of_the_module) \
	X(kernel_slab_zeroing_calls_zero) \
	X(kernel_slab_copies_are_of_the_module) \
	X(kernel_slab_array_overflow_is_a_finding) \
	X(kernel_slab_realloc_keeps_contents) \
	X(kernel_slab_passes_on_what_is_the_kernels) \
	X(kernel_slab_frees_after_a_grace_period) \
	X(kernel_slab_caches_are_quarrys) \
	X(kernel_slab_caches_of_the_kernel_serve) \
	X(kernel_slab_destroy_of_a_used_cache_is_told) \
	X(kernel_slab_mempools_are_quarrys) \
	X(kernel_slab_stray_kfree_frees) \
	X(kernel_slab_stray_kfree_of_others_is_refused) \
	X(kernel_slab_heap_is_made_in_interrupts) \
	X(kernel_slab_heap_of_a_name_in_use_is_another) \
	X(kernel_slab_scope_frees)

/* Cases that make the kernel itself warn: only when asked for. */
#define WARNING_CASES(X) \
	X(kernel_stray_kfree_of_an_object_is_survived) \
	X(kernel_stray_kfree_in_every_page_is_survived) \
	X(kernel_stray_kfree_of_all_objects_is_survived) \
	X(kernel_stray_kfree_of_a_run_is_survived)

#define KERNEL_CASE(name) void qt_case_##name(struct qt *t)
#define KERNEL_DECLARE(name) KERNEL_CASE(name);
KERNEL_CASES(KERNEL_DECLARE)
WARNING_CASES(KERNEL_DECLARE)
#undef KERNEL_DECLARE

/* The load: one thread a CPU, playing until told to stop. */
int load_start(u64 seed);
/* True when every player found what it had left. */
bool load_stop(struct qt *t);
bool load_runs(void);
unsigned long load_ops(void);

#endif /* _QT_KMOD_H */
