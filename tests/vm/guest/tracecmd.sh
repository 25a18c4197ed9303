#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# trace-cmd, unchanged, records the kernel's own events of quarry's objects: each
# allocation of a module with its size and caller, and each of its frees.
. ./lib.sh

command -v trace-cmd >/dev/null || skip "no trace-cmd here"

size=/sys/kernel/tracing/buffer_size_kb

record() {
	trace-cmd record -q -b 16384 -e kmem:kmalloc -e kmem:kfree \
		-o /tmp/trace.dat \
		sh -c "insmod $modules/quarry_leaky.ko named=100 unnamed=50 \
			tidy=1 && rmmod quarry_leaky" >/tmp/record 2>&1 &&
		trace-cmd report -i /tmp/trace.dat >/tmp/report 2>/dev/null &&
		return
	sed 's/^/# /' /tmp/record
	return 1
}

# told NUMBER ASKED GIVEN: so many allocations, by one caller.
told() {
	grep "kmalloc:.* bytes_req=$2 bytes_alloc=$3 " /tmp/report >/tmp/told
	head -n 1 /tmp/told | sed 's/^/# /'
	[ "$(wc -l </tmp/told)" = "$1" ] &&
		[ "$(grep -o 'call_site=[^ ]*' /tmp/told | sort -u | wc -l)" = 1 ]
}

# Each address that was given out is freed after.
all_are_freed() {
	awk '{
			for (i = 1; i <= NF; i++)
				if ($i ~ /^ptr=/)
					ptr = $i
		}
		/kmalloc:.* bytes_req=(200 bytes_alloc=224|300 bytes_alloc=320) / {
			live[ptr] = 1
			nr++
		}
		/kfree:/ { delete live[ptr] }
		END {
			for (ptr in live)
				left++
			print "# " nr + 0 " allocated, " left + 0 " left"
			exit nr != 150 || left
		}' /tmp/report
}

# To a page or two a CPU, as the kernel rounds it.
shrunk() {
	trace-cmd reset >/tmp/none 2>&1
	echo "# were $(cat $size) KiB a CPU"
	echo 4 >$size
	echo "# are $(cat $size)"
	[ "$(cat $size)" -le 8 ]
}

plan 7
check "insert quarry" insert quarry
check "trace-cmd records" record
check "what has a record" told 100 200 224
check "and what has none" told 50 300 320
check "all are freed" all_are_freed
# No trace is left behind: its buffers are memory that a scan looks into.
check "leave no trace" shrunk
check "remove quarry" rmmod quarry
