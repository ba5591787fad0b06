#!/bin/bash
# Who may look into the init of `rind bwrap` and enter its sandbox: the owner, on the host, as with bubblewrap
# (nsenter, slirp4netns, flatpak enter), and nobody in the sandbox, unlike there.

# Scripts in quotes are expanded in the sandbox.
# shellcheck disable=SC2016 source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

readonly LINKS='ns/cgroup ns/ipc ns/mnt ns/net ns/pid ns/user ns/uts root cwd exe'

# start OPTION…: a sandbox that runs the lines of its input.  Sets INIT to the id of its init.
start()
{
	hold_start box "$RIND" bwrap --ro-bind / / --dev-bind /dev /dev "$@" --proc /proc --unshare-pid --unshare-uts \
		--info-fd 7 sh -c 'echo started; while read -r line; do eval "$line"; done' "$WORK" 7>info
	hear_line box started
	INIT=$(sed -n 's/.*"child-pid": \([0-9]*\).*/\1/p' info)
	[ -n "$INIT" ] || fail "no child-pid: $(cat info)"
}

finish()
{
	hang_up box
	await_end box
	assert_equal 0 "$HOLD_STATUS" "status ($(cat "$WORK/box.err"))"
	forget box
}

owner_looks()
{
	local link
	for link in $LINKS; do
		readlink "/proc/$INIT/$link" >>links || fail "owner: $1: $link"
	done
	ls "/proc/$INIT/fd" >/dev/null || fail "owner: $1: fd"
	head -c 1 "/proc/$INIT/environ" >/dev/null || fail "owner: $1: environ"
	[ -d "/proc/$INIT/root/usr" ] || fail "owner: $1: the files in root"
	# Terminals take a second user namespace, in which nobody has rights on the others, as with bubblewrap.
	[ "$1" = dev ] ||
		assert_equal "$(readlink "/proc/$INIT/ns/uts")" "$(nsenter_uts)" "owner: $1: nsenter"
}

# Where the sandbox has a user namespace of its own, that has to be entered first.
nsenter_uts()
{
	local how=(--uts="/proc/$INIT/ns/uts")
	[ "$(readlink "/proc/$INIT/ns/user")" = "$(readlink /proc/self/ns/user)" ] ||
		how+=(--user="/proc/$INIT/ns/user" --preserve-credentials)
	nsenter "${how[@]}" readlink /proc/self/ns/uts
}

# in_box COMMAND: its status.
in_box()
{
	tell box "said=\$({ $1; } 2>&1); echo \"status \$?\""
	hear box
	IN_BOX=${LINE#status }
}

# command_looks PROCESS can|cannot: into this process of the sandbox; "can" is the control.
command_looks()
{
	local what
	for what in "readlink /proc/$1/root" "readlink /proc/$1/ns/pid" "readlink /proc/$1/cwd" \
		"readlink /proc/$1/exe" "readlink /proc/$1/fd/* | grep -q ." "head -c 1 /proc/$1/environ" \
		"head -c 0 /proc/$1/mem" "$PROBES/attempt read-memory $1 | grep -x done" \
		"$PROBES/attempt trace $1 | grep -x done"; do
		in_box "$what"
		if [ "$2" = can ]; then
			[ "$IN_BOX" = 0 ] || fail "control: refused: $what"
		else
			[ "$IN_BOX" != 0 ] || fail "from inside: $what"
		fi
	done
}

# Of the same user, and without the capability that init keeps.
start_victim()
{
	tell box 'sleep 1000 & echo "victim $!"'
	hear box
	VICTIM=${LINE#victim }
}

# check NAME OPTION…
check()
{
	local name=$1
	shift
	start "$@"
	owner_looks "$name"
	start_victim
	command_looks "$VICTIM" can
	command_looks 1 cannot
	tell box "kill $VICTIM"
	finish
}

test_owner_looks_and_the_command_does_not()
{
	# Root's command keeps root's capabilities otherwise, and with them may trace all that it sees.
	check plain --cap-drop ALL
	check dev --dev /dev --cap-drop ALL
	check network --unshare-all --cap-drop ALL
}

test_other_ids()
{
	# The ids of an ordinary user inside are others than outside, also for the kernel's question.
	check root --unshare-user --uid 0 --gid 0
	check other --unshare-user --uid 4321 --gid 4321
}

# A command that has what init keeps as a rule: it keeps another.
test_command_with_capabilities()
{
	check lease --unshare-user --cap-add CAP_LEASE --cap-add CAP_SYS_ADMIN
	check more --unshare-user --cap-add CAP_LEASE --cap-add CAP_WAKE_ALARM
}

test_root_without_a_user_namespace()
{
	[ "$WAY" != user ] || skip "only root can do without one"
	check dropped --cap-drop ALL
}

# It may trace whatever it likes in its user namespace, so init is made nobody's to look into.
test_command_that_may_trace()
{
	start --unshare-user --cap-add ALL
	start_victim
	command_looks "$VICTIM" can
	in_box "$PROBES/attempt trace 1 | grep -x done"
	[ "$IN_BOX" != 0 ] || fail "the command traced init"
	in_box 'head -c 1 /proc/1/environ'
	[ "$IN_BOX" != 0 ] || fail "the command read the environment of init"
	tell box "kill $VICTIM"
	finish
}

# Nothing of what init keeps gets to the command, and init may use none of it.
test_capability_of_init()
{
	start --unshare-user --cap-drop ALL
	assert_equal 0000000000000000 "$(awk '$1 == "CapEff:" { print $2 }' "/proc/$INIT/status")" "effective"
	assert_equal 1 "$(awk '$1 == "CapPrm:" { print $2 }' "/proc/$INIT/status" | tr -d '0\n' | wc -c)" \
		"digits of the permitted set that are not 0"
	tell box 'for set in Inh Prm Eff Bnd Amb; do grep "^Cap$set:" /proc/self/status; done; echo end'
	for _ in 1 2 3 4 5; do
		hear box
		assert_match '*0000000000000000' "$LINE"
	done
	hear_line box end
	finish
}

# A sandbox in the user namespace of another one, which sees its processes: until the command has executed, it
# has init's memory, its descriptors and its socket, and what keeps the others out of init is given up already.
test_neighbour_and_what_becomes_the_command()
{
	local command
	needs_to_see_processes
	INIT=
	hold_start box "$RIND" bwrap --unshare-user --cap-drop ALL --bind / / --info-fd 7 \
		sh -c 'echo started; while read -r line; do eval "$line"; done' "$WORK" 7>info
	hear_line box started
	command=$(sed -n 's/.*"child-pid": \([0-9]*\).*/\1/p' info)
	cp "$(command -v cat)" "$WORK/slow"
	hold_start lease "$PROBES/lease" "$WORK/slow"
	hear_line lease held
	hold_start next "$RIND" bwrap --userns 5 --cap-drop ALL --unshare-pid --bind / / --info-fd 7 \
		"$WORK/slow" 5<"/proc/$command/ns/user" 7>info
	hear_line lease asked
	INIT=$(sed -n 's/.*"child-pid": \([0-9]*\).*/\1/p' info)
	command=$(children_of "$INIT" | tr -d " ")
	command_looks "$command" cannot
	command_looks "$INIT" cannot
	hang_up lease
	await_end lease
	tell next executed
	hear_line next executed
	command_looks "$command" can
	command_looks "$INIT" cannot
	hang_up next
	await_end next
	assert_equal 0 "$HOLD_STATUS" "status ($(cat "$WORK/next.err"))"
	finish
}

# What the kernel refuses to others on the host as well.
test_other_user_of_the_host()
{
	[ "$WAY" = root ] || skip "only root can become another user"
	setpriv --reuid 12345 --regid 12345 --clear-groups "$RIND" bwrap --ro-bind / / --unshare-pid \
		--proc /proc --info-fd 7 sh -c 'echo started; read -r line' "$WORK" 7>info >out <&- &
	local box=$! link
	until [ -s info ]; do
		sleep 0.01
	done
	INIT=$(sed -n 's/.*"child-pid": \([0-9]*\).*/\1/p' info)
	for link in ns/mnt root; do
		! setpriv --reuid 12346 --regid 12346 --clear-groups readlink "/proc/$INIT/$link" ||
			fail "another user: $link"
	done
	wait "$box" || true
}

# The command of `rind run`: a debugger and nsenter work on it from the host.  Only root can look into its init.
test_owner_looks_into_the_command_of_run()
{
	local init command='' link
	needs_to_see_processes
	hold box -- 'read -r line'
	# The other child of rind is its janitor, which has no children.
	for init in $(children_of "${HOLD_PID[box]}"); do
		command=$(children_of "$init" | tr -d ' ')
		[ -z "$command" ] || break
	done
	for link in ns/mnt ns/pid root cwd exe; do
		readlink "/proc/$command/$link" >/dev/null || fail "owner: $link of the command"
	done
	tr '\0' ' ' <"/proc/$command/cmdline" | grep -q inside.sh || fail "not the command"
	assert_equal 'done' "$("$PROBES/attempt" trace "$command")" "tracing the command"
	assert_equal "$(readlink "/proc/$command/ns/net")" \
		"$(nsenter --target "$command" --user --preserve-credentials --net readlink /proc/self/ns/net)" "nsenter"
	# Root, of the host or of the user namespace around rind, can look into every process below.
	[ "$WAY" != user ] || ! readlink "/proc/$init/root" || fail "owner: init"
	release box
}

run_cases "$@"
