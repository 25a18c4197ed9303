# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What tests/check and tests/check-kernels share: parts that run in lanes side by
# side, and the count of their results.  A part is a function part_NAME, which
# prints results as kselftest does.  Sourced; needs $logs, a directory for the
# parts' logs, and $parts, those that are wanted.

# choose_parts NAME...: sets parts to what is named out of $all, or to all.
choose_parts() {
	local part

	parts=("$@")
	# shellcheck disable=SC2154
	[ $# -gt 0 ] || parts=("${all[@]}")
	for part in "${parts[@]}"; do
		[[ " ${all[*]} " == *" $part "* ]] || usage
	done
	# shellcheck disable=SC2154
	rm -rf "$logs"
	mkdir -p "$logs"
}

# take LINE FILE: takes a line off a list, the first (1) or the last ($).
take() {
	sed -n "$1p" "$2"
	sed -i "$1d" "$2"
}

# next_part OWN OTHER: prints it; nothing when all have begun.
next_part() {
	flock 9
	if [ -s "$logs/$1" ]; then
		take 1 "$logs/$1"
	else
		take \$ "$logs/$2"
	fi
} 9>"$logs/lock"

run_part() {
	local part=$1 status=0 TIMEFORMAT

	echo "$part: started" >&2
	TIMEFORMAT="$part: %0R s, of which computing %0U + %0S s"
	time { ("part_$part") >"$logs/$part.log" 2>&1 || status=$?; }
	echo "$status" >"$logs/$part.status"
}

# lane OWN OTHER: what is on its own list, then what is last on the other's.
lane() {
	local part

	while part=$(next_part "$1" "$2") && [ -n "$part" ]; do
		run_part "$part"
	done
}

# wanted NAME...: those that are in parts, one a line.
wanted() {
	local part

	for part in "$@"; do
		[[ " ${parts[*]} " != *" $part "* ]] || echo "$part"
	done
}

# run_parts LIST LIST: the names of two arrays.  Two at a time, and one part at a
# time of each list as long as both last.
run_parts() {
	local -n left=$1 right=$2

	wanted "${left[@]}" >"$logs/left"
	wanted "${right[@]}" >"$logs/right"
	lane left right &
	lane right left &
	wait
}

# tally_part NAME: prints "passed failed skipped", after what it said.  A part
# that crashed, timed out or reported nothing has failed.
tally_part() {
	local log=$logs/$1.log passed failed skipped status

	touch "$log"
	read -r passed failed skipped < <(awk -f tests/tally "$log")
	status=$(cat "$logs/$1.status" 2>/dev/null || echo unknown)
	if [ "$failed" -eq 0 ] && [ "$status" != 0 ]; then
		echo "not ok $1: ended with status $status" >>"$log"
		failed=1
	elif [ $((passed + failed + skipped)) -eq 0 ]; then
		echo "not ok $1: reported nothing" >>"$log"
		failed=1
	fi
	echo "$passed $failed $skipped"
}

# Prints what the parts said and, last, the count of all results; fails if one
# of them did.
summary() {
	local part line p f s passed=0 failed=0 skipped=0

	for part in "${parts[@]}"; do
		read -r p f s < <(tally_part "$part")
		echo "==== $part"
		cat "$logs/$part.log"
		echo "==== $part: $p passed, $f failed, $s skipped"
		passed=$((passed + p)) failed=$((failed + f))
		skipped=$((skipped + s))
	done
	# Once more what failed, near the end where it is seen.
	grep -nE '^(# )?not ok' "$logs"/*.log || true
	line="$passed passed, $failed failed"
	[ "$skipped" -eq 0 ] || line+=", $skipped skipped"
	echo "$line"
	[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}

# build_modules WORD...: everything anew for the kernel of $STOCK, with more words
# for make.  One result: no word from compiler, sparse or modpost.
# shellcheck disable=SC2120
build_modules() {
	local kernel log what

	kernel=${STOCK:-6.1}
	log=$logs/make-$kernel.log
	what="modules build for $kernel without a warning at W=1${1:+ $*}"
	rm -rf "build/kmod/$(tests/stock release)"
	make "$@" "KDIR=$(tests/stock headers)" test-modules >"$log" 2>&1 || {
		tail -n 40 "$log"
		echo "not ok - $what"
		return 1
	}
	if grep -iE 'warning:|error:' "$log"; then
		echo "not ok - $what"
	else
		echo "ok - $what"
	fi
}
