#!/bin/bash
# Repositories that git on the host believes: a root that is one itself, without a .git, and the git
# directories that a protected .git points to.  Also: test-protect.sh (worktrees by the default names),
# attack/test-protected.sh (repositories below the root).

# Scripts in quotes are expanded in the sandbox.
# shellcheck disable=SC2016 source-path=SCRIPTDIR/.. source=lib.sh
. "$(dirname "$0")/lib.sh"

need_git()
{
	command -v git >"$WORK/found" || skip "no git here"
	if git config --get safe.bareRepository >"$WORK/found"; then
		skip "git here is told which bare repositories to believe: $(cat "$WORK/found")"
	fi
}

# What git runs of a repository in the working directory: EVIDENCE is made.  Whether it then succeeds is
# of no interest.
export EVIDENCE=
host_git_status()
{
	git -c safe.directory='*' -C "$1" status >"$WORK/git" 2>&1 || true
}

readonly PLANT='
	mkdir -p objects
	mkdir -p refs || :
	printf "[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tworktree = %s\n\tfsmonitor = \"echo >\\\"%s\\\"; false\"\n" \
		"$(pwd -P)" "$EVIDENCE" >config
	echo "ref: refs/heads/main" >HEAD
'

# held [OPTION…]: the command makes a repository of the working directory, as far as it can, and git on the
# host runs nothing of it.
held()
{
	export EVIDENCE=$OUTSIDE/evil
	CONTROL='' inside "$@" -- "
		attempt '$PLANT'
		refused 'mkdir refs'
		refused 'ln -s objects refs'
		refused 'echo elsewhere >commondir'
		refused 'echo elsewhere >new; mv -f new commondir'
		not_renamed refs away
	"
	host_git_status .
	assert_absent "$EVIDENCE"
	planted
}

planted()
{
	[ -d objects ] || fail "nothing was planted"
	rm -rf objects refs HEAD config new away
}

test_root_becomes_a_repository()
{
	need_git
	# The control: elsewhere that is enough.
	mkdir "$WORK/control"
	export EVIDENCE=$WORK/control/evil
	(cd "$WORK/control" && eval "$PLANT")
	host_git_status "$WORK/control"
	[ -e "$EVIDENCE" ] || fail "git does not run it: $(cat "$WORK/git")"

	held
	assert_absent HEAD
	held -C / --writable "$WS" --mode read-only --chdir "$WS"
	# Where git finds nothing at .git, it looks further.
	mkdir .git
	held
	rmdir .git
	ln -s nowhere .git
	held
	ln -sfn . .git
	held
	rm .git
	echo 'gitdir: .' >.git
	held
	# Another sandbox's placeholder is no repository; and a HEAD that is none stays what it is.
	rm .git
	hold one -- 'echo ready; read -r _'
	hear_line one ready
	held
	release one
	assert_absent .git refs commondir
	echo 'no head' >HEAD
	held
}

# held_by_head NAME: what is there by the name of one of the parts stays writable, and HEAD is missing.
held_by_head()
{
	CONTROL='' inside -- "
		allowed 'rm -r $1'
		allowed 'mkdir $1'
		attempt '$PLANT'
		refused 'echo \"ref: refs/heads/main\" >HEAD'
		refused 'ln -s refs/heads/main HEAD'
		not_renamed HEAD away
	"
	host_git_status .
	assert_absent "$EVIDENCE" HEAD
	rm -rf "$1"
	planted
}

test_root_with_parts_of_a_repository()
{
	need_git
	export EVIDENCE=$OUTSIDE/evil
	mkdir refs
	held_by_head refs
	mkdir commondir
	held_by_head commondir
	# A file HEAD that is none stays what it is.
	mkdir refs
	echo 'no head' >HEAD
	CONTROL='' inside -- 'refused "echo \"ref: refs/heads/main\" >HEAD"; not_renamed HEAD away'
	assert_content HEAD 'no head'
}

# Below the top of a repository: a file HEAD there would keep git from knowing what HEAD means.
test_head_is_the_revision_below_a_repository()
{
	local commands='git diff --quiet HEAD && git log --oneline HEAD && git show HEAD'
	need_git
	git init -q .
	mkdir sub
	echo one >sub/file
	git add sub
	git -c user.name=me -c user.email=me commit -qm one
	# The control.
	(cd sub && echo >HEAD && ! eval "$commands" && rm HEAD) >"$WORK/git" 2>&1 || fail "the control does not work: $(cat "$WORK/git")"
	! "$RIND" run -C sub -- git rev-parse 2>&1 | grep -q 'not a regular file' ||
		skip "this git looks for no repository above a .git that is a device"
	CONTROL='' inside -C sub -- "allowed '$commands'"
	assert_absent sub/HEAD sub/refs sub/commondir
}

# In a repository nothing is in the way; and what the default names protect can be left out.
test_head_is_free_in_a_repository()
{
	need_git
	git init -q .
	inside -- 'allowed "echo fine >HEAD"'
	assert_content HEAD fine
	rm -r HEAD .git
	inside --no-default-protect --protect .git -- 'allowed "echo fine >HEAD"'
	rm HEAD
	git init -q repository
	mv repository/.git repository/real
	echo 'gitdir: real' >repository/.git
	CONTROL=$WS/repository/control inside -C repository -- 'allowed "echo fine >HEAD"; refused "echo evil >real/config"'
	assert_content repository/HEAD fine
}

test_root_that_is_a_repository()
{
	need_git
	git init -q --bare bare.git
	fails_with 125 "rind: *$WS/bare.git is a git repository itself*--no-default-protect*" -- \
		-C bare.git -- sh -c 'echo evil >hooks/post-update'
	fails_with 125 "rind: *$WS/bare.git is a git repository itself*" -- --writable bare.git -- true
	# Half a one, that an earlier command has left.
	mkdir half
	echo 'ref: refs/heads/main' >half/HEAD
	fails_with 125 "rind: *$WS/half is a git repository itself*" -- -C half -- true
	ln -sfn refs/heads/main half/HEAD
	fails_with 125 "rind: *$WS/half is a git repository itself*" -- -C half -- true
	echo 0123456789012345678901234567890123456789 >bare.git/HEAD
	fails_with 125 "rind: *$WS/bare.git is a git repository itself*" -- -C bare.git -- true
	# What to do.
	CONTROL='' inside -C bare.git --mode read-only -- 'refused "echo evil >config"; allowed "cat config"'
	CONTROL=$WS/bare.git/control inside -C bare.git --no-default-protect -- 'allowed "echo fine >config"'
	# Who names a .git itself means it.
	git init -q .
	inside --writable .git -- 'allowed "git config --file .git/config user.name me"'
}

# worktree_in_the_root: sub is a worktree of store/repo.git, both in the workspace.
worktree_in_the_root()
{
	mkdir -p sub store/repo.git/worktrees/sub store/repo.git/hooks store/repo.git/worktrees/sub/logs
	echo '[core]' >store/repo.git/config
	echo ../.. >store/repo.git/worktrees/sub/commondir
	echo 'ref: refs/heads/main' >store/repo.git/worktrees/sub/HEAD
	echo "gitdir: ${1:-../store/repo.git/worktrees/sub}" >sub/.git
}

readonly BEHIND='
	refused "echo evil >store/repo.git/config"
	refused "echo evil >store/repo.git/hooks/pre-commit"
	refused "echo evil >store/repo.git/worktrees/sub/config.worktree"
	refused "echo evil >store/repo.git/worktrees/sub/commondir"
	not_renamed store/repo.git store/away
	not_renamed store away
'

# Relative, absolute and by a symlink, the pointer relative and absolute.
test_protected_pointer()
{
	local option
	worktree_in_the_root
	ln -s sub link
	ln -s sub/.git pointer
	# The control: that is writable otherwise.
	inside -- 'allowed "echo >>store/repo.git/config"; allowed "echo >>sub/.git"'
	worktree_in_the_root
	for option in sub/.git ./sub//.git/ "$WS/sub/.git" "$WS/link/.git" link/.git pointer "$WS/pointer"; do
		inside --protect "$option" -- "$BEHIND"'refused "echo evil >sub/.git"'
	done
	worktree_in_the_root "$WS/store/repo.git/worktrees/sub"
	inside --protect sub/.git -- "$BEHIND"
	inside --no-default-protect --protect "$WS/sub/.git" -- "$BEHIND"
	assert_content store/repo.git/config '[core]'
}

# A pointer in another place, by a symlink: what is relative in it begins where the symlink is.
test_pointer_by_a_symlink()
{
	worktree_in_the_root
	mkdir -p deep/er
	mv sub/.git deep/er/file
	ln -s ../deep/er/file sub/.git
	inside --protect sub/.git -- "$BEHIND"'
		refused "echo evil >deep/er/file"
		refused "ln -sfn ../file sub/.git"
	'
	# And a symlink to the git directory itself.
	ln -sfn ../store/repo.git/worktrees/sub sub/.git
	inside --protect sub/.git -- "$BEHIND"
	inside --protect "$WS/sub/.git" -- "$BEHIND"
	CONTROL='' inside -C sub --writable "$WS" -- "cd ..; $BEHIND"
}

# What cannot be read is no less believed by git on the host.
test_hidden_pointer()
{
	local path
	worktree_in_the_root
	ln -s sub link
	for path in sub/.git "$WS/sub/.git" link/.git; do
		inside --hide "$path" -- "$BEHIND"'refused "cat sub/.git"'
		inside --hide-if-present "$path" --no-default-protect -- "$BEHIND"
	done
	inside --no-default-protect --hide "$WS/sub/.git" -- "$BEHIND"
}

# Relative names are meant under every root, also those that are not the workspace.
test_pointer_in_another_root()
{
	worktree_in_the_root
	mv sub store "$OUTSIDE"
	inside --writable "$OUTSIDE" --protect sub/.git -- "cd \"\$OUTSIDE\"; $BEHIND"
	# Outside of the roots, of which one has the git directory.
	inside --writable "$OUTSIDE/store" --protect "$OUTSIDE/sub/.git" -- '
		refused "echo evil >\"$OUTSIDE/store/repo.git/config\""
		allowed "echo fine >\"$OUTSIDE/store/other\""
	'
}

# --- by design: recorded here, named in SECURITY.md ---------------------------------------------

# In /tmp and $TMPDIR the default names are protected only where they exist: a file .git in /tmp would stop
# the host's git in every directory below.
test_recorded_repository_in_tmpdir()
{
	need_git
	mkdir -p "$WORK/tmp/below"
	export TMPDIR=$WORK/tmp EVIDENCE=$OUTSIDE/evil
	inside -- "cd \"\$TMPDIR\"; allowed '$PLANT'; allowed 'mkdir .git && mv HEAD objects refs config .git'"
	host_git_status "$TMPDIR/below"
	[ -e "$EVIDENCE" ] || fail "git does not run it: $(cat "$WORK/git")"
	"$RIND" explain >"$WORK/explain"
	"$RIND" explain "$TMPDIR/.codex" /tmp >>"$WORK/explain"
	grep -q "protect  *$TMPDIR/.codex .*only where it exists" "$WORK/explain" || fail "$(cat "$WORK/explain")"
	grep -q "protect  *$(realpath /tmp)/.git .*only where it exists" "$WORK/explain" || fail "$(cat "$WORK/explain")"
	grep -q "^$TMPDIR/.codex: writable" "$WORK/explain" || fail "$(cat "$WORK/explain")"
	# What to do: leave it out; make it a root like any other; or name what is not to be made there.
	rm -r "$TMPDIR/.git" "$EVIDENCE"
	inside --exclude-tmpdir -- 'refused "mkdir \"$TMPDIR/.git\""'
	inside --writable "$TMPDIR" -- 'refused "mkdir \"$TMPDIR/.git\""'
	inside --protect "$TMPDIR/.git" -- 'refused "mkdir \"$TMPDIR/.git\""'
}

# Below a root no name is protected, so that a repository without a .git can be made there, too.
test_recorded_repository_without_git_below_the_root()
{
	need_git
	export EVIDENCE=$OUTSIDE/evil
	inside -- "allowed 'mkdir sub && cd sub && { $PLANT }'"
	# What to do: have git believe none that is not asked for.
	git -c safe.directory='*' -c safe.bareRepository=explicit -C sub status >"$WORK/git" 2>&1 || true
	assert_absent "$EVIDENCE"
	host_git_status sub
	[ -e "$EVIDENCE" ] || fail "git does not run it: $(cat "$WORK/git")"
	rm -r sub "$EVIDENCE"
	mkdir sub
	inside --protect sub/HEAD -- 'refused "echo >sub/HEAD"'
}

run_cases "$@"
