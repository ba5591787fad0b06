#!/bin/bash
# The tree, /dev and /proc: rules 1, 2 and 6, and the modes.

# Scripts in quotes are expanded in the sandbox.
# shellcheck disable=SC2016 source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

test_tree_is_read_only()
{
	local before evil=/etc/rind-test-evil
	before=$(snapshot "$OUTSIDE")
	inside -- '
		refused_with "Read-only" "echo evil >\"$OUTSIDE/file\""
		refused_with "Read-only" "echo evil >>\"$OUTSIDE/new\""
		refused_with "Read-only" "mkdir \"$OUTSIDE/directory/new\""
		refused_with "Read-only" "rm \"$OUTSIDE/file\""
		not_renamed "$OUTSIDE/file" "$OUTSIDE/moved"
		refused_with "Read-only" "chmod 777 \"$OUTSIDE/file\""
		refused_with "Read-only" "touch \"$OUTSIDE/file\""
		refused_with "Read-only" "ln -s x \"$OUTSIDE/link\""
		refused "ln \"$OUTSIDE/file\" hard"
		not_renamed "$OUTSIDE" "$WORK/elsewhere"
		not_renamed "$OUTSIDE/file" stolen
		refused "echo evil >'"$evil"'"
		refused "echo evil >\"$HOME/evil\""
		allowed "cat \"$OUTSIDE/file\""
	'
	assert_equal "$before" "$(snapshot "$OUTSIDE")" files
	assert_absent "$evil" "$HOME/evil" hard stolen "$WORK/elsewhere"
}

test_tree_cannot_be_remounted()
{
	local before
	before=$(snapshot "$OUTSIDE")
	git_workspace
	mkdir view
	# With capabilities in a user namespace of one's own too, where that can be had.
		local script='
		refused "mount -o remount,rw,bind / && echo evil >\"$OUTSIDE/file\""
		# Without a change of propagation, which unshare begins with and Landlock refuses.
		for how in "unshare -Um --propagation unchanged" "unshare -Urm --propagation unchanged"; do
			refused "$how mount -o remount,rw,bind /"
			refused "$how umount .git"
			refused "$how umount -l .git"
			refused "$how umount .codex"
			refused "$how umount -l /"
			refused "$how sh -c \"umount -l .git; echo evil >.git/config\""
			for flag in --bind --rbind; do
				refused "$how sh -c \"mount $flag . view && echo evil >view/.git/config\""
				refused "$how sh -c \"mount $flag . view && mkdir view/.codex\""
				refused "$how sh -c \"mount $flag / view && echo evil >\\\"view$OUTSIDE/file\\\"\""
			done
			refused "$how sh -c \"mount --bind \\\"$OUTSIDE\\\" src; echo evil >src/file\" &&
				! grep -q evil src/file"
		done
		refused "grep -q evil .git/config \"$OUTSIDE/file\""
	'
	inside -- "$script"
	inside --nested -- "$script"
	assert_equal "$before" "$(snapshot "$OUTSIDE")" files
	assert_content .git/config '[core]'
}

# The classic backend cannot change a mount that no path leads to, nor could the command.
test_mounts_are_nosuid_and_nodev()
{
	local unseen=nothing
	! lacks open_tree move_mount mount_setattr fsopen fsconfig fsmount || unseen=' /dev/[a-z]*$'
	inside -- "unseen='$unseen'"'
		same "" "$(awk "{ print \",\" \$6 \",\", \$5 }" /proc/self/mountinfo |
			grep -v "$unseen" | grep -v ",nosuid," | head -n 1)"
		same "" "$(awk "{ print \",\" \$6 \",\", \$5 }" /proc/self/mountinfo |
			grep -v " /dev" | grep -v ",nodev," | head -n 1)"
	'
}

test_device_in_the_workspace_is_dead()
{
	[ "$WAY" = root ] || skip "only root can make a device"
	mknod -m 666 zero c 1 5
	head -c 1 zero >/dev/null || skip "devices do not work in /var/tmp here"
	inside -- 'refused_with "Permission denied" "head -c 1 zero"'
}

test_submounts_are_read_only()
{
	private_mounts
	mkdir "$OUTSIDE/sub" sub sub-ro
	mount -t tmpfs tmpfs "$OUTSIDE/sub"
	mkdir "$OUTSIDE/sub/deeper"
	mount -t tmpfs tmpfs "$OUTSIDE/sub/deeper"
	mount -t tmpfs tmpfs sub
	mount -t tmpfs -o ro tmpfs sub-ro
	echo deep >"$OUTSIDE/sub/deeper/file"
	inside -- '
		allowed "grep deep \"$OUTSIDE/sub/deeper/file\""
		refused_with "Read-only" "echo evil >\"$OUTSIDE/sub/deeper/file\""
		refused_with "Read-only" "echo evil >\"$OUTSIDE/sub/new\""
		allowed "echo fine >sub/file"
		refused_with "Read-only" "echo evil >sub-ro/file"
	'
	assert_content "$OUTSIDE/sub/deeper/file" deep
	assert_content sub/file fine
	assert_absent "$OUTSIDE/sub/new"
}

test_mounts_made_later_do_not_appear()
{
	private_mounts
	# As on a host whose tree is shared, which is what systemd makes of it.
	mount --make-rshared /
	mkdir late "$OUTSIDE/late"
		hold box -- '
		echo ready; read -r line
		refused "ls late/seen"
		refused "ls \"$OUTSIDE/late/seen\""
		allowed "echo inside >late/file"
	'
	hear_line box ready
	mount -t tmpfs tmpfs late
	mount -t tmpfs tmpfs "$OUTSIDE/late"
	touch late/seen "$OUTSIDE/late/seen"
	release box
	assert_absent late/file
	umount late
	assert_content late/file inside
}

test_mounts_made_inside_do_not_leave()
{
	private_mounts
	mount --make-rshared /
	local before
	before=$(cat /proc/self/mountinfo)
	hold box -- 'echo ready; read -r line; allowed "grep -q \" $WS \" /proc/self/mountinfo"'
	hear_line box ready
	assert_equal "$before" "$(cat /proc/self/mountinfo)" mounts
	release box
	assert_equal "$before" "$(cat /proc/self/mountinfo)" mounts
}

test_dev_is_minimal()
{
	inside -- '
		same "fd full null ptmx pts random shm stderr stdin stdout tty urandom zero" \
			"$(echo $(ls /dev | grep -v "^core$"))"
		allowed "echo x >/dev/null"
		same 0 "$(head -c 4 /dev/zero | tr -d "\0" | wc -c)"
		same 4 "$(head -c 4 /dev/urandom | wc -c)"
		refused_with "No space" "head -c 1 /dev/zero >/dev/full"
		same piped "$(echo piped | cat /dev/stdin)"
		allowed "echo x >/dev/shm/file && grep x /dev/shm/file"
		allowed "\"$PROBES/pty\" /bin/true </dev/null | grep \"status: 0\""
		refused "rm /dev/null"
		refused "mknod /dev/evil c 1 3"
	'
}

test_dev_shm_is_private()
{
	local name=/dev/shm/rind-test.$$
	inside -- "allowed 'echo x >$name'"
	assert_absent "$name"
}

test_proc_is_fresh()
{
	inside -- '
		same "" "$(ls -d /proc/[0-9]* | sed "s|/proc/||" | awk "\$1 != 1 && (\$1 < $$ || \$1 > $$ + 100)")"
		same "proc proc" "$(sed -n "s|.* /proc .* - \(proc\) \(proc\) .*|\1 \2|p" /proc/self/mountinfo |
			tail -n 1)"
		refused "ls /proc/'"$$"'/cwd"
	'
}

# Programs name files by their number.
test_numbers_of_processes()
{
	local first second
	hold one -- 'echo $$; sh -c "echo \$\$"; read -r line'
	hear one
	first=$LINE
	[ "$first" -ge 300 ] || fail "the command is process $first"
	hear one
	if [ "$LINE" -le "$first" ] || [ "$LINE" -ge $((first + 100)) ]; then
		fail "its child is process $LINE"
	fi
	hold two -- 'echo $$; read -r line'
	hear two
	second=$LINE
	release one
	release two
	[ "$first" != "$second" ] || fail "both commands are process $first"
	# Without a proc of its own nothing sets them; without a sandbox around it, neither does rind bwrap.
	inside --proc none -- 'same 2 $$'
}

test_proc_host()
{
	local option
	needs_to_see_processes
	for option in --no-proc --proc=host; do
		inside "$option" -- '
			allowed "grep -q . /proc/'"$$"'/cmdline"
			refused_with "Read-only" "echo 0 >/proc/'"$$"'/oom_score_adj"
			refused_with "Read-only" "echo x >/proc/'"$$"'/comm"
		'
	done
}

test_proc_none()
{
	inside --proc none -- '
		same "" "$(ls -A /proc)"
		refused "echo x >/proc/file"
	'
}

readonly PROC_SETTINGS='
	for path in /proc/sys /proc/sysrq-trigger /proc/irq /proc/bus; do
		[ -e "$path" ] || continue
		for file in $(find "$path" -maxdepth 3 -type f -perm -200 2>/dev/null | head -n 20); do
			refused "\"$PROBES/attempt\" open-write \"$file\""
		done
	done
	for file in kernel/core_pattern vm/drop_caches kernel/hostname net/ipv4/ip_forward; do
		refused "\"$PROBES/attempt\" open-write \"/proc/sys/$file\""
	done
'

test_proc_settings_are_read_only()
{
	local pattern
	pattern=$(cat /proc/sys/kernel/core_pattern)
	inside -- "$PROC_SETTINGS"'
		for path in /proc/sys /proc/sysrq-trigger /proc/irq /proc/bus; do
			[ ! -e "$path" ] ||
				same ro "$(grep " $path " /proc/self/mountinfo | cut -d" " -f6 | cut -d, -f1 | sort -u)"
		done
	'
	# Where a sandbox within is to get a proc of its own, what only root can change stays uncovered,
	# but not for root.
	inside --nested -- "$PROC_SETTINGS"
	inside --mode full-access --network off -- "$PROC_SETTINGS"
	[ "$WAY" != root ] || inside_as_number_1000 --nested -- "$PROC_SETTINGS"
	assert_equal "$pattern" "$(cat /proc/sys/kernel/core_pattern)" core_pattern
}

test_ipc_and_pid_namespaces_are_new()
{
	local name
	for name in user mnt pid ipc net; do
		inside -- "refused 'test \$(readlink /proc/self/ns/$name) = \"$(readlink "/proc/self/ns/$name")\"'"
	done
	inside --network host -- "same '$(readlink /proc/self/ns/net)' \"\$(readlink /proc/self/ns/net)\""
}

test_read_only_mode()
{
	local before file
	before=$(snapshot "$WS")
	file=$(mktemp -u /tmp/rind-test.XXXXXX)
	# shellcheck disable=SC2064 # now is when it is known
	trap "rm -f '$file'" EXIT
	CONTROL='' inside --mode read-only -- "
		refused_with Read-only 'echo evil >file'
		refused_with Read-only 'echo evil >$file'
		allowed 'echo x >/dev/null'
	"
	assert_absent "$file"
	assert_equal "$before" "$(snapshot "$WS")" files
	mkdir "$WORK/out"
	CONTROL=$WORK/out/control inside --mode=read-only -w "$WORK/out" -- '
		refused_with "Read-only" "echo evil >file"
	'
}

test_full_access_mode_changes_nothing()
{
	inside --mode full-access -- "
		for name in user mnt pid ipc net; do
			same \"\$(readlink /proc/$$/ns/\$name)\" \"\$(readlink /proc/self/ns/\$name)\"
		done
		allowed 'echo fine >\"\$OUTSIDE/new\"'
	"
	assert_content "$OUTSIDE/new" fine
	sandbox --mode full-access -- sh -c 'exit 7'
	assert_equal 7 "$STATUS" status
}

test_full_access_mode_with_a_restriction()
{
	git_workspace
	inside --mode full-access --network off -p .git -p "$OUTSIDE/file" -- '
		allowed "echo fine >\"$OUTSIDE/new\""
		refused "echo evil >\"$OUTSIDE/file\""
		refused_with EPERM "\"$PROBES/attempt\" tcp-connect 127.0.0.1 1"
	'
	assert_content "$OUTSIDE/new" fine
	assert_content "$OUTSIDE/file" outside
}

run_cases "$@"
