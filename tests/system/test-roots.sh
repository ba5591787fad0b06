#!/bin/bash
# Writable roots: rule 3.

# Scripts in quotes are expanded in the sandbox.
# shellcheck disable=SC2016 source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

test_workspace_is_writable()
{
	inside -- '
		allowed "mkdir -p a/b && echo x >a/b/file && mv a/b/file a/moved && rm a/moved"
		allowed "echo kept >kept && ln kept hard && ln -s kept soft && chmod 700 kept"
	'
	assert_content hard kept
	assert_content soft kept
}

test_writable_option()
{
	mkdir "$WORK/one" "$WORK/two" "$WORK/three" "$WORK/four"
	cd "$WORK"
	inside -C "$WS" -w "$WORK/one" "-w$WORK/two" --writable "$WORK/three" --writable=four -- '
		for root in one two three four; do
			allowed "echo fine >\"$WORK/$root/file\""
		done
		refused "echo evil >\"$WORK/file\""
	'
	assert_content one/file fine
	assert_content four/file fine
	assert_absent "$WORK/file"
}

test_root_that_is_a_file()
{
	inside -w "$OUTSIDE/file" -- '
		allowed "echo inside >\"$OUTSIDE/file\""
		refused "rm \"$OUTSIDE/file\""
		refused "echo evil >\"$OUTSIDE/other\""
	'
	assert_content "$OUTSIDE/file" inside
	assert_absent "$OUTSIDE/other"
}

test_root_that_is_made()
{
	umask 022
	inside --mode read-only --writable "$WS" --writable-make "$WORK/cache/of/app" -- '
		allowed "echo fine >\"$WORK/cache/of/app/file\""
		refused "mkdir \"$WORK/cache/of/app/.git\""
		refused "mkdir \"$WORK/cache/of/other\""
	'
	assert_content "$WORK/cache/of/app/file" fine
	assert_equal '700 700 700' "$(stat -c %a "$WORK/cache" "$WORK/cache/of" "$WORK/cache/of/app" | xargs)" modes
	assert_equal "$(id -u)" "$(stat -c %u "$WORK/cache/of/app")" owner
	# It stays, and is taken as it is.
	chmod 755 "$WORK/cache/of/app"
	inside --writable-make "$WORK/cache/of/app" -- 'same fine "$(cat "$WORK/cache/of/app/file")"'
	assert_equal 755 "$(stat -c %a "$WORK/cache/of/app")" mode
}

# What is wrong makes nothing, be it with this option or another; and nor does who only asks.
test_root_that_cannot_be_made()
{
	ln -s "$WORK/elsewhere" link
	echo file >file
	fails_with 125 "rind: --writable-make file/x: $WS/file/x: Not a directory" -- --writable-make file/x -- true
	fails_with 125 "rind: --writable-make file: $WS/file: Not a directory" -- --writable-make file -- true
	fails_with 125 "rind: --writable-make a/../b: there is no $WS/a, *name the directory without it" -- \
		--writable-make a/../b -- true
	fails_with 125 "rind: --hide nowhere: *" -- --writable-make a/b --hide nowhere -- true
	fails_with 125 "rind: writable root $WORK/elsewhere/a (--writable-make link/a) is reached through the symbolic link $WS/link, *" -- \
		--writable-make link/a -- true
	fails_with 125 "rind: --writable-make a: has no effect with --mode full-access*" -- \
		--mode full-access --writable-make a -- true
	fails_with 125 "rind: --writable-make /proc/a: the sandbox has a /proc of its own; *" -- --writable-make /proc/a -- true
	"$RIND" explain --writable-make a/b a/b/c >"$WORK/explained"
	assert_match "a/b/c: writable (--writable-make a/b: $WS/a/b); it does not exist" "$(cat "$WORK/explained")"
	assert_absent a b "$WORK/elsewhere"
	[ "$(id -u)" != 0 ] || return 0
	mkdir closed
	chmod 500 closed
	fails_with 125 "rind: --writable-make closed/a/b: $WS/closed/a/b cannot be made: Permission denied; make it, or name another" -- \
		--writable-make closed/a/b -- true
}

# Several at once, over each other, and by two sandboxes at once.
test_roots_that_are_made_together()
{
	local i
	for ((i = 0; i < 10; i++)); do
		hold one --writable-make "$WORK/new/a" --writable-make "$WORK/new" -- "read -r line; echo one >'$WORK/new/a/one'"
		hold two --writable-make "$WORK/new/a/b" -- "read -r line; echo two >'$WORK/new/a/b/two'"
		release one
		release two
		forget one
		forget two
		assert_content "$WORK/new/a/one" one
		assert_content "$WORK/new/a/b/two" two
		rm -r "$WORK/new"
	done
}

test_root_through_a_symlink()
{
	mkdir "$WORK/real"
	ln -s real "$WORK/link"
	inside -w "$WORK/link" -- '
		allowed "echo fine >\"$WORK/link/file\""
		refused "ln -sfn \"$OUTSIDE\" \"$WORK/link\""
	'
	assert_content "$WORK/real/file" fine
	assert_equal real "$(readlink "$WORK/link")" link
}

test_roots_within_roots()
{
	mkdir -p "$WORK/outer/inner/innermost" "$WORK/outer/inner/.git"
	# Given deep before shallow: the order is not the caller's to get wrong.
	inside -w "$WORK/outer/inner/innermost" -w "$WORK/outer/inner" -w "$WORK/outer" -- '
		allowed "echo 1 >\"$WORK/outer/file\""
		allowed "echo 2 >\"$WORK/outer/inner/file\""
		allowed "echo 3 >\"$WORK/outer/inner/innermost/file\""
		refused "mkdir \"$WORK/outer/inner/.git/hooks\""
		not_renamed "$WORK/outer/inner" "$WORK/outer/away"
		not_renamed "$WORK/outer/inner/innermost" "$WORK/outer/away"
	'
	assert_content "$WORK/outer/file" 1
	assert_content "$WORK/outer/inner/file" 2
	assert_content "$WORK/outer/inner/innermost/file" 3
	assert_absent "$WORK/outer/away" "$WORK/outer/inner/.git/hooks"
}

test_root_within_a_protected_directory()
{
	mkdir -p .git/objects
	inside -w .git/objects -- '
		allowed "echo fine >.git/objects/new"
		refused "echo evil >.git/config"
		not_renamed .git/objects .git/away
	'
	assert_content .git/objects/new fine
	assert_absent .git/config .git/away
}

test_tmp_is_writable()
{
	local file
	file=$(mktemp -u /tmp/rind-test.XXXXXX)
	# shellcheck disable=SC2064 # now is when it is known
	trap "rm -f '$file'" EXIT
	inside -- "allowed 'echo fine >$file'"
	assert_content "$file" fine
	rm "$file"
	inside --exclude-tmp -- "refused_with Read-only 'echo evil >$file'"
	assert_absent "$file"
}

test_tmpdir_is_writable()
{
	mkdir "$WORK/tmp"
	export TMPDIR=$WORK/tmp
	inside -- 'allowed "echo fine >\"$TMPDIR/file\""'
	assert_content "$TMPDIR/file" fine
	inside --exclude-tmpdir -- 'refused_with Read-only "echo evil >\"$TMPDIR/file\""'
	assert_content "$TMPDIR/file" fine
	# Only an absolute one counts, and / would be everything.
	TMPDIR=../tmp inside -- 'refused_with Read-only "echo evil >\"$WORK/tmp/file\""'
	TMPDIR=/ inside -- 'refused_with Read-only "echo evil >\"$OUTSIDE/file\""'
	assert_content "$OUTSIDE/file" outside
}

test_names_in_tmpdir_are_protected_when_present()
{
	mkdir -p "$WORK/tmp/.git"
	export TMPDIR=$WORK/tmp
	inside -- '
		refused "echo evil >\"$TMPDIR/.git/config\""
		not_renamed "$TMPDIR/.git" "$TMPDIR/away"
		allowed "mkdir \"$TMPDIR/.codex\""
	'
	assert_absent "$TMPDIR/.git/config" "$TMPDIR/away"
	[ -d "$TMPDIR/.codex" ] || fail "the directory made inside is not there"
}

test_workspace_in_tmp()
{
	local workspace
	workspace=$(mktemp -d /tmp/rind-test.XXXXXX)
	# shellcheck disable=SC2064 # now is when it is known
	trap "rm -rf '$workspace' '$workspace.away'" EXIT
	cd "$workspace"
	CONTROL=$workspace/control inside -- "
		refused 'mkdir .git'
		refused 'mv $workspace $workspace.away'
		refused 'mv $workspace $workspace.away; mkdir $workspace/.git'
		allowed 'echo fine >file'
	"
	assert_content file fine
	assert_absent .git "$workspace.away"
}

test_newline_and_other_bytes_in_paths()
{
	local name
	for name in $'new\nline' 'a b' $'tab\there' '*' $'\xff\xfe' '"quoted"' $'\\'; do
		mkdir -p "$WORK/$name/.git"
		CONTROL=$WORK/$name/control inside -w "$WORK/$name" -p 'a file' -- '
			cd "$1"
			allowed "echo fine >file"
			refused "echo evil >.git/config"
			refused "echo evil >\"a file\""
		' "$WORK/$name"
		assert_content "$WORK/$name/file" fine
		assert_absent "$WORK/$name/.git/config" "$WORK/$name/a file"
	done
}

run_cases "$@"
