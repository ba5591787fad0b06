# The demonstration, the tests and the measurements.  Included by the Makefile, after build.mk.
#
# Each of these targets first asks scripts/setup --check whether what it needs is installed, and then calls make
# again: what a recipe asks of the machine (pkg-config, a static C library) has to be asked after that.

.PHONY: run check attack asan check-fuzz fuzz fault fault-classic compare bench lint format format-check
.PHONY: check-cross check-old-kernels check-furnished check-vm check-distros
.PHONY: _run _check _attack _check-fuzz _fuzz _fault _fault-classic _check-old-kernels _check-furnished
.PHONY: _compare _bench _lint

# --- run and check -------------------------------------------------------------------------------

# The command must reach the shell as it was typed, where make would expand a "$" in it; and what
# make adds to the environment for makes below it is not meant for the one that a command may be.
run: export RIND_CMD := $(value CMD)
run:
	@scripts/setup --check
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
	@scripts/setup --check
	@+$(MAKE) --no-print-directory _check

# A sandbox takes several times as long to start with them: in two ways of the three, and fewer launches of each race.
asan: export SYSTEM_TESTS ?= -w root,user
asan: export RIND_LAUNCHES ?= 100
asan:
	@scripts/setup --check
	@+$(MAKE) --no-print-directory VARIANT=asan _check

_check: all unit-tests
	@FURNISHED_LOGS=$(if $(filter release,$(VARIANT)),$(BUILD)/furnished) \
		RIND_BUILD=$(CURDIR)/$(OUT) RIND_EMBED_CFLAGS='$(filter -f%,$(HARDENING))' \
		RIND_EMBED_LIBS='$(LIBCAP)' scripts/run-tests $(RIND) $(UNIT_TESTS) $(FUZZ_REPLAYS)

# More than two thousand in the races.
attack: export RIND_LAUNCHES ?= 400
attack:
	@scripts/setup --check
	@+$(MAKE) --no-print-directory _attack

_attack: all
	@tests/system/run -k attack $(RIND)

# A line for each target; a finding is kept in build/fuzz/findings, to become a seed of the corpus.
check-fuzz fuzz:
	@scripts/setup --check --fuzz
	@+$(MAKE) --no-print-directory VARIANT=fuzz _$@

_check-fuzz: fuzzers
	@scripts/fuzz check $(OUT) $${FUZZ_SECONDS:-30} $(FUZZ_TARGETS)

_fuzz: fuzzers
	@scripts/fuzz grow $(OUT) $${FUZZ_SECONDS:-720} $(FUZZ_TARGETS)

FAULT ?=

fault fault-classic:
	@scripts/setup --check
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
	@scripts/setup --check
	@+$(MAKE) --no-print-directory _check-old-kernels

_check-old-kernels: all
	@scripts/check-old-kernels $(RIND) $(BUILD)/old-kernels $(WITHOUT)

FURNISHED ?=

check-furnished:
	@scripts/setup --check --furnished
	@+$(MAKE) --no-print-directory _check-furnished

_check-furnished: all
	@scripts/check-furnished $(RIND) $(BUILD)/furnished $(FURNISHED)

# Two seeds, as root and as a user: COMPARE_PLANS of each.
COMPARE_PLANS ?= 1000
compare:
	@scripts/setup --check --clients
	@+$(MAKE) --no-print-directory _compare

_compare: all
	@scripts/compare $(RIND) $(COMPARE_PLANS)

bench:
	@scripts/setup --check
	@+$(MAKE) --no-print-directory _bench

_bench: all
	@QUICK='$(QUICK)' tests/bench/run $(RIND)

# --- other machines ------------------------------------------------------------------------------

DISTROS ?=

check-distros:
	@scripts/check-distros $(DISTROS)

VM ?=

check-vm:
	@scripts/setup --check --vm
	@scripts/check-vm $(VM)

check-cross: static
	@scripts/check-cross $(TARGET) $(RIND)-static

# --- lint ----------------------------------------------------------------------------------------

lint:
	@scripts/setup --check --lint
	@+$(MAKE) --no-print-directory all
	@+$(MAKE) --no-print-directory VARIANT=analyze WERROR=1 objects
	@+$(MAKE) --no-print-directory _lint

_lint:
	@LINT_FLAGS='$(ALL_CPPFLAGS) -I$(GENERATED) -std=gnu17 $(WARNINGS)' \
		scripts/lint $(BUILD)/obj/release

format-check:
	@scripts/setup --check --lint
	@CLANG_FORMAT='$(CLANG_FORMAT)' scripts/check-format $(C_FILES)

format:
	@scripts/setup --check --lint
	@$(CLANG_FORMAT) -i $(C_FILES)
