# shellcheck shell=sh
# Read by the scripts that run inside of a sandbox: the words with which they try things.  A surprise
# is a line `WRONG: …`, which lib.sh looks for.

# The control: what is allowed works, so that a refusal below is the sandbox's.
begin()
{
	[ -z "$CONTROL" ] || cat "$WORK/token" >"$CONTROL"
	echo "started $(cat "$WORK/token")"
}

end()
{
	echo finished
}

wrong()
{
	echo "WRONG: $*" | tr '\n' ' '
	echo
}

# Run "$1" in a shell of its own, so that a failing redirection or cd ends nothing else.
attempt()
{
	attempt_status=0
	attempt_output=$( (eval "$1") 2>&1) || attempt_status=$?
}

allowed()
{
	attempt "$1"
	[ "$attempt_status" = 0 ] || wrong "refused: $1: $attempt_output"
}

# Not found and not executable are mistakes in the test, never a refusal.
refused()
{
	attempt "$1"
	case $attempt_status in
	0) wrong "allowed: $1: $attempt_output" ;;
	126 | 127) wrong "did not run: $1: $attempt_output" ;;
	esac
}

# refused_with TEXT COMMAND: and for this reason, a shell pattern in the output.
refused_with()
{
	refused "$2"
	# shellcheck disable=SC2254 # a pattern on purpose
	case $attempt_output in
	*$1*) ;;
	*) wrong "refused, but not with $1: $2: $attempt_output" ;;
	esac
}

# Rename, as one call: mv would go on to copy.
not_renamed()
{
	refused "\"$PROBES/attempt\" rename \"$1\" \"$2\""
}

# The probe whose attacks the following are: breach, or what a script sets PROBE to.
PROBE=breach

# blocked [OPTION…] NAME [ARGUMENT…]: an attack of the probe is refused, at the attack itself and not
# on the way to it.
blocked()
{
	blocked_with E "$@"
}

# blocked_with ERRNO [OPTION…] NAME [ARGUMENT…]: and for this reason.
blocked_with()
{
	attempt_reason=$1
	shift
	attempt_status=0
	attempt_output=$("$PROBES/$PROBE" "$@" 2>&1) || attempt_status=$?
	case $attempt_status:$attempt_output in
	"1:$attempt_reason"*) ;;
	# A host whose kernel lacks what an attack is made of: see lacking in lib.sh.
	1:*ENOSYS)
		attempt_output=${attempt_output%ENOSYS} attempt_output=${attempt_output%: }
		case " ${LACKING:-} " in
		"  ") wrong "$PROBE $*: ENOSYS" ;;
		*" $attempt_output "*) ;;
		*) [ -z "$attempt_output" ] || wrong "$PROBE $*: $attempt_output: ENOSYS" ;;
		esac
		;;
	*) wrong "$PROBE $*: $attempt_output" ;;
	esac
}

# breached [OPTION…] NAME [ARGUMENT…]: it works.
breached()
{
	attempt_output=$("$PROBES/$PROBE" "$@" 2>&1) || wrong "$PROBE $*: $attempt_output"
}

# has_table NAME: does the host have this table of system calls, x32 or 32?  See find_tables in lib.sh.
has_table()
{
	case " ${TABLES?} " in
	*" $1 "*) return 0 ;;
	*) return 1 ;;
	esac
}

same()
{
	[ "$1" = "$2" ] || wrong "expected '$1', got '$2'"
}
