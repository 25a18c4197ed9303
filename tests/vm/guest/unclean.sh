#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Ends that nobody planned: a module's thread dies with objects in its hands,
# readers and writers are killed in the middle of a file, quarry is to go while
# a destroyed cache has live objects.  After each, quarry is sound, can be
# removed and inserted again.  The kernel oopses twice, so this is for a machine
# of its own: tests/vm/kselftest --tests unclean.sh --oops 2
. ./lib.sh

[ "$(cat /proc/sys/kernel/panic_on_oops)" = 0 ] ||
	skip "here the kernel panics when it oopses"

faulty=/sys/module/quarry_faulty/parameters
force=/sys/module/quarry/parameters/force_unload

logged() {
	new_log | grep -qE "quarry: .*$1"
}

# kept OBJECTS FUNCTION: as sites has it.
kept() {
	grep -qE "^ *$1 .*quarry_faulty.c:[0-9]+ \[quarry_faulty\] $2\$" \
		$debug/sites
}

# die BLOCKS: the module's thread takes so many, and an object, and oopses.
die() {
	mark_log
	echo "$1" >$faulty/oops
	tries=50
	while [ $tries -gt 0 ]; do
		new_log | grep -q 'end trace' && return
		sleep 0.2
		tries=$((tries - 1))
	done
	return 1
}

# Each file by a reader of its own, which is killed when it has one byte.
kill_readers() {
	killed=0
	find $debug -type f >/tmp/files
	while read -r file; do
		status=0
		sh -c "exec 3<$file && read -r -n 1 byte <&3; kill -9 \$\$" \
			2>/tmp/none || status=$?
		[ $status -ne 137 ] || killed=$((killed + 1))
	done </tmp/files
	echo "# $killed readers killed"
	[ $killed -gt 20 ]
}

write_on() {
	while :; do
		echo "$1"
	done >"$debug/$2"
}

# killed_by_9 STATUS: of a command.
killed_by_9() {
	[ "$1" -eq 137 ]
}

# kill_writers TEXT FILE: in the middle of what writing takes.
kill_writers() {
	round=0
	while [ $round -lt 10 ]; do
		write_on "$1" "$2" &
		sleep 0.2
		kill -9 $!
		wait $! 2>/tmp/none
		killed_by_9 $? || return 1
		round=$((round + 1))
	done
}

works() {
	echo scan >$debug/scan && [ "$(value scans scan)" -gt 0 ] &&
		echo 100 >$faulty/objects && echo 100 >$faulty/blocks &&
		[ "$(cat $faulty/failed)" = 0 ] && validated
}

# whose ADDRESS: the cache of that name, or nobody.
whose() {
	echo "$1" >$faulty/whose
	cat $faulty/whose
}

refused() {
	! command rmmod quarry 2>/tmp/none && loaded quarry && validated
}

# forced TEXT SHOWN: by the parameter then; succeeds if the text was taken.
forced() {
	status=0
	echo "$1" >$force 2>/tmp/none || status=1
	[ "$(cat $force)" = "$2" ] && return $status
	return 2
}

plan 35
check "insert quarry" insert quarry scan_min_age_ms=0
check "insert a module" insert quarry_faulty
check "its thread dies, with 7 blocks and an object" die 7
check "sites has the blocks" kept 7 keep_block
check "and the object" kept 1 keep_object
object=$(cat $faulty/kept)
check "which is the cache's" [ "$(whose "$object")" = faulty ]
check "everything is as it must be" validated
check "and works" works
check "readers of all files are killed" kill_readers
check "and writers that wait for a scan" kill_writers scan scan
check "or have everything validated" kill_writers 1 validate
check "or have memory given back" kill_writers 1 heap/default/shrink
check "everything is as it must be, still" validated
check "and works, still" works

mark_log
check "remove the module" rmmod quarry_faulty
new_log | grep 'quarry: ' | sed 's/^/# /'
check "what it leaves is told of" logged '"quarry_faulty" goes and leaves 8 live'
check "and that its cache is not empty" logged 'faulty.*1 (object|live)'
check "quarry cannot go: an object of a destroyed cache is live" refused
check "the parameter takes no nonsense" eval "! forced maybe N"
mark_log
check "it lets quarry go" forced 1 Y
check "and says so" logged 'force_unload: live objects of 1 destroyed'
check "or not" forced 0 N
check "quarry cannot go" refused
check "it lets quarry go again" forced Y Y
mark_log
check "quarry goes" rmmod quarry
check "and tells of 8 objects whose memory stays" \
	logged '8 objects are still live: their memory stays'

check "insert it again, with the parameter" \
	insert quarry scan_min_age_ms=0 force_unload=1
check "insert the module again" insert quarry_faulty
check "all works, beside the memory that stayed" works
check "which is nobody's" [ "$(whose "$object")" = nobody ]
check "its thread dies, with an object" die 0
check "remove the module again" rmmod quarry_faulty
check "and quarry" rmmod quarry
check "insert it once more, and scan" eval \
	"insert quarry && insert quarry_faulty && works"
check "remove both" rmmod quarry_faulty quarry
