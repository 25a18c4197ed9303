/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * list.h - the names of all shared cases, and nothing else, so that it can be
 * included where the kernel's headers cannot.
 */
#ifndef _QT_LIST_H
#define _QT_LIST_H

#define QT_CASES(X) \
	/* layout.c */ \
	X(layout_class_serves_every_size) \
	X(layout_class_table_agrees) \
	X(layout_class_sizes_round_trip) \
	X(layout_class_waste_is_bounded) \
	X(layout_class_aligned_is_aligned_and_large_enough) \
	X(layout_reciprocal_is_exact) \
	X(layout_low_half_tells_starts_from_middles) \
	X(layout_objects_fit_their_pages) \
	X(layout_tail_waste_is_bounded) \
	X(layout_bad_shapes_refused) \
	X(layout_alignment_is_kept) \
	/* event.c */ \
	X(event_is_found_by_its_number) \
	X(event_unknown_number_is_not_found) \
	X(event_ring_forgets_the_oldest) \
	X(event_counts_by_kind) \
	X(event_kinds_have_different_names) \
	X(event_of_double_free_names_both_sides) \
	X(event_of_middle_names_the_allocation) \
	/* finding.c */ \
	X(finding_of_double_free_has_all_there_is) \
	X(finding_of_middle_tells_the_owner) \
	X(finding_at_level_stack_tells_who_allocated) \
	X(finding_at_level_off_tells_what_it_can) \
	X(finding_of_block_tells_bytes_asked_for) \
	X(finding_of_stack_says_so) \
	X(finding_near_null_says_so) \
	X(finding_of_nothing_at_all_is_none) \
	X(finding_of_error_says_so) \
	X(finding_of_non_canonical_says_so) \
	X(finding_of_metadata_says_so) \
	X(finding_of_code_says_whose) \
	X(finding_of_others_block_says_so) \
	X(finding_of_user_address_says_so) \
	X(finding_of_wrong_owner_names_both) \
	X(finding_of_wrong_heap_is_one) \
	X(finding_of_overflow_is_one) \
	X(finding_of_damage_behind_shows_it) \
	X(finding_of_damage_before_shows_it) \
	X(finding_of_damage_inside_shows_it) \
	X(finding_of_large_damage_is_cut) \
	X(finding_ring_keeps_the_newest) \
	X(finding_in_interrupt_is_nobodys) \
	X(finding_of_dead_cache_for_every_call) \
	X(finding_of_dead_heap_for_every_call) \
	X(on_error_takes_its_words_only) \
	X(on_error_freeze_sets_the_slab_aside) \
	X(on_error_freeze_of_foreign_address_is_nothing) \
	X(on_error_freeze_of_run_is_kept) \
	/* raced.c */ \
	X(raced_free_in_slabs_found) \
	X(raced_free_in_use_found) \
	X(raced_free_stale_entry_is_not_believed) \
	X(raced_free_survives_larger_magazines) \
	X(raced_free_of_slab_that_goes_keeps_it) \
	/* cache_create.c */ \
	X(cache_create_name_null_refused) \
	X(cache_create_name_empty_refused) \
	X(cache_create_name_63_bytes_accepted) \
	X(cache_create_name_64_bytes_refused) \
	X(cache_create_name_slash_refused) \
	X(cache_create_name_dots_refused) \
	X(cache_create_name_white_space_refused) \
	X(cache_create_name_control_refused) \
	X(cache_create_name_in_use_refused) \
	X(cache_create_name_of_destroyed_accepted) \
	X(cache_create_name_is_copied) \
	X(cache_create_size_zero_refused) \
	X(cache_create_size_huge_refused) \
	X(cache_create_size_max_serves) \
	X(cache_create_size_one_serves) \
	X(cache_create_align_not_power_refused) \
	X(cache_create_align_huge_refused) \
	X(cache_create_flags_unknown_refused) \
	X(cache_create_refused_leaves_nothing) \
	X(cache_size_reports_object_size) \
	X(cache_destroy_null_accepted) \
	X(cache_destroy_with_live_keeps_memory) \
	X(cache_destroyed_with_live_serves_no_more) \
	X(cache_destroyed_with_live_name_is_free) \
	/* cache_alloc.c */ \
	X(cache_alloc_objects_are_disjoint) \
	X(cache_alloc_null_cache_object_free_ignored) \
	X(cache_alloc_freed_object_comes_back) \
	X(cache_zalloc_zeroes_reused) \
	X(cache_alloc_atomic_serves) \
	X(cache_alloc_of_a_zone_refused) \
	X(cache_alloc_aligns_as_asked) \
	X(cache_alloc_aligns_to_word_by_default) \
	X(cache_alloc_hwcache_aligns_to_line) \
	X(cache_alloc_hwcache_aligns_small_ones_to_a_part_of_a_line) \
	X(cache_alloc_hands_out_at_random) \
	X(cache_alloc_order_differs_by_slab) \
	X(cache_alloc_node_comes_from_node) \
	X(cache_alloc_node_any_serves) \
	X(cache_alloc_node_impossible_survives) \
	X(cache_free_remote_object_goes_home) \
	X(cache_of_own_object_is_cache) \
	X(cache_of_middle_is_cache) \
	X(cache_of_heap_block_is_null) \
	X(cache_of_foreign_is_null) \
	X(cache_of_wild_address_is_null_or_known) \
	X(cache_usable_size_is_at_least_object_size) \
	X(cache_alloc_many_slabs_serves) \
	/* cache_bulk.c */ \
	X(cache_bulk_alloc_gives_all) \
	X(cache_bulk_alloc_of_none_gives_none) \
	X(cache_bulk_alloc_zeroes_when_asked) \
	X(cache_bulk_free_takes_single_allocs) \
	X(cache_bulk_objects_free_singly) \
	X(cache_bulk_free_refuses_double) \
	X(cache_bulk_free_skips_foreign) \
	/* cache_ctor.c */ \
	X(ctor_runs_once_an_object) \
	X(ctor_state_survives_free) \
	X(ctor_runs_again_for_new_slab) \
	X(ctor_zalloc_refused) \
	X(ctor_bulk_zero_refused) \
	X(ctor_objects_of_bulk_are_built) \
	X(ctor_may_allocate) \
	/* cache_memory.c */ \
	X(cache_shrink_returns_empty_slabs) \
	X(cache_shrink_keeps_live_objects) \
	X(cache_shrink_of_new_returns_none) \
	X(cache_free_gives_memory_back_unasked) \
	X(cache_reserve_keeps_an_empty_slab) \
	X(cache_count_agrees_with_what_was_done) \
	X(cache_count_misses_are_exact) \
	X(cache_count_flushes_are_seen) \
	X(cache_depot_grows_with_the_set) \
	X(cache_meta_returns_to_what_it_was) \
	X(cache_age_keeps_what_is_used) \
	X(cache_age_gives_back_what_rests) \
	X(cache_age_under_pressure_waits_for_nothing) \
	X(level_off_serves) \
	X(level_site_serves) \
	X(level_stack_serves) \
	X(level_unknown_refused) \
	X(level_switch_keeps_live_objects) \
	X(level_switch_returns_slabs_of_the_old_level) \
	X(level_switch_holds_for_new_objects) \
	X(rcu_free_is_done_after_barrier) \
	X(rcu_free_waits_for_readers) \
	X(rcu_free_null_ignored) \
	X(rcu_free_of_heap_block_is_done) \
	X(rcu_typesafe_slab_outlives_readers) \
	/* cache_misuse.c */ \
	X(misuse_double_free_cold_site_refused) \
	X(misuse_double_free_cold_off_refused) \
	X(misuse_double_free_cold_stack_refused) \
	X(misuse_double_free_cached_site_refused) \
	X(misuse_double_free_cached_off_refused) \
	X(misuse_double_free_cached_stack_refused) \
	X(misuse_double_free_flushed_site_refused) \
	X(misuse_double_free_flushed_off_refused) \
	X(misuse_double_free_flushed_stack_refused) \
	X(misuse_double_free_wherever_it_is_refused) \
	X(misuse_free_into_returned_slab_refused) \
	X(misuse_free_of_stack_refused) \
	X(misuse_free_of_static_refused) \
	X(misuse_free_of_function_refused) \
	X(misuse_free_of_others_block_refused) \
	X(misuse_free_of_user_address_refused) \
	X(misuse_free_in_null_page_refused) \
	X(misuse_free_of_zero_pointer_refused) \
	X(misuse_free_of_error_pointer_refused) \
	X(misuse_free_of_non_canonical_refused) \
	X(misuse_free_of_cache_itself_refused) \
	X(misuse_free_of_random_addresses_refused) \
	X(misuse_free_of_middle_cold_refused) \
	X(misuse_free_of_middle_warm_refused) \
	X(misuse_free_of_slab_tail_refused) \
	X(misuse_free_to_wrong_cache_refused) \
	X(misuse_cache_object_to_quarry_free) \
	X(misuse_heap_block_to_cache_free) \
	X(misuse_cached_tag_damage_found) \
	X(misuse_free_tag_damage_found) \
	/* site.c */ \
	X(site_counts_objects_of_each_call) \
	X(site_counts_bytes_asked_and_given) \
	X(site_knows_file_function_and_module) \
	X(site_by_return_address_without_record) \
	X(site_of_every_function_form_serves) \
	X(site_level_off_keeps_none) \
	X(site_knows_the_oldest) \
	X(site_sums_sort_by_bytes) \
	X(site_realloc_charges_the_new_caller) \
	X(site_realloc_in_place_updates_bytes) \
	/* stack.c */ \
	X(stack_knows_thread_cpu_and_time) \
	X(stack_names_the_callers_innermost_first) \
	X(stack_numbers_chains_not_calls) \
	X(stack_is_kept_by_every_call_of_caches) \
	X(stack_is_kept_by_every_call_of_heaps) \
	X(stack_of_a_resized_block_is_who_moved_it) \
	X(stack_of_a_freed_object_is_gone) \
	X(stack_switch_at_run_time_holds_for_new_objects) \
	X(stack_counts_go_on_by_site) \
	X(stack_of_an_interrupt_ends_where_it_struck) \
	X(stack_retired_keeps_names_and_is_not_found) \
	X(stack_without_frames_is_unknown) \
	/* chain.c */ \
	X(chain_remembered_is_what_a_walk_finds) \
	/* heap_alloc.c */ \
	X(heap_alloc_every_class_size_serves) \
	X(heap_alloc_powers_of_two_are_naturally_aligned) \
	X(heap_alloc_all_sizes_are_word_aligned) \
	X(heap_alloc_zero_size_gives_zero_pointer) \
	X(heap_free_null_ignored) \
	X(heap_alloc_huge_size_fails) \
	X(heap_zalloc_zeroes_reused) \
	X(heap_calloc_zeroes) \
	X(heap_alloc_array_overflow_refused) \
	X(heap_alloc_array_serves) \
	X(heap_alloc_node_comes_from_node) \
	X(heap_alloc_aligned_aligns) \
	X(heap_alloc_aligned_bad_alignment_refused) \
	X(heap_run_is_trimmed_to_exact_pages) \
	X(heap_kvalloc_large_serves) \
	X(heap_kvalloc_small_serves) \
	X(heap_usable_size_of_nothing_is_zero) \
	X(heap_of_own_block_is_heap) \
	X(heap_levels_serve) \
	/* heap_realloc.c */ \
	X(realloc_null_allocates) \
	X(realloc_zero_pointer_allocates) \
	X(realloc_to_zero_frees) \
	X(realloc_null_to_zero_gives_zero_pointer) \
	X(realloc_inside_class_stays) \
	X(realloc_keeps_content) \
	X(realloc_with_zero_flag_zeroes_what_is_new) \
	X(realloc_zeroes_all_that_a_large_redzone_was) \
	X(realloc_to_smaller_never_fails) \
	X(realloc_in_wrong_heap_refused) \
	X(realloc_of_cache_object_refused) \
	X(realloc_failure_leaves_block) \
	X(realloc_array_overflow_leaves_block) \
	X(realloc_array_grows) \
	X(realloc_of_foreign_refused) \
	X(strdup_copies) \
	X(strdup_null_gives_null) \
	X(strndup_cuts_and_ends) \
	X(strndup_max_size_serves) \
	X(memdup_copies) \
	X(memdup_of_nothing_gives_zero_pointer) \
	X(asprintf_formats) \
	X(asprintf_long_text_is_whole) \
	X(free_sensitive_wipes) \
	X(free_sensitive_of_run_frees) \
	X(free_sensitive_of_foreign_refused) \
	/* heap_budget.c */ \
	X(heap_create_bad_names_refused) \
	X(heap_create_name_in_use_refused) \
	X(heap_destroy_null_ignored) \
	X(heap_destroy_with_live_keeps_memory) \
	X(heap_destroyed_with_live_serves_no_more) \
	X(budget_is_never_passed) \
	X(budget_refusal_is_counted_and_told) \
	X(budget_endless_loop_ends_with_null) \
	X(budget_freed_bytes_can_be_used_again) \
	X(budget_limit_can_be_changed) \
	X(budget_holds_for_kvalloc) \
	X(budget_high_water_is_kept) \
	X(heap_double_free_refused) \
	X(heap_free_to_wrong_heap_refused) \
	X(heap_free_of_middle_refused) \
	X(heap_free_of_foreign_refused) \
	/* misuse_write.c */ \
	X(table_redzones_tell) \
	X(table_poison_tells) \
	X(table_nothing_is_told_without_reason) \
	/* misuse_free.c */ \
	X(table_double_frees_are_refused) \
	X(table_invalid_frees_are_refused) \
	X(table_wrong_owners_are_refused) \
	X(table_requests_are_refused) \
	/* attack.c */ \
	X(attack_overrun_meets_no_victim_of_choice) \
	X(attack_forged_links_lead_nowhere) \
	X(attack_forged_object_in_foreign_memory_is_refused) \
	X(attack_forged_object_within_a_block_is_refused) \
	/* sanitizer.c */ \
	X(sanitizer_knows_objects) \
	X(sanitizer_knows_objects_with_options) \
	X(sanitizer_knows_bulk) \
	X(sanitizer_knows_blocks) \
	X(sanitizer_knows_sizes_that_change) \
	X(sanitizer_lets_rcu_readers_look) \
	/* end */

#endif /* _QT_LIST_H */
