#!/bin/bash
# --git: what the command may do to repositories, and what of it reaches the host.

# Scripts in quotes are expanded in the sandbox.
# shellcheck disable=SC2016 source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

need_git()
{
	command -v git >/dev/null || skip "git is not installed"
	export HOME=$WORK/home GIT_CONFIG_NOSYSTEM=1 GIT_PAGER=cat GIT_EDITOR=true
	mkdir -p "$HOME"
	git config --global user.name n
	git config --global user.email e@example.org
	git config --global init.defaultBranch main
	git config --global advice.detachedHead false
	git config --global protocol.file.allow always
}

# repository [DIRECTORY]: with one commit, in which are the files a and b.
repository()
{
	need_git
	git init -q "${1-.}"
	cd "${1-.}"
	echo a >a
	echo b >b
	git add .
	git commit -qm one
}

# commit OPTION… -- SCRIPT: the script runs with --git commit, and all that it does is published.
commit()
{
	sandbox --git commit "${@:1:$#-2}" -- sh -ec "${*: -1}"
	assert_equal 0 "$STATUS" "status ($OUT $ERR)"
	[[ ${ERR//rind: note: /} != *rind:* ]] || fail "$ERR"
	sound
}

# refused PATTERN OPTION… -- SCRIPT: the script succeeds, and rind says why not all is published.
refused()
{
	sandbox --git commit "${@:2:$#-3}" -- sh -ec "${*: -1}"
	assert_match "rind: --git commit: $1" "${ERR##*$'\n'}"
	assert_equal 125 "$STATUS" "status ($OUT)"
	sound
}

# The repository here is whole, and nothing of rind's is left in it.
sound()
{
	local common
	common=$(git rev-parse --git-common-dir)
	git fsck --strict --no-dangling >"$WORK/fsck" 2>&1 || fail "$(cat "$WORK/fsck")"
	[ -z "$(find "$common" -name 'rind-git-*' -o -name '*.lock')" ] || fail "left: $(find "$common")"
}

# release_unpublished NAME PATTERN: as release, of a sandbox from which not all is published.
release_unpublished()
{
	tell "$1" end
	await_end "$1"
	assert_match "rind: --git commit: $2" "$(cat "$WORK/$1.err")"
	assert_equal 125 "$HOLD_STATUS" status
}

subjects()
{
	git log --format=%s "$@" | tr '\n' ' '
}

# --- what people do -----------------------------------------------------------------------------

test_commits()
{
	local before
	repository
	before=$(snapshot .git/config .git/hooks .git/info)
	commit -- 'echo 1 >>a; git commit -qam two; echo c >c; git add c; git commit -qm three --author "x <y>"'
	assert_equal "three two one " "$(subjects)"
	assert_equal x "$(git log -1 --format=%an)"
	assert_equal "" "$(git status --porcelain)"
	assert_equal "rind run --git commit" "$(git reflog -1 --format=%gs)"
	assert_equal "$before" "$(snapshot .git/config .git/hooks .git/info)"
}

# The command's status stays its own, and what it has committed by then is there.
test_command_that_fails()
{
	repository
	sandbox --git commit -- sh -c 'git commit -q --allow-empty -m two; exit 3'
	assert_equal 3 "$STATUS"
	assert_equal "two one " "$(subjects)"
}

test_index_alone()
{
	repository
	commit -- 'echo 1 >>a; echo c >c; git add a c; git rm -q --cached b'
	assert_equal "M  a D  b A  c ?? b " "$(git status --porcelain | tr '\n' ' ')"
	commit -- 'git reset -q; mkdir d; git mv a d/a; rm b; mkdir b; echo x >b/x; git add -A'
	assert_equal "D  b A  b/x A  c R  a -> d/a " "$(git status --porcelain | tr '\n' ' ')"
	commit -- 'git commit -qm two'
	assert_equal "" "$(git status --porcelain)"
	commit -- 'git rm -qr --cached .'
	assert_equal 3 "$(git status --porcelain | grep -c ^D)"
}

test_history_rewritten()
{
	repository
	commit -- 'git commit -q --amend -m uno; git commit -q --allow-empty -m two
		git switch -qc side HEAD~1; echo s >s; git add s; git commit -qm side
		git switch -q main; git merge -q side -m merged; git reset -q --hard HEAD~1
		git rebase -q side; git cherry-pick --allow-empty --keep-redundant-commits HEAD'
	assert_equal "two two side uno " "$(subjects)"
	assert_equal "" "$(git status --porcelain)"
}

test_branches_and_tags()
{
	repository
	git branch old
	commit -- 'git switch -qc topic; git commit -q --allow-empty -m two; git branch -d old
		git tag light; git tag -a -m annotated heavy; git branch -m main trunk; git notes add -m note; git update-ref refs/own/x HEAD
		git branch -- side/-x HEAD'
	assert_equal "refs/heads/topic" "$(git symbolic-ref HEAD)"
	assert_equal "refs/heads/side/-x refs/heads/topic refs/heads/trunk refs/notes/commits refs/own/x refs/tags/heavy refs/tags/light " \
		"$(git for-each-ref --format='%(refname)' | tr '\n' ' ')"
	commit -- 'git checkout -q heavy~1; git commit -q --allow-empty -m detached'
	assert_equal "detached one " "$(subjects)"
	! git symbolic-ref -q HEAD || fail "HEAD is on a branch"
	commit -- 'git switch -q trunk'
	assert_equal "one " "$(subjects)"
}

# A branch and a directory of branches take turns.
test_branch_in_the_place_of_a_directory()
{
	repository
	git branch topic
	git branch of/mine
	commit -- 'git branch -m topic topic/one; git branch -D -q of/mine; git branch of'
	assert_equal "main of topic/one " "$(git branch --format='%(refname:short)' | tr '\n' ' ')"
}

# git writes to it for a branch that is removed or follows another.
test_configuration()
{
	local before
	repository "$WORK/origin"
	git branch topic
	git clone -q "$WORK/origin" "$WS/clone"
	cd "$WS/clone"
	before=$(cat .git/config)
	commit -- 'git switch -q topic; git switch -q main; git branch -qd topic'
	assert_equal "" "$ERR"
	commit -- 'git switch -q topic'
	assert_match "rind: note: --git commit: *the configuration stays as it was" "$ERR"
	assert_equal refs/heads/topic "$(git symbolic-ref HEAD)"
	assert_equal "$before" "$(cat .git/config)"
}

test_objects_packed_inside()
{
	repository
	git gc -q
	commit -- 'for i in $(seq 120); do echo $i >f$i; done; git add .; git commit -qm many; git gc -q; git pack-refs --all'
	assert_equal "many one " "$(subjects)"
	assert_equal "" "$(git status --porcelain)"
	commit -- 'git commit -q --allow-empty -m after; git repack -adq'
	assert_equal "after many one " "$(subjects)"
}

test_stash()
{
	repository
	echo 0 >>a
	git stash -q
	commit -- 'echo 1 >>a; git stash -q; git stash pop -q; git checkout -q a'
	assert_equal 1 "$(git stash list | wc -l)"
	commit -- 'echo 2 >>a; git stash push -qm second; echo 3 >>b; git stash push -qm third'
	assert_equal "On main: third On main: second" "$(git stash list --format=%gs | head -2 | tr '\n' ' ' | sed 's/ $//')"
	assert_equal 3 "$(git stash list | wc -l)"
	# What is dropped is the caller's, and stays.
	commit -- 'git stash drop -q; git stash clear'
	assert_equal 3 "$(git stash list | wc -l)"
	git stash pop -q
	assert_content b "b
3"
}

test_first_commit()
{
	need_git
	git init -q .
	commit -- 'echo a >a; git add a'
	assert_equal "A  a" "$(git status --porcelain)"
	commit -- 'git commit -qm one'
	assert_equal "one " "$(subjects)"
	commit -- 'git switch -q --orphan other; git commit -q --allow-empty -m root'
	assert_equal "root " "$(subjects)"
}

test_sha256()
{
	need_git
	git init -q --object-format=sha256 . 2>/dev/null || skip "this git has no sha256"
	commit -- 'echo a >a; git add a; git commit -qm one; echo b >b; git add b; git rm -q --cached a'
	assert_equal "one " "$(subjects)"
	assert_equal "D  a A  b ?? a " "$(git status --porcelain | tr '\n' ' ')"
	git init -q --object-format=sha256 other
	cd other
	commit -- 'echo a >a; git add a'
	assert_equal "A  a" "$(git status --porcelain)"
}

# A commit as an old program wrote it.
test_old_dates()
{
	repository
	git cat-file commit HEAD | sed 's/ +[0-9]*$/ +051800/' >"$WORK/old"
	git update-ref refs/heads/old "$(git hash-object -t commit -w --literally "$WORK/old")"
	sandbox --git commit -- sh -ec 'git switch -q old; echo x >x; git add x; git commit -qm new
		git cat-file commit HEAD | sed "s/ +[0-9]*$/ +051800/" >odd
		git update-ref HEAD $(git hash-object -t commit -w --literally odd); rm odd'
	assert_equal "0 " "$STATUS $ERR"
	assert_equal "new one " "$(subjects)"
}

test_shallow()
{
	repository "$WORK/origin"
	git commit -q --allow-empty -m two
	git clone -q --depth 1 "file://$WORK/origin" "$WS/clone"
	cd "$WS/clone"
	commit -- 'git commit -q --allow-empty -m three'
	assert_equal "three two " "$(subjects)"
}

# A path that is not checked out is none that was removed.
test_sparse()
{
	repository
	mkdir in out
	echo 1 >in/x
	echo 1 >out/x
	git add .
	git commit -qm two
	git sparse-checkout set in
	git branch topic
	commit -- 'git rm -q --cached in/x; git add in/x; git commit -q --allow-empty -m three
		git switch -q topic; git update-index --cacheinfo "100644,$(echo 2 | git hash-object -w --stdin),out/x"
		git update-index --skip-worktree out/x; git commit -qm changed; git switch -q main; git merge -q -m merged topic'
	assert_equal "" "$(git status --porcelain)"
	assert_equal "2" "$(git show HEAD:out/x)"
	assert_absent out/x
}

# Not all objects are there.
test_partial_clone()
{
	repository "$WORK/origin"
	git config uploadpack.allowFilter true
	git clone -q --filter=blob:none "file://$WORK/origin" "$WS/clone"
	cd "$WS/clone"
	fails_with 125 "rind: --git commit: * is a partial clone*" -- --git commit -- true
}

test_worktree()
{
	repository "$WORK/repo"
	git worktree add -q "$WS/tree" -b tree
	cd "$WS/tree"
	commit -- 'echo t >t; git add t; git commit -qm tree; git switch -qc other; echo u >u; git add u'
	assert_equal "tree one " "$(subjects)"
	assert_equal "A  u" "$(git status --porcelain)"
	cd "$WORK/repo"
	assert_equal "" "$(git status --porcelain)"
	assert_equal refs/heads/main "$(git symbolic-ref HEAD)"
	assert_equal "other tree" "$(git branch --contains tree --format='%(refname:short)' | tr '\n' ' ' | sed 's/ $//')"
}

# The repository and a worktree of it, both writable: each has its own HEAD and index.
test_repository_with_its_worktree()
{
	repository
	git worktree add -q "$WORK/tree" -b tree
	commit --writable "$WORK/tree" -- 'git commit -q --allow-empty -m here; cd ../tree; echo t >t; git add t
		git commit -qm there; echo u >u; git add u'
	assert_equal "here one " "$(subjects)"
	cd "$WORK/tree"
	assert_equal "there one " "$(subjects)"
	assert_equal "A  u" "$(git status --porcelain)"
}

test_submodule()
{
	repository "$WORK/lib"
	cd "$WS"
	repository
	git submodule --quiet add "$WORK/lib" lib
	git commit -qm 'add lib'
	cd lib
	commit -- 'echo s >s; git add s; git commit -qm inside'
	assert_equal "inside one " "$(subjects)"
	cd ..
	# The submodule is one of the host's: another commit of it may be named.
	commit -- 'git add lib; git commit -qm "take it"'
	assert_equal "" "$(git status --porcelain)"
}

test_subdirectory()
{
	repository
	mkdir d
	cd d
	commit -- 'echo x >x; git add x; git commit -qm below'
	assert_equal "below one " "$(subjects)"
}

test_names()
{
	repository
	commit -- 'printf 1 >"sp ace"; printf 1 >"quo\"te"; printf 1 >"new
line"; printf 1 >"ü"; git add -A; git commit -qm names; rm new*; git add -A'
	assert_equal 'D  "new\nline"' "$(git status --porcelain)"
}

test_two_at_once()
{
	repository
	hold first --git commit -- 'read -r line; echo 1 >one; git add one; git commit -qm first'
	commit -- 'git switch -qc side; git commit -q --allow-empty -m side; git switch -q main'
	release first
	assert_equal "first one " "$(subjects)"
	assert_equal "side one " "$(subjects side)"
	sound
}

# --- levels -------------------------------------------------------------------------------------

test_open()
{
	repository
	inside --git open -- '
		allowed "git config a.b c && git commit -q --allow-empty -m two"
		allowed "echo x >.git/hooks/pre-commit"
		refused "mkdir .codex"
	'
	assert_equal c "$(git config a.b)"
	assert_equal "two one " "$(subjects)"
}

test_protected()
{
	repository
	inside --git protected -- 'refused "git commit -q --allow-empty -m two"'
	inside --git commit --git protected -- 'refused "git commit -q --allow-empty -m two"'
	assert_equal "one " "$(subjects)"
}

test_explain()
{
	repository
	sandbox_explain()
	{
		OUT=$("$RIND" explain --git commit "$@")
	}
	sandbox_explain .git/refs .git/hooks
	assert_match "*.git/refs: writable (--git commit: $WS/.git)*" "$OUT"
	assert_match "*.git/hooks: protected (read-only with --git commit: $WS/.git/hooks)*" "$OUT"
	OUT=$("$RIND" explain .git/index)
	assert_match "*to write it: --git commit" "$OUT"
}

# --- what git executes or obeys -----------------------------------------------------------------

# Run by git on the host, it leaves a file.
plant()
{
	printf '#!/bin/sh\necho ran >>%s/ran\ncat\n' "$WORK" >"$WS/program"
	chmod 755 "$WS/program"
}

everyday_git()
{
	git status >/dev/null || :
	git diff >/dev/null || :
	echo more >>a
	git add a || :
	git -c user.name=n commit -qm host || :
	git log --all -p >/dev/null || :
	git stash list >/dev/null || :
	git checkout -q . || :
	git gc -q || :
}

readonly PLANTS='
	g=$(git rev-parse --git-dir) c=$(git rev-parse --git-common-dir)
	for hook in pre-commit post-commit post-checkout reference-transaction post-index-change pre-auto-gc fsmonitor-watchman; do
		cp program "$c/hooks/$hook" || mkdir -p "$c/planted" && cp program "$c/planted/$hook"
	done
	git config core.fsmonitor "$PWD/program"; git config core.hooksPath "$PWD"; git config core.pager "$PWD/program"
	git config filter.x.clean "$PWD/program"; git config include.path "$PWD/evil"; git config diff.external "$PWD/program"
	printf "[core]\n\tfsmonitor = %s\n" "$PWD/program" >evil
	cp evil "$c/config"; mv evil "$c/config"; cp evil "$g/config.worktree"
	git config --worktree core.fsmonitor "$PWD/program"
	echo "* filter=x diff=x" >"$c/info/attributes"
	mkdir -p other/objects other/refs; cp evil other/config; echo "ref: refs/heads/main" >other/HEAD
	echo "$PWD/other" >"$g/commondir"; echo "$PWD/other" >"$c/objects/info/alternates"
	mv "$c/hooks" "$c/hooks.old"; mkdir "$c/hooks"; cp program "$c/hooks/pre-commit"
	mv "$c/info" "$c/info.old"; rm -rf "$c/hooks"; ln -s "$PWD" "$c/hooks"
	mkdir -p "$c/modules/x" && cp evil "$c/modules/x/config"
	mkdir -p "$c/worktrees/x" && cp evil "$c/worktrees/x/config.worktree"
	git update-ref refs/replace/$(git rev-parse HEAD) $(git commit-tree -m x HEAD^{tree})
	echo "$(git rev-parse HEAD) $(git rev-parse HEAD)" >"$c/info/grafts"
	true'

what_git_obeys()
{
	(cd "$1" && find . -type f ! -path './objects/*' ! -name index ! -path './logs/*' ! -path './refs/*' ! -name packed-refs ! -name HEAD ! -name COMMIT_EDITMSG -exec cksum {} + | sort)
}

test_nothing_obeyed_is_published()
{
	local before
	repository
	plant
	before=$(what_git_obeys .git)
	sandbox --git commit -- sh -c "git commit -q --allow-empty -m two; $PLANTS"
	assert_equal 0 "$STATUS" "$ERR"
	assert_equal "two one " "$(subjects)"
	assert_equal "$before" "$(what_git_obeys .git)"
	everyday_git
	assert_absent "$WORK/ran"
}

test_nothing_obeyed_of_a_worktree()
{
	local before
	repository "$WORK/repo"
	git worktree add -q "$WS/tree"
	cd "$WS/tree"
	plant
	cp ../program .
	before=$(what_git_obeys "$WORK/repo/.git")
	sandbox --git commit -- sh -c "git commit -q --allow-empty -m two; $PLANTS"
	assert_equal 0 "$STATUS" "$ERR"
	assert_equal "two one " "$(subjects)"
	assert_equal "$before" "$(what_git_obeys "$WORK/repo/.git")"
	everyday_git
	assert_absent "$WORK/ran"
}

# What a rebase has to do yet may be to run a program.
test_rebase_left_open()
{
	repository
	plant
	refused "*was not finished*" -- 'git switch -q --detach
		mkdir .git/rebase-merge; echo "exec $PWD/program" >.git/rebase-merge/git-rebase-todo
		echo refs/heads/main >.git/rebase-merge/head-name'
	assert_equal refs/heads/main "$(git symbolic-ref HEAD)"
	! git rebase --continue 2>/dev/null || fail "there is a rebase"
	assert_absent "$WORK/ran"
}

# The control of the above: with --git open the same gives the command the host.
test_what_is_planted_works_where_it_can_be()
{
	repository
	plant
	sandbox --git open -- sh -c 'git config core.fsmonitor "$PWD/program"'
	everyday_git
	[ -e "$WORK/ran" ] || fail "the planted programs do nothing"
}

# --- submodules ---------------------------------------------------------------------------------

readonly SUBMODULE='
	git init -q lib; git -C lib commit -q --allow-empty -m lib
	cp program lib/program; git -C lib config core.fsmonitor "$PWD/program"
	commit=$(git -C lib rev-parse HEAD)
	link() { git update-index --add --cacheinfo 160000,$commit,lib; }'

no_submodule()
{
	! git ls-files -s | grep ^160000 || fail "a submodule in the index"
	git for-each-ref --format='%(refname)' | while read -r ref; do
		! git ls-tree -r "$ref" | grep " commit " || fail "a submodule in $ref"
	done
	everyday_git
	assert_absent "$WORK/ran"
}

test_new_submodules_are_refused()
{
	local script
	repository
	plant
	for script in \
		'link' \
		'link; git commit -qm lib' \
		'link; git commit -qm lib; git rm -q --cached lib; git commit -qm away' \
		'link; git commit -qm lib; git tag t; git reset -q --hard HEAD~1' \
		'link; git tag t $(git write-tree); git reset -q' \
		'link; git tag -a -m x t $(git write-tree); git reset -q' \
		'link; git stash -q' \
		'link; c=$(git commit-tree -m x $(git write-tree)); git reset -q; git switch -q --detach $c' \
		'link; c=$(git commit-tree -m x $(git write-tree)); git reset -q; git update-ref refs/heads/deep $(git commit-tree -p $c -m y HEAD^{tree})'; do
		refused "*it would make lib a submodule*" -- "$SUBMODULE; $script"
		assert_equal "one " "$(subjects --all)"
		rm -rf lib
	done
	no_submodule
}

# One that the host had once, and has no more, is as good as a new one.
test_old_submodule()
{
	repository
	plant
	git init -q lib
	git -C lib commit -q --allow-empty -m lib
	git update-index --add --cacheinfo "160000,$(git -C lib rev-parse HEAD),lib"
	git commit -qm lib
	git rm -q --cached lib
	git commit -qm away
	rm -rf lib
	refused "*it would make lib a submodule*" -- 'git reset -q HEAD~1'
	git branch known HEAD~1
	commit -- 'git branch known-too known'
	git branch -D -q known known-too
	refused "*it would make lib a submodule*" -- 'git branch old HEAD~1'
	refused "*it would make lib a submodule*" -- 'git switch -q --detach HEAD~1'
	# Nor may a branch be moved to where another one is.
	git branch known HEAD~1
	git branch other
	refused "*it would make lib a submodule*" -- 'git update-ref refs/heads/main known'
	refused "*it would make lib a submodule*" -- 'git branch -f other known'
	refused "*it would make lib a submodule*" -- 'git switch -q known'
	git branch -D -q known other
	refused "*it would make lib a submodule*" -- 'git branch merged $(git commit-tree -m x -p HEAD -p HEAD~1 HEAD^{tree})'
	# What a stash calls the index.
	refused "*it would make lib a submodule*" -- '
		git stash store -m x $(git commit-tree -m x -p HEAD -p HEAD~1 HEAD^{tree})'
	no_submodule
}

# git takes a mode for that of a submodule by its type alone.
test_modes_in_the_index()
{
	local bytes
	repository
	plant
	cat >forge <<-'END'
		at=$(grep -abo lib .git/index | head -n 1 | cut -d: -f1)
		printf "$1" | dd of=.git/index bs=1 seek=$((at - 36)) conv=notrunc 2>/dev/null
		head -c -20 .git/index >body
		(cat body; /usr/bin/printf "$(sha1sum <body | cut -c1-40 | sed 's/../\\x&/g')") >.git/index
	END
	# Those of 0160755, 0160001 and 0160644.
	for bytes in '\341\355' '\340\001' '\341\244'; do
		refused "*it would make lib a submodule*" -- "$SUBMODULE; link; sh forge '$bytes'
			git ls-files -s | grep -q ^160[670][0-9]*"
		rm -rf lib
	done
	no_submodule
}

# An object of the command's with the name of one of the host's says that there is nothing.
test_objects_under_other_names()
{
	repository
	plant
	refused "*" -- "$SUBMODULE"'
		link; bad=$(git write-tree); git reset -q; good=$(git rev-parse HEAD^{tree})
		c=$(git commit-tree -m x $bad); git update-ref refs/heads/x $c
		file=.git/objects/$(echo $bad | cut -c1-2)/$(echo $bad | cut -c3-)
		from=.git/objects/$(echo $good | cut -c1-2)/$(echo $good | cut -c3-)
		rm -f $file; cp $from $file'
	assert_equal "one " "$(subjects --all)"
	no_submodule
}

# --- what is no repository any more -------------------------------------------------------------

test_symlinks_lead_nowhere()
{
	local before script
	repository
	git rev-parse HEAD >"$OUTSIDE/file"
	before=$(snapshot "$OUTSIDE")
	sandbox --git commit -- sh -c '
		git commit -q --allow-empty -m two
		mv .git/logs .git/logs.old; ln -s "$0" .git/logs
		ln -s "$0" .git/objects/00; ln -s "$0/file" .git/objects/pack/pack-00.pack
		true' "$OUTSIDE"
	assert_equal 0 "$STATUS" "$ERR"
	assert_equal "refs/heads/main" "$(git for-each-ref --format='%(refname)')"
	assert_equal "two one " "$(subjects)"
	assert_equal "$before" "$(snapshot "$OUTSIDE")"
	sound
	for script in 'ln -s "'"$OUTSIDE"'/file" .git/refs/heads/link' 'ln -s "'"$OUTSIDE"'" .git/refs/heads/directory' \
		'git pack-refs --all; mv .git/packed-refs x; ln -s ../x .git/packed-refs' 'mkfifo .git/refs/heads/fifo' 'mv .git/refs/heads .git/x; ln -s ../x .git/refs/heads'; do
		refused "*the references that the command has left: Too many levels of symbolic links" -- "$script"
	done
	refused "*the references that the command has left: Not a directory" -- 'mv .git/refs .git/x; ln -s x .git/refs'
	refused "*HEAD names no branch*" -- 'rm .git/HEAD; ln -s "'"$OUTSIDE"'/file" .git/HEAD'
	refused "*" -- 'rm -rf .git/objects/??; git() { :; }; echo 1111111111111111111111111111111111111111 >.git/refs/heads/x'
	refused "*refs/heads/main is not the name of an object" -- 'echo nonsense >.git/refs/heads/main'
	assert_equal "two one " "$(subjects --all)"
}

# What the host's git does to its files meanwhile is not the command's doing.
test_housekeeping_meanwhile()
{
	repository
	git branch loose
	git branch packed
	git tag tag
	git pack-refs --all
	git commit -q --allow-empty -m two
	git branch -f loose
	hold first --git commit -- 'git branch -a; git log --all --oneline; echo looked; read -r line
		git log -1 loose packed; git tag new; git commit -q --allow-empty -m three'
	while hear first && [ "$LINE" != looked ]; do
		:
	done
	git branch made
	git pack-refs --all --prune
	git gc -q --prune=now
	git branch -D -q made packed
	release first
	assert_equal "three two one " "$(subjects)"
	assert_equal "two one " "$(subjects loose)"
	assert_equal "refs/heads/loose refs/heads/main refs/tags/new refs/tags/tag " \
		"$(git for-each-ref --format='%(refname)' | tr '\n' ' ')"
	sound
}

# Files that say that they are large cost the host nothing.
test_files_with_holes()
{
	repository
	refused "*cannot be copied: File too large" -- 'git commit -q --allow-empty -m two
		mkdir -p .git/objects/aa; truncate -s 100G .git/objects/aa/11111111111111111111111111111111111111'
	assert_equal "one " "$(subjects)"
}

test_reference_that_leads_to_another()
{
	repository
	git branch topic
	refused "*refs/heads/topic is not the name of an object" -- 'git symbolic-ref refs/heads/topic refs/heads/main'
	refused "*a reference that names no object was left out" -- '
		git symbolic-ref refs/heads/new refs/heads/main; git tag t'
	assert_equal "refs/heads/main refs/heads/topic refs/tags/t " \
		"$(git for-each-ref --format='%(refname)' | tr '\n' ' ')"
}

test_damaged_index()
{
	repository
	refused "*the index stays as it is*" -- 'git commit -q --allow-empty -m two; echo nonsense >.git/index'
	assert_equal "two one " "$(subjects)"
	assert_equal "" "$(git status --porcelain)"
}

test_merge_left_open()
{
	repository
	git branch side
	echo 1 >>a
	git commit -qam main
	git switch -q side
	echo 2 >>a
	git commit -qam side
	refused "*merge*not finished*" -- 'git merge main || git tag t'
	assert_equal "refs/heads/side" "$(git symbolic-ref HEAD)"
	git rev-parse -q --verify t >/dev/null || fail "the tag is missing"
	assert_equal "" "$(git ls-files -u)"
}

# --- the host at the same time ------------------------------------------------------------------

test_branch_moved_meanwhile()
{
	local name
	repository
	hold first --git commit -- 'git commit -q --allow-empty -m theirs; echo 1 >>a; git stash -q; git switch -q --detach
		git commit -q --allow-empty -m detached; echo committed; read -r line'
	hear_line first committed
	git commit -q --allow-empty -m ours
	release_unpublished first "*refs/rind/*"
	assert_equal "ours one " "$(subjects)"
	name=$(git for-each-ref --format='%(refname)' 'refs/rind/*/heads/*')
	assert_equal "theirs one " "$(subjects "$name")"
	assert_equal "detached theirs one " "$(subjects "${name%/heads/main}/HEAD")"
	assert_equal b "$(git show "${name%/heads/main}/stash-0:b")"
	sound
}

test_head_switched_meanwhile()
{
	repository
	git branch side
	hold first --git commit -- 'git switch -q --detach; git commit -q --allow-empty -m detached; echo committed; read -r line'
	hear_line first committed
	git switch -q side
	release_unpublished first "*another branch was checked out meanwhile*refs/rind/*/HEAD"
	assert_equal refs/heads/side "$(git symbolic-ref HEAD)"
	assert_equal "detached one " "$(subjects "$(git for-each-ref --format='%(refname)' 'refs/rind/*/HEAD')")"
	sound
}

test_index_changed_meanwhile()
{
	repository
	hold first --git commit -- 'read -r line; echo 1 >>a; git add a; echo 1 >>b; git add b'
	echo 2 >a
	git add a
	release_unpublished first "*the host has changed the same entries*"
	assert_equal "MM a" "$(git status --porcelain a)"
	sound
}

test_index_locked()
{
	repository
	touch .git/index.lock
	sandbox --git commit -- sh -c 'GIT_INDEX_FILE=.git/other git add a; echo 1 >>a; rm .git/index.lock; git add a'
	assert_match "*another git is at it (index.lock)*" "$ERR"
	[ -e .git/index.lock ] || fail "the lock of another was removed"
	rm .git/index.lock
	sound
}

# What a rind that was killed has left goes with the next one.
test_what_was_left()
{
	repository
	mkdir -p .git/rind-git-AbCdEf/after/objects/pack
	touch .git/rind-git-AbCdEf/after/objects/pack/x
	touch -d @1 .git/rind-git-AbCdEf
	commit -- 'git commit -q --allow-empty -m two'
}

# --- messages -----------------------------------------------------------------------------------

# says PATTERN [OPTION…]
says()
{
	fails_with 125 "rind: --git commit: $1" -- --git commit "${@:2}" -- touch "$WS/started"
	assert_absent "$WS/started"
}

test_where_there_is_nothing_to_commit_to()
{
	need_git
	says "neither $WS nor a directory above it has a git repository*"
	echo "gitdir: $WORK/none" >.git
	says "*/.git names the git directory $WORK/none: No such file or directory; repair it*"
	echo nonsense >.git
	says "$WS/.git names no git directory; repair it*"
	rm .git
	git init -q "$WORK/repo"
	ln -s "$WORK/repo/.git" .git
	says "$WS/.git is a symbolic link*"
	rm .git
	git init -q .
	touch .git/MERGE_HEAD
	says "in $WS/.git a merge, a rebase or the like is not finished*"
	rm .git/MERGE_HEAD
	mkdir .git/reftable
	says "*reftable*"
}

test_repository_of_another_user()
{
	[ "$WAY" = root ] || skip "only root can give one away"
	repository
	chown -R 12345 .git
	says "$WS/.git belongs to another user*"
}

test_what_contradicts_it()
{
	repository
	says "has no effect with --mode full-access*" --mode full-access
	says "does not hold with --nested=any*" --nested=any
	says "*is dropped at the end*" --scratch .
	says "the git directory $WS/.git is closed by another rule*" --protect .git
	says "the git directory $WS/.git is closed by another rule*" --hide .git
	fails_with 125 "rind: --git commit: --writable .git says*" -- --git commit --writable .git -- true
	fails_with 125 "rind: --git*commit*" -- --git nonsense -- true
}

# The command could put its own git where rind finds it, or where a symlink leads that rind finds.
test_git_of_the_command()
{
	repository
	mkdir "$WORK/bin" tools
	ln -s "$(command -v git)" tools/git
	ln -s "$WS/tools/git" "$WORK/bin/git"
	PATH=$WORK/bin:$PATH sandbox --git commit -- sh -c '/usr/bin/git commit -q --allow-empty -m two
		printf "#!/bin/sh\necho ran >>ran\nexec /usr/bin/git \"\$@\"\n" >git; chmod 755 git; mv -f git tools/git'
	assert_equal "0 " "$STATUS $ERR"
	assert_absent "$WORK/ran" "$WS/ran" .git/rind-git-*/ran
	git reset -q HEAD~1
	mkdir bin
	printf '#!/bin/sh\necho ran >>%s/ran\nexec /usr/bin/git "$@"\n' "$WORK" >bin/git
	chmod 755 bin/git
	PATH=$WS/bin:$PATH sandbox --git commit -- /usr/bin/git commit -q --allow-empty -m two
	assert_equal "0 " "$STATUS $ERR"
	assert_equal "two one " "$(subjects)"
	assert_absent "$WORK/ran"
	launch_through "/usr/bin/env PATH=$WS/bin"
	says "there is no git in \$PATH that the command could not replace*"
}

run_cases "$@"
