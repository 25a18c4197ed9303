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

bad="level=bogus level= level=2 limit_bytes=junk limit_bytes=-1 limit_bytes=101%
reserve=99999999 reserve=-1 reserve=x growth_period_s=86401 growth_period_s=-1
growth_period_s=x scan_min_age_ms=86400001 scan_period_s=604801
heap=x heap=x.limit heap=.limit=1 heap=x.limit= heap=x.limit=1T heap=x.limit=-1
heap=x.level=2 heap=x.debug=FY heap=x.size=1 heap=x.limit=1, catch_kfree=2
force_unload=2 force_unload=maybe"
good="level=off level=site level=stack limit_bytes=0 limit_bytes=1048576 limit_bytes=10%
reserve=0 reserve=8 growth_period_s=0 growth_period_s=86400 scan_min_age_ms=0
scan_min_age_ms=86400000 scan_period_s=3600 catch_kfree=0 force_unload=1
heap=x.limit=1M,x.level=stack,a.b*.debug=FZPU,y.debug=-"
plan 44
for parameter in $bad; do
	check "insert with $parameter is refused" refused $parameter
done
# An unknown parameter is the kernel's to report; it does not refuse.
check "insert with no_such=parameter is accepted" accepted no_such=parameter
for parameter in $good; do
	check "insert with $parameter is accepted" accepted $parameter
done
