#!/bin/bash
# Who outlives whom: the process that starts a sandbox, its threads, rind, and the sandbox.

# Scripts in quotes are expanded in the sandbox or by a shell that is started.
# shellcheck disable=SC2016 source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

readonly SCRIPT='echo started; read -r line; echo "heard $line"'

# Without pidfds the kernel's signal is all there is, and that comes when the thread ends.
need_pidfds()
{
	needs pidfd_open
}

# The faces, and the bwrap one with an init and without.
start_face()
{
	local name=$1 face=$2
	local -a command=()
	shift 2
	case $face in
	run) command=("$RIND" run --) ;;
	bwrap) command=("$RIND" bwrap --die-with-parent --ro-bind / /) ;;
	bwrap-init) command=("$RIND" bwrap --die-with-parent --unshare-pid --ro-bind / / --proc /proc) ;;
	esac
	hold_start "$name" "$@" "${command[@]}" sh -c "$SCRIPT" "$WORK"
}

# thread_ends WHICH: the thread that has started the sandbox does, and the sandbox goes on.
thread_ends()
{
	local face line started='' ended=''
	for face in run bwrap bwrap-init; do
		start_face "$face" "$face" "$PROBES/threads" "$1"
		for line in 1 2; do
			hear "$face"
			case $LINE in
			started) started=1 ;;
			"thread ended") ended=1 ;;
			*) fail "$face: $LINE" ;;
			esac
		done
		[ -n "$started$ended" ] || fail "$face did not start"
		tell "$face" words
		hear_line "$face" "heard words"
		hear_line "$face" "status 0"
		await_end "$face"
	done
}

test_thread_that_started_rind_ends()
{
	need_pidfds
	thread_ends worker
}

test_first_thread_of_the_parent_ends()
{
	need_pidfds
	thread_ends first
}

test_parent_ends()
{
	local face
	for face in run bwrap bwrap-init; do
		start_face "$face" "$face" bash -c '"$@" <&0 & wait' starter
		hear_line "$face" started
		kill -KILL "${HOLD_PID[$face]}"
		await_end "$face"
		await_no_survivors
	done
	assert_absent .git .codex .agents
}

# A rind that is stopped watches nothing: init does.
test_parent_ends_while_rind_is_stopped()
{
	local face pid deadline
	need_pidfds
	# Then no janitor waits for rind's end.
	mkdir .git .codex .agents
	echo "ref: refs/heads/main" >.git/HEAD
	for face in run bwrap-init; do
		start_face "$face" "$face" bash -c '"$@" <&0 & wait' starter \
			sh -c 'echo $$ >pid; exec "$@"' sh
		hear_line "$face" started
		pid=$(cat pid)
		kill -STOP "$pid"
		kill -KILL "${HOLD_PID[$face]}"
		# All that could write has ended but rind itself, which is continued for its last steps.
		deadline=$((SECONDS + PATIENCE))
		while survivors | grep -v "^$pid:" >others; do
			[ "$SECONDS" -lt "$deadline" ] || fail "$face still runs: $(cat others)"
			sleep 0.01
		done
		kill -CONT "$pid" 2>/dev/null || true
		await_end "$face"
		await_no_survivors
	done
}

# Asked to outlive it, it does.
test_parent_may_end()
{
	hold_start run bash -c '"$@" <&0 & wait' starter \
		"$RIND" run --no-die-with-parent -- sh -c "$SCRIPT" "$WORK"
	hear_line run started
	kill -KILL "${HOLD_PID[run]}"
	wait "${HOLD_PID[run]}" 2>/dev/null || true
	tell run words
	hear_line run "heard words"
	await_end run
}

run_cases "$@"
