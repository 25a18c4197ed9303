#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The files of scans for leaks: what they take, what they refuse, scans now and
# then, and what is excused.
. ./lib.sh
# shellcheck source=tests/tour/verdict.sh
. ./verdict.sh

kmemleak=$debug/kmemleak

writes() {
	echo "$2" 2>/dev/null >"$debug/$1"
}

refuses() {
	! writes "$1" "$2"
}

lost() {
	verdict_of "$(func_of "$1")"
}

# loses CASE VERDICT: the case committed, with that verdict.  A stale word
# somewhere in the kernel may hide a loss: it is not where the next objects lie.
loses() {
	for try in 1 2 3; do
		commit "$1" && scan || return 1
		[ "$(lost "$1")" = "$2" ] && return
		echo "# $1, try $try: $(in_words "$(lost "$1")")"
		undo
		elsewhere "$try"
	done
	return 1
}

excused_by_address() {
	loses lost_address "1 0 0 0" || return 1
	address=$(awk '/assign_twice/ { print $9 }' "$debug/leaks")
	writes scan "$1=$address" && scan && [ "$(lost lost_address)" = "0 0 1 0" ] &&
		undo
}

excused_by_site() {
	loses lost_address "1 0 0 0" || return 1
	site=$(awk '/assign_twice/ { print $10 }' "$debug/leaks")
	writes scan "not_leak=$site" && scan &&
		[ "$(lost lost_address)" = "0 0 1 0" ] && undo
}

cleared() {
	loses lost_list "1 9 0 0" &&
		grep -q "^unreferenced object" "$kmemleak" &&
		writes "$1" clear && ! grep -q unreferenced "$kmemleak" &&
		scan && [ "$(lost lost_list)" = "0 0 10 0" ] && undo
}

young_ones_wait() {
	loses lost_cycle "1 2 0 0" && writes scan min_age=60000 && scan &&
		[ "$(lost lost_cycle)" = "0 0 3 0" ] &&
		[ "$(value unjudged scan)" -ge 3 ] && writes scan min_age=0 &&
		scan && [ "$(lost lost_cycle)" = "1 2 0 0" ] && undo
}

# scans_pass NUMBER: there are more within minutes: one takes long under an inspector.
scans_pass() {
	tries=900
	while [ "$(value scans scan)" -le "$1" ]; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] && sleep 0.2 || return 1
	done
}

now_and_then() {
	writes scan scan=1 && [ "$(value period_s scan)" = 1 ] &&
		scans_pass $(($(value scans scan) + 1)) && writes scan scan=0 &&
		[ "$(value period_s scan)" = 0 ]
}

# In the form of the kernel's own file.
record_is_well_formed() {
	loses error_path "1 0 0 0" && awk '
		NR == 1 { ok = /^unreferenced object 0x[0-9a-f]+ \(size 4096\):$/ }
		NR == 2 { ok = ok && /^  comm ".*", pid [0-9]+, jiffies [0-9]+$/ }
		NR == 3 { ok = ok && /^  hex dump \(first 32 bytes\):$/ }
		NR == 4 { ok = ok && /^    (00 ){15}00  \.{16}$/ }
		NR == 6 { ok = ok && /^  backtrace \(crc [0-9a-f]+\):$/ }
		NR == 7 { ok = ok && /^    .*probe/ }
		END { exit !ok }' "$kmemleak" && undo
}

dumps() {
	loses lost_address "1 0 0 0" &&
		address=$(awk '/assign_twice/ { print $9 }' "$debug/leaks") &&
		writes kmemleak "dump=$address" &&
		dmesg | grep -q "quarry: $address: byte 0 of a live object" && undo
}

# A writer that was told to wait is told that the scan was stopped, or has had
# it; the next scan is a whole one.
stops() {
	( echo scan >"$debug/scan" ) 2>/dev/null &
	writes scan stop
	wait $!
	before=$(value scans scan)
	scan && [ "$(value scans scan)" -gt "$before" ] &&
		[ "$(value state scan)" = idle ]
}

# A scan that runs says so, and how far it is, which is more each time.
tells_how_far() {
	for try in 1 2 3 4 5 6 7 8; do
		( echo scan >"$debug/scan" ) &
		while kill -0 $! 2>/dev/null; do
			cat "$debug/scan"
		done | awk '
			$1 == "state" { running = $2 == "running" }
			running && $1 == "pass" { pass = $2 }
			running && $1 == "progress_percent" {
				now = pass * 1000 + $2
				if (now < last || $2 > 100)
					wrong = 1
				told += $2 > 0 && now > last
				last = now
			}
			END { exit wrong || told < 2 }' && return
		wait
	done
	return 1
}

by_parameter() {
	insert quarry scan_period_s=1 && scans_pass 1 && rmmod quarry
}

# Memory that was plugged in after the start, and goes again: two blocks of it,
# the first of which has the span of its node around it when it is off.
memory=/sys/devices/system/memory
plugged=

# memory_state STATE BLOCK...: the kernel tries for ever to empty a block that
# it cannot empty.
memory_state() {
	state=$1
	shift
	for block; do
		timeout 30 sh -c "echo $state >$memory/$block/state" || return 1
	done
}

plug() {
	plugged=$(grep -lx offline "$memory"/memory[0-9]*/state |
		cut -d/ -f6 | sort -V | head -n 2)
	[ "$(echo "$plugged" | wc -w)" -eq 2 ] &&
		memory_state online_movable $plugged
}

# A scan while the first block is off counts all of it, and one after that none.
offline_is_counted() {
	set -- $plugged
	pages=$((0x$(cat "$memory/block_size_bytes") / 4096))
	scan && before=$(value pages_absent scan) || return 1
	memory_state offline "$1" || return 1
	scan
	absent=$(($(value pages_absent scan) - before))
	memory_state online_movable "$1" || return 1
	echo "# $absent of $pages pages are absent"
	[ "$absent" -eq "$pages" ] && scan &&
		[ "$(value pages_absent scan)" -eq "$before" ]
}

# Scans, while memory comes and goes.
memory_comes_and_goes() {
	( while :; do echo scan >"$debug/scan" || exit 1; done ) &
	went=0
	for _ in 1 2 3 4 5; do
		memory_state offline $plugged && sleep 1 &&
			memory_state online_movable $plugged || went=1
	done
	kill $! && wait
	memory_state offline $plugged && [ $went -eq 0 ] &&
		loses lost_address "1 0 0 0" && undo
}

owner_alone_reads() {
	for file in scan kmemleak leaks; do
		mode=$(stat -c %a "$debug/$file")
		[ "$mode" = 600 ] || [ "$mode" = 400 ] || return 1
	done
}

insert quarry scan_min_age_ms=0 && insert quarry_tour || exit 1
bad_scan="nonsense scan=x scan=-1 scan=604801 min_age=86400001 min_age=
not_leak=0xzz not_leak=0x10 not_leak=nowhere.c:1 ignore= stack=on off"
bad_kmemleak="nonsense stop min_age=0 stack=off dump= dump=zz scan=x"
plan $(($(echo "$bad_scan $bad_kmemleak" | wc -w) + 22))
for text in $bad_scan; do
	check "scan refuses $text" refuses scan "$text"
done
for text in $bad_kmemleak; do
	check "kmemleak refuses $text" refuses kmemleak "$text"
done
check "only root reads addresses" owner_alone_reads
check "a lost block is found" eval \
	'loses lost_address "1 0 0 0" && undo'
check "what SLUB has free is left out" eval '[ "$(value slub_free scan)" -gt 0 ]'
check "the form of a record is kmemleak's" record_is_well_formed
check "kmemleak takes scan" writes kmemleak scan
check "kmemleak takes stack=on" writes kmemleak stack=on
check "kmemleak takes scan=on and off" eval \
	'writes kmemleak scan=on && [ "$(value period_s scan)" = 600 ] &&
	writes kmemleak off && [ "$(value period_s scan)" = 0 ]'
check "kmemleak dumps an object to the log" dumps
check "young objects are not judged" young_ones_wait
check "not_leak with an address" excused_by_address not_leak
check "ignore with an address" excused_by_address ignore
check "clear in scan excuses what was found" cleared scan
check "clear in kmemleak does too" cleared kmemleak
check "a scan a second" now_and_then
check "a scan is stopped" stops
check "a scan tells how far it is" tells_how_far
[ -e "$memory/block_size_bytes" ] || lacks memory-hotplug
check_where memory-hotplug "memory is plugged in" plug
check_where memory-hotplug "memory that is offline is counted" offline_is_counted
check_where memory-hotplug "memory comes and goes" memory_comes_and_goes
check "not_leak with a site, last" excused_by_site
check "remove the driver and quarry" rmmod quarry_tour quarry
check "a scan a second, by parameter" by_parameter
