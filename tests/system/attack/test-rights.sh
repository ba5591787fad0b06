#!/bin/bash
# More rights than the caller has, now or on the host later.  Also: test-privileges.sh (set-ID bits, file
# capabilities, capabilities), test-tree.sh (nosuid and nodev everywhere, a dead device, /dev).

# Scripts in quotes are expanded in the sandbox.
# shellcheck disable=SC2016 source-path=SCRIPTDIR/.. source=lib.sh
. "$(dirname "$0")/lib.sh"

test_devices_cannot_be_made()
{
	local how
	if [ "$WAY" = root ]; then
		# The control: it is not the file system that refuses.
		"$PROBES/breach" mknod-char "$OUTSIDE/zero" 1 5 >"$WORK/control"
		rm "$OUTSIDE/zero"
	fi
	for how in --mode=workspace-write --nested; do
		inside "$how" -- '
			for directory in . /tmp /dev/shm /dev; do
				blocked mknod-char "$directory/evil" 1 1
				blocked mknod-block "$directory/evil" 8 0
				blocked --userns mknod-char "$directory/evil" 1 1
				blocked --userns mknod-block "$directory/evil" 8 0
			done
			for device in mem kmem port kmsg sda vda nvme0n1 mapper loop-control fuse kvm uinput input net; do
				refused "test -e /dev/$device"
			done
		'
	done
	assert_equal '' "$(find "$WS" ! -type f ! -type d)" "devices"
}

# A set-ID program that is there already does not work: neither on what is read-only nor in a root.
test_setuid_program()
{
	[ "$WAY" = root ] || skip "only root can make one that changes anything"
	local program
	for program in "$OUTSIDE/setuid" "$WS/setuid"; do
		cp "$PROBES/breach" "$program"
		chown 54321:54321 "$program"
		chmod 6755 "$program"
		chmod 755 "$WORK" "$WORK/.."
		[ "$("$program" ids)" = '54321 54321' ] || skip "set-ID programs do not work here"
	done
	inside -- '
		for program in "$OUTSIDE/setuid" "$WS/setuid"; do
			same "$(id -u) $(id -g)" "$("$program" ids)"
			same "65534 65534" "$(unshare -U "$program" ids)"
		done
	'
}

test_capabilities_cannot_be_taken()
{
	inside -- '
		for capability in 0 1 2 7 12 21 38; do
			blocked_with EPERM ambient "$capability"
		done
		blocked_with EINVAL setuid "$(($(id -u) + 1))"
		blocked_with EPERM setgroups "$(id -g)"
		# What a user namespace of its own gives ends at its border.
		for file in "$OUTSIDE/file" "$OUTSIDE"; do
			refused "unshare -U chown 1:1 \"$file\""
			refused "unshare -Ur chmod 777 \"$file\""
		done
		refused "unshare -U hostname evil"
		refused "unshare -U sh -c \"echo evil >/proc/sys/kernel/hostname\""
	'
	[ "$(hostname 2>/dev/null || cat /proc/sys/kernel/hostname)" != evil ] || fail "the host has a new name"
}

# The filter stays, whatever namespaces and capabilities come after it.
test_filter_in_namespaces_made_inside()
{
	inside -- '
		for how in "unshare -U" "unshare -Un" "unshare -Umin --propagation unchanged"; do
			allowed "$how true"
			refused_with EPERM "$how \"$PROBES/attempt\" socket 16 3"
			refused_with EPERM "$how \"$PROBES/attempt\" socket 17 3"
			refused_with EPERM "$how \"$PROBES/attempt\" unix-connect /nowhere"
			refused_with EPERM "$how \"$PROBES/attempt\" creat evil 4755"
			refused_with EPERM "$how \"$PROBES/attempt\" io-uring"
		done
	'
	assert_absent evil
}

# What an overlay takes for "this file is not there" is a device that needs no right; planted in what is a
# layer on the host, or becomes one, it takes a file away there.
test_whiteouts_cannot_be_made()
{
	local name
	# The control: where the kernel and the file system have them at all.
	"$PROBES/files" whiteout "$OUTSIDE/zero" >"$WORK/control" || skip "none can be made: $(cat "$WORK/control")"
	assert_equal 0:0 "$(stat -c %t:%T "$OUTSIDE/zero")" control
	echo moved >moved
	inside -- '
		PROBE=files
		blocked_with EPERM whiteout evil
		blocked_with EPERM whiteout-at evil
		blocked_with EPERM --userns whiteout evil
		blocked_with EPERM rename-whiteout moved elsewhere
		allowed "mv moved elsewhere && mv elsewhere moved"
		allowed "mkfifo fifo"
	'
	for name in evil elsewhere; do
		assert_absent "$name"
	done
	assert_content moved moved
}

run_cases "$@"
