#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What points to an object: of the mistakes of quarry_tour.ko, whose objects lie in
# variables, in other memory, on a stack, in each other, or nowhere any more.
. ./lib.sh
# shellcheck source=tests/tour/verdict.sh
. ./verdict.sh

# has REFERENCES INTERIOR HOLDER PLACE: a row; PLACE is how that begins.
has() {
	awk -v refs="$1" -v interior="$2" -v holder="$3" -v place="$4" '
		NR > 3 && $1 == refs && $2 == interior && $3 == holder {
			sub(/^ *[0-9]+ +[0-9]+ [a-z-]+ +0x[0-9a-f]+ +/, "")
			found += index($0, place) == 1
		}
		END { exit !found }' /tmp/holders
}

# told CASE: it is made, and what holds its objects is asked for.
told() {
	commit "$1" || return 1
	scan
	holders_of "$(func_of "$1")" >/tmp/holders
}

# case_has CASE OBJECTS HELD ROW...: so many objects, of which so many are held; a
# row for each four words.  A stale word may be there besides.
case_has() {
	name=$1 objects=$2 held=$3
	shift 3
	told "$name" && sed -n 2p /tmp/holders | grep -q \
		": $objects objects, something points to $held of them\$"
	status=$?
	while [ $status -eq 0 ] && [ $# -gt 0 ]; do
		has "$1" "$2" "$3" "$4" || status=1
		shift 4
	done
	[ $status -eq 0 ] || sed 's/^/# /' /tmp/holders
	undo && return $status
}

by_address() {
	commit lost_list && scan || return 1
	example=$(rows_of "$(func_of lost_list)" |
		awk 'NR == 2 { print $(NF - 3) }')
	echo "$example" >$debug/holders && cat $debug/holders >/tmp/holders
	undo
	grep -q "^# $example: 1 objects, something points to 0 of them" \
		/tmp/holders
}

refuses() {
	mark_log
	! echo "$1" 2>/dev/null >$debug/holders && new_log | grep -q "$2"
}

# Nobody waits for ever, and the next one is answered.
stopped() {
	commit hidden || return 1
	holders_of "$(func_of hidden)" >/dev/null 2>&1 &
	sleep 0.1
	echo stop >$debug/scan
	wait $!
	undo && case_has in_module_global 1 1 1 0 - 'settings+0x0 [quarry_tour]'
}

plan 17
check "insert quarry" insert quarry scan_min_age_ms=0
check "insert the driver" insert quarry_tour
check "before anybody asks the file says so" \
	grep -q '^# nobody has asked' $debug/holders
check "a list in a variable" case_has hidden 100 100 \
	99 0 held '+0 tests/tour/held.c:' 1 0 - 'done+0x0 [quarry_tour]'
check "a pointer to the middle" case_has interior 1 1 \
	1 1 - 'payload+0x0 [quarry_tour]'
check "a variable" case_has in_module_global 1 1 \
	1 0 - 'settings+0x0 [quarry_tour]'
check "memory of kmalloc()" case_has in_slub 1 1 1 0 - 'SLUB kmalloc-'
check "a stack" case_has on_stack 1 1 1 0 - 'stack of quarry_tour/'
check "a lost list" case_has lost_list 10 9 9 0 lost '+0 tests/tour/lost.c:'
check "a lost object" case_has lost_address 1 0
check "by its address" by_address
check "an address where nothing lives is refused" \
	refuses 0x1 'holders: expected 0xADDRESS'
check "a bad address is refused" refuses 0xzz 'holders: expected 0xADDRESS'
check "a site that is none is refused" refuses nowhere.c:1 \
	'no site "nowhere.c:1" has allocated anything'
check "who refuses changes nothing" grep -q 'points to 0 of them' $debug/holders
check "after a scan that is stopped the next one answers" stopped
check "remove the driver and quarry" rmmod quarry_tour quarry
