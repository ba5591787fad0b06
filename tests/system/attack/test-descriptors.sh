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

# --- sockets ------------------------------------------------------------------------------------

# A socket belongs to the network that it was made in, whatever namespace its holder is in.

# refuses_socket KIND [PORT] -- OPTION…: rind gives no command such a socket as standard input.
refuses_socket()
{
	local -a kind=()
	while [ "$1" != -- ]; do
		kind+=("$1")
		shift
	done
	shift
	STATUS=0
	"$PROBES/socket" give "${kind[@]}" "$RIND" run "$@" -- sh -c 'echo ran >ran' "$WORK" \
		2>"$WORK/stderr" || STATUS=$?
	assert_equal 125 "$STATUS" "status with ${kind[*]} and $*"
	assert_match "rind: descriptor 0 is a socket of the host's network*" "$(cat "$WORK/stderr")"
	assert_absent ran .git .codex .agents
}

# takes_socket KIND [PORT] -- OPTION… -- ATTACK [ARGUMENT…]: it does, and OUT is what comes of it.
takes_socket()
{
	local -a kind=() options=()
	while [ "$1" != -- ]; do
		kind+=("$1")
		shift
	done
	shift
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	OUT=$("$PROBES/socket" give "${kind[@]}" "$RIND" run "${options[@]}" -- \
		sh -c 'echo ran >ran; "$PROBES/socket" "$@"' "$WORK" "$@" 2>"$WORK/stderr") || true
	assert_content ran ran
	rm ran
}

# TCP can leave its peer for another: a socket that is connected is as good as one that is not.
test_tcp_socket_on_standard_input()
{
	local first second
	serve first tcp
	first=$PORT
	serve second tcp
	second=$PORT
	assert_equal 'done' "$("$PROBES/socket" give tcp "$first" "$PROBES/socket" reconnect "$second")" \
		control
	refuses_socket tcp "$first" -- --network isolated
	refuses_socket tcp "$first" -- --allow-unix-sockets
	refuses_socket tcp "$first" -- --nested
	refuses_socket tcp-listening -- --network isolated
	# Nothing connects there, so that the peer is the only one that it can talk to.
	takes_socket tcp "$first" -- --network off -- reconnect "$second"
	assert_equal 'disconnect: EPERM' "$OUT" "with the network off"
	takes_socket tcp "$first" -- --network host -- reconnect "$second"
	assert_equal 'done' "$OUT" "with the host's network"
	connections second
	assert_equal 2 "$COUNT" "connections to another"
}

# The address is in the message, where no filter sees it.
test_datagram_socket_on_standard_input()
{
	local level
	hold_start receiver "$PROBES/breach" receive "$OUTSIDE/socket"
	hear_line receiver ready
	for level in isolated off; do
		refuses_socket udp -- --network "$level"
		refuses_socket udp4 -- --network "$level"
		refuses_socket unix-datagram -- --network "$level"
		refuses_socket netlink -- --network "$level"
	done
	refuses_socket udp -- --allow-unix-sockets
	assert_equal 'done' "$("$PROBES/socket" give udp4 "$PROBES/socket" message 9)" control
	# The control for the other, and what shows that nothing came before it.
	assert_equal 'done' "$("$PROBES/socket" give unix-datagram \
		"$PROBES/socket" message-to-path "$OUTSIDE/socket")" control
	hear_line receiver "received e"
	await_end receiver
}

test_unix_socket_on_standard_input()
{
	local level kind
	serve path unix "$OUTSIDE/socket"
	assert_equal 'done' "$("$PROBES/socket" give unix "$PROBES/socket" connect "$OUTSIDE/socket")" \
		control
	for level in isolated off; do
		refuses_socket unix -- --network "$level"
		# Programs are often started on a pair: it stays, for it is of use for nothing else.
		for kind in unix-pair unix-packet; do
			takes_socket "$kind" -- --network "$level" -- receive
			assert_equal 'done' "$OUT" "receiving"
			takes_socket "$kind" -- --network "$level" -- message-to-path "$OUTSIDE/socket"
			[ "$kind:$OUT" = unix-pair:EISCONN ] || [ "$kind:$OUT" = unix-packet:done ] ||
				fail "$kind: $OUT"
			takes_socket "$kind" -- --network "$level" -- connect "$OUTSIDE/socket"
			assert_match 'E*' "$OUT"
		done
	done
	connections path
	assert_equal 1 "$COUNT" "connections"
}

test_inherited_socket()
{
	STATUS=0
	"$PROBES/socket" give udp4 /bin/sh -c '
		exec "$RIND" run --keep-fd 7 -- sh -c "echo ran >ran" "$WORK" 7<&0 </dev/null' \
		2>"$WORK/stderr" || STATUS=$?
	assert_equal 125 "$STATUS" "status with --keep-fd"
	assert_match "rind: descriptor 7 is a socket of the host's network*" "$(cat "$WORK/stderr")"
	assert_absent ran
	# Not asked for, it is closed.
	"$PROBES/socket" give udp4 /bin/sh -c '
		exec "$RIND" run -- sh -c "
			ls -l /proc/self/fd; echo ran >ran" "$WORK" 7<&0 </dev/null' >"$WORK/stdout"
	assert_content ran ran
	! grep socket "$WORK/stdout" || fail "it was inherited"
}

run_cases "$@"
