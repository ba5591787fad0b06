#!/bin/bash
# Descriptors that the command is given: what it can do with them besides reading and writing.

# Scripts in quotes are expanded in the sandbox.
# shellcheck disable=SC2016 source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

test_file_on_standard_input_keeps_its_mode()
{
	chmod 600 "$OUTSIDE/file"
	# The control: the descriptor that it comes from would allow it.
	sh -c 'chmod 640 /proc/self/fd/0' <"$OUTSIDE/file"
	assert_equal 640 "$(stat -c %a "$OUTSIDE/file")" "mode on the host"
	exec 5<"$OUTSIDE/file"
	inside --keep-fd 5 -- '
		refused_with "Read-only" "chmod 777 /proc/self/fd/0"
		refused_with "Read-only" "chmod 777 /proc/self/fd/5"
		refused_with "Read-only" "touch -d @0 /proc/self/fd/0"
		allowed "cat | grep outside"
	' <"$OUTSIDE/file"
	assert_equal 640 "$(stat -c %a "$OUTSIDE/file")" "mode on the host"
	[ "$(stat -c %Y "$OUTSIDE/file")" != 0 ] || fail "the time was changed"
}

test_protected_file_on_standard_input()
{
	local option
	for option in --mode=workspace-write --nested; do
		mkdir -p .git
		printf 'one\ntwo\n' >.git/config
		inside "$option" -- '
			same one "$(head -c 4)"
			refused_with "Read-only" "echo evil >/proc/self/fd/0"
			refused_with "Read-only" "echo evil >>/dev/stdin"
			same two "$(cat)"
		' <.git/config
		assert_equal "one two" "$(paste -sd" " .git/config)" "the file on the host"
	done
}

# A path longer than the system tells of cannot be found again.
test_file_deeper_than_any_path()
{
	local name i
	name=$(printf 'd%.0s' {1..200})
	mkdir -p .git
	cd .git
	for ((i = 0; i < 21; i++)); do
		mkdir "$name"
		cd "$name"
	done
	echo good >conf
	exec 5<conf
	cd "$WS"
	sandbox -- sh -c 'echo evil >/proc/self/fd/0' <&5
	assert_equal 125 "$STATUS" status
	assert_match 'rind: descriptor 0 is open on a file whose path cannot be read*' "$ERR"
	assert_equal good "$(cat <&5)" "content on the host"
}

test_fifo_and_device_on_standard_input()
{
	local mode
	mkfifo "$OUTSIDE/fifo"
	chmod 600 "$OUTSIDE/fifo"
	(echo through >"$OUTSIDE/fifo") &
	inside -- '
		allowed "head -n 1 | grep through"
		refused_with "Read-only" "chmod 666 /proc/self/fd/0"
	' <"$OUTSIDE/fifo"
	assert_equal 600 "$(stat -c %a "$OUTSIDE/fifo")" "mode on the host"
	inside -- '
		same "" "$(cat)"
		refused "chmod 600 /proc/self/fd/0"
	' </dev/null
	mode=$(stat -c %a /dev/null)
	[ "$mode" = 666 ] || chmod 666 /dev/null
	assert_equal 666 "$mode" "mode of /dev/null"
}

# What is open for writing may be opened again by its name, as shells and tee do.
test_standard_error_by_its_name()
{
	: >"$OUTSIDE/log"
	exec 7>>"$OUTSIDE/log"
	inside --exclude-tmp --keep-fd 7 -- '
		allowed "echo named >>/proc/self/fd/7"
		refused "echo evil >>\"$OUTSIDE/file\""
	'
	assert_content "$OUTSIDE/log" named
	assert_content "$OUTSIDE/file" outside
}

run_cases "$@"
