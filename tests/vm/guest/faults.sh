#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The kernel's own fault injection, where it has it: one page in ten is refused
# to the task that inserts quarry, reads its files, tells it what to do, inserts
# a module that allocates.  Each works or says why not, and all is as it was.
# The kernel tells of its own refusals, with their call chains, and warns of one of
# them, so this is for a machine of its own: tests/vm/kselftest --tests faults.sh
# --append panic_on_warn=0 --allow 'Call Trace' --allow 'at kernel/jump_label.c'
. ./lib.sh

[ -e /proc/self/make-it-fail ] && [ -d /sys/kernel/debug/fail_page_alloc ] ||
	skip "no page allocation fault injection"

arm() {
	(
		cd /sys/kernel/debug/fail_page_alloc || exit 1
		echo Y >task-filter
		echo N >ignore-gfp-wait
		echo 0 >min-order
		echo -1 >./times
		echo 0 >verbose
		echo 10 >probability
	)
}

# under_faults ROUNDS COMMAND [AFTER]: AFTER where it worked.  Sets $fails, how
# often it did not.
under_faults() {
	fails=0
	for _ in $(seq 1 "$1"); do
		if sh -c "echo 1 >/proc/self/make-it-fail; $2" >/tmp/out 2>&1; then
			[ -z "$3" ] || $3 || return 1
		else
			fails=$((fails + 1))
		fi
	done
	echo "# $2: $fails of $1 failed"
	[ $fails -lt "$1" ]
}

insertion_fails() {
	under_faults 60 "exec insmod $modules/quarry.ko" "rmmod quarry" &&
		[ $fails -gt 0 ]
}

modules_fail() {
	under_faults 60 "exec insmod $modules/quarry_leaky.ko named=50 unnamed=50 tidy=1" \
		"rmmod quarry_leaky" && [ $fails -gt 0 ]
}

reading_fails() {
	for file in caches heaps sites events findings leaks growth; do
		under_faults 20 "exec cat $debug/$file" || return 1
	done
}

orders_fail() {
	for order in "mark:before" "inject:every=2 module=none" "inject:clear" \
		"scan:scan" "validate:1" "heap/default/level:stack" \
		"heap/default/level:site" "heap/default/debug:FZPU" \
		"heap/default/debug:-"; do
		under_faults 20 "echo '${order#*:}' >$debug/${order%%:*}" || return 1
	done
}

nothing_lives() {
	[ "$(awk 'NR > 2 { sum += $1 } END { print sum + 0 }' $debug/sites)" = 0 ]
}

plan 7
check "arm the kernel's fault injection" arm
check "insertion fails, and leaves nothing" insertion_fails
check "insert quarry" insert quarry
check "a module that allocates fails" modules_fail
check "files fail to be read" reading_fails
check "what is written to them fails" orders_fail
check "nothing lives" nothing_lives
