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
	[ "$(uname -m)" = x86_64 ] || skip "this machine has one table"
	for option in --new-session --no-new-session; do
		on_terminal "$option" -- '
			blocked_with EPERM tiocsti-32
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

run_cases "$@"
