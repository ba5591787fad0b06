#!/bin/bash
# Sandboxes within `rind run --nested`, as people have them: rind itself, bwrap and programs that call it,
# unshare.  What must not be possible there: attack/test-hollow.sh, attack/test-mounts.sh.

# Scripts in quotes are expanded in the sandbox.
# shellcheck disable=SC2016 source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

not_for_root()
{
	[ "$(id -u)" != 0 ] || skip "not for root: the kernel lets no process without capabilities map user 0"
}

# What a new root takes to run a program: words of bwrap's.
readonly ROOT='--ro-bind /usr /usr --symlink usr/bin /bin --symlink usr/lib /lib --symlink usr/lib64 /lib64'

test_rind_run_within()
{
	not_for_root
	git_workspace
	inside --nested -- '
		same "1 own" "$("$RIND" run -- sh -c "echo \$PPID; test \$(basename \$(readlink /proc/self)) != 2 && echo own" | xargs)"
		same fine "$("$RIND" run -- sh -c "echo evil >.git/config; echo fine" 2>/dev/null)"
		same fine "$("$RIND" run --hide "$WS/src" -- sh -c "cat src/file || echo fine" 2>/dev/null)"
		same third "$("$RIND" run --nested -- "$RIND" run --nested -- "$RIND" run -- echo third)"
	'
	assert_content .git/config '[core]'
}

# With the tree as it is, and with a root of its own.
test_rind_bwrap_within()
{
	not_for_root
	export ROOT
	echo source >"$WS/file"
	inside --nested -- '
		bwrap() { "$RIND" bwrap "$@"; }
		same 2 "$(bwrap --ro-bind / / --unshare-pid --proc /proc --dev /dev sh -c "echo \$\$")"
		same 2 "$(bwrap $ROOT --unshare-pid --proc /proc --dev /dev sh -c "echo \$\$")"
		same source "$(bwrap $ROOT --ro-bind "$WS" /there --chdir /there cat file)"
		# Relative sources begin where the caller is, and ".." leads to the root, not past it.
		same source "$(bwrap $ROOT --ro-bind . /there cat /there/file)"
		same source "$(cd / && bwrap $ROOT --ro-bind "../../..$WS/../ws/." /there cat /there/file)"
		same source "$(cd /usr && bwrap $ROOT --ro-bind "..$WS" /there cat /there/file)"
		same data "$(echo data | bwrap $ROOT --ro-bind-data 0 /data cat /data)"
		same "bin lib lib64 usr" "$(bwrap $ROOT sh -c "cd /; echo *")"
		same "bin lib lib64 usr" "$(bwrap $ROOT sh -c "cd /..; echo *")"
		# In which others can be made again, to any depth.
		same deep "$(bwrap $ROOT --ro-bind "$RIND" /rind --proc /proc --dev /dev \
			/rind bwrap $ROOT --ro-bind /rind /rind --proc /proc /rind bwrap $ROOT echo deep)"
		same deep "$(bwrap --bind / / --dev /dev --proc /proc "$RIND" run -- echo deep)"
		same 3 "$(bwrap $ROOT sh -c "exit 3"; echo $?)"
	'
}

# A filter that refuses not all of the three does not have it leave the old root below: that could be uncovered.
test_rind_bwrap_with_a_filter_on_pivot_root_alone()
{
	local calls
	not_for_root
	for calls in pivot_root=1 pivot_root=1,umount2=1 pivot_root=1,setns=1; do
		STATUS=0
		"$PROBES/without" "$calls" "$RIND" bwrap --ro-bind /usr /usr true \
			>"$WORK/stdout" 2>"$WORK/stderr" || STATUS=$?
		assert_equal 1 "$STATUS" "status: $calls"
		assert_match 'bwrap: pivot_root: Operation not permitted*' "$(cat "$WORK/stderr")"
	done
}

# What was built is looked at there, too: see test-bwrap-check.sh.
test_calls_that_lie()
{
	not_for_root
	! grep -q __asan_init "$RIND" || skip "sanitizers make system calls of their own, and look for leaks"
	mkdir -p noop
	sandbox --nested -- "$LIB/bwrap/noop" "$RIND" "$PROBES/view" "$WS/noop"
	[ "$STATUS" != 77 ] || skip "$OUT"
	[ "$STATUS" = 0 ] || fail "$OUT $ERR"
	assert_match '* starts with a call that lies: * 0 failed' "$OUT"
}

# Programs look for bwrap in the usual places; what they find there is rind.
test_bwrap_by_its_name()
{
	local bwrap
	not_for_root
	bwrap=$(PATH=/usr/local/bin:/usr/bin:/bin type -P bwrap) || skip "there is no bwrap"
	export ROOT bwrap
	inside --nested -- '
		same 2 "$("$bwrap" $ROOT --unshare-pid --proc /proc --dev /dev sh -c "echo \$\$")"
		allowed "cmp \"$bwrap\" \"$RIND\""
		refused "echo evil >>\"$bwrap\""
	'
	assert_match '*rind itself*' "$("$RIND" explain --nested "$bwrap")"
	# Not otherwise, and not where it would be the command'"'"'s to replace, or is hidden.
	inside -- 'refused "cmp \"$bwrap\" \"$RIND\""'
	inside --nested=any -- 'refused "cmp \"$bwrap\" \"$RIND\""' 2>/dev/null
	inside --nested --hide "$(realpath "$bwrap")" -- 'refused "cat \"$bwrap\""'
	# Nor where it would show a rind that is hidden.
	mkdir "$WORK/hidden"
	cp "$RIND" "$WORK/hidden/rind"
	chmod 711 "$WORK"
	export SAME=$RIND
	RIND=$WORK/hidden/rind
	inside --nested --hide "$RIND" -- '
		refused "cat \"$RIND\""
		allowed "cat \"$bwrap\" >/dev/null"
		allowed "cat \"$SAME\" >/dev/null"
		refused "cmp \"$bwrap\" \"$SAME\""
	'
}

test_unshare_with_a_fresh_proc()
{
	not_for_root
	inside --nested -- '
		same 1 "$(unshare -Urmpf --mount-proc sh -c "echo \$\$")"
		same 1 "$(unshare -Urmpf --mount-proc sh -c "exec readlink /proc/self")"
		same tmpfs "$(unshare -Urm sh -c "mount -t tmpfs tmpfs /tmp && stat -f -c %T /tmp")"
	'
}

# client NAME [OPTION…]: a program that calls bwrap, from within: see test-bwrap-clients.sh.
client()
{
	local name=$1
	shift
	not_for_root
	needs statx
	mkdir -p "$WORK/client"
	export SRT=$LIB/clients/node_modules/.bin/srt CODEX=$LIB/clients/node_modules/.bin/codex
	sandbox --nested --writable "$WORK/client" "$@" -- "$LIB/bwrap/clients" "$RIND" "$WORK/client" "$name"
	[ "$STATUS" != 77 ] || skip "$(tail -n 1 "$WORK/stdout")"
	[ "$STATUS" = 0 ] || fail "$OUT $ERR"
}

test_codex() { client codex; }
# Its proxies listen on unix sockets.
test_srt() { client srt --allow-unix-sockets; }
test_opam() { client opam; }

# They talk to a message bus, on a unix socket.
as_person()
{
	private_person
	STATUS=0
	setpriv --reuid "$PERSON" --regid "$PERSON" --clear-groups "$RIND" run --nested --allow-unix-sockets -- \
		"$LIB/bwrap/clients" "$RIND" "$WORK/client" "$1" >"$WORK/stdout" 2>"$WORK/stderr" || STATUS=$?
	[ "$STATUS" != 77 ] || skip "$(tail -n 1 "$WORK/stdout")"
	[ "$STATUS" = 0 ] || fail "$(cat "$WORK/stdout" "$WORK/stderr")"
}

test_flatpak() { needs statx && as_person flatpak; }
test_flatpak_builder() { needs statx && as_person flatpak-builder; }

# --- --nested=any ----------------------------------------------------------------------------------

test_any()
{
	not_for_root
	git_workspace
	sandbox --nested=any -- true
	assert_equal 0 "$STATUS" status
	assert_match 'rind: note: with --nested=any the command can undo every mount of the sandbox: .git, *' "$ERR"
	assert_match '*: protected (default protected name, which --nested=any lets the command undo: *' \
		"$("$RIND" explain --nested=any .git)"
	assert_match '*nested     any: the command can undo what is protected' "$("$RIND" explain --nested=any)"
	assert_match '*nested     yes: *' "$("$RIND" explain --nested)"
	assert_match '*nested     no' "$("$RIND" explain)"
}

# What would not hold is not promised.
test_any_is_refused_with_what_would_not_hold()
{
	fails_with 125 "rind: --hide $OUTSIDE: does not hold with --nested=any, which lets *; use --nested" -- \
		--nested=any --hide "$OUTSIDE" -- true
	fails_with 125 "rind: --protect x: does not hold with --nested=any, *" -- --protect x --nested=any -- true
	fails_with 125 "rind: --nested some: no such choice; use any" -- --nested=some -- true
}

run_cases "$@"
