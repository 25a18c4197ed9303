#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# All metadata is checked again and again while the load runs, while memory is
# given back and levels change; and once more when all is quiet.
. ./lib.sh

validate=$debug/validate

# again WORD TIMES: no problem in so many runs.
again() {
	round=0
	while [ $round -lt "$2" ]; do
		echo "$1" >$validate || return 1
		[ "$(value problems validate)" = 0 ] || {
			sed 's/^/# /' $validate
			return 1
		}
		round=$((round + 1))
	done
	echo "# $1: $(grep -cE '^[a-z]' $validate) values," \
		"$(value objects validate) objects in" \
		"$(value caches validate) caches," \
		"$(value cached_objs validate) in magazines," \
		"$(value elsewhere_objs validate) elsewhere"
}

# What disturbs, until /tmp/stop appears.
disturb() {
	while [ ! -e /tmp/stop ]; do
		echo 1 >$debug/cache/ticks/shrink
		for level in off stack site; do
			echo $level >$debug/cache/ticks/level
			echo $level >$debug/heap/ticks/level
		done
		echo 1 >$debug/heap/ticks/shrink
	done
}

again_disturbed() {
	rm -f /tmp/stop
	disturb & disturber=$!
	again 1 10 && again open 10
	status=$?
	touch /tmp/stop
	wait $disturber
	return $status
}

refused() {
	mark_log
	! echo "$1" >$validate 2>/dev/null && new_log | grep -q 'quarry: .*expected'
}

plan 9
check "insert quarry and the load" start_load
check "nothing was validated yet" [ "$(value runs validate)" = 0 ]
check "under load all is sound" again 1 10
check "and without closing magazines" again open 10
check "and while levels change and memory is given back" again_disturbed
check "a word that is none is refused" refused nonsense
check "nothing was damaged, all was freed" stop_load
check "in quiet all is accounted for" again quiet 3
check "remove quarry" rmmod quarry
