#!/bin/bash
# What no mount and no filter can keep a command from doing to files that it may write to, and what is done
# about it: modes of roots, set-ID bits, second names of what is hidden.

# Scripts in quotes are expanded in the sandbox.
# shellcheck disable=SC2016 source-path=SCRIPTDIR/.. source=lib.sh
. "$(dirname "$0")/lib.sh"

# --- roots ------------------------------------------------------------------------------------------

# The root of a mount is as writable as what is in it.  So it is told.
test_mode_of_a_root()
{
	local status
	mkdir "$OUTSIDE/root"
	chmod 1777 "$OUTSIDE/root"
	# The control: nothing is said where nothing was changed.
	sandbox --writable "$OUTSIDE/root" -- chmod 1777 "$OUTSIDE/root"
	assert_equal ':0' "$ERR:$STATUS" "messages and status"
	exec {status}>"$WORK/status"
	sandbox --writable "$OUTSIDE/root" --json-status-fd "$status" -- \
		sh -c "chmod 777 '$OUTSIDE/root'; exit 7"
	assert_equal 7 "$STATUS" "status, which is the command's own"
	assert_equal 777 "$(stat -c %a "$OUTSIDE/root")" "mode on the host"
	assert_match "rind: $OUTSIDE/root (--writable $OUTSIDE/root): its mode was 1777 before * and is 0777 now; \
put it back with chmod 1777" "$ERR"
	grep -qF "{\"altered\": [{\"path\": \"$OUTSIDE/root\", \"mode\": \"0777\", \"mode-before\": \"1777\"" \
		"$WORK/status" || fail "not in $(cat "$WORK/status")"
	# The working directory, too; and that of a command that was killed.
	chmod 755 .
	sandbox -- sh -c 'chmod 750 .; kill -9 $$'
	assert_match "rind: $WS (workspace (working directory)): its mode was 0755 * is 0750 now*" "$ERR"
	chmod 755 .
}

test_group_of_a_root()
{
	local groups
	[ "$WAY" = root ] || skip "only root changes to any group, before and after"
	mkdir "$OUTSIDE/root"
	chgrp 1 "$OUTSIDE/root"
	groups=$(id -g)
	sandbox --writable "$OUTSIDE/root" -- chgrp "$groups" "$OUTSIDE/root"
	[ "$STATUS" = 0 ] || fail "status $STATUS: $ERR"
	assert_match "rind: $OUTSIDE/root (*): its owner was 0:1 before * and is 0:$groups now; *chown 0:1" "$ERR"
}

# Nothing is said of another directory that somebody on the host has put in its place.
test_root_replaced_on_the_host()
{
	mkdir -m 700 "$OUTSIDE/root"
	hold box --writable "$OUTSIDE/root" -- 'echo started; read -r line'
	hear_line box started
	mv "$OUTSIDE/root" "$OUTSIDE/old"
	mkdir -m 711 "$OUTSIDE/root"
	release box
}

# --- set-ID files -----------------------------------------------------------------------------------

# write(2) takes the bits away.  What is written to a mapping goes to a page of memory, where nobody looks.
test_recorded_set_id_file_in_a_root()
{
	printf 'original\n' >program
	chmod 4755 program
	inside -- 'PROBE=files; breached write-mapped program'
	assert_equal '4755 Xriginal' "$(stat -c %a program) $(cat program)" "the program"
	inside -- 'allowed "printf evil >program"'
	assert_equal 755 "$(stat -c %a program)" "mode after a write"
	# What to do.
	printf 'original\n' >program
	chmod 4755 program
	inside --protect "$WS/program" -- 'PROBE=files; blocked_with "open: EROFS" write-mapped program'
	assert_equal '4755 original' "$(stat -c %a program) $(cat program)" "the program"
}

test_set_id_file_as_a_root()
{
	local mode
	echo original >"$OUTSIDE/program"
	for mode in 4755 2755 6711; do
		chmod "$mode" "$OUTSIDE/program"
		fails_with 125 "rind: writable root $OUTSIDE/program is a set-ID program*chmod ug-s*" -- \
			--writable "$OUTSIDE/program" -- "$PROBES/files" write-mapped "$OUTSIDE/program"
	done
	chmod ug-s "$OUTSIDE/program"
	inside --writable "$OUTSIDE/program" -- 'PROBE=files; breached write-mapped "$OUTSIDE/program"'
}

# --- other names of what is hidden ------------------------------------------------------------------

# A mount stands in for one name.  Told at the start; none can be made inside.
test_recorded_hidden_file_with_another_name()
{
	mkdir "$OUTSIDE/keys"
	echo secret >"$OUTSIDE/keys/one"
	ln "$OUTSIDE/keys/one" "$OUTSIDE/other"
	sandbox --hide "$OUTSIDE/keys/one" -- cat "$OUTSIDE/other"
	assert_equal secret "$OUT" "what was read ($ERR)"
	assert_match "rind: note: $OUTSIDE/keys/one (--hide $OUTSIDE/keys/one) has other names*hide these*" "$ERR"
	"$RIND" explain --hide "$OUTSIDE/keys/one" | grep -q "^note: $OUTSIDE/keys/one has other names" ||
		fail "explain does not say it"
	"$RIND" explain --json --hide "$OUTSIDE/keys/one" | grep -q '"note": "has other names' ||
		fail "explain --json does not say it"
	# What to do.
	inside --hide "$OUTSIDE/keys/one" --hide "$OUTSIDE/other" -- 'refused "cat \"$OUTSIDE/other\""'
	rm "$OUTSIDE/other"
	sandbox --hide "$OUTSIDE/keys/one" -- sh -c 'ln "$1" link || echo refused' sh "$OUTSIDE/keys/one"
	assert_equal refused "$OUT" "making another name"
	[[ $ERR != *"other names"* ]] || fail "a note on a file with one name: $ERR"
	assert_absent link
	# Of files in a hidden directory nothing is known.
	ln "$OUTSIDE/keys/one" "$OUTSIDE/other"
	sandbox --hide "$OUTSIDE/keys" -- cat "$OUTSIDE/other"
	assert_equal "secret:" "$OUT:$ERR" "what was read"
}

# --- hidden in /dev ---------------------------------------------------------------------------------

# The sandbox's /dev/shm is its own; but not where the host's is a root, or a directory in it.
test_hidden_file_in_dev_shm()
{
	[ -w /dev/shm ] || skip "/dev/shm cannot be written to"
	local directory
	directory=$(mktemp -d /dev/shm/rind-test.XXXXXX)
	# shellcheck disable=SC2064 # now
	trap "rm -rf '$directory'" EXIT
	echo secret >"$directory/secret"
	fails_with 125 "rind: --hide $directory/secret: the sandbox has a /dev/shm of its own, which is empty*" -- \
		--hide "$directory/secret" -- true
	inside -- "refused_with 'No such file' 'cat $directory/secret'"
	inside --writable "$directory" -- "
		allowed 'grep secret $directory/secret'"
	inside --writable "$directory" --hide "$directory/secret" -- "
		refused 'cat $directory/secret'
		refused 'echo evil >>$directory/secret'
		not_renamed $directory/secret $directory/moved
		allowed 'echo fine >$directory/other'"
	assert_content "$directory/secret" secret
	TMPDIR=$directory inside --hide "$directory/secret" -- "refused 'cat $directory/secret'"
	fails_with 125 'rind: --hide /dev/null: the sandbox has a /dev of its own*' -- --hide /dev/null -- true
}

run_cases "$@"
