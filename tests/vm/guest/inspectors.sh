#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# On a debug kernel: that its inspector is awake, and sees what is done to an
# object of quarry; and that kmemleak does not take quarry for a leak.  The first is
# to be announced: tests/vm/kselftest --tests inspectors.sh --append kasan_multi_shot
# --warning KASAN, or --warning KCSAN.
. ./lib.sh

# is_told FUNCTION: in KASAN's report, and in what quarry adds.
is_told() {
	new_log >/tmp/log
	grep -q "BUG: KASAN: .* in $1+" /tmp/log &&
		grep -q "quarry: KASAN reports access to object.*touched by $1+" \
			/tmp/log
}

# finding_has NAME TEXT: the newest.
finding_has() {
	awk '/^finding: / { text = "" } { text = text $0 "\n" }
		END { printf "%s", text }' $debug/findings >/tmp/finding
	grep "^$1: " /tmp/finding | grep -qF "$2" && return
	sed 's/^/# /' /tmp/finding
	return 1
}

race_is_told() {
	new_log | grep -q 'BUG: KCSAN: data-race in count_up'
}

# At the age of five seconds.
kmemleak_has_nothing_of_quarry() {
	sleep 6
	echo scan >/sys/kernel/debug/kmemleak
	echo scan >/sys/kernel/debug/kmemleak
	cat /sys/kernel/debug/kmemleak >/tmp/leaks || return 1
	! grep -qF "[quarry]" /tmp/leaks && return
	sed 's/^/# /' /tmp/leaks
	return 1
}

[ "$(cat /proc/sys/kernel/panic_on_warn)" = 0 ] ||
	skip "here the kernel panics when it warns"
if grep -q ' kasan_report$' /proc/kallsyms; then
	plan 12
	check "insert quarry" insert quarry
	mark_log
	check "a module that writes behind an object" \
		insert quarry_inspected do=overrun
	check "KASAN tells, and quarry of whose object it is" is_told overrun
	check "it is a finding" finding_has kind kasan
	check "with the line that allocated" finding_has allocated_at \
		quarry_inspected.c
	check "and where in it" finding_has place "right behind"
	mark_log
	check "a module that writes what it freed" eval \
		"rmmod quarry_inspected && insert quarry_inspected do=late"
	check "KASAN tells, and quarry" is_told write_late
	check "where in it" finding_has place "8 bytes into it"
	check "and that it is nobody's" eval \
		"finding_has state cached || finding_has state free"
	check "kmemleak has nothing to say of quarry at work" \
		kmemleak_has_nothing_of_quarry
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
