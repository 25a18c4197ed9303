#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A driver that knows nothing of quarry and stays on the kernel's own allocator
# (quarry_slub.ko) is watched: every mistake with objects gets the verdict that
# it gets on quarry.
. ./lib.sh
# shellcheck source=tests/tour/verdict.sh
. ./verdict.sh

# The kernel's own kmemleak has a record of each object of SLUB, with its address:
# nothing is ever lost beside it.
! echo stack=on 2>/dev/null >/sys/kernel/debug/kmemleak ||
	skip "kmemleak is on, boot with kmemleak=off"

watch=$debug/watch

writes() {
	printf '%s\n' "$1" 2>/dev/null >"$watch"
}

# cell MODULE COLUMN: of the file watch.
cell() {
	awk -v name="$1" -v wanted="$2" '
		NR == 2 { for (i = 1; i <= NF; i++) at[$i] = i }
		NR > 2 && $NF == name { print $at[wanted]; found = 1 }
		END { exit !found }' "$watch"
}

# shows MODULE COLUMN VALUE
shows() {
	[ "$(cell "$1" "$2")" = "$3" ] && return
	sed 's/^/# /' "$watch"
	return 1
}

# refused TEXT WORDS: with an error, and those words in the log.
refused() {
	before=$(cat "$watch")
	mark_log
	! writes "$1" && new_log | grep -q "$2" &&
		[ "$(cat "$watch")" = "$before" ]
}

too_many_are_refused() {
	for name in a b c d e f g; do
		writes $name || return 1
	done
	refused h "there are 8 already"
	status=$?
	for name in a b c d e f g; do
		writes -$name || return 1
	done
	return $status
}

before_it_is_there() {
	writes quarry-slub && shows quarry_slub state absent &&
		insert quarry_slub && shows quarry_slub state loaded
}

# Its init asks for directories and files.
init_is_seen() {
	[ "$(cell quarry_slub live_objs)" -gt 0 ] &&
		grep -q '\[quarry_slub\] .*init.*+0x' "$debug/sites"
}

# The kernel frees what it had for a thread some time after that has ended.
soon() {
	for _ in 1 2 3 4 5 6 7 8 9; do
		"$@" >/dev/null && return
		sleep 0.5
	done
	"$@"
}

is_undone() {
	scan
	! grep -E '\[quarry_slub\]' "$debug/leaks" | grep -v 'init'
}

nothing_is_unseen() {
	grep '^# .* frees were not told of' "$watch"
	grep -q '^# 0 frees were not told of' "$watch" &&
		shows quarry_slub no_room_objs 0
}

goes_and_leaves() {
	writes quarry_slub_exit || return 1
	mark_log
	insert quarry_slub_exit && rmmod quarry_slub_exit || return 1
	new_log | grep -q 'module "quarry_slub_exit" goes and leaves 1 live' &&
		grep -q ' live_at_unload .*exit_init+0x' "$debug/events" &&
		grep -q '\[quarry_slub_exit\] exit_init+0x' "$debug/sites" &&
		scan && verdict=$(verdict_of exit_init) &&
		shows quarry_slub_exit state absent && writes -quarry_slub_exit
}

# In three tries, as the cases: a stale word may hide it.
left_at_exit() {
	for _ in 1 2 3; do
		goes_and_leaves || return 1
		[ "$verdict" != "1 0 0 0" ] || return 0
		echo "# exit_init: $(in_words "$verdict")"
	done
	return 1
}

# After it, nothing of the module is known any more, and no memory taken.
ends() {
	writes -quarry_slub && scan && ! cell quarry_slub state &&
		! grep '\[quarry_slub\]' "$debug/sites" "$debug/leaks" || return 1
	held=$(value meta_held_bytes version)
	writes one && [ "$(value meta_held_bytes version)" -gt "$held" ] &&
		writes -one && [ "$(value meta_held_bytes version)" = "$held" ]
}

# What lived before is not known, what comes now is.
from_now_on() {
	insert quarry_slub && commit hidden && writes quarry_slub || return 1
	[ "$(cell quarry_slub live_objs)" = 0 ] && commit in_module_global &&
		scan && [ "$(verdict_of load_settings)" = "0 0 1 0" ] &&
		[ "$(verdict_of handle_requests)" = "0 0 0 0" ] && undo &&
		soon shows quarry_slub live_objs 0
}

# Both come and go while the driver works, and it never notices.
while_it_works() {
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		commit hidden && writes -quarry_slub && undo &&
			writes quarry_slub && commit lost_tree && undo || return 1
	done
	soon shows quarry_slub live_objs 0
}

# gets_its_verdict CASE: or stale words hide it again and again, for the memory that
# SLUB has free is looked into.  That is counted.
gets_its_verdict() {
	in_three_tries "$1" && return
	hidden "$verdict" "$expected" || return 1
	hidden_cases=$((hidden_cases + 1))
}

few_are_hidden() {
	echo "# hidden: $hidden_cases"
	[ $hidden_cases -le 3 ]
}

# Whoever looked at a cache in sysfs has it kept there after it is gone.
nothing_lives() {
	empty_kasan
	shows quarry_slub live_objs 0
}

# Where probes are traps, and no jumps yet: kernels without the function tracer
# begin so, and stay so when they are told to.  To others it is no difference.
by_traps() {
	knob=/proc/sys/debug/kprobes-optimization
	[ ! -e $knob ] || echo 0 >$knob
	writes -quarry_slub && writes quarry_slub &&
		gets_its_verdict by_bulk && gets_its_verdict by_rcu &&
		soon nothing_lives
	by_traps_status=$?
	[ $by_traps_status -eq 0 ] || grep quarry_slub "$debug/sites"
	[ ! -e $knob ] || echo 1 >$knob
	return $by_traps_status
}

hidden_cases=0
insert quarry scan_min_age_ms=0 && insert quarry_slub || exit 1
names=$(case_names)
rmmod quarry_slub || exit 1
plan $(($(echo "$names" | wc -l) + 17))
check "a module that is not there yet" before_it_is_there
check "what init allocates" init_is_seen
for name in $names; do
	check "$name" gets_its_verdict "$name"
done
check "few losses are hidden" few_are_hidden
check "all is undone" soon is_undone
check "no free is unseen" nothing_is_unseen
check "on and off while the driver works" while_it_works
check "what probes tell of by traps" by_traps
check "no watch, no trace of it" ends
check "remove the driver" rmmod quarry_slub
check "a module that is there already" from_now_on
check "a module that goes and leaves something" left_at_exit
check "no name is refused" refused "" "watch: expected the NAME"
check "two names are refused" refused "a b" "watch: expected the NAME"
check "quarry itself is refused" refused quarry "watch: expected the NAME"
check "a name that is not watched is refused" refused -nobody "nobody is not watched"
check "a ninth is refused" too_many_are_refused
check "remove all while it watches" rmmod quarry_slub quarry
