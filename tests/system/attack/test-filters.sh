#!/bin/bash
# Around the filter: other system call tables, and calls whose arguments are in memory.  What each filter
# answers to each call is in tests/unit/test_filter.c.  Also: test-privileges.sh, test-network.sh.

# Scripts in quotes are expanded in the sandbox.
# shellcheck disable=SC2016 source-path=SCRIPTDIR/.. source=lib.sh
. "$(dirname "$0")/lib.sh"

find_tables

x86_64_only()
{
	[ -n "$TABLES" ] || skip "this machine has one table of system calls"
}

# int 0x80.  The control: without the bit the same call works, in the sandbox and out of it.
test_setid_files_by_the_32_bit_table()
{
	[[ " $TABLES " = *" 32 "* ]] || skip "no 32-bit calls here"
	"$PROBES/breach" openat-32 "$OUTSIDE/control" 755 >"$WORK/control"
	inside -- '
		umask 0
		for call in open creat mknod openat; do
			breached $call-32 plain-$call 755
			for mode in 4755 2755 6755; do
				blocked_with EPERM $call-32 evil-$call-$mode $mode
				blocked_with EPERM fchmodat-32 plain-$call $mode
			done
		done
		blocked_with ENOSYS openat2-32 evil-openat2
	'
	assert_equal '' "$(find . -perm /6000)" "set-ID files"
	assert_equal '' "$(find . -name 'evil*')" "files"
}

test_setid_files_by_the_x32_table()
{
	x86_64_only
	# EPERM is the filter's: where the kernel has no such table it answers ENOSYS.
	inside -- '
		echo x >file
		for mode in 4755 2755; do
			blocked_with EPERM chmod-x32 file "$mode"
		done
	'
	assert_equal '' "$(find . -perm /6000)" "set-ID files"
}

test_sockets_by_other_tables()
{
	local level
	x86_64_only
	for level in isolated off; do
		inside --network "$level" -- '
			blocked_with EPERM socket-x32
			if has_table 32; then
				blocked_with EPERM socketpair-32
				refused_with EPERM "\"$PROBES/attempt\" socketcall"
				refused_with EPERM "\"$PROBES/attempt\" socket-32"
			fi
		'
	done
}

# A ring makes, connects and opens without a system call that a filter could see.
test_io_uring()
{
	local option
	"$PROBES/attempt" io-uring >"$WORK/control" || true
	[ "$(cat "$WORK/control")" != EPERM ] || skip "the host has io_uring denied"
	for option in --network=isolated --network=off --network=host --nested --mode=read-only; do
		CONTROL='' inside "$option" -- '
			refused_with EPERM "\"$PROBES/attempt\" io-uring"
			! has_table 32 || blocked_with EPERM io-uring-32
			! has_table x32 || blocked_with EPERM io-uring-x32
		'
	done
}

# Its flags are in memory.  The control: on the host it works, and programs get on without it.
test_clone3()
{
	needs clone3
	assert_equal 'done' "$("$PROBES/breach" clone3 0)" control
	inside -- '
		blocked_with ENOSYS clone3 0
		blocked_with ENOSYS clone3 0x10000000
		! has_table 32 || blocked_with ENOSYS clone3-32
		allowed "(:) & wait"
	'
}

# Into another control group, past its limits, and past a tree that is read-only.
test_control_group_by_clone3()
{
	local mine
	[ "$WAY" = root ] || skip "only root can make a control group here"
	needs clone3
	mine=$(findmnt -n -t cgroup2 -o TARGET | head -n 1)
	[ -n "$mine" ] || skip "no cgroup2 here"
	# Mounted where it is, so that what is made is below this process's own.
	mine=$mine$(sed -n 's/^0:://p' /proc/self/cgroup)
	mine=${mine%/}/rind-test-$$
	mkdir "$mine" || skip "no control group can be made here"
	# shellcheck disable=SC2064 # now is when it is known
	trap "rmdir '$mine'" EXIT
	assert_equal 'done' "$("$PROBES/breach" clone3-cgroup "$mine")" control
	inside -- "
		refused 'echo \$\$ >$mine/cgroup.procs'
		blocked_with ENOSYS clone3-cgroup $mine
	"
	assert_equal 0 "$(grep -c . "$mine/cgroup.procs")" "processes in the control group"
}

run_cases "$@"
