#!/bin/bash
# Exit statuses, signals, the time limit, and the status descriptor.

# Scripts in quotes are expanded in the sandbox.
# shellcheck disable=SC2016 source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

test_exit_status_is_the_commands()
{
	local status
	for status in 0 1 7 124 125 126 127 255; do
		sandbox -- sh -c "exit $status"
		assert_equal "$status" "$STATUS" status
		assert_equal '' "$ERR" "standard error"
	done
}

# Where the command is a child of ours, and not of init, the kernel would reap it.
test_exit_status_under_a_parent_that_ignores_sigchld()
{
	launch_through 'env --ignore-signal=CHLD'
	sandbox -- sh -c 'exit 7'
	assert_equal 7 "$STATUS" "status ($ERR)"
	sandbox --mode full-access --network host -- sh -c 'exit 8'
	assert_equal 8 "$STATUS" "status in no namespace ($ERR)"
}

test_exit_status_of_a_signal()
{
	local signal
	for signal in 1 2 6 9 11 13 15; do
		sandbox -- sh -c "ulimit -c 0; kill -$signal \$\$"
		assert_equal $((128 + signal)) "$STATUS" status
	done
}

test_command_not_found()
{
	PATH=/usr/bin:/bin fails_with 127 'rind: *rind-no-such-command*' -- -- rind-no-such-command
	# A directory that cannot be searched says nothing about a name that is nowhere.
	mkdir "$WORK/closed"
	chmod 0 "$WORK/closed"
	PATH=$WORK/closed:/usr/bin:/bin fails_with 127 'rind: *rind-no-such-command*' -- -- rind-no-such-command
	fails_with 127 'rind: */nowhere/at/all*' -- -- /nowhere/at/all
	fails_with 127 'rind: *./missing*' -- -- ./missing
}

test_command_cannot_be_executed()
{
	echo text >plain
	fails_with 126 'rind: *plain*ermission denied*' -- -- ./plain
	fails_with 126 'rind: *directory*' -- -- "$OUTSIDE/directory"
	mkdir "$WORK/path"
	echo text >"$WORK/path/found"
	PATH=$WORK/path:$PATH fails_with 126 'rind: *found*ermission denied*' -- -- found
}

test_script_without_an_interpreter_line()
{
	echo 'echo "script $1 $2"; exit 3' >script
	chmod 755 script
	sandbox -- ./script one 'two words'
	assert_equal 3 "$STATUS" status
	assert_equal 'script one two words' "$OUT" output
}

test_output_and_input_pass_through()
{
	local sum
	head -c 3000000 /dev/zero | tr '\0' x >"$WORK/large"
	sum=$(cksum <"$WORK/large")
	sandbox -- sh -c 'cat; echo to-stderr >&2' <"$WORK/large"
	assert_equal "$sum" "$(cksum <"$WORK/stdout")" output
	assert_equal to-stderr "$ERR" "standard error"
}

# The end of the command is the end of everything in the sandbox.
test_background_processes_end_too()
{
	hold box -- '(trap "" HUP TERM INT; sleep 1000) & echo ready'
	hear_line box ready
	await_end box
	assert_equal 0 "$HOLD_STATUS" status
}

test_signals_reach_the_command()
{
	local signal option
	for option in --new-session --no-new-session; do
		for signal in TERM INT HUP QUIT USR1 USR2 WINCH; do
			hold box "$option" -- "
				trap 'echo got $signal; ended=1' $signal
				ended=; echo ready
				# A read that a signal interrupts is not taken up again.
				while [ -z \"\$ended\" ]; do read -r line; done"
			hear_line box ready
			kill -s "$signal" "${HOLD_PID[box]}"
			tell box line
			hear_line box "got $signal"
			# The line may have been read before the signal came.
			tell box line
			await_end box
			assert_equal 0 "$HOLD_STATUS" "status after $signal"
			forget box
		done
	done
}

test_signal_ends_the_command()
{
	local signal
	for signal in TERM INT HUP USR1; do
		hold box -- 'trap - INT; echo ready; read -r line'
		hear_line box ready
		kill -s "$signal" "${HOLD_PID[box]}"
		await_end box
		assert_equal $((128 + $(kill -l "$signal"))) "$HOLD_STATUS" "status after $signal"
		forget box
	done
	await_no_survivors
	assert_absent .git .codex .agents
}

test_ignored_signals_stay_ignored()
{
	# As under nohup.
	(
		trap '' HUP
		hold box -- 'echo ready; read -r line; echo "$line"'
		hear_line box ready
		kill -HUP "${HOLD_PID[box]}"
		tell box alive
		hear_line box alive
		hear_line box finished
		await_end box
		assert_equal 0 "$HOLD_STATUS" status
	)
}

# await_state PID LETTERS: wait until the process is in one of these states.
await_state()
{
	local deadline=$((SECONDS + PATIENCE))
	until grep -q "^State:[[:space:]]*[$2]" "/proc/$1/status"; do
		[ "$SECONDS" -lt "$deadline" ] || fail "process $1 is not in state $2"
		sleep 0.01
	done
}

test_stop_and_continue()
{
	# In an orphaned process group nothing stops: make the sandbox a job of this shell.
	set -m
	hold box -- 'echo ready; read -r line; echo "$line"'
	set +m
	hear_line box ready
	kill -TSTP "${HOLD_PID[box]}"
	await_state "${HOLD_PID[box]}" T
	kill -CONT "${HOLD_PID[box]}"
	await_state "${HOLD_PID[box]}" SR
	tell box continued
	hear_line box continued
	hear_line box finished
	await_end box
	assert_equal 0 "$HOLD_STATUS" status
}

test_timeout()
{
	sandbox --timeout 0.3 -- sh -c 'echo started; sleep 1000'
	assert_equal 124 "$STATUS" status
	assert_equal started "$OUT" output
	# What ignores TERM is killed.
	sandbox --timeout=0.2 -- sh -c 'trap "" TERM; echo started; sleep 1000; sleep 1000'
	assert_equal 124 "$STATUS" status
	sandbox --timeout 20 -- sh -c 'exit 7'
	assert_equal 7 "$STATUS" status
	assert_absent .git .codex .agents
}

# json_number NAME LINE
json_number()
{
	sed -n "s/.*\"$1\": *\([0-9]*\)[,} ].*/\1/p" <<<"$2"
}

test_json_status()
{
	local line name
	exec 5>"$WORK/status"
	sandbox --json-status-fd 5 -- sh -c '
		for name in cgroup ipc mnt net pid user uts; do
			echo "$name $(readlink /proc/self/ns/$name)"
		done
		ls /proc/self/fd/5 && echo leaked
		exit 7'
	assert_equal 7 "$STATUS" status
	assert_equal 2 "$(wc -l <"$WORK/status")" lines
	line=$(head -n 1 "$WORK/status")
	[ "$(json_number child-pid "$line")" -gt 1 ] || fail "no child-pid in $line"
	for name in cgroup ipc mnt net pid user uts; do
		[[ $OUT == *"$name $name:[$(json_number "$name-namespace" "$line")]"* ]] ||
			fail "$name-namespace in $line is not that of $OUT"
	done
	[[ $OUT != *leaked* ]] || fail "the command has the descriptor"
	assert_equal 7 "$(json_number exit-code "$(tail -n 1 "$WORK/status")")" exit-code
}

test_json_status_when_nothing_started()
{
	exec 5>"$WORK/status"
	sandbox --json-status-fd=5 -- /nowhere
	assert_equal 127 "$STATUS" status
	[[ $(cat "$WORK/status") != *exit-code* ]] || fail "an exit code of nothing"
}

run_cases "$@"
