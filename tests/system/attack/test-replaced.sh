#!/bin/bash
# A protected or hidden path is replaced on the host while the command runs: then the kernel drops what
# protected it.  That cannot be stopped from within the sandbox; rind has to say so at the end.

# Scripts in quotes are expanded in the sandbox.
# shellcheck disable=SC2016 source-path=SCRIPTDIR/.. source=lib.sh
. "$(dirname "$0")/lib.sh"

# attack OPTION… -- SCRIPT: start a sandbox; the host does change(), then SCRIPT runs.  Sets STATUS
# and ERR, and JSON to the status lines.
attack()
{
	local -a options=()
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	exec 5>"$WORK/json"
	hold box --json-status-fd 5 "${options[@]}" -- "
		$BEFORE
		echo ready; read -r line
		$2"
	hear_line box ready
	change
	tell box go
	await_end box
	exec 5>&-
	STATUS=$HOLD_STATUS ERR=$(cat "$WORK/box.err") JSON=$(cat "$WORK/json")
	forget box
}

BEFORE=''

# said PATH ACCESS: one line for it, on standard error and in the status.
said()
{
	assert_match "*rind: $1 (*): was replaced on the host while the command ran: the replacement was not $2; look at it*" "$ERR"
	assert_match "*\"replaced\": \[*\"$1\"*\], \"unknown\": \[*" "$JSON"
}

said_nothing()
{
	assert_equal '' "$ERR" "standard error"
	assert_match '*"exit-code": 0*' "$JSON"
	[[ $JSON != *replaced* ]] || fail "status: $JSON"
}

# As editors do it.  The status stays the command's.
test_file_renamed_over()
{
	echo content >config
	change()
	{
		echo new >config.new
		mv config.new config
	}
	attack -p config -- '
		# The control: it is the host that opened this, and it is open.
		allowed "echo evil >config"
		exit 7
	'
	assert_content config evil
	assert_equal 7 "$STATUS" status
	assert_equal 1 "$(wc -l <<<"$ERR")" lines
	said "$WS/config" protected
	assert_match '*"replaced-count": 1, "replaced": \["'"$WS"'/config"\], "unknown": \[\]*"exit-code": 7*' "$JSON"
}

test_file_removed()
{
	echo content >config
	change()
	{
		rm config
	}
	attack -p config -- 'allowed "echo evil >config"'
	said "$WS/config" protected
}

test_directory_moved_away()
{
	git_workspace
	change()
	{
		mv .git moved
	}
	attack -- '
		allowed "mkdir -p .git/hooks && echo evil >.git/hooks/evil"
		# What was protected still is, wherever it went.
		refused_with Read-only "echo evil >moved/config"
	'
	said "$WS/.git" protected
	assert_content moved/config '[core]'
}

test_directory_replaced_and_put_back()
{
	git_workspace
	change()
	{
		mv .git moved
		mv moved .git
	}
	attack -- 'refused_with Read-only "echo evil >.git/config"'
	said_nothing
}

# What matters is whether it is protected, not which file it is.
test_two_protected_directories_exchanged()
{
	mkdir one two
	change()
	{
		"$PROBES/attempt" exchange one two >"$WORK/exchanged"
	}
	attack -p one -p two -- 'refused "echo evil >one/file"; refused "echo evil >two/file"'
	assert_content "$WORK/exchanged" "done"
	said_nothing
}

test_parent_replaced()
{
	mkdir -p a/b
	echo content >a/b/config
	change()
	{
		mv a moved
		mkdir -p a/b
		echo new >a/b/config
	}
	attack -p a/b/config -- 'allowed "echo evil >a/b/config"'
	said "$WS/a/b/config" protected
}

test_parent_replaced_by_a_symlink()
{
	mkdir -p a/b
	echo content >a/b/config
	change()
	{
		mv a moved
		ln -s moved a
	}
	attack -p a/b/config -- 'allowed "rm a && mkdir -p a/b && echo evil >a/b/config"'
	said "$WS/a/b/config" protected
}

test_mask_of_a_missing_path_removed()
{
	change()
	{
		rm -d .codex
	}
	attack -- 'allowed "mkdir .codex && echo evil >.codex/config"; refused "mkdir .agents"'
	said "$WS/.codex" protected
	assert_content .codex/config evil
	assert_absent .agents
}

test_mask_of_a_missing_parent_removed()
{
	change()
	{
		rmdir a
	}
	attack -p a/b/c -- 'allowed "mkdir -p a/b && echo evil >a/b/c"'
	said "$WS/a/b/c" protected
}

test_symlink_replaced()
{
	mkdir real
	ln -s real link
	change()
	{
		ln -s other link.new
		mv -T link.new link
	}
	attack -p link/config -- 'allowed "rm link && mkdir link && echo evil >link/config"'
	said "$WS/link/config" protected
}

test_hidden_file_replaced()
{
	echo secret >"$OUTSIDE/key"
	change()
	{
		echo secret2 >"$OUTSIDE/key.new"
		mv "$OUTSIDE/key.new" "$OUTSIDE/key"
	}
	BEFORE='refused "cat \"$OUTSIDE/key\""'
	attack --hide "$OUTSIDE/key" -- 'same secret2 "$(cat "$OUTSIDE/key")"'
	said "$OUTSIDE/key" hidden
}

test_change_inside_a_protected_directory_is_none()
{
	git_workspace
	change()
	{
		echo '[new]' >.git/config.lock
		mv .git/config.lock .git/config
		rm -r .git/hooks
	}
	attack -- 'refused_with Read-only "echo evil >.git/config"'
	said_nothing
}

# The command bars the way to what was replaced, so that nobody can look.
test_command_bars_the_way()
{
	mkdir a
	echo content >a/config
	change()
	{
		echo new >a/config.new
		mv a/config.new a/config
	}
	attack -p a/config -- 'allowed "echo evil >a/config && chmod 000 a"'
	assert_match "rind: $WS/a/config (*): cannot be reached now *; look at it" "$ERR"
	assert_match '*"replaced-count": 1, "replaced": \[\], "unknown": \["'"$WS"'/a/config"\]}*' "$JSON"
	chmod 755 a
}

# The same without a replacement, where the caller is one whom a mode stops.
test_directory_without_permissions_from_the_start()
{
	mkdir -p "$WORK/closed/a"
	echo content >"$WORK/closed/a/config"
	chmod 000 "$WORK/closed/a"
	sandbox -w "$WORK/closed" -p "$WORK/closed/a/config" -- sh -c "echo started"
	assert_equal started "$OUT" output
	assert_match "rind: *a/config (*): cannot be reached now *" "$ERR"
	chmod 755 "$WORK/closed/a"
}

# It waits for SIGKILL, so that it is killed before anybody looks.
test_command_outstays_its_time()
{
	echo content >config
	change()
	{
		echo new >config.new
		mv config.new config
	}
	BEFORE='trap "" TERM'
	attack --timeout 4 -p config -- '
		echo evil >config
		while :; do sleep 1000; done
	'
	assert_equal 124 "$STATUS" status
	assert_content config evil
	said "$WS/config" protected
}

# Processes that the command leaves behind must not hide it.
test_what_is_left_behind_bars_the_way()
{
	mkdir a
	echo content >a/config
	change()
	{
		echo new >a/config.new
		mv a/config.new a/config
	}
	attack -p a/config -- '
		echo evil >a/config
		(trap "" HUP TERM; while :; do chmod 000 a; chmod 755 a; done) &
	'
	assert_match "rind: $WS/a/config (*): *; look at it" "$ERR"
	chmod 755 a
}

test_more_than_can_be_named()
{
	local i
	local -a options=()
	for i in {1..40}; do
		mkdir "d$i"
		options+=(-p "d$i")
	done
	change()
	{
		local i
		for i in {1..40}; do
			rmdir "d$i"
			mkdir "d$i"
		done
	}
	attack "${options[@]}" -- 'allowed "echo evil >d1/file && echo evil >d40/file"'
	assert_equal 17 "$(wc -l <<<"$ERR")" lines
	assert_equal 'rind: 24 more paths were replaced' "$(tail -n 1 <<<"$ERR")" "last line"
	assert_match '*"replaced-count": 40, "replaced": \["*' "$JSON"
}

# Nobody can look when init is killed: then that is said, and no more.
test_init_is_killed()
{
	local init
	git_workspace
	hold box -- 'echo ready; read -r line'
	hear_line box ready
	init=$(cat "/proc/${HOLD_PID[box]}/task/${HOLD_PID[box]}/children")
	kill -KILL "${init%% *}"
	await_end box
	assert_equal 137 "$HOLD_STATUS" status
	assert_match 'rind: the sandbox was killed *not known*' "$(cat "$WORK/box.err")"
}

run_cases "$@"
