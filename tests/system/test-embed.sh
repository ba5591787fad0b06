#!/bin/bash
# librind in a program with several threads (embed.c), linked statically and as the shared library that is installed,
# with glibc and with musl; and the examples.
#
# The runner has installed the library into $LIBRARY.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

LIBRARY=$(dirname "$SCRATCH")/library

# run_embed CASE [PROGRAM]
run_embed()
{
	local program=$PROBES/${2:-embed}
	# A library with sanitizers is no shared one, and nothing for musl.
	[ -x "$program" ] || skip "there is no library for ${2:-embed} here"
	"$program" "$1" "$WS" >"$WORK/stdout" 2>"$WORK/stderr" ||
		fail "status $?: $(cat "$WORK/stderr")"
	assert_equal "$1: fine" "$(tail -n 1 "$WORK/stdout")" "last line"
}

embed()
{
	run_embed "$@"
	assert_absent .git .codex .agents
}

test_threads()
{
	embed threads
	# Each sandbox wrote its own file, and none what is protected.
	assert_equal 64 "$(find "$WS" -name 'ran-*' | wc -l)" files
}

test_publish()
{
	command -v git >/dev/null || skip "git is not installed"
	export HOME=$WORK GIT_COMMITTER_NAME=n GIT_COMMITTER_EMAIL=e@example.org GIT_AUTHOR_NAME=n GIT_AUTHOR_EMAIL=e@example.org
	git init -q .
	git commit -q --allow-empty -m one
	run_embed publish
	assert_equal 8 "$(git branch --list 'published-*' | wc -l)" "published branches"
	assert_equal "" "$(git branch --list 'dropped-*')" "dropped branches"
	git fsck --strict --no-dangling
}

test_streams_of_its_own()
{
	embed streams
	embed streams-crossed
}

test_streams_are_looked_at()
{
	embed streams-refused
	embed streams-reopened
}

test_linked_with_musl()
{
	embed threads embed-musl
	assert_equal 64 "$(find "$WS" -name 'ran-*' | wc -l)" files
	embed errors embed-musl
	embed cancel embed-musl
	embed streams embed-musl
}

test_thread_that_spawned_ends()
{
	embed orphan
}

test_end_fd_ends_the_sandbox()
{
	embed end-fd
}

test_program_ends_and_leaves_a_forked_copy()
{
	local deadline=$((SECONDS + PATIENCE)) name
	needs pidfd_open
	run_embed forked-copy
	# The copy keeps the janitor waiting as well, and it removes them when that has ended.
	for name in .git .codex .agents; do
		until [ ! -e "$WS/$name" ]; do
			[ "$SECONDS" -lt "$deadline" ] || fail "$name is left behind"
			sleep 0.01
		done
	done
}

test_errors()
{
	embed errors
}

# Neither in init nor half-way through a start.
test_thread_that_is_cancelled()
{
	embed cancel
	assert_content "$WORK/stderr" ''
}

test_zeroed_options_ask_for_nothing()
{
	printf '#!/bin/sh\nexit 0\n' >'command'
	chmod +x command
	embed zeroed-options
}

# Every name that librind has inside is the program's as well, and stays the program's.
test_program_that_clashes_in_every_name()
{
	local case
	for case in errors kill replaced end-fd untouched; do
		embed "$case" embed-clash
	done
	embed threads embed-clash
	assert_equal 64 "$(find "$WS" -name 'ran-*' | wc -l)" files
}

# Which it even exports.
test_shared_library_and_program_that_clashes()
{
	local case
	for case in errors kill replaced end-fd untouched streams; do
		embed "$case" embed-clash-so
	done
}

test_shared_library()
{
	local case
	for case in errors kill replaced end-fd untouched orphan streams streams-crossed streams-refused \
		streams-reopened; do
		embed "$case" embed-so
	done
	embed cancel embed-so
	assert_content "$WORK/stderr" ''
	embed threads embed-so
	assert_equal 64 "$(find "$WS" -name 'ran-*' | wc -l)" files
}

test_shared_library_with_musl()
{
	local case
	for case in errors kill streams streams-crossed cancel; do
		embed "$case" embed-musl-so
	done
	assert_content "$WORK/stderr" ''
}

# --- what others see of it ----------------------------------------------------------------------------

needs_library()
{
	[ -d "$LIBRARY/lib" ] || skip "no shared library was built"
}

# All that rind.h declares, and nothing else.
test_only_its_own_names_are_global()
{
	local expected
	needs_library
	expected=$(grep -oE '^[a-z].*\brind_[a-z_]+\(' "$LIBRARY/include/rind.h" | grep -oE 'rind_[a-z_]+\($' | tr -d '(' | sort)
	[ "$(wc -l <<<"$expected")" -gt 30 ] || fail "rind.h is not read: $expected"
	assert_equal "$expected" "$(nm -D --defined-only "$LIBRARY/lib/librind.so" | awk '$2 != "A" { print $3 }' |
		sed 's/@@RIND_0$//' | sort)" "what librind.so exports"
	assert_equal "$expected" "$(nm -g --defined-only "$LIBRARY/lib/librind.a" | awk 'NF == 3 { print $3 }' |
		sort)" "what is global in librind.a"
}

test_library_can_be_asked_for()
{
	needs_library
	assert_equal librind.so.0 "$(readelf -dW "$LIBRARY/lib/librind.so" |
		sed -n 's/.*Library soname: \[\(.*\)\]/\1/p')" soname
	assert_equal librind.so.0 "$(readlink "$LIBRARY/lib/librind.so")" "the link librind.so"
	! readelf -dW "$LIBRARY/lib/librind.so" | grep TEXTREL || fail "it is not position-independent"
	command -v pkg-config >/dev/null || skip "there is no pkg-config"
	assert_equal "$("$RIND" --version)" "rind $(PKG_CONFIG_PATH=$LIBRARY/lib/pkgconfig pkg-config --modversion rind)" \
		version
}

# example COMMAND…: it says what the command says, and how it ended, and only the workspace was writable.
example()
{
	local status=0
	needs_library
	mkdir -p "$WS/.git"
	# shellcheck disable=SC2016 # expanded in the sandbox
	LD_LIBRARY_PATH=$LIBRARY/lib "$@" 'echo one; read -r line; echo "two$line" >&2
		touch file .git/config "$HOME/file" 2>/dev/null; ls file; exit 7' >"$WORK/said" 2>&1 || status=$?
	assert_content "$WORK/said" 'sandbox: one
sandbox: two
sandbox: file'
	assert_equal 7 "$status" "status of $1"
	assert_absent .git/config "$HOME/file"
	rm file
	status=0
	LD_LIBRARY_PATH=$LIBRARY/lib "$@" 'exec /nowhere' >"$WORK/said" 2>&1 || status=$?
	assert_equal 127 "$status" "status of $1"
}

test_example_in_c()
{
	local program
	needs_library
	for program in example example-static example-musl-static example-musl-so; do
		[ -x "$PROBES/$program" ] || [[ $program == *musl* ]] || fail "$program was not built"
		[ ! -x "$PROBES/$program" ] || example "$PROBES/$program"
	done
}

test_example_in_python()
{
	local python=/usr/bin/python3
	[ -x "$python" ] || python=$(command -v python3) || skip "there is no python3: scripts/setup --examples"
	"$python" -c 'import ctypes' 2>/dev/null || skip "this python3 has no ctypes"
	example "$python" "$LIB/examples/run.py"
}

test_example_in_node()
{
	command -v node >/dev/null || skip "there is no node: scripts/setup --examples"
	export NODE_PATH=$LIB/clients/node_modules
	node -e 'require("koffi")' 2>/dev/null || skip "there is no koffi: scripts/setup --examples"
	example node "$LIB/examples/run.js"
}

test_in_a_shared_object()
{
	embed errors embed-shared
	embed kill embed-shared
}

test_kill_and_free()
{
	embed kill
}

test_what_is_replaced_is_told()
{
	embed replaced
}

test_program_is_left_alone()
{
	embed untouched
}

run_cases "$@"
