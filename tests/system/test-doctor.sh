#!/bin/bash
# rind doctor: on this host, and on hosts that are restricted with namespaces and filters.  Its verdict
# is held against what rind run does in the same place.

# Scripts in quotes are expanded elsewhere.
# shellcheck disable=SC2016 source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# Checks that do not count: they are for options, and a test machine may lack what they look for.
readonly OPTIONAL=' uts-namespace cgroup-namespace cgroup '

# Does a sandbox start in the same place?  The one that doctor makes: without placeholders.
runs()
{
	"$@" "$RIND" run --no-default-protect -- true 2>"$WORK/run-error"
}

# expect CHECK PATTERN [COMMAND…]
#
# In the place that COMMAND makes, the check has failed and its line matches; it blocks where rind run
# fails, and where that has found another way, it does not.  Sets STATUS.
expect()
{
	local check=$1 pattern=$2 verdict=degraded status=1
	shift 2
	doctor "$@"
	if ! runs "$@"; then
		verdict=blocked status=2
		assert_equal blocked "$(verdict_of sandbox)" "the sandbox's line, in: $OUT"
		assert_equal 1 "$(wc -l <"$WORK/run-error")" "lines of rind run"
	fi
	assert_equal "$verdict" "$(verdict_of "$check")" "verdict on $check, in: $OUT"
	assert_equal "$status" "$STATUS" "status, after: $OUT"
	assert_match "$pattern" "$(line_of "$check")"
	[[ $pattern != *remedy* ]] || assert_match "*; remedy: ?*" "$(line_of "$check")"
}

# The others of the list are in order, but for what this kernel lacks: nothing else is blamed.
others_are_ok()
{
	local verdict check rest missing
	missing=$(missing_checks | xargs)
	while read -r verdict check rest; do
		[ -n "$check" ] || break
		[[ " $* $missing sandbox$OPTIONAL" != *" $check "* ]] || continue
		assert_equal ok "$verdict" "verdict on $check ($rest)"
	done <"$WORK/stdout"
}

# --- a host in order ----------------------------------------------------------------------------

test_host_in_order()
{
	local check
	doctor
	others_are_ok
	assert_equal ok "$(verdict_of sandbox)" "verdict on sandbox, in: $OUT"
	for check in $(missing_checks); do
		assert_equal degraded "$(verdict_of "$check")" "verdict on $check, in: $OUT"
	done
	assert_equal "$(doctor_status)" "$STATUS" "status, after: $OUT"
	case $STATUS in
	0) assert_match '*rind run works here, with full protection' "$OUT" ;;
	1) assert_match '*rind run works here, with less than full protection or by other means' "$OUT" ;;
	esac
	runs || fail "but rind run fails: $(cat "$WORK/run-error")"
}

test_json()
{
	command -v python3 >/dev/null || skip "there is no python3"
	local status=0
	local -a text json verdicts=(ok degraded)
	doctor
	mapfile -t text < <(awk 'NF == 0 { exit } { print $1, $2 }' "$WORK/stdout")
	"$RIND" doctor --json >"$WORK/json" || status=$?
	assert_equal "$(doctor_status)" "$status" status
	mapfile -t json < <(python3 - "$WORK/json" "${verdicts[$(doctor_status)]}" <<-'END'
		import json, sys
		document = json.load(open(sys.argv[1]))
		assert document["verdict"] == sys.argv[2], document
		for check in document["checks"]:
		    assert set(check) == {"check", "verdict", "detail", "remedy", "needed-by"}, check
		    assert all(type(value) is str for value in check.values()), check
		    assert check["detail"] and (check["verdict"] == "ok") <= (not check["remedy"]), check
		    print(check["verdict"], check["check"])
	END
	)
	assert_equal "${text[*]}" "${json[*]}" "verdicts"
	[ "${#json[@]}" -gt 20 ] || fail "only ${#json[@]} checks"

	status=0
	"$PROBES/refuse" EPERM userns -- "$RIND" doctor --json >"$WORK/json" || status=$?
	assert_equal 2 "$status" status
	assert_equal blocked "$(python3 -c 'import json, sys
print(json.load(open(sys.argv[1]))["verdict"])' "$WORK/json")" "verdict"
}

# A workspace where the sandboxes of rind run would make placeholders, and would take their time.
test_nothing_is_changed()
{
	local before status=0
	git_workspace
	before=$(find "$WORK" ! -name 'std*' -printf '%p %i %T@ %C@ %M\n' | sort)
	(
		cd "$WS"
		TMPDIR=$WS "$RIND" doctor >/dev/null
	) || status=$?
	assert_equal "$(doctor_status)" "$status" status
	assert_equal "$before" "$(find "$WORK" ! -name 'std*' -printf '%p %i %T@ %C@ %M\n' | sort |
		grep -v " $WORK ")" files
	assert_equal '' "$(survivors)" "processes left"
}

test_arguments()
{
	local status=0
	"$RIND" doctor --help | grep -q -e --json || fail "--help lacks --json"
	"$RIND" doctor extra >"$WORK/stdout" 2>"$WORK/stderr" || status=$?
	assert_equal 125 "$status" status
	assert_equal "rind: doctor: takes no arguments, but was given 'extra'" "$(cat "$WORK/stderr")"
	assert_content "$WORK/stdout" ''
	status=0
	"$RIND" doctor --writable x 2>"$WORK/stderr" || status=$?
	assert_equal 125 "$status" status
}

# Closed, or on a directory, which rind run refuses: no reason to say that the host is at fault.
test_odd_streams()
{
	local status=0
	"$RIND" doctor <&- >/dev/null || status=$?
	assert_equal "$(doctor_status)" "$status" "status without a standard input"
	status=0
	"$RIND" doctor </ >/dev/null || status=$?
	assert_equal "$(doctor_status)" "$status" "status with a directory as standard input"
	status=0
	"$RIND" doctor >/dev/full 2>"$WORK/stderr" || status=$?
	assert_equal 125 "$status" "status on a full disk"
}

# --- restricted by settings ---------------------------------------------------------------------

# Run a command as root of a new user namespace, after a shell line there.  The limits of
# /proc/sys/user are the namespace's own.
within()
{
	unshare --user --map-root-user sh -c "$1"' && shift && exec "$@"' sh "$@"
}

test_no_user_namespaces()
{
	local limit='echo 0 >/proc/sys/user/max_user_namespaces'
	needs_settings
	expect user-namespace \
		"*No space left on device (user.max_user_namespaces=0); remedy: $(setting_remedy user.max_user_namespaces)" \
		within "$limit"
	assert_equal 2 "$STATUS" status
	assert_match '*rind run does not work here' "$OUT"
	assert_match 'blocked*not tried*' "$(line_of mount_setattr)"
	lacks clone3 || assert_equal ok "$(verdict_of clone3)" 'verdict on clone3'
	assert_match "*user.max_user_namespaces=0*; see 'rind doctor'" "$(cat "$WORK/run-error")"
}

test_no_namespaces_of_a_kind()
{
	local kind
	needs_settings
	for kind in mnt:mount pid:pid ipc:ipc net:network; do
		expect "${kind#*:}-namespace" \
			"*No space left on device (user.max_${kind%:*}_namespaces=0); remedy: $(setting_remedy "user.max_${kind%:*}_namespaces")" \
			within "echo 0 >/proc/sys/user/max_${kind%:*}_namespaces"
		assert_equal 2 "$STATUS" status
		assert_equal ok "$(verdict_of user-namespace)" "verdict on user-namespace"
	done
}

# What only an option needs does not count.
test_optional_namespaces()
{
	needs_settings
	doctor within 'echo 0 >/proc/sys/user/max_uts_namespaces'
	assert_match "degraded*user.max_uts_namespaces=0) ?only for --hostname); remedy: $(setting_remedy user.max_uts_namespaces)*" \
		"$(line_of uts-namespace)"
	others_are_ok
	assert_equal "$(doctor_status)" "$STATUS" "status, after: $OUT"
}

# --- restricted by filters ----------------------------------------------------------------------

test_container_filter()
{
	expect user-namespace '*Operation not permitted (a seccomp filter around rind *); remedy: *seccomp=*' \
		"$PROBES/refuse" EPERM userns --
	assert_equal 2 "$STATUS" status
	assert_match "*see 'rind doctor'" "$(cat "$WORK/run-error")"
	assert_match '*a seccomp filter is around rind' "$(line_of root)"
}

test_each_call_refused()
{
	local call check
	for call in clone3 openat2 close_range statx open_tree move_mount mount_setattr fsopen keyctl \
		pidfd_send_signal waitid seccomp landlock_create_ruleset; do
		check=$call
		case $call in
		keyctl) check=keyring ;;
		pidfd_send_signal) check=pidfd-signal ;;
			waitid) check=pidfd-wait ;;
		seccomp) check=seccomp-filter ;;
		landlock_create_ruleset) check=landlock ;;
		esac
		if [ "$call" = seccomp ] || { [ "$call" = keyctl ] && lacks keyctl; }; then
			# prctl(2) loads the filter just as well, and no keyrings are none to leave.
			doctor "$PROBES/refuse" ENOSYS "$call" --
			assert_equal ok "$(verdict_of "$check")" "verdict on $check"
		else
			expect "$check" '*Function not implemented (*; remedy: *' \
				"$PROBES/refuse" ENOSYS "$call" --
		fi
		others_are_ok "$check"
		expect "$check" '*Operation not permitted (*; remedy: *' "$PROBES/refuse" EPERM "$call" --
		others_are_ok "$check"
	done
}

test_calls_that_kill()
{
	doctor "$PROBES/refuse" KILL mount_setattr --
	assert_match '*a seccomp filter around rind kills*; remedy: *' "$(line_of mount_setattr)"
	others_are_ok mount_setattr
	assert_equal blocked "$(verdict_of sandbox)" "verdict on sandbox"
	assert_equal 2 "$STATUS" status
}

test_without_landlock()
{
	doctor "$PROBES/refuse" ENOSYS landlock_create_ruleset --
	assert_equal degraded "$(verdict_of landlock)" "verdict on landlock"
	others_are_ok landlock
	assert_equal 1 "$STATUS" status
	assert_match '*with less than full protection*' "$OUT"
}

# --- restricted by mounts -----------------------------------------------------------------------

test_masked_proc()
{
	local mode
	private_mounts
	mask_every_proc /proc/fs
	expect proc '*masked*; remedy: rind run --proc auto*--proc host*'
	others_are_ok proc
	for mode in auto host; do
		"$RIND" run --proc "$mode" -- true || fail "the remedy --proc $mode does not help: status $?"
	done
}

# A directory that is a root: what a static rind and a proc are in.
make_root()
{
	mkdir -p "$WORK/root/proc" "$WORK/root/dev" "$WORK/root/tmp"
	cp "$RIND" "$WORK/root/rind"
	cp "$PROBES/attempt" "$WORK/root/true"
	mount --rbind /proc "$WORK/root/proc"
	mount --rbind /dev "$WORK/root/dev"
}

test_chroot()
{
	! readelf -lW "$RIND" | grep -q ' INTERP ' || skip "rind is not static here"
	private_mounts
	make_root
	local status=0
	chroot "$WORK/root" /rind doctor >"$WORK/stdout" 2>&1 || status=$?
	OUT=$(cat "$WORK/stdout")
	assert_equal 2 "$status" "status, after: $OUT"
	assert_match 'blocked*in a chroot*; remedy: *' "$(line_of root)"
	assert_match 'blocked*Operation not permitted*' "$(line_of user-namespace)"
	assert_equal blocked "$(verdict_of sandbox)" "verdict on sandbox"
}

test_no_null_device()
{
	private_mounts
	mount -t tmpfs tmpfs /dev
	touch /dev/null
	expect devices '*/dev lacks null zero full random urandom tty; remedy: *'
}

run_cases "$@"
