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

host_git()
{
	git -c safe.directory='*' -c user.name=n -c user.email=e "$@" >"$WORK/git" 2>&1 ||
		fail "git $*: $(cat "$WORK/git")"
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

# Git goes into a submodule that the index names by itself, and does what that one's configuration says; its directory
# is the command's, whether it is checked out or not.
test_recorded_submodule_that_the_index_names()
{
	local make
	command -v git >"$WORK/found" || skip "no git here"
	make='allowed "git init -q lib && git -C lib -c user.name=n -c user.email=e commit -q --allow-empty -m x &&
		git -C lib config core.fsmonitor \"touch \\\"$OUTSIDE/evil\\\" #\""'
	host_git init .
	host_git init lib
	host_git -C lib commit --allow-empty -m one
	host_git add lib
	host_git commit -m submodule
	inside -- "allowed 'mv lib lib2'; $make"
	host_git status
	[ -e "$OUTSIDE/evil" ] || fail "it holds by now: say so in SECURITY.md"
	# What to do: protect its .git, there or not.
	rm -rf "$OUTSIDE/evil" lib lib2
	mkdir lib
	inside -p lib/.git -- 'refused "mv lib lib2"; refused "git init -q lib"; refused "mkdir lib/.git"'
	host_git status
	assert_absent "$OUTSIDE/evil"
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
