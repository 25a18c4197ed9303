#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Threads touch guard pages, and follow a pointer out of poisoned memory.  Each
# dies of it, the machine lives on, and within the kernel's own report stands
# what quarry knows; a guard page is a finding besides.  For a machine of its
# own, which expects that:
# tests/vm/kselftest --oops 3 --tests guard.sh
. ./lib.sh
# shellcheck source=tests/tour/verdict.sh
. ./verdict.sh

[ "$(cat /proc/sys/kernel/panic_on_oops)" = 0 ] ||
	skip "here the kernel panics when it oopses"

# dies CASE: the thread, and nobody else.
dies() {
	mark_log
	commit "$1"
	new_log >/tmp/log
	grep -q 'Comm: quarry_tour_do' /tmp/log
}

# tells TEXT...: these are in lines of quarry's, in this order.
tells() {
	for text in "$@"; do echo "$text"; done |
		awk 'NR == FNR { want[++nr] = $0; next }
			BEGIN { at = 1 }
			/quarry: / && at <= nr && $0 ~ want[at] { at++ }
			END {
				if (at > nr)
					exit 0
				print "# nothing like: " want[at]
				exit 1
			}' - /tmp/log
}

# is_found LINE...: the newest finding has these, in this order.
is_found() {
	sed -n '/^finding: /h; /^finding: /!H; ${ x; p }' $quarry/findings \
		>/tmp/finding
	for line in "$@"; do echo "$line"; done |
		awk 'NR == FNR { want[++nr] = "^" $0 "$"; next }
			BEGIN { at = 1 }
			at <= nr && $0 ~ want[at] { at++ }
			END {
				if (at > nr)
					exit 0
				print "# no line: " want[at]
				exit 1
			}' - /tmp/finding && return
	sed 's/^/# /' /tmp/finding
	return 1
}

# counted NR CACHE: so many findings there, as the table says.
counted() {
	awk -v nr="$1" -v name="$2" '
		NR == 2 { for (i = 1; i <= NF; i++) column[$i] = i }
		$1 == name { had = $column["findings"] }
		END { exit had != nr }' $quarry/caches
}

# What is told stands between the head of the kernel's report and its end.
in_the_report() {
	awk '/Oops|general protection/ { report = 1 }
		/end trace/ { report = 0 }
		/quarry: +(guard page|r[0-9a-z]+|allocated|freed)/ {
			lines++
			if (!report)
				stray = 1
		}
		END { exit !lines || stray }' /tmp/log
}

show() {
	grep -E 'BUG:|general protection|quarry: |RIP' /tmp/log |
		sed 's/^\[[^]]*\]/#/'
}

# The machine allocates, frees and finds as before.
lives_on() {
	commit lost_list && commit eight_into_six && commit double_free
}

tracing=/sys/kernel/tracing
[ -e $tracing/trace ] || mount -t tracefs tracefs $tracing || exit 1

plan 25
check "insert quarry" insert quarry scan_min_age_ms=0
check "insert the driver" insert quarry_tour
# What a trigger counts is counted even when the trace has been stopped, which
# the kernel does when it dies.
event=$tracing/events/quarry/quarry_finding
[ -e $event/hist ] || lacks histograms
histogram() {
	[ ! -e $event/hist ] || echo "$1hist:keys=kind,owner" >$event/trigger
}
histogram ''

check "behind a guarded object" dies guard_overrun
# Where modules lie close together it shows what is before them.
grep -qE 'Code: ([0-9a-f]{2} )+<' /tmp/log && lacks gap-before-modules
check_where gap-before-modules "by code that the kernel cannot show all of" \
	grep -q 'Code: Unable to access opcode bytes' /tmp/log
check "whose it is, how far behind, who allocated" tells \
	'guard page: .* is 10 bytes behind the end of a live object of 30 bytes of "tour-line-32"' \
	'allocated at tests/tour/fatal.c:[0-9]+ make_line' \
	'allocated [0-9]+ ms ago by quarry_tour_do\['
check "in the kernel's report" in_the_report
check "an event" grep -q ' guard .*make_line' "$debug/events"
check "a finding" is_found 'kind: guard' \
	'what: fatal access to guarded object' 'owner: tour-line-32' \
	'cache: tour-line-32' 'address: 0x[0-9a-f]+' 'object: 0x[0-9a-f]+' \
	'asked_bytes: 30' 'place: 10 bytes behind it' 'state: live' \
	'allocated_at: tests/tour/fatal.c:[0-9]+ make_line \[quarry_tour\]' \
	'allocated_age_s: [0-9.]+' 'allocated_comm: quarry_tour_do.*' \
	'freed_by: -' 'caller: write_far\+.* \[quarry_tour\]' \
	'pid: [1-9][0-9]*' 'comm: quarry_tour_do.*' 'cpu: [0-9]+' \
	'call: write_far\+.*' 'call: kthread\+.*'
check "counted" counted 1 tour-line-32
check_where histograms "traced" grep -q \
	'kind: guard .*owner: tour-line-32 .*hitcount: *1$' $event/hist
histogram '!'
show

check "a guarded object after free" dies guard_after_free
check "whose it was, who allocated, who freed" tells \
	'guard page: .* is byte 0 of a freed object of 8 bytes of "tour-counter-8"' \
	'allocated at tests/tour/fatal.c:[0-9]+ make_counter' \
	'allocated [0-9]+ ms ago by quarry_tour_do\[' \
	'freed [0-9]+ ms ago by quarry_tour_do\[.* in drop_counter\+'
check "in the kernel's report" in_the_report
check "a finding" is_found 'kind: guard' 'owner: tour-counter-8' \
	'cache: tour-counter-8' 'asked_bytes: 8' 'place: at its start' \
	'state: free' \
	'allocated_at: tests/tour/fatal.c:[0-9]+ make_counter \[quarry_tour\]' \
	'allocated_comm: quarry_tour_do.*' \
	'freed_by: drop_counter\+.* \[quarry_tour\]' \
	'freed_age_s: [0-9.]+' 'freed_comm: quarry_tour_do.*' \
	'caller: read_counter\+.* \[quarry_tour\]' \
	'call: read_counter\+.*' 'call: kthread\+.*'
check "counted" counted 1 tour-counter-8
show

check "a pointer out of poison" dies poison_pointer
check "is recognised, and the freed object it came from" tells \
	'0x6b6b6b6b6b6b6b6b is what poisoned memory looks like'
check "in the kernel's report" in_the_report
check "no finding: nothing was misused that is known" [ "$(last_finding)" = 2 ]
show

check "the machine lives on" lives_on
check "its findings come after those of the dead" \
	[ "$(grep -c '^kind: guard' $quarry/findings)" = 2 ]
check "and are not theirs" is_found 'kind: double_free'
check "undo" undo
check "nothing is left" eval "! grep '\[quarry_tour\]' $debug/sites"
check "remove the driver and quarry" rmmod quarry_tour quarry
