#!/bin/bash
# Protected paths, by other names and by ways that the mounts do not cover.  Also: test-protect.sh
# (rename, exchange, rmdir, symlink over it, every parent; symlinks that are relative, absolute,
# dangling, or on the way), test-placeholders.sh, attack/test-replaced.sh, attack/test-roots.sh,
# attack/test-repositories.sh.

# Scripts in quotes are expanded in the sandbox.
# shellcheck disable=SC2016 source-path=SCRIPTDIR/.. source=lib.sh
. "$(dirname "$0")/lib.sh"

# What every kind of symlink in the place of a protected name has to hold against.
readonly REPLACE_LINK='
	for name in .git .codex .agents; do
		refused_with busy "rm -f $name"
		not_renamed "$name" away
		refused "ln -sfn src $name"
		refused "rm -f $name; mkdir $name"
		refused "mkdir -p $name/hooks"
		refused "echo evil >$name"
		refused "echo evil >$name/config"
		refused "mkdir -p other; mv -T other $name"
		refused_with EBUSY "mkdir -p other; \"$PROBES/attempt\" exchange $name other"
	done
'

# links A B C: what .git, .codex and .agents lead to.
links()
{
	ln -s "$1" .git
	ln -s "$2" .codex
	ln -s "$3" .agents
}

links_kept()
{
	assert_equal "$1" "$(readlink .git)" .git
	assert_equal "$2" "$(readlink .codex)" .codex
	assert_equal "$3" "$(readlink .agents)" .agents
	assert_absent away
}

test_symlinks_that_loop()
{
	links .git .agents .codex
	inside -- "$REPLACE_LINK"
	links_kept .git .agents .codex
}

test_symlinks_into_proc()
{
	mkdir real
	links "/proc/self/cwd/real" "/proc/self/fd/0" "/proc/1/root/$WS/real"
	inside -- "$REPLACE_LINK"'
		refused "echo evil >real/config"
		refused "mkdir real/hooks"
	'
	links_kept "/proc/self/cwd/real" "/proc/self/fd/0" "/proc/1/root/$WS/real"
}

test_symlinks_to_symlinks()
{
	mkdir real
	ln -s real one
	ln -s one two
	links two ./two "$WS/two"
	inside -- "$REPLACE_LINK"
	links_kept two ./two "$WS/two"
}

test_symlinks_to_what_is_writable()
{
	mkdir "$WORK/root"
	links "$WORK/root" "$WORK/root/new" /tmp
	inside -w "$WORK/root" -- "$REPLACE_LINK"
	links_kept "$WORK/root" "$WORK/root/new" /tmp
	assert_absent "$WORK/root/config" "$WORK/root/hooks" /tmp/hooks
}

test_symlink_to_a_parent_on_the_way()
{
	mkdir -p a/b
	echo content >a/b/config
	ln -s ../.. a/b/up
	inside -p a/b/up/a/b/config -- '
		refused_with busy "rm a/b/up"
		refused "ln -sfn \"$OUTSIDE\" a/b/up"
		not_renamed a/b moved
		not_renamed a moved
		not_renamed a/b/up a/b/moved
	'
	assert_equal ../.. "$(readlink a/b/up)" link
}

host_git()
{
	git -c safe.directory='*' -c user.name=n -c user.email=e "$@" >"$WORK/git" 2>&1 ||
		fail "git $*: $(cat "$WORK/git")"
}

# --- submodules ---------------------------------------------------------------------------------

# Git on the host goes into each submodule that the index names by itself, and does what that one's
# configuration says, while its directory is the command's, whether it is checked out or not.

# In the sandbox: plant DIR has git in DIR run something on the host, as far as it can; keeps DIR: nothing
# of the like is possible with a submodule.
readonly SUBMODULE='
	plant()
	{
		mkdir -p "$1"
		git init -q "$1"
		git -C "$1" -c user.name=n -c user.email=e commit -q --allow-empty -m x
		git config -f "$1/.git/config" core.fsmonitor "touch \"$OUTSIDE/evil\" #"
	}
	keeps()
	{
		refused "plant \"$1\""
		not_renamed "$1" away
		not_renamed "$1/.git" away
		refused "rm -rf \"$1\" && mkdir \"$1\""
		refused "mkdir -p \"$1/.git/new\""
		refused "echo evil >\"$1/.git/config\""
		refused "mkdir -p other/.git; mv -T other \"$1\""
		refused "ln -sfn \"$OUTSIDE\" \"$1/.git\" && test -L \"$1/.git\""
	}
'

# make_repository DIR: with a commit, to be a submodule.
make_repository()
{
	host_git init "$1"
	host_git -C "$1" commit --allow-empty -m one
}

# absorb NAME DIR: move the git directory of a submodule to where `git submodule` has it.
absorb()
{
	mv "$2/.git" ".git/modules/$1"
	echo "gitdir: $WS/.git/modules/$1" >"$2/.git"
	git config -f ".git/modules/$1/config" core.worktree "$WS/$2"
}

# The host's git ran what was planted, or did not; it may say that a submodule is none.
ran()
{
	git -c safe.directory='*' status >"$WORK/git" 2>&1 || true
	[ -e "$OUTSIDE/evil" ] || fail "git did not run it: $(cat "$WORK/git")"
	rm "$OUTSIDE/evil"
}
did_not_run()
{
	git -c safe.directory='*' status >"$WORK/git" 2>&1 || true
	assert_absent "$OUTSIDE/evil"
}

need_git()
{
	command -v git >"$WORK/found" || skip "no git here"
}

test_submodule_that_the_index_names()
{
	need_git
	host_git init .
	make_repository lib
	make_repository deep/er/lib
	host_git add lib deep
	host_git commit -m submodules
	inside -- "$SUBMODULE keeps lib"
	inside -- "$SUBMODULE keeps deep/er/lib; not_renamed deep away; not_renamed deep/er away"
	did_not_run
	# The work tree is the command's all the same.
	inside -- 'allowed "echo text >lib/file && mkdir lib/directory deep/more && mv lib/file lib/directory"'
	# The control: the default protection off.
	inside --no-default-protect -- "$SUBMODULE allowed 'mv lib lib2'; attempt 'plant lib'"
	ran
}

test_submodule_that_is_not_checked_out()
{
	need_git
	host_git init .
	make_repository lib
	host_git add lib
	host_git commit -m submodule
	# An empty directory, and none.
	rm -rf lib
	mkdir lib
	inside -- "$SUBMODULE keeps lib; refused 'git init -q lib'; refused 'echo text >lib/file'
		allowed 'git status'"
	did_not_run
	touch lib/file
	inside -- "$SUBMODULE keeps lib; refused 'git init -q lib'; allowed 'git status'"
	did_not_run
	rm -r lib
	inside -- "$SUBMODULE keeps lib; refused 'git init -q lib'; refused 'mkdir -p lib/x'
		allowed 'git status'"
	did_not_run
	assert_absent lib
	# A file, and a symlink to a directory, in its place.
	echo file >lib
	inside -- "$SUBMODULE refused 'rm lib'; refused 'mv lib away'; attempt 'plant lib'"
	assert_content lib file
	rm lib
	mkdir target
	ln -s target lib
	inside -- "$SUBMODULE refused 'rm lib'; refused 'mv lib away'; attempt 'plant lib'"
	did_not_run
	assert_equal target "$(readlink lib)" link
	rm -r lib target
	inside --no-default-protect -- "$SUBMODULE attempt 'plant lib'"
	ran
}

# As a root it is writable, checked out or not; its .git is not.
test_submodule_that_is_the_working_directory()
{
	need_git
	host_git init .
	make_repository lib
	host_git add lib
	host_git commit -m submodule
	CONTROL=$WS/lib/control inside -w . -C lib -- "$SUBMODULE refused 'plant .'; refused 'mkdir .git/new'; allowed 'touch new'"
	did_not_run
	rm -rf lib/.git
	CONTROL=$WS/lib/control inside -w . -C lib -- "$SUBMODULE refused 'plant .'; refused 'mkdir .git/new'; allowed 'touch new2'"
	did_not_run
}

# As `git submodule` makes them: a file .git, and the git directory in that of the repository.
test_submodule_with_a_git_file()
{
	need_git
	make_repository "$WORK/origin"
	host_git init .
	host_git -c protocol.file.allow=always submodule add "$WORK/origin" lib
	host_git commit -m submodule
	[ -f lib/.git ] || fail "no file"
	inside -- "$SUBMODULE keeps lib; refused 'echo gitdir: ../other >lib/.git'
		refused 'echo evil >.git/modules/lib/config'"
	did_not_run
	# Elsewhere in the work tree, where only this file leads to.
	mv .git/modules/lib store
	echo gitdir: ../store >lib/.git
	git config -f store/config core.worktree ../lib
	inside -- "$SUBMODULE keeps lib
		refused 'git config -f store/config core.fsmonitor \"touch \\\"$OUTSIDE/evil\\\" #\"'
		not_renamed store away"
	did_not_run
	inside --no-default-protect -- 'allowed "git config -f store/config core.fsmonitor \"touch \\\"$OUTSIDE/evil\\\" #\""'
	ran
}

# Git goes on from there, by the index of the submodule.
test_submodule_of_a_submodule()
{
	need_git
	host_git init .
	make_repository lib
	make_repository lib/inner
	make_repository lib/inner/most
	host_git -C lib/inner add most
	host_git -C lib/inner commit -m most
	host_git -C lib add inner
	host_git -C lib commit -m inner
	host_git add lib
	host_git commit -m lib
	inside -- "$SUBMODULE keeps lib/inner"
	inside -- "$SUBMODULE keeps lib/inner/most"
	did_not_run
	# With their git directories in that of the repository, of which the command may have a copy.
	mkdir .git/modules
	absorb most lib/inner/most
	absorb inner lib/inner
	absorb lib lib
	host_git status
	inside -- "$SUBMODULE keeps lib/inner/most"
	inside --git commit -- "$SUBMODULE keeps lib/inner/most; keeps lib/inner; keeps lib"
	did_not_run
	# A way round: what looks like a submodule of it and is a symlink.
	rm -rf lib/inner
	ln -s . lib/inner
	inside -- "$SUBMODULE refused 'rm lib/inner'; refused 'ln -sfn \"\$OUTSIDE\" lib/inner'"
	rm lib/inner
	inside --no-default-protect -- "$SUBMODULE attempt 'plant lib/inner'"
	ran
}

test_submodule_of_a_worktree()
{
	need_git
	host_git init "$WORK/main"
	make_repository "$WORK/main/lib"
	host_git -C "$WORK/main" add lib
	host_git -C "$WORK/main" commit -m submodule
	host_git -C "$WORK/main" worktree add -f "$WS/tree"
	cd tree
	CONTROL=$WS/tree/control inside -- "$SUBMODULE keeps lib"
	CONTROL=$WS/tree/control inside --git commit -- "$SUBMODULE keeps lib"
	did_not_run
	# The worktree has an index of its own.
	host_git rm --cached lib
	CONTROL=$WS/tree/control inside -- 'allowed "mkdir lib/.git && rmdir lib/.git"'
}

# The root is a part of the repository only.
test_submodule_below_a_subdirectory()
{
	need_git
	host_git init .
	make_repository sub/lib
	make_repository other
	host_git add sub other
	host_git commit -m submodules
	cd sub
	CONTROL=$PWD/control inside -- "$SUBMODULE keeps lib"
	CONTROL=$PWD/control inside --git commit -- "$SUBMODULE keeps lib"
	did_not_run
	CONTROL=$PWD/control inside -- 'allowed "echo text >lib/file && mkdir more"'
	mv lib/.git "$WORK/away"
	rm -rf lib/*
	CONTROL=$PWD/control inside -- "$SUBMODULE keeps lib"
	did_not_run
	mv "$WORK/away" lib/.git
	CONTROL=$PWD/control inside --no-default-protect -- "$SUBMODULE allowed 'mv lib lib2'; attempt 'plant lib'"
	ran
}

test_submodule_in_a_split_index()
{
	need_git
	host_git init .
	make_repository lib
	echo file >zz
	host_git add lib zz
	host_git commit -m submodule
	host_git config splitIndex.maxPercentChange 100
	host_git update-index --split-index
	# One is in the shared index; one takes the place of a file that is in there.
	rm zz
	make_repository zz
	host_git add zz
	inside -- "$SUBMODULE keeps lib"
	inside -- "$SUBMODULE keeps zz"
	did_not_run
}

# What rind cannot read may name submodules.
test_submodules_of_an_index_that_cannot_be_read()
{
	need_git
	host_git init .
	make_repository lib
	host_git add lib
	printf '\5' | dd of=.git/index bs=1 seek=7 conv=notrunc 2>"$WORK/dd"
	sandbox -- true
	assert_equal 125 "$STATUS" status
	assert_match "*$WS/.git/index: it is of format version 5, and 2 to 4 are known here*--no-default-protect*" "$ERR"
	: >.git/index
	sandbox -- true
	assert_equal 125 "$STATUS" status
	assert_match "*$WS/.git/index: it is damaged, so that*(rm $WS/.git/index; git reset)*" "$ERR"
	inside --no-default-protect -- 'allowed true'
	rm .git/index
	inside -- 'allowed true'
}

# --- by design: recorded here, named in SECURITY.md ---------------------------------------------

# A second name that was there before is a second way.
test_recorded_hard_link_made_before()
{
	git_workspace
	ln .git/config second
	inside -- '
		refused "echo evil >>.git/config"
		refused "ln .git/config third"
		allowed "echo evil >>second"
	'
	assert_content .git/config '[core]
evil'
	# What to do: protect that name, too.
	inside -p second -- 'refused "echo more >>second"'
}

# So is a mount of the same directory elsewhere in a root.
test_recorded_second_mount_made_before()
{
	private_mounts
	git_workspace
	mkdir second
	mount --bind .git second
	inside -- '
		refused "echo evil >>.git/config"
		allowed "echo evil >>second/config"
	'
	assert_content .git/config '[core]
evil'
	inside -p second -- 'refused "echo more >>second/config"'
}

# What git was told to run, and lies in the workspace, is a file like any other.
test_recorded_hook_path_in_the_workspace()
{
	command -v git >"$WORK/found" || skip "no git here"
	host_git init .
	host_git config core.hooksPath hooks
	local script='allowed "mkdir -p hooks && echo \"echo evil >\\\"$OUTSIDE/evil\\\"\" >hooks/pre-commit &&
			chmod 755 hooks/pre-commit"'
	inside -- "$script"
	host_git commit --allow-empty -m message
	assert_content "$OUTSIDE/evil" evil
	# What to do: protect it.
	rm -r "$OUTSIDE/evil" hooks
	inside -p hooks -- '
		refused "mkdir hooks"
		refused "echo evil >hooks/pre-commit"
	'
	host_git commit --allow-empty -m message
	assert_absent "$OUTSIDE/evil"
}

# What the index does not name at the start is a repository below the root.
test_recorded_submodule_that_the_index_names_later()
{
	need_git
	host_git init .
	make_repository lib
	host_git add lib
	host_git commit -m submodule
	host_git rm --cached lib
	host_git commit -m none
	rm -rf lib
	inside -- "$SUBMODULE attempt 'plant lib'"
	did_not_run
	host_git checkout HEAD~1
	ran
	# What to do: protect it, there or not.
	rm -rf lib
	host_git checkout master || host_git checkout main
	inside -p lib/.git -- "$SUBMODULE keeps lib"
	host_git checkout HEAD~1
	did_not_run
}

# Nor does a sparse index name one in a directory that is not checked out.
test_recorded_submodule_in_a_sparse_directory()
{
	need_git
	host_git init .
	mkdir in out
	touch in/file out/file
	make_repository out/lib
	host_git add in out
	host_git commit -m submodule
	host_git worktree add -f --no-checkout "$WORK/tree"
	git -C "$WORK/tree" sparse-checkout set --cone --sparse-index in >"$WORK/git" 2>&1 ||
		skip "this git has no sparse index"
	host_git -C "$WORK/tree" read-tree -mu HEAD
	[ "$(git -C "$WORK/tree" ls-files --sparse out)" = out/ ] || skip "this git lists what is in there"
	mv "$WORK/tree" tree
	host_git worktree repair tree
	cd tree
	CONTROL=$WS/tree/control inside -- "$SUBMODULE attempt 'plant out/lib'"
	ran
	# What to do: let the index name all.
	rm -rf out
	host_git sparse-checkout set --no-sparse-index in
	CONTROL=$WS/tree/control inside -- "$SUBMODULE keeps out/lib"
	did_not_run
}

# The names are protected directly in a root, not deeper: a repository made in a subdirectory is the
# command's, hooks and all, and git on the host believes it when it is run in there.
test_recorded_repository_below_the_root()
{
	command -v git >"$WORK/found" || skip "no git here"
	host_git init .
	mkdir sub
	inside -- '
		allowed "git init sub && printf \"#!/bin/sh\necho evil >\\\"$OUTSIDE/evil\\\"\n\" >sub/.git/hooks/pre-commit &&
			chmod 755 sub/.git/hooks/pre-commit"
	'
	host_git -C sub commit --allow-empty -m message
	assert_content "$OUTSIDE/evil" evil
	# The root's own repository is not affected; and what to do: protect the name there.
	rm -r "$OUTSIDE/evil" sub/.git
	host_git commit --allow-empty -m message
	assert_absent "$OUTSIDE/evil"
	inside -p sub/.git -- 'refused "git init sub"; refused "mkdir sub/.git"'
}

run_cases "$@"
