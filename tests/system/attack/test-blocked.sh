#!/bin/bash
# Attacks on what the supervisor promises, by having it wait in a write: a time limit, signals, the end of its parent.

# Scripts in quotes are expanded in the sandbox or by a shell that is started.
# shellcheck disable=SC2016 source-path=SCRIPTDIR/.. source=lib.sh
. "$(dirname "$0")/lib.sh"

# A pipe that nobody reads and in which there is no room, on descriptor 5.
full_pipe()
{
	mkfifo "$WORK/full"
	exec 5<>"$WORK/full"
	dd if=/dev/zero of="$WORK/full" bs=4096 oflag=nonblock 2>"$WORK/dd" || true
	grep -q 'temporarily unavailable' "$WORK/dd" || fail "the pipe is not full: $(cat "$WORK/dd")"
	# The control: who writes waits.
	! timeout 0.3 sh -c 'echo word >&5' || fail "there is room in the pipe"
}

# end_on_a_full_pipe [OPTION…]: start one in the background whose command ends; wait until it has.
end_on_a_full_pipe()
{
	hold_start box "$RIND" run "$@" -- sh -c 'echo started; read -r line' "$WORK"
	hear_line box started
	tell box end
	local deadline=$((SECONDS + PATIENCE))
	while [ -n "$(children_of "${HOLD_PID[box]}")" ]; do
		[ "$SECONDS" -lt "$deadline" ] || fail "the command does not end"
		sleep 0.01
	done
}

# await_rind: it ends, however long that takes; sets HOLD_STATUS.
await_rind()
{
	local deadline=$((SECONDS + PATIENCE))
	while kill -0 "${HOLD_PID[box]}" 2>/dev/null; do
		[ "$SECONDS" -lt "$deadline" ] || fail "rind hangs"
		sleep 0.01
	done
	await_end box
}

test_time_limit_on_a_stopped_terminal()
{
	local script='"$PROBES/breach" hold-output >stopped; sleep 1000'
	timeout "$PATIENCE" "$PROBES/pty" /bin/bash -c '"$@"; echo "ended with $?"' terminal \
		"$RIND" run --verbose --timeout 1 -- sh -c "$script" "$WORK" </dev/null >"$WORK/screen" ||
		fail "the time limit does not hold: $(cat "$WORK/screen")"
	assert_content stopped "done"
	grep -q '^ended with 124' "$WORK/screen" || fail "$(cat "$WORK/screen")"
	# What had to wait is shown when the terminal goes on.
	grep -q '^rind: the time is up' "$WORK/screen" || fail "a message is lost: $(cat "$WORK/screen")"
}

test_time_limit_on_a_terminal_that_stops_and_goes_on()
{
	timeout "$PATIENCE" "$PROBES/pty" /bin/bash -c '"$@"; echo "ended with $?" >status' terminal \
		"$RIND" run --verbose --timeout 1 -- sh -c '"$PROBES/breach" flip-output' "$WORK" </dev/null >"$WORK/screen" ||
		fail "the time limit does not hold: $(cat "$WORK/screen")"
	assert_content status 'ended with 124'
}

# With `stty tostop` writing stops a job in the background, and a stopped rind holds no limit.
test_time_limit_in_the_background_of_a_tostop_terminal()
{
	timeout "$PATIENCE" "$PROBES/pty" /bin/bash -c '
		set -m
		"$@" & wait $!; echo "ended with $?"
		# The control: a job that writes is stopped.
		sh -c "echo word; exit 0" & wait $!; jobs >jobs; kill -KILL $!' terminal \
		"$RIND" run --verbose --timeout 1 -- sh -c 'stty tostop <&2; sleep 1000' "$WORK" \
		</dev/null >"$WORK/screen" || fail "the time limit does not hold: $(cat "$WORK/screen")"
	grep -q Stopped jobs || fail "the control does not work: $(cat jobs)"
	grep -q 'ended with 124' "$WORK/screen" || fail "$(cat "$WORK/screen")"
}

# A command of the same user can use up what RLIMIT_SIGPENDING allows, and timers come out of that.
test_no_more_signals_may_wait()
{
	(ulimit -i 0 && timeout "$PATIENCE" "$RIND" run -- "$WORK/missing" >"$WORK/out" 2>&1) && fail "it starts"
	grep -q '^rind: .*/missing' "$WORK/out" || fail "the message is lost: $(cat "$WORK/out")"
	(
		ulimit -i 0
		timeout "$PATIENCE" "$PROBES/pty" /bin/bash -c '"$@"; echo "ended with $?" >status' terminal \
			"$RIND" run --verbose --timeout 1 -- sh -c '"$PROBES/breach" flip-output' "$WORK" </dev/null >"$WORK/screen"
	) || fail "the time limit does not hold: $(cat "$WORK/screen")"
	assert_content status 'ended with 124'
}

test_signal_while_the_status_cannot_be_written()
{
	full_pipe
	end_on_a_full_pipe --json-status-fd 5
	kill -TERM "${HOLD_PID[box]}"
	await_rind
	assert_equal 0 "$HOLD_STATUS" status
	assert_match '*--json-status-fd 5: cannot write: interrupted*' "$(cat "$WORK/box.err")"
}

# The message that the status could not be written goes nowhere either.
test_signal_while_nothing_can_be_written()
{
	full_pipe
	launch_through 'env -S sh -c '\''exec "$0" "$@" 2>&5'\'
	end_on_a_full_pipe --json-status-fd 5
	kill -TERM "${HOLD_PID[box]}"
	await_rind
	assert_equal 0 "$HOLD_STATUS" status
}

test_time_limit_while_nothing_can_be_written()
{
	full_pipe
	launch_through 'env -S sh -c '\''exec "$0" "$@" 2>&5'\'
	hold_start box "$RIND" run --json-status-fd 5 --timeout 0.5 -- sh -c 'echo started; sleep 1000' "$WORK"
	hear_line box started
	await_rind
	assert_equal 124 "$HOLD_STATUS" status
}

test_parent_ends_while_nothing_can_be_written()
{
	local face deadline
	full_pipe
	for face in 'run --' 'bwrap --die-with-parent --ro-bind / / --unshare-pid --proc /proc'; do
		# shellcheck disable=SC2086 # words
		hold_start box bash -c '"$@" <&0 2>&5 & echo "rind $!"; wait' starter "$RIND" \
			${face%% *} --json-status-fd 5 ${face#* } sh -c 'echo started; read -r line' "$WORK"
		hear box
		[ "$LINE" != started ] || hear box
		# Once it has started something, rind knows its parent.  bwrap waits before its command starts.
		deadline=$((SECONDS + PATIENCE))
		while [ -z "$(children_of "${LINE#rind }")" ]; do
			[ "$SECONDS" -lt "$deadline" ] || fail "it starts nothing"
			sleep 0.01
		done
		tell box end
		kill -KILL "${HOLD_PID[box]}"
		await_no_survivors
		await_end box
		forget box
	done
}

# A reader that comes late gets all of it.
test_late_reader()
{
	full_pipe
	end_on_a_full_pipe --json-status-fd 5
	(exec 5>&- && exec tr -d "\0") <"$WORK/full" >"$WORK/read" &
	exec 5>&-
	await_rind
	assert_equal 0 "$HOLD_STATUS" "status ($(cat "$WORK/box.err"))"
	wait
	assert_equal 2 "$(wc -l <"$WORK/read")" "lines of $(cat "$WORK/read")"
	assert_match '*{"exit-code": 0}' "$(cat "$WORK/read")"
}

run_cases "$@"
