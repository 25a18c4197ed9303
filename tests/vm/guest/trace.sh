#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The kernel's own trace events tell of quarry's objects, once of each, while
# they are enabled.
. ./lib.sh

tracing=/sys/kernel/tracing
[ -e $tracing/trace ] || mount -t tracefs tracefs $tracing || exit 1

events() {
	echo $1 >$tracing/events/kmem/kmalloc/enable &&
		echo $1 >$tracing/events/kmem/kfree/enable
}

# traced EVENT TEXT: how many lines of the trace have it.
traced() {
	grep " $1: " $tracing/trace | grep -c "$2"
}

# Allocated and not freed: what a tool makes of the trace.
balance() {
	awk 'match($0, /ptr=[0-9a-fx]+/) {
			ptr = substr($0, RSTART, RLENGTH)
		}
		/ kmalloc: .*\[quarry_leaky\]/ { live[ptr]++; allocs++ }
		/ kfree: call_site=free_kept\+/ { live[ptr]--; frees++ }
		END {
			for (ptr in live)
				if (live[ptr])
					wrong++
			print "# " allocs " allocations, " frees " frees, " \
				wrong + 0 " left over"
			exit !allocs || allocs != frees || wrong
		}' $tracing/trace
}

plan 16
check "insert quarry" insert quarry
echo 16384 >$tracing/buffer_size_kb
echo >$tracing/trace
insert quarry_leaky named=10 tidy=1
rmmod quarry_leaky
check "nothing is traced unasked" [ "$(traced kmalloc quarry_leaky)" = 0 ]
check "enable kmem:kmalloc and kmem:kfree" events 1
check "insert a module" insert quarry_leaky named=100 unnamed=50 tidy=1
check "100 and 50 allocations are traced" \
	[ "$(traced kmalloc '\[quarry_leaky\]')" = 150 ]
check "with the caller's address" \
	[ "$(traced kmalloc 'call_site=leak_named+0x')" = 100 ]
check "with or without a record" \
	[ "$(traced kmalloc 'call_site=leak_unnamed+0x')" = 50 ]
check "bytes asked for and given" \
	[ "$(traced kmalloc 'bytes_req=200 bytes_alloc=224')" -ge 100 ]
check "and the flags" [ "$(traced kmalloc \
	'bytes_req=300 bytes_alloc=320 gfp_flags=GFP_KERNEL node=-1')" -ge 50 ]
grep -m 1 quarry_leaky $tracing/trace | sed 's/^/# /'
# The trace looks symbols up when it is read.
check "free all" eval "echo 0 >/sys/module/quarry_leaky/parameters/grow"
check "each is freed once" balance
grep -m 1 ' kfree: .*quarry_leaky' $tracing/trace | sed 's/^/# /'
rmmod quarry_leaky
# The cases hold as well, under 16 MiB of events a CPU that wrap.
check "the cases run while they are traced" \
	insert quarry_test run='cache_*'
check "and hold" eval "grep -q '^ok' /sys/kernel/debug/quarry_test/results &&
	! grep '^not ok' /sys/kernel/debug/quarry_test/results"
check "disable them" events 0
rmmod quarry_test
check "remove quarry" rmmod quarry
# Addresses in it would keep the next test's objects from being lost.
check "leave no trace" eval "echo 4 >$tracing/buffer_size_kb"
