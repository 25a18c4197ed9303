#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Level stack in a running kernel: call chains of tasks and of interrupts, in
# SLUB's form and folded, and levels that switch while the load runs.
. ./lib.sh

symbol='[^ ]+\+0x[0-9a-f]+/0x[0-9a-f]+( \[[a-z0-9_]+\])?'

# Every line of an alloc_traces file is as SLUB has it.
in_form() {
	[ -s "$1" ] && ! awk -v symbol="$symbol" '
	BEGIN {
		head = "^ *[0-9]+ " symbol "( waste=[0-9]+/[0-9]+)?" \
		       " age=[0-9]+(/[0-9]+/[0-9]+)? pid=[0-9]+(-[0-9]+)?" \
		       "( cpus=[0-9,-]+)?( nodes=[0-9,-]+)?$"
		frame = "^        " symbol "$"
		want = "head"
	}
	want == "head" && $0 ~ head { want = "frame"; next }
	want == "frame" && $0 ~ frame { want = "more"; next }
	want == "more" && $0 ~ frame { next }
	want == "more" && $0 == "" { want = "head"; next }
	{ print "# line " NR " is no " want ": " $0 }
	END { if (want != "head") print "# ends within a record" }
	' "$1" | grep .
}

# Most objects first.
in_order() {
	awk '/pid=/ { if (NR > 1 && $1 > last) exit 1; last = $1 }' "$1"
}

# The first frame of each chain is outside of quarry.
begins_with_caller() {
	awk '/pid=/ { first = 1; next } first { print; first = 0 }' "$1" \
		>/tmp/callers
	[ -s /tmp/callers ] && ! grep -E '\[quarry\]$' /tmp/callers
}

# What flamegraph.pl takes: frames without blanks, a blank, a number.
folded_form() {
	[ -s "$1" ] && ! grep -vE '^[^; ]+(;[^; ]+)* [0-9]+$' "$1"
}

# The bytes of the folded lines that name module $1 against those of $2.
folded_agrees() {
	cat $debug/folded >/tmp/folded
	folded=$(awk '/_\[quarry_ticks\]/ { sum += $NF } END { print sum + 0 }' \
		/tmp/folded)
	sites=$(awk '/\[quarry_ticks\]/ { sum += $3 } END { print sum + 0 }' \
		$debug/sites)
	echo "# $folded bytes folded, $sites bytes by site"
	[ "$folded" -gt 0 ] && [ $((folded / 4)) -le "$sites" ] &&
		[ $((sites / 4)) -le "$folded" ]
}

switch_levels() {
	for round in 1 2 3 4 5 6 7 8; do
		for level in off site stack; do
			echo $level >$debug/cache/ticks/level || return 1
			echo $level >$debug/heap/ticks/level || return 1
			cat $debug/cache/ticks/alloc_traces >/dev/null
			cat $debug/folded >/dev/null
		done
	done
	echo "# $round rounds"
}

only_root_reads() {
	[ "$(stat -c %a $debug/folded)" = 400 ] &&
		[ "$(stat -c %a $debug/cache/ticks/alloc_traces)" = 400 ] &&
		[ "$(stat -c %a $debug/heap/ticks/alloc_traces)" = 400 ]
}

plan 18
check "insert quarry at level stack" insert quarry level=stack
check "that is the level in force" [ "$(value level version)" = stack ]
check "the load" start_load
sleep 3
cat $debug/cache/ticks/alloc_traces >/tmp/cache
cat $debug/heap/ticks/alloc_traces >/tmp/heap
head -n 20 /tmp/cache | sed 's/^/# /'
check "a cache's chains are in SLUB's form" in_form /tmp/cache
check "a heap's chains are in SLUB's form" in_form /tmp/heap
check "most objects come first" in_order /tmp/cache
check "chains begin with the caller" begins_with_caller /tmp/cache
check "and name its module" grep -q '\[quarry_ticks\]$' /tmp/cache
check "what interrupts allocate is no process's" grep -q ' pid=0' /tmp/cache
check "folded stacks have the form" eval \
	"cat $debug/folded >/tmp/folded; folded_form /tmp/folded"
grep quarry_ticks /tmp/folded | head -n 5 | sed 's/^/# /'
check "and sum up to what the sites say" folded_agrees
check "they begin at the root" grep -qE '^[^;]+;.*_\[quarry_ticks\];' /tmp/folded
check "only root reads them" only_root_reads
check "chains are counted" [ "$(value stacks version)" -gt 2 ]
check "none is lost" [ "$(value stacks_lost version)" -eq 0 ]
check "levels switch under load" switch_levels
check "nothing was damaged, all was freed" stop_load
check "remove quarry" rmmod quarry
