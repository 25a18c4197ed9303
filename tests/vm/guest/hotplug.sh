#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# CPUs go offline and come back in a loop while the load runs.
. ./lib.sh

rounds=20
cpus=$(ls -d /sys/devices/system/cpu/cpu[1-9]* 2>/dev/null)
[ -n "$cpus" ] || skip "one CPU only"

set_cpus() {
	for cpu in $cpus; do
		echo $1 >$cpu/online || return 1
	done
}

cycle() {
	round=0
	while [ $round -lt $rounds ]; do
		set_cpus 0 && set_cpus 1 || return 1
		round=$((round + 1))
	done
}

busy() {
	echo "# $1: $(ticks $1)"
	[ "$(ticks $1)" -ge 500 ]
}

plan 6
check "insert quarry and the load" start_load
check "$rounds times offline and online" cycle
check "interrupts went on" busy "$(hardest_irq)"
check "no findings" [ "$(value findings cache/ticks/stats)" = 0 ]
check "nothing was damaged, all was freed" stop_load
check "remove quarry" rmmod quarry
