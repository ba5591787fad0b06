#!/bin/bash
# The second layer: what mounts cannot stop.

# Scripts in quotes are expanded in the sandbox.
# shellcheck disable=SC2016 source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

test_reopening_a_read_only_descriptor()
{
	needs_landlock 2
	exec 5<"$OUTSIDE/file"
	exec 6<"$OUTSIDE/file"
	# Removed, so that the file cannot be opened anew on the sandbox's own mount (test-streams.sh).
	rm "$OUTSIDE/file"
	# The control: the mount that the descriptor came from is the host's, and writable.
	sh -c ': >>/proc/self/fd/5' || fail "the attack does not work on the host"
	inside --keep-fd 5 -- '
		refused_with "Permission denied" "echo evil >/proc/self/fd/0"
		refused_with "Permission denied" "echo evil >>/proc/self/fd/0"
		refused_with "Permission denied" "echo evil >>/dev/stdin"
		refused_with "Permission denied" "echo evil >/proc/self/fd/5"
		refused_with "Permission denied" "echo evil >>/dev/fd/5"
		allowed "cat | grep outside"
	' <&6
	assert_equal outside "$(cat <&5)" "content on the host"
}

test_fifo_under_the_read_only_tree()
{
	local fifo line
	needs_landlock 2
	mkfifo "$OUTSIDE/fifo"
	exec {fifo}<>"$OUTSIDE/fifo"
	inside -- '
		refused "\"$PROBES/attempt\" open-write \"$OUTSIDE/fifo\""
		refused "timeout 5 sh -c \"echo evil >\\\"$OUTSIDE/fifo\\\"\""
		allowed "mkfifo mine && { echo fine >mine & read -r line <mine; }"
	'
	echo end >&"$fifo"
	IFS= read -r -t "$PATIENCE" line <&"$fifo"
	assert_equal end "$line" "first line in the fifo"
}

test_signals_to_processes_outside()
{
	local fifo line
	needs_landlock 6
	# The process group is the way out: it is shared with the launcher's script.
	mkfifo "$WORK/signals"
	exec {fifo}<>"$WORK/signals"
	local option
	for option in --mode=workspace-write --nested; do
				setsid -w bash -c '
			trap "echo hit >&'"$fifo"'" USR1
			"$RIND" run --no-new-session "$1" -- sh -c "
				trap \"\" USR1; echo started >started
				kill -USR1 0; kill -USR1 -1; true" "$WORK"
			echo end >&'"$fifo" bash "$option"
		[ -e started ] || fail "the sandbox did not start"
		rm started
		IFS= read -r -t "$PATIENCE" line <&"$fifo"
		assert_equal end "$line" "what the script outside saw"
	done
}

test_writing_where_it_is_allowed()
{
	mkdir "$WORK/root"
	inside -w "$WORK/root" -w "$OUTSIDE/file" -- '
		for directory in "$WS" "$WORK/root" /tmp /dev/shm; do
			allowed "d=\$(mktemp -d \"$directory/rind-test.XXXXXX\") && cd \"\$d\" &&
				echo x >file && mv file other && mkfifo fifo && ln -s other link &&
				ln other hard && mkdir sub && mv other sub/other && truncate -s 0 hard &&
				cd / && rm -r \"\$d\""
		done
		allowed "echo x >\"$OUTSIDE/file\""
		allowed "echo x >/dev/null"
		allowed "echo 100 >/proc/self/oom_score_adj"
		allowed "mkdir one two && echo x >one/file && mv one/file two/file && mv two three"
	'
}

# The one layer that a filter stands in for only in part: the sandbox starts without, and says so to who asks.
test_absence_is_told()
{
	local call
	RIND="$LIB/on-old-kernel"
	for call in landlock_create_ruleset landlock_add_rule landlock_restrict_self; do
		export OLD_KERNEL=$call
		assert_match "*landlock *none: there is none here*'rind doctor'; the filter forbids mounting*" \
			"$("$RIND" explain)"
		[ "$(id -u)" = 0 ] || assert_match "landlock *none: there is none here*'rind doctor'" \
			"$("$RIND" explain --nested | grep '^landlock')"
		assert_match "*landlock *none: there is none here*'rind doctor'*" "$("$RIND" run --verbose -- true 2>&1)"
		assert_equal degraded "$("$RIND" doctor | awk '$2 == "landlock" { print $1 }')" "doctor, without $call"
	done
}

run_cases "$@"
