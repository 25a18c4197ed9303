#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Other code passes what is quarry's to kfree().  The stock kernel warns of the
# first and is tainted by it, so this is for a machine of its own, which
# expects that: tests/vm/kselftest --warning free_large_kmalloc --tests stray.sh
. ./lib.sh
# shellcheck source=tests/tour/verdict.sh
. ./verdict.sh

[ "$(cat /proc/sys/kernel/panic_on_warn)" = 0 ] ||
	skip "here the kernel panics when it warns"

trap - EXIT
results=/sys/kernel/debug/quarry_test/results
insert quarry catch_kfree=0 && insert quarry_test warn=1 || exit 1
cat $results
grep -q '^ok' $results && ! grep -q '^not ok' $results
status=$?
# From 6.15 on kfree() gives nothing away that it did not give out.
if dmesg | grep -q 'dumped because: Not a kmalloc allocation'; then
	echo "# this kernel keeps what is not its own"
	! grep ' foreign_free ' $debug/events && rmmod quarry_test &&
		rmmod quarry && exit $status
	exit 1
fi
dmesg | grep -q 'quarry: page given away by other code' || status=1
grep -q ' foreign_free ' $debug/events || status=1
rmmod quarry_test || status=1

insert quarry_tour && before=$(last_finding) && commit stray_kfree || status=1
findings_after "$before" >/tmp/report
deviations stray_kfree </tmp/report | tee /tmp/deviations
[ ! -s /tmp/deviations ] || status=1
grep -qx 'owner: tour-job' /tmp/report || status=1
cat /tmp/report
rmmod quarry_tour && rmmod quarry && exit $status
