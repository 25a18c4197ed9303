#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A module goes and leaves objects: told by site within the unload, in the log
# and in events; names stay when the module has gone and when another lies
# where it was.
. ./lib.sh

# Where a module's code is.
text_of() {
	cat /sys/module/$1/sections/.text
}

logged() {
	new_log | grep -qE "quarry: .*$1"
}

# told OWNER OBJECTS SITE: an event of that.
told() {
	awk -v owner="$1" -v objects="$2" -v site="$3" '
		$3 == "live_at_unload" && $4 == owner && $5 == objects &&
		index($8, site) { found = 1 }
		END { exit !found }' $debug/events
}

events_told() {
	grep -c ' live_at_unload ' $debug/events
}

# owned OBJECTS TEXT: a row of sites that has them.
owned() {
	grep -qE "^ *$1 .*$2" $debug/sites
}

plan 18
check "insert quarry" insert quarry
check "insert a module that leaves nothing" \
	insert quarry_leaky named=10 unnamed=10 tidy=1
mark_log
rmmod quarry_leaky
check "nothing is told of it" [ "$(events_told)" = 0 ]
new_log | grep 'goes and leaves' && exit 1

insert quarry_leaky named=12 unnamed=34
first=$(text_of quarry_leaky)
mark_log
check "remove one that leaves 46 objects" rmmod quarry_leaky
new_log | sed 's/^/# /'
check "the log has them" logged '"quarry_leaky" goes and leaves 46 live'
check "with file and line" \
	logged ' 12 objects .*leaky/leaky.h:[0-9]+ leak_named \[quarry_leaky\]'
check "or with a symbol" \
	logged ' 34 objects +leak_unnamed\+0x[0-9a-f]+/0x[0-9a-f]+ \[quarry_leaky\]'
check "events has them, by site" told quarry_leaky 12 leaky.h:
check "and by symbol" told quarry_leaky 34 leak_unnamed+0x
sed -n '/live_at_unload/s/^/# /p' $debug/events
check "sites still has the line" \
	owned 12 'leaky/leaky.h:[0-9]+ \[quarry_leaky\] leak_named'
check "and the symbol" owned 34 '\[quarry_leaky\] leak_unnamed'

insert quarry_other named=5 unnamed=7
second=$(text_of quarry_other)
check "another module lies where it was ($first, $second)" \
	[ "$first" = "$second" ]
check "it has sites of its own" \
	eval "owned 5 'quarry_other. leak_named' && owned 7 'quarry_other. leak_unnamed'"
check "and the first keeps its own" \
	eval "owned 12 'quarry_leaky. leak_named' && owned 34 'quarry_leaky. leak_unnamed'"
rmmod quarry_other
check "it is told of as well" told quarry_other 7 leak_unnamed+0x

mark_log
check "an insertion that fails" eval "! insert quarry_other named=3 fail=1 2>/dev/null"
check "is told of, with what was left before" \
	logged '"quarry_other" goes and leaves 15 live'
check "remove quarry, which keeps their memory" rmmod quarry
