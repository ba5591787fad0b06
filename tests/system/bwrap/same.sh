# shellcheck shell=bash
# What the files that compare rind bwrap with bubblewrap share.  There are several, each with a part of
# the cases, because a file's time is limited.

# differ PART: what differ takes for one.
differ()
{
	command -v bwrap >/dev/null || skip 'no bwrap to compare with'
	[ "$WAY" != userns ] || skip 'compared as root and as a user'
	mkdir "$WORK/differ"
	"$LIB/bwrap/differ" "$RIND" "$PROBES/view" "$WORK/differ" "$1" >"$WORK/output" ||
		fail "$(cat "$WORK/output")"
}

# random COUNT
random_plans()
{
	command -v bwrap >/dev/null || skip 'no bwrap to compare with'
	[ "$WAY" != userns ] || skip 'compared as root and as a user'
	mkdir "$WORK/random"
	"$LIB/bwrap/random" "$RIND" "$WORK/random" "$@" >"$WORK/output" || fail "$(cat "$WORK/output")"
}
