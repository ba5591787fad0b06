# rind: build, check, install.
#
#   make setup        install what the build and the tests need, with apt-get, as root or by sudo; elsewhere name the
#                     packages.  SETUP='--lint --fuzz' for what other targets need besides: see scripts/setup
#   make              build/rind, build/librind.a and build/librind.so
#   make static       build/rind-static: the same without debugging information, one file that needs no
#                     other; says what is in it, and fails where that cannot be had
#   make run          the demonstration; make run CMD='…' runs that command in a sandbox, here
#   make check        unit tests, then system tests, then a sample of these on furnished hosts
#   make asan         the same tests with the address and undefined-behaviour sanitizers
#   make attack       every known way out, tried from inside, with its outcome as root and as a user
#   make check-fuzz   each fuzz target for FUZZ_SECONDS=30; make fuzz, for 12 minutes, goes on from the last time
#   make fault        every system call of rind's made to fail, to do nothing and to kill, one at a time:
#                     tens of thousands of runs, a quarter of an hour; FAULT='-n 100' a sample of them
#   make fault-classic  the same as on a kernel without the newer system calls, which takes hours
#   make check-old-kernels  the system suite as on kernels without the newer system calls, each alone and all
#                     together: two hours; WITHOUT='clone3 statx' some of them
#   make check-furnished  the whole system suite on hosts furnished like people's machines: an hour;
#                     FURNISHED='desktop container' on some of them
#   make compare      rind bwrap beside bubblewrap, at length: thousands of random plans, real clients
#   make check-vm     the system tests on other kernels, in virtual machines: Linux 5.10, 6.1, 6.12 and, for arm64,
#                     6.1; VM='-k limits bookworm' some of it.  Hours, where there is no /dev/kvm
#   make check-distros  both of README's commands in fresh roots of Debian 12, 13 and sid, with gcc and clang, glibc and
#                     musl, and the static file in a busybox root; DISTROS='-b debian-13' some of it.  Needs root
#   make lint         static analysis and the project's own checks
#   make format       lay the C files out by .clang-format; format-check only looks
#   make bench        what a sandbox costs, beside the least possible, the bare command and bwrap:
#                     a table, build/bench.json and pictures; QUICK=1 for less than a minute
#   make install      PREFIX=/usr/local, DESTDIR=; make uninstall takes it away again
#   make install-program  the same without the library; make install-library that alone
#   make install-bwrap  the same, and the name bwrap, a link to it
#   make deb          a Debian package, in build
#   make dist         build/rind-VERSION.tar.gz of what is committed, and build/SHA256SUMS
#   make compile_commands.json  how each file is compiled, for clangd and other tools
#
# MUSL=0 links build/rind with the C library of CC, as naming a CC does; STATIC=0 does that dynamically.
# SHARED=0 leaves the shared library out.
# CC=musl-gcc makes build/rind and the libraries with musl; the tools of the build are BUILD_CC's, which is gcc where
# CC has no libseccomp and libcap.  librind.a of any CC links with glibc and with musl.
# WERROR=1 makes warnings errors, V=1 shows the commands.
# CROSS=aarch64-linux-gnu- builds with that prefix's compiler for that machine, into build/aarch64-linux-gnu;
# `make check-cross` tries the result of `make static` under qemu.
# New files in src/, tests/unit/ and tests/system/ are picked up by their place.
#
# Nothing but `make setup` installs anything on the machine.  A target that lacks something says what it is, and with
# which SETUP= that is installed, and stops.
#
# This file has what people set and call; build.mk how things are built, checks.mk what runs and checks them.

CROSS ?=
ifeq ($(origin CC),default)
CC := $(CROSS)gcc
else
CC_GIVEN := 1
MUSL := 0
endif
ifeq ($(origin AR),default)
AR := $(CROSS)ar
endif
OBJCOPY ?= $(CROSS)objcopy
STRIP ?= $(CROSS)strip
CLANG ?= clang
PKG_CONFIG ?= pkg-config
CLANG_FORMAT ?= clang-format

PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
PKGCONFIGDIR ?= $(LIBDIR)/pkgconfig
MANDIR ?= $(PREFIX)/share/man
DOCDIR ?= $(PREFIX)/share/doc/rind
BASHDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR ?= $(PREFIX)/share/zsh/site-functions
FISHDIR ?= $(PREFIX)/share/fish/vendor_completions.d

STATIC ?= auto
MUSL ?= auto
SHARED ?= 1
WERROR ?= 0
QUICK ?= 0
V ?= 0

# These call make again, which is to have the files for itself: several goals are made one after the other.
ALONE := setup static run check attack asan check-fuzz fuzz fault fault-classic check-old-kernels check-furnished check-vm \
	check-distros check-cross compare bench lint deb clean
ifneq ($(filter $(ALONE),$(MAKECMDGOALS)),)
ifneq ($(word 2,$(MAKECMDGOALS)),)
.NOTPARALLEL:
endif
endif

.DEFAULT_GOAL := all
.PHONY: all setup static _static completions
.PHONY: install install-program install-library install-bwrap uninstall deb dist clean

include build.mk
include checks.mk

all: $(RIND) $(LIBRIND) $(LIBRIND_SHARED)

SETUP ?=

setup:
	@scripts/setup $(SETUP)

# One file to be copied to where there is nothing else.
static:
	@scripts/setup --check
	@[ -n "$$(scripts/probe-static $(CC))" ] || { echo 'static: $(CC) cannot link with a static' \
		'C library here; make setup installs one, or names the packages' >&2; exit 1; }
	@+$(MAKE) --no-print-directory STATIC=1 _static

_static: $(RIND)-static
	@READELF=$(CROSS)readelf scripts/static-report $< $(RIND).map

# --- install -------------------------------------------------------------------------------------

MAN_PAGES := $(wildcard man/*.1)
DOCUMENTS := $(wildcard LICENSE README.md SECURITY.md CHANGELOG.md docs/bwrap.md docs/apparmor-profile)

install-program: $(RIND) completions
	install -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(MANDIR)/man1 $(DESTDIR)$(DOCDIR) \
		$(DESTDIR)$(BASHDIR) $(DESTDIR)$(ZSHDIR) $(DESTDIR)$(FISHDIR)
	install -m 755 $(RIND) $(DESTDIR)$(BINDIR)/rind
	for page in $(MAN_PAGES:man/%=%); do \
		sed 's/@VERSION@/$(RIND_VERSION)/' man/$$page >$(DESTDIR)$(MANDIR)/man1/$$page && \
		chmod 644 $(DESTDIR)$(MANDIR)/man1/$$page || exit 1; \
	done
	install -m 644 $(DOCUMENTS) $(DESTDIR)$(DOCDIR)
	install -m 644 $(BUILD)/completions/rind.bash $(DESTDIR)$(BASHDIR)/rind
	install -m 644 $(BUILD)/completions/rind.zsh $(DESTDIR)$(ZSHDIR)/_rind
	install -m 644 $(BUILD)/completions/rind.fish $(DESTDIR)$(FISHDIR)/rind.fish

install: install-program install-library

# Where $(LIBDIR) is one of the loader's own, it finds new libraries by its cache.
install-library: $(LIBRIND) $(LIBRIND_SHARED)
	install -d $(DESTDIR)$(LIBDIR) $(DESTDIR)$(INCLUDEDIR) $(DESTDIR)$(PKGCONFIGDIR)
	install -m 644 $(LIBRIND) $(DESTDIR)$(LIBDIR)/librind.a
	$(if $(LIBRIND_SHARED),install -m 644 $(SHARED_FILE) $(DESTDIR)$(LIBDIR)/$(notdir $(SHARED_FILE)))
	$(if $(LIBRIND_SHARED),ln -sf $(notdir $(SHARED_FILE)) $(DESTDIR)$(LIBDIR)/$(SHARED_NAME))
	$(if $(LIBRIND_SHARED),ln -sf $(SHARED_NAME) $(DESTDIR)$(LIBDIR)/librind.so)
	install -m 644 include/rind.h $(DESTDIR)$(INCLUDEDIR)/rind.h
	sed -e 's|@PREFIX@|$(PREFIX)|; s|@VERSION@|$(RIND_VERSION)|' \
		-e 's|@LIBDIR@|$(patsubst $(PREFIX)/%,$${prefix}/%,$(LIBDIR))|' \
		-e 's|@INCLUDEDIR@|$(patsubst $(PREFIX)/%,$${prefix}/%,$(INCLUDEDIR))|' \
		rind.pc.in >$(DESTDIR)$(PKGCONFIGDIR)/rind.pc
	chmod 644 $(DESTDIR)$(PKGCONFIGDIR)/rind.pc
	$(if $(DESTDIR),,ldconfig 2>/dev/null || true)

# The name by which programs look for a bwrap: before /usr/bin in PATH, or with PREFIX=/usr in its place.
install-bwrap: install
	ln -sf rind $(DESTDIR)$(BINDIR)/bwrap

uninstall:
	if [ "$$(readlink $(DESTDIR)$(BINDIR)/bwrap)" = rind ]; then rm $(DESTDIR)$(BINDIR)/bwrap; fi
	rm -f $(DESTDIR)$(BINDIR)/rind $(DESTDIR)$(LIBDIR)/librind.a \
		$(addprefix $(DESTDIR)$(LIBDIR)/,$(notdir $(SHARED_FILE)) $(SHARED_NAME) librind.so) \
		$(DESTDIR)$(INCLUDEDIR)/rind.h $(DESTDIR)$(PKGCONFIGDIR)/rind.pc \
		$(MAN_PAGES:man/%=$(DESTDIR)$(MANDIR)/man1/%) \
		$(addprefix $(DESTDIR)$(DOCDIR)/,$(notdir $(DOCUMENTS))) \
		$(DESTDIR)$(BASHDIR)/rind $(DESTDIR)$(ZSHDIR)/_rind $(DESTDIR)$(FISHDIR)/rind.fish
	rmdir $(DESTDIR)$(DOCDIR) 2>/dev/null || true

deb:
	@scripts/setup --check
	@rm -rf $(OUT)/deb-root
	@+$(MAKE) --no-print-directory static
	@+$(MAKE) --no-print-directory install-program PREFIX=/usr DESTDIR=$(OUT)/deb-root \
		ZSHDIR=/usr/share/zsh/vendor-completions STATIC=1
	@scripts/build-deb $(OUT)/deb-root $(RIND)-static $(OUT)

# What is committed, without git; it builds by itself.
dist:
	@scripts/dist $(BUILD)

clean:
	rm -rf $(BUILD) compile_commands.json
