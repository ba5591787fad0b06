#!/bin/bash
# FUSE file systems: one that answers statfs with EPERM, as the document portal of every desktop does, and those
# whose server does not answer any more or has ended.  What the kernel knows itself is asked of the kernel.

# Scripts in quotes are expanded in the sandbox.
# shellcheck disable=SC2016 source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# The files of probes/fusefs.c.
readonly FOLDER=1a2b3c/file

# mount_fuse KIND: at $FUSE, owned by who runs the case; as root, by an ordinary user of the host too.
mount_fuse()
{
	private_mounts
	[ -w /dev/fuse ] || skip "/dev/fuse cannot be opened"
	FUSE=$WORK/$1
	mkdir "$FUSE"
	hold_start "$1" "$PROBES/fusefs" "$FUSE" "$(id -u)" "$1"
	hear_line "$1" mounted
}

# The server, and with it what is mounted.
end_fuse()
{
	kill -KILL "${HOLD_PID[$1]}"
	await_end "$1" 2>/dev/null
}

# quick COMMAND…: it must not wait for a server.  Sets STATUS, OUT and ERR.
quick()
{
	STATUS=0
	timeout -s KILL "$PATIENCE" "$@" >"$WORK/stdout" 2>"$WORK/stderr" </dev/null || STATUS=$?
	OUT=$(cat "$WORK/stdout") ERR=$(cat "$WORK/stderr")
	[ "$STATUS" != 137 ] || fail "waits for a server: $*"
}

# starts COMMAND…: prints "inside" in the sandbox, and no complaint.
starts()
{
	quick "$@"
	assert_equal "0 inside " "$STATUS $OUT $ERR" "$*"
}

test_portal_is_bound()
{
	mount_fuse portal
	! stat -f "$FUSE" 2>/dev/null || fail "statfs works"
	starts "$RIND" bwrap --ro-bind / / --bind "$FUSE" /tmp echo inside
	starts "$RIND" bwrap --ro-bind / / --ro-bind "$FUSE/$FOLDER" "$OUTSIDE/file" echo inside
	starts "$RIND" bwrap --ro-bind /usr /usr --symlink usr/bin /bin --symlink usr/lib /lib \
		--symlink usr/lib64 /lib64 --bind "$FUSE" /mnt/doc /usr/bin/echo inside
	starts "$RIND" bwrap --ro-bind / / --bind "$FUSE" /tmp --remount-ro /tmp echo inside
	quick "$RIND" bwrap --ro-bind / / --ro-bind "$FUSE" /tmp sh -c "echo no >/tmp/$FOLDER"
	assert_match '*Read-only file system*' "$ERR"
	quick "$RIND" bwrap --ro-bind / / --bind "$FUSE" /tmp sh -c "echo written >/tmp/$FOLDER"
	assert_equal "0 " "$STATUS $ERR"
	assert_content "$FUSE/$FOLDER" written
	end_fuse portal
}

test_input_from_the_portal()
{
	mount_fuse portal
	STATUS=0
	OUT=$("$RIND" run -- cat <"$FUSE/$FOLDER" 2>"$WORK/stderr") || STATUS=$?
	assert_equal "0 " "$STATUS $(cat "$WORK/stderr")"
	assert_equal "$(cat "$FUSE/$FOLDER")" "$OUT" content
	# Opened anew, on a mount that is read-only.
	quick bash -c '"$1" run -- sh -c "echo no >/proc/self/fd/0" <"$2"' bash "$RIND" "$FUSE/$FOLDER"
	[ "$STATUS" != 0 ] || fail "input can be opened for writing"
	end_fuse portal
}

test_roots_in_the_portal()
{
	mount_fuse portal
	cd "$FUSE/1a2b3c"
	starts "$RIND" run --mode read-only -- echo inside
	starts "$RIND" run --no-default-protect -- sh -c 'echo written >file && echo inside'
	assert_content file written
	starts "$RIND" run --no-default-protect --protect "$PWD/file" -- \
		sh -c '! echo no 2>/dev/null >file && echo inside'
	assert_content file written
	starts "$RIND" run --no-default-protect --hide "$PWD/file" -- \
		sh -c '! cat file 2>/dev/null && echo inside'
	cd "$WS"
	end_fuse portal
}

# Refused with the remedy that works, and nothing is left.
test_masks_in_the_portal()
{
	local before
	mount_fuse portal
	cd "$FUSE/1a2b3c"
	before=$(ls -A)
	quick "$RIND" run -- true
	assert_equal 125 "$STATUS" "status ($ERR)"
	assert_match '*cannot protect*the file system there cannot carry the mask of a missing path*(--no-default-protect)*' "$ERR"
	assert_equal "$before" "$(ls -A)" files
	cd "$WS"
	end_fuse portal
}

test_server_that_hangs()
{
	mount_fuse hanging
	# The control: whoever asks it waits.
	! timeout -s KILL 1 stat "$FUSE" 2>/dev/null || fail "the server answers"
	starts "$RIND" run -- echo inside
	starts "$RIND" run --mode read-only --writable "$OUTSIDE" -- echo inside
	starts "$RIND" bwrap --ro-bind / / --dev /dev --proc /proc echo inside
	starts "$RIND" bwrap --ro-bind / / --bind / / echo inside
	# With mount(2) the flags of what is bound have to be read, before they can be set.
	if ! lacks_mount_calls && ! lacks statx; then
		starts "$RIND" bwrap --ro-bind / / --bind "$FUSE" /tmp echo inside
		starts "$RIND" bwrap --ro-bind /usr /usr --symlink usr/bin /bin --symlink usr/lib /lib \
			--symlink usr/lib64 /lib64 --bind "$FUSE" /mnt /usr/bin/echo inside
	fi
	end_fuse hanging
}

# A pattern that could match something in there is refused, and one that could not is not.
test_pattern_does_not_wait()
{
	mount_fuse hanging
	cd "$WORK"
	echo secret >.env
	quick "$RIND" run --exclude-tmp --hide '**/.env' -- echo inside
	assert_equal "125 " "$STATUS $OUT"
	assert_match "rind: --hide \\*\\*/.env: it might match something below $FUSE, a mount of type fuse*, whose server need not answer; unmount it, hide it (--hide $FUSE), or name the directories that are meant in the pattern" "$ERR"
	starts "$RIND" run --exclude-tmp --hide '.en?' -- echo inside
	starts "$RIND" run --exclude-tmp --hide-if-present 'ws/**/.env' -- echo inside
	cd "$WS"
	end_fuse hanging
}

test_server_that_has_ended()
{
	mount_fuse dead
	! stat "$FUSE" 2>/dev/null || fail "the server has not ended"
	starts "$RIND" run -- echo inside
	starts "$RIND" bwrap --ro-bind / / --dev /dev --proc /proc echo inside
	if ! lacks_mount_calls && ! lacks statx; then
		starts "$RIND" bwrap --ro-bind / / --bind "$FUSE" /tmp echo inside
	fi
}

# An ordinary user of the host, whom private_mounts() has made root in a namespace elsewhere.
test_portal_of_a_user()
{
	[ "$WAY" = root ] || skip "only root can become another user"
	private_mounts
	chmod 711 "$WORK"
	mkdir "$WORK/doc" "$WORK/theirs"
	chown 12345:12345 "$WORK/theirs"
	hold_start doc "$PROBES/fusefs" "$WORK/doc" 12345 portal
	hear_line doc mounted
	local -a user=(setpriv --reuid 12345 --regid 12345 --clear-groups)
	cd "$WORK/theirs"
	starts "${user[@]}" "$RIND" bwrap --ro-bind / / --bind "$WORK/doc" /tmp echo inside
	starts "${user[@]}" "$RIND" bwrap --ro-bind / / --bind "$WORK/doc" /tmp --unshare-all --dev /dev \
		--proc /proc echo inside
	starts "${user[@]}" "$RIND" run -- echo inside
	quick "${user[@]}" sh -c '"$1" run -- cat <"$2"' sh "$RIND" "$WORK/doc/$FOLDER"
	assert_equal "0 " "$STATUS $ERR"
	cd "$WS"
	end_fuse doc
}

run_cases "$@"
