#!/bin/bash
# --device: nodes of the host's /dev in the sandbox's own.

# Scripts in quotes are expanded elsewhere.
# shellcheck disable=SC2016 source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# A device of this host that a sandbox may have, and that its own /dev lacks: sets NODE.
find_node()
{
	local node
	for node in /dev/cpu/0/cpuid /dev/hpet /dev/rtc0 /dev/hwrng /dev/vga_arbiter /dev/ttyS0 /dev/dri/card0 /dev/kvm; do
		if [ -c "$node" ] && [ ! -L "$node" ] && "$RIND" explain --device "$node" >/dev/null 2>&1; then
			NODE=$node
			return
		fi
	done
	skip "no such device is in /dev here"
}

# with_dev COMMANDS: from now on RIND runs where /dev is a new tmpfs in which they have made nodes.
with_dev()
{
	[ "$(id -u)" = 0 ] || skip "only root can make devices"
	if ! mknod "$WORK/zero" c 1 5 2>/dev/null || ! head -c 1 "$WORK/zero" >/dev/null 2>&1; then
		skip "no devices can be made here"
	fi
	rm "$WORK/zero"
	cat >"$WORK/in-new-dev" <<-END
		set -e
		mount -t tmpfs -o mode=755 none /dev
		mknod -m 666 /dev/null c 1 3; mknod -m 666 /dev/zero c 1 5
		cd /dev
		$1
		cd "\$OLDPWD"
		exec "\$@"
	END
	printf '#!/bin/sh\nexec unshare --mount --propagation private sh "%s" "%s" "$@"\n' "$WORK/in-new-dev" "$RIND" \
		>"$WORK/launcher"
	chmod 755 "$WORK/launcher"
	RIND=$WORK/launcher
}

# The numbers of an allowed device with a driver that every kernel has: random under another name.
readonly ALLOWED='c 1 8'

# --- what there is then ---------------------------------------------------------------------------

test_only_what_was_named()
{
	find_node
	local before
	before=$(stat -c '%n %i %A %u %g %t:%T' "$NODE")
	inside --device "$NODE" -- '
		export NODE='"$NODE"'
		[ -c "$NODE" ] || wrong "no $NODE"
		same "'"$(stat -c %t:%T "$NODE")"'" "$(stat -c %t:%T "$NODE")"
		for node in mem kmsg fuse loop-control autofs vsock net/tun console tty0 loop0 vda sda; do
			[ ! -e "/dev/$node" ] || [ "/dev/$node" = "$NODE" ] || wrong "/dev/$node is there"
		done
		# A directory names the type of what is beneath a mount, so that -type would not find it.
		same "" "$(find /dev -exec test -b {} \; -print)"
		same "$NODE" "$(find /dev -path /dev/pts -prune -o ! -type l -exec test -c {} \; -print |
			grep -vxE "/dev/(null|zero|full|random|urandom|tty)")"
		case $(dirname "$NODE") in /dev) ;; *) allowed "ls \"$(dirname "$NODE")\"" ;; esac
	'
	assert_equal "$before" "$(stat -c '%n %i %A %u %g %t:%T' "$NODE")" "$NODE"
}

test_it_works()
{
	with_dev "mknod -m 666 noise $ALLOWED; mkdir -m 700 dri; mknod -m 666 dri/card0 $ALLOWED; mknod -m 666 dri/card1 $ALLOWED"
	inside --device /dev/noise --device /dev/dri/card1 -- '
		same 4 "$(head -c 4 /dev/noise | wc -c)"
		allowed "echo seed >/dev/noise"
		allowed "echo seed >>/dev/dri/card1"
		same "card1" "$(ls /dev/dri)"
		same 755 "$(stat -c %a /dev/dri)"
		[ ! -e /dev/dri/card0 ] || wrong "another device is there"
		allowed "[ -c /dev/null ] && [ -c /dev/zero ] && echo x >/dev/null"
	'
}

# RNDGETENTCNT of a random device: Landlock and the mount leave ioctl(2) alone.
test_ioctl_works()
{
	type python3 >/dev/null || skip "no python3"
	with_dev "mknod -m 666 noise $ALLOWED"
	inside --device /dev/noise -- '
		allowed "python3 -c \"import fcntl, os; fcntl.ioctl(os.open(\\\"/dev/noise\\\", os.O_RDWR), 0x80045200, b\\\"....\\\")\""
	'
}

test_node_that_stays_as_it_is()
{
	with_dev "mknod -m 600 noise $ALLOWED"
	inside --writable / --device /dev/noise -- '
		refused_with "Read-only" "chmod 666 /dev/noise"
		refused "chown 0:1 /dev/noise"
		refused "touch /dev/noise"
		refused "rm -f /dev/noise"
		refused "mv /dev/noise /dev/other"
		refused "ln /dev/noise /dev/other"
		refused "umount /dev/noise"
		for number in "c 1 1" "c 1 8" "b 8 0" "c 10 229"; do
			refused "mknod /dev/evil $number"
			refused "mknod evil $number"
		done
		same 600 "$(stat -c %a /dev/noise)"
	'
}

# For a user the node has the permissions that it has outside.
test_permissions_hold()
{
	find_node
	if [ -r "$NODE" ] || [ -w "$NODE" ]; then
		skip "$NODE can be opened"
	fi
	inside --device "$NODE" -- '
		refused_with "Permission denied" "head -c 1 '"$NODE"'"
		refused_with "Permission denied" "echo evil >'"$NODE"'"
	'
}

# In a sandbox within, only what that one is given.
test_in_a_sandbox_within()
{
	find_node
	[ "$(id -u)" != 0 ] || skip "root's sandboxes have no others in them"
	inside --nested --device "$NODE" -- '
		allowed "\"'"$RIND"'\" run --device '"$NODE"' -- test -c '"$NODE"'"
		refused "\"'"$RIND"'\" run -- test -e '"$NODE"'"
	'
}

test_short_names()
{
	with_dev "mkdir dri dri/by-path; mknod dri/renderD128 $ALLOWED; mknod dri/card0 $ALLOWED
		ln -s ../card0 dri/by-path/pci; ln -s card0 dri/link; mkfifo dri/fifo; echo >dri/file
		mknod nvidia0 $ALLOWED; mknod nvidiactl $ALLOWED; mkdir nvidia-caps; mknod nvidia-caps/cap1 $ALLOWED
		mknod kvm $ALLOWED; mknod kvm2 $ALLOWED"
	inside --device dri --device nvidia --device kvm -- '
		same "card0 renderD128" "$(ls /dev/dri | xargs)"
		same "/dev/kvm /dev/nvidia0 /dev/nvidiactl" "$(ls -d /dev/kvm* /dev/nvid* | xargs)"
		allowed "[ -c /dev/nvidiactl ] && [ -c /dev/dri/card0 ] && head -c 1 /dev/kvm"
	'
	inside --device /dev/dri -- 'same "card0 renderD128" "$(ls /dev/dri | xargs)"'
}

# What it has anyway is no error; nothing changes.
test_what_is_there_anyway()
{
	inside --device /dev/null --device /dev/urandom --device /dev/zero -- '
		allowed "echo x >/dev/null"
		same "" "$(cat /dev/null)"
	'
}

test_link_stands_for_its_node()
{
	with_dev "mkdir char; mknod -m 666 noise $ALLOWED; ln -s ../noise char/1:8; ln -s /dev/char by"
	inside --device /dev/by/1:8 -- '
		allowed "head -c 1 /dev/noise"
		[ ! -e /dev/char ] && [ ! -e /dev/by ] || wrong "the link is there"
	'
}

test_explain_says_what_is_there()
{
	find_node
	local out
	out=$("$RIND" explain --device "$NODE")
	assert_match "*device *$NODE*--device $NODE*" "$out"
	assert_match "$NODE: writable (--device $NODE: $NODE)*" "$("$RIND" explain --device "$NODE" "$NODE")"
	assert_match "$NODE: hidden (minimal /dev*" "$("$RIND" explain "$NODE")"
	assert_match '*"operation":"device"*' "$("$RIND" explain --json --device "$NODE" | tr -d ' ')"
	[ "$(dirname "$NODE")" = /dev ] ||
		assert_match "$(dirname "$NODE"): writable (minimal /dev*" "$("$RIND" explain --device "$NODE" "$(dirname "$NODE")")"
}

# --- what is refused ------------------------------------------------------------------------------

# refused_device PATTERN PATH: if it is there.
refused_device()
{
	[ -e "$2" ] || return 0
	fails_with 125 "$1" -- --device "$2" -- true
	fails_with 125 "$1" -- --mode read-only --network host --device "$2" -- true
	FOUND=1
}

test_what_would_undo_the_sandbox()
{
	local path
	FOUND=0
	refused_device 'rind: --device /dev/fuse: /dev/fuse, character device 10:229, fuse, makes disks or file systems of the host; no sandbox gets it: leave it out' /dev/fuse
	refused_device 'rind: --device /dev/loop-control: *makes disks*' /dev/loop-control
	refused_device 'rind: --device /dev/net/tun: *leads to a network*' /dev/net/tun
	refused_device 'rind: --device /dev/kmsg: *is the log*' /dev/kmsg
	refused_device 'rind: --device /dev/console: *is a terminal or a console*' /dev/console
	refused_device 'rind: --device /dev/tty1: *is a terminal or a console*' /dev/tty1
	refused_device 'rind: --device /dev/vcs: *is a terminal or a console*' /dev/vcs
	refused_device 'rind: --device /dev/autofs: *makes disks*' /dev/autofs
	refused_device 'rind: --device /dev/userfaultfd: *halts the kernel*' /dev/userfaultfd
	for path in /dev/vd? /dev/sd? /dev/loop[0-9] /dev/zram0 /dev/nvme*; do
		refused_device "rind: --device $path: *reads and changes what is stored there*" "$path"
	done
	while read -r path; do
		refused_device "rind: --device /dev/$path: *is a terminal or a console*" "/dev/$path"
	done < <(sed -n 's/^\(tty[^ ]*\) .*:[0-9]*$/\1/p' /proc/consoles)
	for path in /dev/input/event* /dev/hidraw* /dev/uinput /dev/vhost* /dev/mem /dev/port /dev/watchdog* /dev/snapshot; do
		refused_device "rind: --device $path: $path, character device *; no sandbox gets it: leave it out" "$path"
	done
	[ "$FOUND" = 1 ] || skip "no such device is in /dev here"
	assert_absent "$WS/.git"
}

# By what they are, whatever they are called, and wherever a link leads.
test_refused_under_other_names()
{
	with_dev 'mknod -m 666 kvm c 10 229; mknod -m 666 harmless c 1 1; ln harmless other; mkdir -p char dri
		ln -s ../kvm char/10:229; mknod dri/card0 b 8 0; mknod dri/card1 c 1 11; mknod -m 666 ttyS0 c 4 1
		mknod unknown c 400 0; mknod misc c 10 77'
	fails_with 125 'rind: --device kvm: /dev/kvm, character device 10:229, *makes disks*' -- --device kvm -- true
	fails_with 125 'rind: --device /dev/harmless: /dev/harmless, character device 1:1, mem, reaches the memory*' -- \
		--device /dev/harmless -- true
	fails_with 125 'rind: --device /dev/other: /dev/other, character device 1:1, mem, reaches the memory*' -- \
		--device /dev/other -- true
	fails_with 125 'rind: --device /dev/char/10:229: /dev/kvm, character device 10:229*' -- \
		--device /dev/char/10:229 -- true
	fails_with 125 'rind: --device dri: /dev/dri/card1, character device 1:11*' -- --device dri -- true
	fails_with 125 'rind: --device /dev/dri/card0: /dev/dri/card0, block device 8:0, reads and changes*' -- \
		--device /dev/dri/card0 -- true
	fails_with 125 'rind: --device /dev/ttyS0: /dev/ttyS0, character device 4:1, *is a terminal or a console*' -- \
		--device /dev/ttyS0 -- true
	fails_with 125 'rind: --device /dev/unknown: /dev/unknown, character device 400:0, has no driver now*' -- \
		--device /dev/unknown -- true
	fails_with 125 'rind: --device /dev/misc: /dev/misc, character device 10:77, has no driver now*' -- \
		--device /dev/misc -- true
}

test_what_is_no_device()
{
	echo >file
	mkfifo fifo
	fails_with 125 "rind: --device $WS/file: $WS/file is not in /dev, where *; name a node there" -- --device "$WS/file" -- true
	fails_with 125 "rind: --device ./file: $WS/file is not in /dev*" -- --device ./file -- true
	fails_with 125 "rind: --device $WS/fifo: *" -- --device "$WS/fifo" -- true
	fails_with 125 "rind: --device /dev: /dev is a directory; name each node in it that the command needs" -- --device /dev -- true
	fails_with 125 "rind: --device /: / is not in /dev*" -- --device / -- true
	fails_with 125 "rind: --device /dev/nul: there is no /dev/nul (did you mean /dev/null?); name what is there, or leave it out" -- \
		--device /dev/nul -- true
	fails_with 125 "rind: --device /dev/null/x: *" -- --device /dev/null/x -- true
	fails_with 125 "rind: --device fuse: there is no such short name; there are dri, kvm and nvidia, and for another device give its path: /dev/fuse" -- \
		--device fuse -- true
	fails_with 125 "rind: --device: the path is empty*" -- --device '' -- true
	fails_with 125 "rind: run: option '--device' needs a value (NODE)*" -- --device -- true
	fails_with 125 "rind: --device /dev/shm: the sandbox has its own in place of /dev/shm; leave it out" -- --device /dev/shm -- true
	fails_with 125 "rind: --device /dev/ptmx: *" -- --device /dev/ptmx -- true
	fails_with 125 "rind: --device $WS/a"'\\nb: there is no *' -- --device "$WS/"$'a\nb' -- true
	fails_with 125 "rind: --device: *" -- --device "/dev/$(printf '%05000d' 0)" -- true
	assert_absent "$WS/.git"
}

test_name_for_nothing()
{
	local name
	[ ! -e /dev/kvm ] || skip "there is a /dev/kvm"
	fails_with 125 "rind: --device kvm: there is no device /dev/kvm on this host; load its driver, or leave the option out" -- \
		--device kvm -- true
	for name in dri nvidia; do
		[ -n "$(find /dev -path "/dev/$name*")" ] ||
			fails_with 125 "rind: --device $name: there is no device /dev/$name* on this host; *" -- --device "$name" -- true
	done
}

test_with_other_options()
{
	find_node
	fails_with 125 "rind: --device $NODE: has no effect with --mode full-access, where the command has every device of the host; leave it out" -- \
		--mode full-access --device "$NODE" -- true
	inside --mode full-access --hide "$OUTSIDE" --device "$NODE" -- "[ -c '$NODE' ] || wrong 'no $NODE'"
	fails_with 125 "rind: --device $NODE: --hide $NODE covers the same path; leave one of the two out" -- \
		--hide "$NODE" --device "$NODE" -- true
	fails_with 125 "rind: --device $NODE: --hide-if-present $NODE covers the same path; leave one of the two out" -- \
		--device "$NODE" --hide-if-present "$NODE" -- true
	fails_with 125 "rind: --writable $NODE: the sandbox has a /dev of its own, without devices of the host; leave it out, or, for a device, use --device" -- \
		--writable "$NODE" -- true
	inside --device "$NODE" --device "$NODE" --protect "$NODE" -- "[ -c '$NODE' ] || wrong 'no $NODE'"
}

test_mount_with_nodev()
{
	with_dev "mkdir dead; mount -t tmpfs -o nodev none dead; mknod -m 666 dead/noise $ALLOWED"
	fails_with 125 "rind: --device /dev/dead/noise: /dev/dead/noise is on a mount with nodev, where no device can be opened; *" -- \
		--device /dev/dead/noise -- true
}

# What an earlier command has put there could lead to any device.
test_link_in_a_writable_root()
{
	find_node
	ln -s "$NODE" link
	fails_with 125 "rind: --device ./link: $NODE is reached through the symbolic link $WS/link, which lies in $WS,*" -- \
		--device ./link -- true
}

# While sandboxes start, the node is now one that may be had, and now the memory.
test_swapped_between_plan_and_mount()
{
	local rind=$RIND
	with_dev "mknod -m 666 noise $ALLOWED; mknod -m 666 trap c 1 1"
	mkfifo "$WORK/stop" "$WORK/ready"
	cat >"$WORK/race" <<'END'
"$PROBES/swap" /dev/noise /dev/trap <"$2/stop" >"$2/ready" &
exec 3>"$2/stop"
read -r line <"$2/ready"
"$PROBES/storm" "${RIND_LAUNCHES:-150}" "$1" run --device /dev/noise -- \
	sh -c 'case $(stat -c %t:%T /dev/noise) in 1:8) ;; *) echo WRONG ;; esac'
exec 3>&-
wait
END
	unshare --mount --propagation private sh "$WORK/in-new-dev" sh -eu "$WORK/race" "$rind" "$WORK" \
		>"$WORK/storm" 2>"$WORK/storm.err" || fail "$(tail -n 3 "$WORK/storm.err")"
	! grep WRONG "$WORK/storm" || fail "it got the memory"
	assert_match '*started [1-9]*, refused [1-9]*' "$(tail -n 1 "$WORK/storm")"
	grep -q 'character device 1:1, mem, reaches' "$WORK/storm.err" || fail "never refused as what it is"
}

run_cases "$@"
