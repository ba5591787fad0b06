#!/bin/bash
# --tmpfs and --private-tmp: a directory of the sandbox's own in the place of one of the host's.

# Scripts in quotes are expanded in the sandbox.
# shellcheck disable=SC2016 source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

covered_things()
{
	mkdir -p "$WORK/cache/deep"
	echo secret >"$WORK/cache/file"
	echo secret >"$WORK/cache/deep/file"
	chmod 750 "$WORK/cache"
}

test_what_the_host_has_stays_and_is_not_seen()
{
	local before
	covered_things
	before=$(snapshot "$WORK/cache")
	inside --writable "$WORK" --tmpfs "$WORK/cache" -- '
		same "" "$(ls -A "$WORK/cache")"
		same 750 "$(stat -c %a "$WORK/cache")"
		allowed "echo new >\"$WORK/cache/file\""
		allowed "mkdir \"$WORK/cache/made\""
		refused "cat \"$WORK/cache/deep/file\""
		refused "grep secret \"/proc/self/root$WORK/cache/deep/file\""
		refused_with "busy" "mv \"$WORK/cache\" \"$WORK/other\""
		refused_with "busy" "rmdir \"$WORK/cache\""
		refused "umount \"$WORK/cache\""
		refused "umount -l \"$WORK/cache\""
		refused "unshare -Urm umount -l \"$WORK/cache\""
		refused "unshare -Urm --propagation unchanged sh -c \"mount --bind / /mnt && grep secret \\\"/mnt$WORK/cache/file\\\"\""
	'
	assert_equal "$before" "$(snapshot "$WORK/cache")" files
}

# Otherwise the command could make another directory of this name, and the host would use that one.
test_directories_above_it_cannot_be_renamed()
{
	local mode before
	mkdir -p "$WORK/a/b"
	covered_things
	mv "$WORK/cache" "$WORK/a/b/cache"
	before=$(snapshot "$WORK/a")
	for mode in workspace-write full-access; do
		inside --mode "$mode" --writable "$WORK" --tmpfs "$WORK/a/b/cache" -- '
			refused_with "busy" "mv \"$WORK/a/b\" \"$WORK/a/c\""
			refused_with "busy" "mv \"$WORK/a\" \"$WORK/c\""
			allowed "mkdir \"$WORK/a/b/d\" && mv \"$WORK/a/b/d\" \"$WORK/a/b/e\" && rmdir \"$WORK/a/b/e\""
		'
		assert_equal "$before" "$(snapshot "$WORK/a")" "files ($mode)"
	done
}

# In every mode; and it is empty again each time.
test_each_sandbox_has_its_own()
{
	local mode
	covered_things
	for mode in read-only workspace-write full-access; do
		sandbox --mode "$mode" --tmpfs "$WORK/cache" -- sh -c "cd '$WORK/cache' && ls -A && echo here >file && cat file"
		assert_equal "0 here" "$STATUS $OUT" "$mode"
	done
	assert_content "$WORK/cache/file" secret
}

test_private_tmp_with_the_workspace_below()
{
	local place
	place=$(mktemp -d /tmp/rind-test.XXXXXX)
	mkdir -p "$place/a/workspace" "$place/b"
	echo neighbour >"$place/b/file"
	cd "$place/a/workspace" || fail "no workspace"
	sandbox --private-tmp -- sh -c "echo made >made && mkdir .git 2>/dev/null; ls -d .git/x 2>/dev/null
		ls $place $place/a; echo x >/tmp/left; stat -L -c %a /tmp $place $place/a"
	assert_equal "0 $place:
a

$place/a:
workspace
1777
755
755" "$STATUS $OUT" "what is in /tmp"
	assert_content "$place/a/workspace/made" made
	assert_absent "$place/a/workspace/.git" /tmp/left
	rm -r "$place"
}

test_hiding_wins_over_it()
{
	covered_things
	inside --tmpfs "$WORK/cache" --hide "$WORK/cache" -- '
		refused_with "Permission denied" "ls \"$WORK/cache\""
	'
}

test_roots_and_protected_paths_in_it()
{
	covered_things
	mkdir "$WORK/cache/root"
	inside --tmpfs "$WORK/cache" --writable "$WORK/cache/root" --protect kept -- '
		allowed "echo new >\"$WORK/cache/root/file\""
		refused "echo evil >\"$WORK/cache/root/kept\""
		same root "$(ls -A "$WORK/cache")"
	'
	assert_content "$WORK/cache/root/file" new
	assert_absent "$WORK/cache/root/kept"
}

test_it_is_as_large_as_the_memory_limit()
{
	covered_things
	sandbox --tmpfs "$WORK/cache" --limit-memory 64M -- stat -fc '%b*%S' "$WORK/cache"
	assert_equal 0 "$STATUS" "status of $OUT$ERR"
	assert_equal $((64 << 20)) $((OUT)) size
}

test_what_is_refused()
{
	covered_things
	fails_with 125 "*--tmpfs $WORK/none: there is no $WORK/none; make it, or name another*" \
		-- --tmpfs "$WORK/none" -- true
	fails_with 125 "*--tmpfs $WORK/cache/file: $WORK/cache/file: Not a directory*" \
		-- --tmpfs "$WORK/cache/file" -- true
	fails_with 125 "*--tmpfs /: nothing could be run in an empty root*" -- --tmpfs / -- true
	fails_with 125 "*--tmpfs /proc: the sandbox has a /dev and a /proc of its own*" -- --tmpfs /proc -- true
	fails_with 125 "*--tmpfs /dev/shm: the sandbox has a /dev*" -- --tmpfs /dev/shm -- true
	fails_with 125 "*does not hold with --nested=any*" -- --nested=any --tmpfs "$WORK/cache" -- true
	cd "$WORK/cache/deep" || fail "no directory"
	fails_with 125 "*--tmpfs $WORK/cache: the command's working directory $WORK/cache/deep is covered by it*" \
		-- --mode read-only --tmpfs "$WORK/cache" -- true
}

test_explain_says_what_is_there()
{
	covered_things
	assert_match "*tmpfs *$WORK/cache *writable *--tmpfs $WORK/cache*" "$("$RIND" explain --tmpfs "$WORK/cache")"
	assert_match "*$WORK/cache/file: writable*" "$("$RIND" explain --tmpfs "$WORK/cache" "$WORK/cache/file")"
	# The host's files, and their modes, are not what is there.
	chmod 000 "$WORK/cache/file"
	assert_match "$WORK/cache/file: writable (*)" "$("$RIND" explain --tmpfs "$WORK/cache" "$WORK/cache/file")"
	assert_match "$WORK/cache/new: writable (*)" "$("$RIND" explain --tmpfs "$WORK/cache" "$WORK/cache/new")"
}

run_cases "$@"
