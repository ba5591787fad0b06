#!/bin/bash
# Attacks on init and on the host's processes.  Also: test-privileges.sh (init's memory, descriptors and
# signals; the status), test-landlock.sh (signals to the outside), test-placeholders.sh (kills).

# Scripts in quotes are expanded in the sandbox.
# shellcheck disable=SC2016 source-path=SCRIPTDIR/.. source=lib.sh
. "$(dirname "$0")/lib.sh"

test_memory_of_init()
{
	# The control: its own child it can write to.
	inside -- '
		same "$(id -u)" "$(sed -n "s/^Uid:[[:space:]]*\([0-9]*\).*/\1/p" /proc/1/status)"
		sleep 1000 &
		attempt "\"$PROBES/breach\" read-memory $!"
		[ "$attempt_output" != EPERM ] || wrong "the control does not work"
		kill "$!"
		blocked_with EPERM write-memory 1
		blocked_with EPERM read-memory 1
		blocked_with EPERM attach 1
		for file in mem maps environ stack syscall auxv map_files io; do
			refused "cat /proc/1/$file | grep -q ."
		done
		refused "readlink /proc/1/exe"
	'
}

# Limits belong to whoever has the same user.  Without descriptors init would end, and tell nothing.
test_limits_of_init()
{
	echo content >config
	hold box -p config -- '
		# The control: on another process it works.
		sleep 1000 & breached prlimit-files "$!"
		kill "$!" # which may have ended of it
		blocked_with EPERM prlimit-files 1
		blocked_with EPERM prlimit 1
		same "$(ulimit -n)" "$(sed -n "s/^Max open files *\([0-9]*\) .*/\1/p" /proc/1/limits)"
		echo ready; read -r line
		allowed "echo evil >config"
		exit 7
	'
	hear_line box ready
	echo new >config.new
	mv config.new config
	tell box go
	await_end box
	assert_equal 7 "$HOLD_STATUS" status
	assert_match "*rind: $WS/config (*): was replaced *" "$(cat "$WORK/box.err")"
}

# With the least share of the processor, behind processes that are busy, init would not get to end for minutes:
# no time limit would hold.
test_priority_of_init()
{
	inside -- '
		PROBE=surface
		before=$(cut -d" " -f19,41 /proc/1/stat)
		# The control: on another process of its own.
		sleep 1000 & other=$!
		for call in idle pin; do
			breached "$call" "$other"
			blocked_with EPERM "$call" 1
		done
		kill "$other"
		PROBE=breach
		blocked_with EPERM renice process 1
		blocked_with EPERM renice group 1
		blocked_with EPERM renice user "$(id -u)"
		breached renice process "$$"
		same "$before" "$(cut -d" " -f19,41 /proc/1/stat)"
	'
}

test_every_process_that_can_be_seen_is_killed()
{
	hold_start witness sh -c 'echo ready; read -r line; echo alive' "$WORK"
	hear_line witness ready
	inside -- '
		sleep 1000 & victim=$!
		(trap "" TERM; exec sleep 1000) &
		kill -KILL -1 2>/dev/null || true
		# The control: it did kill.
		wait "$victim" 2>/dev/null && wrong "it is alive"
		allowed true
	'
	tell witness go
	hear_line witness alive
	await_end witness
}

# What refuses every signal, has left the session, is nobody's child, or is stopped.
test_sandbox_ends_with_rind_whatever_it_does()
{
	hold box -- '
		(trap "" HUP INT QUIT TERM USR1 PIPE; setsid sh -c "
			trap \"\" HUP INT QUIT TERM
			(sleep 1000 & sleep 1000) & sleep 1000" &)
		(kill -STOP $(sh -c "echo \$PPID"); sleep 1000) &
		"$PROBES/breach" prlimit-files 1 >attempts
		"$PROBES/breach" renice process 1 >>attempts
		echo ready; trap "" HUP INT QUIT TERM; while :; do sleep 1000; done
	'
	hear_line box ready
	kill -KILL "${HOLD_PID[box]}"
	# The end of their output: all of them are gone.
	await_end box
	await_no_survivors
	assert_absent .git .codex .agents
}

# The signal that ends it with its parent is a process's own to take back; but init's is out of reach, and
# with init the kernel ends all of them.
test_parent_death_signal()
{
	# The control: what has taken it back goes on.
	# bash, which leaves its standard input to a background process that asks for it.
	hold_start parent bash -c '
		setpriv --pdeathsig KILL "$PROBES/breach" outlive "echo armed; read -r line; echo outlived" <&0 &
		wait' "$WORK"
	hear_line parent armed
	kill -KILL "${HOLD_PID[parent]}"
	tell parent go
	hear_line parent outlived
	await_end parent

	hold box -- '
		for i in 1 2 3; do
			"$PROBES/breach" outlive "echo armed >&2; sleep 1000" 2>>armed &
		done
		blocked_with EPERM attach 1
		blocked_with EPERM write-memory 1
		while [ "$(grep -c armed armed)" -lt 3 ]; do sleep 0.01; done
		# Not the command itself, which leads its process group and so cannot leave its session.
		echo ready; "$PROBES/breach" outlive "sleep 1000"
	'
	hear_line box ready
	kill -KILL "${HOLD_PID[box]}"
	# The end of their output: all of them are gone.
	await_end box
	await_no_survivors
}

# priority PID: its nice value.
priority()
{
	cut -d' ' -f19 "/proc/$1/stat"
}

# In one process group and of one user with the sandbox's launcher, as in a script.
start_witness()
{
	hold_start witness sh -c 'echo ready; read -r line; read -r line' "$WORK"
	hear_line witness ready
}

test_priorities_of_the_host()
{
	local pid
	start_witness
	pid=${HOLD_PID[witness]}
	# The control, on processes of its own.
	setsid -w sh -c 'sleep 1000 & "$PROBES/breach" renice group 0; cut -d" " -f19 "/proc/$!/stat"; kill "$!"' \
		>"$WORK/control"
	assert_content "$WORK/control" 'done
19'
	inside -- '
		# Init, too, can be of the same group, and is of the same user.
		blocked_with EPERM renice group 0
		blocked_with EPERM renice user "$(id -u)"
		blocked_with EPERM ioprio group 0
		blocked_with EPERM ioprio user "$(id -u)"
		refused "\"$PROBES/breach\" renice process '"$pid"'"
	'
	assert_equal "$(priority $$)" "$(priority "$pid")" "priority of a process of the host"
	assert_equal "$("$PROBES/breach" ioprio-get $$)" "$("$PROBES/breach" ioprio-get "$pid")" \
		"input and output priority of a process of the host"
	hang_up witness
	await_end witness
}

# With --no-new-session the command is in the launcher's process group, whose priority any member with the same
# user could lower, unless the launcher has capabilities.
test_priorities_in_a_shared_process_group()
{
	local before
	before=$(priority $$)
	# The control, without a sandbox.
	setsid -w bash -c '"$PROBES/breach" renice group 0; cut -d" " -f19 "/proc/$$/stat"' >"$WORK/control"
	assert_content "$WORK/control" 'done
19'
	setsid -w bash -c '
		"$RIND" run --no-new-session -- sh -c "
			\"\$PROBES/breach\" renice group 0; true" "$WORK"
		cut -d" " -f19 "/proc/$$/stat"' >"$WORK/shared"
	assert_content "$WORK/shared" "EPERM
$before"
}

# With the host's /proc its processes are in sight.
test_host_processes_in_the_hosts_proc()
{
	local pid
	start_witness
	pid=${HOLD_PID[witness]}
	# The control: on the host a process of the same user can be looked into.
	[ "$(readlink "/proc/$pid/root")" = / ] || fail "the control does not work"
	inside --proc host -- '
		pid='"$pid"'
		# With hidepid not even that: a capability that the sandbox lacks is asked for.
		grep -q " /proc .*hidepid=" /proc/self/mountinfo || allowed "grep -q . /proc/$pid/cmdline"
		refused "ls /proc/$pid/root/"
		refused "echo evil >\"/proc/$pid/root$OUTSIDE/file\""
		refused "ls /proc/$pid/cwd/"
		refused "cat /proc/$pid/fd/0"
		refused "readlink /proc/$pid/exe"
		refused "cat /proc/$pid/environ | grep -q ."
		refused "cat /proc/$pid/maps | grep -q ."
		refused "\"$PROBES/attempt\" open-read /proc/$pid/mem"
		refused "\"$PROBES/attempt\" open-write /proc/$pid/mem"
		refused "\"$PROBES/breach\" setns /proc/$pid/ns/mnt"
		refused "echo 1000 >/proc/$pid/oom_score_adj"
		refused "kill -0 $pid"
	'
	hang_up witness
	await_end witness
	assert_content "$OUTSIDE/file" outside
}

# Processes that a sandbox has adopted do not speak for its command.
test_status_of_others()
{
	local status
	for status in 0 7 255; do
		sandbox -- sh -c "
			for i in 1 2 3 4 5 6 7 8; do (setsid sh -c '(exit 3) & exit 4' &); done
			'$PROBES/breach' prlimit-files 1 >/dev/null
			exit $status" "$WORK"
		assert_equal "$status" "$STATUS" status
	done
}

run_cases "$@"
