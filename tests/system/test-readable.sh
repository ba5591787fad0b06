#!/bin/bash
# --readable: what stays readable in a hidden directory, or in one that a tmpfs covers.

# Scripts in quotes are expanded in the sandbox.
# shellcheck disable=SC2016 source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

home()
{
	mkdir -p "$WORK/home/.cargo/registry" "$WORK/home/.ssh"
	echo config >"$WORK/home/.cargo/config"
	echo index >"$WORK/home/.cargo/registry/index"
	echo name >"$WORK/home/.gitconfig"
	echo secret >"$WORK/home/.ssh/key"
	echo secret >"$WORK/home/.netrc"
}

test_list_of_what_can_be_read()
{
	local before
	home
	before=$(snapshot "$WORK/home")
	inside --hide "$WORK/home" --readable "$WORK/home/.cargo" --readable "$WORK/home/.gitconfig" -- '
		same config "$(cat "$WORK/home/.cargo/config")"
		same index "$(cat "$WORK/home/.cargo/registry/index")"
		same name "$(cat "$WORK/home/.gitconfig")"
		same "config registry" "$(ls "$WORK/home/.cargo" | xargs)"
		refused "ls \"$WORK/home\""
		refused "cat \"$WORK/home/.ssh/key\""
		refused "cat \"$WORK/home/.netrc\""
		refused "cat \"$WORK/home/.cargo/../.ssh/key\""
		refused "grep secret \"/proc/self/root$WORK/home/.netrc\""
	'
	assert_equal "$before" "$(snapshot "$WORK/home")" files
}

test_what_can_be_read_cannot_be_changed()
{
	local before
	home
	before=$(snapshot "$WORK/home")
	inside --writable "$WORK" --hide "$WORK/home" --readable "$WORK/home/.cargo" --readable "$WORK/home/.gitconfig" -- '
		refused_with "Read-only" "echo evil >\"$WORK/home/.cargo/config\""
		refused_with "Read-only" "echo evil >\"$WORK/home/.gitconfig\""
		refused "mkdir \"$WORK/home/.cargo/new\""
		refused "chmod 777 \"$WORK/home/.cargo/config\""
		refused "touch \"$WORK/home/.cargo/registry\""
		refused "mv \"$WORK/home/.cargo\" \"$WORK/home/other\""
		refused "rm -f \"$WORK/home/.gitconfig\""
		refused "ln \"$WORK/home/.gitconfig\" hard"
		refused_with "busy" "mv \"$WORK/home\" \"$WORK/other\""
		refused "umount \"$WORK/home/.cargo\""
		refused "mkdir \"$WORK/home/new\""
		refused "unshare -Urm --propagation unchanged sh -c \"mount -o remount,bind,rw \\\"$WORK/home/.cargo\\\"; echo evil >\\\"$WORK/home/.cargo/config\\\"\""
		allowed "echo fine >\"$WORK/file\""
	'
	assert_equal "$before" "$(snapshot "$WORK/home")" files
	assert_content "$WORK/file" fine
}

# Where the command can mount, and take mounts apart.
test_from_a_mount_namespace_within()
{
	home
	mkdir view
	inside --nested --hide "$WORK/home" --readable "$WORK/home/.cargo" -- '
		for how in "unshare -Um --propagation unchanged" "unshare -Urm --propagation unchanged"; do
			refused "$how sh -c \"umount -l \\\"$WORK/home/.cargo\\\"; grep secret \\\"$WORK/home/.netrc\\\"\""
			refused "$how sh -c \"umount -l \\\"$WORK/home\\\"; grep secret \\\"$WORK/home/.netrc\\\"\""
			refused "$how sh -c \"mount --rbind \\\"$WORK/home/.cargo\\\" view && echo evil >view/config\""
			refused "$how sh -c \"mount --bind \\\"$WORK/home\\\" view && grep secret view/.netrc\""
		done
		allowed "cat \"$WORK/home/.cargo/config\""
	'
	assert_content "$WORK/home/.cargo/config" config
}

# The most specific path decides, however deep they are in each other.
test_in_and_around_others()
{
	home
	mkdir "$WORK/home/.cargo/registry/cache"
	echo token >"$WORK/home/.cargo/credentials"
	inside --hide "$WORK/home" --readable "$WORK/home/.cargo" --hide "$WORK/home/.cargo/credentials" \
		--writable "$WORK/home/.cargo/registry/cache" -- '
		allowed "cat \"$WORK/home/.cargo/config\""
		refused "cat \"$WORK/home/.cargo/credentials\""
		refused "echo evil >\"$WORK/home/.cargo/registry/index\""
		allowed "echo fine >\"$WORK/home/.cargo/registry/cache/file\""
		refused "mkdir \"$WORK/home/.cargo/registry/cache/.git\""
		refused "cat \"$WORK/home/.netrc\""
	'
	assert_content "$WORK/home/.cargo/registry/cache/file" fine
	assert_content "$WORK/home/.cargo/registry/index" index
	assert_absent "$WORK/home/.cargo/registry/cache/.git"
}

# A hidden directory of the workspace: its parents are pinned, and the hole is where it was.
test_in_the_workspace()
{
	mkdir -p a/hidden/open
	echo secret >a/hidden/key
	echo content >a/hidden/open/file
	inside --hide a/hidden --readable a/hidden/open -- '
		same content "$(cat a/hidden/open/file)"
		refused "cat a/hidden/key"
		refused "echo evil >a/hidden/open/file"
		not_renamed a/hidden away
		not_renamed a/hidden/open away
		not_renamed a away
	'
	assert_content a/hidden/open/file content
	assert_absent away
}

test_in_a_tmpfs()
{
	home
	inside --tmpfs "$WORK/home" --readable "$WORK/home/.cargo" -- '
		same config "$(cat "$WORK/home/.cargo/config")"
		same .cargo "$(ls -A "$WORK/home")"
		allowed "echo new >\"$WORK/home/.netrc\""
		refused "echo evil >\"$WORK/home/.cargo/config\""
		refused "rmdir \"$WORK/home/.cargo\""
	'
	assert_content "$WORK/home/.netrc" secret
	assert_content "$WORK/home/.cargo/config" config
}

# Where nothing else is restricted.
test_in_full_access()
{
	home
	inside --mode full-access --hide "$WORK/home" --readable "$WORK/home/.cargo" -- '
		allowed "cat \"$WORK/home/.cargo/config\""
		refused "echo evil >\"$WORK/home/.cargo/config\""
		refused "cat \"$WORK/home/.netrc\""
	'
}

# By a symlink, by a relative path, and more than once.
test_named_in_other_ways()
{
	home
	ln -s home/.cargo "$WORK/link"
	inside --hide "$WORK/home" --readable ../link --readable "$WORK/home/.cargo/registry" \
		--readable "$WORK/home/.cargo" -- '
		allowed "cat \"$WORK/link/config\""
		allowed "cat \"$WORK/home/.cargo/registry/index\""
		refused "echo evil >\"$WORK/home/.cargo/registry/index\""
		refused "cat \"$WORK/home/.netrc\""
	'
}

# Mounts below it are read-only as well.
test_mount_below_it()
{
	private_mounts
	home
	mount -t tmpfs none "$WORK/home/.cargo/registry"
	echo mounted >"$WORK/home/.cargo/registry/file"
	inside --hide "$WORK/home" --readable "$WORK/home/.cargo" -- '
		same mounted "$(cat "$WORK/home/.cargo/registry/file")"
		refused "echo evil >\"$WORK/home/.cargo/registry/file\""
	'
	assert_content "$WORK/home/.cargo/registry/file" mounted
}

test_explain_says_what_is_there()
{
	local out
	home
	out=$("$RIND" explain --hide "$WORK/home" --readable "$WORK/home/.cargo" &&
		"$RIND" explain --hide "$WORK/home" --readable "$WORK/home/.cargo" "$WORK/home/.cargo/config" "$WORK/home/.netrc")
	assert_match "*readable*$WORK/home/.cargo*--readable $WORK/home/.cargo*" "$out"
	assert_match "*$WORK/home/.cargo/config: readable (--readable $WORK/home/.cargo: *" "$out"
	assert_match "*$WORK/home/.netrc: hidden (--hide $WORK/home: *" "$out"
}

test_what_is_refused()
{
	home
	fails_with 125 "rind: --readable $WORK/home/.cargo: nothing hides $WORK/home/.cargo, so that it is readable already; leave it out, or hide a directory above it: --hide DIR" -- \
		--readable "$WORK/home/.cargo" -- true
	fails_with 125 "rind: --readable .: nothing hides $WS,*" -- --readable . -- true
	fails_with 125 "rind: --readable $WORK/home: --hide $WORK/home covers the same path; leave one of the two out" -- \
		--hide "$WORK/home" --readable "$WORK/home" -- true
	fails_with 125 "rind: --readable $WORK/home/.carg: there is no $WORK/home/.carg (did you mean $WORK/home/.cargo?); name what is there, or leave it out" -- \
		--hide "$WORK/home" --readable "$WORK/home/.carg" -- true
	fails_with 125 "rind: --readable $WORK/home/.netrc/x: there is no*" -- \
		--hide "$WORK/home" --readable "$WORK/home/.netrc/x" -- true
	fails_with 125 "rind: --readable /proc/version: the sandbox has a /dev and a /proc of its own; leave it out" -- \
		--proc none --readable /proc/version -- true
	fails_with 125 "rind: --readable $WORK/home/.cargo: does not hold with --nested=any*" -- \
		--nested=any --readable "$WORK/home/.cargo" -- true
	fails_with 125 "rind: run: option '--readable' needs a value (PATH)*" -- --readable -- true
}

# What an earlier command has put there could lead to what else is hidden.
test_link_in_a_writable_root()
{
	home
	mkdir -p "$WORK/keys/deep" a/hidden
	echo secret >"$WORK/keys/deep/key"
	ln -s "$WORK/keys/deep" a/hidden/open
	fails_with 125 "rind: --readable a/hidden/open: $WORK/keys/deep is reached through the symbolic link $WS/a/hidden/open, which lies in $WS,*; if it is yours, name that path itself, and otherwise remove it" -- \
		--hide "$WORK/keys" --hide a/hidden --readable a/hidden/open -- cat "$WORK/keys/deep/key"
	inside --hide "$WORK/keys" --hide a/hidden --readable "$WORK/keys/deep" -- 'allowed "cat \"$WORK/keys/deep/key\""'
}

# What is protected in a hidden directory can only be meant to be read.
test_protect_of_what_is_hidden()
{
	home
	fails_with 125 "rind: --protect $WORK/home/.cargo: --hide $WORK/home hides it; leave it out, or, for the command to read it, use --readable $WORK/home/.cargo" -- \
		--hide "$WORK/home" --protect "$WORK/home/.cargo" -- true
	# Where a root lies between, it protects.
	inside --hide "$WORK/home" --writable "$WORK/home/.cargo" --protect "$WORK/home/.cargo/config" -- '
		refused "echo evil >\"$WORK/home/.cargo/config\""
		allowed "echo fine >\"$WORK/home/.cargo/file\""
	'
}

run_cases "$@"
