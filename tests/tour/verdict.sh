# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# What the tour's scripts in the virtual machine share: quarry's verdict of the
# objects that one function allocated, and the one that is expected.  A verdict
# is four counts: lost, indirect, held, and of those held by an interior pointer
# only.  Of misuse it is a block of the file findings instead.

quarry=/sys/kernel/debug/quarry
tour=/sys/kernel/debug/quarry_tour

case_names() {
	awk '!/^#/ { print $1 }' $tour/cases
}

func_of() {
	awk -v name="$1" '$1 == name { print $2 }' $tour/cases
}

mistake_of() {
	sed -n "s/^$1 [^ ]* //p" $tour/cases
}

# Rows of the table leaks for function $1, its head above them.  Where a site is
# known by address, the function has a place in it behind its name.
rows_of() {
	awk -v who="$1" '
		{ name = $NF; sub(/\+0x.*/, "", name) }
		NR == 2 || (NR > 2 && /\[quarry_(tour|slub)/ && name == who)
	' $quarry/leaks
}

verdict_of() {
	rows_of "$1" | awk '
		NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i }
		NR > 1 {
			lost += $column["lost_objs"]
			indirect += $column["indirect_objs"]
			held += $column["held_objs"]
			interior += $column["interior_objs"]
		}
		END { print lost + 0, indirect + 0, held + 0, interior + 0 }'
}

# Of a case that is committed.
expected_of() {
	awk -v who="$1" '$6 == who { print $1, $2, $3, $4 }' $tour/expect
}

is_large() {
	awk -v who="$1" '$6 == who { large = $5 } END { exit !large }' $tour/expect
}

# as_expected FUNC VERDICT EXPECTED: the same; of what is large, a few blocks
# may be hidden by stray words.
as_expected() {
	[ -n "$3" ] || return 1
	if is_large "$1"; then
		echo "$2 $3" | awk '{
			exit !($1 + $4 == $5 && $2 == $6 && $3 == $4 &&
			       $4 * 10 <= $5)
		}'
	else
		[ "$2" = "$3" ]
	fi
}

# hidden VERDICT EXPECTED: as many objects, but fewer of them lost, or held by an
# interior pointer alone.
hidden() {
	echo "$1 $2" | awk '{ exit !($1 + $2 + $3 == $5 + $6 + $7 &&
		$1 <= $5 && $2 <= $6 && ($1 + $2 < $5 + $6 || $4 < $8)) }'
}

# in_words VERDICT: "1 lost, 9 indirect".
in_words() {
	echo "$1" | awk '{
		text = $1 ? ", " $1 " lost" : ""
		text = text ($2 ? ", " $2 " indirect" : "")
		text = text ($3 ? ", " $3 " held" : "")
		text = text ($4 ? ", " $4 " by an interior pointer" : "")
		print text ? substr(text, 3) : "nothing"
	}'
}

# KASAN keeps what SLUB frees, old words and all, until the cache is shrunk.  The
# names looked up for that keep what the kernel has of a cache in sysfs.
empty_kasan() {
	grep -q ' kasan_report$' /proc/kallsyms || return 0
	for cache in /sys/kernel/slab/*/shrink; do
		echo 1 >"$cache"
	done
	echo 2 >/proc/sys/vm/drop_caches
}

# What points to the objects of function $1, by one more scan.
holders_of() {
	site=$(rows_of "$1" | awk 'NR == 2 {
		print $(NF - 2) ~ /:[0-9]+$/ ? $(NF - 2) : $NF }')
	[ -n "$site" ] && echo "$site" >$quarry/holders && cat $quarry/holders
}

scan() {
	empty_kasan
	echo scan >$quarry/scan
}

commit() {
	echo "$1" >$tour/do
}

# What is allocated next lies elsewhere: what was used last is given back, and
# somebody else takes it.
elsewhere() {
	[ "$(func_of aside)" != set_aside ] || commit aside
	echo 1 >$quarry/heap/default/shrink
	dd if=/dev/zero of=/tmp/elsewhere.$1 bs=64k count=128 2>/dev/null
}

undo() {
	echo undo >$tour/do
}

# There are more tries; who points to what is looked for, which takes long, in the
# last.
is_to_come_again() {
	[ "${try:-3}" -lt 3 ] && hidden "$verdict" "$expected"
}

# What stays of a case would be in the way of others: it is undone always.
gives_its_verdict() {
	func=$(func_of "$1")
	commit "$1" || return 1
	scan
	verdict=$(verdict_of "$func")
	expected=$(expected_of "$func")
	status=0
	as_expected "$func" "$verdict" "$expected" || status=1
	[ "$verdict" = "$expected" ] || {
		echo "# $func: $(in_words "$verdict"), expected" \
			"$(in_words "$expected")"
		rows_of "$func" | sed 's/^/# /'
		[ $status -eq 0 ] || is_to_come_again ||
			holders_of "$func" | sed 's/^/# /'
	}
	undo && return $status
}

# A stale word somewhere in the kernel may hide a loss, one case in hundreds: it
# is not where the next objects lie.
in_three_tries() {
	for try in 1 2 3; do
		gives_its_verdict "$1" && return
		hidden "$verdict" "$expected" || return 1
		echo "# try $try: hidden"
		elsewhere "$try"
	done
	return 1
}

# ---------------------------------------------------------------- misuse

is_misuse() {
	awk -v name="$1" 'NR > 2 && $1 == name { found = 1 }
		END { exit !found }' $tour/misuses
}

# misuse_field NAME COLUMN: what is expected, "-" for nothing.
misuse_field() {
	awk -v name="$1" -v wanted="$2" '
		NR == 2 { for (i = 1; i <= NF; i++) column[$i] = i }
		NR > 2 && $1 == name {
			if (wanted == "place")
				sub(/^([^ ]+ ){8}/, "")
			else
				$0 = $column[wanted]
			print
		}' $tour/misuses
}

last_finding() {
	awk '/^finding: / { nr = $2 } END { print nr + 0 }' $quarry/findings
}

findings_after() {
	awk -v nr="$1" '/^finding: / { on = $2 > nr } on' $quarry/findings
}

# deviations NAME: in the findings that are read; each is a line.
deviations() {
	awk -v kind="$(misuse_field "$1" kind)" \
	    -v allocator="$(misuse_field "$1" allocator)" \
	    -v freer="$(misuse_field "$1" freer)" \
	    -v caller="$(misuse_field "$1" caller)" \
	    -v place="$(misuse_field "$1" place)" \
	    -v bytes="$(misuse_field "$1" damage_bytes)" '
		function expect(name, wanted) {
			if (!(name in value) || value[name] != wanted)
				print name ": " value[name] ", expected " wanted
		}
		# The name in "file:line name [module]" or "name+0x12/0x34".
		function func_of(name, text) {
			text = value[name]
			if (text ~ /^[^ ]+:[0-9]+ /)
				sub(/^[^ ]+ /, "", text)
			sub(/[+ ].*/, "", text)
			value[name] = text
		}
		/^finding: / { nr++ }
		{
			name = $1
			sub(/:$/, "", name)
			sub(/^[^ ]+ /, "")
			if (!(name in value))
				value[name] = $0
		}
		/\^\^/ { marks += gsub(/\^\^/, "") }
		END {
			if (nr != 1)
				print nr + 0 " findings instead of one"
			func_of("allocated_at")
			func_of("freed_by")
			func_of("caller")
			expect("kind", kind)
			expect("allocated_at", allocator)
			expect("freed_by", freer)
			expect("caller", caller)
			expect("place", place)
			expect("damage_bytes", bytes ? bytes : "-")
			if (marks != bytes)
				print marks + 0 " bytes are marked"
		}'
}
