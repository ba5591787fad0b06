#!/bin/bash
# Attacks on what the kernel keeps for init and lets others of the same user change; the host looks at init afterwards.
# Also: test-processes.sh (memory, limits, priority).

# Scripts in quotes are expanded in the sandbox.
# shellcheck disable=SC2016 source-path=SCRIPTDIR/.. source=lib.sh
. "$(dirname "$0")/lib.sh"

# init_of NAME: sets INIT to the number, on the host, of the init of a held sandbox.
init_of()
{
	local process
	needs_to_see_processes
	for process in $(children_of "${HOLD_PID[$1]}"); do
		if grep -qE '^NSpid:.*[[:space:]]1$' "/proc/$process/status"; then
			INIT=$process
			return
		fi
	done
	fail "$1 has no init"
}

# state: all that can be read of init on the host.
state()
{
	local file
	for file in oom_score_adj autogroup coredump_filter comm limits; do
		echo "$file: $(cat "/proc/$INIT/$file" 2>/dev/null)"
	done
	grep -E '^(Cpus|Mems)_allowed:|^SigQ:' "/proc/$INIT/status" | sed 's/^SigQ.*\///'
	# Nice, and class and priority of real time.
	cut -d' ' -f19,40,41 "/proc/$INIT/stat"
	"$PROBES/breach" ioprio-get "$INIT"
}

# attacked OPTION… -- SCRIPT: in a sandbox that is held; nothing of init's may have changed.
attacked()
{
	local before
	hold box "${@:1:$#-1}" 'read -r line
		PROBE=init
		'"${*: -1}"'
		echo attacked; read -r line; exit 7'
	init_of box
	before=$(state)
	tell box go
	hear_line box attacked
	assert_equal "$before" "$(state)" "init"
	tell box go
	await_end box
	assert_equal 7 "$HOLD_STATUS" status
	forget box
}

# The words with which the files of a process are tried: `try_files allowed PROCESS`.
readonly TRY_FILES='
try_file()
{
	# A kernel without it.
	[ ! -e "/proc/$2/$3" ] || "$1" "echo $4 >/proc/$2/$3"
}
try_files()
{
	try_file "$1" "$2" oom_score_adj 1000
	try_file "$1" "$2" oom_adj 15
	try_file "$1" "$2" coredump_filter 0x7f
	try_file "$1" "$2" clear_refs 5
	try_file "$1" "$2" sched 0
}
'

test_files_of_init()
{
	[ "$(id -u)" != 0 ] || skip 'open to root: see recorded_files_of_init_for_root'
	attacked -- "$TRY_FILES"'
		# The control: on another process it works.
		sleep 1000 & other=$!
		try_files allowed "$other"
		kill "$other"
		for process in 1 1/task/1; do
			try_files refused "$process"
			try_file refused "$process" autogroup 19
			try_file refused "$process" comm evil
			try_file refused "$process" timerslack_ns 1000000000
			try_file refused "$process" attr/current evil
			try_file refused "$process" projid_map "\"0 0 1\""
		done
		find /proc/1 -maxdepth 3 -type f -perm /222 ! -name timerslack_ns ! -path "*/attr/*" 2>/dev/null | while read -r file; do
			refused ": >>$file"
		done
	'
}

# By design: the kernel gives the files in /proc of a process that cannot be looked into to the root of the user
# namespace that its program was started in, and that is the caller.  Init holds nothing that the command could get by it,
# but where memory is short it can be the first to be killed, and the sandbox ends.
test_recorded_files_of_init_for_root()
{
	[ "$(id -u)" = 0 ] || skip 'root only: see files_of_init'
	hold box -- "$TRY_FILES"'
		try_files allowed 1
		for file in comm timerslack_ns uid_map gid_map; do
			refused "echo 0 >/proc/1/$file"
		done
		refused "echo -1000 >/proc/1/oom_score_adj"
		echo attacked; read -r line; exit 7'
	hear_line box attacked
	init_of box
	assert_content "/proc/$INIT/oom_score_adj" 1000
	tell box go
	await_end box
	assert_equal 7 "$HOLD_STATUS" status

	# What SECURITY.md names: without them nothing is open.
	inside --proc none -- 'refused "echo 1000 >/proc/1/oom_score_adj"'
}

test_share_of_the_disks()
{
	attacked -- '
		sleep 1000 & other=$!
		breached ioprio process "$other"
		kill "$other"
		blocked_with EPERM ioprio process 1
		blocked_with EPERM ioprio group 1
		blocked_with EPERM ioprio user "$(id -u)"
	'
}

# Init leads a process group of the command's session, and so the command may join it: its own group is then init's.
test_by_its_process_group()
{
	attacked -- '
		# The control: a group that can be named, and is not init'\''s.
		setsid sleep 1000 & other=$!
		PROBE=breach
		breached renice group "$$"
		PROBE=init
		blocked_with EPERM join renice 1
		blocked_with EPERM join ioprio 1
		kill "$other"
	'
	attacked --no-new-session -- '
		PROBE=breach
		blocked_with EPERM renice group 0
		blocked_with EPERM ioprio group 0
	'
}

# The kernel takes one such change in a tenth of a second, whoever makes it, and says nothing of when the next may come.
set_share()
{
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		! echo "$1" >/proc/self/autogroup || return 0
		sleep 0.15
	done 2>/dev/null
}
export -f set_share

# By design: init is in the session of the command, among whose processes the kernel shares the processor
# (kernel.sched_autogroup_enabled); and this file of its own the command may write to.
test_recorded_share_of_the_session()
{
	[ -e /proc/self/autogroup ] || skip 'the kernel shares nothing by sessions'
	hold box -- "$(declare -f set_share)"'
		set_share 19
		echo attacked; read -r line; exit 7'
	hear_line box attacked
	init_of box
	assert_match '* nice 19' "$(cat "/proc/$INIT/autogroup")"
	assert_match '* nice 0' "$(cat "/proc/$$/autogroup")"
	tell box go
	await_end box
	assert_equal 7 "$HOLD_STATUS" status
}

# By design: with --no-new-session that session is the launcher's.
test_recorded_share_of_the_launchers_session()
{
	[ -e /proc/self/autogroup ] || skip 'the kernel shares nothing by sessions'
	setsid -w bash -c '
		"$RIND" run --no-new-session -- sh -c "$(declare -f set_share); set_share 19" "$WORK"
		cat /proc/self/autogroup
		set_share 0
		cat /proc/self/autogroup' >"$WORK/shared"
	assert_match '* nice 19
* nice 0' "$(cat "$WORK/shared")"
	# What SECURITY.md names besides what puts it right.
	setsid -w bash -c '
		"$RIND" run -- sh -c "$(declare -f set_share); set_share 19" "$WORK"
		cat /proc/self/autogroup' >"$WORK/own"
	assert_match '* nice 0' "$(cat "$WORK/own")"
}

# Init would take a command that it traces for one that has ended, as soon as that stops.
test_init_as_tracer()
{
	local signal
	# SIGWINCH, which ends nothing, and SIGTRAP, which a tracer sees after each exec.
	for signal in 28 5; do
		sandbox -- sh -c 'exec "$PROBES/init" traced '"$signal"
		assert_equal "0 done" "$STATUS $OUT" "run: status and output ($ERR)"
		STATUS=0
		OUT=$("$RIND" bwrap --ro-bind / / --unshare-pid --proc /proc "$PROBES/init" traced "$signal") || STATUS=$?
		# Root's command keeps capabilities that init gives up, which then may not trace it.
		if [ "$(id -u)" != 0 ] || [ "$STATUS $OUT" != '1 ptrace: EPERM' ]; then
			assert_equal "0 done" "$STATUS $OUT" "bwrap: status and output"
		fi
	done
	# One that a signal ends ends of it.
	sandbox -- sh -c 'exec "$PROBES/init" traced 15'
	assert_equal 143 "$STATUS" status
}

# hold_bwrap OPTION… -- SCRIPT
hold_bwrap()
{
	hold_start box "$RIND" bwrap --ro-bind / / --dev /dev --unshare-pid --proc /proc "${@:1:$#-2}" \
		sh -c ". '$LIB/inside.sh'; PROBE=init; ${*: -1}" "$WORK"
}

# Limits of init are the command's here, as with bubblewrap; but init does not end of them.
test_limits_of_init_in_bwrap()
{
	hold_bwrap --new-session -- '
		breached limits 1
		# It wakes up, and takes away what has ended.
		breached orphan
		breached orphan
		echo attacked; read -r line
		breached orphan
		exit 7'
	hear_line box attacked
	init_of box
	assert_match 'Max open files * 0 * 0 *' "$(grep '^Max open files' "/proc/$INIT/limits")"
	tell box go
	await_end box
	assert_equal 7 "$HOLD_STATUS" "status ($(cat "$WORK/box.err"))"
}

# As with bubblewrap: rind's filters are for `rind run`.  The status stays the command's.  A user's command lacks the
# capability that init keeps, without which the kernel refuses it what is about the processor and the disks.
test_recorded_init_of_bwrap()
{
	local word=breached nice=19
	[ "$(id -u)" = 0 ] || word='blocked_with EPERM' nice=$(cut -d' ' -f19 /proc/self/stat)
	hold_bwrap --new-session -- "$TRY_FILES"'
		try_files allowed 1
		'"$word"' ioprio process 1
		'"$word"' join ioprio 1
		PROBE=breach
		'"$word"' renice process 1
		PROBE=surface
		'"$word"' idle 1
		'"$word"' pin 1
		echo attacked; read -r line; exit 7'
	hear_line box attacked
	init_of box
	assert_content "/proc/$INIT/oom_score_adj" 1000
	assert_equal "$nice" "$(cut -d' ' -f19 "/proc/$INIT/stat")" nice
	tell box go
	await_end box
	assert_equal 7 "$HOLD_STATUS" "status ($(cat "$WORK/box.err"))"
}

run_cases "$@"
