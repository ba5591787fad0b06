#!/bin/bash
# rind bwrap looks at what it has built: nothing runs with less than was asked for.

# Scripts in quotes are expanded in the sandbox.
# shellcheck disable=SC2016 source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

test_calls_that_lie()
{
	local status=0
	! grep -q __asan_init "$RIND" || skip "sanitizers make system calls of their own, and look for leaks"
	mkdir "$WORK/noop"
	"$LIB/bwrap/noop" "$RIND" "$PROBES/view" "$WORK/noop" >"$WORK/output" || status=$?
	[ $status != 77 ] || skip "$(cat "$WORK/output")"
	[ $status = 0 ] || fail "$(cat "$WORK/output")"
}

# With something mounted on the root of the caller, which is not what its processes have as their root.
test_root_below_a_mount()
{
	[ "$WAY" = root ] || skip 'the kernel makes no user namespace where the root is not the real one'
	private_mounts
	mount --bind / /
	assert_equal 'bin lib lib64 usr' "$("$RIND" bwrap --ro-bind /usr /usr --symlink usr/bin /bin \
		--symlink usr/lib /lib --symlink usr/lib64 /lib64 sh -c 'echo $(ls /..)')" 'new root'
	"$RIND" bwrap --ro-bind / / sh -c "! touch '/..$OUTSIDE/made' 2>/dev/null" || fail 'written to'
	assert_absent "$OUTSIDE/made"
}

# The kernel is asked whether it has loaded a filter, and no filter ends the sandbox for that.
test_filters()
{
	# ALLOW; and, on x86-64, KILL for reading 60000 bytes and more, which no shell does, and for seccomp(2).
	printf '\006\000\000\000\000\000\377\177' >"$WORK/allow"
	printf '%b' '\040\000\000\000\000\000\000\000' '\025\000\000\003\000\000\000\000' \
		'\040\000\000\000\040\000\000\000' '\065\000\000\001\140\352\000\000' \
		'\006\000\000\000\000\000\000\000' '\006\000\000\000\000\000\377\177' >"$WORK/no-read"
	printf '%b' '\040\000\000\000\000\000\000\000' '\025\000\000\001\075\001\000\000' \
		'\006\000\000\000\000\000\000\000' '\006\000\000\000\000\000\377\177' >"$WORK/no-seccomp"
	# Those around this script, by run -x, are counted too.
	local before
	before=$(awk '/^Seccomp_filters:/ { print $2 }' /proc/self/status)
	assert_equal "Seccomp_filters: $((before + 3))" "$("$RIND" bwrap --ro-bind / / --add-seccomp-fd 3 \
		--add-seccomp-fd 4 --add-seccomp-fd 5 sh -c 'echo $(grep Seccomp_filters /proc/self/status)' \
		3<"$WORK/allow" 4<"$WORK/allow" 5<"$WORK/allow")"
	[ "$(uname -m)" = x86_64 ] || return 0
	assert_equal hello "$("$RIND" bwrap --ro-bind / / --seccomp 3 sh -c 'echo hello' 3<"$WORK/no-read")"
	assert_equal hello "$("$RIND" bwrap --ro-bind / / --seccomp 3 sh -c 'echo hello' 3<"$WORK/no-seccomp")"
	assert_equal hello "$("$RIND" bwrap --ro-bind / / --unshare-pid --add-seccomp-fd 3 --add-seccomp-fd 4 \
		sh -c 'echo hello' 3<"$WORK/no-read" 4<"$WORK/no-seccomp")"
	local status=0
	"$RIND" bwrap --ro-bind / / --seccomp 3 dd if=/etc/passwd bs=60000 count=1 \
		3<"$WORK/no-read" >/dev/null 2>&1 || status=$?
	assert_equal 159 "$status" 'status of what the filter kills'
}

run_cases "$@"
