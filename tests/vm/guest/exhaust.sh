#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# while (1) of 1,000,000 bytes in a kernel thread: the budget is exhausted, the
# machine is not.  Once against the budget that nobody asked for, once against
# one that was given.  For a minute each:
#	tests/vm/kselftest --tests exhaust.sh --mem 256 --append seconds_each=60
. ./lib.sh

seconds=$(sed -n 's/.*seconds_each=\([0-9]*\).*/\1/p' /proc/cmdline)
seconds=${seconds:-5}

swallowed() {
	cat /sys/module/quarry_swallow/parameters/$1
}

free_kib() {
	awk '$1 == "MemFree:" { print $2 }' /proc/meminfo
}

# The loop, while the machine is asked for its time and for memory.
swallowing() {
	mark_log
	insert quarry_swallow || return 1
	end=$(($(date +%s) + seconds))
	answers=0
	while [ "$(date +%s)" -lt "$end" ]; do
		dd if=/dev/zero of=/tmp/answer bs=64k count=8 2>/dev/null &&
			answers=$((answers + 1))
	done
	echo "# swallowed $(swallowed blocks) blocks," \
		"refused $(swallowed refused) times;" \
		"$(free_kib) KiB free, $answers answers"
	[ $answers -ge 3 ] && [ "$(swallowed refused)" -gt 0 ]
}

# within BYTES: the default heap never held more.
within() {
	held=$(value high_water_bytes heap/default/stats)
	limit=$(cat $debug/heap/default/limit_bytes)
	echo "# held $held of $limit bytes at most"
	[ "$limit" -gt 0 ] && [ "$held" -le "$limit" ] &&
		[ "$held" -gt $((limit / 2)) ] && [ "$limit" -le "$1" ]
}

# Log, events and sites name who has it all.
named() {
	new_log | grep -q 'request over the limit.*quarry_swallow.c:.*swallow' &&
		new_log | grep -q 'bytes .* objects .*quarry_swallow.c:' &&
		grep -q ' budget .*quarry_swallow.c:' $debug/events &&
		awk 'NR == 3' $debug/heap/default/sites | grep quarry_swallow.c:
}

freed() {
	rmmod quarry_swallow && [ "$(value live_objs heap/default/stats)" -eq 0 ]
}

memory=$(awk '$1 == "MemTotal:" { print $2 * 1024 }' /proc/meminfo)
plan 10
for parameter in "" limit_bytes=32M; do
	check "insert quarry ${parameter:-with no budget given}" \
		insert quarry $parameter
	check "while (1): the machine answers" swallowing
	check "the budget was the limit" within $((memory * 6 / 10))
	check "the site is named" named
	check "all of it comes back" freed
	rmmod quarry
done
