#!/bin/bash
# Programs that call bwrap, with rind in its place: those that are installed (scripts/setup --compare).

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

client()
{
	local status=0
	mkdir "$WORK/client"
	SRT=$LIB/clients/node_modules/.bin/srt CODEX=$LIB/clients/node_modules/.bin/codex "$LIB/bwrap/clients" "$RIND" "$WORK/client" "$1" \
		>"$WORK/output" 2>&1 || status=$?
	[ $status != 77 ] || skip "$(tail -n 1 "$WORK/output")"
	[ $status = 0 ] || fail "$(cat "$WORK/output")"
}

test_opam() { client opam; }
test_srt() { client srt; }
test_flatpak() { needs statx && client flatpak; }
test_mat2() { client mat2; }

test_flatpak_portals() { needs statx && client flatpak-portals; }
test_flatpak_builder() { needs statx && client flatpak-builder; }
test_nsenter() { client nsenter; }
test_slirp4netns() { client slirp4netns; }
test_pasta() { client pasta; }
test_webkit() { needs statx && client webkit; }
test_thumbnailer() { client thumbnailer; }
test_codex() { needs statx && client codex; }

run_cases "$@"
