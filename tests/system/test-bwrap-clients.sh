#!/bin/bash
# Programs that call bwrap, with rind in its place: those that are installed (scripts/setup --compare).

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# client NAME [COMMAND…]: by COMMAND, where there is one.
client()
{
	local status=0 name=$1
	shift
	mkdir -p "$WORK/client"
	SRT=$LIB/clients/node_modules/.bin/srt CODEX=$LIB/clients/node_modules/.bin/codex \
		"$@" "$LIB/bwrap/clients" "$RIND" "$WORK/client" "$name" >"$WORK/output" 2>&1 || status=$?
	[ $status != 77 ] || skip "$(tail -n 1 "$WORK/output")"
	[ $status = 0 ] || fail "$(cat "$WORK/output")"
}

test_opam() { client opam; }
test_srt() { client srt; }
test_flatpak() { needs statx && client flatpak; }
test_mat2() { client mat2; }

# What flatpak-spawn starts joins a pid namespace, where a sanitizer does not end: see test-bwrap-corpus.sh.
flatpak_portals()
{
	needs statx
	! grep -q __asan_init "$RIND" || skip "not with a sanitizer"
	# The portal mounts its file system, which others that run meanwhile must not see.
	private_mounts
	"$@" flatpak-portals
}

test_flatpak_portals() { flatpak_portals client; }
test_flatpak_builder() { needs statx && client flatpak-builder; }

# As people have it: with a name, and with a /dev/fuse for everybody.
as_person()
{
	needs statx
	private_person
	if [ -e /dev/fuse ]; then
		mount -t tmpfs -o mode=711 nodes "$OUTSIDE"
		mknod -m 666 "$OUTSIDE/fuse" c 10 229
		mount --bind "$OUTSIDE/fuse" /dev/fuse
	fi
	client "$1" setpriv --reuid "$PERSON" --regid "$PERSON" --clear-groups
}

test_flatpak_portals_as_a_person() { flatpak_portals as_person; }
test_flatpak_builder_as_a_person() { as_person flatpak-builder; }
test_nsenter() { client nsenter; }
test_slirp4netns() { client slirp4netns; }
test_pasta() { client pasta; }
test_webkit() { needs statx && client webkit; }
test_thumbnailer() { client thumbnailer; }
test_codex() { needs statx && client codex; }

run_cases "$@"
