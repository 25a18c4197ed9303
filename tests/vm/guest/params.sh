#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Bad module parameters: refused with EINVAL and a line in the log, and
# nothing stays behind.  Good ones are accepted.
. ./lib.sh

# Succeeds if inserting with "$@" is refused as it should be.
refused() {
	mark_log
	if insert quarry "$@" 2>/tmp/params; then
		echo "# quarry $* was accepted"
		rmmod quarry
		return 1
	fi
	grep -qi 'invalid' /tmp/params || {
		sed 's/^/# /' /tmp/params
		return 1
	}
	new_log | grep -q 'quarry.*' || {
		echo "# no line in the log"
		return 1
	}
	! loaded quarry && [ ! -e $debug ]
}

accepted() {
	insert quarry "$@" && [ -r $debug/version ] && rmmod quarry
}

bad="level=bogus level= level=2 limit_bytes=junk limit_bytes=-1
reserve=99999999 reserve=-1 reserve=x"
good="level=off level=site limit_bytes=0 limit_bytes=1048576 reserve=0
reserve=8"
plan 15
for parameter in $bad; do
	check "insert with $parameter is refused" refused $parameter
done
# An unknown parameter is the kernel's to report; it does not refuse.
check "insert with no_such=parameter is accepted" accepted no_such=parameter
for parameter in $good; do
	check "insert with $parameter is accepted" accepted $parameter
done
