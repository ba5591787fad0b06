#!/bin/bash
# Getting at what mounts cover, or past what they make read-only: by mount calls, directly and with the
# capabilities of a user namespace made inside; by file handles; by new instances of file systems.
# More of it, by mount(8) and with a look at what can be written then: test-tree.sh, test-hide.sh.

# Scripts in quotes are expanded in the sandbox.
# shellcheck disable=SC2016 source-path=SCRIPTDIR/.. source=lib.sh
. "$(dirname "$0")/lib.sh"

# A protected directory, a mask on a symlink, one on a missing path (.codex), something hidden.
scene()
{
	git_workspace
	ln -s src .agents
	mkdir mnt work up "$WORK/secrets"
	echo secret >"$WORK/secrets/key"
	BEFORE=$(snapshot .git "$OUTSIDE" "$WORK/secrets")
	export HANDLE LACKING
	LACKING=$(lacking open_tree move_mount mount_setattr fsopen pidfd_open)
	HANDLE=$(has_no_handles || "$PROBES/breach" handle "$WORK/secrets/key")
}

# An overlay's lead nowhere, unless it is mounted to be exported.
has_no_handles()
{
	[ "$(stat -f -c %T .)" = overlayfs ]
}

nothing_changed()
{
	assert_equal "$BEFORE" "$(snapshot .git "$OUTSIDE" "$WORK/secrets")" files
	assert_absent .codex
	assert_equal src "$(readlink .agents)" .agents
}

# own_mounts SCRIPT: run it on the host with mounts of its own, which nothing has locked.
own_mounts()
{
	local -a how=(--mount)
	[ "$(id -u)" = 0 ] || how+=(--map-root-user)
	unshare "${how[@]}" bash -euc "$1"
}

# The control of all that follows: the same calls, by the same program, with mounts of one's own.
test_the_calls_work_on_mounts_of_ones_own()
{
	scene
	own_mounts '
		breach=$PROBES/breach
		mount --bind .git mnt
		mount -o remount,bind,ro mnt
		! touch mnt/config 2>/dev/null
		"$breach" remount mnt
		touch mnt/config
		for way in set-writable set-writable-deep; do
			[[ $LACKING != *mount_setattr* ]] || continue
			mount -o remount,bind,ro mnt
			"$breach" $way mnt
			touch mnt/config
		done
		"$breach" move mnt up
		"$breach" umount up
		mount -t tmpfs tmpfs mnt
		[[ $LACKING = *open_tree* ]] || "$breach" clone-flat .
		"$breach" bind-flat . up
		"$breach" umount up
		"$breach" bind-deep . up
		[[ $LACKING = *fsopen* ]] || "$breach" fsopen tmpfs
		[ -z "$LACKING" ] || exit 0
		"$breach" move-mount mnt up
		"$breach" set-suid up
		"$breach" set-dev up
		"$breach" remount-super up
		"$breach" beneath up
		"$breach" clone-and-uncover . up mnt
		umount -l mnt
		mount -o remount,bind,ro up
		"$breach" clone-and-set-writable up
		"$breach" pivot-root up
	' >"$WORK/control"
	mkdir up/upper up/work
	# Before Linux 5.11 none but root mounts overlays, in no namespace.
	if own_mounts "mount -t overlay -o lowerdir=mnt,upperdir=up/upper,workdir=up/work overlay mnt" 2>/dev/null; then
		own_mounts '
			"$PROBES/breach" overlay up/upper mnt
			umount mnt
			"$PROBES/breach" overlay-upper up/upper mnt "$PWD/up/work"
		' >>"$WORK/control"
	fi
	own_mounts '
		"$PROBES/breach" fresh tmpfs up 0
		"$PROBES/breach" chroot /
	' >>"$WORK/control"
	assert_equal 'done' "$(sort -u "$WORK/control")" control
}

# What has to fail whatever capabilities the caller has, in NS.
readonly UNCOVER='
	for path in / .git .agents .codex "$WORK/secrets" /proc/sys; do
		blocked $NS remount "$path"
		blocked $NS set-writable "$path"
		blocked $NS set-writable-deep "$path"
		blocked $NS set-suid "$path"
		blocked $NS umount "$path"
	done
	blocked $NS remount-super /
	blocked $NS set-dev /
	for path in .git .codex "$WORK/secrets"; do
		blocked $NS move "$path" mnt
		blocked $NS move-mount "$path" mnt
	done
	for path in . "$WORK" /; do
		blocked $NS bind-flat "$path" mnt
		blocked $NS clone-flat "$path"
		blocked $NS overlay "$path" mnt
		blocked $NS overlay-upper "$path" mnt "$WS/work"
	done
	for file in 0 1 2; do
		[ -n "$HANDLE" ] || break
		blocked $NS open-handle . "$HANDLE" "$file"
		blocked $NS open-handle / "$HANDLE" "$file"
	done
	blocked $NS setns-pid 1
	blocked $NS pivot-root mnt
	blocked $NS fresh ext4 mnt 0
	blocked $NS fresh debugfs mnt 0
	blocked $NS fresh cgroup mnt 0
'

test_mount_calls()
{
	scene
	inside --hide "$WORK/secrets" -- "NS=; $UNCOVER"'
		for path in / .git .codex; do
			blocked_with EPERM remount "$path"
			blocked_with EPERM umount "$path"
			blocked_with EPERM set-writable "$path"
		done
		blocked_with EPERM bind-deep . mnt
		blocked_with EPERM clone-flat .git
		blocked_with EPERM fsopen tmpfs
		blocked_with EPERM chroot mnt
		for type in proc sysfs cgroup2 tmpfs mqueue devpts overlay; do
			blocked_with EPERM fresh "$type" mnt 0
		done
		refused "\"$PROBES/breach\" setns /proc/1/ns/mnt"
		refused "\"$PROBES/breach\" setns /proc/1/ns/user"
	'
	nothing_changed
}

# A new user namespace gives every capability over itself, and none over these mounts.  The kernel maps
# no user for root without capabilities; the capabilities are the same without.
readonly MAPS='for NS in --userns $([ "$(id -u)" = 0 ] || echo --map); do'

test_user_namespace()
{
	scene
	inside --hide "$WORK/secrets" -- "$MAPS $UNCOVER"'
		# Whoever is under Landlock rules for files mounts nothing at all; without, a filter sees to it.
		blocked_with EPERM $NS bind-deep . mnt
		blocked_with EPERM $NS bind-flat .git mnt
		for type in proc sysfs cgroup2 tmpfs mqueue devpts; do
			blocked_with EPERM $NS --pidns --netns --cgroupns fresh "$type" mnt 0
		done
		for path in / .git .codex "$WORK/secrets"; do
			refused "\"$PROBES/breach\" $NS beneath \"$path\""
		done
		done'
	nothing_changed
}

# Where there is no Landlock to forbid it, a filter does; and not in a sandbox that may mount.
test_mounting_without_landlock()
{
	scene
	RIND="$LIB/on-old-kernel"
	for OLD_KERNEL in landlock_create_ruleset landlock_restrict_self; do
		export OLD_KERNEL
		inside --hide "$WORK/secrets" -- "$MAPS"'
			blocked_with EPERM $NS bind-deep . mnt
			blocked_with EPERM $NS umount .git
			for type in proc sysfs cgroup2 tmpfs mqueue devpts; do
				blocked_with EPERM $NS --pidns --netns --cgroupns fresh "$type" mnt 0
			done
			for call in "fsopen tmpfs" "clone-flat ." "move .git mnt" "set-writable .git" "pivot-root mnt"; do
				refused "\"$PROBES/breach\" $NS $call"
			done
			done'
		nothing_changed
		# The control; the kernel maps no user for root without capabilities.
		[ "$(id -u)" = 0 ] || inside --nested -- 'breached --userns --map fresh tmpfs mnt 0'
	done
}

# For a sandbox that may mount, the kernel's own locks on what it inherited are all there is.
test_user_namespace_in_a_nested_sandbox()
{
	scene
	inside --nested --hide "$WORK/secrets" -- "$MAPS $UNCOVER"'
		if [ "$(id -u)" != 0 ]; then
			# The control: mounting as such works.
			breached $NS bind-deep . mnt
			breached $NS bind-flat .git mnt
			breached $NS fresh tmpfs mnt 0
			breached $NS --pidns fresh proc mnt 0
			blocked $NS clone-and-uncover . .git mnt
		fi
		refused "unshare -Um --propagation unchanged sh -c \"mount --bind .git mnt && echo evil >mnt/config\""
		refused "unshare -Urm --propagation unchanged sh -c \"mount --bind .git mnt && echo evil >mnt/config\""
		refused "unshare -Urm --propagation unchanged sh -c \"mount --rbind . mnt && umount mnt/.git && echo evil >mnt/.git/config\""
		# Root cannot have sandboxes within, and may be refused already what these begin with.
		without_rights() { if [ "$(id -u)" = 0 ]; then refused "\"$PROBES/breach\" $*"; else blocked_with "$reason" "$@"; fi; }
		reason=E
		without_rights $NS clone-and-set-writable .git
		without_rights $NS clone-and-set-writable /
		reason="beneath: E"
		for path in .git .codex "$WORK/secrets"; do
			without_rights $NS beneath "$path"
		done
		done'
	nothing_changed
}

# A fresh proc has the machine's settings in it, a fresh sysfs its devices: what the sandbox has made
# read-only must not come back writable.
test_fresh_proc_and_sysfs_in_a_nested_sandbox()
{
	local pattern
	scene
	pattern=$(cat /proc/sys/kernel/core_pattern)
	inside --nested -- "$MAPS"'
		blocked $NS fresh proc mnt 0
		blocked $NS fresh sysfs mnt 0
		blocked $NS --netns fresh sysfs mnt 0
		done
		for how in "unshare -Ufmp --propagation unchanged" "unshare -Urfmp --propagation unchanged" "unshare -Urfmpn --propagation unchanged"; do
			refused "$how sh -c \"mount -t proc proc mnt && echo evil >mnt/sys/kernel/core_pattern\""
			refused "$how sh -c \"mount -t proc proc mnt && echo c >mnt/sysrq-trigger\""
			refused "$how sh -c \"mount -t sysfs sysfs mnt && echo 0 >mnt/kernel/mm/ksm/run\""
		done
	'
	assert_equal "$pattern" "$(cat /proc/sys/kernel/core_pattern)" core_pattern
	nothing_changed
}

# cgroup2 knows no such lock.  Where the caller owns his control group, --nested lets the command mount
# it and change its limits, or end what is in it; see SECURITY.md.
test_fresh_cgroup2()
{
	scene
	inside -- "$MAPS"'
		blocked_with EPERM $NS --cgroupns fresh cgroup2 mnt 0
		done
		refused "unshare -UmC --propagation unchanged sh -c \"mount -t cgroup2 none mnt && mkdir mnt/evil\""
	'
	nothing_changed
	[ "$WAY" = root ] || [ -z "$(group_for --limit-pids 5)" ] || skip "the caller owns his control group here"
	inside --nested -- '
		refused "unshare -UmC --propagation unchanged sh -c \"mount -t cgroup2 none mnt && mkdir mnt/evil\""
		refused "unshare -UrmC --propagation unchanged sh -c \"mount -t cgroup2 none mnt && mkdir mnt/evil\""
		refused "unshare -UrmC --propagation unchanged sh -c \"mount -t cgroup2 none mnt && echo 1 >mnt/cgroup.freeze\""
	'
	nothing_changed
}

# The handle of a file opens it on any mount of its file system: also on one that is writable.
test_file_handle()
{
	scene
	[ -n "$HANDLE" ] || skip "the file system has no file handles"
	if [ "$WAY" = root ]; then
		# The control; it takes a capability that only root has.
		assert_equal 'done' "$("$PROBES/breach" open-handle "$WS" "$HANDLE" 1)" control
	fi
	inside --hide "$WORK/secrets" -- "for NS in \"\" --userns \$([ \"\$(id -u)\" = 0 ] || echo --map); do"'
		blocked_with EPERM $NS open-handle "$WS" "$HANDLE" 0
		blocked_with EPERM $NS open-handle "$WS" "$HANDLE" 1
		blocked_with EPERM $NS open-handle "$OUTSIDE" "$HANDLE" 0
		done'
	nothing_changed
}

readonly ROOTS_PARTS='
	for part in acpi asound driver dynamic_debug fs latency_stats mtrr scsi; do
		for file in $(find "/proc/$part" -type f -perm -200 2>/dev/null); do
			refused "\"$PROBES/attempt\" open-write \"$file\""
		done
		refused "test -w /proc/$part"
	done
'

# Kernel parts in /proc that have only their files' modes to protect them, from whom root is not.
test_parts_of_proc_that_belong_to_root()
{
	inside -- "$ROOTS_PARTS"
	[ "$WAY" = root ] || return 0
	inside_as_number_1000 -- "$ROOTS_PARTS"
	test -w /proc/fs || skip "this kernel has none of them"
}

run_cases "$@"
