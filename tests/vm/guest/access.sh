#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What a user without privileges reaches: nothing.  And where the administrator
# lets everybody into debugfs, no address of the kernel, and nothing to write.
. ./lib.sh

as_nobody() {
	su -s /bin/sh nobody -c "$1"
}

files() {
	find $debug /sys/kernel/tracing/events/quarry -type f
}

# readable, writable: those that are so for nobody.
readable() {
	files | while read -r file; do
		as_nobody "cat $file" >/dev/null 2>&1 && echo "$file"
	done
}

writable() {
	files | while read -r file; do
		as_nobody "echo 1 >$file" 2>/dev/null && echo "$file"
	done
}

none() {
	found=$("$@")
	[ -z "$found" ] || echo "# $found"
	[ -z "$found" ]
}

# As %p prints it where it is not hashed.
addresses() {
	for file in $(readable); do
		as_nobody "cat $file" | grep -E '(0x)?ffff[89a-f][0-9a-f]{11}' |
			sed "s|^|$file: |"
	done
}

some_are_readable() {
	[ "$(readable | wc -l)" -gt 5 ]
}

# In the log addresses are hashed.
log_has_none() {
	mark_log
	echo FZPU >$debug/heap/default/debug && commit write_after_free &&
		commit free_middle && echo - >$debug/heap/default/debug || return 1
	new_log >/tmp/log
	! grep -E 'quarry:.*(0x)?ffff[89a-f][0-9a-f]{11}' /tmp/log &&
		grep -q 'quarry: .*finding: ' /tmp/log
}

# shellcheck source=tests/tour/verdict.sh
. ./verdict.sh
echo "nobody:x:65534:65534::/:/bin/sh" >/etc/passwd
plan 7
check "insert quarry, and something that owns objects" \
	eval "insert quarry scan_min_age_ms=0 && insert quarry_tour && scan"
check "nobody reads anything" none readable
check "nobody writes anything" none writable
check "misuse tells the log of no address" log_has_none
check "debugfs opened for everybody shows something" \
	eval "mount -o remount,mode=755 /sys/kernel/debug && some_are_readable"
check "but no address" none addresses
check "and nothing is to be written" none writable
mount -o remount,mode=700 /sys/kernel/debug
