# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Packages that the machine's own release has not, of a later suite of the same
# archive: apt with lists, cache, state and sources of its own, so that nothing
# on the machine changes.  Sourced by who fetches; needs $tmp, a directory that
# is taken away in the end.

apt_codename() {
	sed -n 's/^VERSION_CODENAME=//p' /etc/os-release
}

# Address, key ring, proxies and the like are those of the machine's apt.
apt_at() {
	# shellcheck disable=SC2154
	local dir=$tmp/apt command=$1

	shift
	"$command" -q -o "Dir::Etc::SourceList=$dir/sources.list" \
		-o Dir::Etc::SourceParts=/dev/null \
		-o Dir::Etc::Preferences=/dev/null \
		-o Dir::Etc::PreferencesParts=/dev/null \
		-o "Dir::State=$dir/state" -o "Dir::Cache=$dir/cache" \
		-o "Dir::State::Status=$dir/status" \
		-o Acquire::Languages=none -o APT::Sandbox::User="$(id -un)" "$@"
}

# The archive that the machine's own release comes from.
apt_archive() {
	# shellcheck disable=SC2016
	apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' \
		'Created-By: Packages' |
	awk -v codename="$(apt_codename)" '$2 == "main" && $1 == codename {
		print $3; exit }'
}

# private_apt SUITE: makes the configuration of apt_at and reads its lists.
private_apt() {
	local dir=$tmp/apt uri options="arch=amd64" ring

	uri=$(apt_archive)
	[ -n "$uri" ] || {
		echo "apt names no archive of this machine's release" >&2
		return 1
	}
	ring=/usr/share/keyrings/debian-archive-keyring.gpg
	[ ! -r "$ring" ] || options+=" signed-by=$ring"
	rm -rf "$dir"
	mkdir -p "$dir"/state/lists/partial "$dir"/cache/archives/partial
	: >"$dir/status"
	echo "deb [$options] $uri $1 main" >"$dir/sources.list"
	apt_at apt-get update >&2
}
