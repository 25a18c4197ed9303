#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# When memory runs short the kernel asks quarry's shrinker, and what caches
# keep without using goes back.  First by real shortage, then by drop_caches.
. ./lib.sh

[ -b /dev/ram0 ] || skip "no ram disk: modprobe brd rd_nr=1 rd_size=2097152"

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

# Reads more of a ram disk than there is memory.  What was never written takes
# none there, but does in the page cache, which reclaim can have: nobody is
# killed, and the shrinkers are asked all the while.
press() {
	start=$(scanned)
	total=$(awk '$1 == "MemTotal:" { print $2 }' /proc/meminfo)
	dd if=/dev/ram0 of=/dev/null bs=1M count=$((total * 5 / 4096)) \
		2>/dev/null
	echo "# shrinkers scanned $(($(scanned) - start)) objects"
	echo 1 >/proc/sys/vm/drop_caches
	[ "$(scanned)" -gt "$start" ]
}

# gave_back COMMAND...: fewer pages are held after it.
gave_back() {
	before=$(held)
	"$@" || return 1
	after=$(held)
	echo "# pages held: $before before, $after after"
	[ "$after" -lt "$before" ]
}

drop() {
	echo 2 >/proc/sys/vm/drop_caches
}

unharmed() {
	press || return 1
	echo "# softirq $(ticks softirq) hardirq $(ticks hardirq)" \
		"failures $(ticks failures) damaged $(ticks damaged)"
	[ "$(ticks damaged)" -eq 0 ] && [ "$(live)" -gt 0 ]
}

plan 8
check "insert quarry" insert quarry
check "insert a load in interrupts" insert quarry_ticks slots=2048
check "memory runs short under load, nothing is damaged" unharmed
check "the load fills and frees" fill_and_free
check "shortage of memory makes caches give back" gave_back press
check "the load fills and frees again" fill_and_free
check "drop_caches makes caches give back" gave_back drop
check "remove load and quarry" rmmod quarry_ticks quarry
