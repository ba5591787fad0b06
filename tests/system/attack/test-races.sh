#!/bin/bash
# Another process swaps paths for symlinks while sandboxes start: what was decided on is what gets
# mounted, or the sandbox does not start.

# Scripts in quotes are expanded in the sandbox.
# shellcheck disable=SC2016 source-path=SCRIPTDIR/.. source=lib.sh
. "$(dirname "$0")/lib.sh"

# RIND_LAUNCHES=N: so many a case; make attack has more.
readonly LAUNCHES=${RIND_LAUNCHES:-150}

# race OPTION… -- SCRIPT: launch over and over.  The script must succeed.  STARTED and REFUSED count the
# launches that ran it and those that rind would not make.
race()
{
	local -a options=()
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	"$PROBES/storm" "$LAUNCHES" "$RIND" run "${options[@]}" -- \
		sh -c ". '$LIB/inside.sh'; exec 2>/dev/null; $2"$'\n''echo ran >>ran' "$WORK" \
		>"$WORK/storm" 2>"$WORK/storm.err" || fail "$(tail -n 3 "$WORK/storm.err")"
	if grep WRONG: "$WORK/storm"; then
		fail "$(grep -m 1 WRONG: "$WORK/storm")"
	fi
	read -r STARTED REFUSED < <(sed -n 's/^started \([0-9]*\), refused \([0-9]*\)$/\1 \2/p' "$WORK/storm")
	[ "$STARTED" -gt 0 ] || fail "no sandbox started"
	assert_equal "$STARTED" "$(wc -l <ran)" "runs of the script"
	rm ran
	# One line for each that was refused, and none else but what was replaced while it ran.
	assert_equal "$REFUSED" "$(grep -vEc ' was replaced on | cannot be reached now ' "$WORK/storm.err")" \
		"lines on standard error ($(tail -n 3 "$WORK/storm.err"))"
}

start_swap()
{
	hold_start swap "$PROBES/swap" "$@"
	hear_line swap ready
}

# A swap that has been told to stop leaves both paths at their places.
end_swap()
{
	tell swap stop
	while hear swap && [ "$LINE" != stopped ]; do :; done
	hang_up swap
	await_end swap
	assert_equal 0 "$HOLD_STATUS" "status of swap"
}

# Whichever of the two rind found there is the root: only that one, never both, is writable.
test_swap_of_a_root()
{
	mkdir "$WORK/root"
	ln -s outside "$WORK/trap"
	start_swap "$WORK/root" "$WORK/trap"
	race -w "$WORK/root" -- '
		one= other=
		echo evil >"$OUTSIDE/evil" && one=outside
		for name in root trap; do
			cd -P "$WORK/$name" && [ "$PWD" != "$OUTSIDE" ] && echo evil >evil && other=root
		done
		[ "$one$other" != outsideroot ] || wrong "both were writable"
		mkdir "$WORK/root/.codex"
		cd "$WS"'
	end_swap
	assert_content "$OUTSIDE/file" outside
	[ ! -f "$WORK/root/.git" ] || fail "a placeholder was left in the root"
	[ ! -f "$OUTSIDE/.git" ] || fail "a placeholder was left outside"
}

# What the symlink leads to is protected, so it must never be writable, whatever rind saw first.
test_swap_of_the_parent_of_a_root()
{
	local before
	mkdir -p "$WORK/parent/root" "$OUTSIDE/root"
	ln -s outside "$WORK/trap"
	echo outside >"$OUTSIDE/root/file"
	before=$(snapshot "$OUTSIDE")
	start_swap "$WORK/parent" "$WORK/trap"
	race -w "$WORK/parent/root" -p "$OUTSIDE/root" -- '
		echo evil >"$WORK/parent/root/file"
		echo evil >"$WORK/trap/root/file"
		echo evil >"$OUTSIDE/root/file"
	'
	end_swap
	assert_equal "$before" "$(snapshot "$OUTSIDE")" files
}

# The tmpfs gets the mode of the directory that it covers: what a symlink leads to must keep its own.
test_swap_of_the_parent_of_a_tmpfs()
{
	local before
	mkdir -p a/cache "$OUTSIDE/cache"
	chmod 777 a/cache
	chmod 700 "$OUTSIDE/cache"
	ln -s ../outside trap
	before=$(snapshot "$OUTSIDE" && stat -c %z "$OUTSIDE/cache")
	start_swap a trap
	race --writable "$OUTSIDE" --tmpfs "$WS/a/cache" -- true
	end_swap
	assert_equal "$before" "$(snapshot "$OUTSIDE" && stat -c %z "$OUTSIDE/cache")" files
}

# What a symlink leads to is hidden, and must not become readable.
test_swap_of_the_parent_of_a_readable_path()
{
	mkdir -p "$WORK/home/a/shown" "$WORK/secret/shown"
	echo content >"$WORK/home/a/shown/file"
	echo secret >"$WORK/secret/shown/file"
	ln -s ../secret "$WORK/home/trap"
	start_swap "$WORK/home/a" "$WORK/home/trap"
	race --hide "$WORK/secret/shown" --hide "$WORK/home" --readable "$WORK/home/a/shown" -- '
		for name in home/a home/trap secret; do
			grep -q secret "$WORK/$name/shown/file" && wrong "$name is readable"
			echo evil >"$WORK/$name/shown/file"
		done
		true'
	end_swap
	assert_content "$WORK/home/a/shown/file" content
	assert_content "$WORK/secret/shown/file" secret
}

# A pin is writable: on what a symlink leads to, it would open the tree.
test_swap_of_a_pin()
{
	local before
	mkdir -p a/b "$OUTSIDE/b"
	echo content >a/b/config
	echo outside >"$OUTSIDE/b/config"
	ln -s ../outside trap
	before=$(snapshot "$OUTSIDE")
	start_swap a trap
	race -p a/b/config -- '
		for directory in a trap "$OUTSIDE"; do
			echo evil >"$directory/b/evil"
		done
		echo evil >"$OUTSIDE/b/config"
	'
	end_swap
	assert_equal "$before" "$(snapshot "$OUTSIDE")" files
}

# A placeholder must not come to lie where a symlink leads to, not even for a moment: that would
# show in the time of the directory's last change.
test_swap_of_the_parent_of_a_missing_path()
{
	local before
	mkdir a
	ln -s ../outside trap
	before=$(snapshot "$OUTSIDE" && stat -c %z "$OUTSIDE")
	start_swap a trap
	race -p a/missing/path -- '
		mkdir -p "$OUTSIDE/missing"
		mkdir -p a/missing
	'
	end_swap
	assert_equal "$before" "$(snapshot "$OUTSIDE" && stat -c %z "$OUTSIDE")" files
	# Made inside, while the host had the symlink, it is a directory.
	[ ! -f a/missing ] || fail "a placeholder was left"
}

# A protected name swaps between a directory and a symlink until the sandbox has started, and
# another sandbox cannot do it, since the name is pinned there too: after the start it holds.
test_swap_of_a_protected_name()
{
	local i started=0
	mkdir .git
	echo content >.git/config
	ln -s ../outside trap
	start_swap .git trap
	for ((i = 0; i < 30; i++)); do
		mkfifo "$WORK/in" "$WORK/out"
		"$RIND" run -- sh -c 'echo started; read -r line
			echo evil >.git/evil; echo evil >"$OUTSIDE/evil"; echo evil >>.git/config
			echo finished' "$WORK" <"$WORK/in" >"$WORK/out" 2>/dev/null &
		local box=$! line in out
		exec {in}>"$WORK/in" {out}<"$WORK/out"
		if IFS= read -r -t "$PATIENCE" line <&"$out"; then
			assert_equal started "$line" "first line"
			started=$((started + 1))
			echo go >&"$in"
			IFS= read -r -t "$PATIENCE" line <&"$out" || fail "the sandbox hangs"
		fi
		wait "$box" || true
		exec {in}>&- {out}<&-
		rm "$WORK/in" "$WORK/out"
		assert_absent "$OUTSIDE/evil"
	done
	end_swap
	[ "$started" -gt 0 ] || fail "no sandbox started"
	assert_content "$OUTSIDE/file" outside
}

# Editors replace a file by renaming a new one over it: what was found there a moment ago is then no
# file that could be mounted on.  That is no reason not to start.
test_replacing_of_a_protected_file()
{
	echo new >.git
	start_swap --replace .git .git.new
	race -- 'test -f .git'
	end_swap
	assert_equal 0 "$REFUSED" "starts refused ($(grep -v ' was replaced on ' "$WORK/storm.err" | tail -n 1))"
	assert_content .git new
}

# A name that is there one moment and not the next, as lock files are.
test_flickering_name()
{
	rmdir .git 2>/dev/null || true
	start_swap --flicker .codex .codex.new
	race -- 'true'
	end_swap
	assert_equal 0 "$REFUSED" "starts refused ($(grep -v ' was replaced on ' "$WORK/storm.err" | tail -n 1))"
	assert_absent .codex
}

# Two sandboxes race for one missing name, again and again: neither may get through.
test_sandboxes_race_for_a_missing_name()
{
	local i job
	local -a jobs
	for ((i = 0; i < 25; i++)); do
		jobs=()
		for job in 1 2; do
			"$RIND" run -- sh -c 'mkdir .codex || rm -f .codex || echo evil >.codex' \
				"$WORK" >/dev/null 2>&1 &
			jobs+=($!)
		done
		for job in "${jobs[@]}"; do
			job_status=0
			wait "$job" || job_status=$?
			case $job_status in
			0) fail "round $i: a sandbox made the name" ;;
			125) fail "round $i: a sandbox did not start" ;;
			esac
		done
		assert_absent .codex
	done
}

run_cases "$@"
