#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# perf kmem, unchanged, tells who allocated quarry's objects, and how much.
. ./lib.sh

command -v perf >/dev/null || skip "no perf here"

tracing=/sys/kernel/tracing
[ -e $tracing/trace ] || mount -t tracefs tracefs $tracing || exit 1

record() {
	perf kmem --slab record -o /tmp/perf.data -- \
		insmod "$modules/quarry_leaky.ko" named=100 unnamed=50 \
		>/tmp/record 2>&1
	status=$?
	grep Captured /tmp/record | sed 's/^/# /'
	return $status
}

# A perf that is older than the kernel may have only addresses for a module's
# functions; those are in the kernel's own list.
named() {
	awk 'NR == FNR {
			if ($4 == "[quarry_leaky]" && $2 ~ /^[tT]$/)
				name[$1] = $3
			next
		}
		$1 ~ /^0x[0-9a-f]+$/ {
			address = substr($1, 3)
			best = ""
			for (at in name)
				if (at "" <= address "" && at "" > best "")
					best = at
			sub(/0x[0-9a-f]+/, name[best] "+0")
		}
		{ print }' /proc/kallsyms "$1"
}

stat_callers() {
	perf kmem --slab -i /tmp/perf.data --caller stat >/tmp/callers \
		2>/dev/null && named /tmp/callers >/tmp/stat
}

# told FUNCTION GIVEN ASKED HITS: in all and each, as perf has them.
told() {
	grep "^ $1+" /tmp/stat | sed 's/^/# /'
	grep -qE "^ $1\\+[0-9a-f]+ +\\| +$2 +\\| +$3 +\\| +$4 \\|" /tmp/stat
}

plan 6
check "insert quarry" insert quarry
check "perf kmem records" record
check "and makes a table by caller" stat_callers
check "of what has a record" told leak_named 22400/224 20000/200 100
check "and of what has none" told leak_unnamed 16000/320 15000/300 50
rmmod quarry_leaky
check "remove quarry" rmmod quarry
