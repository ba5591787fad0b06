#!/bin/bash
# Writable roots that an earlier command has turned into symbolic links to somewhere else: what it could
# not write to, the next command shall not be given.  Also: test-roots.sh (links that are the caller's
# own), attack/test-races.sh (swaps while a sandbox starts).

# Scripts in quotes are expanded in the sandbox.
# shellcheck disable=SC2016 source-path=SCRIPTDIR/.. source=lib.sh
. "$(dirname "$0")/lib.sh"

# planted SCRIPT: an earlier command does this, and may; and what is outside is in place for the next.
planted()
{
	inside "${EARLIER[@]}" -- "allowed '$1'"
	EVIDENCE=$(snapshot "$OUTSIDE")
}
EARLIER=()

# refused_root PATTERN [OPTION…]: the next command does not run, and is told why and what to do.
refused_root()
{
	local pattern=$1
	shift
	fails_with 125 "rind: *symbolic link*$pattern*earlier command could have put it*itself*remove it" -- \
		"$@" -- sh -c 'echo evil >"$OUTSIDE/evil"; echo evil >"$OUTSIDE/directory/evil"'
	assert_equal "$EVIDENCE" "$(snapshot "$OUTSIDE")" files
	STATUS=0
	"$RIND" explain "$@" >"$WORK/explain" 2>&1 || STATUS=$?
	assert_equal 125 "$STATUS" "status of explain ($(cat "$WORK/explain"))"
}

test_root_that_was_left_by_another_command()
{
	mkdir cache
	planted 'rmdir cache && ln -s "$OUTSIDE" cache'
	refused_root "$WS/cache, which lies in $WS" --writable cache
	refused_root "$WS/cache, which lies in $WS" --writable "$WS/cache"
	refused_root "$WS/cache" --writable cache --writable cache
	refused_root "$WS/cache" --writable cache/directory
	refused_root "$WS/cache" --writable cache/..
	refused_root "$WS/cache" --writable ./cache/../outside/file
	# The control: what the link leads to, named as such, is the caller's to give.
	inside -w "$OUTSIDE" -w cache -- 'allowed "echo fine >\"$OUTSIDE/fine\""'
	assert_content "$OUTSIDE/fine" fine
}

# Neither of two such links makes the other one good.
test_links_that_lead_to_one_another()
{
	mkdir one two
	planted 'rmdir one two && ln -s "$OUTSIDE" one && ln -s "$WS/one/directory" two'
	refused_root "$WS/one" --writable one --writable two
	refused_root "$WS/two" --writable two --writable one
	refused_root "$WS/two" --writable two
}

test_link_that_is_on_the_way()
{
	mkdir -p a/b/directory
	planted 'rm -r a/b && ln -s "$OUTSIDE" a/b'
	refused_root "$WS/a/b" --writable a/b/directory
	refused_root "$WS/a/b" -C / --writable "$WS" --writable "$WS/a/b/directory"
}

test_root_that_is_a_file()
{
	: >log
	planted 'ln -sfn "$OUTSIDE/file" log'
	refused_root "$WS/log" --writable log
	assert_content "$OUTSIDE/file" outside
}

# Whether the working directory is given or the caller's.
test_working_directory()
{
	mkdir build
	planted 'rmdir build && ln -s "$OUTSIDE" build'
	refused_root "$WS/build" -C build --writable "$WS"
	refused_root "$WS/build" -C "$WS/build/directory" --writable "$WS"
	# The shell knows the way that it came.
	cd build
	refused_root "$WS/build" --writable "$WS"
	refused_root "$WS/build" --writable "$WS" --writable directory --mode read-only
	cd directory
	refused_root "$WS/build" --writable "$WS"
	# A $PWD that leads elsewhere says nothing, and by its own path the directory can be had.
	cd -P .
	CONTROL=$OUTSIDE/directory/control PWD=$WS inside --writable "$WS" -- 'allowed "echo fine >fine"'
	assert_content "$OUTSIDE/directory/fine" fine
}

# in_tmp: a directory of this case's in /tmp, which other commands may write to.
in_tmp()
{
	PLACE=$(mktemp -d /tmp/rind-test.XXXXXX)
	export PLACE
	# shellcheck disable=SC2064 # now is when it is known
	trap "rm -rf '$PLACE'" EXIT
}

# Also where this sandbox has no /tmp: the earlier one had.
test_link_in_tmp()
{
	in_tmp
	planted 'ln -s "$OUTSIDE" "$PLACE/build"'
	refused_root "$(realpath "$PLACE")/build, which lies in $(realpath /tmp)" --writable "$PLACE/build"
	refused_root "$(realpath "$PLACE")/build, which lies in $(realpath /tmp)" --writable "$PLACE/build" --exclude-tmp
	refused_root "$(realpath "$PLACE")/build, which lies in $(realpath /tmp)" --writable "$PLACE/build" --mode read-only
	refused_root "$(realpath "$PLACE")/build" -C "$PLACE/build"
	cd "$PLACE/build"
	refused_root "$(realpath "$PLACE")/build"
	cd "$WS"
	# The control: a link there that leads to /tmp.
	mkdir "$PLACE/real"
	ln -s real "$PLACE/link"
	inside --exclude-tmp --writable "$PLACE/link" -- 'allowed "echo fine >\"$PLACE/real/file\""'
	assert_content "$PLACE/real/file" fine
}

test_tmpdir()
{
	in_tmp
	mkdir "$PLACE/mine"
	planted 'rmdir "$PLACE/mine" && ln -s "$OUTSIDE" "$PLACE/mine"'
	export TMPDIR=$PLACE/mine
	refused_root "$PLACE/mine"
	assert_match '*TMPDIR*--exclude-tmpdir*' "$ERR"
	refused_root "$PLACE/mine" --exclude-tmp
	refused_root "$PLACE/mine" --exclude-tmpdir --writable "$TMPDIR/directory"
	inside --exclude-tmpdir -- 'refused "echo evil >\"$OUTSIDE/evil\""'
	unset TMPDIR

	# And a link in the directory that it names.
	mkdir "$WORK/tmp" "$WORK/tmp/build"
	export TMPDIR=$WORK/tmp
	planted 'rmdir "$TMPDIR/build" && ln -s "$OUTSIDE" "$TMPDIR/build"'
	refused_root "$WORK/tmp/build" --writable "$TMPDIR/build"
	refused_root "$WORK/tmp/build" --writable "$TMPDIR/build" --exclude-tmpdir
}

# Links that stay in what is writable, and those that no command could have made, are as good as paths.
test_links_that_are_none_of_this()
{
	mkdir -p packages/one "$WORK/mine"
	ln -s packages/one one
	ln -s "$WORK/mine" "$WORK/link"
	inside --writable one --writable "$WORK/link" -- '
		allowed "echo fine >one/file"
		allowed "echo fine >\"$WORK/mine/file\""
	'
	assert_content packages/one/file fine
	assert_content "$WORK/mine/file" fine
}

run_cases "$@"
