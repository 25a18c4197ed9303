#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The cases of quarry_test.ko: those that run in both worlds and the kernel's
# own.  Its results are passed on as they are.
. ./lib.sh

trap - EXIT
# A virtual CPU may wait long in an NMI; the kernel would complain of a handler
# that takes a millisecond.
echo 10000000000 >/sys/kernel/debug/x86/nmi_longest_ns
results=/sys/kernel/debug/quarry_test/results
insert quarry && insert quarry_test ${QUARRY_RUN:+run="$QUARRY_RUN"} || exit 1
cat $results
grep -q '^ok' $results && ! grep -q '^not ok' $results
status=$?
rmmod quarry_test && rmmod quarry && exit $status
