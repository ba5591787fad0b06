#!/bin/bash
# What a sandbox costs at the start of a command: an empty program run bare, by rind and, where it is
# installed, by bwrap with the mounts that rind's plan has too.
#
#   start.sh RIND          ROUNDS=N: how often each is run, 200 if not given
#
# The ratio is what to look at: the times belong to the machine and the hour.
set -euo pipefail
rind=$(realpath "${1:?usage: start.sh RIND}")
here=$(cd "$(dirname "$0")" && pwd)
rounds=${ROUNDS:-200}
work=$(mktemp -d /var/tmp/rind-bench.XXXXXX)
trap 'rm -rf "$work"' EXIT

cc=${CC:-gcc}
"$cc" -std=gnu17 -O2 -D_GNU_SOURCE -o "$work/spawntime" "$here/spawntime.c"
# Static where that can be: then hardly anything but the launcher is measured.
build_nothing() {
	echo 'int main(void) { return 0; }' | "$cc" -O2 "$@" -o "$work/nothing" -x c - 2>/dev/null
}
build_nothing -static || build_nothing
workspace=$work/workspace
mkdir -p "$workspace/.git"

# compare WHAT RIND_OPTIONS -- BWRAP_OPTIONS
compare() {
	local what=$1 rind_options=() commands
	shift
	while [ "$1" != -- ]; do
		rind_options+=("$1")
		shift
	done
	shift
	commands=(bare "$work/nothing"
		--- 'rind run' "$rind" run "${rind_options[@]}" -- "$work/nothing")
	if command -v bwrap >/dev/null; then
		commands+=(--- bwrap bwrap "$@" -- "$work/nothing")
	fi
	echo "$what"
	"$work/spawntime" "$rounds" "${commands[@]}"
}

base=(--new-session --die-with-parent --unshare-user --unshare-pid --unshare-ipc --ro-bind / /
	--bind "$workspace" "$workspace" --dev /dev --proc /proc)
compare 'one writable directory, the network of the host' \
	--mode read-only --no-default-protect --writable "$workspace" --network host -- \
	"${base[@]}"
compare 'and .git protected, no network' \
	--mode read-only --no-default-protect --writable "$workspace" --protect "$workspace/.git" \
	--network isolated -- \
	"${base[@]}" --ro-bind "$workspace/.git" "$workspace/.git" --unshare-net
echo "bwrap: $(bwrap --version 2>/dev/null || echo 'not installed, so not compared')"
