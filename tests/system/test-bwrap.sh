#!/bin/bash
# rind bwrap where Debian's bubblewrap has nothing to compare with, or is wrong.

# Scripts in quotes are expanded in the sandbox.
# shellcheck disable=SC2016 source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# bw OPTIONS...: run rind as bwrap, keeping what it says.
bw()
{
	"$RIND" bwrap "$@"
}

# bw_fails TEXT OPTIONS...: fails with 1, and this line.
bw_fails()
{
	local text=$1 status=0 said
	shift
	said=$(bw "$@" 2>&1 >/dev/null) || status=$?
	assert_equal 1 "$status" status
	assert_equal "bwrap: $text" "$said" sentence
}

small=(--ro-bind /usr /usr --symlink usr/bin /bin --symlink usr/lib /lib --symlink usr/lib64 /lib64)

# --- furnished hosts ------------------------------------------------------------------------------

# As systemd's automount of binfmt_misc on every desktop, and the masks of a container.  In a user namespace of its
# own init may not part these mounts from the proc that they are on.
test_mounts_below_proc()
{
	local -a as=()
	local options
	private_mounts
	mount -t tmpfs -o mode=755 below /proc/sys/fs || skip "nothing can be mounted below /proc"
	mount --bind /dev/null /proc/version
	[ "$WAY" != root ] || as=(setpriv --reuid 12345 --regid 12345 --clear-groups)
	cd /
	for options in '' '--dev /dev' '--unshare-all --dev /dev' '--unshare-user --uid 0 --dev /dev' \
		'--tmpfs /tmp --chmod 0755 /tmp' '--unshare-pid --ro-bind /proc /proc'; do
		# shellcheck disable=SC2086 # words
		assert_equal inside "$("${as[@]}" "$RIND" bwrap --ro-bind / / $options echo inside 2>&1)" "$options"
	done
	[ "$WAY" != root ] || assert_equal inside \
		"$("$RIND" bwrap --unshare-user --uid 1 --ro-bind / / --dev /dev echo inside 2>&1)" "root, unshare-user"
	cd "$WS"
}

# --- sources --------------------------------------------------------------------------------------

# pivot_root takes along who is in the old root; a relative source there still begins in that.
test_relative_sources_from_the_root_directory()
{
	local name
	name=$(realpath --relative-to / "$OUTSIDE")
	cd /
	assert_equal outside "$(bw "${small[@]}" --ro-bind "$name" /there cat /there/file)"
	assert_equal outside "$(bw "${small[@]}" --ro-bind "../../$name" /there cat /there/file)"
	assert_equal outside "$(bw "${small[@]}" --ro-bind . /there cat "/there/$name/file")"
	cd "$WS"
}

# --- newer options --------------------------------------------------------------------------------

test_argv0()
{
	assert_equal other "$(bw --ro-bind / / --argv0 other sh -c 'echo $0')"
	bw_fails '--argv0 used multiple times' --argv0 a --argv0 b --ro-bind / / true
	bw_fails 'execvp nowhere: No such file or directory' --ro-bind / / --argv0 a nowhere
}

test_level_prefix()
{
	assert_equal '<3>bwrap: Unknown option --nope' "$(bw --level-prefix --nope 2>&1)"
	assert_match '<4>bwrap: Only the last --chdir option will take effect*' \
		"$(bw --level-prefix --chdir / --chdir / --ro-bind / / true 2>&1)"
}

# Of 0.12, which then passes over a mount below a source whose flags it cannot change.
test_not_a_security_boundary()
{
	bw --not-a-security-boundary --ro-bind / / sh -c '! echo x 2>/dev/null >file' ||
		fail "not read-only: $?"
	assert_absent file
	bw_fails "Can't find source path /nowhere: No such file or directory" \
		--not-a-security-boundary --ro-bind / / --bind /nowhere /x true
}

# Since 0.11.1.  Without a pid namespace the command is a child of ours, which the kernel would reap.
test_parent_that_ignores_sigchld()
{
	local status=0
	env --ignore-signal=CHLD "$RIND" bwrap --ro-bind / / sh -c 'exit 7' || status=$?
	assert_equal 7 "$status" status
	status=0
	env --ignore-signal=CHLD "$RIND" bwrap --ro-bind / / --unshare-pid sh -c 'exit 8' || status=$?
	assert_equal 8 "$status" "status in a pid namespace"
	assert_match 'SigIgn:*[02468ace]????' "$(env --ignore-signal=CHLD "$RIND" bwrap --ro-bind / / \
		grep SigIgn /proc/self/status)"
}

# Since 0.11.1: a descriptor that is 0 counts.
test_namespaces_on_standard_input()
{
	local option
	for option in userns userns2; do
		! bw --ro-bind / / "--$option" 0 true </dev/null 2>"$WORK/said" || fail "--$option 0 is ignored"
		[ -s "$WORK/said" ] || fail "--$option 0: not a word"
	done
	bw_fails 'Setting pidns failed: Invalid argument' --ro-bind / / --pidns 0 true </dev/null
}

layers()
{
	mkdir "$WORK"/{low,high,up,work}
	echo low >"$WORK/low/file"
	echo low >"$WORK/low/only"
	echo high >"$WORK/high/file"
}

test_ro_overlay()
{
	layers
	assert_equal 'high low' "$(bw "${small[@]}" --overlay-src "$WORK/low" --overlay-src "$WORK/high" \
		--ro-overlay /o sh -c 'echo $(cat /o/file /o/only); ! echo x 2>/dev/null >/o/file')"
	bw_fails '--ro-overlay requires at least two --overlay-src' \
		--overlay-src "$WORK/low" --ro-overlay /o true
}

test_tmp_overlay()
{
	layers
	assert_equal new "$(bw "${small[@]}" --overlay-src "$WORK/low" --tmp-overlay /o \
		sh -c 'echo new >/o/file; cat /o/file')"
	assert_equal low "$(cat "$WORK/low/file")"
	bw_fails '--tmp-overlay requires at least one --overlay-src' --tmp-overlay /o true
}

test_overlay()
{
	[ "$(stat -f -c %T "$WORK")" != overlayfs ] || skip "an overlay is no upper layer of another"
	layers
	bw "${small[@]}" --overlay-src "$WORK/low" --overlay "$WORK/up" "$WORK/work" /o \
		sh -c 'echo new >/o/file'
	assert_equal $'new\nlow' "$(cat "$WORK/up/file" "$WORK/low/file")"
	bw_fails "Can't find source path /nowhere: No such file or directory" \
		--overlay-src /nowhere --tmp-overlay /o true
	bw_fails '--overlay-src must be followed by another --overlay-src or one of --overlay, --tmp-overlay, or --ro-overlay' \
		--overlay-src / --dir /x true
}

test_symlink_twice()
{
	bw "${small[@]}" --symlink a /l --symlink a /l true
	bw_fails "Can't make symlink at /l: existing destination is a" \
		"${small[@]}" --symlink a /l --symlink b /l true
	bw_fails "Can't make symlink at /usr: destination exists and is not a symlink" \
		"${small[@]}" --symlink b /usr true
}

test_bwrap_by_name()
{
	ln -s "$RIND" "$WORK/bwrap"
	assert_equal 'bubblewrap 0.12.0' "$("$WORK/bwrap" --version)"
	assert_equal hello "$("$WORK/bwrap" --ro-bind / / echo hello)"
}

test_every_option_is_documented()
{
	local option
	for option in $(bw --help | grep -oE '^    --[a-z0-9-]+'); do
		grep -qF -- "| \`$option" "$LIB/bwrap/bwrap.md" || fail "docs/bwrap.md lacks $option"
		grep -qF -- ".B ${option//-/\\-}" "$LIB/bwrap/rind-bwrap.1" ||
			fail "man/rind-bwrap.1 lacks $option"
	done
}

# --- better than bubblewrap -----------------------------------------------------------------------

test_data_used_twice()
{
	assert_equal 'text text text' "$(echo text | bw "${small[@]}" --file 0 /a --bind-data 0 /b \
		--ro-bind-data 0 /c sh -c 'echo $(cat /a /b /c)')"
}

# Whatever a destination's links say, nothing is made or mounted outside.
test_destination_stays_inside()
{
	local link
	mkdir -p "$WS/tree" "$OUTSIDE"
	for link in "/oldroot$OUTSIDE" "../../../../../../..$OUTSIDE" "/proc/self/root$OUTSIDE" \
		"/proc/1/root$OUTSIDE" "/proc/self/cwd" "$OUTSIDE"; do
		ln -sfn "$link" "$WS/tree/link"
		local before
		before=$(snapshot "$OUTSIDE")
		bw "${small[@]}" --bind "$WS/tree" /tree --dir /tree/link/made true 2>/dev/null || :
		bw "${small[@]}" --bind "$WS/tree" /tree --tmpfs /tree/link/made true 2>/dev/null || :
		bw "${small[@]}" --bind "$WS/tree" /tree --ro-bind /usr /tree/link true 2>/dev/null || :
		echo x | bw "${small[@]}" --bind "$WS/tree" /tree --file 0 /tree/link/f true 2>/dev/null || :
		bw "${small[@]}" --bind "$WS/tree" /tree --symlink a /tree/link/l true 2>/dev/null || :
		bw "${small[@]}" --bind "$WS/tree" /tree --chmod 0700 /tree/link true 2>/dev/null || :
		assert_equal "$before" "$(snapshot "$OUTSIDE")" "$link"
	done
}

# After the pivot nothing of the host is left to be found.
test_nothing_of_the_host_stays_mounted()
{
	local plan
	for plan in "${small[*]}" "--bind $WS /" "--ro-bind / / --tmpfs / ${small[*]}" \
		"--tmpfs / --tmpfs / ${small[*]}" "${small[*]} --ro-bind-data 5 /data"; do
		# shellcheck disable=SC2086 # words
		bw $plan --ro-bind "$PROBES/view" /view /view 9</proc 5</dev/null >"$WORK/seen" ||
			fail "$plan"
		! grep -E "^mount (/oldroot|/proc|/sys|/dev|/root)( |/)" "$WORK/seen" || fail "$plan"
		assert_equal 1 "$(grep -c '^mount / ' "$WORK/seen")" "$plan"
	done
}

test_host_binds_are_not_recursive_into_the_sandbox()
{
	assert_equal '' "$(bw --tmpfs / "${small[@]}" --ro-bind / /host --ro-bind-data 5 /host/etc/hostname \
		sh -c 'ls /host/usr/../host 2>/dev/null' 5</dev/null)"
}

test_empty_paths()
{
	bw_fails "Can't find source path : No such file or directory" --ro-bind / / --bind-try '' /tmp true
	bw_fails '--tmpfs: empty destination' --ro-bind / / --tmpfs '' true
}

test_many_arguments_from_a_file()
{
	local i
	for ((i = 0; i < 12000; i++)); do printf '%s\0' --setenv A "$i"; done >"$WORK/args"
	assert_equal 11999 "$(bw --args 3 --ro-bind / / sh -c 'echo $A' 3<"$WORK/args")"
}

# More sources than there may be descriptors.
test_more_binds_than_descriptors()
{
	local i args=()
	for ((i = 0; i < 300; i++)); do args+=(--ro-bind "$WS" "$WS"); done
	assert_equal 128 "$(ulimit -Sn 128 && bw --ro-bind / / "${args[@]}" sh -c 'ulimit -Sn')" soft
	assert_equal 128 "$(ulimit -n 128 && bw --ro-bind / / "${args[@]}" sh -c 'ulimit -n')" hard
}

test_proc_sys_is_covered()
{
	bw --ro-bind / / --unshare-pid --proc /proc \
		sh -c '! echo 1 2>/dev/null >/proc/sys/kernel/randomize_va_space' || fail 'it was written to'
}

# --- ends -----------------------------------------------------------------------------------------

# A command's end shows as the end of a pipe that only the sandbox holds: no waiting for a time.

# start OPTION…: a sandbox whose command says "ready" and then waits for ever; sets START_PID, and START_OUT
# to what its output can be read from.
start()
{
	mkfifo "$WORK/start.out"
	"$RIND" bwrap "$@" --ro-bind / / sh -c 'echo ready; exec sleep 1000' "$WORK" >"$WORK/start.out" &
	START_PID=$!
	exec {START_OUT}<"$WORK/start.out"
	rm "$WORK/start.out"
}

hear_start()
{
	local line
	IFS= read -r -t "$PATIENCE" line <&"$START_OUT" || fail 'it has said nothing'
	assert_equal ready "$line"
}

# What is heard last is the end.
hear_end()
{
	local status=0
	while IFS= read -r -t "$PATIENCE" _ <&"$START_OUT" || { status=$?; false; }; do :; done
	[ "$status" -le 128 ] || fail "the command has survived: $1"
	exec {START_OUT}<&-
}

test_dies_with_parent()
{
	local options
	for options in '--unshare-pid' '' '--unshare-pid --as-pid-1' '--sync-fd 0' '--new-session'; do
		# shellcheck disable=SC2086 # words
		start --die-with-parent $options
		hear_start
		kill -KILL "$START_PID"
		wait "$START_PID" 2>/dev/null || :
		hear_end "$options"
	done
}

# Killed at some moment between its start and the command's.
test_dies_at_any_moment()
{
	local i
	for ((i = 0; i < 25; i++)); do
		start --die-with-parent --unshare-pid
		# Not a wait for anything: the moment is to be another each time.
		sleep "0.00$((i % 10))"
		kill -KILL "$START_PID"
		wait "$START_PID" 2>/dev/null || :
		hear_end "moment $i"
	done
}

# Its parent killed, not before it knows who that is: nobody can tell whose child an orphan was.  It knows
# when it reads its options, more than a pipe holds.
test_dies_with_parent_at_any_moment()
{
	local i parent
	mkfifo "$WORK/args"
	for ((i = 0; i < 5000; i++)); do printf '%s\0' --setenv LONG_ENOUGH "$i"; done >"$WORK/long"
	for ((i = 0; i < 25; i++)); do
		mkfifo "$WORK/start.out"
		(
			"$RIND" bwrap --die-with-parent --unshare-pid --args 3 --ro-bind / / \
				sh -c 'exec sleep 1000' "$WORK" 3<"$WORK/args" &
			wait
		) >"$WORK/start.out" &
		parent=$!
		exec {START_OUT}<"$WORK/start.out"
		rm "$WORK/start.out"
		cat "$WORK/long" >"$WORK/args"
		sleep "0.00$((i % 10))"
		kill -KILL "$parent"
		wait "$parent" 2>/dev/null || :
		hear_end "moment $i"
	done
}

test_returns_when_the_command_ends()
{
	# The one that is left behind ends with the fifo's other end, not before.
	mkfifo "$WORK/held"
	exec {held}<>"$WORK/held"
	bw --bind / / --unshare-pid sh -c "read -r x <'$WORK/held' <&- >&- 2>&- & exit 3" "$WORK" \
		{held}>&- || assert_equal 3 $?
	echo end >&"$held"
}

test_block_fd_ends_with_the_supervisor()
{
	mkfifo "$WORK/fifo" "$WORK/info"
	"$RIND" bwrap --ro-bind / / --block-fd 3 --info-fd 4 sh -c 'exec sleep 1000' "$WORK" 3<>"$WORK/fifo" 4>"$WORK/info" &
	# It has been made when this can be read to its end.
	cat "$WORK/info" >/dev/null
	kill -KILL $!
	wait $! 2>/dev/null || :
	await_no_survivors
}

# --- a pid namespace below another's --------------------------------------------------------------

# A sandbox whose namespaces others join: NAMESPACES is its /proc/PID/ns.
hold_namespaces()
{
	hold_start outer unshare --user --map-root-user --pid --fork --kill-child \
		sh -c 'echo ready; read -r _' "$WORK"
	hear_line outer ready
	local children
	children=$(cat "/proc/${HOLD_PID[outer]}/task/${HOLD_PID[outer]}/children")
	NAMESPACES=/proc/${children% }/ns
}

# The descriptors 5 and 6 are what --userns and --pidns name.
below()
{
	bw --userns 5 --pidns 6 --unshare-pid --ro-bind / / --dev /dev --proc /proc "$@" \
		5<"$NAMESPACES/user" 6<"$NAMESPACES/pid"
}

test_new_pids_below_joined_ones()
{
	local status=0 inner info pid
	hold_namespaces
	below sh -c 'exit 7' || status=$?
	assert_equal 7 "$status" status
	inner=$(below readlink /proc/self/ns/pid)
	assert_match 'pid:*' "$inner"
	[ "$inner" != "$(readlink "$NAMESPACES/pid")" ] || fail 'the pid namespace is the joined one'
	[ "$inner" != "$(readlink /proc/self/ns/pid)" ] || fail 'the pid namespace is the host'\''s'
	# --info-fd names a process of the caller's /proc.
	mkfifo "$WORK/go"
	exec 8<>"$WORK/go"
	hold_start inner "$RIND" bwrap --userns 5 --pidns 6 --unshare-pid --ro-bind / / --dev /dev --proc /proc \
		--info-fd 7 sh -c 'readlink /proc/self/ns/pid; read -r _ <&8' "$WORK" \
		5<"$NAMESPACES/user" 6<"$NAMESPACES/pid" 7>"$WORK/info"
	hear inner
	pid=$(sed -n 's/.*"child-pid": \([0-9]*\).*/\1/p' "$WORK/info")
	info=$(sed -n 's/.*"pid-namespace": \([0-9]*\).*/\1/p' "$WORK/info")
	assert_equal "$LINE" "pid:[$info]" 'the namespace of --info-fd'
	assert_match "*$WORK*" "$(tr '\0' ' ' <"/proc/$pid/cmdline")"
	echo >&8
	await_end inner
	hang_up outer
}

test_new_pids_below_joined_ones_die_with_parent()
{
	hold_namespaces
	hold_start inner sh -c '"$0" bwrap --die-with-parent --userns 5 --pidns 6 --unshare-pid --ro-bind / / \
		--dev /dev --proc /proc sh -c "echo ready; exec sleep 1000" "$1" & wait' "$RIND" "$WORK" \
		5<"$NAMESPACES/user" 6<"$NAMESPACES/pid"
	hear_line inner ready
	kill -KILL "${HOLD_PID[inner]}"
	# The end of the output is that of the last process that has it.
	await_end inner
	hang_up outer
}

run_cases "$@"
