#!/bin/bash
# Hidden paths: rule 5.

# Scripts in quotes are expanded in the sandbox.
# shellcheck disable=SC2016 source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

hidden_things()
{
	mkdir -p "$WORK/secrets/deep"
	echo secret >"$WORK/secrets/key"
	echo secret >"$WORK/secrets/deep/key"
	echo secret >"$WORK/password"
	ln -s secrets "$WORK/link"
	ln -s password "$WORK/file-link"
}

test_hidden_directory()
{
	local before
	hidden_things
	before=$(snapshot "$WORK/secrets")
	inside --hide "$WORK/secrets" -- '
		refused_with "Permission denied" "ls \"$WORK/secrets\""
		refused "cat \"$WORK/secrets/key\""
		refused "cat \"$WORK/secrets/deep/key\""
		refused "cat \"/proc/self/root$WORK/secrets/key\""
		refused "cat \"$WORK/link/key\""
		refused "chmod 700 \"$WORK/secrets\" && ls \"$WORK/secrets\""
		refused "echo evil >\"$WORK/secrets/new\""
		refused "umount \"$WORK/secrets\""
		same 0 "$(stat -c %a "$WORK/secrets")"
	'
	assert_equal "$before" "$(snapshot "$WORK/secrets")" files
}

# With mounts of one's own, where a user namespace within can be had.
test_hidden_from_a_mount_namespace_within()
{
	hidden_things
	mkdir view src
	# With capabilities there the empty stand-in can be opened, which tells nothing.
	inside --nested --hide "$WORK/secrets" --hide "$WORK/password" -- '
		for how in "unshare -Um --propagation unchanged" "unshare -Urm --propagation unchanged"; do
			for flag in --bind --rbind; do
				refused "$how sh -c \"mount $flag \\\"$WORK\\\" view && grep secret view/secrets/key\""
				refused "$how sh -c \"mount $flag \\\"$WORK\\\" view && grep secret view/password\""
			done
			refused "$how sh -c \"umount -l \\\"$WORK/secrets\\\" && grep secret \\\"$WORK/secrets/key\\\"\""
			refused "$how sh -c \"umount -l \\\"$WORK/password\\\" && grep secret \\\"$WORK/password\\\"\""
		done
		# The control, where the kernel lets the caller have such a namespace.
		test "$(id -u)" = 0 || allowed "unshare -Urm mount --bind src view"
	'
}

test_hidden_file()
{
	hidden_things
	inside --hide "$WORK/password" -- '
		refused_with "Permission denied" "cat \"$WORK/password\""
		refused "cat \"$WORK/file-link\""
		refused "chmod 600 \"$WORK/password\""
		refused "echo evil >\"$WORK/password\""
		same 0 "$(stat -c %s "$WORK/password")"
	'
	assert_content "$WORK/password" secret
}

test_hidden_through_a_symlink()
{
	hidden_things
	inside --hide "$WORK/link" --hide "$WORK/file-link" -- '
		refused "cat \"$WORK/secrets/key\""
		refused "cat \"$WORK/link/key\""
		refused "cat \"$WORK/password\""
		refused "cat \"$WORK/file-link\""
	'
}

test_hidden_in_a_root()
{
	mkdir -p a/secrets
	echo secret >a/secrets/key
	echo secret >a/password
	inside --hide a/secrets --hide a/password -- '
		refused "cat a/secrets/key"
		refused "cat a/password"
		not_renamed a/secrets away
		not_renamed a/password away
		refused_with busy "rm -f a/password"
		not_renamed a away
		refused "mv a away; cat away/secrets/key"
		refused "ln a/password hard; cat hard"
		allowed "echo fine >a/file"
	'
	assert_content a/secrets/key secret
	assert_content a/password secret
	assert_content a/file fine
	assert_absent away hard
}

test_root_in_a_hidden_directory()
{
	mkdir -p "$WORK/home/project/.git" "$WORK/home/.ssh"
	echo secret >"$WORK/home/.ssh/key"
	cd "$WORK/home/project"
	CONTROL=$WORK/home/project/control inside --hide "$WORK/home" -- '
		allowed "echo fine >\"$WORK/home/project/file\""
		allowed "cat file"
		refused "echo evil >.git/config"
		refused "mkdir .codex"
		refused "ls \"$WORK/home\""
		refused "cat \"$WORK/home/.ssh/key\""
		refused "cat ../.ssh/key"
		refused "echo evil >\"$WORK/home/new\""
		refused "mkdir \"$WORK/home/new\""
	'
	assert_content file fine
	assert_absent .git/config .codex "$WORK/home/new"
}

test_hidden_beats_writable_and_protect()
{
	mkdir one two
	echo secret >one/key
	echo secret >two/key
	inside -w "$WS/one" --hide "$WS/one" -p two --hide "$WS/two" -- '
		refused "cat one/key"
		refused "echo evil >one/new"
		refused "cat two/key"
	'
	assert_absent one/new
}

test_hidden_that_is_missing()
{
	inside --hide-if-present "$WORK/nowhere" -- 'refused "ls \"$WORK/nowhere\""'
	assert_absent "$WORK/nowhere"
	hidden_things
	inside --hide-if-present "$WORK/secrets" -- 'refused "ls \"$WORK/secrets\""'
}

# What is mistyped would stay readable, and what it is taken for is named.
test_hidden_that_is_mistyped()
{
	hidden_things
	inside -- 'allowed "cat \"$WORK/secrets/key\""'
	fails_with 125 "rind: --hide $WORK/secret: there is no $WORK/secret (did you mean $WORK/secrets?)*--hide-if-present" -- \
		--hide "$WORK/secret" -- cat "$WORK/secrets/key"
	fails_with 125 "rind: *no $WORK/pasword (did you mean $WORK/password?)*" -- --hide "$WORK/pasword/x" -- true
	fails_with 125 "rind: --hide $WORK/password/x: there is no $WORK/password/x;*" -- --hide "$WORK/password/x" -- true
	fails_with 125 "rind: --hide ~/.ssh: there is no $WS/~;*" -- '--hide=~/.ssh' -- true
	ln -s nowhere dangling
	fails_with 125 "rind: --hide dangling: there is no $WS/nowhere;*" -- --hide dangling -- true
}

run_cases "$@"
