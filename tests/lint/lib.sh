# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What the checks share.  A check runs in the top directory of the tree, prints
# its findings, and ends with status 0, 1 (findings) or 4 (skipped).
set -euo pipefail

# Ends the check: its tool is not here.
skip() {
	echo "$*"
	exit 4
}

# need COMMAND PACKAGE
need() {
	PATH=$PATH:/usr/sbin:/sbin command -v "$1" >/dev/null ||
		skip "$1 is not installed (package $2)"
}

# Prints what it reads, and fails when there was something.
none() {
	! grep .
}

# Lines of a compiler or of modpost that are not just talk.
complaints() {
	grep -E '(warning|error):|^(WARNING|ERROR):' || true
}

# files NAME...: the project's own files whose name matches one of the patterns,
# without what a build left behind.
files() {
	local name expression=()

	for name in "$@"; do
		expression+=(-o -name "$name")
	done
	find . \( -path ./build -o -path ./.git \) -prune -o -type f \
		\( "${expression[@]:1}" \) \
		! -name '*.mod.c' ! -name '.*.cmd' ! -name '*.[oad]' \
		! -name '*.ko' ! -name '*.mod' -print |
		sed 's|^\./||' | LC_ALL=C sort
}

# The same without the names' contents mattering: files that begin with "#!".
scripts() {
	files '*' | while read -r file; do
		case $file in
		*.sh)	echo "$file" ;;
		*)	[ "$(head -c 2 "$file" | tr -d '\0')" != '#!' ] ||
				echo "$file" ;;
		esac
	done
}

# in_stock WHAT PACKAGE: a path that tests/stock finds or fetches.
in_stock() {
	tests/stock "$1" ||
		skip "no $1 here, and none to be fetched (package $2)"
}

# mirror COMPILER: builds the mirror in a directory of the lint's own and prints
# what the compiler has to say.  Fails when the build does.
mirror() {
	local out=$PWD/build/lint/mirror-$1

	mkdir -p "$out"
	nice make -s -k -j2 -C userspace "CC=$1" "out=$out" 2>&1 |
		{ grep -vE '^  (CC|AR) |libquarry\.a$' || true; } |
		sed "s|$PWD/||g"
}

# module NAME OPTION...: builds all modules anew, in a directory of links to the
# sources, and prints what make has to say.  Fails when the build does.
module() {
	local dir=build/lint/$1 kdir=${KDIR:-} path

	shift
	[ -n "$kdir" ] || kdir=$(in_stock headers linux-headers-cloud-amd64)
	rm -rf "$dir"
	mkdir -p "$dir"
	for path in Kbuild module tests; do
		cp -rsT "$PWD/$path" "$dir/$path"
	done
	nice make -k -j2 -C "$kdir" M="$PWD/$dir" CONFIG_QUARRY_TESTS=m "$@" \
		modules 2>&1 | sed "s|$PWD/$dir/||g; s|$PWD/||g"
}
