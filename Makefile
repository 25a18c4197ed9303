# SPDX-License-Identifier: GPL-2.0-only
# The front door.  Every target delegates: kbuild builds modules, tests/ does
# the rest.  All products go to build/; the tree itself stays clean.
#
# Kbuild writes beside the sources it reads, so it is given a directory of
# links to them, one for each kernel release.

MAKEFLAGS += --no-print-directory

KDIR	?= /lib/modules/$(shell uname -r)/build
PREFIX	?= /usr
DESTDIR	?=

release	:= $(shell sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' \
	$(KDIR)/include/generated/utsrelease.h 2>/dev/null)
kmod	:= build/kmod/$(release)
linked	:= Kbuild module tests
# One at a time in one directory.  Without vmlinux or pahole there is no BTF to
# make, and kbuild would say so for each module, or fail.
btf	= $(and $(wildcard $(KDIR)/vmlinux),$(shell command -v pahole))
kbuild	= flock $(kmod)/.lock $(MAKE) -C $(KDIR) M=$(CURDIR)/$(kmod) \
	$(if $(btf),,CONFIG_DEBUG_INFO_BTF_MODULES=)

.PHONY: all module test-modules links stock demo tour check check-kernels \
	check-debug coverage valgrind lint bench bench-native mirror install \
	install-dev install-dkms deb clean help

all: module

help:		## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1	/p' $(MAKEFILE_LIST) | expand -t 24
	@echo
	@echo 'KDIR=DIR builds for the kernel of those headers; W=1 and C=2 work'
	@echo 'as in the kernel. DESTDIR= and PREFIX=/usr place an installation.'
	@echo 'CI=true installs missing tools without asking.'

module: links	## quarry.ko for the running kernel, or for KDIR=
	@tests/setup build
	+$(kbuild) modules
	@ln -sfn kmod/$(release)/quarry.ko build/quarry.ko
	@echo '$(kmod)/quarry.ko'

test-modules: links	## quarry.ko and the modules of the tests
	@tests/setup build
	+$(kbuild) CONFIG_QUARRY_TESTS=m modules

stock:		## the same for Debian's stock kernel, the one that is booted
	@tests/setup build
	+@$(MAKE) KDIR=$$(tests/stock headers) test-modules

links:
	@if [ -z '$(release)' ]; then \
		echo 'No kernel headers in $(KDIR).'; \
		echo 'Install them (apt-get install linux-headers-$(shell \
		uname -r)), or give KDIR=, or make stock.'; \
		exit 1; \
	fi >&2
	@for path in $(linked); do \
		mkdir -p $(kmod)/$$(dirname $$path) && \
		cp -rsfT $(CURDIR)/$$path $(kmod)/$$path || exit 1; \
	done
	@find -L $(kmod) -type l -delete

mirror:		## build/mirror/libquarry.a, the same allocator in userspace
	+@$(MAKE) -C userspace

demo:		## boots a stock kernel, inserts quarry, replays real streams
	@tests/vm/demo

tour:		## boots it, makes the classic mistakes, shows quarry's verdicts
	@tests/vm/tour

check:		## all tests; MORE=1: real drivers, 6.12 and 6.1 RT, too
	@tests/check $(if $(MORE),--more)

check-kernels:	## the tests in the kernel on 6.1 RT, 6.12, 6.12 RT, 7.2
	@tests/check-kernels

check-debug:	## the same on kernels with KASAN, KCSAN, lockdep, RT
	@tests/check-debug

coverage:	## lines and branches of module/core that the mirror's tests reach
	@tests/coverage/run

valgrind:	## the mirror's tests under valgrind
	@tests/valgrind/run

lint:		## style, layering, static analysis
	@tests/setup lint
	@tests/lint/run

bench:		## instructions and bytes against SLUB
	@tests/setup bench
	@tests/bench/run

bench-native:	## time: the mirror against other mallocs, the module in UML
	@tests/bench/native

src	:= $(DESTDIR)$(PREFIX)/src/quarry
install: module install-dev	## module, symbols and install-dev; DESTDIR= and PREFIX=
	install -D -m 644 $(kmod)/quarry.ko \
		$(DESTDIR)/lib/modules/$(release)/updates/quarry.ko
	install -D -m 644 $(kmod)/Module.symvers \
		$(src)/$(release)/Module.symvers
	$(if $(DESTDIR),,depmod $(release))

install-dev:	## headers and quarry-graft alone; DESTDIR= and PREFIX=
	install -d $(src)/include/quarry
	install -m 644 module/include/quarry/*.h $(src)/include/quarry/
	install -D -m 755 userspace/quarry-graft \
		$(DESTDIR)$(PREFIX)/sbin/quarry-graft
	install -D -m 644 userspace/quarry-graft.8 \
		$(DESTDIR)$(PREFIX)/share/man/man8/quarry-graft.8

version	:= $(shell sed -n 's/^\#define QR_VERSION.*"\(.*\)"/\1/p' \
	module/core/version.h)
dkms	:= $(DESTDIR)$(PREFIX)/src/quarry-$(version)
install-dkms:	## sources for DKMS to build from; DESTDIR= and PREFIX=
	install -d $(dkms)
	sed 's/#MODULE_VERSION#/$(version)/' dkms.conf >$(dkms)/dkms.conf
	cp -rT module $(dkms)/module
	install -m 644 Kbuild COPYING $(dkms)/

deb:		## Debian packages in build/deb: quarry-dkms and quarry-dev
	@tests/setup deb
	rm -rf build/deb
	mkdir -p build/deb/quarry-$(version)
	tar --exclude=./build --exclude=./.git -cf - . | \
		tar -C build/deb/quarry-$(version) -xf -
	cd build/deb/quarry-$(version) && dpkg-buildpackage --no-sign

clean:		## removes build/
	rm -rf build
