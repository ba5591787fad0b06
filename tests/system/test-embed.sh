#!/bin/bash
# librind in a program with several threads (embed.c).

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# run_embed CASE [PROGRAM]
run_embed()
{
	local program=$PROBES/${2:-embed}
	[ -x "$program" ] || skip "there is no ${2:-librind.a} here"
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
