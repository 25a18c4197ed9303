#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC1091,SC2154
# Captured allocation streams, played into quarry and, through the same player,
# into SLUB: contents right, the original functions in `sites`, all given back.
# Part of the collection in tests/vm/guest; wants *.qs.xz beside it.
. ./lib.sh

replay=/sys/kernel/debug/quarry_replay
parameters=/sys/module/quarry_replay/parameters

load() {
	xz -dc "$1.qs.xz" >$replay/load
}

result() {
	awk -v name="$1" '$1 == name { print $2; found = 1 }
		END { exit !found }' $replay/result
}

# run TARGET LOOPS VERIFY: the whole stream, with nothing wrong in the result.
run() {
	echo "$1" >$parameters/target
	echo "$2" >$parameters/loops
	echo "$3" >$parameters/verify
	echo run >$replay/control || return 1
	echo "# $(result stream) into $(result target):" \
		"$(result allocs) allocations, at the peak" \
		"$(result peak_asked_bytes) bytes asked," \
		"$(result peak_held_bytes) held;" \
		"$(result final_held_bytes) held at the end"
	[ "$(result allocs)" -gt 0 ] &&
		[ "$(result allocs)" -eq "$(result frees)" ]
}

# At the peak quarry's own count is the stream's, and its sites are functions
# of the captured kernel.
peak() {
	echo quarry >$parameters/target
	echo peak >$replay/control || return 1
	live=$(awk 'NR > 2 { sum += $1 } END { print sum }' "$debug/sites")
	echo "# live by sites: $live, by the stream: $(result peak_objs)"
	[ "$live" -eq "$(result peak_objs)" ] &&
		grep -q "\[$1\] $2+0x" "$debug/sites" &&
		! echo run >$replay/control
}

finish_peak() {
	echo finish >$replay/control &&
		[ "$(awk 'NR > 2' "$debug/sites" | wc -l)" -eq 0 ]
}

refuses_rubbish() {
	mark_log
	! echo run >$replay/control 2>/dev/null || return 1
	echo QRYZ >$replay/load
	! echo run >$replay/control 2>/dev/null || return 1
	! echo jump >$replay/control 2>/dev/null || return 1
	xz -dc net.qs.xz | head -c 120000 >$replay/load
	! echo run >$replay/control 2>/dev/null || return 1
	new_log | grep -q 'stream: byte 3: does not begin with QRYS' &&
		new_log | grep -q 'stream: byte 120000: ends inside a number' &&
		new_log | grep -q 'control: "jump": expected run, peak or crowd'
}

# After one play, which makes what quarry keeps for good, none costs a page.
costs_nothing() {
	load net
	run quarry 1 0 || return 1
	before=$(free_pages)
	for _ in 1 2 3 4 5; do
		run quarry 4 0 >/dev/null || return 1
	done
	after=$(free_pages)
	echo "# free pages: $before before, $after after"
	[ $((before - after)) -lt 100 ]
}

plan 21
check "insert quarry" insert quarry
check "insert the player" insert quarry_replay
check "rubbish is refused" refuses_rubbish
while read -r stream function; do
	load "$stream"
	check "$stream plays into quarry, contents right" run quarry 2 1
	check "$stream plays into SLUB, contents right" run slub 2 1
	check "$stream at its peak: sites name its functions" \
		peak "$stream" "$function" 2>/dev/null
	check "$stream from its peak to the end" finish_peak
done <<END
boot __kernfs_new_node
find __d_alloc
unpack shmem_alloc_inode
net __alloc_skb
END
check "playing again and again costs no memory" costs_nothing
check "remove the player" rmmod quarry_replay
