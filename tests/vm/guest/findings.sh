#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Every misuse has one report, complete, in the log and in the file findings,
# an event and a trace event; on_error is taken as a parameter and changed.
. ./lib.sh

tracing=/sys/kernel/tracing
[ -e $tracing/trace ] || mount -t tracefs tracefs $tracing || exit 1
event=$tracing/events/quarry/quarry_finding

# field NAME: its value in the newest block of findings.
field() {
	awk -v name="$1:" '/^finding: / { value = "" }
		$1 == name && value == "" {
			sub(/^[^:]*: /, "")
			value = $0
		}
		END { print value }' $debug/findings
}

# What a block must have, in this order, each once; calls and hex besides.
names="finding uptime_s kind what owner cache address address_is object
asked_bytes usable_bytes place state allocated_at freed_by caller pid comm cpu
damage_bytes"

well_formed() {
	[ "$(head -n 1 $debug/findings)" = "# quarry findings v1" ] || return 1
	awk -v names="$(echo $names)" '
		function fail(why) { print "# line " NR ": " why; bad = 1 }
		BEGIN { nr = split(names, want, " ") }
		NR == 1 { next }
		$0 == "" { if (at && at <= nr) fail("block ends before " \
				want[at]); at = 1; blocks++; next }
		!/^[a-z_]+: / { fail("no name and value: " $0); next }
		{ name = $1; sub(/:$/, "", name) }
		name == want[at] { at++ }
		END {
			if (!blocks || at <= nr)
				fail("incomplete")
			print "# " blocks " blocks"
			exit bad
		}' $debug/findings
}

# The block in the log of the newest finding has what the file has, but for
# addresses, which the log hashes, and what was not kept.
in_log() {
	nr=$(field finding)
	new_log | sed -n 's/.*quarry:   //p' |
		awk -v nr="$nr" '/^finding: / { on = $2 == nr } on' >/tmp/log
	awk -v nr="$nr" '/^finding: / { on = $2 == nr } /^$/ { on = 0 } on' \
		$debug/findings |
		grep -vE '^(uptime_s|what|address|object): |: -$' >/tmp/file
	grep -vE '^(address|object): ' /tmp/log >/tmp/log.rest
	[ -s /tmp/file ] && cmp /tmp/file /tmp/log.rest &&
		! grep -E '^(address|object): 0xffff' /tmp/log
}

# run CASE: one case of quarry_test, which holds.
run() {
	mark_log
	insert quarry_test run="$1" || return 1
	grep '^not ok' /sys/kernel/debug/quarry_test/results
	grep -q "^ok .*$1" /sys/kernel/debug/quarry_test/results
	status=$?
	rmmod quarry_test
	return $status
}

traced() {
	grep -c "quarry_finding: $1" $tracing/trace
}

# One of each: report, event, line of the trace.
one_of_each() {
	[ "$(field kind)" = "$1" ] && [ "$(traced "kind=$1 ")" = "$2" ] &&
		[ "$(grep -c " $1 " $debug/events)" = "$2" ]
}

refused() {
	mark_log
	! echo "$1" >$debug/on_error 2>/dev/null &&
		new_log | grep -q 'quarry: .*expected report, panic or freeze'
}

plan 23
check "on_error with junk is refused" eval "! insert quarry on_error=bug
	2>/dev/null && dmesg | grep -q 'on_error=bug: expected report'"
check "insert quarry with on_error=freeze" insert quarry on_error=freeze
check "it is in force" [ "$(cat $debug/on_error)" = freeze ]
check "junk is refused" refused oops
check "nothing is refused" refused ""
check "nor does it change" [ "$(cat $debug/on_error)" = freeze ]
check "report is taken" eval "echo report >$debug/on_error"
check "and in force" [ "$(cat $debug/on_error)" = report ]
check "findings is for root alone" \
	[ "$(stat -c %a $debug/findings)" = 400 ]
echo >$tracing/trace
check "enable quarry:quarry_finding" eval "echo 1 >$event/enable"

check "double free" run finding_of_double_free_has_all_there_is
check "has a report, an event and a trace event" one_of_each double_free 1
check "with caller and site" eval \
	"grep -q 'quarry_finding: kind=double_free .*caller=qt_case_finding_of_double_free' $tracing/trace"
check "and is the same in the log" in_log
sed 's/^/# /' /tmp/log
grep quarry_finding: $tracing/trace | sed 's/^/# /'
check "free of the middle" run finding_at_level_stack_tells_who_allocated
check "has a report, an event and a trace event" one_of_each invalid_free 1
check "who allocated, and how" eval "[ \"\$(field allocated_comm)\" = insmod ] &&
	[ -n \"\$(field allocated_call)\" ] &&
	field call | grep -q 'quarry_test'"
check "is the same in the log" in_log
check "damage" run finding_of_damage_behind_shows_it
check "is marked" eval "grep -qE '^bad: +\\^\\^' $debug/findings"
check "every block is well formed" well_formed
awk '/^finding: / { block = "" } { block = block "\n# " $0 } END { print block }' \
	$debug/findings
echo 0 >$event/enable
check "all is well with the rest" run 'finding_*'
check "remove quarry" rmmod quarry
