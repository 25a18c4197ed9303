# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2086
# What the guest's tests share: results as kselftest reads them, the modules,
# and quarry's files.  Source it, call plan, then ok or check for each result.

modules=${QUARRY_MODULES:-/lib/modules/$(uname -r)/updates}
debug=/sys/kernel/debug/quarry
ksft_number=0
ksft_failed=0
ksft_lacks=

plan() {
	echo "TAP version 13"
	echo "1..$1"
	ksft_planned=$1
	trap finish EXIT
	# What took too long leaves the machine usable for the tests after it.
	trap 'exit 1' TERM
}

# report STATUS NAME: one result.
report() {
	ksft_number=$((ksft_number + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $ksft_number $2"
	else
		ksft_failed=$((ksft_failed + 1))
		echo "not ok $ksft_number $2"
	fi
}

# check NAME COMMAND...: the command's success is the result.
check() {
	ksft_name=$1
	shift
	ksft_status=0
	"$@" || ksft_status=$?
	report $ksft_status "$ksft_name"
	return $ksft_status
}

# check_where WHAT NAME COMMAND...: the same; where $ksft_lacks names what it needs,
# which this kernel has not, it is skipped.
check_where() {
	ksft_what=$1
	shift
	case "$ksft_lacks" in
	*" $ksft_what "*)
		ksft_number=$((ksft_number + 1))
		echo "ok $ksft_number $1 # SKIP this kernel has no $ksft_what"
		;;
	*)
		check "$@"
		;;
	esac
}

# lacks WHAT: one word.
lacks() {
	ksft_lacks="$ksft_lacks $1 "
}

# A test that stops early has failed, whatever it had reported by then.
finish() {
	wait_jobs
	validated || ksft_failed=$((ksft_failed + 1))
	for module in quarry_ticks quarry_faulty quarry_leaky quarry_other \
		quarry_inspected \
		quarry_test quarry_tour quarry_slub quarry_slub_exit \
		quarry_swallow quarry; do
		loaded $module && rmmod $module
	done
	[ $ksft_number -eq "$ksft_planned" ] && [ $ksft_failed -eq 0 ] &&
		exit 0
	echo "# $ksft_number of $ksft_planned results, $ksft_failed failed"
	exit 1
}

# Whether all metadata of quarry, if that is loaded, is as it must be.
validated() {
	[ -e $debug/validate ] || return 0
	echo 1 >$debug/validate && [ "$(value problems validate)" = 0 ] &&
		return
	sed 's/^/# /' $debug/validate
	return 1
}

# Nobody removes quarry unseen.
rmmod() {
	case " $* " in
	*" quarry "*) validated || return 1 ;;
	esac
	command rmmod "$@"
}

skip() {
	trap - EXIT
	echo "1..0 # SKIP $*"
	exit 4
}

wait_jobs() {
	jobs=$(jobs -p)
	[ -z "$jobs" ] || kill $jobs 2>/dev/null
	wait
}

loaded() {
	grep -q "^$1 " /proc/modules
}

# insert MODULE [PARAMETER=VALUE]...
insert() {
	ksft_module=$1
	shift
	insmod "$modules/$ksft_module.ko" "$@"
}

# start_load [PARAMETER=VALUE]...: quarry; threads that allocate and check all
# they have (quarry_test), and timer interrupts that do (quarry_ticks, which
# the parameters are for).
start_load() {
	loaded quarry || insert quarry || return 1
	insert quarry_test run= load=1 && insert quarry_ticks "$@"
}

# Succeeds if nothing went wrong in either and all of it could be freed.
stop_load() {
	ksft_damaged=$(ticks damaged)
	echo "# softirq $(ticks softirq) hardirq $(ticks hardirq)" \
		"failures $(ticks failures) damaged $ksft_damaged"
	rmmod quarry_ticks && [ "$ksft_damaged" -eq 0 ] || return 1
	ksft_status=0
	echo 0 >/sys/module/quarry_test/parameters/load || ksft_status=1
	grep '^#' /sys/kernel/debug/quarry_test/results
	rmmod quarry_test && return $ksft_status
}

ticks() {
	cat "/sys/module/quarry_ticks/parameters/$1"
}

# Which kind of interrupt the load allocates in: on PREEMPT_RT no hard one.
hardest_irq() {
	[ "$(ticks hard)" = Y ] && echo hardirq || echo softirq
}

# value NAME FILE: a value out of one of quarry's files of names and values.
value() {
	awk -v name="$1" '$1 == name { print $2; found = 1 }
		END { exit !found }' "$debug/$2"
}

# Lines of the log since mark_log.
mark_log() {
	ksft_log=$(dmesg | wc -l)
}

new_log() {
	dmesg | tail -n +$((ksft_log + 1))
}

# Pages free in the machine once what is freed late has been freed, those in
# the per-CPU lists of the page allocator included.
free_pages() {
	sync
	echo 3 >/proc/sys/vm/drop_caches
	sleep 1
	awk '$1 == "nr_free_pages" || $1 == "count:" { sum += $2 }
		END { print sum }' /proc/zoneinfo
}
