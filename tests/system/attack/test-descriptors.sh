#!/bin/bash
# What a descriptor that comes from outside can be used for.  Also: test-privileges.sh (closed ones,
# kept directories, init's descriptors), test-streams.sh and test-landlock.sh (files on standard input).

# Scripts in quotes are expanded in the sandbox.
# shellcheck disable=SC2016 source-path=SCRIPTDIR/.. source=lib.sh
. "$(dirname "$0")/lib.sh"

test_directory_on_standard_input()
{
	# The control: through it a file can be made that the sandbox's own mounts would not allow.
	assert_equal 'done' "$("$PROBES/breach" create-at 0 control <"$OUTSIDE")" control
	rm "$OUTSIDE/control"
	fails_with 125 'rind: descriptor 0 is a directory*' -- -- \
		"$PROBES/breach" create-at 0 evil <"$OUTSIDE"
	assert_absent "$OUTSIDE/evil"
}

test_path_of_a_directory_on_standard_input()
{
	STATUS=0
	"$PROBES/breach" with-path 0 "$OUTSIDE" "$RIND" run -- \
		"$PROBES/breach" create-at 0 evil 2>"$WORK/stderr" || STATUS=$?
	assert_equal 125 "$STATUS" status
	assert_match 'rind: descriptor 0 is a directory*' "$(cat "$WORK/stderr")"
	assert_absent "$OUTSIDE/evil"
}

test_inherited_directory()
{
	exec 7<"$OUTSIDE" 8<"$WS"
	assert_equal 'done' "$("$PROBES/breach" create-at 7 control)" control
	rm "$OUTSIDE/control"
	inside -- '
		blocked_with EBADF create-at 7 evil
		blocked_with EBADF fchdir 7
		blocked_with EBADF create-at 8 .git/evil
	'
	STATUS=0
	"$PROBES/breach" with-path 7 "$OUTSIDE" "$RIND" run -- \
		"$PROBES/breach" create-at 7 evil >"$WORK/stdout" || STATUS=$?
	assert_equal EBADF "$(cat "$WORK/stdout")" "path of a directory"
	assert_absent "$OUTSIDE/evil"
}

test_inherited_writable_file()
{
	exec 7>>"$OUTSIDE/file"
	inside -- '
		blocked_with EBADF truncate-fd 7
		refused_with EBADF "\"$PROBES/breach\" overwrite-fd 7"
		refused "echo evil >&7"
	'
	assert_content "$OUTSIDE/file" outside
}

test_path_of_a_file()
{
	local before
	chmod 644 "$OUTSIDE/file"
	before=$(snapshot "$OUTSIDE")
	new_token
	# The control: on the host such a path can be opened for writing.
	assert_equal 'done' "$("$PROBES/breach" with-path 7 "$OUTSIDE/file" "$PROBES/breach" reopen 7)" \
		control
	"$PROBES/breach" with-path 7 "$OUTSIDE/file" "$RIND" run --keep-fd 7 -- sh -c "
		. '$LIB/inside.sh'; begin
		blocked_with EROFS reopen 7
		refused 'chmod 777 /proc/self/fd/7'
		blocked_with EXDEV link-fd-proc 7 link
		refused '\"\$PROBES/breach\" link-fd 7 link'
		end" "$WORK" >"$WORK/stdout"
	STATUS=0 OUT=$(cat "$WORK/stdout") ERR='' check_inside
	assert_equal "$before" "$(snapshot "$OUTSIDE")" files
	assert_absent link
}

# A second name in the workspace would be writable.
test_link_to_an_open_file()
{
	exec 7<"$OUTSIDE/file"
	# The control: where the kernel lets the owner link it at all.
	if "$PROBES/breach" link-fd-proc 7 "$OUTSIDE/link" >"$WORK/control"; then
		rm "$OUTSIDE/link"
	fi
	assert_content "$WORK/control" "done"
	exec 7<"$OUTSIDE/file"
	inside --keep-fd 7 -- '
		blocked_with EXDEV link-fd-proc 7 link
		blocked_with EXDEV link-fd-proc 0 link
		refused "\"$PROBES/breach\" link-fd 7 link"
	' <"$OUTSIDE/file"
	assert_absent link
}

# By design: what is open for writing is the command's, and O_APPEND is a property of the descriptor that
# its holder can take off.
test_recorded_append_only_output()
{
	local attack
	for attack in truncate-fd overwrite-fd; do
		echo 'what was logged before' >"$OUTSIDE/log"
		"$RIND" run -- sh -c "echo started; '$PROBES/breach' $attack 3 3>&1 >&2" "$WORK" \
			>>"$OUTSIDE/log" 2>"$WORK/stderr"
		assert_content "$WORK/stderr" "done"
		[[ $(cat "$OUTSIDE/log") != 'what was logged before'* ]] || fail "it was not overwritten"
	done
	# What to do: a pipe cannot be gone back in.
	echo 'what was logged before' >"$OUTSIDE/log"
	"$RIND" run -- sh -c "echo started; '$PROBES/breach' truncate-fd 3 3>&1 >&2" "$WORK" \
		2>"$WORK/stderr" | cat >>"$OUTSIDE/log"
	assert_content "$WORK/stderr" EINVAL
	assert_content "$OUTSIDE/log" 'what was logged before
started'
}

# By design: an advisory lock needs no right but that of reading.  It ends with the sandbox.
test_recorded_lock_on_a_file_that_can_be_read()
{
	hold box -- '
		exec 8<"$OUTSIDE/file"
		flock -x 8
		echo locked; read -r line'
	hear_line box locked
	if flock -n -x "$OUTSIDE/file" true; then
		fail "the lock is not held"
	fi
	release box
	flock -n -x "$OUTSIDE/file" true || fail "the lock outlives the sandbox"
}

run_cases "$@"
