#!/bin/bash
# What kernels have learnt lately, and old calls on other processes and on the machine, tried from inside:
# see surface.c.

# Scripts in quotes are expanded in the sandbox.
# shellcheck disable=SC2016 source-path=SCRIPTDIR/.. source=lib.sh
. "$(dirname "$0")/lib.sh"

# on_host NAME [ARGUMENT…]: the control, on the host; OUT is what it prints.  Where the kernel does not
# know the call there is nothing to try.
on_host()
{
	OUT=$("$PROBES/surface" "$@") || case $OUT in
	*ENOSYS | *ENOTTY | *EOPNOTSUPP | *ENOPROTOOPT | *EBADF) skip "this kernel has no $1" ;;
	esac
}

works_on_host()
{
	on_host "$@"
	assert_equal 'done' "$OUT" "control: $*"
}

# Directly, and with the capabilities of a user namespace made inside.
readonly EVERYWHERE='
	PROBE=surface
	for NS in "" --userns $([ "$(id -u)" = 0 ] || echo --map); do
'

test_attributes_of_mounts()
{
	local option
	git_workspace
	mkdir "$WORK/secrets" mnt
	export LACKING
	LACKING=$(lacking open_tree mount_setattr fsconfig)
	local -a how=(--mount)
	[ "$(id -u)" = 0 ] || how+=(--map-root-user)
	unshare "${how[@]}" bash -euc '
		mount -t tmpfs tmpfs mnt
		mount -o remount,bind,ro mnt
		"$PROBES/surface" reconfigure mnt rw || true
		"$PROBES/surface" copy-writable mnt || true' >"$WORK/control"
	# Kernels before 6.15 know the first only.
	assert_equal '' "$(grep -v -e '^done$' -e 'ENOSYS$' "$WORK/control")" control
	for option in --mode=workspace-write --nested; do
		inside "$option" --hide "$WORK/secrets" -- "$EVERYWHERE"'
			for path in / .git .codex "$WORK/secrets"; do
				blocked_with ENOSYS $NS copy-writable "$path"
				blocked_with ENOSYS $NS open-writable "$path"
				blocked $NS reconfigure "$path" rw
			done
		done'
	done
	assert_content .git/config '[core]'
}

# By the number of a mount namespace its mounts can be listed, and from one the next can be reached.
test_mount_namespaces_of_the_host()
{
	local id
	on_host mount-namespace /proc/self/ns/mnt
	id=$OUT
	if [ "$(id -u)" = 0 ] && [ "$WAY" = root ]; then
		works_on_host list-mounts "$id"
	fi
	inside -- "$EVERYWHERE"'
		blocked $NS list-mounts '"$id"'
		blocked $NS neighbour /proc/self/ns/mnt next
		blocked $NS neighbour /proc/self/ns/mnt previous
		done'
}

# From what is shared with the host, or above, no way to its owner; nor by init or by a file handle.
test_namespaces_of_the_host()
{
	local handle
	on_host namespace-handle /proc/self/ns/mnt
	handle=$OUT
	[ "$WAY" != root ] || works_on_host open-namespace "$handle"
	works_on_host namespace-of $$ 2
	inside -- "$EVERYWHERE"'
			blocked_with EPERM $NS owner /proc/self/ns/user
			blocked_with EPERM $NS owner /proc/self/ns/uts
			blocked_with EPERM $NS owner /proc/self/ns/cgroup
			blocked_with EPERM $NS parent /proc/self/ns/pid
			blocked $NS open-namespace '"$handle"'
			for kind in 1 2 3 4 5 6 7 8 9 10; do
				blocked $NS namespace-of 1 "$kind"
			done
		done
		blocked_with EPERM parent /proc/self/ns/user'
}

test_processes_of_the_host()
{
	local pid handle
	hold_start witness sh -c 'echo ready; read -r line; echo alive' "$WORK"
	hear_line witness ready
	pid=${HOLD_PID[witness]}
	on_host process-handle "$pid"
	handle=$OUT
	on_host open-process "$handle"
	inside -- "$EVERYWHERE"'
			blocked $NS open-process '"$handle"'
		done'
	tell witness go
	hear_line witness alive
	await_end witness
}

# Calls that act on a process of the same user.
test_init()
{
	on_host advise $$
	works_on_host robust-list $$
	inside -- '
		PROBE=surface
		# The control: on another process of its own.
		sleep 1000 & other=$!
		for call in robust-list move-pages; do
			breached "$call" "$other"
		done
		kill "$other"
		for call in advise compare robust-list move-pages perf; do
			blocked "$call" 1
		done
	'
}

# The other end of a socket that is given to the command can be asked who it is.
test_peer_of_a_socket()
{
	STATUS=0
	new_token
	OUT=$("$PROBES/surface" with-peer "$PROBES/surface" peer-signal 0) || case $OUT in
	*ENOSYS | *ENOPROTOOPT) skip "this kernel does not tell who a peer is" ;;
	esac
	assert_equal 'done' "$OUT" control
	"$PROBES/surface" with-peer "$RIND" run -- sh -c ". '$LIB/inside.sh'; begin; $EVERYWHERE"'
			for signal in 0 9 19; do
				blocked $NS peer-signal "$signal"
			done
			blocked $NS peer-descriptor 1
			for kind in 1 2 3 4 5 6 7 8 9 10; do
				blocked $NS peer-namespace "$kind"
			done
			blocked $NS peer-enter
			blocked $NS peer-advise
		done
		end' "$WORK" >"$WORK/stdout" 2>"$WORK/stderr" || STATUS=$?
	OUT=$(cat "$WORK/stdout") ERR=$(cat "$WORK/stderr")
	check_inside
}

test_new_calls_on_files()
{
	local before
	git_workspace
	: >mine
	on_host setxattrat mine
	[ "$OUT" = 'done' ] || skip "no attributes in /var/tmp here: $OUT"
	"$PROBES/surface" setxattrat .git/config >"$WORK/set"
	"$PROBES/surface" setxattrat "$OUTSIDE/file" >"$WORK/set"
	on_host file-setattr mine
	works_on_host setflags mine
	before=$(snapshot .git "$OUTSIDE" && stat -c %z .git/config "$OUTSIDE/file")
	inside -- "$EVERYWHERE"'
			breached $NS setxattrat mine
			breached $NS removexattrat mine user.evil
			breached $NS setflags mine
			for file in .git/config .git "$OUTSIDE/file" "$OUTSIDE"; do
				blocked_with EROFS $NS setxattrat "$file"
				blocked_with EROFS $NS removexattrat "$file" user.evil
				blocked_with EROFS $NS file-setattr "$file"
				blocked_with EROFS $NS setflags "$file"
			done
		done'
	assert_equal "$before" "$(snapshot .git "$OUTSIDE" && stat -c %z .git/config "$OUTSIDE/file")" files
}

# What only root may do, and root without capabilities may not.
test_machine()
{
	inside -- "$EVERYWHERE"'
			blocked_with EPERM $NS reboot
			blocked_with EPERM $NS bpf
			blocked_with EPERM $NS clock
			blocked_with EPERM $NS log
			blocked_with EPERM $NS swap
			blocked_with EPERM $NS accounting "$WS/control"
			blocked $NS kexec
			blocked $NS module
		done'
	[ "$WAY" = root ] || return 0
	# The control: with capabilities it is not the right to ask that is missing.
	local call
	for call in reboot clock log swap; do
		OUT=$("$PROBES/surface" "$call") || true
		[ "$OUT" != EPERM ] || skip "not even outside: $call"
	done
}

run_cases "$@"
