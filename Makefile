# rind: build, check, install.
#
#   make              build/rind and build/librind.a
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
#   make check-old-kernels  the whole system suite as on kernels without the newer system calls, each alone and all
#                     together: half an hour; WITHOUT='clone3 statx' some of them
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
#   make install-program  the same without the library
#   make install-bwrap  the same, and the name bwrap, a link to it
#   make deb          a Debian package, in build
#
# MUSL=0 links build/rind with the C library of CC, as naming a CC does; STATIC=0 does that dynamically.
# CC=musl-gcc makes build/rind and build/librind.a with musl; the tools of the build are BUILD_CC's, which is gcc where
# CC has no libseccomp and libcap.  librind.a of any CC links with glibc and with musl.
# WERROR=1 makes warnings errors, V=1 shows the commands.
# CROSS=aarch64-linux-gnu- builds with that prefix's compiler for that machine, into build/aarch64-linux-gnu;
# `make check-cross` tries the result of `make static` under qemu.
# New files in src/, tests/unit/ and tests/system/ are picked up by their place.
#
# run, check, attack, asan, check-fuzz, fuzz, fault, fault-classic, check-old-kernels, check-furnished, bench and lint
# first call scripts/setup, which installs what is missing, and then call make again: what a recipe below asks of the
# machine (pkg-config, a static C library) has to be asked after that.

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
MANDIR ?= $(PREFIX)/share/man
DOCDIR ?= $(PREFIX)/share/doc/rind
BASHDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR ?= $(PREFIX)/share/zsh/site-functions
FISHDIR ?= $(PREFIX)/share/fish/vendor_completions.d

# One variant is one set of flags with objects and results of its own:
# release; program, which is build/rind of release, with a C library of its own where that can be had;
# tools, which run while the others are built; asan; fuzz, which is clang's, with the sanitizers of asan; analyze,
# which is compiled to be looked at by the compiler and never linked.
VARIANT ?= release
STATIC ?= auto
MUSL ?= auto
WERROR ?= 0
QUICK ?= 0
V ?= 0

# These call make again, which is to have the files for itself: several goals are made one after the other.
ALONE := static run check attack asan check-fuzz fuzz fault fault-classic check-old-kernels check-furnished check-vm \
	check-distros check-cross compare bench lint deb clean
ifneq ($(filter $(ALONE),$(MAKECMDGOALS)),)
ifneq ($(word 2,$(MAKECMDGOALS)),)
.NOTPARALLEL:
endif
endif

.DELETE_ON_ERROR:
.SECONDARY:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules

# --- where things go -----------------------------------------------------------------------------

# The machine that is built for, as its compiler calls it; empty: this one.
TARGET := $(patsubst %-,%,$(notdir $(CROSS)))

BUILD := build
OBJ := $(BUILD)/obj/$(VARIANT)$(TARGET:%=-%)
OUT := $(if $(filter release program,$(VARIANT)),$(BUILD),$(BUILD)/$(VARIANT))$(TARGET:%=/%)
GENERATED := $(BUILD)/generated$(TARGET:%=/%)

RIND := $(OUT)/rind
# What rind itself and the tests link, with every function in it; and what other programs link.
LIBRARY := $(OBJ)/library.a
LIBRIND := $(OUT)/librind.a

# --- sources -------------------------------------------------------------------------------------

# Tools of the build, each of which writes one header.  The filter rules need libseccomp: they are
# compiled into a tool, and into its test, only.
GENERATOR_SOURCES := src/base/errno_compile.c src/plan/capability_compile.c src/plan/filter_compile.c
RULES_SOURCES := $(addprefix src/plan/,filter_export.c filter_guard.c filter_rules.c)
LIBRARY_SOURCES := $(filter-out $(GENERATOR_SOURCES) $(RULES_SOURCES), \
	$(wildcard $(patsubst %,src/%/*.c,base plan policy mount mount/classic ops child supervisor)))
CLI_SOURCES := $(wildcard src/cli/*.c src/cli/*/*.c)
UNIT_SOURCES := $(wildcard tests/unit/*.c)
SOURCES := $(LIBRARY_SOURCES) $(CLI_SOURCES) $(GENERATOR_SOURCES) $(RULES_SOURCES)
C_FILES = $(sort $(shell find src include tests scripts completions -name '*.[ch]'))

LIBRARY_OBJECTS := $(LIBRARY_SOURCES:%.c=$(OBJ)/%.o)
CLI_OBJECTS := $(CLI_SOURCES:%.c=$(OBJ)/%.o)
UNIT_OBJECTS := $(UNIT_SOURCES:%.c=$(OBJ)/%.o)
# replay.c is compiled for each of them, with the path of its corpus.
FUZZ_OBJECTS := $(patsubst %.c,$(OBJ)/%.o,$(filter-out %/replay.c,$(wildcard tests/fuzz/*.c)))
UNIT_TESTS := $(patsubst tests/unit/test_%.c,$(OUT)/tests/test_%,$(wildcard tests/unit/test_*.c))
FUZZ_TARGETS := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_REPLAYS := $(FUZZ_TARGETS:%=$(OUT)/tests/replay_%)
FUZZERS := $(FUZZ_TARGETS:%=$(OUT)/fuzz_%)

# For tests, as archives, so that a test links what it refers to and nothing else.
CLI_ARCHIVE := $(OBJ)/cli.a
RULES_ARCHIVE := $(OBJ)/rules.a

# The tools are always of this machine: what they write depends on the machine that the filters are for, and not on
# where and with what it was built.
FILTER_OBJECTS := $(patsubst %.c,$(OBJ)/%.o,src/plan/filter_compile.c $(RULES_SOURCES))
TOOLS := $(addprefix $(BUILD)/,errno-compile capability-compile filter-compile)
# Set before the first rule that names them: a prerequisite is expanded where it is read.
HEADERS := $(addprefix $(GENERATED)/,errno_texts.h capability_names.h filter_programs.h)
COMPLETIONS := $(addprefix $(BUILD)/completions/,rind.bash rind.zsh rind.fish)

# --- flags ---------------------------------------------------------------------------------------

WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
	-Wwrite-strings -Wvla
# librind.a is not fortified: it would call __memcpy_chk and its kin, which only glibc has, and could not be linked
# into a program of another C library.
HARDENING := -fstack-protector-strong -U_FORTIFY_SOURCE $(if $(filter release,$(VARIANT)),,-D_FORTIFY_SOURCE=2)
# -fPIC although rind itself is linked without: librind.a is for other people's programs and shared objects as well.
# A section for each function, so that the linker leaves out what nobody refers to.  -Os would take off
# another 3 %.
# Hidden: a shared object that librind.a is linked into calls its own functions, whatever another has by these names.
OPTIMIZE = -O2 -g -f$(if $(filter release,$(VARIANT)),PIC,PIE) -fvisibility=hidden -ffunction-sections -fdata-sections

ifeq ($(VARIANT),asan)
OPTIMIZE := -O1 -g -fPIE -fno-omit-frame-pointer
# Fortified calls go around the sanitizer's own.
HARDENING := -fsanitize=address,undefined -fno-sanitize-recover=all
override STATIC := 0
endif
ifeq ($(VARIANT),fuzz)
override CC := $(CLANG)
OPTIMIZE := -O1 -g -fPIE -fno-omit-frame-pointer
HARDENING := -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
endif
$(OBJ)/src/%.o: ANALYZE := $(if $(filter analyze,$(VARIANT)),-fanalyzer)

ALL_CPPFLAGS = -D_GNU_SOURCE -Isrc -Iinclude $(if $(CC_GIVEN),$(KERNEL_HEADERS)) $(CPPFLAGS)
ALL_CFLAGS = -std=gnu17 $(OPTIMIZE) $(HARDENING) $(WARNINGS) $(if $(filter 1,$(WERROR)),-Werror) \
	$(CFLAGS) $(NO_LTO)
# Of objects for a later optimizer the names inside of librind.a could not be taken away.
NO_LTO := $(if $(filter release,$(VARIANT)),-fno-lto)
ALL_LDFLAGS = $(HARDENING) -Wl,-z,relro -Wl,-z,now -Wl,--as-needed -Wl,--gc-sections \
	$(LDFLAGS)

# Asked when first used and only once: `make clean` needs no pkg-config.
ask-once = $(eval $(1) := $$(shell $(2)))$($(1))
LIBCAP = $(call ask-once,LIBCAP,$(PKG_CONFIG) --libs libcap 2>/dev/null || echo -lcap)
# For a test only, which reads the table of mounts with both.
LIBMOUNT = $(call ask-once,LIBMOUNT,$(PKG_CONFIG) --libs mount 2>/dev/null || echo -lmount)
LIBSECCOMP = $(call ask-once,LIBSECCOMP,$(PKG_CONFIG) --libs libseccomp 2>/dev/null || \
	echo -lseccomp)

# A compiler that is named may not look for the kernel's headers, as musl-gcc does not.
KERNEL_HEADERS = $(call ask-once,KERNEL_HEADERS,scripts/kernel-headers $(BUILD)/kernel-headers $(CC))

# A good part of a sandbox's start time would be the C library's own start: glibc asks the processor what
# it can do, some 60 times, and in a virtual machine each of these is an exit to the host.  musl does not.
# librind.a is for programs that have a C library already, so only the program is linked with musl.
ifeq ($(VARIANT),program)
ifeq ($(MUSL)$(TARGET)$(filter 0,$(STATIC)),auto)
override CC = $(or $(call ask-once,MUSL_CC,scripts/probe-musl $(BUILD)/musl),gcc)
endif
OPTIMIZE += $(if $(STATIC_FLAGS),-fno-pie)
endif

# Loading shared libraries would be another.  Static without PIE: relocating a static PIE takes another
# 2 % of the time of running an empty program.
ifeq ($(STATIC),auto)
STATIC_FLAGS = $(call ask-once,STATIC_FLAGS,scripts/probe-static $(CC))
else
STATIC_FLAGS = $(if $(filter 1,$(STATIC)),-static)
endif

# musl-gcc, for one, has no other libraries.
ifeq ($(VARIANT),tools)
ifdef BUILD_CC
override CC := $(BUILD_CC)
else ifdef CC_GIVEN
override CC := $(if $(shell scripts/probe-tools $(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) $(LIBSECCOMP) \
	$(LIBCAP)),$(CC),gcc)
endif
endif

# --- how each kind of file is made ---------------------------------------------------------------

ifeq ($(V),0)
say = @printf '  %-8s %s\n' '$(1)' '$(2)';
endif

# Files that hold the flags, rewritten when these change, so that STATIC=0 or another CC is noticed.
# -Werror makes no other code: objects do not become old by it.  What is linked becomes old when a
# source file is gone, too.
$(OBJ)/compile-flags: flags = $(CC) $(ALL_CPPFLAGS) $(filter-out -Werror,$(ALL_CFLAGS))
$(OBJ)/link-flags: flags = $(CC) $(ALL_LDFLAGS) $(STATIC_FLAGS) $(SOURCES)
$(OBJ)/compile-flags $(OBJ)/link-flags: FORCE
	@mkdir -p $(@D)
	@echo '$(flags)' | cmp -s - $@ || echo '$(flags)' >$@

compile = $(call say,CC,$<)$(CC) $(ALL_CPPFLAGS) $(EXTRA_CPPFLAGS) $(ALL_CFLAGS) $(ANALYZE) \
	-MMD -MP -c -o $@ $<
archive = $(call say,AR,$@)mkdir -p $(@D) && rm -f $@ && $(AR) qcsD $@ $(filter %.o,$^)
link = $(call say,LINK,$@)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS)

.DEFAULT_GOAL := all
.PHONY: all objects unit-tests fuzzers static run check attack asan check-fuzz fuzz fault fault-classic compare lint bench format
.PHONY: format-check check-cross check-old-kernels check-furnished check-vm check-distros install install-program install-bwrap
.PHONY: uninstall completions deb clean
.PHONY: FORCE _tools _static _run _check _attack _check-fuzz _fuzz _fault _fault-classic _check-old-kernels _check-furnished
.PHONY: _compare _bench _lint
FORCE:

all: $(RIND) $(LIBRIND)
objects: $(SOURCES:%.c=$(OBJ)/%.o) $(UNIT_OBJECTS) $(FUZZ_OBJECTS)
unit-tests: $(UNIT_TESTS) $(FUZZ_REPLAYS)
fuzzers: $(FUZZERS)

$(OBJ)/%.o: %.c $(OBJ)/compile-flags
	@mkdir -p $(@D)
	$(compile)

$(OBJ)/src/%.o: EXTRA_CPPFLAGS := -I$(GENERATED)
$(OBJ)/src/base/error.o: $(GENERATED)/errno_texts.h
$(OBJ)/src/plan/capabilities.o: $(GENERATED)/capability_names.h
$(OBJ)/src/plan/filter.o: $(GENERATED)/filter_programs.h
$(OBJ)/tests/unit/%.o: EXTRA_CPPFLAGS := -DSOURCE_DIR='"$(CURDIR)"'

$(LIBRARY): $(LIBRARY_OBJECTS) $(OBJ)/link-flags
	$(archive)

# One object, in which only what rind.h declares is global: the linker would take a function of the program's, or of
# another library's, for one of the same name in here, and run it in the sandbox's init.
$(OBJ)/public-symbols: include/rind.h
	@mkdir -p $(@D)
	@grep -o '\brind_[a-z_]*(' $< | tr -d '(' | sort -u >$@

$(OBJ)/librind.o: $(LIBRARY_OBJECTS) $(OBJ)/public-symbols $(OBJ)/link-flags
	$(call say,LD,$@)$(CC) -nostdlib -r -o $@.all $(LIBRARY_OBJECTS)
	@$(OBJCOPY) --keep-global-symbols=$(OBJ)/public-symbols $@.all $@ && rm $@.all

$(LIBRIND): $(OBJ)/librind.o
	$(archive)

$(CLI_ARCHIVE): $(filter-out %/main.o,$(CLI_OBJECTS)) $(OBJ)/link-flags
	$(archive)

$(RULES_ARCHIVE): $(RULES_SOURCES:%.c=$(OBJ)/%.o) $(OBJ)/link-flags
	$(archive)

ifeq ($(VARIANT),release)
$(RIND): FORCE $(HEADERS)
	@+$(MAKE) -s --no-print-directory VARIANT=program $@
else
$(RIND): $(CLI_OBJECTS) $(LIBRARY) $(OBJ)/link-flags
	@mkdir -p $(@D)
	$(if $(STATIC_FLAGS)$(filter 0,$(STATIC)),,@echo 'note: no static C library here:' \
		'linking dynamically, which costs start time')
	$(link) $(if $(STATIC_FLAGS),$(STATIC_FLAGS),-pie) -Wl,-Map,$@.map -o $@ $(CLI_OBJECTS) \
		$(LIBRARY)
endif

# One file to be copied to where there is nothing else.
static:
	@scripts/setup
	@[ -n "$$(scripts/probe-static $(CC))" ] || { echo 'static: $(CC) cannot link with a static' \
		'C library here; scripts/setup names the packages' >&2; exit 1; }
	@+$(MAKE) --no-print-directory STATIC=1 _static

_static: $(RIND)-static
	@READELF=$(CROSS)readelf scripts/static-report $< $(RIND).map

VM ?=

DISTROS ?=

check-distros:
	@scripts/check-distros $(DISTROS)

check-vm:
	@scripts/setup --vm
	@scripts/check-vm $(VM)

check-cross: static
	@scripts/check-cross $(TARGET) $(RIND)-static

$(RIND)-static: $(RIND)
	$(call say,STRIP,$@)$(STRIP) -o $@ $<

$(OUT)/tests/test_%: $(OBJ)/tests/unit/test_%.o $(CLI_ARCHIVE) $(RULES_ARCHIVE) $(LIBRARY) \
		$(OBJ)/link-flags
	@mkdir -p $(@D)
	$(link) -pie -o $@ $(filter %.o %.a,$^) -lcmocka $(LIBSECCOMP) $(LIBMOUNT)

# What a target puts in the place of calls that would reach the host.
WRAPPED_gitdir := syscall
WRAPPED_bwrap := bwrap_read_all close setenv unsetenv clearenv realpath bwrap_report_repeated
fuzz-link = $(link) $(1) $(patsubst %,-Wl$(comma)--wrap=%,$(WRAPPED_$*)) -pie -o $@ $(filter %.o %.a,$^)
comma := ,

$(OUT)/fuzz_%: $(OBJ)/tests/fuzz/fuzz_%.o $(CLI_ARCHIVE) $(LIBRARY) $(OBJ)/link-flags
	@mkdir -p $(@D)
	$(call fuzz-link,-fsanitize=fuzzer)

# Each replay has the name of its corpus in it, so an object of its own.
$(OBJ)/tests/replay/%.o: tests/fuzz/replay.c $(OBJ)/compile-flags
	@mkdir -p $(@D)
	$(compile) -DCORPUS='"$(CURDIR)/tests/fuzz/corpus/$*"'

$(OUT)/tests/replay_%: $(OBJ)/tests/fuzz/fuzz_%.o $(OBJ)/tests/replay/%.o $(CLI_ARCHIVE) $(LIBRARY) \
		$(OBJ)/link-flags
	@mkdir -p $(@D)
	@mkdir -p $(@D)
	$(call fuzz-link)

ifeq ($(VARIANT),tools)
$(BUILD)/errno-compile: $(OBJ)/src/base/errno_compile.o
	$(link) -pie -o $@ $<

$(BUILD)/capability-compile: $(OBJ)/src/plan/capability_compile.o
	$(link) -pie -o $@ $< $(LIBCAP)

$(BUILD)/filter-compile: $(FILTER_OBJECTS)
	$(link) -pie -o $@ $^ $(LIBSECCOMP)

_tools: $(TOOLS)
else
# One make for all of them.  The recipe that does nothing has make look at the files again.
_tools: FORCE
	@+$(MAKE) -s --no-print-directory VARIANT=tools CROSS= $@

$(TOOLS): _tools
	@:
endif

generate = $(call say,GEN,$@)mkdir -p $(@D) && $< $@.new $(1) && mv $@.new $@

$(GENERATED)/errno_texts.h: $(BUILD)/errno-compile
	$(generate)

$(GENERATED)/capability_names.h: $(BUILD)/capability-compile
	$(generate)

$(GENERATED)/filter_programs.h: $(BUILD)/filter-compile
	$(call generate,$(firstword $(subst -, ,$(TARGET))))

# --- completions ---------------------------------------------------------------------------------

# Written by a program that has the tables of options in it, so it is one of this machine.
ifeq ($(TARGET)$(filter release,$(VARIANT)),release)
$(BUILD)/completion-generate: $(OBJ)/completions/generate.o $(CLI_ARCHIVE) $(LIBRARY) $(OBJ)/link-flags
	$(link) -pie -o $@ $(filter %.o %.a,$^)

$(BUILD)/completions/rind.%: $(BUILD)/completion-generate completions/rind.bash
	@mkdir -p $(@D)
	$(call say,GEN,$@)($< $* && cat /dev/null $(filter %.$*,$^)) >$@

completions: $(COMPLETIONS)
else
completions:
	@+$(MAKE) --no-print-directory VARIANT=release CROSS= $@
endif

# --- run and check -------------------------------------------------------------------------------

# The command must reach the shell as it was typed, where make would expand a "$" in it; and what
# make adds to the environment for makes below it is not meant for the one that a command may be.
run: export RIND_CMD := $(value CMD)
run:
	@scripts/setup
	@+$(MAKE) --no-print-directory _run
	@if [ -n "$$RIND_CMD" ]; then \
		exec env -u RIND_CMD -u CMD -u MAKEFLAGS -u MAKEOVERRIDES -u MFLAGS -u MAKELEVEL \
			$(RIND) run -- sh -c "$$RIND_CMD"; \
	else \
		exec scripts/demo $(RIND) $(BUILD)/demo-probe; \
	fi

_run: all $(BUILD)/demo-probe

$(BUILD)/demo-probe: scripts/demo-probe.c $(BUILD)/obj/release/compile-flags
	$(call say,CC,$@)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -o $@ $<

check:
	@scripts/setup
	@+$(MAKE) --no-print-directory _check

asan:
	@scripts/setup
	@+$(MAKE) --no-print-directory VARIANT=asan _check

_check: all unit-tests
	@FURNISHED_LOGS=$(if $(filter release,$(VARIANT)),$(BUILD)/furnished) \
		RIND_BUILD=$(CURDIR)/$(OUT) RIND_EMBED_CFLAGS='$(filter -f%,$(HARDENING))' \
		RIND_EMBED_LIBS='$(LIBCAP)' scripts/run-tests $(RIND) $(UNIT_TESTS) $(FUZZ_REPLAYS)

attack:
	@scripts/setup
	@+$(MAKE) --no-print-directory _attack

_attack: all
	@tests/system/run -k attack $(RIND)

# A line for each target; a finding is kept in build/fuzz/findings, to become a seed of the corpus.
check-fuzz fuzz:
	@scripts/setup --fuzz
	@+$(MAKE) --no-print-directory VARIANT=fuzz _$@

_check-fuzz: fuzzers
	@scripts/fuzz check $(OUT) $${FUZZ_SECONDS:-30} $(FUZZ_TARGETS)

_fuzz: fuzzers
	@scripts/fuzz grow $(OUT) $${FUZZ_SECONDS:-720} $(FUZZ_TARGETS)

FAULT ?=

fault fault-classic:
	@scripts/setup
	@+$(MAKE) --no-print-directory _$@

_fault: all $(BUILD)/fault-matrix $(BUILD)/fault-probe
	@tests/fault/run $(FAULT) $(BUILD)/fault-matrix $(BUILD)/fault-probe $(RIND)

_fault-classic: all $(BUILD)/fault-matrix $(BUILD)/fault-probe $(BUILD)/fault-without
	@tests/fault/run -c $(BUILD)/fault-without $(FAULT) $(BUILD)/fault-matrix $(BUILD)/fault-probe $(RIND)

# The probe runs where there may be no library to load.
$(BUILD)/fault-matrix: $(wildcard tests/fault/*.[ch]) $(BUILD)/obj/release/compile-flags
	$(call say,CC,$@)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -o $@ \
		$(filter-out %/probe.c,$(filter %.c,$^))

$(BUILD)/fault-probe: tests/fault/probe.c $(BUILD)/obj/release/compile-flags
	$(call say,CC,$@)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -static -o $@ $<

$(BUILD)/fault-without: tests/system/probes/without.c $(BUILD)/obj/release/compile-flags
	$(call say,CC,$@)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -static -o $@ $<
WITHOUT ?=

check-old-kernels:
	@scripts/setup
	@+$(MAKE) --no-print-directory _check-old-kernels

_check-old-kernels: all
	@scripts/check-old-kernels $(RIND) $(BUILD)/old-kernels $(WITHOUT)

FURNISHED ?=

check-furnished:
	@scripts/setup --furnished
	@+$(MAKE) --no-print-directory _check-furnished

_check-furnished: all
	@scripts/check-furnished $(RIND) $(BUILD)/furnished $(FURNISHED)

# Two seeds, as root and as a user: COMPARE_PLANS of each.
COMPARE_PLANS ?= 1000
compare:
	@scripts/setup --clients
	@+$(MAKE) --no-print-directory _compare

_compare: all
	@scripts/compare $(RIND) $(COMPARE_PLANS)

bench:
	@scripts/setup
	@+$(MAKE) --no-print-directory _bench

_bench: all
	@QUICK='$(QUICK)' tests/bench/run $(RIND)

# --- lint ----------------------------------------------------------------------------------------

lint:
	@scripts/setup --lint
	@+$(MAKE) --no-print-directory all
	@+$(MAKE) --no-print-directory VARIANT=analyze WERROR=1 objects
	@+$(MAKE) --no-print-directory _lint

_lint:
	@LINT_FLAGS='$(ALL_CPPFLAGS) -I$(GENERATED) -std=gnu17 $(WARNINGS)' \
		scripts/lint $(BUILD)/obj/release

format-check:
	@scripts/setup --lint
	@CLANG_FORMAT='$(CLANG_FORMAT)' scripts/check-format $(C_FILES)

format:
	@scripts/setup --lint
	@$(CLANG_FORMAT) -i $(C_FILES)

# --- install -------------------------------------------------------------------------------------

MAN_PAGES := $(wildcard man/*.1)
DOCUMENTS := $(wildcard LICENSE README.md SECURITY.md CHANGELOG.md docs/bwrap.md docs/apparmor-profile)

install-program: $(RIND) completions
	install -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(MANDIR)/man1 $(DESTDIR)$(DOCDIR) \
		$(DESTDIR)$(BASHDIR) $(DESTDIR)$(ZSHDIR) $(DESTDIR)$(FISHDIR)
	install -m 755 $(RIND) $(DESTDIR)$(BINDIR)/rind
	install -m 644 $(MAN_PAGES) $(DESTDIR)$(MANDIR)/man1
	install -m 644 $(DOCUMENTS) $(DESTDIR)$(DOCDIR)
	install -m 644 $(BUILD)/completions/rind.bash $(DESTDIR)$(BASHDIR)/rind
	install -m 644 $(BUILD)/completions/rind.zsh $(DESTDIR)$(ZSHDIR)/_rind
	install -m 644 $(BUILD)/completions/rind.fish $(DESTDIR)$(FISHDIR)/rind.fish

install: install-program $(LIBRIND)
	install -d $(DESTDIR)$(LIBDIR) $(DESTDIR)$(INCLUDEDIR)
	install -m 644 $(LIBRIND) $(DESTDIR)$(LIBDIR)/librind.a
	install -m 644 include/rind.h $(DESTDIR)$(INCLUDEDIR)/rind.h

# The name by which programs look for a bwrap: before /usr/bin in PATH, or with PREFIX=/usr in its place.
install-bwrap: install
	ln -sf rind $(DESTDIR)$(BINDIR)/bwrap

uninstall:
	if [ "$$(readlink $(DESTDIR)$(BINDIR)/bwrap)" = rind ]; then rm $(DESTDIR)$(BINDIR)/bwrap; fi
	rm -f $(DESTDIR)$(BINDIR)/rind $(DESTDIR)$(LIBDIR)/librind.a \
		$(DESTDIR)$(INCLUDEDIR)/rind.h \
		$(MAN_PAGES:man/%=$(DESTDIR)$(MANDIR)/man1/%) \
		$(addprefix $(DESTDIR)$(DOCDIR)/,$(notdir $(DOCUMENTS))) \
		$(DESTDIR)$(BASHDIR)/rind $(DESTDIR)$(ZSHDIR)/_rind $(DESTDIR)$(FISHDIR)/rind.fish
	rmdir $(DESTDIR)$(DOCDIR) 2>/dev/null || true

deb:
	@scripts/setup
	@rm -rf $(OUT)/deb-root
	@+$(MAKE) --no-print-directory static
	@+$(MAKE) --no-print-directory install-program PREFIX=/usr DESTDIR=$(OUT)/deb-root \
		ZSHDIR=/usr/share/zsh/vendor-completions STATIC=1
	@scripts/build-deb $(OUT)/deb-root $(RIND)-static $(OUT)

clean:
	rm -rf $(BUILD)

-include $(wildcard $(addprefix $(OBJ)/,src/*/*.d src/*/*/*.d tests/*/*.d))
