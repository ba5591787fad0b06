#!/bin/bash
# Command lines that programs have given to bwrap, replayed by rind and by bubblewrap: on this host as it is,
# and with something mounted below /proc, as it is where systemd has booted.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# replay [OPTION…]
replay()
{
	command -v bwrap >/dev/null || skip 'no bwrap to compare with'
	[ "$WAY" != userns ] || skip 'compared as root and as a user'
	# What the recorded lines stand on: overlays for what is missing, namespaces by their files.
	if lacks_mount_calls || lacks statx; then skip "the kernel lacks $MISSING"; fi
	# At its end it looks for leaks by the ids of its threads, for ever where --pidns has made them another namespace's.
	! grep -q __asan_init "$RIND" || skip "not with a sanitizer"
	mkdir "$WORK/replay"
	"$LIB/bwrap/replay" "$RIND" "$PROBES/view" "$WORK/replay" "$@" >"$WORK/output" || fail "$(cat "$WORK/output")"
	[ -z "${VERBOSE:-}" ] || cat "$WORK/output"
}

test_replayed() { replay; }
test_replayed_with_a_mount_below_proc() { replay -m; }

run_cases "$@"
