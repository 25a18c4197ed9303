#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The classic mistakes of quarry_tour.ko, each with the exact verdict that
# quarry is to give of what it leaves behind, or its report.  A stray kfree() is
# not among them: see stray.sh.
. ./lib.sh
# shellcheck source=tests/tour/verdict.sh
. ./verdict.sh

# The driver itself looks whether all other memory is as it was.
is_reported() {
	before=$(last_finding)
	commit "$1" || return 1
	findings_after "$before" >/tmp/report
	deviations "$1" </tmp/report >/tmp/deviations
	[ -s /tmp/deviations ] || return 0
	sed 's/^/# /' /tmp/deviations /tmp/report
	return 1
}

case_is_right() {
	if is_misuse "$1"; then
		is_reported "$1"
	else
		in_three_tries "$1"
	fi
}

# What it forgot stays, each time one more; a stale word may hide one of them.
forgotten_at_exit() {
	for time in 1 2 3; do
		insert quarry_tour_exit && rmmod quarry_tour_exit || return 1
		scan
		verdict=$(verdict_of exit_init)
		echo "$verdict" | awk -v time=$time '{
			exit !($1 > 0 && $1 + $2 + $3 == time) }' && return
		echo "# exit_init: $(in_words "$verdict")"
	done
	return 1
}

budget_is_an_event() {
	grep -q ' budget .*exhaust.c:[0-9]*:swallow' "$debug/events"
}

# The driver's objects gone, none is left to be told of.
nothing_is_left() {
	scan
	! grep '\[quarry_tour\]' "$debug/leaks" "$debug/sites"
}

insert quarry scan_min_age_ms=0 && insert quarry_tour || exit 1
names=$(case_names | grep -vx stray_kfree)
plan $(($(echo "$names" | wc -l) + 6))
# What SLUB frees goes through a quarantine there, to where no scrub comes by.
! grep -q ' kasan_report$' /proc/kallsyms || lacks scrub_of_slub
for name in $names; do
	case $name in
	in_freed_slub) check_where scrub_of_slub "$name" case_is_right "$name" ;;
	*) check "$name" case_is_right "$name" ;;
	esac
done
check "exhaust: the event names the site" budget_is_an_event
check "all is undone" nothing_is_left
check "every misuse is found each time" eval "is_reported eight_into_six &&
	is_reported eight_into_six && is_reported write_after_free"
check "at_exit" forgotten_at_exit
check "a name that is no case is refused" eval "! commit nonsense 2>/dev/null"
check "remove the driver and quarry" rmmod quarry_tour quarry
