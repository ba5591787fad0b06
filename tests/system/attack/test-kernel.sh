#!/bin/bash
# What the kernel does for whoever asks: it starts programs on the host, shows the whole machine, and changes file systems
# through a descriptor that is open for reading only.  File systems are made in files, mounted in a mount namespace of the
# case's own; the machine's own are left alone.

# Scripts in quotes are expanded in the sandbox.
# shellcheck disable=SC2016 source-path=SCRIPTDIR/.. source=lib.sh
. "$(dirname "$0")/lib.sh"

find_tables

readonly USER_ID=12345 # of the user that a file system made by root is given to

# on_host NAME [ARGUMENT…]: the control, on the host; OUT is what it prints.
on_host()
{
	OUT=$("$PROBES/kernel" "$@") || true
}

# The control: an attack that the filter stops, the kernel does not answer with EPERM.
not_refused_on_host()
{
	on_host "$@"
	[ "$OUT" != EPERM ] || skip "this host refuses $1"
}

# --- programs on the host -----------------------------------------------------------------------

# The kernel's answer to a key that there is not, ENOKEY or ENOENT, is what it says after it has looked for the program.
test_request_key()
{
	not_refused_on_host request-key rind-test
	inside --network off -- '
		PROBE=kernel
		for NS in "" --userns $([ "$(id -u)" = 0 ] || echo --map); do
			blocked_with EPERM $NS request-key rind-test
		done
		! has_table 32 || blocked_with EPERM call 32 287 0 0 0 0 0
		! has_table x32 || blocked_with EPERM call x32 249 0 0 0 0 0'
}

# How a terminal's lines are read: where the kernel has not got it, it has modprobe look for a module.  What the command does
# with it to the terminal: test-terminal.sh.
test_discipline_of_a_terminal()
{
	"$PROBES/pty" "$PROBES/kernel" discipline /dev/tty 0 </dev/null >"$WORK/control"
	assert_match 'done*' "$(cat "$WORK/control")"
	on_terminal -- '
		PROBE=kernel
		for NS in "" --userns; do
			for kind in 0 27 1000; do
				blocked_with EPERM $NS discipline /dev/stdin "$kind"
			done
		done'
	assert_match '*input: 0 bytes, status: 0' "$TERMINAL"
}

# --- the whole machine --------------------------------------------------------------------------

# The filter answers as a kernel does on which only root may look at others; perf goes on with its own process then.  So it
# is root who shows that it is the filter.
test_perf_of_the_whole_machine()
{
	not_refused_on_host perf 0 -1 0
	[ "$OUT" = 'done' ] || skip "no perf events here: $OUT"
	if [ "$WAY" = root ]; then
		on_host perf -1 0 0
		assert_equal 'done' "$OUT" control
	fi
	inside -- '
		PROBE=kernel
		breached perf 0 -1 0
		for NS in "" --userns; do
			blocked_with EACCES $NS perf -1 0 0
			# Of a control group, by its descriptor.
			blocked_with EPERM $NS perf 0 0 4
		done
		if [ "$(uname -m)" = x86_64 ]; then
			blocked_with EACCES call native 298 0 0x1ffffffff 0 -1 0
			! has_table 32 || blocked_with EACCES call 32 336 0 -1 0 -1 0
			blocked_with EACCES call x32 298 0 -1 0 -1 0
		fi'
}

test_messages_of_the_kernel()
{
	[ "$WAY" != root ] || not_refused_on_host messages
	inside -- '
		PROBE=kernel
		blocked_with EPERM messages
		blocked_with EPERM --userns messages
		refused "dd if=/proc/kmsg of=/dev/null count=0"
		refused "dd if=/dev/kmsg of=/dev/null count=0"'
}

test_events_of_file_systems()
{
	local place
	# A file system with parts that have numbers of their own, as of btrfs, has none, nor has one that cannot be exported.
	for place in . /tmp /dev/shm /; do
		on_host fanotify "$place" 0x100
		[ "$OUT" = EXDEV ] || [ "$OUT" = EOPNOTSUPP ] || break
	done
	[[ $OUT != *ENOSYS ]] || skip "this kernel has no fanotify"
	[ "$WAY" != root ] || assert_equal 'done' "$OUT" "control on $place"
	export PLACE=$place
	inside -- '
		PROBE=kernel
		for NS in "" --userns; do
			blocked $NS fanotify "$PLACE" 0x10
			blocked $NS fanotify "$PLACE" 0x100
			blocked $NS fanotify /proc 0x100
		done'
}

# What a firewall or a service of the host's keeps in maps that have a name: a read-only mount does not stop opening one
# for writing, and its mode does not stop root.
test_maps_with_a_name()
{
	[ "$WAY" = root ] || skip "only root can make a map here"
	private_mounts
	mkdir "$WORK/maps"
	mount -t bpf bpf "$WORK/maps" || skip "this kernel has no bpf"
	on_host make-map "$WORK/maps/map" 5
	[ "$OUT" = 'done' ] || skip "no map can be made here: $OUT"
	on_host change-map "$WORK/maps/map" 6
	assert_equal 'done' "$OUT" control
	inside -- '
		PROBE=kernel
		blocked_with EPERM change-map "$WORK/maps/map" 7
		blocked "--userns" change-map "$WORK/maps/map" 7'
	on_host read-map "$WORK/maps/map"
	assert_equal 6 "$OUT" "the map"
}

# --- kernels that are newer than rind -------------------------------------------------------------

# What was never looked at gets the answer of a kernel that has not got it.  Where this kernel has not got it either, that it is
# the filter that answers is seen in tests/unit/test_filter.c; here, by what comes first to the kernel: a descriptor that is
# closed, or a path that is none.
test_calls_of_newer_kernels()
{
	local option
	on_host call native 308 -1 0x200 0 0 0
	[ "$(uname -m)" != x86_64 ] || assert_equal EBADF "$OUT" "control: setns"
	for option in --mode=workspace-write --nested --network=host; do
		inside "$option" -- '
			PROBE=kernel
			for NS in "" --userns $([ "$(id -u)" = 0 ] || echo --map); do
				# open_tree_attr, listns, and what comes after rseq_slice_yield.
				for number in 467 470 472 473 500 511 548 1000 65536; do
					blocked_with ENOSYS $NS call native "$number" -1 0 0 0 0
				done
				# OPEN_TREE_NAMESPACE, FSMOUNT_NAMESPACE, and more of move_mount, mount_setattr, fsopen, fspick.
				for flags in 2 0x40000002 0x100000002; do
					blocked_with EINVAL $NS call native 428 -1 0 "$flags" 0 0
					blocked_with EINVAL $NS call native 432 -1 "$flags" 0 0 0
				done
				blocked_with EINVAL $NS call native 429 -1 0 -1 0 0x400
				blocked_with EINVAL $NS call native 442 -1 0 2 0 0
				blocked_with EINVAL $NS call native 430 0 2 0 0 0
				blocked_with EINVAL $NS call native 433 -1 0 0x10 0 0
				[ "$(uname -m)" = x86_64 ] || continue
				# UNSHARE_EMPTY_MNTNS, and another flag of setns.
				blocked_with EINVAL $NS call native 272 0x120000 0 0 0 0
				blocked_with EINVAL $NS call native 308 -1 0x200 0 0 0
				for table in $TABLES; do
					for number in 467 470 472 511 1000; do
						blocked_with ENOSYS $NS call $table "$number" -1 0 0 0 0
					done
					blocked_with EINVAL $NS call $table 428 -1 0 2 0 0
				done
				! has_table 32 || blocked_with EINVAL $NS call 32 310 0x120000 0 0 0 0
				! has_table 32 || blocked_with EINVAL $NS call 32 346 -1 0x200 0 0 0
				blocked_with EINVAL $NS call x32 272 0x120000 0 0 0 0
				# The ioctl of x32 without its bit, which kernels before 5.4 take.
				blocked_with ENOSYS $NS call native 514 0 0x5412 0 0 0
			done
			# Requests to file systems that there are not yet; the descriptor is open on no such file.
			for request in 0x662f 0x4008668f 0x5890 0x94ff; do
				[ "$(uname -m)" != x86_64 ] || blocked_with ENOTTY call native 16 -1 "$request" 0 0 0
			done'
	done
}

# --- file systems -------------------------------------------------------------------------------

# disk KIND [OPTION…]: a new file system of that kind in $WORK/disk.  MOUNT_OPTIONS begin with a comma.
MOUNT_OPTIONS=''
disk()
{
	local kind=$1
	shift
	[ "$WAY" = root ] || skip "only root can mount a file system here; the case runs rind as a user, too"
	[ -n "$(type -P "mkfs.$kind")" ] || skip "no mkfs.$kind here"
	private_mounts
	mkdir "$WORK/disk"
	truncate -s 128M "$WORK/image"
	"mkfs.$kind" -q "$@" "$WORK/image" >"$WORK/mkfs" 2>&1 || skip "mkfs.$kind: $(cat "$WORK/mkfs")"
	mount -o "loop$MOUNT_OPTIONS" "$WORK/image" "$WORK/disk" || skip "this host mounts no $kind"
	chmod 755 "$WORK"
	chmod 777 "$WORK/disk" "$WS"
}

# by_each SCRIPT: the shell function is called twice: rind is started by root, and by a user.  HOME_DIR is the
# caller's directory of the disk, and $CALLER the words that run something as the caller.
by_each()
{
	CALLER='' HOME_DIR=$WORK/disk/root
	"$1"
	CALLER="setpriv --reuid $USER_ID --regid $USER_ID --clear-groups" HOME_DIR=$WORK/disk/user
	launch_through "$CALLER"
	"$1"
}

# as_caller NAME [ARGUMENT…]: an attack, on the host, as the one who starts rind; OUT is what it prints.
as_caller()
{
	OUT=$($CALLER "$PROBES/kernel" "$@") || true
}

# A file of the caller's that can be read: who opens it for writing has to wait, and how it is stored is the host's.
test_leases_and_hints()
{
	on_host fcntl "$OUTSIDE/file" 1024 0
	assert_equal 'done' "$OUT" "control: F_SETLEASE"
	on_host fcntl-pointer "$OUTSIDE/file" 1036 2
	inside -- '
		PROBE=kernel
		for NS in "" --userns; do
			for file in "$OUTSIDE/file" "$WS"; do
				blocked_with EPERM $NS fcntl "$file" 1024 0
				blocked_with EPERM $NS fcntl "$file" 1040 0
				blocked_with EPERM $NS fcntl-pointer "$file" 1036 2
				blocked_with EPERM $NS fcntl-pointer "$file" 1038 2
			done
		done
		if has_table 32; then
			blocked_with EPERM call 32 55 0 1024 0 0 0
			blocked_with EPERM call 32 221 0 1024 0 0 0
		fi'
}

# A user's own directory is locked while programs outside work in it.
test_key_of_an_encrypted_directory()
{
	disk ext4 -O encrypt
	by_each remove_the_key
}

remove_the_key()
{
	local key
	$CALLER mkdir -p "$HOME_DIR/ws" "$HOME_DIR/private"
	as_caller add-key "$HOME_DIR" 7
	[ "${#OUT}" = 32 ] || skip "this kernel encrypts no directories: $OUT"
	key=$OUT
	as_caller set-policy "$HOME_DIR/private" "$key"
	assert_equal 'done' "$OUT" "control: policy"
	# The control: on the host the key can be taken away, and given again.
	as_caller remove-key "$HOME_DIR" "$key"
	assert_equal 'done' "$OUT" "control: key removed"
	as_caller add-key "$HOME_DIR" 7
	echo secret | $CALLER tee "$HOME_DIR/private/file" >"$WORK/written"
	export KEY=$key HOME_DIR
	inside --writable "$HOME_DIR/ws" -- '
		PROBE=kernel
		for NS in "" --userns $([ "$(id -u)" = 0 ] || echo --map); do
			for place in ws private .; do
				blocked_with EPERM $NS remove-key "$HOME_DIR/$place" "$KEY"
				blocked_with EPERM $NS add-key "$HOME_DIR/$place" 8
				# FS_IOC_REMOVE_ENCRYPTION_KEY_ALL_USERS
				blocked_with EPERM $NS ioctl "$HOME_DIR/$place" 0xc0406619
			done
		done
		! has_table 32 || blocked_with EPERM call 32 54 0 0xc0406618 0 0 0'
	# Nothing of it is kept in memory: only with the key the name is found.
	sync
	{ echo 2 >/proc/sys/vm/drop_caches; } 2>/dev/null || skip "held; but caches cannot be dropped here, to look at the host"
	assert_content "$HOME_DIR/private/file" secret
}

# A snapshot has no mounts in it: what is hidden in the original is not hidden there.
test_snapshot_of_what_is_hidden()
{
	disk btrfs
	by_each take_a_snapshot
}

take_a_snapshot()
{
	local call
	as_caller make-subvolume "$WORK/disk" "${HOME_DIR##*/}"
	assert_equal 'done' "$OUT" "the subvolume"
	$CALLER mkdir "$HOME_DIR/ws" "$HOME_DIR/secrets"
	echo secret | $CALLER tee "$HOME_DIR/secrets/key" >"$WORK/written"
	for call in snapshot snapshot-v2; do
		as_caller "$call" "$HOME_DIR" "$HOME_DIR/ws" "control-$call"
		assert_equal 'done' "$OUT" "control: $call"
		assert_content "$HOME_DIR/ws/control-$call/secrets/key" secret
		mv "$HOME_DIR/ws/control-$call" "$WORK/disk/${HOME_DIR##*/}-$call"
	done
	export HOME_DIR
	inside --writable "$HOME_DIR/ws" --hide "$HOME_DIR/secrets" -- '
		PROBE=kernel
		refused "cat \"\$HOME_DIR/secrets/key\""
		for NS in "" --userns $([ "$(id -u)" = 0 ] || echo --map); do
			blocked_with EPERM $NS snapshot "$HOME_DIR" "$HOME_DIR/ws" evil
			blocked_with EPERM $NS snapshot-v2 "$HOME_DIR" "$HOME_DIR/ws" evil
		done
		# What is of use in a workspace goes on working.
		breached make-subvolume "$HOME_DIR/ws" mine
		echo text >"$HOME_DIR/ws/text"
		allowed "cp --reflink=always \"\$HOME_DIR/ws/text\" \"\$HOME_DIR/ws/copy\""
		: >"$HOME_DIR/ws/plain"
		[ -z "$(command -v chattr)" ] || allowed "chattr +C \"\$HOME_DIR/ws/plain\""'
	assert_equal '' "$(find "$HOME_DIR/ws" -name 'evil*')" snapshots
	assert_content "$HOME_DIR/ws/copy" text
}

# A subvolume is deleted with all that is in it, mounts or not.
test_deleted_subvolume_with_protected_files()
{
	MOUNT_OPTIONS=,user_subvol_rm_allowed
	disk btrfs
	by_each delete_a_subvolume
}

delete_a_subvolume()
{
	local call
	$CALLER mkdir "$HOME_DIR"
	for call in delete-subvolume delete-subvolume-v2; do
		as_caller make-subvolume "$HOME_DIR" sub
		$CALLER mkdir "$HOME_DIR/sub/.git"
		as_caller "$call" "$HOME_DIR" sub
		assert_equal 'done' "$OUT" "control: $call"
		assert_absent "$HOME_DIR/sub"
	done
	as_caller make-subvolume "$HOME_DIR" sub
	$CALLER mkdir "$HOME_DIR/sub/.git"
	echo '[core]' | $CALLER tee "$HOME_DIR/sub/.git/config" >"$WORK/written"
	export HOME_DIR
	inside --writable "$HOME_DIR" --protect sub/.git -- '
		PROBE=kernel
		refused_with "Read-only" "echo evil >\"\$HOME_DIR/sub/.git/config\""
		for NS in "" --userns $([ "$(id -u)" = 0 ] || echo --map); do
			blocked_with EPERM $NS delete-subvolume "$HOME_DIR" sub
			blocked_with EPERM $NS delete-subvolume-v2 "$HOME_DIR" sub
		done'
	assert_content "$HOME_DIR/sub/.git/config" '[core]'
	assert_equal '' "$ERR" "standard error"
}

run_cases "$@"
