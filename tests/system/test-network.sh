#!/bin/bash
# The network levels.

# Scripts in quotes are expanded in the sandbox.
# shellcheck disable=SC2016 source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

find_tables

serve_all()
{
	ABSTRACT=rind-test-$$-$RANDOM
	serve path unix "$OUTSIDE/socket"
	serve local unix "$WS/socket"
	serve abstract abstract "$ABSTRACT"
	serve tcp tcp
	export ABSTRACT PORT
}

expect_connections()
{
	local pair
	for pair; do
		connections "${pair%=*}"
		assert_equal "${pair#*=}" "$COUNT" "connections to ${pair%=*}"
	done
}

test_host()
{
	serve_all
	inside --network host -- '
		allowed "\"$PROBES/attempt\" unix-connect \"$OUTSIDE/socket\""
		allowed "\"$PROBES/attempt\" unix-connect socket"
		allowed "\"$PROBES/attempt\" tcp-connect 127.0.0.1 $PORT"
		allowed "\"$PROBES/attempt\" loopback"
		allowed "\"$PROBES/attempt\" talk"
		refused_with EPERM "\"$PROBES/attempt\" io-uring"
	'
	expect_connections path=1 local=1 tcp=1 abstract=0
}

readonly NO_OTHER_SOCKETS='
	call="$PROBES/attempt"
	# unix, netlink, packet, alg, vsock, xdp: by number, since the families have no other name here
	for family in 16 17 38 40 44; do
		for type in 1 2 3 5; do
			refused_with EPERM "\"$call\" socket $family $type"
			refused_with EPERM "\"$call\" socket-high $family $type"
		done
	done
	refused_with EPERM "\"$call\" io-uring"
'

readonly NO_UNIX_SOCKETS='
	for type in 1 2 5; do
		refused_with EPERM "\"$PROBES/attempt\" socket 1 $type"
		refused_with EPERM "\"$PROBES/attempt\" socket-high 1 $type"
	done
	refused_with EPERM "\"$PROBES/attempt\" unix-connect \"$OUTSIDE/socket\""
	refused_with EPERM "\"$PROBES/attempt\" unix-connect socket"
	refused_with EPERM "\"$PROBES/attempt\" abstract-connect \"$ABSTRACT\""
	refused_with EPERM "\"$PROBES/attempt\" pair-connect \"$OUTSIDE/socket\""
	refused_with EPERM "\"$PROBES/attempt\" socketpair 1 2"
	if has_table 32; then
		refused_with EPERM "\"$PROBES/attempt\" socketcall"
		refused_with EPERM "\"$PROBES/attempt\" socket-32"
	fi
	allowed "\"$PROBES/attempt\" socketpair 1 1"
	allowed "\"$PROBES/attempt\" socketpair 1 5"
	allowed "\"$PROBES/attempt\" talk"
'

test_isolated()
{
	local option
	serve_all
	for option in --verbose --network=isolated --nested; do
		inside "$option" -- "$NO_OTHER_SOCKETS $NO_UNIX_SOCKETS"'
			allowed "\"$call\" loopback"
			refused_with ECONNREFUSED "\"$call\" tcp-connect 127.0.0.1 $PORT"
			refused_with ENETUNREACH "\"$call\" tcp-connect 192.0.2.1 80"
			same lo "$(echo $(sed -n "s/^ *\([^:]*\):.*/\1/p" /proc/net/dev))"
		'
	done
	expect_connections path=0 local=0 tcp=0 abstract=0
}

test_isolated_with_unix_sockets()
{
	serve_all
	inside --allow-unix-sockets -- "$NO_OTHER_SOCKETS"'
		allowed "\"$call\" unix-connect \"$OUTSIDE/socket\""
		allowed "\"$call\" unix-connect socket"
		refused "\"$call\" abstract-connect \"$ABSTRACT\""
		refused "\"$call\" tcp-connect 127.0.0.1 $PORT"
		allowed "\"$call\" socketpair 1 2"
		allowed "\"$call\" loopback"
	'
	expect_connections path=1 local=1 tcp=0 abstract=0
}

test_off()
{
	serve_all
	inside -n off -- "$NO_OTHER_SOCKETS $NO_UNIX_SOCKETS"'
		allowed "\"$call\" socket 2 1"
		refused_with EPERM "\"$call\" tcp-connect 127.0.0.1 $PORT"
		refused_with EPERM "\"$call\" bind"
		refused_with EPERM "\"$call\" listen"
		refused_with EPERM "\"$call\" accept"
		refused_with EPERM "\"$call\" sendto"
		refused_with EPERM "\"$call\" sendmmsg"
		refused_with EPERM "\"$call\" loopback"
	'
	expect_connections path=0 local=0 tcp=0 abstract=0
}

test_off_does_not_allow_unix_sockets()
{
	fails_with 125 'rind: *--allow-unix-sockets*' -- --network off --allow-unix-sockets -- true
}

run_cases "$@"
