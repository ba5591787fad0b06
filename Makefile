# rind: build, check, install.
#
#   make              build/rind and build/librind.a
#   make run          the demonstration; make run CMD='…' runs that command in a sandbox, here
#   make check        unit tests, then system tests
#   make asan         the same tests with the address and undefined-behaviour sanitizers
#   make compare      rind bwrap beside bubblewrap, at length: thousands of random plans, real clients
#   make lint         static analysis and the project's own checks
#   make format       lay the C files out by .clang-format; format-check only looks
#   make bench        start-up times beside the bare command's, and bwrap's where there is one
#   make install      PREFIX=/usr/local, DESTDIR=; make uninstall takes it away again
#   make install-bwrap  the same, and the name bwrap, a link to it
#
# STATIC=0 links build/rind dynamically, WERROR=1 makes warnings errors, V=1 shows the commands.
# New files in src/, tests/unit/ and tests/system/ are picked up by their place.
#
# run, check, asan, bench and lint first call scripts/setup, which installs what is missing, and
# then call make again: what a recipe below asks of the machine (pkg-config, a static C library)
# has to be asked after that.

ifeq ($(origin CC),default)
CC := gcc
endif
AR ?= ar
PKG_CONFIG ?= pkg-config
CLANG_FORMAT ?= clang-format

PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
MANDIR ?= $(PREFIX)/share/man
DOCDIR ?= $(PREFIX)/share/doc/rind

# One variant is one set of flags with objects and results of its own:
# release; asan; analyze, which is compiled to be looked at by the compiler and never linked.
VARIANT ?= release
STATIC ?= auto
WERROR ?= 0
V ?= 0

.DELETE_ON_ERROR:
.SECONDARY:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules

# --- where things go -----------------------------------------------------------------------------

BUILD := build
OBJ := $(BUILD)/obj/$(VARIANT)
OUT := $(if $(filter release,$(VARIANT)),$(BUILD),$(BUILD)/$(VARIANT))
GENERATED := $(BUILD)/generated

RIND := $(OUT)/rind
LIBRIND := $(OUT)/librind.a

# --- sources -------------------------------------------------------------------------------------

# The filter rules need libseccomp: they are compiled into a generator, and into its test, only.
GENERATOR_SOURCES := src/plan/filter_compile.c
RULES_SOURCES := src/plan/filter_rules.c
LIBRARY_SOURCES := $(filter-out $(GENERATOR_SOURCES) $(RULES_SOURCES), \
	$(wildcard src/base/*.c src/plan/*.c src/sandbox/*.c))
FRONT_SOURCES := $(wildcard src/front/*.c)
UNIT_SOURCES := $(wildcard tests/unit/*.c)
SOURCES := $(LIBRARY_SOURCES) $(FRONT_SOURCES) $(GENERATOR_SOURCES) $(RULES_SOURCES)
C_FILES = $(sort $(shell find src include tests scripts -name '*.[ch]'))

LIBRARY_OBJECTS := $(LIBRARY_SOURCES:%.c=$(OBJ)/%.o)
FRONT_OBJECTS := $(FRONT_SOURCES:%.c=$(OBJ)/%.o)
UNIT_OBJECTS := $(UNIT_SOURCES:%.c=$(OBJ)/%.o)
UNIT_TESTS := $(patsubst tests/unit/test_%.c,$(OUT)/tests/test_%,$(wildcard tests/unit/test_*.c))

# For tests, as archives, so that a test links what it refers to and nothing else.
FRONT_ARCHIVE := $(OBJ)/front.a
RULES_ARCHIVE := $(OBJ)/rules.a

# --- flags ---------------------------------------------------------------------------------------

WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
	-Wwrite-strings -Wvla
HARDENING := -fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
# -fPIE although rind itself is linked without: librind.a is for other people's programs as well.
OPTIMIZE := -O2 -g -fPIE

ifeq ($(VARIANT),asan)
OPTIMIZE := -O1 -g -fPIE -fno-omit-frame-pointer
# Fortified calls go around the sanitizer's own.
HARDENING := -fsanitize=address,undefined -fno-sanitize-recover=all
override STATIC := 0
endif
$(OBJ)/src/%.o: ANALYZE := $(if $(filter analyze,$(VARIANT)),-fanalyzer)

ALL_CPPFLAGS = -D_GNU_SOURCE -Isrc -Iinclude $(CPPFLAGS)
ALL_CFLAGS = -std=gnu17 $(OPTIMIZE) $(HARDENING) $(WARNINGS) $(if $(filter 1,$(WERROR)),-Werror) \
	$(CFLAGS)
ALL_LDFLAGS = $(HARDENING) -Wl,-z,relro -Wl,-z,now -Wl,--as-needed $(LDFLAGS)

# Asked when first used and only once: `make clean` needs no pkg-config.
ask-once = $(eval $(1) := $$(shell $(2)))$($(1))
LIBCAP = $(call ask-once,LIBCAP,$(PKG_CONFIG) --libs libcap 2>/dev/null || echo -lcap)
LIBSECCOMP = $(call ask-once,LIBSECCOMP,$(PKG_CONFIG) --libs libseccomp 2>/dev/null || \
	echo -lseccomp)

# Loading shared libraries would be a good part of a sandbox's start time.  Static without PIE:
# relocating a static PIE takes another 2 % of the time of running an empty program.
ifeq ($(STATIC),auto)
STATIC_FLAGS = $(call ask-once,STATIC_FLAGS,scripts/probe-static $(CC) $(LIBCAP))
else
STATIC_FLAGS = $(if $(filter 1,$(STATIC)),-static)
endif

# --- how each kind of file is made ---------------------------------------------------------------

ifeq ($(V),0)
say = @printf '  %-8s %s\n' '$(1)' '$(2)';
endif

# Files that hold the flags, rewritten when these change, so that STATIC=0 or another CC is noticed.
# -Werror makes no other code: objects do not become old by it.  What is linked becomes old when a
# source file is gone, too.
$(OBJ)/compile-flags: flags = $(CC) $(ALL_CPPFLAGS) $(filter-out -Werror,$(ALL_CFLAGS))
$(OBJ)/link-flags: flags = $(CC) $(ALL_LDFLAGS) $(STATIC_FLAGS) $(LIBCAP) $(SOURCES)
$(OBJ)/compile-flags $(OBJ)/link-flags: FORCE
	@mkdir -p $(@D)
	@echo '$(flags)' | cmp -s - $@ || echo '$(flags)' >$@

compile = $(call say,CC,$<)$(CC) $(ALL_CPPFLAGS) $(EXTRA_CPPFLAGS) $(ALL_CFLAGS) $(ANALYZE) \
	-MMD -MP -c -o $@ $<
archive = $(call say,AR,$@)mkdir -p $(@D) && rm -f $@ && $(AR) rcsD $@ $(filter %.o,$^)
link = $(call say,LINK,$@)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS)

.DEFAULT_GOAL := all
.PHONY: all objects unit-tests run check asan compare lint bench format format-check install install-bwrap uninstall clean
.PHONY: FORCE _run _check _compare _bench _lint
FORCE:

all: $(RIND) $(LIBRIND)
objects: $(SOURCES:%.c=$(OBJ)/%.o) $(UNIT_OBJECTS)
unit-tests: $(UNIT_TESTS)

$(OBJ)/%.o: %.c $(OBJ)/compile-flags
	@mkdir -p $(@D)
	$(compile)

$(OBJ)/src/plan/filter.o: EXTRA_CPPFLAGS := -I$(GENERATED)
$(OBJ)/src/plan/filter.o: $(GENERATED)/filter_programs.h
$(OBJ)/tests/unit/%.o: EXTRA_CPPFLAGS := -DSOURCE_DIR='"$(CURDIR)"'

$(LIBRIND): $(LIBRARY_OBJECTS) $(OBJ)/link-flags
	$(archive)

$(FRONT_ARCHIVE): $(filter-out %/main.o,$(FRONT_OBJECTS)) $(OBJ)/link-flags
	$(archive)

$(RULES_ARCHIVE): $(RULES_SOURCES:%.c=$(OBJ)/%.o) $(OBJ)/link-flags
	$(archive)

$(RIND): $(FRONT_OBJECTS) $(LIBRIND) $(OBJ)/link-flags
	$(if $(STATIC_FLAGS)$(filter 0,$(STATIC)),,@echo 'note: no static C library or libcap here:' \
		'linking dynamically, which costs start time')
	$(link) $(if $(STATIC_FLAGS),$(STATIC_FLAGS),-pie) -o $@ $(FRONT_OBJECTS) $(LIBRIND) $(LIBCAP)

$(OUT)/tests/test_%: $(OBJ)/tests/unit/test_%.o $(FRONT_ARCHIVE) $(RULES_ARCHIVE) $(LIBRIND) \
		$(OBJ)/link-flags
	@mkdir -p $(@D)
	$(link) -pie -o $@ $(filter %.o %.a,$^) -lcmocka $(LIBSECCOMP) $(LIBCAP)

# The generator is always the release one: what it writes is the same, whatever is built with it.
GENERATOR_OBJECTS := $(patsubst %.c,$(BUILD)/obj/release/%.o,$(GENERATOR_SOURCES) $(RULES_SOURCES))

ifeq ($(VARIANT),release)
$(BUILD)/filter-compile: $(GENERATOR_OBJECTS)
	$(link) -pie -o $@ $(GENERATOR_OBJECTS) $(LIBSECCOMP)

$(GENERATED)/filter_programs.h: $(BUILD)/filter-compile
	@mkdir -p $(@D)
	$(call say,GEN,$@)$< $@.new && mv $@.new $@
else
$(GENERATED)/filter_programs.h: FORCE
	@+$(MAKE) --no-print-directory VARIANT=release $@
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
	@RIND_BUILD=$(CURDIR)/$(OUT) RIND_EMBED_CFLAGS='$(filter -f%,$(HARDENING))' \
		RIND_EMBED_LIBS='$(LIBCAP)' scripts/run-tests $(RIND) $(UNIT_TESTS)

# Two seeds, as root and as a user: COMPARE_PLANS of each.
COMPARE_PLANS ?= 1000
compare:
	@scripts/setup --compare
	@+$(MAKE) --no-print-directory _compare

_compare: all
	@scripts/compare $(RIND) $(COMPARE_PLANS)

bench:
	@scripts/setup
	@+$(MAKE) --no-print-directory _bench

_bench: all
	@tests/bench/start.sh $(RIND)

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

install: all
	install -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(LIBDIR) $(DESTDIR)$(INCLUDEDIR) \
		$(DESTDIR)$(MANDIR)/man1 $(DESTDIR)$(DOCDIR)
	install -m 755 $(RIND) $(DESTDIR)$(BINDIR)/rind
	install -m 644 $(LIBRIND) $(DESTDIR)$(LIBDIR)/librind.a
	install -m 644 include/rind.h $(DESTDIR)$(INCLUDEDIR)/rind.h
	install -m 644 $(MAN_PAGES) $(DESTDIR)$(MANDIR)/man1
	install -m 644 $(wildcard LICENSE README.md) $(DESTDIR)$(DOCDIR)

# The name by which programs look for a bwrap: before /usr/bin in PATH, or with PREFIX=/usr in its place.
install-bwrap: install
	ln -sf rind $(DESTDIR)$(BINDIR)/bwrap

uninstall:
	if [ "$$(readlink $(DESTDIR)$(BINDIR)/bwrap)" = rind ]; then rm $(DESTDIR)$(BINDIR)/bwrap; fi
	rm -f $(DESTDIR)$(BINDIR)/rind $(DESTDIR)$(LIBDIR)/librind.a \
		$(DESTDIR)$(INCLUDEDIR)/rind.h \
		$(MAN_PAGES:man/%=$(DESTDIR)$(MANDIR)/man1/%) \
		$(DESTDIR)$(DOCDIR)/LICENSE $(DESTDIR)$(DOCDIR)/README.md
	rmdir $(DESTDIR)$(DOCDIR) 2>/dev/null || true

clean:
	rm -rf $(BUILD)

-include $(wildcard $(OBJ)/src/*/*.d $(OBJ)/tests/*/*.d)
