#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Marks: what a module allocates before and after them, by name and in files.
. ./lib.sh

grow() {
	echo $1 >/sys/module/quarry_leaky/parameters/grow
}

mark() {
	echo "$1" >$debug/mark
}

# grown FILE: blocks that file says leak_grow() owns; "" without a row.
grown() {
	awk '/leak_grow$/ { print $1 }' $debug/$1
}

refused() {
	mark_log
	! mark "$1" 2>/dev/null && new_log | grep -q "quarry: mark.*$2"
}

twenty() {
	for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		grow 1 && mark again && grow $i || return 1
		[ "$(grown since_mark)" = $i ] || {
			echo "# $i: $(grown since_mark)"
			return 1
		}
	done
}

fill() {
	for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
		mark m$i || return 1
	done
}

empty() {
	for file in $debug/since/*; do
		mark -${file##*/} || return 1
	done
	[ -z "$(ls $debug/since)" ]
}

plan 21
check "insert quarry" insert quarry
check "insert a module that keeps what it allocates" insert quarry_leaky tidy=1
check "without a mark the file says so" \
	grep -q '^# no mark is set' $debug/since_mark
grow 5
check "a mark is made" mark early
check "the table of marks has it" grep -qE '^ +[0-9.]+  early$' $debug/mark
check "nothing came after it" [ -z "$(grown since_mark)" ]
grow 7
check "what came after it is shown" [ "$(grown since_mark)" = 7 ]
mark late
grow 3
check "after the newest" [ "$(grown since_mark)" = 3 ]
check "after the first, by name" [ "$(grown since/early)" = 10 ]
check "all of it is in sites" [ "$(grown sites)" = 15 ]
check "to the jiffy, twenty times" twenty
check "a name with a blank is refused" refused "a b" expected
check "no name is refused" refused "" expected
check "forgetting what is not there is refused" refused -nothing none
check "a mark is forgotten" mark -late
check "and its file goes" [ ! -e $debug/since/late ]
check "all are forgotten" empty
check "sixteen are made" fill
check "not one more" refused m17 already
rmmod quarry_leaky
check "what was freed is not shown" [ -z "$(grown since/m1)" ]
check "remove quarry with marks set" rmmod quarry
