#!/bin/bash
# A sample of the fault matrix, the same in every run: see tests/fault/README.md.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# What the whole matrix runs in.
AROUND=()

# sample SCENARIO…: as this way's user, which is root in a user namespace, too.
sample()
{
	local who=user
	[ "$(id -u)" != 0 ] || who=root
	[ -x "$PROBES/fault-matrix" ] || skip "the fault matrix cannot be compiled here"
	# A sanitizer's own system calls are not rind's to fail, and nor are its ways to end.
	[[ ${RIND_EMBED_CFLAGS-} != *sanitize* ]] || skip "not with a sanitizer"
	"${AROUND[@]}" "$PROBES/fault-run" -w "$who" -j 2 -n 40 "$PROBES/fault-matrix" "$PROBES/fault-probe" \
		"$RIND" "$@"
}

test_run()
{
	sample run-workspace run-off
}

test_bwrap()
{
	sample bwrap-in-place bwrap-new-root
}

# The classic backend, and what stands in for the other calls.
test_old_kernel()
{
	AROUND=("$PROBES/without" all)
	sample run-workspace bwrap-in-place
}

run_cases "$@"
