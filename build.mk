# How things are built.  Included by the Makefile, which has what people set and call.
#
# One variant is one set of flags with objects and results of its own:
# release; program, which is build/rind of release, with a C library of its own where that can be had;
# tools, which run while the others are built; asan; fuzz, which is clang's, with the sanitizers of asan; analyze,
# which is compiled to be looked at by the compiler and never linked.
VARIANT ?= release

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
# The same to be loaded.  Programs ask for the name with the number that changes when they no longer can be served.
RIND_VERSION := $(shell sed -n 's/^.define RIND_VERSION "\([^"]*\)"/\1/p' include/rind.h)
SHARED_NAME := librind.so.0
SHARED_FILE := $(OUT)/librind.so.$(RIND_VERSION)
LIBRIND_SHARED := $(if $(filter 0,$(SHARED))$(filter-out release,$(VARIANT)),,$(OUT)/librind.so)

# --- sources -------------------------------------------------------------------------------------

# Tools of the build, each of which writes one header.  The filter rules need libseccomp: they are
# compiled into a tool, and into its test, only.
GENERATOR_SOURCES := src/base/errno_compile.c src/plan/capability_compile.c src/plan/filter_compile.c
RULES_SOURCES := $(addprefix src/plan/,filter_export.c filter_guard.c filter_rules.c)
LIBRARY_SOURCES := $(filter-out $(GENERATOR_SOURCES) $(RULES_SOURCES), \
	$(wildcard $(patsubst %,src/%/*.c,base plan policy mount mount/classic ops child supervisor supervisor/git)))
CLI_SOURCES := $(wildcard src/cli/*.c src/cli/*/*.c)
UNIT_SOURCES := $(wildcard tests/unit/*.c)
SOURCES := $(LIBRARY_SOURCES) $(CLI_SOURCES) $(GENERATOR_SOURCES) $(RULES_SOURCES)
C_FILES = $(sort $(shell find src include tests scripts completions -name '*.[ch]'))

# What rind.h declares is defined in these, and visible in a shared library's objects of them.
opening := (
EXPORTING_SOURCES := $(shell grep -lE '^[a-z].*\brind_[a-z_]+[$(opening)]' $(LIBRARY_SOURCES))

LIBRARY_OBJECTS := $(LIBRARY_SOURCES:%.c=$(OBJ)/%.o)
SHARED_OBJECTS := $(EXPORTING_SOURCES:%.c=$(OBJ)/exporting/%.o) \
	$(patsubst %.c,$(OBJ)/%.o,$(filter-out $(EXPORTING_SOURCES),$(LIBRARY_SOURCES)))
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

# Beside these, of one kind of source: what is in its place is $(1).
own-flags = $(if $(filter src/%,$(1)),-I$(GENERATED)) \
	$(if $(filter tests/unit/%,$(1)),-DSOURCE_DIR='"$(CURDIR)"')

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

compile = $(call say,CC,$<)$(CC) $(ALL_CPPFLAGS) $(call own-flags,$<) $(EXTRA_CPPFLAGS) $(ALL_CFLAGS) $(ANALYZE) \
	-MMD -MP -c -o $@ $<
archive = $(call say,AR,$@)mkdir -p $(@D) && rm -f $@ && $(AR) qcsD $@ $(filter %.o,$^)
link = $(call say,LINK,$@)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS)

.PHONY: objects unit-tests fuzzers FORCE _tools
FORCE:

objects: $(SOURCES:%.c=$(OBJ)/%.o) $(UNIT_OBJECTS) $(FUZZ_OBJECTS)
unit-tests: $(UNIT_TESTS) $(FUZZ_REPLAYS)
fuzzers: $(FUZZERS)

$(OBJ)/%.o: %.c $(OBJ)/compile-flags
	@mkdir -p $(@D)
	$(compile)

$(OBJ)/exporting/%.o: %.c $(OBJ)/compile-flags $(GENERATED)/exports.h
	@mkdir -p $(@D)
	$(compile)

$(OBJ)/exporting/%.o: EXTRA_CPPFLAGS := -include $(GENERATED)/exports.h
$(addsuffix /src/base/error.o,$(OBJ) $(OBJ)/exporting): $(GENERATED)/errno_texts.h
$(OBJ)/src/plan/capabilities.o: $(GENERATED)/capability_names.h
$(OBJ)/src/plan/filter.o: $(GENERATED)/filter_programs.h

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

# Before all else in a source: what is hidden in the others.
$(GENERATED)/exports.h:
	@mkdir -p $(@D)
	@printf '%s\n' '#pragma GCC visibility push(default)' '#include <rind.h>' '#pragma GCC visibility pop' >$@

$(OBJ)/librind.map: $(OBJ)/public-symbols
	@{ echo 'RIND_0 { global:'; sed 's/$$/;/' $<; echo 'local: *; };'; } >$@

# Its own calls stay in it, whatever the program has by the name of one.
link-shared = $(1) -shared -Wl,-soname,$(SHARED_NAME) -Wl,--version-script,$(OBJ)/librind.map \
	-Wl,-Bsymbolic -Wl,-z,defs -o $@ $(filter %.o,$^)
link-names = ln -sf $(<F) $(@D)/$(SHARED_NAME) && ln -sf $(SHARED_NAME) $@

$(SHARED_FILE): $(SHARED_OBJECTS) $(OBJ)/librind.map $(OBJ)/link-flags
	$(call link-shared,$(link)) || \
		{ echo 'note: SHARED=0 does without a shared library' >&2; exit 1; }

$(OUT)/librind.so: $(SHARED_FILE)
	@$(link-names)

# Of the same objects: for what runs with musl, where the compiler's own C library is another.
$(OUT)/musl-lib/$(notdir $(SHARED_FILE)): $(SHARED_OBJECTS) $(OBJ)/librind.map $(OBJ)/link-flags
	@mkdir -p $(@D)
	$(call link-shared,$(call say,LINK,$@)musl-gcc)

$(OUT)/musl-lib/librind.so: $(OUT)/musl-lib/$(notdir $(SHARED_FILE))
	@$(link-names)

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

$(RIND)-static: $(RIND)
	$(call say,STRIP,$@)$(STRIP) -o $@ $<

$(OUT)/tests/test_%: $(OBJ)/tests/unit/test_%.o $(CLI_ARCHIVE) $(RULES_ARCHIVE) $(LIBRARY) \
		$(OBJ)/link-flags
	@mkdir -p $(@D)
	$(link) -pie -o $@ $(filter %.o %.a,$^) -lcmocka $(LIBSECCOMP) $(LIBMOUNT)

# What a target puts in the place of calls that would reach the host.
WRAPPED_gitdir := syscall
WRAPPED_git_index := syscall
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

# --- for editors ---------------------------------------------------------------------------------

# How each file is compiled, as clangd and its like want it, with the headers that are generated.
COMPILED := $(SOURCES) $(UNIT_SOURCES) $(wildcard completions/*.c) \
	$(filter-out %/replay.c,$(wildcard tests/fuzz/*.c tests/fault/*.c tests/system/*.c tests/system/*/*.c))

compile_commands.json: $(HEADERS) FORCE
	@mkdir -p $(OBJ)
	$(file >$(OBJ)/compiled)$(foreach source,$(COMPILED),$(file \
		>>$(OBJ)/compiled,$(source) $(call own-flags,$(source))))
	@scripts/compile-commands '$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS)' <$(OBJ)/compiled >$@

-include $(wildcard $(addprefix $(OBJ)/,src/*/*.d src/*/*/*.d exporting/src/*/*.d tests/*/*.d))
