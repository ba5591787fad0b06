#!/bin/bash
# What a mask on a missing path needs on the host: made, shared, and removed again.

# Scripts in quotes are expanded in the sandbox.
# shellcheck disable=SC2016 source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# A sandbox that waits for a line, tries to break its masks, and ends.
hold_workspace()
{
	hold "$1" -- '
		echo ready; read -r line
		refused "mkdir .codex"
		refused "echo evil >.codex"
		refused "rm -f .codex && mkdir .codex"
		echo tried; read -r line
	'
	hear_line "$1" ready
}

test_nothing_is_left()
{
	local before
	before=$(snapshot "$WS")
	inside -p a/b -- 'refused "mkdir .codex"'
	assert_equal "$before" "$(snapshot "$WS")" files
	sandbox -- sh -c 'kill -KILL $$'
	assert_equal "$before" "$(snapshot "$WS")" files
	sandbox -- /nowhere
	assert_equal "$before" "$(snapshot "$WS")" files
}

test_two_sandboxes_first_ends_first()
{
	hold_workspace first
	hold_workspace second
	tell first go
	hear_line first tried
	release first
	tell second go
	hear_line second tried
	[ -e .codex ] || fail "the placeholder is gone while a sandbox uses it"
	release second
	assert_absent .git .codex .agents
}

test_two_sandboxes_second_ends_first()
{
	hold_workspace first
	hold_workspace second
	tell second go
	hear_line second tried
	release second
	tell first go
	hear_line first tried
	[ -e .codex ] || fail "the placeholder is gone while a sandbox uses it"
	release first
	assert_absent .git .codex .agents
}

test_many_sandboxes_at_once()
{
	local i job
	local -a jobs
	for ((i = 0; i < 5; i++)); do
		jobs=()
		for job in 1 2 3 4 5 6 7 8; do
			"$RIND" run -- sh -c '
				if mkdir .codex || rm -f .git; then echo broken; fi
				echo ran' "$WORK" >"$WORK/$job.log" 2>"$WORK/$job.err" &
			jobs+=($!)
		done
		for job in "${jobs[@]}"; do
			wait "$job" || fail "a sandbox failed: $(cat "$WORK"/*.err)"
		done
		for job in 1 2 3 4 5 6 7 8; do
			assert_content "$WORK/$job.log" ran
		done
		assert_absent .git .codex .agents
	done
}

test_users_own_empty_file()
{
	local mode before
	for mode in 644 444 600; do
		rm -f .codex
		install -m "$mode" /dev/null .codex
		before=$(snapshot .codex)
		inside -- '
			refused "echo evil >.codex"
			refused_with busy "rm -f .codex"
			refused_with busy "mv .codex away"
			refused "chmod 777 .codex"
		'
		assert_equal "$before" "$(snapshot .codex)" .codex
	done
}

# What looks like a placeholder but cannot be read is protected as it is, not taken for out of reach.
test_mark_that_cannot_be_read()
{
	local before
	mkdir -m 1000 .codex
	before=$(stat -c '%i %a' .codex)
	inside -- '
		refused "rm -f .codex"
		refused "chmod 777 .codex"
		not_renamed .codex away
		refused "mkdir .codex"
	'
	assert_equal "$before" "$(stat -c '%i %a' .codex)" .codex
	rmdir .codex
}

make_fifo()
{
	mkfifo "$1"
	chmod "$2" "$1"
}

# Left behind by a sandbox that was killed, at any moment: the mode is set in steps.
test_stale_placeholder()
{
	local make
	for make in 'mkdir -m 01755' 'mkdir -m 01700'; do
		$make .codex
		inside -- 'refused "mkdir .codex"; refused "echo evil >.codex/config"'
		assert_absent .codex
	done
	for make in 01044 01400 01444; do
		make_fifo .codex $make
		make_fifo commondir $make
		inside -- 'refused "mkdir .codex"; refused "echo evil >.codex"; refused "echo evil >commondir"'
		assert_absent .codex commondir
	done
}

# With an entry of any kind it is the user's.
test_stale_placeholder_with_content_is_a_directory()
{
	local make before
	for make in 'echo mine >.codex/config' 'mkdir .codex/.hidden' 'ln -s nowhere .codex/link'; do
		mkdir -m 01755 .codex
		eval "$make"
		before=$(snapshot .codex)
		inside -- 'refused "echo evil >.codex/config"; refused "rm -rf .codex"'
		assert_equal "$before" "$(snapshot .codex)" .codex
		rm -r .codex
	done
}

test_users_own_fifo()
{
	local mode before
	for mode in 600 644 1666; do
		make_fifo .codex $mode
		before=$(snapshot .codex)
		inside -- '
			refused_with busy "rm -f .codex"
			refused "mv .codex away"
			refused "chmod 777 .codex"
		'
		assert_equal "$before" "$(snapshot .codex)" .codex
		rm .codex
	done
}

# In a directory of somebody else's where the command may make it: a placeholder that was made but cannot be opened is
# no proof that the command could not make the path.
test_umask_in_a_directory_of_somebody_else()
{
	local name=/var/tmp/rind-test-$$-umask
	[ "$(id -u)" != 0 ] || skip "root may read any file"
	STATUS=0
	(umask 777 && exec "$RIND" run --no-default-protect -w /var/tmp -p "$name" -- mkdir -m 755 "$name") \
		2>"$WORK/umask.err" || STATUS=$?
	assert_equal 125 "$STATUS" "status, $(cat "$WORK/umask.err")"
	assert_match 'rind: cannot protect *placeholder: *' "$(cat "$WORK/umask.err")"
	assert_absent "$name"
}

# Programs of the same user that read everything are refused it, and do not wait for a writer.
test_placeholder_is_not_waited_for()
{
	local name reason
	hold box -- 'echo ready; read -r line'
	hear_line box ready
	if [ "$(id -u)" != 0 ]; then
		[ -p .codex ] || fail "the placeholder is not a FIFO"
	fi
	for name in .git .codex .agents refs commondir; do
		! timeout 60 cat "$name" 2>"$WORK/cat.err" || fail "$name can be read"
		reason=$(cat "$WORK/cat.err")
		[[ $reason == *'Permission denied'* || $reason == *'Is a directory'* ]] || fail "reading $name: $reason"
	done
	release box
}

test_users_own_empty_directory()
{
	local mode before
	for mode in 755 700 555 1777; do
		mkdir .codex
		chmod "$mode" .codex
		before=$(snapshot .codex)
		inside -- '
			refused "echo evil >.codex/config"
			refused_with busy "rmdir .codex"
			refused "mv .codex away"
			refused "chmod 777 .codex"
		'
		assert_equal "$before" "$(snapshot .codex)" .codex
		rmdir .codex
	done
}

# Two protected paths below one missing directory share its placeholder.
test_two_paths_below_one_placeholder()
{
	local name
	for name in a .codex; do
		NAME=$name inside -p "$name/b/c" -p "$name/d" -p "$name/b/e" -- '
			refused "mkdir -p $NAME/b"
			refused "echo evil >$NAME/d"
			refused_with busy "rmdir $NAME || rm -f $NAME"
		'
		assert_absent "$name" .git .codex .agents
	done
}

test_host_replaces_a_placeholder()
{
	hold box -- 'echo ready; read -r line'
	hear_line box ready
	rm -d .codex .agents
	rmdir .git
	mkdir .codex .git
	echo mine >.agents
	release box
	[ -d .codex ] || fail "the user's directory was removed"
	[ -d .git ] || fail "the user's other directory was removed"
	assert_content .agents mine
}

test_host_fills_a_placeholder()
{
	hold box -- 'echo ready; read -r line'
	hear_line box ready
	echo mine >.git/config
	release box
	assert_content .git/config mine
	assert_absent .codex .agents
}

# What the host makes there shows inside, and is read-only.
test_host_makes_a_repository_in_a_placeholder()
{
	command -v git >/dev/null || skip "git is not installed"
	hold box -- '
		echo ready; read -r line
		allowed "test -f .git/HEAD"
		refused "echo evil >.git/hooks/post-commit"
		refused "echo evil >>.git/config"
		refused "git add -A"
		echo tried; read -r line'
	hear_line box ready
	git init -q .
	tell box go
	hear_line box tried
	git add -A
	release box
	git status >"$WORK/status" || fail "git does not find its repository"
	inside -- 'refused "echo evil >.git/hooks/post-commit"'
	assert_absent .codex .agents
}

# Each process in turn is killed while the sandbox runs: supervisor, init, command, janitor.
test_kill_one_process()
{
	local which
	local -a processes
	for ((which = 0; ; which++)); do
		hold box -- 'echo ready; read -r line'
		hear_line box ready
		# shellcheck disable=SC2207 # numbers
		processes=($(survivors | cut -d: -f1 | sort -n))
		[ "$which" -lt "${#processes[@]}" ] || break
		kill -KILL "${processes[which]}"
		# What goes on without the one that was killed is told to end; or nobody listens.
		tell box end
		await_end box
		await_no_survivors
		assert_absent .git .codex .agents
		forget box
	done
	[ "$which" -ge 3 ] || fail "only $which processes were found"
	release box
}

test_kill_one_of_two_sandboxes()
{
	hold_workspace first
	hold_workspace second
	kill -KILL "${HOLD_PID[first]}"
	await_end first
	tell second go
	hear_line second tried
	[ -e .codex ] || fail "the placeholder is gone while a sandbox uses it"
	release second
	await_no_survivors
	assert_absent .git .codex .agents
}

# As after a power cut: nobody is left to clean up.  The next start does.
test_kill_everything()
{
	local pid
	hold box -- 'echo ready; read -r line'
	hear_line box ready
	local -a all
	# shellcheck disable=SC2207 # numbers
	all=($(survivors | cut -d: -f1))
	for pid in "${all[@]}"; do
		kill -STOP "$pid" 2>/dev/null || true
	done
	for pid in "${all[@]}"; do
		kill -KILL "$pid" 2>/dev/null || true
	done
	await_end box
	await_no_survivors
	inside -- 'refused "mkdir .codex"'
	assert_absent .git .codex .agents
}

# The command takes from the directory what removing them needs.
test_directory_closed_by_the_command()
{
	local mode
	mkdir -p a/b
	for mode in 555 500 400 0; do
		CONTROL='' inside -p a/b/c -- "allowed 'chmod $mode a/b && chmod $mode .'"
		assert_equal "$mode" "$(stat -c %a "$WS")" "mode of the workspace"
		chmod 755 "$WS"
		assert_equal "$mode" "$(stat -c %a a/b)" "mode of the directory"
		chmod 755 a/b
		assert_absent .git .codex .agents a/b/c
	done
}

# The same, with nobody but the janitor left to do it.
test_directory_closed_by_the_command_and_launcher_killed()
{
	mkdir a
	CONTROL='' hold box -p a/b -- 'allowed "chmod 000 a && chmod 000 ."; echo closed; read -r line'
	hear_line box closed
	kill -KILL "${HOLD_PID[box]}"
	await_end box
	await_no_survivors
	assert_equal 0 "$(stat -c %a "$WS")" "mode of the workspace"
	chmod 755 "$WS"
	chmod 755 a
	assert_absent .git .codex .agents a/b
}

test_random_kills_of_the_launcher()
{
	random_kills launcher
}

test_random_kills_of_any_process()
{
	random_kills any
}

random_kills()
{
	"$PROBES/killer" 200 "$1" "$WS" "$RIND" run -- sh -c 'sleep 1000' "$WORK" \
		>"$WORK/killer.log" 2>"$WORK/killer.err" || fail "$(grep killer: "$WORK/killer.err")"
	local killed
	killed=$(sed -n 's/^killed \([0-9]*\) of 200$/\1/p' "$WORK/killer.log")
	[ "$killed" -ge 150 ] || fail "only $killed were killed"
	assert_absent .git .codex .agents
}

run_cases "$@"
