#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# When memory runs short the kernel asks quarry's shrinker, and what caches
# keep without using goes back: once by real shortage, and by drop_caches,
# which asks the same shrinkers, under load too.
. ./lib.sh

# Pages held by the cache of the load, and by all classes of its heap.
held() {
	echo $(($(value pages cache/ticks/stats) +
		$(value pages heap/ticks/stats)))
}

live() {
	echo $(($(value live_objs cache/ticks/stats) +
		$(value live_objs heap/ticks/stats)))
}

# Lets the load allocate, then has it free everything.
fill_and_free() {
	echo 0 >/sys/module/quarry_ticks/parameters/pause
	sleep 4
	echo "# loaded: $(live) objects live, $(held) pages held"
	echo 1 >/sys/module/quarry_ticks/parameters/pause
	tries=60
	while [ "$(live)" -gt 0 ] && [ $tries -gt 0 ]; do
		sleep 1
		tries=$((tries - 1))
	done
	echo "# freed: $(live) objects live, $(held) pages held"
	[ "$(live)" -eq 0 ] && [ "$(held)" -gt 0 ]
}

# Objects that shrinkers, all of the kernel's, were asked to look at.
scanned() {
	awk '$1 == "slabs_scanned" { print $2 }' /proc/vmstat
}

free_kib() {
	awk '$1 == "MemFree:" { print $2 }' /proc/meminfo
}

# Takes memory until kswapd looks for some.  It is told to begin far above
# where anybody is killed; without a disk only shrinkers have something to give.
# Once a boot: a kswapd that has found nothing often enough stays asleep.
press() {
	usual=$(cat /proc/sys/vm/watermark_scale_factor)
	echo 1000 >/proc/sys/vm/watermark_scale_factor
	mount -t tmpfs -o size=100% tmpfs /mnt
	start=$(scanned)
	taken=0
	while [ "$(scanned)" -eq "$start" ] && [ "$(free_kib)" -gt 32768 ]; do
		fallocate -l 2M /mnt/$taken
		taken=$((taken + 1))
	done
	sleep 1
	echo "# took $((taken * 2)) MiB, shrinkers scanned" \
		"$(($(scanned) - start)) objects"
	umount /mnt
	echo $usual >/proc/sys/vm/watermark_scale_factor
	[ "$(scanned)" -gt "$start" ]
}

drop() {
	echo 2 >/proc/sys/vm/drop_caches
}

# gave_back COMMAND...: fewer pages are held after it.  The magazines of CPUs are
# emptied a little later than the shrinkers are asked.
gave_back() {
	before=$(held)
	"$@" || return 1
	tries=10
	while after=$(held); [ "$after" -ge "$before" ] && [ $tries -gt 0 ]; do
		sleep 1
		tries=$((tries - 1))
	done
	echo "# pages held: $before before, $after after"
	[ "$after" -lt "$before" ]
}

drop_under_load() {
	echo 0 >/sys/module/quarry_ticks/parameters/pause
	round=0
	while [ $round -lt 30 ]; do
		drop
		round=$((round + 1))
	done
	echo "# softirq $(ticks softirq) hardirq $(ticks hardirq)" \
		"failures $(ticks failures) damaged $(ticks damaged)"
	[ "$(ticks damaged)" -eq 0 ] && [ "$(live)" -gt 0 ]
}

mkdir -p /mnt
plan 8
check "insert quarry" insert quarry
check "insert a load in interrupts" insert quarry_ticks slots=2048
check "the load fills and frees" fill_and_free
check "shortage of memory makes caches give back" gave_back press
check "the load fills and frees again" fill_and_free
check "drop_caches makes caches give back" gave_back drop
check "drop_caches under load damages nothing" drop_under_load
check "remove load and quarry" rmmod quarry_ticks quarry
