#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Debug options: as parameters, all forms, and what is refused; by debugfs, while
# objects are live; how many objects are guarded, and how many wait.
. ./lib.sh
# shellcheck source=tests/tour/verdict.sh
. ./verdict.sh

file=$debug/heap/default/debug

# refused PARAMETER EXPECTED...: by the kernel, and in the log with what is.
refused() {
	mark_log
	parameter=$1
	shift
	! insert quarry "$parameter" 2>/tmp/error && ! loaded quarry &&
		grep -qi 'invalid' /tmp/error &&
		new_log | grep -qF "quarry: $parameter: expected $*"
}

# gives RULES OPTIONS: what the default heap has by them.
gives() {
	insert quarry "debug=$1" || return 1
	now=$(cat $file)
	rmmod quarry && [ "$now" = "$2" ] || {
		echo "# $now instead of $2"
		return 1
	}
}

takes() {
	echo "$1" >$file && [ "$(cat $file)" = "$2" ]
}

# Nothing changes.
refuses() {
	mark_log
	before=$(cat $file)
	! echo "$1" >$file 2>/dev/null && [ "$(cat $file)" = "$before" ] &&
		new_log | grep -q 'quarry: .*debug.*expected letters of FZPUTWQGX'
}

# Objects of the ten of lost_list that lie in the range of guard pages.
guarded() {
	commit lost_list && scan || return 1
	# 0 would hash the addresses, for root too.
	was=$(cat /proc/sys/kernel/kptr_restrict)
	echo 1 >/proc/sys/kernel/kptr_restrict
	grep '\[quarry\]' /proc/vmallocinfo >/tmp/ranges
	echo "$was" >/proc/sys/kernel/kptr_restrict
	awk 'FNR == NR {
			split($1, range, "-")
			from[++nr] = range[1]
			to[nr] = range[2]
			next
		}
		/^unreferenced object/ {
			all++
			for (i = 1; i <= nr; i++)
				if ($3 "" >= from[i] "" && $3 "" < to[i] "")
					guarded++
		}
		END { print guarded + 0 " of " all + 0 }' \
		/tmp/ranges $quarry/kmemleak
	undo
}

# one_in N GUARDED: a stale word that hides a lost object is not there again.
one_in() {
	for try in 1 2 3; do
		counts "$@" && return
		echo "# try $try"
	done
	return 1
}

counts() {
	insert quarry debug=G,default guard_every="$1" scan_min_age_ms=0 &&
		insert quarry_tour || return 1
	found=$(guarded)
	rmmod quarry_tour quarry
	[ "$found" = "$2 of 10" ] || {
		echo "# $found"
		return 1
	}
}

# waiting KIB: freed objects that wait, of a hundred with 200 bytes.
waiting() {
	insert quarry debug=Q,default quarantine_kib="$1" &&
		insert quarry_tour || return 1
	commit hidden && undo || return 1
	nr=$(value quarantined_objs heap/default/stats)
	live=$(value live_blocks heap/default/stats)
	echo 1 >$debug/heap/default/shrink
	left=$(value quarantined_objs heap/default/stats)
	rmmod quarry_tour quarry
	echo "# $nr wait, $live live, $left after a shrink"
	[ "$live" -eq 0 ] && [ "$left" -eq 0 ]
}

# By debugfs, while objects are live; they keep what they had.
changes_under_way() {
	commit hidden && takes FZPQ FZPQ || return 1
	old=$(value quarantined_objs heap/default/stats)
	undo && [ "$(value quarantined_objs heap/default/stats)" = "$old" ] &&
		commit hidden && undo &&
		[ "$(value quarantined_objs heap/default/stats)" -eq 100 ] &&
		takes - - &&
		[ "$(value live_blocks heap/default/stats)" -eq 0 ] &&
		[ "$(last_finding)" -eq 0 ]
}

forms="LETTERS[,NAME...][;LETTERS,NAME...], letters of FZPUTWQGX or -, a * may end a name"
plan 48
for rules in K FZK "," ";" "F," "F;;P" "F,a,,b" "F,a*b" "F-" "-F"; do
	check "debug=$rules is refused" refused "debug=$rules" "$forms"
done
check "quarantine_kib" refused quarantine_kib=1048577 "0 to 1048576"
check "guard_every" refused guard_every=0 "1 to 4294967295"
check "guard_slots" refused guard_slots=0 "1 to 65536"
check "guard_slots" refused guard_slots=65537 "1 to 65536"

check "none" gives "" -
check "for all" gives FZ FZ
check "small letters, any order" gives uzf FZU
check "no letters" gives ,default FZPU
check "by name" gives FZ,default FZ
check "of others" gives FZ,mydrv -
check "among names" gives Q,a,default,b Q
check "the beginning of a name" gives P,def\* P
check "of others" gives P,x\* -
check "two blocks" gives "F,mydrv;ZW,default" ZW
check "the first that names it" gives "F,def*;ZW,default" F
check "the last for all" gives "F;Z" Z
check "a name before all" gives "F;Z,default" Z
check "but not this one" gives "FZPU;-,default" -

check "insert quarry" insert quarry scan_min_age_ms=0
check "and the driver" insert quarry_tour
check "the mode of the file" [ "$(stat -c %a $file)" = 644 ]
check "none at first" [ "$(cat $file)" = - ]
for letter in F Z P U T W Q G X; do
	takes $letter $letter || break
done
check "each letter" [ "$(cat $file)" = X ]
check "all of them" takes XGQWTUPZF FZPUTWQGX
check "no letter" refuses K
check "letters and none" refuses F-
check "nothing" refuses ""
check "none again" takes - -
check "changes under way" changes_under_way
check "remove both" rmmod quarry_tour quarry

check "all are guarded" one_in 1 10
check "every other one" one_in 2 5
check "one in four" one_in 4 2
check "one in ten" one_in 10 1
check "one in eleven" one_in 11 0

check "all wait" waiting 1024
check "and are so many" [ "$nr" -eq 100 ]
check "none waits" eval 'waiting 0 && [ "$nr" -eq 0 ]'
