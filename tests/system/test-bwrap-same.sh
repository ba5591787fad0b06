#!/bin/bash
# rind bwrap beside bubblewrap: what tests/system/bwrap compares.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# In three parts, each within the time that a test file has.
differ()
{
	command -v bwrap >/dev/null || skip 'no bwrap to compare with'
	[ "$WAY" != userns ] || skip 'compared as root and as a user'
	mkdir "$WORK/differ"
	"$LIB/bwrap/differ" "$RIND" "$PROBES/view" "$WORK/differ" "$1" >"$WORK/output" ||
		fail "$(cat "$WORK/output")"
}

test_same_as_bwrap_1() { differ '[a-c]*'; }
test_same_as_bwrap_2() { differ '[d-m]*'; }
test_same_as_bwrap_3() { differ '[n-z]*'; }

test_random_plans()
{
	command -v bwrap >/dev/null || skip 'no bwrap to compare with'
	[ "$WAY" != userns ] || skip 'compared as root and as a user'
	mkdir "$WORK/random"
	"$LIB/bwrap/random" "$RIND" "$WORK/random" 300 >"$WORK/output" || fail "$(cat "$WORK/output")"
}

run_cases "$@"
