#!/bin/bash
# A sample of the fault matrix, the same in every run: see tests/fault/README.md.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# sample OPTION… -- SCENARIO…: as this way's user, which is root in a user namespace, too.
sample()
{
	local -a options=()
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	local who=user
	[ "$(id -u)" != 0 ] || who=root
	[ -x "$PROBES/fault-matrix" ] || skip "the fault matrix cannot be compiled here"
	# It lists every mount after each run, and each system call of the classic backend, which makes some for each.
	[ "${FURNISHED-}" != crowded ] || skip "the matrix has room for some hundred mounts, not for thousands"
	# A sanitizer's own system calls are not rind's to fail, and nor are its ways to end.
	[[ ${RIND_EMBED_CFLAGS-} != *sanitize* ]] || skip "not with a sanitizer"
	"$PROBES/fault-run" -w "$who" -j 2 -n 40 "${options[@]}" "$PROBES/fault-matrix" "$PROBES/fault-probe" \
		"$RIND" "$@"
}

test_run()
{
	sample -- run-workspace run-off run-git
}

test_bwrap()
{
	sample -- bwrap-in-place bwrap-new-root
}

test_run_on_a_terminal()
{
	! lacks_mount_calls || skip "where mounts are made with mount(2), run_classic has these"
	sample -- run-foreground run-background
}

# Below a filter that refuses pivot_root.
test_bwrap_nested()
{
	sample -- bwrap-nested
}

# As on a kernel without the newer system calls.
test_run_classic()
{
	sample -c "$PROBES/without" -- run-workspace run-off run-foreground run-background
}

# A filter around rind, as that which makes the older kernel here, is none of rind's own.
test_filters_below_a_filter()
{
	sample -n 100000 -k seccomp -c "$PROBES/without" -- run-workspace run-background
}

test_bwrap_classic()
{
	sample -c "$PROBES/without" -- bwrap-in-place bwrap-new-root bwrap-nested
}

run_cases "$@"
