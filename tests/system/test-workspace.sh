#!/bin/bash
# Where the working directory is no workspace unless it is named.

# Scripts in quotes are expanded in the sandbox.
# shellcheck disable=SC2016 source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# refused_in DIRECTORY WHAT: and nothing has been run or made there.
refused_in()
{
	fails_with 125 "rind: the working directory is $1, $2, which a command could write to: *--chdir*--mode read-only*--writable $1" \
		-- -C "$1" -- touch "$1/made"
	[ ! -e "$1/made" ] || fail "the command ran in $1"
}

test_home_directory()
{
	export HOME=$WS/home CONTROL=
	mkdir -p "$HOME/project"
	refused_in "$HOME" 'your home directory'
	inside -C "$HOME/project" -- 'allowed "echo >made"; refused "echo evil >../.bashrc"'
	assert_absent "$HOME/.bashrc"
	# With / at its end, and through a symlink of the same name.
	HOME=$HOME/ refused_in "$WS/home" 'your home directory'
	mkdir link
	ln -s ../home link/home
	HOME=$WS/link/home refused_in "$WS/home" 'your home directory'
	# What is no path of a home is none.
	HOME='' inside -C "$WS/home" -- 'allowed "echo >made"'
	HOME=home inside -C "$WS/home" -- 'allowed "echo >made"'
	HOME=$WS/nowhere inside -C "$WS/home" -- 'allowed "echo >made"'
}

test_directories_of_the_system()
{
	local directory
	for directory in / /etc /usr /usr/lib /usr/share/doc /var /home /root /opt /run; do
		if [ ! -d "$directory" ] || [ ! -x "$directory" ]; then
			continue
		fi
		# One that is a link is refused by where it leads.
		[ "$(realpath "$directory")" = "$directory" ] || continue
		refused_in "$directory" 'a directory of the system'
	done
}

# Named, or above it, it may be; and where nothing is writable, or everything, it is not asked for.
test_what_is_named_is_meant()
{
	export HOME=$WS/home CONTROL=$WS/home/control
	mkdir "$HOME"
	inside -C "$HOME" -w "$HOME" -- 'allowed "echo >here"'
	inside -C "$HOME" -w "$WS" -- 'allowed "echo >here"'
	inside -C "$HOME" --mode read-only -w "$WS" -- 'allowed "echo >here"'
	CONTROL='' inside -C "$HOME" --mode read-only -- 'refused "echo >here"'
	inside -C "$HOME" --mode full-access -- 'allowed "echo >here"'
	# / is where services start: there it is enough to name another root.
	inside -C / -w "$HOME" -- 'allowed "echo >\"$WS/home/here\""; refused "mkdir /made"'
	# One below it is not the directory itself.
	mkdir "$HOME/project"
	fails_with 125 'rind: the working directory is *, your home directory*' -- -C "$HOME" -w "$HOME/project" -- true
}

# The same for explain; the check of doctor is not about the directory.
test_explain_and_doctor()
{
	export HOME=$WS
	! "$RIND" explain . >"$WORK/out" 2>&1 || fail "explained: $(cat "$WORK/out")"
	assert_match 'rind: the working directory is *' "$(cat "$WORK/out")"
	"$RIND" doctor >"$WORK/out" 2>&1 || true
	grep -E '^ok +sandbox ' "$WORK/out" >"$WORK/found" || fail "$(grep sandbox "$WORK/out")"
}

run_cases "$@"
