#!/bin/bash
# Identity, capabilities, descriptors, the session and the terminal, keys, init, setuid bits.

# Scripts in quotes are expanded in the sandbox.
# shellcheck disable=SC2016 source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

test_identity_is_kept()
{
	inside -- "
		same '$(id -u)' \"\$(id -u)\"
		same '$(id -g)' \"\$(id -g)\"
		same '$(id -u) $(id -u) 1' \"\$(echo \$(cat /proc/self/uid_map))\"
		same '$(id -g) $(id -g) 1' \"\$(echo \$(cat /proc/self/gid_map))\"
		same deny \"\$(cat /proc/self/setgroups)\"
		allowed 'echo fine >mine'
	"
	assert_equal "$(id -u):$(id -g)" "$(stat -c %u:%g mine)" "owner"
}

test_no_capabilities()
{
	inside -- '
		for pid in 1 self; do
			for set in CapInh CapPrm CapEff CapBnd CapAmb; do
				same 0000000000000000 \
					"$(sed -n "s/^$set:[[:space:]]*//p" /proc/$pid/status)"
			done
			same 1 "$(sed -n "s/^NoNewPrivs:[[:space:]]*//p" /proc/$pid/status)"
		done
		same 2 "$(sed -n "s/^Seccomp:[[:space:]]*//p" /proc/self/status)"
		refused "mount -t tmpfs tmpfs src"
		refused "hostname other"
		refused "chroot / true"
	'
}

test_descriptors_are_closed()
{
	exec 5<"$OUTSIDE/file" 9>"$WORK/nine" 200<"$OUTSIDE"
	# One more is the directory that ls itself reads.
	inside -- 'same "0 1 2 3" "$(echo $(ls /proc/self/fd))"'
	inside --keep-fd 5 -- '
		same outside "$(cat <&5)"
		refused "echo evil >&9"
		refused "ls /proc/self/fd/200/"
		same "0 1 2 3 5" "$(echo $(ls /proc/self/fd))"
	'
	inside --keep-fd=9 --keep-fd 5 -- 'allowed "echo fine >&9"'
	assert_content "$WORK/nine" fine
}

# A directory would lead around every mount.
test_directory_is_not_kept()
{
	exec 5<"$OUTSIDE"
	fails_with 125 'rind: *5*' -- --keep-fd 5 -- true
}

test_closed_standard_descriptors()
{
	local status=0
		"$RIND" run -- sh -c '
		links=$(readlink /proc/$$/fd/0 /proc/$$/fd/1 /proc/$$/fd/2)
		echo $links >result' "$WORK" \
		<&- >&- 2>&- || status=$?
	assert_equal 0 "$status" status
	assert_equal '/dev/null /dev/null /dev/null' "$(cat result)" descriptors
}

# Each of them, and any together: what is closed is /dev/null, what is open the caller's.
test_some_closed_standard_descriptors()
{
	local closed fd expected
	for closed in 0 1 2 '0 1' '0 2' '1 2'; do
		(
			exec <"$OUTSIDE/file" >"$WORK/out" 2>"$WORK/err"
			for fd in $closed; do
				eval "exec $fd>&-"
			done
			exec "$RIND" run -- sh -c '
				links=$(readlink /proc/$$/fd/0 /proc/$$/fd/1 /proc/$$/fd/2)
				echo $links >result
				mkdir .codex 2>/dev/null || echo held >held' "$WORK"
		) || fail "status $? with $closed closed"
		expected=
		for fd in 0 1 2; do
			case " $closed " in
			*" $fd "*) expected+=" /dev/null" ;;
			*) expected+=" $(case $fd in 0) echo "$OUTSIDE/file" ;; 1) echo "$WORK/out" ;; 2) echo "$WORK/err" ;; esac)" ;;
			esac
		done
		assert_equal "$expected" " $(cat result)" "descriptors with $closed closed"
		assert_content held held
		rm held result
		assert_absent .git .codex .agents
	done
}

# The control of what follows: process 1 is the sandbox's, and the caller's own.
readonly OWN_INIT='
	same "$(id -u)" "$(sed -n "s/^Uid:[[:space:]]*\([0-9]*\).*/\1/p" /proc/1/status)"
	same 1 "$PPID"
'

test_init_has_no_descriptor()
{
	# Without pidfds there is nothing to try.
	local why=EPERM
	! lacks pidfd_open || why=ENOSYS
	inside -- "why=$why; $OWN_INIT"'
		refused "\"$PROBES/attempt\" open-read /proc/1/mem"
		refused "\"$PROBES/attempt\" open-write /proc/1/mem"
		refused "cat /proc/1/environ | grep ."
		refused "ls /proc/1/root/"
		refused "ls /proc/1/cwd/"
		for fd in 0 1 2 3 4 5 6 7 8; do
			refused_with "$why" "\"$PROBES/attempt\" pidfd-getfd 1 $fd"
			refused "\"$PROBES/attempt\" open-read /proc/1/fd/$fd"
			refused "readlink /proc/1/fd/$fd"
		done
		refused_with EPERM "\"$PROBES/attempt\" trace 1"
	'
}

test_init_cannot_be_killed_or_forge_the_status()
{
	local signal
	for signal in KILL TERM INT STOP SEGV USR1 CHLD; do
		inside -- "$OWN_INIT kill -$signal 1 2>/dev/null; allowed true"
	done
	# The command's status counts, not that of a process that init adopts.
	sandbox -- sh -c '(exit 3) & (sh -c "(exit 4) &") ; exit 7'
	assert_equal 7 "$STATUS" status
}

test_session_is_new()
{
	# 0 is a session that the pid namespace does not know.
	inside -- 'refused "test $(cut -d" " -f6 /proc/$$/stat) = 0"'
	inside --new-session -- 'refused "test $(cut -d" " -f6 /proc/$$/stat) = 0"'
	inside --no-new-session -- 'same 0 "$(cut -d" " -f6 /proc/$$/stat)"'
}

test_terminal_injection()
{
	local option
	# Without a session of its own the command has the terminal: the filter is all there is.
	for option in --new-session --no-new-session; do
		on_terminal "$option" -- '
			allowed "test -t 0"
			refused_with EPERM "\"$PROBES/attempt\" tiocsti"
			refused_with EPERM "\"$PROBES/attempt\" tiocsti-high"
			refused_with EPERM "\"$PROBES/attempt\" tioclinux"
		'
		assert_match '*, input: 0 bytes, status: 0' "$TERMINAL"
	done
}

test_terminal_is_restored()
{
	on_terminal --no-new-session -- 'allowed "stty raw -echo"'
	assert_equal 'terminal: kept, foreground: kept, input: 0 bytes, status: 0' "$TERMINAL"
	on_terminal -- 'allowed "stty raw -echo -opost"'
	assert_equal 'terminal: kept, foreground: kept, input: 0 bytes, status: 0' "$TERMINAL"
}

test_new_session_has_no_controlling_terminal()
{
	on_terminal --new-session -- 'refused "echo x >/dev/tty"'
	on_terminal --no-new-session -- 'allowed "echo x >/dev/tty"'
}

test_session_keyring_is_new()
{
	local key=rind-test-$$ status=0
	"$PROBES/keyring" "$key" "$PROBES/attempt" find-key "$key" >"$WORK/found" || status=$?
	[ "$status" != 77 ] || skip "no keyrings here"
	assert_content "$WORK/found" "done"
	new_token
	"$PROBES/keyring" "$key" "$RIND" run -- "$PROBES/attempt" find-key "$key" \
		>"$WORK/found" 2>"$WORK/stderr" || true
	assert_match 'E*' "$(cat "$WORK/found" "$WORK/stderr")"
}

test_setuid_bits_cannot_be_set()
{
	find_tables
	inside -- '
		umask 0
		echo content >file
		call="$PROBES/attempt"
		for way in chmod fchmod fchmodat fchmodat2 chmod-32; do
			case $way in
			chmod-32) has_table 32 || continue ;;
			esac
			# An old kernel does not know fchmodat2.
			allowed "\"$call\" $way file 0755 || test $way = fchmodat2"
			for mode in 4755 2755 6755 4000 7777; do
				refused "\"$call\" $way file $mode"
			done
		done
		for way in creat open openat mknod mknodat; do
			allowed "\"$call\" $way plain-$way 0755"
			for mode in 4755 2755 6755; do
				refused_with EPERM "\"$call\" $way new-$way-$mode $mode"
			done
		done
		refused_with ENOSYS "\"$call\" openat2 new-openat2 4755"
		allowed "\"$call\" tmpfile . 0755"
		refused_with EPERM "\"$call\" tmpfile . 4755"
		refused "\"$call\" file-capabilities file"
		# Those that a user namespace of an ordinary user gives are worth nothing on the host.
		test "$(id -u)" != 0 ||
			refused "unshare -Ur \"$call\" file-capabilities file"
		refused "chmod u+s file"
		refused "install -m 4755 /bin/true setuid"
		allowed "cp /bin/true program && chmod 755 program && ./program"
	'
	assert_equal '' "$(find "$WS" -perm /6000)" "setuid files"
	[ ! -e new-openat-4755 ] || fail "the file was made"
}

test_sandbox_dies_with_its_parent()
{
		hold_start parent bash -c '
		"$RIND" run -- sh -c "echo started; sleep 1000" "$WORK" &
		wait' "$WORK"
	hear_line parent started
	kill -KILL "${HOLD_PID[parent]}"
	await_end parent
	await_no_survivors
	assert_absent .git .codex .agents
}

test_no_die_with_parent()
{
	# The parent leaves its standard input to the background process explicitly.
		hold_start parent bash -c '
		"$RIND" run --no-die-with-parent -- sh -c "
			echo started; read -r line; echo heard \$line" "$WORK" <&0 &
		wait' "$WORK"
	hear_line parent started
	kill -KILL "${HOLD_PID[parent]}"
	wait "${HOLD_PID[parent]}" 2>/dev/null || true
	tell parent words
	hear_line parent "heard words"
	await_end parent
	await_no_survivors
	assert_absent .git .codex .agents
}

test_sandbox_within_the_sandbox()
{
	[ "$(id -u)" != 0 ] || skip "root without capabilities cannot map user 0 again"
	git_workspace
	inside --nested -- '
		same nested "$("$RIND" run -- sh -c "echo nested; echo fine >inner; echo evil >.git/config" 2>/dev/null)"
		refused "\"$RIND\" run --no-default-protect -- sh -c \"echo evil >.git/config\""
	'
	assert_content inner fine
	assert_content .git/config '[core]'
}

run_cases "$@"
