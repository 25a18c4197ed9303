#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Every file is read over and over while the load runs and while caches come
# and go, whole and byte by byte.
. ./lib.sh

files() {
	find $debug -type f -perm /0444
}

# Reads everything until /tmp/stop appears.  A file may have gone between
# being found and being opened; any other trouble is recorded.
reader() {
	while [ ! -e /tmp/stop ]; do
		for file in $(files); do
			cat $file 2>&1 >/dev/null |
				grep -v 'No such file or directory' >>/tmp/unread
		done
		echo >>/tmp/passes
	done
}

# Caches and heaps come and go.
comings() {
	while [ ! -e /tmp/stop ]; do
		rmmod quarry_ticks && insert quarry_ticks
	done
}

read_under_load() {
	rm -f /tmp/stop /tmp/unread /tmp/passes
	reader & first=$!
	reader & second=$!
	comings & third=$!
	sleep $1
	touch /tmp/stop
	wait $first $second $third
	echo "# $(wc -l </tmp/passes) passes over $(files | wc -l) files"
	[ ! -s /tmp/unread ] || sed 's/^/# /' /tmp/unread
	[ ! -s /tmp/unread ] && [ "$(wc -l </tmp/passes)" -ge 2 ]
}

# The first line of every file but those whose forms are others'.
versioned() {
	bad=0
	for file in $(files); do
		case $file in
		*/slabinfo|*/allocinfo|*/alloc_traces|*/folded) continue ;;
		*/kmemleak|*/level|*/limit_bytes|*/on_error) continue ;;
		*/fail_nth|*/debug) continue ;;
		esac
		head -n 1 $file | grep -qE '^# quarry [a-z_/]+ v1$' && continue
		echo "# $file: $(head -n 1 $file)"
		bad=1
	done
	return $bad
}

same_both_ways() {
	cat $1 >/tmp/whole && dd if=$1 bs=1 2>/dev/null | cmp - /tmp/whole
}

# What is read byte by byte is what is read at once, when nothing moves; memory
# may still be given back between two looks.
byte_by_byte() {
	for file in $(files); do
		tries=0
		until same_both_ways $file >/tmp/differs 2>&1; do
			tries=$((tries + 1))
			[ $tries -lt 20 ] || {
				sed "s|^|# $file: |" /tmp/differs
				return 1
			}
			sleep 1
		done
	done
}

# Only files that root alone may read have kernel addresses in them.
no_addresses() {
	! find $debug -type f -perm /0044 -exec \
		grep -lE '\b(0x)?ffff[0-9a-f]{12}\b' {} + | grep .
}

refused() {
	mark_log
	! echo "$2" >"$1" 2>/dev/null && new_log | grep -q 'quarry: .*expected'
}

plan 12
check "insert quarry and the load" start_load
check "every file is read under load" read_under_load 10
check "every file says what it is" versioned
check "no kernel address where others may read" no_addresses
check "a limit that is no number is refused" \
	refused $debug/heap/ticks/limit_bytes junk
check "a level that is none is refused" refused $debug/cache/ticks/level junk
check "a limit is taken" eval "echo 64M >$debug/heap/ticks/limit_bytes"
check "and read back" [ "$(cat $debug/heap/ticks/limit_bytes)" = 67108864 ]
check "a level is taken" eval "echo off >$debug/cache/ticks/level"
sleep 1
check "nothing was damaged, all was freed" stop_load
check "byte by byte is the same as at once" byte_by_byte
check "remove quarry" rmmod quarry
