#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Failures on demand: rules choose which allocations of a module fail, to the
# one; fail_nth has each step of a driver fail in turn, and finds the one whose
# way back leaks.
. ./lib.sh

faulty=/sys/module/quarry_faulty/parameters

inject() {
	echo "$1" >$debug/inject
}

# ask WHAT NUMBER: allocations of the module; prints how many failed.
ask() {
	echo "$2" >$faulty/"$1" || return 1
	cat $faulty/failed
}

# fails RULE WHAT NUMBER EXPECTED: by that rule alone.
fails() {
	inject clear && inject "$1" || return 1
	ksft_got=$(ask "$2" "$3")
	[ "$ksft_got" = "$4" ] && return
	echo "# $1: $ksft_got of $3 $2 failed, expected $4"
	return 1
}

# refused TEXT: with a line in the log, and the file is as it was.
refused() {
	ksft_before=$(cat $debug/inject)
	mark_log
	! inject "$1" 2>/dev/null && new_log | grep -q 'quarry: inject' &&
		[ "$(cat $debug/inject)" = "$ksft_before" ] && return
	echo "# \"$1\" was not refused as it should be"
	return 1
}

all_refused() {
	while read -r text; do
		refused "$text" || return 1
	done <<-END
		every
		every=
		every=0
		every=x
		every=1 every=2
		bogus=1
		probability=0
		probability=101
		probability=-1
		size=9-8
		size=-
		order=x
		sleeping=maybe
		point=nowhere
		point=
		site=
		site=file.c:0
		point=pages site=file.c
		point=meta cache=faulty
		verbose=2
		-0
		-17
		-x
		-3
		Clear
	END
}

# Rule N as the file shows it: seen passed injected.
counts() {
	awk -v rule="$1" '$1 == rule { print $2, $3, $4 }' $debug/inject
}

# Live objects of the module, of all its sites.
live() {
	awk '/\[quarry_faulty\]/ { sum += $1 } END { print sum + 0 }' $debug/sites
}

# Hits of the cache's magazines: do 100 allocations make about as many?
hits() {
	ksft_before=$(value alloc_hits cache/faulty/stats)
	ask objects 100 >/tmp/none
	ksft_hits=$(($(value alloc_hits cache/faulty/stats) - ksft_before))
	test $ksft_hits "$1" "$2" && return
	echo "# $ksft_hits hits of 100"
	return 1
}

# each_fails HOW: fail_nth from 1 on until a run is not touched; "" or where
# it leaked.  The shell itself writes, reads and opens: it is the task.
each_fails() {
	steps=0 leaks=''
	: >/tmp/failed
	# Numbers its sites.
	echo "$1" >$faulty/open
	ksft_had=$(live)
	inject verbose=1
	while [ $steps -lt 100 ]; do
		steps=$((steps + 1))
		ksft_status=0
		mark_log
		echo $steps >$debug/fail_nth
		echo "$1" 2>/dev/null >$faulty/open || ksft_status=1
		read -r ksft_left <$debug/fail_nth
		echo 0 >$debug/fail_nth
		ksft_live=$(live)
		echo "# fail_nth=$steps: left $ksft_left, status" \
			"$ksft_status, live $ksft_live"
		new_log | sed -n 's/.*inject: fail_nth/#  /p' | tee -a /tmp/failed
		[ "$ksft_live" = "$ksft_had" ] || leaks="$leaks $steps"
		ksft_had=$ksft_live
		[ "$ksft_left" = 0 ] || break
	done
	inject verbose=0
	[ $ksft_status = 0 ] && [ "$(sed -n 's/.*fails alloc.*\(faulty.c:.*\)/\1/p' \
		/tmp/failed | sort -u | wc -l)" = 4 ]
}

# Nobody writes meanwhile.
forgotten() {
	for _ in 1 2 3 4 5; do
		grep -q '^# fail_nth: 0 tasks' $debug/inject && return
		sleep 1
	done
	return 1
}

# The load with each piece of metadata refused in turn.
loads_or_not() {
	ksft_refused=0
	for after in 0 1 2 3 5 8 13 21 34 55 89 144 233; do
		if insert quarry "inject=\"point=any after=$after times=1\"" \
			2>/dev/null; then
			rmmod quarry || return 1
		else
			ksft_refused=$((ksft_refused + 1))
		fi
		! loaded quarry && [ ! -e $debug ] || return 1
	done
	echo "# $ksft_refused loads refused"
	[ $ksft_refused -ge 3 ]
}

# What an allocation comes past is the same each time on the same node.
taskset -p 1 $$ >/tmp/none
plan 44
mark_log
check "a bad rule refuses the load" eval "! insert quarry inject=every=x 2>/dev/null"
check "and the log says why" \
	eval "new_log | grep -q 'inject: every=: expected a number'"
check "a load with a failure in it fails whole, or works" loads_or_not
check "insert quarry with rules" \
	insert quarry 'inject="cache=faulty every=2; module=none*"'
check "they are there" eval "grep -q 'cache=faulty every=2' $debug/inject &&
	grep -q 'module=none' $debug/inject"
check "insert a module" insert quarry_faulty
check "they are in force, in a cache made since" [ "$(ask objects 100)" = 50 ]
check "what is seen, passed and failed is counted" \
	[ "$(counts 1)" = "100 50 50" ]
sed 's/^/# /' $debug/inject
check "magazines are closed meanwhile" hits -eq 0
check "one rule is removed" eval "inject -1 && [ -z \"\$(counts 1)\" ]"
check "the other, too" inject clear
check "nothing fails then" [ "$(ask objects 1000)" = 0 ]
check "and the magazines are open" hits -gt 90

mark_log
inject verbose=1 && inject "site=take_block times=1"
ask blocks 3 >/tmp/none
inject clear && inject verbose=0
new_log | sed 's/^/# /'
line=$(new_log | sed -n 's/.*rule 1 fails alloc, 200 bytes of cache default-224 at .*faulty\.c:\([0-9]*\) take_block \[quarry_faulty\]$/\1/p')
check "a line in the log, if it is wanted" [ -n "$line" ]

check "every third" fails every=3\ module=quarry_faulty blocks 30 10
check "after ten" fails after=10\ module=quarry_faulty blocks 30 20
check "five times" fails times=5\ module=quarry_faulty blocks 30 5
check "all three" fails "after=4 every=5 times=2 module=quarry_faulty" \
	blocks 30 2
check "by function" fails site=take_block blocks 7 7
check "not another function" fails site=take_atomic blocks 7 0
check "by function, where only the address is known" \
	fails site=take_object objects 7 7
check "by file" fails site=quarry_faulty.c atomic 7 7
check "by file and line ($line)" \
	fails "site=faulty/quarry_faulty.c:$line" blocks 7 7
check "not another line" fails "site=quarry_faulty.c:$line" atomic 7 0
check "by cache" fails "cache=faul*" objects 7 7
check "by heap" fails "heap=default size=200" blocks 7 7
check "by size" fails "size=201-300 module=quarry_faulty" blocks 7 0
check "sleeping callers" fails "sleeping=yes module=quarry_faulty" atomic 7 0
check "callers that do not" fails "sleeping=no module=quarry_faulty" atomic 7 7
inject clear
inject "probability=50 seed=42 module=quarry_faulty"
some=$(ask blocks 1000)
check "half of them, by chance ($some)" \
	eval "[ $some -gt 400 ] && [ $some -lt 600 ]"
check "the same ones for the same seed" \
	fails "probability=50 seed=42 module=quarry_faulty" blocks 1000 "$some"

check "large orders fail, small ones are found" \
	fails "point=pages order=1-" large 262144 0
check "so the block is virtually contiguous" [ "$(cat $faulty/virtual)" = Y ]
check "without those there is none" \
	fails "point=vrun,pages order=1-" large 262144 1
check "nor without descriptor" fails point=descriptor large 262144 1
inject clear

check "bad words are refused, with a word, and change nothing" all_refused

check "each of four steps of a driver fails" each_fails 1
check "and its ways back are right" [ -z "$leaks" ]
check "each step of another" each_fails 2
check "and one way back leaks (at$leaks)" [ -n "$leaks" ]
grep quarry_faulty $debug/sites | sed 's/^/# /'
sed 's/^/# /' $debug/inject
echo 1 >/tmp/one
check "a program that the shell becomes, in its first step" eval \
	"! sh -c 'echo 1 >$debug/fail_nth; exec dd if=/tmp/one of=$faulty/open' \
		2>/tmp/none"
# Frees the shell's own entry, if it stopped early.
echo 0 >$debug/fail_nth
inject clear
(echo 5 >$debug/fail_nth; grep '^# fail_nth: 1 task' $debug/inject)
check "a task that is no more is forgotten, in a second or two" forgotten
check "and the magazines are open" hits -gt 90
check "remove quarry with a rule set" \
	eval "inject every=2; rmmod quarry_faulty && rmmod quarry"
