#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Inserting, using and removing 50 times takes no memory from the machine.
# The kernel itself wanders by some pages, and takes some at first; what is
# lost in a round is lost in every round.  So of several batches the one that
# loses least must lose less than a page a round.
. ./lib.sh

batches=5
rounds=10

# Inserts and removes quarry $1 times, with interrupts allocating in between.
reload() {
	round=0
	while [ $round -lt "$1" ]; do
		insert quarry || return 1
		insert quarry_ticks || return 1
		rmmod quarry_ticks || return 1
		rmmod quarry || return 1
		round=$((round + 1))
	done
}

reload_in_batches() {
	batch=0
	before=$(free_pages)
	least=$before
	while [ $batch -lt $batches ]; do
		reload $rounds || return 1
		after=$(free_pages)
		lost=$((before - after))
		echo "# free pages: $before before, $after after $rounds rounds"
		[ $lost -ge $least ] || least=$lost
		before=$after
		batch=$((batch + 1))
	done
}

plan 2
check "$((batches * rounds)) rounds of insert and remove" reload_in_batches
check "less than a page a round is lost" [ "$least" -lt $rounds ]
