#!/bin/bash
# Attacks on the terminal that rind was started from.  Also: test-privileges.sh (TIOCSTI with and without
# high bits, TIOCLINUX, settings and foreground group).

# Scripts in quotes are expanded in the sandbox.
# shellcheck disable=SC2016 source-path=SCRIPTDIR/.. source=lib.sh
. "$(dirname "$0")/lib.sh"

untouched()
{
	assert_equal 'terminal: kept, foreground: kept, input: 0 bytes, status: 0' "$TERMINAL"
}

test_typing_by_other_system_call_tables()
{
	local option
	find_tables
	[ -n "$TABLES" ] || skip "this machine has one table"
	for option in --new-session --no-new-session; do
		on_terminal "$option" -- '
			! has_table 32 || blocked_with EPERM tiocsti-32
			blocked_with EPERM tiocsti-x32
		'
		untouched
	done
}

# Who leads a session may take a terminal that no session has, root with a capability any.
test_taking_the_terminal()
{
	local option
	if [ "$WAY" = root ]; then
		"$PROBES/pty" "$PROBES/breach" become-controlling 1 </dev/null >"$WORK/control"
		assert_match 'done*' "$(cat "$WORK/control")"
	fi
	for option in --new-session --no-new-session; do
		on_terminal "$option" -- '
			allowed "test -t 0"
			blocked_with EPERM become-controlling 0
			blocked_with EPERM become-controlling 1
		'
		untouched
	done
}

# Each is a state of the terminal, or of the open file, that its settings do not show.
test_state_that_is_left()
{
	local option
	AFTER_TERMINAL='
		"$PROBES/breach" get-flags
		"$PROBES/breach" line-discipline
		: <>"$(tty)" && echo opened
		timeout 20 sh -c "echo shown >/dev/tty" || echo held
	'
	for option in --new-session --no-new-session; do
		on_terminal "$option" -- '
			same 0 "$("$PROBES/breach" line-discipline)"
			breached set-flags "$((04000))"
			breached exclusive
			blocked_with EPERM discipline 27
			blocked_with EPERM discipline 0
			same 0 "$("$PROBES/breach" line-discipline)"
			breached hold-output
			allowed "stty -F /dev/stdin raw -echo 2>/dev/null || stty raw -echo"
		'
		untouched
		assert_equal '0 0 opened shown' \
			"$(tr -d '\r' <"$WORK/screen" | sed '/^terminal: /d' | paste -sd' ')" \
			"the terminal afterwards"
	done
}

# What no shell puts back, by a command in the background.
test_state_that_is_left_in_the_background()
{
	timeout "$PATIENCE" "$PROBES/pty" /bin/bash -c '
		set -m
		"$@" & wait $!
		: <>"$(tty)" && echo opened
		timeout 20 sh -c "echo shown >/dev/tty" || echo held' terminal \
		"$RIND" run -- sh -c '
			"$PROBES/breach" exclusive <&2 >done; "$PROBES/breach" hold-output <&2 >>done' "$WORK" \
		</dev/null >"$WORK/screen"
	assert_content 'done' $'done\ndone'
	assert_equal 'opened shown' "$(tr -d '\r' <"$WORK/screen" | grep -x 'opened\|shown\|held' | paste -sd' ')" \
		"the terminal afterwards: $(cat "$WORK/screen")"
}

# A terminal whose window is closed: what goes on without it, goes on.
test_terminal_that_is_gone()
{
	local deadline=$((SECONDS + PATIENCE))
	"$PROBES/pty" /bin/bash -c '
		trap "" HUP
		setsid bash -c '\''
			exec 2>errors
			while [ -t 0 ]; do :; done
			"$@" 1>&0
			echo "ended with $?" >status'\'' script "$@" <&1' terminal \
		"$RIND" run -- sh -c 'read -r line || echo "read nothing" >said' "$WORK" </dev/null >"$WORK/screen" &
	until [ -e errors ] || [ "$SECONDS" -ge "$deadline" ]; do sleep 0.01; done
	kill -KILL $!
	until [ -s status ] || [ "$SECONDS" -ge "$deadline" ]; do sleep 0.01; done
	assert_content status 'ended with 0'
	assert_content said 'read nothing'
}

# The other end of a terminal is no terminal that anybody types at.
test_other_end_of_a_terminal()
{
	local line
	exec 7<>/dev/ptmx
	"$RIND" run -- echo word </dev/null >&7
	IFS= read -r -t "$PATIENCE" line <&7 || fail "what was written is lost"
	assert_match 'word*' "$line"
}

# The device's mode decides who else may read what is typed.
test_mode_of_the_terminal()
{
	local option
	BEFORE_TERMINAL='stat -Lc %a /dev/stdin >"$WORK/before"' AFTER_TERMINAL='stat -Lc %a /dev/stdin >"$WORK/after"'
	for option in --new-session --no-new-session; do
		! lacks_mount_calls || continue
		on_terminal "$option" -- '
			refused_with "Read-only" "chmod 666 /dev/stdin"
			refused_with "Read-only" "chgrp \"$(id -g)\" /dev/stdin"
			refused_with "Read-only" "touch /dev/stdin"
			allowed "echo shown >/dev/stdin"
		'
		cmp "$WORK/before" "$WORK/after" || fail "the mode of the terminal: $(cat "$WORK/before" "$WORK/after")"
	done
	# Where it cannot be refused, it is put back.
	launch_through "'$PROBES/without' open_tree"
	on_terminal -- 'allowed "chmod 666 /dev/stdin"'
	cmp "$WORK/before" "$WORK/after" || fail "the mode of the terminal: $(cat "$WORK/before" "$WORK/after")"
}

# The window's owner resizes it, too, so that nothing is put back; the next change by the owner does that.
test_recorded_window_size()
{
	AFTER_TERMINAL='stty size'
	on_terminal -- 'allowed "stty rows 5 columns 7"'
	grep -q '^5 7' "$WORK/screen" || fail "it is put back: $(cat "$WORK/screen")"
}

# Flags of an open file that others have, too: of a pipe they stay with it.
test_flags_of_a_shared_pipe()
{
	local option
	mkfifo "$WORK/pipe"
	exec 6<>"$WORK/pipe"
	# The control.
	"$PROBES/breach" set-flags "$((04000))" <&6
	assert_equal "$((04000))" "$("$PROBES/breach" get-flags <&6)" "the control"
	exec 6<>"$WORK/pipe"
	for option in --new-session --no-new-session; do
		inside "$option" -- 'breached set-flags "$((04000))"' <&6
		assert_equal 0 "$("$PROBES/breach" get-flags <&6)" "flags after $option"
	done
	inside --keep-fd 6 -- 'breached set-flags "$((04000))" <&6'
	assert_equal 0 "$("$PROBES/breach" get-flags <&6)" "flags of a kept one"
}

# signals_stay_in WORDS: what comes of the attack in the sandbox.
signals_stay_in()
{
	local option
	for option in --new-session --no-new-session --nested; do
		on_terminal "$option" -- "trap '' USR1; $1 async 10"
		assert_absent "$WORK/hits"
	done
}

# The terminal signals its foreground process group for whoever asks it to: that is rind's caller.
test_signals_by_the_terminal()
{
	BEFORE_TERMINAL="trap 'echo hit >>\"$WORK/hits\"' USR1"
	# The control.
	"$PROBES/pty" /bin/bash -c "$BEFORE_TERMINAL"$'\n"$PROBES/breach" async 10' </dev/null >"$WORK/control"
	grep -q hit "$WORK/hits" || fail "the control does not work: $(tail -n 3 "$WORK/control")"
	rm "$WORK/hits"
	[ "$(landlock_version)" -lt 6 ] || signals_stay_in breached
	# Without Landlock's scopes a filter holds it, which leaves other files alone.
	launch_through "'$PROBES/without' landlock_create_ruleset"
	signals_stay_in 'blocked_with "F_SETFL: EPERM"'
	inside -- 'echo | breached set-flags 020000'
}

# typed_ahead SCRIPT [ARGUMENT…]: a shell's script on a terminal in whose input lines are waiting, which the
# last word of the script reads one of.  Whoever may read gets one at once, and so nothing has to be waited for.
typed_ahead()
{
	local script=$1
	shift
	printf '%s\n' secret secret secret secret secret secret secret secret secret secret secret secret ready |
		timeout "$PATIENCE" "$PROBES/pty" /bin/bash -c "
			typed=0
			while [ \"\$typed\" -lt 90 ]; do typed=\$(\"\$PROBES/breach\" waiting-input); done
			$script"'
			IFS= read -r line; echo "host read $line"' terminal "$@" >"$WORK/screen"
}

# Reads by every way.
readonly READER='
	exec 8>read
	for fd in 0 1 2; do
		IFS= read -r line <&$fd && echo "read $fd: $line" >&8
		IFS= read -r line </proc/self/fd/$fd && echo "opened and read $fd: $line" >&8
		(exec 7<>/proc/self/fd/$fd && IFS= read -r line <&7 && echo "opened for both and read $fd: $line" >&8)
	done
	echo "also shown" >&2
	echo ended >ended'

# nothing_is_read START OPTION…: in the background of a shell with job control, or of a script.
nothing_is_read()
{
	local start=$1
	shift
	rm -f read ended
	typed_ahead "$start"$'\n''"$@" & wait $!' "$RIND" run "$@" -- sh -c "$READER" "$WORK"
	assert_content ended ended
	assert_content read ''
	grep -q '^host read secret' "$WORK/screen" || fail "the host did not get its line: $(cat "$WORK/screen")"
	# Writing goes on.
	grep -q '^also shown' "$WORK/screen" || fail "cannot write: $(cat "$WORK/screen")"
}

test_reading_in_the_background()
{
	local how option
	# The control: the terminal's job control does not stop who is in another session.
	typed_ahead 'set -m; "$@" <"$(tty)" & wait $!' setsid -w sh -c "$READER" "$WORK"
	grep -q 'read 0: secret' read || fail "the control does not work: $(cat read)"
	for how in 'set -m' 'set +m'; do
		nothing_is_read "$how"
		nothing_is_read "$how" --nested
	done
	launch_through "'$PROBES/without' landlock_create_ruleset"
	nothing_is_read 'set -m'
	nothing_is_read 'set +m'
}

# By a descriptor that is kept: as it is in the foreground, and for writing at most in the background.
readonly KEPT_READER='
	exec 8>read
	IFS= read -r line <&3 && echo "read: $line" >&8
	IFS= read -r line </proc/self/fd/3 && echo "opened and read: $line" >&8
	echo "also shown" >&3
	echo ended >ended'

test_reading_a_kept_descriptor_in_the_background()
{
	local mode
	# The control.
	typed_ahead '"$@" 3<>"$(tty)" </dev/null' "$RIND" run --keep-fd 3 -- sh -c "$KEPT_READER" "$WORK"
	grep -q '^read: secret' read || fail "the control does not work: $(cat read)"
	for mode in '<>' '<'; do
		rm -f ended
		typed_ahead 'set -m; "$@" 3'"$mode"'"$(tty)" </dev/null & wait $!' \
			"$RIND" run --keep-fd 3 -- sh -c "$KEPT_READER" "$WORK"
		assert_content ended ended
		assert_content read ''
		grep -q '^host read secret' "$WORK/screen" || fail "the host did not get its line: $(cat "$WORK/screen")"
	done
}

# Where the shell is in another pid namespace, neither its process group nor our own has a number.
test_reading_in_the_background_of_another_pid_namespace()
{
	unshare --pid --fork true 2>"$WORK/errors" || skip "no pid namespace: $(cat "$WORK/errors")"
	rm -f read ended
	typed_ahead 'set -m; unshare --pid --fork "$@" & wait $!' "$RIND" run -- sh -c "$READER" "$WORK"
	assert_content ended ended
	assert_content read ''
	grep -q '^host read secret' "$WORK/screen" || fail "the host did not get its line: $(cat "$WORK/screen")"
	# In the foreground it may.
	typed_ahead 'unshare --pid --fork "$@"' "$RIND" run -- sh -c 'IFS= read -r line; echo "$line" >read' "$WORK"
	assert_content read secret
}

test_reading_in_the_background_without_calls_for_mounts()
{
	launch_through "'$PROBES/without' open_tree"
	nothing_is_read 'set -m'
	nothing_is_read 'set +m'
}

# Where standard input is something else, the terminal is for output only.
test_reading_standard_error()
{
	typed_ahead '"$@" </dev/null' "$RIND" run -- sh -c "$READER" "$WORK"
	assert_content read ''
	grep -q '^also shown' "$WORK/screen" || fail "cannot write: $(cat "$WORK/screen")"
}

# In the foreground it is the command's to read, and what it has open it can open by name.
test_reading_in_the_foreground()
{
	typed_ahead '"$@"' "$RIND" run -- sh -c 'IFS= read -r line; echo "$line" >read
		IFS= read -r line <&2; echo "$line" >>read; IFS= read -r line </dev/stdin; echo "$line" >>read
		echo shown >/dev/stderr' "$WORK"
	assert_content read $'secret\nsecret\nsecret'
	grep -q '^shown' "$WORK/screen" || fail "$(cat "$WORK/screen")"
	typed_ahead 'echo | "$@"' "$RIND" run -- sh -c 'echo shown >/dev/stderr' "$WORK"
	# Without these it is on a mount that refuses devices.
	[ "$(landlock_version)" = 0 ] || lacks_mount_calls || grep -q '^shown' "$WORK/screen" || fail "$(cat "$WORK/screen")"
}

# Stopped by ^Z, then continued by `bg`: it stops again, as one does who reads the terminal in the background.
# The reader ignores SIGTSTP, by which others would have stopped.
readonly STOPPED_JOB='
	set -m
	state_of() { sed "s/.*) //; s/ .*//" "/proc/$1/stat"; }
	await_stop() { until [ "$(state_of "$(cat pid)")" = T ]; do :; done; }
	(until [ -e ready ]; do :; done; kill -TSTP "$(cat pid)") &
	sh -c "echo \$\$ >pid; exec \"\$@\"" job "$@"
	await_stop'
readonly SHELL_WITH_JOBS=$STOPPED_JOB'
	bg %%
	await_stop
	echo >type
	IFS= read -r line; echo "host read $line"
	echo >type-more
	fg %%
	echo "ended with $?"'

# type_on_terminal: what somebody types, when the script says so.
type_on_terminal()
{
	local file deadline=$((SECONDS + PATIENCE))
	for file in type:secret type-more:more; do
		until [ -e "${file%:*}" ] || [ "$SECONDS" -ge "$deadline" ]; do sleep 0.01; done
		echo "${file#*:}"
	done
}

test_reading_after_bg()
{
	local option
	for option in --new-session --nested --keep-fd=3; do
		rm -f pid ready type type-more read
		type_on_terminal | timeout "$PATIENCE" "$PROBES/pty" /bin/bash -c "$SHELL_WITH_JOBS" terminal \
			sh -c 'case $3 in --keep*) exec 3<>/dev/tty </dev/null ;; esac; exec "$@"' start \
			"$RIND" run "$option" -- sh -c '
				[ ! -e /proc/self/fd/3 ] || exec <&3
				trap "" TSTP; echo >ready
				IFS= read -r line; echo "$line" >read' "$WORK" >"$WORK/screen" ||
			fail "$(cat "$WORK/screen") $(cat read 2>&1)"
		grep -q '^host read secret' "$WORK/screen" || fail "$(cat "$WORK/screen")"
		assert_content read more
		grep -q '^ended with 0' "$WORK/screen" || fail "$(cat "$WORK/screen")"
	done
}

# What the shell sends for `kill %1`, and to stopped jobs when it ends: a signal, and SIGCONT.  The command gets
# no turn in between, in which it could read; and rind does not stop again.
test_stopped_job_is_ended()
{
	local signal
	for signal in TERM HUP; do
		rm -f pid ready read
		timeout "$PATIENCE" "$PROBES/pty" /bin/bash -c "$STOPPED_JOB"'
			kill -'"$signal"' %%
			pid=$(cat pid)
			while kill -0 "$pid" 2>/dev/null; do :; done
			jobs' terminal "$RIND" run -- sh -c '
				trap "" TSTP; trap "echo told >read" TERM HUP CONT; echo >ready
				while :; do IFS= read -r line && echo "$line" >>read; done' "$WORK" \
			</dev/null >"$WORK/screen" || fail "it does not end: $(cat "$WORK/screen")"
		grep -q 'Exit 137' "$WORK/screen" || fail "$(cat "$WORK/screen")"
		assert_absent read
	done
}

# Without pidfds what says that the sandbox has ended is init's socket; an init that is slow answers there late that all is
# stopped, which is not the end.
readonly SHELL_WITH_A_SLOW_INIT='
	set -m
	state_of() { sed "s/.*) //; s/ .*//" "/proc/$1/stat"; }
	init_of() { for child in $(cat "/proc/$1/task/$1/children"); do
		! grep -q "^NSpid:.*[^0-9]1\$" "/proc/$child/status" || echo "$child"; done; }
	(
		until [ -e ready ]; do :; done
		rind=$(cat pid) init=$(init_of "$(cat pid)")
		kill -STOP "$init"
		kill -TSTP "$rind"
		until [ "$(state_of "$rind")" = T ]; do sleep 0.1; done
		kill -CONT "$init"
		echo >late
		while [ "$(state_of "$rind")" = T ]; do :; done
		kill -TERM "$rind"
	) &
	sh -c "echo \$\$ >pid; exec \"\$@\"" job "$@"
	until [ -e late ]; do :; done
	fg %sh
	echo "ended with $?"'

test_answer_that_comes_too_late()
{
	launch_through "'$PROBES/without' all"
	timeout "$PATIENCE" "$PROBES/pty" /bin/bash -c "$SHELL_WITH_A_SLOW_INIT" terminal \
		"$RIND" run -- sh -c 'echo >ready; exec sleep 1000' "$WORK" </dev/null >"$WORK/screen" ||
		fail "$(cat "$WORK/screen")"
	grep -q '^ended with 143' "$WORK/screen" || fail "$(cat "$WORK/screen")"
}

# A terminal that no path leads to stays as it is.  One that was reached, and whose mount then cannot be made
# read-only, is not given to the command: whatever the error is.
test_terminal_whose_mount_stays_writable()
{
	local error
	need_strace
	! lacks_mount_calls || skip "takes the calls for mounts"
	for error in EPERM EACCES EINVAL; do
		# In each process its first: init's is for the terminal, the supervisor's asks whether there is the call.
		timeout -s KILL "$PATIENCE" "$PROBES/pty" /bin/bash -c '"$@"; echo "status $?"' terminal \
			strace -f -qqq -o /dev/null -e "inject=mount_setattr:error=$error:when=1" \
			"$RIND" run -- sh -c 'echo "the command runs"' </dev/null >"$WORK/screen"
		grep -q '^status 125' "$WORK/screen" || fail "$error: $(cat "$WORK/screen")"
		grep -q '^rind: .*terminal' "$WORK/screen" || fail "$error: $(cat "$WORK/screen")"
		! grep -q '^the command runs' "$WORK/screen" || fail "$error: $(cat "$WORK/screen")"
	done
}

# What is refused says what to do.
test_terminal_of_another_in_the_background()
{
	[ "$WAY" = root ] || skip "takes two users"
	typed_ahead 'set -m; cd /; setpriv --reuid 12345 --regid 12345 --clear-groups "$@" 2>"$WORK/errors" & wait $!; echo "status $?"' \
		"$RIND" run --mode read-only -- sh -c 'echo the command runs' "$WORK"
	grep -q '^status 125' "$WORK/screen" || fail "$(cat "$WORK/screen" "$WORK/errors")"
	assert_match '*rind is in the background*redirect*' "$(cat "$WORK/errors")"
	! grep -q '^the command runs' "$WORK/screen" || fail "$(cat "$WORK/screen")"
}

run_cases "$@"
