#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Everything at once, for two minutes, in two rounds: every call from threads and interrupts,
# clients that come and go, debug options and levels that change, CPUs that go
# offline, memory that runs short, scans, readers of all files, a module that is
# watched, allocations that fail.  All metadata is sound again and again
# meanwhile, nothing is damaged, and no memory is missing at the end.
# For half an hour:
#	tests/vm/kselftest --tests stress.sh --patience 2400 --cpus 4 \
#		--nodes 2 --timeout 2700 --append stress_s=1800
# and, with stress_seed=N there, by the chance that another run printed.
. ./lib.sh

# asked NAME: a number of the kernel's command line.
asked() {
	sed -n "s/.*stress_$1=\([0-9]*\).*/\1/p" /proc/cmdline
}

seconds=$(asked s)
seconds=${seconds:-120}
seed=$(asked seed)
seed=${seed:-$(awk '{ print int($1 * 100) % 10000 }' /proc/uptime)}
cpus=$(ls -d /sys/devices/system/cpu/cpu[1-9]* 2>/dev/null)
vm=/proc/sys/vm
# Pages that the kernel itself may keep of what it took in the second round.
spare=512
# KASAN and kmemleak take memory for every stack and object that they see.
! grep -q ' kasan_report$' /proc/kallsyms || spare=2048

# below N: a number by chance, in $number.
below() {
	random=$(((random * 1103515245 + 12345) % 2147483648))
	number=$((random / 65536 % $1))
}

# one_of WORD...: by chance, in $chosen.
one_of() {
	below $#
	shift $number
	chosen=$1
}

# put TEXT FILE: fails where it is refused, as memory is at times.
put() {
	echo "$1" 2>/tmp/none >"$2"
}

# ------------------------------------------------------------ disturbers

# Each of these does its part once: 0; or it could not, as memory was refused: 2,
# which does not count; anything else may not happen.

change_options() {
	one_of $debug/cache/* $debug/heap/*
	what=$chosen
	below 4
	case $number in
	0)
		one_of F Z P U W Q G FZPU FZPUWQ ZQ
		put $chosen "$what/debug" || return 2
		;;
	1)
		one_of off site stack
		put $chosen "$what/level" || return 2
		;;
	2) put 1 "$what/shrink" || return 2 ;;
	*) put - "$what/debug" || return 2 ;;
	esac
}

plug_cpu() {
	[ -n "$cpus" ] || return 0
	one_of $cpus
	put 0 $chosen/online
	sleep 0.3
	put 1 $chosen/online
	[ "$(cat $chosen/online)" = 1 ]
}

# Until shrinkers are asked, which they are far above where anybody is killed.
take_memory() {
	taken=0
	while [ $taken -lt 200 ] && [ "$(awk '$1 == "MemFree:" { print $2 }' \
		/proc/meminfo)" -gt 131072 ]; do
		fallocate -l 16M /mnt/$taken || break
		taken=$((taken + 1))
	done
	put 2 $vm/drop_caches
	rm -f /mnt/*
	[ $taken -gt 0 ] || return 2
}

# They may find no memory, while allocations fail.
come_and_go() {
	insert quarry_leaky named=100 unnamed=100 tidy=1 2>/tmp/none || return 2
	rmmod quarry_leaky || return 1
	insert quarry_faulty 2>/tmp/none || return 2
	faulty=/sys/module/quarry_faulty/parameters
	for _ in 1 2 3 4 5 6 7 8; do
		put 1 $faulty/open
		put 100 $faulty/blocks
		put 100 $faulty/atomic
		put 100 $faulty/objects
		put 1000000 $faulty/large
	done
	rmmod quarry_faulty
}

scan_all() {
	one_of scan scan stop clear min_age=0 min_age=5000
	put $chosen $debug/scan || return 2
}

read_all() {
	bytes=$(find $debug -type f -exec cat {} + 2>/tmp/none | wc -c)
	put before $debug/mark || return 2
	put -before $debug/mark || return 2
	[ "$bytes" -gt 10000 ]
}

# That module is watched from begin to end: to patch code over and over is what QEMU's
# emulation of several CPUs is not up to, one of which may stay at a breakpoint
# that is no more.
be_watched() {
	insert quarry_slub 2>/tmp/none || return 2
	rmmod quarry_slub
}

fail_some() {
	one_of "every=97 module=quarry_test" "probability=1" \
		"point=pages probability=5" "point=any every=501" \
		"size=64-512 every=31"
	put "$chosen" $debug/inject || return 2
	sleep 2
	put clear $debug/inject && [ "$(grep -c '^ *[0-9]' $debug/inject)" = 0 ]
	status=$?
	sleep 1
	return $status
}

disturbers="change_options plug_cpu take_memory come_and_go scan_all read_all
be_watched fail_some"

# disturb NAME SEED: again and again, until all is to stop.  How often it could
# not do its part, and how often it did.
disturb() {
	times=0
	could_not=0
	random=$2
	while [ ! -e /tmp/stop ]; do
		status=0
		$1 || status=$?
		case $status in
		0) times=$((times + 1)) ;;
		2) could_not=$((could_not + 1)) ;;
		*)
			echo "$1 failed" >>/tmp/failed
			break
			;;
		esac
		# The others want their turn.
		sleep 0.1
	done
	echo "$1 $could_not $times" >>/tmp/times
}

# ---------------------------------------------------------------- main part

# stay_sound SECONDS: validates until they are over, and longer where the machine is
# slow, until it was often enough; each time all is sound.
stay_sound() {
	sound=0
	start=$(date +%s)
	while passed=$(($(date +%s) - start)); [ $passed -lt $1 ] ||
		{ [ $sound -lt $(($1 / 8)) ] && [ $passed -lt $(($1 * 5)) ]; }; do
		# There may be no memory for it, while allocations fail.
		if put 1 $debug/validate; then
			[ "$(value problems validate)" = 0 ] || {
				sed 's/^/# /' $debug/validate
				return 1
			}
			sound=$((sound + 1))
		fi
		[ ! -e /tmp/failed ] || return 1
		sleep 1
	done
	echo "# sound $sound times in $passed seconds"
	[ $sound -ge $(($1 / 8)) ]
}

stop_disturbers() {
	touch /tmp/stop
	wait
	put clear $debug/inject
	put -quarry_slub $debug/watch
	sed 's/^/# /' /tmp/times
	[ ! -e /tmp/failed ] && [ "$(wc -l </tmp/times)" = "$(echo \
		$disturbers | wc -w)" ] && ! grep -q ' 0$' /tmp/times
}

nothing_lives() {
	[ "$(awk 'NR > 2 { live += $1 } END { print live + 0 }' \
		$debug/sites)" = 0 ]
}

# What is damaged is a finding: there must be none, of any kind but refusals.
# kmemleak and debug objects allocate for themselves where the module that is watched
# runs, and keep it: with them it leaves something.
no_findings() {
	expected="budget|failure"
	! grep -q ' kmemleak_scan$' /proc/kallsyms || expected="$expected|live_at_unload"
	awk '/^events_/ && $2 && $1 !~ /^events_('"$expected"')$/ {
			print "# " $0
			bad = 1
		}
		/^events_/ { kinds++ }
		END { exit bad || !kinds }' $debug/version
}

# What the kernel has memory in.
memory() {
	awk '/^(MemFree|Cached|AnonPages|Shmem|Slab|KernelStack|PageTables|VmallocUsed|Percpu):/ {
		printf "%s %d KiB, ", $1, $2 }' /proc/meminfo
}

memory_is_back() {
	after=$(free_pages)
	echo "# free pages: $before before the second round, $after after"
	[ $((before - after)) -lt $spare ]
}

# play SECONDS: a round.
play() {
	check "insert quarry and the load, and watch a module" \
		eval "start_load && put quarry_slub $debug/watch"
	echo "# $1 seconds, seed $seed"
	rm -f /tmp/stop /tmp/failed /tmp/times
	for disturber in $disturbers; do
		disturb $disturber $seed &
		seed=$((seed + 1))
	done
	check "everything at once, and all is sound" stay_sound $1
	check "all parts were played" stop_disturbers
	check "nothing was found" no_findings
	check "nothing was damaged, all was freed" stop_load
	check "nothing lives, and quarry goes" \
		eval "nothing_lives && rmmod quarry"
}

mkdir -p /mnt
mount -t tmpfs -o size=100% tmpfs /mnt
usual_scale=$(cat $vm/watermark_scale_factor)
usual_boost=$(cat $vm/watermark_boost_factor)
echo 2000 >$vm/watermark_scale_factor
# It moves where somebody is killed near to that.
echo 0 >$vm/watermark_boost_factor
plan 13
play $((seconds / 2))
before=$(free_pages)
echo "# $(memory)"
play $((seconds / 2))
check "all memory of the second round is back" memory_is_back
echo "# $(memory)"
umount /mnt
echo "$usual_scale" >$vm/watermark_scale_factor
echo "$usual_boost" >$vm/watermark_boost_factor
