#!/bin/bash
# Protected paths: rule 4, the precedence of rules, and the pinned parents.

# Scripts in quotes are expanded in the sandbox.
# shellcheck disable=SC2016 source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

test_default_names_that_are_present()
{
	local name before
	for name in .git .codex .agents; do
		mkdir -p "$name/directory"
		echo content >"$name/file"
	done
	before=$(snapshot .git .codex .agents)
	inside -- '
		for name in .git .codex .agents; do
			allowed "cat $name/file"
			refused_with Read-only "echo evil >$name/file"
			refused_with Read-only "echo evil >$name/new"
			refused_with Read-only "echo evil >$name/directory/new"
			refused_with Read-only "chmod 777 $name $name/file"
			refused_with Read-only "rm $name/file"
			refused "rm -rf $name"
			not_renamed "$name" away
			refused_with busy "rmdir $name"
			refused_with EBUSY "mkdir other; \"$PROBES/attempt\" exchange $name other"
			refused "ln $name/file hard"
			refused "mkdir other; mv -T other $name"
			not_renamed "$name/file" stolen
		done
	'
	assert_equal "$before" "$(snapshot .git .codex .agents)" files
	assert_absent away hard stolen
}

test_default_names_that_are_missing()
{
	inside -- '
		for name in .git .codex .agents; do
			refused "mkdir $name"
			refused "mkdir -p $name/hooks"
			refused "echo evil >$name/config"
			refused "ln -s src $name"
			refused "ln -sfn src $name"
			refused "rm -f $name && mkdir $name"
			not_renamed "$name" away
			refused "mkdir other; mv -T other $name"
			refused "echo x >plain; mv plain $name"
			refused_with EBUSY "\"$PROBES/attempt\" exchange $name other"
		done
	'
	assert_absent .git .codex .agents away
}

# A default name is optional in $TMPDIR; what is named below it is not.
test_missing_path_below_a_default_name()
{
	mkdir "$WORK/tmp"
	export TMPDIR=$WORK/tmp
	inside --protect .agents/hooks -- '
		refused "mkdir \"$TMPDIR/.agents\""
		refused "mkdir -p \"$TMPDIR/.agents/hooks\""
		allowed "mkdir \"$TMPDIR/.codex\""
	'
	assert_absent "$TMPDIR/.agents"
}

test_missing_mask_reads_as_nothing()
{
	inside -- '
		refused "echo evil >.codex; grep evil .codex"
		refused "grep . .codex"
	'
	assert_absent .codex
}

test_default_name_that_is_a_symlink()
{
	mkdir real
	echo content >real/config
	ln -s real .git
	ln -s "$OUTSIDE" .codex
	ln -s nowhere .agents
	inside -- '
		for name in .git .codex .agents; do
			refused "echo evil >$name/config"
			refused_with busy "rm -f $name"
			not_renamed "$name" away
			refused "ln -sfn src $name"
			refused "rm -f $name; mkdir $name"
			refused_with EBUSY "mkdir -p other; \"$PROBES/attempt\" exchange $name other"
		done
		refused "mkdir nowhere/hooks"
		refused "echo evil >real/config"
		not_renamed real away
	'
	assert_equal real "$(readlink .git)" .git
	assert_equal "$OUTSIDE" "$(readlink .codex)" .codex
	assert_equal nowhere "$(readlink .agents)" .agents
	assert_content real/config content
	assert_absent away "$OUTSIDE/config"
}

test_symlink_on_the_way()
{
	mkdir -p real/b other/b
	echo content >real/b/c
	ln -s real a
	inside -p a/b/c -- '
		refused_with busy "rm a"
		not_renamed a away
		refused "ln -sfn other a"
		refused "rm -f a; mkdir -p a/b; echo evil >a/b/c"
		refused "echo evil >a/b/c"
		allowed "echo fine >other/b/c"
	'
	assert_equal real "$(readlink a)" a
	assert_content real/b/c content
	assert_content other/b/c fine
}

test_missing_on_the_way()
{
	mkdir a
	inside -p a/b/c/d -p new/e/f -- '
		refused "mkdir a/b"
		refused "mkdir -p a/b/c/d"
		not_renamed a away
		refused "mkdir new"
		refused "mkdir -p new/e; echo evil >new/e/f"
		allowed "echo fine >a/other"
	'
	assert_content a/other fine
	assert_absent a/b new away
}

test_parents_are_pinned()
{
	mkdir -p a/b
	echo content >a/b/config
	inside -p a/b/config -- '
		not_renamed a old
		not_renamed a/b old
		refused "mv a old; mkdir -p a/b; echo evil >a/b/config"
		refused "mv a/b a/old; mkdir a/b; echo evil >a/b/config"
		refused_with EBUSY "mkdir -p other/b; \"$PROBES/attempt\" exchange a other"
		refused "rm -rf a"
		refused_with Read-only "echo evil >a/b/config"
		not_renamed a/b/config a/b/old
		refused_with busy "rm a/b/config"
		allowed "echo fine >a/file && echo fine >a/b/file"
	'
	assert_content a/b/config content
	assert_content a/file fine
	assert_content a/b/file fine
	assert_absent old a/old a/b/old
}

test_root_cannot_be_renamed()
{
	mkdir -p "$WORK/outer/ws/.git"
	cd "$WORK/outer/ws"
	CONTROL=$WORK/outer/ws/control inside -w "$WORK/outer" -- '
		not_renamed "$WORK/outer/ws" "$WORK/outer/old"
		refused "mv ../ws ../old; mkdir -p ../ws/.git; echo evil >../ws/.git/config"
	'
	assert_absent "$WORK/outer/old" "$WORK/outer/ws/.git/config"
}

test_git_file_leads_to_its_directories()
{
	mkdir -p repository/.git/worktrees/tree tree
	echo main >repository/.git/config
	echo ../.. >repository/.git/worktrees/tree/commondir
	echo gitdir: ../repository/.git/worktrees/tree >tree/.git
	# A repository whose own name says nothing: what points to it does.
	mv repository/.git repository/store
	echo gitdir: ../repository/store/worktrees/tree >tree/.git
	cd tree
	CONTROL=$WS/tree/control inside -w "$WS/repository" -- '
		refused "echo evil >.git"
		refused_with busy "rm .git"
		not_renamed .git away
		refused_with Read-only "echo evil >../repository/store/worktrees/tree/HEAD"
		refused_with Read-only "echo evil >../repository/store/config"
		refused_with Read-only "mkdir ../repository/store/hooks"
		not_renamed ../repository/store ../repository/old
		allowed "echo fine >../repository/file"
	'
	assert_content .git "gitdir: ../repository/store/worktrees/tree"
	assert_content ../repository/store/config main
	assert_content ../repository/file fine
	assert_absent ../repository/store/hooks ../repository/store/worktrees/tree/HEAD ../repository/old
}

test_protect_a_name_under_every_root()
{
	mkdir -p "$WORK/other/secret" secret
	inside -w "$WORK/other" -p secret -- '
		refused "echo evil >secret/file"
		refused "echo evil >\"$WORK/other/secret/file\""
	'
	assert_absent secret/file "$WORK/other/secret/file"
}

test_protect_an_absolute_path()
{
	mkdir -p "$WORK/other/secret" secret
	inside -w "$WORK/other" -p "$WS/secret" -p "$OUTSIDE" -- '
		refused "echo evil >secret/file"
		allowed "echo fine >\"$WORK/other/secret/file\""
	'
	assert_absent secret/file
	assert_content "$WORK/other/secret/file" fine
}

# Below a root the missing is protected; elsewhere it would protect nothing, and was mistyped.
test_protect_an_absolute_path_that_is_missing()
{
	mkdir "$WORK/other"
	inside -p "$WS/secret" -p "$WS/deep/er" -- '
		refused "mkdir secret"
		refused "mkdir deep"
	'
	fails_with 125 "rind: --protect $WORK/othr/x: there is no $WORK/othr (did you mean $WORK/other?), nor a writable root*" -- \
		-p "$WORK/othr/x" -- true
	fails_with 125 "rind: --protect ~/.ssh: *" -- '--protect=~/.ssh' -- true
	fails_with 125 "rind: *--protect=secret" -- -p=secret -- true
	assert_absent secret deep
}

test_no_default_protect()
{
	mkdir .git secret
	inside --no-default-protect -p secret -- '
		allowed "echo fine >.git/config"
		allowed "mkdir .codex"
		refused "echo evil >secret/file"
	'
	assert_content .git/config fine
	[ -d .codex ] || fail "the directory made inside is not there"
	assert_absent secret/file
}

test_explicit_writable_beats_a_default_name()
{
	mkdir .git
	inside -w .git -- 'allowed "echo fine >.git/config"'
	assert_content .git/config fine
}

test_explicit_protect_beats_writable()
{
	mkdir .git tree
	inside -w .git -w tree -p .git -p tree -- '
		refused "echo evil >.git/config"
		refused "echo evil >tree/file"
	'
	assert_absent .git/config tree/file
}

test_protected_file()
{
	echo content >config
	inside -p config -- '
		refused_with Read-only "echo evil >config"
		refused_with busy "rm config"
		not_renamed config away
		refused_with busy "echo evil >new; mv new config"
		refused "ln config hard && echo evil >hard"
	'
	assert_content config content
	assert_equal 1 "$(stat -c %h config)" "links of config"
}

test_read_only_workspace_directory()
{
	local before
	mkdir "$WORK/closed"
	chmod 555 "$WORK/closed"
	before=$(snapshot "$WORK/closed")
	# Its owner can open it again: the missing names must be masked all the same.  Who may not make
	# the placeholders gets no sandbox.
	if [ "$(id -u)" != 0 ]; then
		fails_with 125 'rind: *closed*not writable*' -- -w "$WORK/closed" -- true
		return
	fi
	inside -w "$WORK/closed" -- '
		refused "chmod u+w \"$WORK/closed\"; mkdir \"$WORK/closed/.codex\""
		refused "echo evil >\"$WORK/closed/.git\""
		chmod 555 "$WORK/closed"
	'
	assert_equal "$before" "$(snapshot "$WORK/closed")" files
}

test_directory_of_somebody_else()
{
	[ ! -w /etc ] || skip "/etc is writable"
	[[ $(findmnt -n -o OPTIONS --target /etc) != ro,* ]] || skip "/etc is read-only"
	# Nothing to mask where the command could not make the path either.
	inside -w /etc -- '
		refused_with "Permission denied" "mkdir /etc/.codex"
		refused_with "Permission denied" "echo evil >/etc/rind-test-evil"
	'
}

test_many_protected_paths()
{
	local i
	local -a options=()
	mkdir many
	for ((i = 0; i < 500; i++)); do
		mkdir "many/$i"
		options+=(-p "many/$i")
	done
	inside "${options[@]}" -- '
		refused "echo evil >many/0/file"
		refused "echo evil >many/250/file"
		refused "echo evil >many/499/file"
		not_renamed many other
		allowed "echo fine >many/file"
	'
	assert_equal many/file "$(find many -type f)" files
}

# Symbolic links can add up to a path that no system call takes.
# Of every kind, so many that they are cloned from beneath the root: what is mounted below them comes along.
test_many_protected_kinds()
{
	local i attack='
		refused_with Read-only "echo evil >many/7/file"
		refused_with Read-only "echo evil >many/7/inner/file"
		same content "$(cat many/7/inner/file)"
		refused_with Read-only "echo evil >nested/99/file"
		refused_with Read-only "echo evil >file"
		refused_with busy "mv file other"
		refused "echo evil >missing"
		refused "echo evil >link"
		not_renamed pinned other
		refused_with Read-only "echo evil >pinned/config"
		allowed "echo fine >many/fine"
		allowed "echo fine >nested/fine"
	'
	local -a options=(-p file -p missing -p link -p pinned/config --writable nested)
	private_mounts
	mkdir many nested pinned
	for ((i = 0; i < 100; i++)); do
		mkdir "many/$i" "nested/$i"
		options+=(-p "many/$i" -p "nested/$i")
	done
	echo content >file
	echo content >pinned/config
	ln -s file link
	mkdir many/7/inner
	mount -t tmpfs inner many/7/inner
	echo content >many/7/inner/file
	inside "${options[@]}" -- "$attack"
	assert_content file content
	assert_content pinned/config content
	assert_content many/7/inner/file content
	assert_equal 'many/7/inner/file many/fine nested/fine' \
		"$(find many nested -type f | sort | tr '\n' ' ' | sed 's/ $//')" files
	RIND="$LIB/on-old-kernel"
	inside "${options[@]}" -- "$attack"
}

test_absolute_protect_through_long_links()
{
	local name first='' second='' missing='' i
	name=$(printf 'n%.0s' {1..92})
	for ((i = 0; i < 25; i++)); do first+=/$name; done
	for ((i = 0; i < 14; i++)); do second+=/$name; done
	for ((i = 0; i < 16; i++)); do missing+=/$name; done
	mkdir -p "$OUTSIDE$first"
	ln -s ".$first" "$OUTSIDE/l1"
	(cd "$OUTSIDE/l1" && mkdir -p ".$second" && ln -s ".$second" l2)
	sandbox --protect "$OUTSIDE/l1/l2$missing" -- true
	assert_equal 125 "$STATUS" status
	assert_match 'rind: --protect *longer than the system*' "$ERR"
}

run_cases "$@"
