#!/bin/bash
# Hosts that withhold something: what rind does on them, and what it says.  Each is made here, with
# namespaces, and not only described.

# Scripts in quotes are expanded in the sandbox.
# shellcheck disable=SC2016 source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# Where a plain `run` works doctor says so, and where it does not, what keeps it from that, with a remedy.
doctor_works()
{
	doctor
	[ "$STATUS" -le 1 ] || fail "doctor's status is $STATUS: $OUT"
	show_findings
}

# doctor_works_and_says CHECK PATTERN
doctor_works_and_says()
{
	doctor_works
	assert_equal ok "$(verdict_of "$1")" "verdict on $1 ($OUT)"
	assert_match "$2" "$(line_of "$1")"
}

# doctor_blames CHECK PATTERN [COMMAND…]: run by COMMAND, where there is one.
doctor_blames()
{
	local check=$1 pattern=$2
	shift 2
	doctor "$@"
	assert_equal 2 "$STATUS" "doctor's status ($OUT)"
	assert_equal blocked "$(verdict_of "$check")" "verdict on $check ($OUT)"
	assert_match "$pattern" "$(line_of "$check")"
	assert_match '*; remedy: ?*' "$(line_of "$check")"
	show_findings
}

# For `tests/system/run -v`.
show_findings()
{
	echo "doctor: status $STATUS"
	grep -v '^ok ' "$WORK/stdout" || echo "doctor: all is ok"
}

# A sandbox that protects as ever, whatever the host is like.
works_here()
{
	git_workspace
	inside "$@" -- '
		refused_with "Read-only" "echo evil >.git/config"
		refused "mkdir .codex"
		refused_with "Read-only" "echo evil >\"$OUTSIDE/file\""
		allowed "echo fine >file"
		allowed "echo fine >/dev/null"
	'
	assert_content "$OUTSIDE/file" outside
	assert_content .git/config '[core]'
	assert_absent .codex .agents
}

# --- /proc --------------------------------------------------------------------------------------

# As a container engine does it: the kernel makes no proc that would show more than the one there.
test_masked_proc()
{
	private_mounts
	mask_every_proc /proc/sys/net
	fails_with 125 '*cannot mount /proc*partly masked*--proc auto*' -- -- true
	doctor_blames proc '*--proc auto*'
	works_here --proc auto
	inside --proc auto -- 'same "" "$(ls -A /proc)"; refused "mkdir /proc/new"'
	assert_match 'rind: note: the host*s /proc is partly masked*empty /proc*' "$ERR"
	assert_equal 1 "$(wc -l <"$WORK/stderr")" "lines of '$ERR'"
	works_here --proc host
	works_here --proc none
	assert_equal '' "$ERR" "standard error"
}

test_masked_proc_old_kernel()
{
	private_mounts
	mask_every_proc /proc/sys/net
	RIND="$LIB/on-old-kernel"
	works_here --proc auto
	inside --proc auto -- 'same "" "$(ls -A /proc)"'
}

test_proc_auto_is_fresh_where_it_can_be()
{
	inside --proc auto -- '
		same "" "$(ls /proc | grep "^[0-9]*$" | awk "\$1 != 1 && (\$1 < $$ || \$1 > $$ + 100)")"
		refused "echo 1 >/proc/sys/kernel/panic"
	'
	assert_equal '' "$ERR" "standard error"
}

# The case runs on as a user who sees nothing of others in /proc.
test_hidepid()
{
	if [ -z "${IN_HIDEPID:-}" ]; then
		private_mounts
		export IN_HIDEPID=1
		local -a become=(unshare --user --map-user=1000 --map-group=1000)
		[ "$WAY" != root ] || become=(setpriv --reuid 12345 --regid 12345 --clear-groups)
		[ "$WAY" != root ] || chown -R 12345:12345 "$WORK"
		exec unshare --pid --fork --kill-child sh -c '
			mount -t proc -o hidepid=2 proc /proc && "$@"
			exit "$?"' sh \
			"${become[@]}" bash "$0" --bare "$CASE"
	fi
	[ ! -e /proc/1 ] || fail "process 1 is seen: nothing is hidden"
	works_here
	doctor_works_and_says host-processes '*hidepid*'
	works_here --proc host
	RIND="$LIB/on-old-kernel"
	works_here
}

# --- user namespaces ----------------------------------------------------------------------------

test_no_user_namespaces_left()
{
	if [ -z "${IN_LIMITED:-}" ]; then
		IN_LIMITED=1 exec unshare --user --map-root-user bash "$0" --bare "$CASE"
	fi
	needs_settings
	echo 0 >/proc/sys/user/max_user_namespaces
	fails_with 125 "*cannot create a user namespace*user.max_user_namespaces=0*$(setting_remedy user.max_user_namespaces)*" -- -- true
	doctor_blames user-namespace "*user.max_user_namespaces=0*$(setting_remedy user.max_user_namespaces)*"
}

# Of each kind, the one that is full is named, and no other.
test_no_namespaces_left_of_a_kind()
{
	needs_settings
	if [ -z "${IN_LIMITED:-}" ]; then
		IN_LIMITED=1 exec unshare --user --map-root-user bash "$0" --bare "$CASE"
	fi
	local kind name
	for kind in mnt:mount pid:pid ipc:ipc net:network uts:uts; do
		name=user.max_${kind%:*}_namespaces
		limit_namespaces "${kind%:*}" 0
		fails_with 125 "*cannot create a* ${kind#*:} namespace: No space left on device ($name=0); remedy: *${name##*.}*" \
			-- --hostname name -- true
		limit_is_named_to_bwrap "$name"
		# What it says to type, in the namespace that it is said in, helps.
		bash -c "$(remedy_of "$ERR")" >/dev/null
		sandbox --hostname name -- true
		assert_equal 0 "$STATUS" "status after the remedy ($ERR)"
	done
	limit_namespaces cgroup 0
	limit_is_named_to_bwrap user.max_cgroup_namespaces --unshare-cgroup
	sandbox -- true
	assert_equal 0 "$STATUS" "status of what needs none ($ERR)"
	limit_namespaces cgroup 100
	# rind makes none of these.
	[ ! -e /proc/sys/user/max_time_namespaces ] || limit_namespaces time 0
	works_here
}

limit_namespaces()
{
	echo "$2" >"/proc/sys/user/max_$1_namespaces"
}

remedy_of()
{
	local text=${1#*; remedy: }
	echo "${text%; see *}"
}

# limit_is_named_to_bwrap NAME [OPTION…]: beside the words of bubblewrap.
limit_is_named_to_bwrap()
{
	local name=$1
	shift
	bwrap_says "bwrap: Creating new namespace failed: nesting depth or /proc/sys/user/max_\*_namespaces exceeded (ENOSPC): $name=0; remedy: *${name##*.}*" \
		--unshare-user --unshare-all "$@" --ro-bind / / true
}

# bwrap_says PATTERN ARGUMENT…: in one line, and fails.
bwrap_says()
{
	local pattern=$1 status=0 said
	shift
	said=$("$RIND" bwrap "$@" 2>&1) || status=$?
	assert_equal 1 "$status" "status ($said)"
	assert_equal 1 "$(wc -l <<<"$said")" "lines of '$said'"
	assert_match "$pattern" "$said"
}

# A limit of the user namespace around is not to be seen from in here, and must not be told as ours.
test_limit_around()
{
	needs_settings
	if [ -z "${IN_LIMITED:-}" ]; then
		IN_LIMITED=1 exec unshare --user --map-root-user sh -c '
			echo 0 >/proc/sys/user/max_net_namespaces && exec "$@"' sh \
			unshare --user --map-root-user bash "$0" --bare "$CASE"
	fi
	fails_with 125 '*cannot create a network namespace*\(user.max_net_namespaces of a user namespace around this one*); remedy: raise*' -- -- true
	echo 100 >/proc/sys/user/max_net_namespaces
	fails_with 125 '*cannot create a network namespace*\(user.max_net_namespaces=100 here, or less around here, is reached); remedy: raise*' -- -- true
	doctor_blames network-namespace '*\(user.max_net_namespaces=100 here, or less around here*'
}

# Docker's: clone3 is not known, and no namespace is given.
test_filter_denies_namespaces()
{
	RIND="$LIB/on-filtered-host"
	DENIED=userns fails_with 125 '*cannot create a user namespace*seccomp filter*' -- -- true
	DENIED=clone3=1,userns fails_with 125 '*user namespace*seccomp filter*' -- -- true
	DENIED=userns doctor_blames user-namespace '*seccomp filter*'
}

# What an engine that knows no clone3, or refuses it, leaves to those who can do without.
test_filter_denies_clone3()
{
	RIND="$LIB/on-filtered-host"
	export DENIED
	for DENIED in clone3 clone3=1; do
		works_here
		doctor_works
	done
}

# Settings that this kernel may not have, as files in place of the kernel's own.
test_settings_are_named()
{
	private_mounts
	RIND="$LIB/on-filtered-host"
	export DENIED=userns
	mount -t tmpfs settings /proc/sys/kernel
	echo 0 >/proc/sys/kernel/unprivileged_userns_clone
	if [ "$WAY" = root ]; then
		# It stands in nobody's way who is root.
		fails_with 125 '*cannot create a user namespace*\(a seccomp filter*' -- -- true
		doctor_blames user-namespace '*\(a seccomp filter*'
		return
	fi
	fails_with 125 '*\(kernel.unprivileged_userns_clone=0); remedy: *kernel*unprivileged_userns_clone*' -- -- true
	doctor_blames user-namespace '*\(kernel.unprivileged_userns_clone=0); remedy: as root: *unprivileged_userns_clone*'
	bwrap_says 'bwrap: No permissions to create a new namespace: kernel.unprivileged_userns_clone=0; remedy: *' \
		--unshare-user --ro-bind / / true
	rm /proc/sys/kernel/unprivileged_userns_clone
	echo 1 >/proc/sys/kernel/apparmor_restrict_unprivileged_userns
	fails_with 125 '*\(kernel.apparmor_restrict_unprivileged_userns=1); remedy: as root: *AppArmor profile*' -- -- true
	doctor_blames user-namespace '*apparmor_restrict_unprivileged_userns=1*AppArmor profile*'
}

test_in_user_namespaces()
{
	local one='unshare --user --map-root-user'
	if [ -z "${IN_NESTED:-}" ]; then
		# shellcheck disable=SC2086 # words
		IN_NESTED=1 exec $one $one $one bash "$0" --bare "$CASE"
	fi
	works_here
	doctor_works_and_says around '* a user namespace*'
}

# The kernel ends at 32 levels.
test_nested_too_deeply()
{
	local deep='n=0; while unshare --user --map-root-user true 2>/dev/null; do exec unshare --user --map-root-user sh -c "$0" "$0" "$@"; done; exec "$@"'
	STATUS=0
	sh -c "$deep" "$deep" "$RIND" run -- true 2>"$WORK/stderr" || STATUS=$?
	assert_equal 125 "$STATUS" status
	assert_match '*cannot create a user namespace*nested too deeply*' "$(tail -n 1 "$WORK/stderr")"
	assert_match '*remedy: *nest them less deeply*' "$(tail -n 1 "$WORK/stderr")"
	doctor_blames user-namespace '*nest them less deeply*' sh -c "$deep" "$deep"
}

# --- the root -----------------------------------------------------------------------------------

# A root of its own with all of the host's below it.
make_root()
{
	mkdir "$WORK/root"
	"$@" "$WORK/root"
	local entry
	for entry in /*; do
		[ ! -L "$entry" ] || cp -P "$entry" "$WORK/root/"
		[ ! -d "$entry" ] || [ -L "$entry" ] || mkdir "$WORK/root$entry"
		[ ! -d "$entry" ] || [ -L "$entry" ] || mount --rbind "$entry" "$WORK/root$entry"
	done
}

test_chroot()
{
	private_mounts
	make_root mount -t tmpfs root
	RIND="$LIB/on-chroot-host"
	export CHROOT="$WORK/root"
	fails_with 125 "*cannot create a user namespace*in the chroot $CHROOT,*remedy: *--dev-bind $CHROOT / *" -- -- true
	doctor_blames user-namespace "*in the chroot $CHROOT,*pivot_root*"
	bwrap_says "bwrap: No permissions to create a new namespace: *in the chroot $CHROOT,*remedy: *--dev-bind $CHROOT / *" \
		--unshare-user --ro-bind / / true
	# What it says to type works there, for who was in the chroot.
	"$PROBES/rind" bwrap --dev-bind "$CHROOT" / "$PROBES/rind" run --chdir "$WS" -- true
}

# The first root of a machine, which there is no pivot from.
test_root_is_ramfs()
{
	if [ -z "${IN_RAMFS:-}" ]; then
		# Not in every util-linux.
		command -v pivot_root >/dev/null || skip "there is no pivot_root"
		private_mounts
		make_root mount -t tmpfs root
		mkdir "$WORK/root/old.host"
		cd "$WORK/root"
		pivot_root . old.host
		umount -l /old.host
		export IN_RAMFS=1
		exec "$PROBES/without" pivot_root bash "$0" --bare "$CASE"
	fi
	assert_equal tmpfs "$(stat -f -c %T /)" "root's type"
	works_here
	doctor_works_and_says root-file-system '*tmpfs, read-write*'
	inside -- 'refused_with "Read-only" "touch /new"'
	"$PROBES/without" mount_setattr true || skip "no second filter here"
	RIND="$LIB/on-old-kernel"
	works_here
}

# Everything but the test's own notes, as an image that is never written to.  But for FUSE: mount(8) asks each
# file system, and a server may never answer.
test_read_only_root()
{
	private_mounts
	local mounted
	mkdir "$WORK/tmp"
	mount --bind "$WORK" "$WORK"
	mount --bind "$WS" "$WS"
	while read -r mounted; do
		mount -o remount,bind,ro "$mounted" 2>/dev/null || true
	done < <(awk '!/ - fuse/ { print $5 }' /proc/self/mountinfo | grep -vxE "$WORK|/proc|/dev.*")
	cd "$WS"
	! touch file 2>/dev/null || fail "the workspace can be written to"
	CONTROL=$WORK/tmp/control inside --writable "$WORK/tmp" -- '
		refused_with "Read-only" "touch \"$WS/file\""
		refused_with "Read-only" "mkdir \"$WS/.git\""
		refused "mkdir \"$WORK/tmp/.git\""
		allowed "echo fine >\"$WORK/tmp/file\""
	'
	assert_absent "$WORK/tmp/.git" "$WS/.git"
	doctor_works_and_says root-file-system '*, read-only*'
}

test_read_only_proc()
{
	private_mounts
	mount -o remount,bind,ro /proc
	fails_with 125 '*cannot map the user*/proc is mounted read-only*' -- -- true
	doctor_blames id-maps '*Read-only file system*remount*/proc'
}

test_no_dev_shm()
{
	private_mounts
	local node
	mkdir "$WORK/dev"
	mount -t tmpfs dev "$WORK/dev"
	for node in null zero random urandom; do
		touch "$WORK/dev/$node"
		mount --bind "/dev/$node" "$WORK/dev/$node"
	done
	mount --rbind "$WORK/dev" /dev
	assert_equal 'null random urandom zero' "$(cd /dev && echo *)" /dev
	works_here
	doctor_works_and_says dev-shm '*not there*'
	inside -- 'allowed "echo fine >/dev/shm/file"; allowed "head -c 1 /dev/urandom"; refused "ls /dev/full"'
	RIND="$LIB/on-old-kernel"
	inside -- 'allowed "echo fine >/dev/shm/file"; allowed "head -c 1 /dev/urandom"'
}

# --- file systems -------------------------------------------------------------------------------

# One that lets nobody in but its mounter, not even root; NFS does so, too.
test_file_system_that_denies_root()
{
	[ "$WAY" = root ] || skip "root alone can mount what denies root"
	[ -w /dev/fuse ] || skip "no FUSE here"
	private_mounts
	local place denying
	doctor
	denying=$(line_of mounts | sed -n 's/.*; \([0-9]*\) deny us.*/\1/p')
	for place in "$WS/denied" "$OUTSIDE/denied"; do
		mkdir "$place"
		hold_start "${place//\//_}" "$PROBES/fusefs" "$place" 12345 portal
		hear_line "${place//\//_}" mounted
		! ls "$place" 2>/dev/null || fail "$place denies nobody"
	done
	works_here
	# The host's own may deny us, too; and without statx nothing is asked that might never be answered.
	lacks statx || doctor_works_and_says mounts "*; $((denying + 2)) deny us*/denied*"
	inside -- 'refused "ls denied"; refused "touch \"$OUTSIDE/denied/file\""'
	fails_with 125 '*denied*Permission denied*' -- --protect "$WS/denied" -- true
	fails_with 125 '*denied*Permission denied*' -- --writable "$OUTSIDE/denied" -- true
	(
		RIND="$LIB/on-old-kernel"
		works_here
	)
	umount "$WS/denied" "$OUTSIDE/denied"
}

# Nothing is mounted because of us, and nobody waits for a daemon that does not answer.
test_autofs()
{
	[ "$WAY" = root ] || skip "root alone can mount autofs"
	grep -q autofs /proc/filesystems || skip "no autofs here"
	private_mounts
	mkdir "$OUTSIDE/auto"
	mkfifo "$WORK/requests" "$WORK/daemon"
	setsid cat "$WORK/daemon" &
	local daemon=$! requests end
	exec {end}>"$WORK/daemon" {requests}<>"$WORK/requests"
	mount -t autofs -o "fd=$requests,pgrp=$daemon,minproto=5,maxproto=5,direct" auto "$OUTSIDE/auto" ||
		skip "the kernel mounts no autofs like this"
	works_here
	doctor_works_and_says mounts "*; of autofs $(grep -c ' - autofs ' /proc/self/mountinfo),*"
	(
		RIND="$LIB/on-old-kernel"
		works_here
	)
	! read -r -t 0 -u "$requests" || fail "the daemon was asked to mount something"
	umount "$OUTSIDE/auto"
	exec {end}>&-
	wait "$daemon"
}

# An autofs whose daemon is gone answers at once that there is nothing, and lets nobody make a name, whatever
# its mode is.
test_placeholder_in_autofs()
{
	[ "$WAY" = root ] || skip "root alone can mount autofs"
	grep -q autofs /proc/filesystems || skip "no autofs here"
	private_mounts
	local reader end
	mkdir "$WORK/auto"
	mkfifo "$WORK/requests"
	cat "$WORK/requests" >/dev/null &
	reader=$!
	exec {end}>"$WORK/requests"
	mount -t autofs -o "fd=$end,pgrp=$reader,minproto=5,maxproto=5,indirect" auto "$WORK/auto" 2>/dev/null ||
		mount -t autofs -o "fd=$end,pgrp=$$,minproto=5,maxproto=5,indirect" auto "$WORK/auto" ||
		skip "the kernel mounts no autofs like this"
	exec {end}>&-
	kill "$reader"
	wait "$reader" || true
	# It learns here that nobody listens; the signal for that may reach who asked.
	setsid -w stat "$WORK/auto/nothing" >/dev/null 2>&1 || true
	# In a session of its own: who is of the daemon's process group is not held back.
	launch_through 'setsid -w'
	fails_with 125 '*cannot protect*: Permission denied; this is an autofs*--no-default-protect' \
		-- --writable "$WORK/auto" -- true
	assert_equal '' "$(echo "$ERR" | grep 'make it writable' || true)" "what cannot be done"
	sandbox --writable "$WORK/auto" --no-default-protect -- true
	assert_equal 0 "$STATUS" "status of the remedy ($ERR)"
	umount "$WORK/auto"
}

# It belongs to the caller, and no mode makes it writable.
test_placeholder_in_immutable_directory()
{
	[ "$WAY" = root ] || skip "root alone can make one"
	needs statx
	mkdir "$WORK/fixed"
	chattr +i "$WORK/fixed" 2>/dev/null || skip "this file system has no such flag"
	sandbox --writable "$WORK/fixed" -- true
	chattr -i "$WORK/fixed"
	assert_equal 125 "$STATUS" status
	assert_match '*cannot protect*: Operation not permitted; the directory is immutable*chattr -i*' "$ERR"
}

# --- limits ---------------------------------------------------------------------------------------

# Neither rind run nor doctor advises what this host has not.
advises_no_systemd()
{
	fails_with 125 '*: a share of the processors needs a control group*; give seconds' \
		-- --limit-cpu 10% -- true
	doctor
	assert_match '*only for limits by control group*' "$(line_of cgroup)"
	[[ $(line_of cgroup) != *systemd* ]] || fail "doctor advises: $(line_of cgroup)"
}

# systemd is named where it runs, and in the words for who asks.
test_systemd_is_advised_where_it_runs()
{
	private_mounts
	unset XDG_RUNTIME_DIR
	local groups=/sys/fs/cgroup
	mount -t tmpfs run /run
	mount -t tmpfs bin /usr/local/bin
	umount -R "$groups" 2>/dev/null || mount -t tmpfs groups "$groups"
	[ -z "$(group_for --limit-cpu 10%)" ] || fail "there is a control group"
	advises_no_systemd
	# Installed, and not what has booted the machine.
	printf '#!/bin/sh\n' >/usr/local/bin/systemd-run
	chmod 755 /usr/local/bin/systemd-run
	mkdir -p /run/systemd/users
	advises_no_systemd
	mkdir /run/systemd/system
	if [ "$WAY" = root ]; then
		fails_with 125 '*: systemd-run --scope -- $SHELL' -- --limit-cpu 10% -- true
		fails_with 125 '*run rind as another user, or *: systemd-run --scope -- $SHELL' -- --limit-pids 10 -- true
		chmod 755 "$WORK"
		chmod 777 "$WS"
		launch_through 'setpriv --reuid 12345 --regid 12345 --clear-groups'
		fails_with 125 '*as root: loginctl enable-linger 12345; then: * systemd-run --user --scope -- $SHELL' \
			-- --limit-cpu 10% -- true
		mkdir -p /run/user/12345/systemd
		touch /run/user/12345/systemd/private
	else
		# Root of a user namespace is nobody to systemd.
		advises_no_systemd
		mkdir -p "/run/user/$(id -u)/systemd"
		touch "/run/user/$(id -u)/systemd/private"
	fi
	fails_with 125 '*: systemd-run --user --scope -- $SHELL' -- --limit-cpu 10% -- true
}

test_thousands_of_mounts()
{
	private_mounts
	mkdir "$OUTSIDE/many" many
	"$PROBES/manymounts" "$OUTSIDE/many" 2000
	"$PROBES/manymounts" many 200
	local attack='
		refused_with "Read-only" "touch \"$OUTSIDE/many/0/file\""
		refused_with "Read-only" "touch \"$OUTSIDE/many/1999/file\""
		allowed "touch many/0/file many/199/file"
		same 0 "$(grep " $OUTSIDE/many/" /proc/self/mountinfo | grep -vc " ro,nosuid,nodev,")"
		same 2000 "$(grep -c " $OUTSIDE/many/" /proc/self/mountinfo)"
	'
	inside -- "$attack"
	# As many as the host has by now, with those of before.
	doctor_works_and_says mounts "* $(wc -l </proc/self/mountinfo)*"
	RIND="$LIB/on-old-kernel"
	inside -- "$attack"
}

run_cases "$@"
