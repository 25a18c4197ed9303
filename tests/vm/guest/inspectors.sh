#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# On a debug kernel: that its inspector is awake, and sees what is done to an
# object of quarry.  One mistake a boot, since KASAN tells of one; it is to be
# announced: tests/vm/kselftest --tests inspectors.sh --warning KASAN, or KCSAN.
. ./lib.sh

# The end of KASAN's report, and what quarry adds.
overrun_is_told() {
	new_log >/tmp/log
	grep -q 'BUG: KASAN: .* in overrun+' /tmp/log &&
		grep -q 'quarry: KASAN reports access to object.*touched by overrun+' \
			/tmp/log
}

# finding_has NAME TEXT
finding_has() {
	grep "^$1: " $debug/findings | grep -qF "$2" || {
		sed 's/^/# /' $debug/findings
		return 1
	}
}

race_is_told() {
	new_log | grep -q 'BUG: KCSAN: data-race in count_up'
}

[ "$(cat /proc/sys/kernel/panic_on_warn)" = 0 ] ||
	skip "here the kernel panics when it warns"
if grep -q ' kasan_report$' /proc/kallsyms; then
	plan 7
	check "insert quarry" insert quarry
	mark_log
	check "a module that writes behind an object" \
		insert quarry_inspected do=overrun
	check "KASAN tells, and quarry of whose object it is" overrun_is_told
	check "it is a finding" finding_has kind kasan
	check "with the line that allocated" finding_has allocated_at \
		quarry_inspected.c
	check "and where in it" finding_has place "right behind"
	check "remove both" rmmod quarry_inspected quarry
elif [ -e /sys/kernel/debug/kcsan ]; then
	plan 4
	check "insert quarry" insert quarry
	mark_log
	check "a module whose threads race for a word of an object" \
		insert quarry_inspected do=race
	check "KCSAN tells" race_is_told
	check "remove both" rmmod quarry_inspected quarry
else
	skip "this kernel has no inspector"
fi
