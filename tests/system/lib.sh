# shellcheck shell=bash
# What every test-*.sh is made of.  A test file sources this, defines functions test_NAME, and ends
# with `run_cases "$@"`.
#
# A case is a process of its own with a directory of its own:
#
#   $WORK      the case's directory, under /var/tmp
#   $WS        $WORK/ws, the workspace: the working directory, so writable in the sandbox
#   $OUTSIDE   $WORK/outside, with a file: nothing makes it writable
#   $WAY       root, user or userns
#   $WITHOUT   the system calls that run -x has hidden; mostly empty, and one may be missing all the
#              same: see lacks
#
# It ends by returning (passed), with fail or with skip.  What it leaves running or lying about is
# removed, and a process of its sandboxes that outlives it fails it.

set -eu
shopt -s inherit_errexit
export LC_ALL=C
unset CDPATH ENV BASH_ENV

: "${RIND:?}" "${PROBES:?}" "${SCRATCH:?}" "${WAY:?}"
export PROBES WITHOUT=${WITHOUT:-}
LIB=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export LIB

# Longer than anything here takes: a wait that lasts so long is a hang.
readonly PATIENCE=30

declare -A HOLD_PID HOLD_IN HOLD_OUT

# --- results ------------------------------------------------------------------------------------

fail()
{
	printf '%s\n' "$*" >&2
	exit 1
}

skip()
{
	printf '%s\n' "$*" >&2
	exit 77
}

assert_equal()
{
	[ "$1" = "$2" ] || fail "${3:-value}: expected '$1', got '$2'"
}

# assert_match PATTERN TEXT: a shell pattern.
assert_match()
{
	# shellcheck disable=SC2053 # the right side is a pattern on purpose
	[[ $2 == $1 ]] || fail "expected a match of '$1', got '$2'"
}

assert_absent()
{
	local path
	for path; do
		if [ -e "$path" ] || [ -L "$path" ]; then
			fail "$path exists on the host"
		fi
	done
}

assert_content()
{
	assert_equal "$2" "$(cat "$1")" "content of $1"
}

# A listing of everything below the directories, with contents: equal means that nothing was done.
snapshot()
{
	find "$@" -printf '%p %i %M %n %U:%G %s %l\n' | sort
	find "$@" -type f -readable -exec cksum {} + | sort
}

# --- one sandbox at a time ----------------------------------------------------------------------

# sandbox [OPTION…] -- COMMAND…: sets STATUS, OUT and ERR.
sandbox()
{
	STATUS=0
	"$RIND" run "$@" >"$WORK/stdout" 2>"$WORK/stderr" || STATUS=$?
	OUT=$(tr -d '\0' <"$WORK/stdout")
	ERR=$(cat "$WORK/stderr")
}

# inside [OPTION…] -- SCRIPT [ARGUMENT…]
#
# Run a shell script in a sandbox and see that it held.  The script's words `allowed`, `refused` and
# `refused_with` (see inside.sh) do the attacks.  So that nothing passes because the sandbox did
# not start, the script first reads a token and, unless CONTROL is empty, writes it to the file
# $CONTROL, which is looked for here.
inside()
{
	local -a options=()
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	local script=$2
	shift 2
	new_token
	sandbox "${options[@]}" -- \
		sh -c ". '$LIB/inside.sh'; begin; $script"$'\n''end' "$WORK" "$@"
	check_inside
}

# launch_through COMMAND: from now on RIND is started by a shell's command that executes it.
launch_through()
{
	printf '#!/bin/sh\nexec %s "%s" "$@"\n' "$1" "$RIND" >"$WORK/launcher"
	chmod 755 "$WORK/launcher"
	RIND=$WORK/launcher
}

# inside_as_number_1000 [OPTION…] -- SCRIPT: as inside, by root in a user namespace that gives it that
# number.  To the kernel it is root that asks.
inside_as_number_1000()
{
	local launcher=$RIND
	chmod 777 .
	launch_through 'unshare --user --map-user 1000 --map-group 1000'
	inside "${@:1:$#-1}" "same 1000 \"\$(id -u)\"; ${*: -1}"
	RIND=$launcher
}

new_token()
{
	export TOKEN=$RANDOM$RANDOM CONTROL=${CONTROL-$WS/control}
	echo "$TOKEN" >"$WORK/token"
}

check_inside()
{
	if [[ $OUT == *WRONG:* ]]; then
		fail "$(grep WRONG: "$WORK/stdout")"
	fi
	[ "$STATUS" = 0 ] || fail "status $STATUS: $OUT $ERR"
	assert_equal "started $TOKEN" "$(head -n 1 "$WORK/stdout")" "first line"
	assert_equal finished "$(tail -n 1 "$WORK/stdout")" "last line"
	if [ -n "$CONTROL" ]; then
		assert_content "$CONTROL" "$TOKEN"
		rm "$CONTROL"
	fi
}

# on_terminal OPTION… -- SCRIPT: as inside, on a terminal.  Its output goes to a file: a terminal is
# shared.  Sets TERMINAL to what the terminal was like afterwards.  A script in AFTER_TERMINAL runs
# there on the host, when rind has ended, one in BEFORE_TERMINAL before it starts.
AFTER_TERMINAL=''
BEFORE_TERMINAL=''
on_terminal()
{
	local -a options=()
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	new_token
	"$PROBES/pty" /bin/bash -c "$BEFORE_TERMINAL"$'\n'"\"\$@\"; status=\$?; $AFTER_TERMINAL"$'\n'"exit \"\$status\"" \
		terminal "$RIND" run "${options[@]}" -- sh -c "
		{ . '$LIB/inside.sh'; begin; $2"$'\n'"end; } >result 2>&1" "$WORK" \
		</dev/null >"$WORK/screen"
	STATUS=0 OUT=$(cat result) ERR=$(cat "$WORK/screen")
	mv result "$WORK/stdout"
	check_inside
	# shellcheck disable=SC2034 # for the caller
	TERMINAL=$(tr -d '\r' <"$WORK/screen" | sed -n '/^terminal: /p')
}

# fails_with STATUS PATTERN -- [OPTION…] -- COMMAND…
#
# rind must refuse: this status, exactly one line on standard error that matches, and nothing made.
fails_with()
{
	local status=$1 pattern=$2 before
	shift 3
	before=$(snapshot "$WS" "$OUTSIDE")
	sandbox "$@"
	assert_equal "$status" "$STATUS" "status ($ERR)"
	assert_equal 1 "$(wc -l <"$WORK/stderr")" "lines of '$ERR'"
	assert_match "$pattern" "$ERR"
	assert_equal '' "$OUT" "standard output"
	assert_equal "$before" "$(snapshot "$WS" "$OUTSIDE")" "files"
}

# --- what rind doctor says ------------------------------------------------------------------------

# doctor [COMMAND…]: run it, by COMMAND where there is one.  Sets STATUS, OUT and ERR.
doctor()
{
	STATUS=0
	"$@" "$RIND" doctor >"$WORK/stdout" 2>"$WORK/stderr" || STATUS=$?
	OUT=$(cat "$WORK/stdout") ERR=$(cat "$WORK/stderr")
	assert_equal '' "$ERR" "standard error"
	[ "$STATUS" -le 2 ] || fail "status $STATUS: $OUT"
}

# setting_remedy NAME: how a setting of the kernel that allows none is raised here.
setting_remedy()
{
	if [ -n "$(type -P sysctl)" ]; then
		echo "sysctl -w $1=10000"
	else
		echo "echo 10000 >/proc/sys/${1//.//}"
	fi
}

# With hidepid=, a user sees only processes that it could trace: not a sandbox's init, nor the host's from inside.
needs_to_see_processes()
{
	[ "$WAY" != user ] || [[ ${FURNISHED-} != hidepid-[24] ]] || skip "processes are hidden here (hidepid)"
}

# children_of PROCESS
children_of()
{
	cat "/proc/$1/task/$1/children"
}

verdict_of()
{
	awk -v check="$1" '$2 == check { print $1 }' "$WORK/stdout"
}

line_of()
{
	awk -v check="$1" '$2 == check' "$WORK/stdout"
}

# --- sandboxes that are held --------------------------------------------------------------------

# hold NAME [OPTION…] -- SCRIPT: start one in the background.  `tell NAME LINE` writes a line to its
# standard input, `hear NAME` reads one of its output into LINE.  Returns when it has started.
hold()
{
	local name=$1
	local -a options=()
	shift
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	new_token
	hold_start "$name" "$RIND" run "${options[@]}" -- \
		sh -c ". '$LIB/inside.sh'; begin; $2"$'\n''end' "$WORK"
	hear_line "$name" "started $TOKEN"
	[ -z "$CONTROL" ] || rm "$CONTROL"
}

# hold_start NAME COMMAND…: any command, with fifos as its standard descriptors.  It must not hold
# the ends of those that others have, and not ignore what a shell ignores for its background jobs.
hold_start()
{
	local name=$1 in out
	shift
	mkfifo "$WORK/$name.in" "$WORK/$name.out"
	(
		close_held
		exec env --default-signal=INT,QUIT "$@"
	) <"$WORK/$name.in" >"$WORK/$name.out" 2>"$WORK/$name.err" &
	HOLD_PID[$name]=$!
	exec {in}>"$WORK/$name.in" {out}<"$WORK/$name.out"
	HOLD_IN[$name]=$in
	HOLD_OUT[$name]=$out
}

close_held()
{
	local fd
	for fd in "${HOLD_IN[@]}" "${HOLD_OUT[@]}"; do
		exec {fd}>&-
	done
}

# Where nobody listens any more, what is heard or awaited next says so.
tell()
{
	(trap '' PIPE && echo "$2" >&"${HOLD_IN[$1]}") 2>/dev/null || true
}

hear()
{
	IFS= read -r -t "$PATIENCE" LINE <&"${HOLD_OUT[$1]}" ||
		fail "$1 said nothing: $(cat "$WORK/$1.err")"
	[[ $LINE != WRONG:* ]] || fail "$1: $LINE"
}

hear_line()
{
	hear "$1"
	assert_equal "$2" "$LINE" "line of $1"
}

# The output ends when every process that could write to it is gone: an event, not a guess.  Sets
# HOLD_STATUS to what the launched process returned.
await_end()
{
	local rest status=0
	while IFS= read -r -t "$PATIENCE" rest <&"${HOLD_OUT[$1]}" || { status=$?; false; }; do
		[[ $rest != WRONG:* ]] || fail "$1: $rest"
	done
	[ "$status" -le 128 ] || fail "something of $1 still runs: $(survivors)"
	HOLD_STATUS=0
	wait "${HOLD_PID[$1]}" || HOLD_STATUS=$?
}

# Let a held sandbox that reads a last line go on to its end.
release()
{
	tell "$1" end
	await_end "$1"
	assert_equal 0 "$HOLD_STATUS" "status of $1 ($(cat "$WORK/$1.err"))"
}

# Close a held process's standard input.
hang_up()
{
	local in=${HOLD_IN[$1]}
	exec {in}>&-
}

# Make the name free for another.
forget()
{
	local out=${HOLD_OUT[$1]}
	hang_up "$1"
	exec {out}<&-
	unset "HOLD_IN[$1]" "HOLD_OUT[$1]" "HOLD_PID[$1]"
	rm "$WORK/$1.in" "$WORK/$1.out"
}

# --- processes ----------------------------------------------------------------------------------

# The processes of this case's sandboxes that are still there, with their command lines: each carries
# $WORK as an argument, init's too, which is the supervisor's.
survivors()
{
	local file line
	# Listed first: grep, which has $WORK as an argument too, is not yet there.
	local -a files=(/proc/[0-9]*/cmdline)
	grep -alF -e "$WORK" "${files[@]}" 2>/dev/null | while IFS= read -r file; do
		# One that has ended since then has no command line any more.
		line=$({ tr '\0\n' '  ' <"$file"; } 2>/dev/null) || continue
		[ -z "$line" ] || echo "${file//[!0-9]/}: $line"
	done
}

# For what has closed its descriptors and is about to end: there is no event left to await.
await_no_survivors()
{
	local deadline=$((SECONDS + PATIENCE))
	while [ -n "$(survivors)" ]; do
		[ "$SECONDS" -lt "$deadline" ] || fail "still running: $(survivors)"
		sleep 0.01
	done
}

# --- the host -----------------------------------------------------------------------------------

# serve NAME ARGUMENT…: a server on the host, see probes/server.c.  PORT is set for tcp.
serve()
{
	local name=$1
	shift
	hold_start "$name" "$PROBES/server" "$@"
	hear "$name"
	# shellcheck disable=SC2034 # for the caller
	PORT=${LINE#ready }
}

# How many connections the server has had: it says so before it ends.
connections()
{
	hang_up "$1"
	COUNT=0
	while IFS= read -r -t "$PATIENCE" LINE <&"${HOLD_OUT[$1]}"; do
		COUNT=$((COUNT + 1))
	done
	wait "${HOLD_PID[$1]}"
}

# Run the rest of this case where it may mount: in a mount namespace of its own that receives and
# sends nothing, and, where the case is not root, in a user namespace as well.
private_mounts()
{
	[ -z "${IN_PRIVATE_MOUNTS:-}" ] || return 0
	local -a how=(--mount)
	[ "$(id -u)" = 0 ] || how+=(--map-root-user)
	IN_PRIVATE_MOUNTS=1 exec unshare "${how[@]}" bash "$0" --bare "$CASE"
}

# As people have it: a user with a name, which a message bus asks for, whose home is below $WORK/client; his id is
# PERSON.  From here on in mounts of the case's own.
private_person()
{
	local kind
	[ "$WAY" = root ] || skip "only root can give a user a name"
	private_mounts
	PERSON=12345
	for kind in passwd group; do
		cp "/etc/$kind" "$WORK/$kind"
	done
	echo "person:x:$PERSON:$PERSON::$WORK/client/home:/bin/sh" >>"$WORK/passwd"
	echo "person:x:$PERSON:" >>"$WORK/group"
	for kind in passwd group; do
		chmod 644 "$WORK/$kind"
		mount --bind "$WORK/$kind" "/etc/$kind"
	done
	mkdir -p "$WORK/client"
	chmod 711 "$WORK"
	chown "$PERSON:$PERSON" "$WORK/client"
	cd "$WORK/client"
}

# For what sets a limit of the kernel's in a namespace of its own: a container may have the settings read-only.
needs_settings()
{
	! grep -q ' /proc/sys ro,' /proc/self/mountinfo || skip "the host's /proc/sys is read-only"
}

# mask_every_proc PART: mount something over a part of /proc, and over each other one: a container
# for others to be nested in has a second one.
mask_every_proc()
{
	local place
	mount -t tmpfs masked "$1"
	while read -r place; do
		[[ $place == /proc* ]] || mount -t tmpfs masked "$place"
	done < <(awk '/ - proc / { print $5 }' /proc/self/mountinfo)
}

# lacks CALL…: is one of these system calls not in the kernel, or hidden by a filter (run -x)?  MISSING
# is the first.
lacks()
{
	for MISSING; do
		! "$PROBES/without" -q "$MISSING" || return 0
	done
	return 1
}

# What mounts are made with; where one of them is missing, all is done with mount(2).
readonly MOUNT_CALLS='open_tree move_mount mount_setattr fsopen fsconfig fsmount'

lacks_mount_calls()
{
	# shellcheck disable=SC2086 # words
	lacks $MOUNT_CALLS
}

need_strace()
{
	command -v strace >/dev/null || skip "strace is not installed"
	strace -f -o /dev/null true 2>/dev/null || skip "nothing may be traced here"
	! grep -q __asan_init "$RIND" || skip "sanitizers make system calls of their own"
}

# lacking CALL…: which of these.  In LACKING, what words of inside.sh take for a refusal: an attack that is
# made of such a call.
lacking()
{
	local call list=''
	for call; do
		! lacks "$call" || list="$list $call"
	done
	echo "${list# }"
}

# The tables of system calls that the kernel has beside its own, for has_table of inside.sh.  It may be built or started without
# that of 32-bit programs (ia32_emulation=0), and then ends whoever makes such a call: nothing is left to attack.
find_tables()
{
	export TABLES=''
	[ "$(uname -m)" = x86_64 ] || return 0
	TABLES=x32
	! "$PROBES/attempt" getpid-32 >/dev/null 2>&1 || TABLES='x32 32'
}

# The checks of `rind doctor` that tell what this kernel lacks.
missing_checks()
{
	lacking clone3 openat2 close_range statx open_tree move_mount mount_setattr
	! lacks fsopen fsconfig fsmount || echo fsopen
	! lacks pidfd_send_signal || echo pidfd-signal
	! lacks waitid-pidfd || echo pidfd-wait
	[ "$(landlock_version)" -ge 6 ] || echo landlock
}

# The status of `rind doctor` where nothing but that is wrong.
doctor_status()
{
	[ -z "$(missing_checks | xargs)" ] && echo 0 || echo 1
}

# needs CALL…: the case is about them, or about a program of others that stands on them.
needs()
{
	! lacks "$@" || skip "the kernel lacks $MISSING"
}

# The kernel's Landlock version, 0 for none: one that lacks a part of it is none.
landlock_version()
{
	if lacks landlock_add_rule landlock_restrict_self; then
		echo 0
	else
		"$PROBES/attempt" landlock-version
	fi
}

# For what is marked with † in SECURITY.md: with a Landlock older than VERSION it is open.  That is no
# secret: doctor and explain say so.
needs_landlock()
{
	local version
	version=$(landlock_version)
	[ "$version" -lt "$1" ] || return 0
	"$RIND" doctor >"$WORK/doctor" || true
	grep -q '^degraded  *landlock ' "$WORK/doctor" || fail "doctor keeps it to itself: $(cat "$WORK/doctor")"
	"$RIND" explain | grep -q "^landlock .*here.* see 'rind doctor'" || fail "explain keeps it to itself"
	skip "open (†) without Landlock version $1, as doctor and explain say; this is $version"
}

# Where the control group is made that enforces a limit; empty: resource limits do.
group_for()
{
	"$RIND" explain "$@" 2>/dev/null | sed -n 's/.*a control group in \(.*\)/\1/p' | head -n 1
}

# A workspace as most people have it.
git_workspace()
{
	mkdir -p .git/hooks src
	echo '[core]' >.git/config
	echo source >src/file
}

# --- the runner ---------------------------------------------------------------------------------

run_bare()
{
	CASE=$1
	export CASE WORK WS=$WORK/ws OUTSIDE=$WORK/outside
	if [ -z "${IN_PRIVATE_MOUNTS:-}" ]; then
		mkdir -p "$WS" "$OUTSIDE/directory"
		echo outside >"$OUTSIDE/file"
	fi
	cd "$WS"
	"test_$CASE"
	await_no_survivors
}

# A case that fails half-way leaves sandboxes: they are this case's own, known by its directory.
end_survivors()
{
	local line
	survivors | while IFS= read -r line; do
		kill -KILL "${line%%:*}" 2>/dev/null || true
	done
}

report()
{
	local name=$1 status=$2 log=$3 why
	why=$(tail -n 1 "$log")
	case $status in
	0)
		echo "ok - $name"
		[ -z "${VERBOSE:-}" ] || sed 's/^/#   /' "$log"
		;;
	77)
		echo "skip - $name: $why"
		;;
	*)
		echo "not ok - $name: ${why:-status $status}"
		sed 's/^/#   /' "$log"
		;;
	esac
}

run_cases()
{
	if [ "${1:-}" = --bare ]; then
		run_bare "$2"
		return
	fi

	local file case status failed=0
	file=$(basename "$0" .sh)
	file=${file#test-}
	for case in $(declare -F | sed -n 's/^declare -f test_//p'); do
		[[ "$file: $case" == *"${PATTERN:-}"* ]] || continue
		status=0
		WORK=$(mktemp -d "$SCRATCH/$file.XXXXXX")
		export WORK
		bash "$0" --bare "$case" >"$WORK.log" 2>&1 || status=$?
		report "$WAY: $file: $case" "$status" "$WORK.log"
		case $status in
		0 | 77) ;;
		*)
			failed=1
			end_survivors
			;;
		esac
		chmod -R u+rwX "$WORK" 2>/dev/null || true
		rm -rf "$WORK" "$WORK.log"
	done
	return "$failed"
}
