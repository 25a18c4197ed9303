#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# When memory runs short the kernel asks quarry's shrinker, and what caches
# keep without using goes back.  First by real shortage, then by drop_caches.
. ./lib.sh

reserve_kib=65536

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

# Takes memory, 4 MiB at a time, until kswapd has begun to look for some.  The
# kernel is told to keep a lot free, so that nobody has to be killed.
press() {
	usual=$(cat /proc/sys/vm/min_free_kbytes)
	echo $reserve_kib >/proc/sys/vm/min_free_kbytes
	mount -t tmpfs -o size=100% tmpfs /mnt
	start=$(scanned)
	taken=0
	while [ "$(scanned)" -eq "$start" ] && [ $taken -lt 512 ]; do
		fallocate -l 4M /mnt/$taken 2>/dev/null
		taken=$((taken + 1))
	done
	sleep 1
	echo "# took $((taken * 4)) MiB, shrinkers scanned" \
		"$(($(scanned) - start)) objects"
	umount /mnt
	echo $usual >/proc/sys/vm/min_free_kbytes
}

# gave_back COMMAND...: fewer pages are held after it.
gave_back() {
	before=$(held)
	"$@"
	after=$(held)
	echo "# pages held: $before before, $after after"
	[ "$after" -lt "$before" ]
}

drop() {
	echo 2 >/proc/sys/vm/drop_caches
}

# Under load, and bounded: threads that wait for memory would be killed for it.
unharmed() {
	press
	echo "# softirq $(ticks softirq) hardirq $(ticks hardirq)" \
		"failures $(ticks failures) damaged $(ticks damaged)"
	[ "$(ticks damaged)" -eq 0 ] && [ "$(live)" -gt 0 ]
}

mkdir -p /mnt
plan 8
check "insert quarry" insert quarry
check "insert a load in interrupts" insert quarry_ticks slots=2048
check "memory runs short under load, nothing is damaged" unharmed
check "the load fills and frees" fill_and_free
check "shortage of memory makes caches give back" gave_back press
check "the load fills and frees again" fill_and_free
check "drop_caches makes caches give back" gave_back drop
check "remove load and quarry" rmmod quarry_ticks quarry
