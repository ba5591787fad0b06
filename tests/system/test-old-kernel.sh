#!/bin/bash
# Kernels that lack a system call which rind would like to use: every protection holds all the same.
# Each call is taken away alone, then all together; `run -x CALLS` runs every other test like this.

# Scripts in quotes are expanded in the sandbox.
# shellcheck disable=SC2016 source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

readonly CALLS='open_tree move_mount mount_setattr fsopen fsconfig fsmount clone3 openat2 close_range
	pidfd_open pidfd_send_signal waitid-pidfd statx faccessat2 landlock_create_ruleset
	landlock_add_rule landlock_restrict_self keyctl seccomp'

# What every kind of operation is to do, tried from inside.
protections_hold()
{
	rm -rf .git link hidden
	git_workspace
	mkdir hidden writable
	echo secret >hidden/file
	ln -s nowhere link
	ln -s .git other
	inside --protect link --protect other --protect deep/missing --hide "$WS/hidden" \
		--writable "$WS/hidden/../writable" -- '
		refused_with "Read-only" "echo evil >.git/config"
		not_renamed .git moved
		refused "mkdir .codex"
		refused "mkdir -p deep/missing"
		for link in link other; do
			refused "rm $link"
			not_renamed $link moved
			refused "ln -sfn . $link"
			refused "echo evil >$link"
		done
		refused "cat hidden/file"
		refused "ls hidden"
		allowed "echo fine >writable/file"
		allowed "echo fine >file"
		refused_with "Read-only" "echo evil >\"$OUTSIDE/file\""
		refused_with "Read-only" "touch \"$OUTSIDE/new\""
		allowed "echo fine >/dev/null"
		allowed "head -c 1 /dev/urandom"
		refused "echo 1 >/proc/sys/kernel/panic"
		same 1 "$(cat /proc/1/stat | cut -d" " -f1)"
		refused "\"$PROBES/attempt\" tiocsti"
		same "" "$(ls /.. | grep -x "[0-9]*")"
	'
	assert_content "$OUTSIDE/file" outside
	assert_content .git/config '[core]'
	assert_content hidden/file secret
	assert_equal nowhere "$(readlink link)" link
	assert_absent .codex deep "$OUTSIDE/new"
	rm -r .git hidden writable link other
}

# What the processes are to do.
processes_end()
{
	sandbox -- sh -c 'exit 7'
	assert_equal 7 "$STATUS" "status ($ERR)"
	sandbox -- sh -c 'kill -TERM $$'
	assert_equal 143 "$STATUS" "status ($ERR)"
	sandbox --mode full-access -- sh -c 'exit 7'
	assert_equal 7 "$STATUS" "status in full access ($ERR)"
	sandbox --timeout 0.1 -- sleep "$PATIENCE"
	assert_equal 124 "$STATUS" "status of what took too long ($ERR)"
}

without()
{
	RIND="$LIB/on-old-kernel"
	export OLD_KERNEL=$1
	"$PROBES/without" "$1" true || fail "no filter without $1"
	protections_hold
	processes_end
}

test_each_call_alone()
{
	local call
	for call in $CALLS; do
		without "$call"
	done
}

test_all_calls()
{
	without all
}

test_mount_calls()
{
	without open_tree,move_mount,mount_setattr,fsopen,fsconfig,fsmount
}

# Descriptors are closed, but for those kept, wherever they are.
test_descriptors_without_close_range()
{
	RIND="$LIB/on-old-kernel"
	export OLD_KERNEL=close_range
	exec 8<"$OUTSIDE/file" 9<"$OUTSIDE/file" 200<"$OUTSIDE/file"
	inside --keep-fd 9 -- '
		# Of the lister, where 3 is what it lists: the shell may still hold a pipe to it.
		same "0 1 2 3 9" "$(echo $(ls /proc/self/fd))"
		allowed "cat <&9"
	'
	exec 8<&- 9<&- 200<&-
}

# What is mounted in a directory that the caller may not enter cannot be changed one by one, and must
# not be reached when the owner opens the directory later.
test_mounts_out_of_reach()
{
	[ "$WAY" = root ] || skip "root alone can mount where the caller cannot look"
	private_mounts
	mkdir "$OUTSIDE/closed" "$OUTSIDE/closed/deep" "$OUTSIDE/closed/second"
	mount -t tmpfs deep "$OUTSIDE/closed/deep"
	mount -t tmpfs second "$OUTSIDE/closed/second"
	chmod 777 "$OUTSIDE/closed/deep"
	chmod 700 "$OUTSIDE/closed"
	chown -R 12345:12345 "$WS" "$WORK/token" 2>/dev/null || chown -R 12345:12345 "$WS"
	chmod 755 "$WORK"
	new_token
	export OLD_KERNEL=mount_setattr
	hold_start box setpriv --reuid 12345 --regid 12345 --clear-groups \
		"$LIB/on-old-kernel" run -- sh -c ". '$LIB/inside.sh'; begin; read -r line
			refused 'touch \"\$OUTSIDE/closed/deep/evil\"'; end" "$WORK"
	hear_line box "started $TOKEN"
	chmod 755 "$OUTSIDE/closed"
	release box
	assert_absent "$OUTSIDE/closed/deep/evil"
	touch "$OUTSIDE/closed/deep/control"
}

# A clone is looked at, by umount2(MNT_EXPIRE), for whether others are mounted in it.
test_mounts_in_what_is_bound()
{
	local kernel
	private_mounts
	mkdir -p .git/a/mounted plain more/mounted
	mount -t tmpfs one .git/a/mounted
	mount -t tmpfs two .git/a/mounted
	mount -t tmpfs three more/mounted
	# The last tells that there is nothing where there is.
	for kernel in mount_setattr mount_setattr,umount2-expire mount_setattr,umount2-expire=11; do
		RIND="$LIB/on-old-kernel"
		export OLD_KERNEL=$kernel
		inside -- '
			refused_with "Read-only" "touch .git/evil"
			refused_with "Read-only" "touch .git/a/mounted/evil"
			allowed "touch more/mounted/fine plain/fine"
		'
		"$RIND" bwrap --bind / / --ro-bind "$WS/more" "$WS/more" --ro-bind "$WS/plain" "$WS/plain" -- \
			sh -c '! touch more/evil && ! touch more/mounted/evil && ! touch plain/evil &&
				touch .git/a/mounted/fine && echo done' >"$WORK/said" 2>&1 || true
		assert_match '*Read-only*Read-only*Read-only*done' "$(cat "$WORK/said")"
		assert_absent .git/evil .git/a/mounted/evil more/evil more/mounted/evil plain/evil
	done
}

# A mount that is covered cannot be reached to be made read-only; by another path to the file system that it
# is on, a directory above it could be moved to where nothing covers it.
test_covered_mounts()
{
	local root base=$OUTSIDE/base
	private_mounts
	mkdir "$base"
	mount -t tmpfs base "$base"
	mkdir -p "$base/other" "$base/home/a/b/c"
	mount --bind "$base/home" "$base/other"
	mount -t tmpfs below "$base/home/a/b/c"
	mount -t tmpfs above "$base/home/a"
	# The control: the newer calls make it read-only, wherever it is.
	needs open_tree move_mount mount_setattr fsopen
	export BASE=$base
	inside -w "$base/other" -- '
		allowed "mv \"$BASE/other/a/b\" \"$BASE/other/moved\""
		refused_with "Read-only" "touch \"$BASE/home/moved/c/evil\""
	'
	mv "$base/other/moved" "$base/other/a/b"
	RIND="$LIB/on-old-kernel"
	export OLD_KERNEL=mount_setattr
	fails_with 125 "*$base/home/a/b/c is covered by another mount*unmount it, or run Linux 5.12*" -- \
		-w "$base/other" -- touch ran
	# That it is mounted there, too, does not keep the directory above from being moved.
	mount -t tmpfs there "$base/other/a/b/c"
	fails_with 125 "*$base/home/a/b/c is covered by another mount*" -- -w "$base/other" -- touch ran
	assert_absent ran
	# Nothing of that where the way is covered by this path, too, or it leads elsewhere.
	for root in home home/a; do
		inside -w "$base/$root" -- 'touch fine'
	done
}

# mount(2) that says it has mounted, and has not: found out, and nothing made on the host.
test_mount_that_lies()
{
	[ "$WAY" = root ] || skip "as an ordinary user the host's root refuses it anyway"
	local before
	before=$(ls -A /)
	RIND="$LIB/on-old-kernel"
	OLD_KERNEL=mount=0,mount_setattr fails_with 125 '*what was built is not what was asked for*' -- \
		-- touch "$WS/ran"
	assert_absent ran
	assert_equal "$before" "$(ls -A /)" "the host's root"
}

# A kernel has all the calls for keys or none: where one of them is there, the caller's are not safe.
test_keyrings_that_cannot_be_left()
{
	needs keyctl
	RIND="$LIB/on-old-kernel"
	OLD_KERNEL=keyctl-alone fails_with 125 '*new session keyring: keyctl: Function not implemented*' -- \
		-- touch "$WS/ran"
	assert_absent ran
}

# What is done without is not done in silence.
test_doctor_and_explain_say_what_is_missing()
{
	local call check
	RIND="$LIB/on-old-kernel"
	for call in clone3 openat2 close_range statx open_tree move_mount mount_setattr fsopen \
		landlock_create_ruleset landlock_add_rule landlock_restrict_self \
		pidfd_send_signal:pidfd-signal waitid-pidfd:pidfd-wait; do
		check=${call#*:}
		export OLD_KERNEL=${call%:*}
		"$RIND" doctor >"$WORK/doctor" || true
		grep -q "^degraded  *${check/landlock_*/landlock} " "$WORK/doctor" ||
			fail "nothing is said about $call: $(cat "$WORK/doctor")"
		[[ $call != landlock_* ]] || "$RIND" explain | grep -q '^landlock  *none: ' ||
			fail "explain tells of rules without $call"
	done
}

# A host without what the classic backend itself stands on.
test_refusal_names_the_step()
{
	RIND="$LIB/on-old-kernel"
	OLD_KERNEL=mount_setattr,mount fails_with 125 '*mount: Operation not permitted*' -- -- true
}

run_cases "$@"
