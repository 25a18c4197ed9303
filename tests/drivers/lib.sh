# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# How each driver is used, through what it is there for; what it says and
# does, and no address or time, is on standard output.  Each calls peek while
# the driver has something.

# Three disks of 768 MiB, which take memory as they are written, empty.
disks() {
	rmmod brd
	modprobe brd rd_nr=3 rd_size=786432
}

# 50 files of a device that can be polled.
use_vpoll() {
	used=0
	for round in $(seq 50); do
		: </dev/vpoll && used=$((used + 1))
	done
	peek 3</dev/vpoll
	echo "$used of 50 opened"
}

# A cache on a fast disk before a slow one: written, read, read past caches.
use_dm_writeboost() {
	disks || return 1
	dmsetup create wb --table "0 131072 writeboost /dev/ram0 /dev/ram1" ||
		return 1
	seq 700000 | head -c 4000000 >/tmp/data
	dd if=/tmp/data of=/dev/mapper/wb bs=64k conv=fsync 2>/dev/null
	dd if=/tmp/data of=/dev/mapper/wb bs=4k seek=3000 count=200 \
		conv=fsync 2>/dev/null
	echo 3 >/proc/sys/vm/drop_caches
	head -c 20000000 /dev/mapper/wb | md5sum
	peek
	dmsetup message wb 0 drop_caches
	dmsetup table wb | cut -d ' ' -f 1-3
	dmsetup remove wb && echo removed
}

# A file system: files, directories, links, names that go; all twice.
use_apfs() {
	disks && mkapfs /dev/ram2 >/dev/null && mkdir -p /tmp/apfs || return 1
	mount -t apfs -o readwrite /dev/ram2 /tmp/apfs || return 1
	mkdir /tmp/apfs/dir
	for round in $(seq 40); do
		seq $((round * 100)) >/tmp/apfs/dir/file$round
		ln -s file$round /tmp/apfs/dir/link$round
	done
	sync
	for round in $(seq 40); do readlink /tmp/apfs/dir/link$round; done |
		md5sum
	rm /tmp/apfs/dir/file1? /tmp/apfs/dir/link2?
	mv /tmp/apfs/dir/file30 /tmp/apfs/moved
	umount /tmp/apfs || return 1
	mount -t apfs -o readwrite /dev/ram2 /tmp/apfs || return 1
	(cd /tmp/apfs && ls -R . && cat dir/file2? dir/link3 moved | md5sum)
	peek
	umount /tmp/apfs && echo unmounted
}
