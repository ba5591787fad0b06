#!/bin/bash
# The pieces of a furnished host (on-furnished-host) are really there: without them every other test passes on it
# for nothing.  A piece that cannot be had is skipped, with the reason that on-furnished-host gave.  On a bare host
# there are no cases here.

# Scripts in quotes are expanded in the sandbox.
# shellcheck disable=SC2016 source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

readonly USER_ID=12345
readonly RUNTIME=/run/user/$USER_ID DOCUMENT=1a2b3c/file

# piece NAME: skip where it cannot be had.
piece()
{
	local why
	why=$(sed -n "s/^$1: //p" "$FURNISHED_LACKS" | head -n 1)
	[ -z "$why" ] || skip "without $1: $why"
}

# The line of the mount that is seen at a path.
mount_at()
{
	awk -v path="$1" '$5 == path { line = $0 } END { print line }' /proc/self/mountinfo
}

# assert_mounted TYPE PATH [PATTERN]: and what else its line says.
assert_mounted()
{
	assert_match "* - $1 *" "$(mount_at "$2")"
	assert_match "${3:-*}" "$(mount_at "$2")"
}

# The first of two kinds of answer is the user's, the second root's.
as_user_or_root()
{
	if [ "$WAY" = root ]; then
		assert_match "$2" "$3"
	else
		assert_match "$1" "$3"
	fi
}

# --- what the kernel has to show -----------------------------------------------------------------

# define_mounted TYPE PATH: a case that a file system of that type is mounted there.
define_mounted()
{
	eval "test_$1() { piece $1; assert_mounted $1 $2; }"
}

define_mounted tracefs /sys/kernel/tracing
define_mounted debugfs /sys/kernel/debug
define_mounted securityfs /sys/kernel/security
define_mounted bpf /sys/fs/bpf
define_mounted pstore /sys/fs/pstore
define_mounted efivarfs /sys/firmware/efi/efivars
define_mounted configfs /sys/kernel/config
define_mounted fusectl /sys/fs/fuse/connections
define_mounted hugetlbfs /dev/hugepages
define_mounted mqueue /dev/mqueue
define_mounted cgroup2 /sys/fs/cgroup

# --- a session -----------------------------------------------------------------------------------

test_runtime_directories()
{
	assert_mounted tmpfs $RUNTIME
	assert_mounted tmpfs /run/user/0
	as_user_or_root "*/doc*" '*/doc*' "$(echo $RUNTIME/*)"
	as_user_or_root '*Permission denied*' 'doc' "$(ls /run/user/0 2>&1)"
}

test_document_portal()
{
	piece fuse
	assert_mounted fuse $RUNTIME/doc
	as_user_or_root 'document' '*Permission denied*' "$(cat $RUNTIME/doc/$DOCUMENT 2>&1)"
	if [ "$WAY" = root ]; then
		assert_content /run/user/0/doc/$DOCUMENT document
		! stat -f /run/user/0/doc 2>/dev/null || fail "statfs is not refused"
	else
		assert_match '*Operation not permitted*' "$(stat -f $RUNTIME/doc 2>&1)"
	fi
}

test_fuse_of_root()
{
	piece fuse
	assert_mounted fuse /srv/remote
	assert_content /srv/remote/$DOCUMENT document
	stat -f /srv/remote >/dev/null || fail "statfs is refused"
}

# That there is no answer can only be seen by waiting for one.
test_fuse_that_hangs()
{
	local status=0
	piece fuse
	assert_mounted fuse $RUNTIME/unanswered
	timeout --signal=KILL 0.2 ls $RUNTIME/unanswered >/dev/null 2>&1 || status=$?
	assert_equal 137 "$status" "status of what waits for the server"
}

test_fuse_that_has_ended()
{
	piece fuse
	assert_mounted fuse $RUNTIME/ended
	assert_match '*Transport endpoint is not connected*' "$(ls $RUNTIME/ended 2>&1)"
}

# --- automounts ----------------------------------------------------------------------------------

test_binfmt_misc()
{
	piece binfmt_misc
	assert_mounted binfmt_misc /proc/sys/fs/binfmt_misc
	[ -e /proc/sys/fs/binfmt_misc/status ] || fail "binfmt_misc is empty"
	piece autofs
	assert_match '* - autofs *' "$(awk '$5 == "/proc/sys/fs/binfmt_misc"' /proc/self/mountinfo)"
}

test_autofs()
{
	piece autofs
	assert_mounted autofs /srv/automounted
	# Asked for by on-furnished-host: another mount would be seen by the tests that compare tables of mounts.
	assert_mounted tmpfs /srv/automounted/project
	[ -e /srv/automounted/project/file ] || fail "what is mounted when asked for is empty"
	assert_match '*No such file*' "$(ls /srv/automounted/absent 2>&1)"
}

test_autofs_without_its_daemon()
{
	piece autofs
	assert_mounted autofs /srv/automount-dead
	assert_match '*No such file*' "$(ls /srv/automount-dead/project 2>&1)"
}

# --- file systems --------------------------------------------------------------------------------

test_snaps()
{
	local snap
	piece squashfs
	for snap in core/1 core/2 editor/7; do
		assert_mounted squashfs "/srv/snap/$snap" '* ro,*/dev/loop*'
		[ -x "/srv/snap/$snap/bin/program" ] || fail "$snap is empty"
	done
}

test_overlay()
{
	piece overlay
	assert_mounted overlay /srv/overlay
	assert_content /srv/overlay/file below
}

# On btrfs stat gives the number of the subvolume, which is in no table of mounts.
test_btrfs()
{
	local place
	piece btrfs
	for place in /home /var/tmp; do
		assert_mounted btrfs "$place"
		[ "$(mountpoint -d "$place")" != "$(stat -c %Hd:%Ld "$place")" ] || fail "$place is no subvolume"
	done
	assert_content /home/project/src/reflink source
	[ "$(stat -c %d /home)" != "$(stat -c %d /home/project)" ] || fail "/home/project is no subvolume"
	[ -e /home/snapshot/src/file ] || fail "there is no snapshot"
	[ "$(stat -f -c %T .)" = btrfs ] || fail "the workspace is not on btrfs"
}

test_binds_over_files()
{
	local file
	for file in hosts resolv.conf hostname; do
		[ ! -f "/etc/$file" ] || assert_mounted '*' "/etc/$file" "* /furniture/$file *"
	done
	assert_mounted nsfs /run/netns/other
}

test_own_tmp()
{
	assert_mounted tmpfs /tmp
}

test_shared_mounts()
{
	assert_match '* shared:*' "$(mount_at /)"
}

test_slave_mounts()
{
	assert_match '* master:*' "$(mount_at /)"
	assert_match '* master:*' "$(mount_at /proc)"
}

# --- containers and images -----------------------------------------------------------------------

test_overlay_as_root()
{
	assert_mounted overlay /
}

test_masks()
{
	assert_mounted proc /proc/sys '* ro,*'
	assert_mounted tmpfs /proc/acpi '* ro,*'
	assert_mounted devtmpfs /proc/keys
	assert_mounted tmpfs /sys/firmware '* ro,*'
	assert_mounted sysfs /sys '* ro,*'
	piece fuse
	assert_mounted fuse /proc/swaps
}

# A proc that is not masked anywhere is what the kernel asks for before it mounts another.
mounts_proc()
{
	unshare --user --map-root-user --mount --pid --fork mount -t proc proc /proc 2>/dev/null
}

test_second_proc()
{
	assert_mounted proc /dev/.lxc/proc
	mounts_proc || fail "no proc can be mounted"
}

test_no_second_proc()
{
	! mounts_proc || fail "a proc can be mounted"
}

test_read_only_image()
{
	assert_match '* ro,*' "$(mount_at /)"
	assert_match '* ro,*' "$(mount_at /usr)"
	! touch /new 2>/dev/null || fail "the root can be written to"
	assert_equal var/home "$(readlink /home)" /home
	assert_equal var/roothome "$(readlink /root)" /root
	assert_equal sysroot/tmp "$(readlink /tmp)" /tmp
	echo fine >"/tmp/$WAY.$$"
	rm "/tmp/$WAY.$$"
}

# --- hidepid -------------------------------------------------------------------------------------

test_hidepid_1()
{
	assert_mounted proc /proc '*hidepid=*'
	[ -e /proc/1 ] || fail "processes are hidden"
	as_user_or_root '*not permitted*' '*Name:*' "$(cat /proc/1/status 2>&1)"
}

test_hidepid_2()
{
	assert_mounted proc /proc '*hidepid=*'
	as_user_or_root '*No such file*' '*Name:*' "$(cat /proc/1/status 2>&1)"
}

# This hides what cannot be traced, which process 1 may be for root, too.
test_hidepid_4()
{
	assert_mounted proc /proc '*hidepid=*'
	as_user_or_root '*No such file*' '*' "$(cat /proc/1/status 2>&1)"
	[ -e /proc/$$/status ] || fail "our own is hidden"
}

# --- crowds --------------------------------------------------------------------------------------

test_thousands_of_mounts()
{
	[ "$(wc -l </proc/self/mountinfo)" -gt 3000 ] || fail "there are not so many"
}

test_many_groups()
{
	[ "$WAY" = user ] || skip "these are the user's"
	[ "$(id -G | wc -w)" -gt 200 ] || fail "the user is in $(id -G | wc -w) groups"
}

test_home_that_cannot_be_written_to()
{
	[ "$WAY" != root ] || skip "root can write anywhere"
	! touch "$HOME/new" 2>/dev/null || fail "it can be"
}

# --- rind ----------------------------------------------------------------------------------------

# Both faces start here; all the rest is what the other files are for.
test_rind()
{
	local -a proc=()
	[ "$FURNISHED" != docker ] || proc=(--proc auto)
	inside "${proc[@]}" -- 'allowed "echo fine >file"; refused "touch \"$OUTSIDE/new\""'
	"$RIND" bwrap --ro-bind / / --dev /dev -- echo fine >said 2>&1 || fail "$(cat said)"
	assert_content said fine
}

# What each furnishing consists of.
cases_of_kernel='tracefs debugfs securityfs bpf pstore efivarfs configfs fusectl hugetlbfs mqueue cgroup2'
cases_of_session='runtime_directories document_portal fuse_of_root fuse_that_hangs fuse_that_has_ended'
cases_of_container="hugetlbfs mqueue cgroup2 $cases_of_session own_tmp binds_over_files slave_mounts
	overlay_as_root masks"
case ${FURNISHED:-} in
'')
	exit 0
	;;
desktop)
	cases="$cases_of_kernel $cases_of_session own_tmp binfmt_misc autofs autofs_without_its_daemon snaps
		overlay btrfs binds_over_files shared_mounts"
	;;
container) cases="$cases_of_container second_proc" ;;
docker) cases="$cases_of_container no_second_proc" ;;
image) cases="$cases_of_kernel $cases_of_session binfmt_misc shared_mounts overlay_as_root read_only_image" ;;
hidepid-*) cases="$cases_of_kernel $cases_of_session own_tmp hidepid_${FURNISHED#hidepid-}" ;;
crowded)
	cases="$cases_of_kernel $cases_of_session own_tmp thousands_of_mounts many_groups
		home_that_cannot_be_written_to"
	;;
*) fail "no furnishing is called $FURNISHED" ;;
esac
for case in $(declare -F | sed -n 's/^declare -f test_//p'); do
	[[ " ${cases//[$'\n\t']/ } rind " == *" $case "* ]] || unset -f "test_$case"
done

run_cases "$@"
