#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Growth, sampled every second: a site that rises is ranked with a rate and the
# time its budget lasts, one that stays is not.
. ./lib.sh

grow() {
	echo $1 >/sys/module/quarry_leaky/parameters/grow
}

# Of one moment: rates fall again when a site has stopped.
note_growth() {
	cat $debug/growth >/tmp/growth
}

# growing FUNCTION COLUMN: that column of its row, as noted.
growing() {
	awk -v name="$1" -v column="$2" '
		$1 == "live_objs" {
			for (i = 1; i <= NF; i++)
				at[$i] = i
		}
		$NF == name { print $at[column] }' /tmp/growth
}

# Ten more blocks twice a second, for eight seconds.
rise() {
	round=0
	while [ $round -lt 16 ]; do
		grow 10 && sleep 0.5 || return 1
		round=$((round + 1))
	done
}

# About 72,000 blocks an hour, of 1024 bytes; slowly where the machine is slow.
rate_is_right() {
	objs=$(growing leak_grow objs_per_hour)
	bytes=$(growing leak_grow bytes_per_hour)
	echo "# $objs objects and $bytes bytes an hour"
	[ "$objs" -ge 10000 ] && [ "$objs" -le 90000 ] &&
		[ $bytes -ge $((objs * 1024)) ] &&
		[ $bytes -lt $(((objs + 1) * 1024)) ]
}

# 64 MiB at that rate.
budget_is_right() {
	until=$(growing leak_grow until_budget_s)
	right=$((left / (bytes / 3600 + 1)))
	echo "# until the budget: $until s, about $right"
	[ $until -ge $((right * 9 / 10)) ] && [ $until -le $((right * 11 / 10)) ]
}

plan 10
check "insert quarry" insert quarry growth_period_s=1 limit_bytes=64M
check "insert a module" insert quarry_leaky named=50 tidy=1
note_growth
check "no site at first" [ -z "$(growing leak_grow live_objs)" ]
check "a site allocates on and on" rise
note_growth
left=$((64 * 1048576 - $(value held_bytes heap/default/stats)))
sed 's/^/# /' /tmp/growth
check "it is ranked" [ "$(growing leak_grow live_objs)" -ge 100 ]
check "with a rate" rate_is_right
check "and when the budget is reached" budget_is_right
check "a site that stays as it is is not" \
	[ -z "$(growing leak_named live_objs)" ]
rmmod quarry_leaky
sleep 2
note_growth
check "nor one that has fallen" [ -z "$(growing leak_grow live_objs)" ]
check "remove quarry between two samples" rmmod quarry
