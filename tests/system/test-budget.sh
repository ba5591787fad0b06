#!/bin/bash
# What a start may cost, in system calls and in memory: not timed, so that it holds on any machine.
#
# A bound is what rind makes now.  One more call is a failure here, so that it is seen in review: take
# it out again, or say why it is needed and raise the bound.  When there are fewer, lower it.

# Scripts in quotes are expanded in the sandbox.
# shellcheck disable=SC2016 source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# Of the supervisor from main() to the wait for the command's start, of init until it has created the
# command, and of the command up to and including its execve().
readonly RUN_SUPERVISOR=48 RUN_INIT=142 RUN_COMMAND=14
readonly BWRAP_SUPERVISOR=26 BWRAP_INIT=96 BWRAP_COMMAND=5
# For each component of the writable directory's path, in the supervisor of `run`.
readonly RUN_COMPONENT=1
# In init, for each part of /proc that is bound read-only, and for one that this kernel has not.  An
# ordinary user's bwrap leaves those alone which are read-only to him anyway.
readonly RUN_PART=9 RUN_NO_PART=2 BWRAP_PART=12 BWRAP_USER_PART=3 BWRAP_NO_PART=1
# In init, when the caller is root: for each part that its mode keeps from others than root, and more
# for one that root could write to.
readonly RUN_ROOT_PART=2 RUN_ROOT_COVER=6
# For an ordinary user's bwrap: in init, to give up the capabilities that root keeps, and to look; in the
# command, to give up the one by which the kernel keeps it from tracing init.
readonly BWRAP_USER=2 BWRAP_USER_COMMAND=2
# For each protected path, in init; and in the supervisor, of `run` for each component below the root.
readonly RUN_PROTECTED=12 BWRAP_PROTECTED=16 RUN_LOOK=1 BWRAP_LOOK=0
# Where the kernel lacks calls, by mount(2), each mount takes many more; and the table of mounts, which is
# read once they are all made, takes one more for every 40 of them.
readonly OLD_PROTECTED=127 OLD_TABLE=2

proc_parts()
{
	local part count=0
	for part in sys sysrq-trigger irq bus; do
		[ ! -e "/proc/$part" ] || count=$((count + 1))
	done
	echo "$count"
}

# What the parts of /proc cost that are covered for root alone.
root_parts_budget()
{
	local part count=0
	if [ "$(id -u)" = 0 ]; then
		for part in acpi asound driver dynamic_debug fs latency_stats mtrr scsi; do
			count=$((count + RUN_ROOT_PART))
			# Whatever an engine has mounted over it: the sandbox has a proc of its own.
			[ ! -e "/proc/$part" ] || [ ! -O /proc ] || count=$((count + RUN_ROOT_COVER))
		done
	fi
	echo "$count"
}

path_components()
{
	local slashes=${1//[!\/]/}
	echo "${#slashes}"
}

readonly CALLS="$MOUNT_CALLS clone3 openat2 close_range statx landlock_create_ruleset"

# The bounds are those of a kernel that has them all, with no filter around, which would have to be asked.
need_every_call()
{
	# shellcheck disable=SC2086 # words
	needs $CALLS
	[ -z "$WITHOUT" ] || skip "the bounds are of a kernel that does not lack $WITHOUT"
}

# The classic backend reads the table of mounts, and changes each by itself.
need_mount_calls()
{
	# shellcheck disable=SC2086 # words
	needs $MOUNT_CALLS
}

# trace NAME COMMAND…: leaves a file for each of the three processes, $WORK/NAME.supervisor, .init and
# .command.  The same descriptors and directory for all: some calls depend on what these are.
trace()
{
	local name=$1 file
	shift
	mkdir "$WORK/$name"
	# A traced pid 1 that faults does so for ever: the signal that would end it, it ignores.
	(cd / && exec timeout -s KILL "$PATIENCE" strace -ff -s 4096 -o "$WORK/$name/trace" "$@" </dev/null >/dev/null 2>&1) ||
		fail "status $? of $*: $(grep -h 'write(2' "$WORK/$name"/*)"
	for file in "$WORK/$name"/trace.*; do
		if grep -q '^clone3(' "$file"; then
			mv "$file" "$WORK/$name.supervisor"
		elif grep -q '^vfork(' "$file"; then
			mv "$file" "$WORK/$name.init"
		else
			mv "$file" "$WORK/$name.command"
		fi
	done
}

# The calls of one process up to the point given, by a pattern.  Not those of the C library's own
# start, which come before main() does its first; nor the library's for memory; nor those about the
# bounding set, of which there are as many as the kernel has capabilities.
calls()
{
	awk -v last="$2" '
		FILENAME ~ /supervisor$/ && !begun && !/^getppid\(/ { next }
		{ begun = 1 }
		!/^(brk|mmap|munmap|mremap|mprotect|madvise)\(/ && !/^prctl\(PR_CAPBSET_/
		$0 ~ last { exit }' "$1"
}

supervisor_calls()
{
	calls "$WORK/$1.supervisor" '^p?poll\('
}

init_calls()
{
	calls "$WORK/$1.init" '^vfork\\('
}

command_calls()
{
	calls "$WORK/$1.command" '^execve\('
}

count_calls()
{
	"$1_calls" "$2" | wc -l
}

by_name()
{
	"$1_calls" "$2" | sed 's/(.*//' | sort | uniq -c | sort -rn | tr -s ' \n' ' '
}

# assert_calls MAXIMUM PROCESS TRACE
assert_calls()
{
	local count
	count=$(count_calls "$2" "$3")
	[ "$count" -gt 0 ] || fail "no call of $2 was traced"
	[ "$count" -le "$1" ] ||
		fail "$3, $2: $count system calls, and $1 are allowed: $(by_name "$2" "$3")"
}

run_seed()
{
	trace "$1" "$RIND" run --mode read-only --no-default-protect --writable "$WS" \
		--network host "${@:2}" -- "$TRUE"
}

bwrap_seed()
{
	trace "$1" "$RIND" bwrap --new-session --die-with-parent --ro-bind / / --bind "$WS" "$WS" \
		--dev-bind /dev/null /dev/null --unshare-user --unshare-pid --proc /proc \
		"${@:2}" -- "$TRUE"
}

TRUE=$(type -P true)
readonly TRUE

test_run_makes_so_many_system_calls()
{
	local parts last count
	need_strace
	need_every_call
	parts=$(proc_parts)
	run_seed run
	assert_calls $((RUN_SUPERVISOR + RUN_COMPONENT * $(path_components "$WS"))) supervisor run
	assert_calls $((RUN_INIT + parts * RUN_PART + (4 - parts) * RUN_NO_PART +
		$(root_parts_budget))) init run
	assert_calls "$RUN_COMMAND" command run

	# Each capability is dropped and looked at: twice, and once more to learn that there is no other.
	last=$(cat /proc/sys/kernel/cap_last_cap)
	count=$(grep -c '^prctl(PR_CAPBSET_' "$WORK/run.init")
	[ "$count" -le $((2 * (last + 2))) ] || fail "$count calls for capabilities 0 to $last"
}

test_bwrap_makes_so_many_system_calls()
{
	local parts part=$BWRAP_PART more=0 command=0
	need_strace
	need_every_call
	[ "$(id -u)" = 0 ] || part=$BWRAP_USER_PART more=$BWRAP_USER command=$BWRAP_USER_COMMAND
	parts=$(proc_parts)
	bwrap_seed bwrap
	assert_calls "$BWRAP_SUPERVISOR" supervisor bwrap
	assert_calls $((BWRAP_INIT + more + parts * part + (4 - parts) * BWRAP_NO_PART)) init bwrap
	assert_calls $((BWRAP_COMMAND + command)) command bwrap
}

protected_directories()
{
	local i
	options=()
	mkdir -p protected
	for i in $(seq 101 $((100 + $2))); do
		mkdir -p "protected/$i"
		if [ "$1" = run ]; then
			options+=(--protect "$WS/protected/$i")
		else
			options+=(--ro-bind "$WS/protected/$i" "$WS/protected/$i")
		fi
	done
}

# check_growth FACE SUPERVISOR INIT: so many calls for a path, and for eight more twice as
# many as for four.
check_growth()
{
	local face=$1 process count first second more table=0
	local -A maximum=([supervisor]=$2 [init]=$3 [command]=0)
	# shellcheck disable=SC2086 # words
	if lacks $CALLS; then
		maximum[init]=$OLD_PROTECTED table=$OLD_TABLE
	fi
	local -a options
	for count in 4 8 16; do
		protected_directories "$face" "$count"
		"${face}_seed" "$face$count" "${options[@]}"
	done
	for process in supervisor init command; do
		first=$(($(count_calls "$process" "${face}8") - $(count_calls "$process" "${face}4")))
		second=$(($(count_calls "$process" "${face}16") - $(count_calls "$process" "${face}8")))
		more=$((second - 2 * first))
		((more >= -2 * table && more <= table)) ||
			fail "$face, $process: $first calls for 4 more paths, $second for 8"
		[ "$first" -le $((4 * maximum[$process] + table)) ] ||
			fail "$face, $process: $first calls for 4 paths, ${maximum[$process]} each are allowed"
	done
}

test_run_grows_in_proportion_to_protected_paths()
{
	need_strace
	# Two components: protected/NAME.
	check_growth run $((2 * RUN_LOOK)) "$RUN_PROTECTED"
}

test_bwrap_grows_in_proportion_to_protected_paths()
{
	need_strace
	check_growth bwrap "$BWRAP_LOOK" "$BWRAP_PROTECTED"
}

test_mounts_of_the_host_cost_no_system_call()
{
	local face process i
	need_strace
	need_mount_calls
	private_mounts
	mkdir many
	mount -t tmpfs none many
	for face in run bwrap; do
		"${face}_seed" "$face.few"
	done
	for i in $(seq 50); do
		mkdir "many/$i"
		mount --bind "many/$i" "many/$i"
	done
	for face in run bwrap; do
		"${face}_seed" "$face.many"
		for process in supervisor init command; do
			assert_equal "$(count_calls "$process" "$face.few")" \
				"$(count_calls "$process" "$face.many")" "$face: calls of $process"
		done
	done
}

readonly MOUNT_TABLE='"/proc/[^"]*(mountinfo|mounts|mountstats)"'

test_mount_table_is_not_read()
{
	need_strace
	need_mount_calls
	git_workspace
	run_seed run
	bwrap_seed bwrap
	# The control: where the command reads it, that is seen.
	trace control "$RIND" run -C "$WS" -- sh -c 'exec cat /proc/self/mounts"$0"' ''
	grep -qE "$MOUNT_TABLE" "$WORK/control.command" || fail "the control was not seen"
	! grep -E "$MOUNT_TABLE" "$WORK"/*.supervisor "$WORK"/*.init || fail "the mount table was read"
}

# The KiB of the program's own code and constants that a process has in memory.
code_in_memory()
{
	awk -v program="$RIND" '
		/^[0-9a-f]+-[0-9a-f]+ / { ours = $NF == program && $2 !~ /w/ }
		/^Rss:/ && ours { total += $2; found = 1 }
		END { print found ? total : "none" }' "/proc/$1/smaps"
}

# Without what unmap_code.h does it is 450 KiB and more; a page that is used brings 64 KiB with it.
test_waiting_processes_keep_little_code_in_memory()
{
	local deadline=$((SECONDS + PATIENCE)) pid code
	[ "$WAY" = root ] || skip "only root may look at init's memory"
	! grep -q __asan_init "$RIND" || skip "sanitizers keep memory of their own"
	hold one -- 'echo ready; read -r _'
	hear_line one ready
	# The supervisor and its children, init and the janitor, give it back when the command begins.
	for pid in "${HOLD_PID[one]}" $(children_of "${HOLD_PID[one]}"); do
		code=$(code_in_memory "$pid")
		while [ "$code" = none ] || [ "$code" -gt 256 ]; do
			[ "$SECONDS" -lt "$deadline" ] || fail "$pid has $code KiB of code in memory"
			sleep 0.01
			code=$(code_in_memory "$pid")
		done
	done
	release one
}

run_cases "$@"
