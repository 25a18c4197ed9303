#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# slabtop, unchanged, reads quarry's slabinfo in place of the kernel's.
. ./lib.sh

command -v slabtop >/dev/null || skip "no slabtop here"

# Two lines of head as in version 2.1, then sixteen tokens a row; a cache of
# page runs has no pages a slab while it has no slab.
well_formed() {
	awk 'NR == 1 { bad += $0 != "slabinfo - version: 2.1" }
	     NR == 2 { bad += $1 != "#" || $2 != "name" }
	     NR > 2 { rows++; bad += NF != 16 || ($15 && $5 * $6 == 0) ||
		      $2 > $3 || $14 > $15 || $7 $12 != "::" }
	     END { exit bad > 0 || rows == 0 }' "$1"
}

listed() {
	awk 'NR > 2 { print $1 }' $debug/slabinfo | sort
}

# Under load they come; slabtop reads twice, and has no room for what came between.
every_cache() {
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		listed >/tmp/before
		slabtop -o -s n | awk '/OBJS +ACTIVE/ { table = 1; next }
			table && NF { print $NF }' | sort >/tmp/shown
		listed >/tmp/after
		! cmp -s /tmp/before /tmp/after || break
	done
	echo "# $(wc -l </tmp/shown) caches"
	cmp /tmp/before /tmp/after && cmp /tmp/before /tmp/shown
}

plan 4
check "insert quarry and the load" start_load
check "slabinfo is of version 2.1" well_formed $debug/slabinfo
check "slabinfo can stand in for the kernel's" \
	mount --bind $debug/slabinfo /proc/slabinfo
check "slabtop shows every cache of slabinfo" every_cache
umount /proc/slabinfo
