#!/bin/bash
# --scratch: copy on write, dropped at the end.

# Scripts in quotes are expanded in the sandbox.
# shellcheck disable=SC2016 source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

home()
{
	mkdir -p "$WORK/home/.npm/cache" "$WORK/home/.ssh" "$WORK/home/project" "$WORK/home/deep/er"
	echo rc >"$WORK/home/.bashrc"
	echo old >"$WORK/home/.npm/cache/file"
	echo secret >"$WORK/home/.ssh/key"
	echo secret >"$WORK/home/deep/er/key"
	ln -s .bashrc "$WORK/home/link"
}

test_the_host_stays_as_it_was()
{
	local before
	home
	before=$(snapshot "$WORK/home")
	inside --scratch "$WORK/home" -- '
		cd "$WORK/home"
		allowed "echo evil >>.bashrc && grep -q evil .bashrc && grep -q rc .bashrc"
		allowed "echo evil >link"
		allowed "rm -r .npm && mkdir .npm && [ -z \"\$(ls .npm)\" ]"
		allowed "echo new >new && mkdir -p a/b && mv new a/b/new && cat a/b/new"
		allowed "chmod 700 .bashrc && touch -d @1 .bashrc && ln .bashrc hard && ln -s x soft"
		allowed "mv .ssh/key .ssh/other && cat .ssh/other"
		allowed "chmod 755 ."
		allowed "cp -r deep copy && rm -r deep && cat copy/er/key"
	'
	assert_equal "$before" "$(snapshot "$WORK/home")" "the home"
}

# A root below it is the host's.
test_what_is_writable_in_it()
{
	local before
	home
	before=$(snapshot "$WORK/home/.npm" "$WORK/home/.bashrc")
	cd "$WORK/home/project"
	CONTROL=$PWD/control inside --scratch "$WORK/home" -- '
		allowed "echo kept >file"
		allowed "echo dropped >../.npm/cache/file"
		allowed "echo dropped >../.bashrc"
		refused "mkdir .git"
		not_renamed ../project ../elsewhere
	'
	assert_content file kept
	assert_equal "$before" "$(snapshot "$WORK/home/.npm" "$WORK/home/.bashrc")" "what was not writable"
	assert_absent "$WORK/home/elsewhere"
}

test_what_is_hidden_and_protected_in_it()
{
	local before
	home
	before=$(snapshot "$WORK/home")
	inside --scratch "$WORK/home" --hide "$WORK/home/.ssh" --hide "$WORK/home/deep/er/key" \
		--protect "$WORK/home/.bashrc" --protect "$WORK/home/missing/deep" -- '
		cd "$WORK/home"
		refused "cat .ssh/key"
		refused "cat deep/er/key"
		not_renamed .ssh other
		not_renamed deep other
		not_renamed deep/er other
		refused "rm -rf deep/er; [ ! -e deep/er ]"
		refused_with "Read-only" "echo evil >.bashrc"
		refused "mv .bashrc other"
		refused "mkdir missing"
		allowed "echo fine >.npm/cache/file"
	'
	assert_equal "$before" "$(snapshot "$WORK/home")" "the home"
}

# A dry run.
test_of_the_workspace()
{
	local before
	mkdir -p src
	echo one >src/file
	before=$(snapshot .)
	CONTROL='' inside --scratch . -- '
		allowed "echo two >src/file && rm -r src && mkdir .git .codex && echo x >new"
		same "new" "$(ls)"
	'
	assert_equal "$before" "$(snapshot .)" "the workspace"
}

# In a root, which is written to itself.
test_in_a_root()
{
	local before
	mkdir -p node_modules/a
	echo one >node_modules/a/file
	before=$(snapshot node_modules)
	mkdir -p deep/er
	inside --scratch node_modules --scratch deep/er -- '
		not_renamed deep other
		allowed "echo dropped >deep/er/file"
		allowed "echo two >node_modules/a/file && echo new >node_modules/new"
		allowed "echo kept >kept"
		not_renamed node_modules other
	'
	assert_content kept kept
	assert_absent deep/er/file
	assert_equal "$before" "$(snapshot node_modules)" node_modules
}

# Each sandbox has its own; and nothing of it can be reached, or is left.
test_each_sandbox_has_its_own()
{
	home
	hold one --scratch "$WORK/home" -- 'echo one >"$WORK/home/one"; echo done; read line; ls "$WORK/home"; read line'
	hear_line one "done"
	inside --scratch "$WORK/home" -- 'same "deep link project" "$(ls "$WORK/home" | xargs)"'
	tell one line
	hear_line one deep
	for line in link one project; do
		hear_line one "$line"
	done
	release one
	assert_absent "$WORK/home/one"
}

test_the_layers_are_out_of_reach()
{
	home
	inside --nested --scratch "$WORK/home" -- '
		for how in "unshare -Um --propagation unchanged" "unshare -Urm --propagation unchanged"; do
			refused "$how sh -c \"umount \\\"$WORK/home\\\"; echo evil >>\\\"$WORK/home/.bashrc\\\"; ls \\\"$WORK/home/upper\\\"\""
			refused "$how sh -c \"umount -l \\\"$WORK/home\\\"\""
		done
		! grep -q "/upper" /proc/self/mountinfo || grep -q "lowerdir=/proc" /proc/self/mountinfo || wrong "the layers have paths"
	'
	assert_content "$WORK/home/.bashrc" rc
}

# The mask is on the copy's name; what is below it is looked up by name each time.
test_recorded_hidden_file_moved_on_the_host()
{
	home
	CONTROL='' hold one --scratch "$WORK/home" --hide "$WORK/home/.ssh/key" -- \
		'cat "$WORK/home/.ssh/key" || echo hidden; read line; cat "$WORK/home/.ssh/moved"; cat "$WORK/home/.ssh/key" || echo hidden'
	hear_line one hidden
	mv "$WORK/home/.ssh/key" "$WORK/home/.ssh/moved"
	tell one line
	hear_line one secret
	hear_line one hidden
	release one
}

# As much as there may be of it: no more than memory.
test_full()
{
	home
	inside --limit-memory 16M --scratch "$WORK/home" -- '
		refused_with "No space" "head -c 64M /dev/zero >\"$WORK/home/big\""
		allowed "rm \"$WORK/home/big\"; echo fine >\"$WORK/home/small\""
	'
	assert_absent "$WORK/home/big" "$WORK/home/small"
}

test_what_is_refused()
{
	home
	fails_with 125 "*--scratch /: the whole tree cannot be copy on write*" -- --scratch / -- true
	fails_with 125 "*--scratch $WORK/none: there is no $WORK/none*" -- --scratch "$WORK/none" -- true
	fails_with 125 "*--scratch $WORK/home/.bashrc: *Not a directory*" -- --scratch "$WORK/home/.bashrc" -- true
	fails_with 125 "*--scratch .: --writable . says that the same directory*" -- --scratch . --writable . -- true
	fails_with 125 "*--scratch $WORK/home/.npm: one of it and --scratch $WORK/home lies in the other*" -- \
		--scratch "$WORK/home" --scratch "$WORK/home/.npm" -- true
	fails_with 125 "*--scratch /proc: the sandbox has a /dev and a /proc of its own*" -- --scratch /proc -- true
	fails_with 125 "*--scratch*: does not hold with --nested=any*" -- --nested=any --scratch "$WORK/home" -- true
}

test_mount_in_it()
{
	private_mounts
	home
	mount -t tmpfs none "$WORK/home/deep"
	fails_with 125 "*--scratch $WORK/home: $WORK/home/deep in it is a mount of its own (tmpfs)*" -- --scratch "$WORK/home" -- true
	inside --scratch "$WORK/home/.npm" -- 'allowed "echo new >\"$WORK/home/.npm/new\""'
	assert_absent "$WORK/home/.npm/new"
}

test_explain()
{
	home
	assert_match "*writable*--scratch $WORK/home*" "$("$RIND" explain --scratch "$WORK/home" "$WORK/home/.bashrc")"
}

run_cases "$@"
