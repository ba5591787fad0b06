#!/bin/bash
# What the placeholders and masks of missing protected names do to the programs that people run, in the
# sandbox and on the host beside it: a matrix of commands and kinds of workspaces.  Each command has to end
# as it does where no sandbox is; `different` lists all that do not.

# Scripts in quotes are expanded in the sandbox.
# shellcheck disable=SC2016 source-path=SCRIPTDIR/.. source=lib.sh
. "$(dirname "$0")/lib.sh"

# NAME: COMMAND, run by sh in the workspace; $O is a directory outside of it.  The first word of a command
# says what has to be installed.  What a `list-` command prints is compared as well.
readonly TABLE='
list-status: git status --porcelain
list-others: git ls-files -o
list-ignored: git status --porcelain --ignored
add: git add -A
commit: git commit -qam change
stash: git stash -u
stash-pop: git stash pop
grep: git grep -n text
diff: git diff HEAD
log: git log --oneline
worktree: git worktree add -q "$O/worktree" -b "branch-$SIDE"
gc: git gc -q
clean: git clean -fdx
init: git init -q inner
list-top: git rev-parse --show-toplevel
clone: git clone -q . "$O/clone"
go-build: go build -o "$O/program" .
npm-version: npm version patch --no-git-tag-version
rg: rg text
grep-r: grep -rn text a.txt inner deep
grep-r-all: grep -rn text .
grep-R: grep -Rn text .
find: find . -name "*.txt"
cp-r: cp -r . "$O/cp-r"
cp-a: cp -a . "$O/cp-a"
cp-rL: cp -rL . "$O/cp-rL"
tar: tar cf "$O/all.tar" .
tar-h: tar chf "$O/all-h.tar" .
untar: tar xf "$O/some.tar"
rsync: rsync -a . "$O/rsync"
zip: zip -qr "$O/all.zip" .
copytree: python3 -c "import shutil, os; shutil.copytree(\".\", os.environ[\"O\"] + \"/copytree\")"
walk: python3 -c "import os; [open(os.path.join(d, f)).read() for d, _, fs in os.walk(\".\") if \".git\" not in d for f in fs]"
node-cp: node -e "fs.cpSync(\".\", process.env.O + \"/node\", {recursive: true})"
watch: node -e "fs.watch(\".\", {recursive: true}).close()"
chmod-R: chmod -R u+rwX a.txt deep
du: du -s .
'

# SIDE KIND NAME: what ends otherwise beside a sandbox, and why.  `*` is any.
different()
{
	case "$*" in
	# A workspace in no repository: git ends, as it should, but these ask for it where they see a .git.
	*\ none\ go-build | *\ none\ npm-version) ;;
	# What is a directory on the host git wants to remove, and cannot, as it is a mask in the sandbox: `commondir`;
	# and, as root, all.
	inside\ subdirectory\ clean | inside\ subdirectory\ stash) ;;
	inside\ *\ clean | inside\ *\ stash) [ "$(id -u)" = 0 ] ;;
	# Who reads everything is told that a FIFO cannot be read or copied.
	host\ *\ copytree | host\ *\ node-cp | host\ *\ walk | host\ *\ grep-R) [ "$(id -u)" != 0 ] ;;
	*) return 1 ;;
	esac
}

# --- the kinds of workspaces, in ./top; the workspace itself is in BOX ---------------------------

fill()
{
	mkdir -p "$1/deep"
	echo text >"$1/a.txt"
	echo text >"$1/deep/b.txt"
	printf 'package main\n\nfunc main() {}\n' >"$1/main.go"
	printf 'module x\n\ngo 1.19\n' >"$1/go.mod"
	echo '{"name": "x", "version": "1.0.0"}' >"$1/package.json"
}

# Some content in the repository at $1, and changes beside it.
commit_all()
{
	echo ignored >"$1/.gitignore"
	git -C "$1" add -A
	git -C "$1" commit -qm first
	echo text >"$2/ignored"
	echo more >>"$2/a.txt"
	echo new >"$2/new.txt"
}

make_repository()
{
	fill top
	git init -q top
	commit_all top top
	BOX=top OPTIONS=(--no-default-protect -p .agents -p .codex)
}

make_subdirectory()
{
	fill top/sub
	git init -q top
	commit_all top top/sub
	BOX=top/sub OPTIONS=(-w "$WS/top/.git")
}

make_none()
{
	fill top
	BOX=top OPTIONS=()
}

make_worktree()
{
	fill top/main
	git init -q top/main
	commit_all top/main top/main
	git -C top/main worktree add -q "$WS/top/linked"
	echo more >>top/linked/a.txt
	BOX=top/linked OPTIONS=(--no-default-protect -p .agents -p .codex -w "$WS/top/main/.git")
}

make_submodule()
{
	fill origin
	git init -q origin
	commit_all origin origin
	git init -q top
	git -C top -c protocol.file.allow=always submodule --quiet add "$WS/origin" module
	commit_all top top/module
	BOX=top/module OPTIONS=(--no-default-protect -p .agents -p .codex -w "$WS/top/.git")
}

# --- one run of all commands --------------------------------------------------------------------

# The part of the table whose programs are installed, once.
choose_commands()
{
	local name command
	local -a words
	while IFS=: read -r name command; do
		[ -n "$name" ] || continue
		read -ra words <<<"$command"
		command -v "${words[0]}" >"$WORK/found" || continue
		printf '%s:%s\n' "$name" "$command"
	done <<<"$TABLE" >"$WORK/commands"
}

readonly RUN_ALL='
	mkdir -p "$O"
	tar cf "$O/some.tar" a.txt deep
	while IFS=: read -r name command; do
		output=$( (eval "$command") 2>&1 </dev/null)
		status=$?
		case $name in
		list-*) echo "$name" $status $output ;;
		*) echo "$name $status" ;;
		esac
		[ $status = 0 ] || echo "$name: $output" >>"$O/words"
	done <"$COMMANDS" >"$O/results"
'

# Put the workspace where it has been before, and name a directory for what the commands make.
prepare_side()
{
	export SIDE=$1 O=$WORK/made/$1 COMMANDS=$WORK/commands
	rm -rf top
	cp -a kept top
	mkdir -p "$O"
	chmod 777 "$O"
}

compare_side()
{
	local kind=$1 name rest
	local -a words
	while read -r name rest; do
		grep -qxF "$name $rest" "$WORK/made/bare/results" && continue
		! different "$SIDE" "$kind" "$name" || continue
		words=("$SIDE, $kind: $name: $rest, not $(grep "^$name " "$WORK/made/bare/results")"
			"$(grep -A3 "^$name:" "$O/words" || :)")
		printf '%s\n' "${words[@]}"
	done <"$O/results" >"$WORK/wrong"
	assert_equal "$(wc -l <"$WORK/made/bare/results")" "$(wc -l <"$O/results")" "commands that ran"
	[ ! -s "$WORK/wrong" ] || fail "$(cat "$WORK/wrong")"
}

matrix()
{
	local kind=$1 BOX before
	local -a OPTIONS
	command -v git >"$WORK/found" || skip "git is not installed"
	# It is about the form of files, which these do not change.
	[ "$WAY" != userns ] || skip "as root"
	! grep -q __asan_init "$RIND" || skip "as without sanitizers"
	# What these read and keep in a home is not what is tested.
	export HOME=$WORK/home GIT_CONFIG_NOSYSTEM=1 GOCACHE=$WORK/made/go npm_config_update_notifier=false
	export npm_config_cache=$WORK/made/npm
	mkdir -p "$HOME" "$WORK/made"
	git config --global user.name n
	git config --global user.email e@example.org
	git config --global safe.directory '*'
	git config --global init.defaultBranch main
	choose_commands
	"make_$kind"
	mv top kept

	prepare_side bare
	(cd "$BOX" && sh -c "$RUN_ALL")
	prepare_side inside
	sandbox --chdir "$WS/$BOX" -w "$WORK/made" "${OPTIONS[@]}" -- sh -c "$RUN_ALL"
	assert_equal 0 "$STATUS" "status, $ERR"
	compare_side "$kind"
	prepare_side host
	if [ "$(id -u)" = 0 ] || [ "$kind" = subdirectory ]; then
		# There these remove masks under the running sandbox.
		sed -i '/^clean:/d; /^stash/d' "$COMMANDS"
		sed -i '/^clean /d; /^stash/d' "$WORK/made/bare/results"
	fi
	cd "$BOX" || fail "no $BOX"
	CONTROL='' hold box "${OPTIONS[@]}" -- 'echo ready; read -r line'
	hear_line box ready
	before=$(stat -c '%i' .agents)
	sh -c "$RUN_ALL"
	assert_equal "$before" "$(stat -c '%i' .agents)" "the placeholder on the host"
	release box
	cd "$WS" || fail "no $WS"
	compare_side "$kind"
	assert_absent "$BOX/.agents" "$BOX/.codex"
}

test_repository()
{
	matrix repository
}

test_subdirectory_of_a_repository()
{
	matrix subdirectory
}

test_no_repository()
{
	matrix none
}

test_worktree()
{
	matrix worktree
}

test_submodule()
{
	matrix submodule
}

run_cases "$@"
