#!/bin/bash
# What can be done with an open file besides reading it: descriptors that are open for reading, whose
# file the sandbox hides or does not have.  Also: test-descriptors.sh, and test-streams.sh (protected ones).

# Scripts in quotes are expanded in the sandbox.
# shellcheck disable=SC2016 source-path=SCRIPTDIR/.. source=lib.sh
. "$(dirname "$0")/lib.sh"

# changes_nothing FD: neither the file nor what the kernel keeps about it, by any name of the descriptor.
readonly CHANGES_NOTHING='changes_nothing()
{
	refused "chmod 666 /proc/self/fd/$1"
	refused "touch -d @0 /proc/self/fd/$1"
	refused "\"$PROBES/files\" mark \"/proc/self/fd/$1\""
	refused "\"$PROBES/files\" touch-fd $1"
	refused "echo evil >/proc/self/fd/$1"
	refused "echo evil >>/dev/fd/$1"
	refused "\"$PROBES/breach\" reopen $1"
}
'

# secret_in DIRECTORY: a file of two lines, as it was before any attack.
secret_in()
{
	mkdir -p "$1"
	printf 'one\ntwo\n' >"$1/secret"
	chmod 600 "$1/secret"
	stat -c '%a %Y' "$1/secret" >"$WORK/before"
}

assert_untouched()
{
	assert_content "$1" 'one
two'
	assert_equal "$(cat "$WORK/before")" "$(stat -c '%a %Y' "$1")" "mode and time of $1"
}

# In a root neither Landlock nor the tree's mount stands in the way, but only what hides the file.
test_hidden_file_in_a_root()
{
	local option
	for option in --mode=workspace-write --nested; do
		secret_in "$WS/keys"
		# The control: what the descriptor allows where nothing is hidden.
		inside "$option" -- 'allowed "chmod 640 /proc/self/fd/0"' <keys/secret
		chmod 600 keys/secret
		exec 7<keys/secret
		inside "$option" --hide keys --keep-fd 7 -- "$CHANGES_NOTHING"'
			changes_nothing 0
			changes_nothing 7
			same one "$(head -c 4)"
			same two "$(cat)"
			refused "cat keys/secret"
		' <keys/secret
		exec 7<keys/secret
		# shellcheck disable=SC2094 # only hidden
		inside "$option" --hide keys/secret --keep-fd 7 -- "$CHANGES_NOTHING"'
			changes_nothing 0
			changes_nothing 7
		' <keys/secret
		assert_untouched keys/secret
	done
}

# The offset is the descriptor's: what the caller has read is not read again.
test_hidden_file_that_has_been_read_from()
{
	secret_in "$OUTSIDE/keys"
	exec 7<"$OUTSIDE/keys/secret"
	read -r line <&7
	assert_equal one "$line" "what the caller has read"
	inside --hide "$OUTSIDE/keys" -- "$CHANGES_NOTHING"'
		changes_nothing 0
		same two "$(cat)"
	' <&7
	assert_untouched "$OUTSIDE/keys/secret"
}

# Only a name, by which a file can be opened in any way.
test_path_of_a_hidden_file()
{
	secret_in "$WS/keys"
	"$PROBES/breach" with-path 7 "$WS/keys/secret" "$RIND" run --hide keys --keep-fd 7 -- sh -c "
		. '$LIB/inside.sh'; CONTROL=; begin
		$CHANGES_NOTHING
		changes_nothing 7
		end" "$WORK" >"$WORK/stdout"
	assert_equal finished "$(tail -n 1 "$WORK/stdout")" "last line"
	! grep WRONG "$WORK/stdout" || fail "it was opened"
	assert_untouched keys/secret
}

# Nothing of the tree is read-only there, so there is no mount on which it could be opened anew.
test_hidden_file_in_full_access()
{
	secret_in "$OUTSIDE/keys"
	sandbox --mode full-access --hide "$OUTSIDE/keys" -- sh -c 'echo ran >ran' <"$OUTSIDE/keys/secret"
	assert_equal 125 "$STATUS" status
	assert_match "rind: descriptor 0 is open on $OUTSIDE/keys/secret, which --hide * hides*a pipe*" "$ERR"
	assert_absent ran
	assert_untouched "$OUTSIDE/keys/secret"
	# The way out that the message names.
	# shellcheck disable=SC2002 # the pipe is what this is about
	cat "$OUTSIDE/keys/secret" |
		"$RIND" run --mode full-access --hide "$OUTSIDE/keys" -- cat >"$WORK/stdout"
	assert_content "$WORK/stdout" 'one
two'
}

# A file in the host's /dev, of which the sandbox has one of its own.
test_file_below_dev()
{
	[ -w /dev/shm ] || skip "/dev/shm cannot be written to"
	local directory
	directory=$(mktemp -d /dev/shm/rind-test.XXXXXX)
	# shellcheck disable=SC2064 # now
	trap "rm -rf '$directory'" EXIT
	secret_in "$directory"
	exec 7<"$directory/secret"
	inside --keep-fd 7 -- "$CHANGES_NOTHING"'
		changes_nothing 0
		changes_nothing 7
		same one "$(head -c 4)"
		same two "$(cat)"
	' <"$directory/secret"
	assert_untouched "$directory/secret"
	"$PROBES/breach" with-path 7 "$directory/secret" "$RIND" run --keep-fd 7 -- sh -c "
		. '$LIB/inside.sh'; CONTROL=; begin
		$CHANGES_NOTHING
		changes_nothing 7
		end" "$WORK" >"$WORK/stdout"
	assert_equal finished "$(tail -n 1 "$WORK/stdout")" "last line"
	! grep WRONG "$WORK/stdout" || fail "it was opened"
	assert_untouched "$directory/secret"
}

# The host's /proc, which the sandbox's own is mounted over.
test_file_in_proc()
{
	needs_to_see_processes
	inside -- '
		allowed "cat | grep -q ."
		refused_with "Read-only" "echo 0 >/proc/self/fd/0"
		refused_with EROFS "\"$PROBES/files\" touch-fd 0"
	' </proc/self/oom_score_adj
	# What the kernel shows to the process itself only: it cannot be opened anew.
	sandbox -- sh -c 'echo ran >ran' </proc/self/environ
	assert_equal 125 "$STATUS" status
	assert_match "rind: descriptor 0 is open on /proc/*/environ, which *give it a pipe instead*" "$ERR"
	assert_absent ran
	"$RIND" run -- cat < <(cat /proc/self/environ) >"$WORK/stdout"
	grep -qa "TOKEN=" "$WORK/stdout" || fail "nothing was read through the pipe"
}

# refuses_descriptor PATTERN COMMAND…: the command starts rind with the descriptor.
refuses_descriptor()
{
	local pattern=$1
	shift
	STATUS=0
	"$@" 2>"$WORK/stderr" || STATUS=$?
	assert_equal 125 "$STATUS" "status ($(cat "$WORK/stderr"))"
	# shellcheck disable=SC2053 # a pattern on purpose
	[[ $(cat "$WORK/stderr") == $pattern ]] || fail "$(cat "$WORK/stderr")"
	assert_absent ran
}

# By no path of its descriptor, but by another name it can still be reached.
test_file_whose_name_is_gone()
{
	secret_in "$OUTSIDE/keys"
	ln "$OUTSIDE/keys/secret" "$OUTSIDE/keys/other"
	exec 7<"$OUTSIDE/keys/secret"
	rm "$OUTSIDE/keys/secret"
	# The control.
	sh -c 'chmod 640 /proc/self/fd/7'
	chmod 600 "$OUTSIDE/keys/other"
	refuses_descriptor 'rind: descriptor 7 is open on *secret (deleted), which *No such file*a pipe*' \
		"$RIND" run --keep-fd 7 -- sh -c 'echo ran >ran'
	assert_untouched "$OUTSIDE/keys/other"
	# With no name at all there is nothing left to be changed: here-documents of many shells are such files.
	rm "$OUTSIDE/keys/other"
	inside --keep-fd 7 -- 'same one "$(head -n 1 <&7)"'
}

# Neither a socket nor a symbolic link can be opened but by name, and both have an owner and times.
test_path_of_a_socket_or_a_link()
{
	mkdir keys
	ln -s "$OUTSIDE/file" keys/link
	hold_start listener "$PROBES/breach" receive "$WS/keys/socket"
	hear_line listener ready
	chmod 600 keys/socket
	"$PROBES/breach" with-path 7 "$WS/keys/socket" "$RIND" run --hide keys --keep-fd 7 -- sh -c "
		. '$LIB/inside.sh'; CONTROL=; begin
		refused 'chmod 666 /proc/self/fd/7'
		refused '\"\$PROBES/files\" touch-fd 7'
		end" "$WORK" >"$WORK/stdout"
	assert_equal finished "$(tail -n 1 "$WORK/stdout")" "last line"
	! grep WRONG "$WORK/stdout" || fail "it was changed"
	assert_equal 600 "$(stat -c %a keys/socket)" "mode on the host"
	"$PROBES/files" with-link 7 "$WS/keys/link" "$RIND" run --hide keys --keep-fd 7 -- sh -c "
		. '$LIB/inside.sh'; CONTROL=; begin
		refused_with EROFS '\"\$PROBES/files\" touch-fd 7'
		end" "$WORK" >"$WORK/stdout"
	assert_equal finished "$(tail -n 1 "$WORK/stdout")" "last line"
	! grep WRONG "$WORK/stdout" || fail "it was changed"
	refuses_descriptor 'rind: descriptor 7 is open on *keys/link, which *a pipe*' \
		"$PROBES/files" with-link 7 "$WS/keys/link" "$RIND" run --keep-fd 7 -- sh -c 'echo ran >ran'
	"$PROBES/breach" send-datagram keys/socket x
	await_end listener
}

# A disk, which the sandbox's /dev does not have.
test_disk_on_standard_input()
{
	local disk
	[ "$WAY" = root ] || skip "only root can make one"
	truncate -s 1M "$WORK/image"
	disk=$(losetup --find --show "$WORK/image" 2>/dev/null) || skip "there are no loop devices here"
	# shellcheck disable=SC2064 # now
	trap "losetup -d '$disk'" EXIT
	# The control: what a descriptor for reading allows on the host.
	sh -c 'printf control >/proc/self/fd/0' <"$disk"
	assert_equal control "$(head -c 7 "$disk")" control
	inside -- '
		refused "printf evil >/proc/self/fd/0"
		refused_with "Read-only" "chmod 666 /proc/self/fd/0"
		same control "$(head -c 7)"
	' <"$disk"
	assert_equal control "$(head -c 7 "$disk")" "content of the disk"
}

# A file of a mount namespace that is not the caller's: no path of his leads to it.
test_file_of_another_mount_namespace()
{
	[ "$WAY" = root ] || skip "only root can make one"
	mkdir "$WORK/elsewhere"
	refuses_descriptor 'rind: descriptor 7 is open on */secret, which *a pipe*' \
		unshare -m --propagation private sh -ec "
		mount -t tmpfs none '$WORK/elsewhere'
		echo one >'$WORK/elsewhere/secret'
		exec 7<'$WORK/elsewhere/secret'
		exec nsenter -t $$ -m '$RIND' run --writable '$WS' --keep-fd 7 -- sh -c 'echo ran >'$WS'/ran'"
	assert_absent "$WORK/elsewhere/secret"
}

# The lower layer's file becomes another one when it is written to; the descriptor stays on an overlay.
test_hidden_file_on_an_overlay()
{
	[ "$WAY" = root ] || skip "only root can make one"
	mkdir "$WORK/lower" "$WORK/layers"
	secret_in "$WORK/lower/keys"
	STATUS=0
	unshare -m --propagation private sh -ec "
		mount -t tmpfs none '$WORK/layers'
		mkdir '$WORK/layers/upper' '$WORK/layers/work'
		mount -t overlay -o lowerdir='$WORK/lower',upperdir='$WORK/layers/upper',workdir='$WORK/layers/work' \
			none '$WS' || exit 77
		cd '$WS'
		'$RIND' run --hide keys -- sh -c '
			echo started
			chmod 666 /proc/self/fd/0 || echo refused
			(echo evil >/proc/self/fd/0) || echo refused
			cat' <keys/secret
		stat -c '%a %Y' keys/secret
		cat keys/secret" >"$WORK/stdout" 2>"$WORK/stderr" || STATUS=$?
	[ "$STATUS" != 77 ] || skip "no overlay can be mounted here"
	assert_equal 0 "$STATUS" "status ($(cat "$WORK/stderr"))"
	assert_content "$WORK/stdout" "started
refused
refused
one
two
$(cat "$WORK/before")
one
two"
}

# --- what can be opened the other way ---------------------------------------------------------------

# By its nature: whoever may open a pipe, may open either end; no mount is above it, Landlock leaves what is
# in no tree alone, and its mode is its owner's to change.  What comes of it is whatever the others who have
# the pipe take it for.

# printf SCRIPT | bash: the shell reads the next line where its commands read their input.
test_recorded_pipe_on_standard_input()
{
	local attack="echo 'echo evil >>written' >/proc/self/fd/0"
	printf '%s\n' "'$RIND' run -- sh -c \"$attack\"" 'echo next >>written' | bash
	grep -qx evil written || fail "it was not written: $(cat written)"
	# What to do, where the command needs no input.
	local remedy
	for remedy in '--stdin null' '--stdin=null --mode=read-only' '--mode full-access --stdin null'; do
		rm written
		printf '%s\n' "'$RIND' run $remedy -- sh -c \"$attack\"" 'echo next >>written' | bash
		assert_content written next
	done
	rm written
	printf '%s\n' "'$RIND' run -- sh -c \"$attack\" </dev/null" 'echo next >>written' | bash
	assert_content written next
	# And where it does: a pipe that nobody else reads from.
	exec 7< <(printf 'one\n')
	# shellcheck disable=SC2002 # the pipe is what this is about
	{ cat | "$RIND" run -- sh -c 'echo evil >/proc/self/fd/0; grep -m 1 one'; } <&7 >"$WORK/stdout"
	assert_equal '' "$(cat <&7)" "what others read from the pipe"
	grep -q one "$WORK/stdout" || fail "the command did not get its input: $(cat "$WORK/stdout")"
}

# Others' output, which waits in the pipe to be read.
test_recorded_pipe_on_standard_output()
{
	mkfifo "$WORK/ended"
	# Never to wait for what is not there.
	local steal='dd if=/proc/self/fd/3 iflag=nonblock bs=64 count=1 3>&1 >stolen 2>/dev/null || :'
	# shellcheck disable=SC2094 # a FIFO, and in that order
	{
		echo secret
		"$RIND" run -- sh -c "$steal"
		echo 'done' >"$WORK/ended"
	} | {
		read -r line <"$WORK/ended"
		cat >"$WORK/stdout"
	}
	assert_content stolen secret
	assert_content "$WORK/stdout" ''
	# What to do.  The command reads what it has written itself.
	{
		echo secret
		"$RIND" run -- sh -c "echo own; $steal" | cat
		echo 'done' >"$WORK/ended"
	} | {
		read -r line <"$WORK/ended"
		cat >"$WORK/stdout"
	}
	grep -qx secret "$WORK/stdout" || fail "it was taken: $(cat "$WORK/stdout")"
	! grep -q secret stolen || fail "it was stolen"
}

# A file in memory, open for reading; its maker can seal it.
test_recorded_file_in_memory()
{
	local attack='echo evil >/proc/self/fd/0; cat'
	"$PROBES/files" with-memory good "$RIND" run -- sh -c "$attack" >"$WORK/stdout"
	assert_content "$WORK/stdout" evil
	# What to do: seal it, or put a pipe between.
	"$PROBES/files" with-sealed-memory good "$RIND" run -- sh -c "$attack" \
		>"$WORK/stdout" 2>"$WORK/stderr"
	assert_content "$WORK/stdout" good
	assert_match '*Operation not permitted*' "$(cat "$WORK/stderr")"
}

# A file that is open and has no name any more, as here-documents of many shells are: in /tmp, which is a root.
test_recorded_file_without_a_name()
{
	local attack='echo evil >/proc/self/fd/0'
	printf 'one\ntwo\n' >document
	exec 7<document
	rm document
	read -r line <&7
	"$RIND" run -- sh -c "$attack" <&7
	[[ $(cat <&7) != two ]] || fail "it was not written"
	# What to do.
	printf 'one\ntwo\n' >document
	exec 7<document
	rm document
	read -r line <&7
	"$RIND" run --stdin null -- sh -c "$attack" <&7
	assert_equal two "$(cat <&7)" "what others read"
}

# --stdin null is the sandbox's own null, by its name, too; and what the caller has is not given along.
test_null_on_standard_input()
{
	local mode
	printf 'one\n' >"$OUTSIDE/input"
	for mode in workspace-write read-only full-access; do
		sandbox --mode "$mode" --stdin null -- sh -c '
			cat; cat /dev/stdin && echo read; echo lost >/dev/stdin && echo written
			stat -L -c %t:%T /dev/stdin' <"$OUTSIDE/input"
		assert_equal 'read
written
1:3' "$OUT" "output with $mode ($ERR)"
	done
	# What would be refused as the command's is not the command's.
	sandbox --stdin null -- sh -c 'cat && echo ran' <"$OUTSIDE"
	assert_equal ran "$OUT" "output ($ERR)"
	sandbox --stdin null -- sh -c 'cat && echo ran' <&-
	assert_equal ran "$OUT" "output ($ERR)"
	sandbox --stdin null --stdin inherit -- cat <"$OUTSIDE/input"
	assert_equal one "$OUT" "output ($ERR)"
	fails_with 125 'rind: --stdin none: no such choice; use inherit or null*' -- --stdin none -- true
	"$RIND" explain --stdin null | grep -q '^stdin  *null$' || fail "explain does not say it"
	"$RIND" explain --json | grep -q '"stdin": "inherit"' || fail "explain --json does not say it"
}

run_cases "$@"
