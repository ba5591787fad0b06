#!/bin/bash
# Ways to talk to processes of the host.  Also: test-network.sh (unix sockets by path, abstract and as
# pairs), test-landlock.sh (FIFOs), test-privileges.sh (the session keyring).

# Scripts in quotes are expanded in the sandbox.
# shellcheck disable=SC2016 source-path=SCRIPTDIR/.. source=lib.sh
. "$(dirname "$0")/lib.sh"

test_system_v()
{
	local key=$((0x52000000 + $$)) kind
	# shellcheck disable=SC2064 # now is when it is known
	trap "for kind in shm queue semaphore; do '$PROBES/breach' remove-\$kind $key; done >'$WORK/removed'" EXIT
	for kind in shm queue semaphore; do
		"$PROBES/breach" "make-$kind" "$key" >"$WORK/made"
		# The control: on the host it is found.
		assert_equal 'done' "$("$PROBES/breach" "$kind" "$key")" "$kind on the host"
	done
	inside -- "
		for kind in shm queue semaphore; do
			blocked_with ENOENT \"\$kind\" $key
			breached \"make-\$kind\" $((key + 1))
		done
	"
	for kind in shm queue semaphore; do
		if "$PROBES/breach" "$kind" $((key + 1)) >"$WORK/left"; then
			fail "a $kind was left on the host"
		fi
		assert_content "$WORK/left" ENOENT
	done
}

test_posix_message_queue()
{
	local name=/rind-test-$$
	"$PROBES/breach" make-mq "$name" >"$WORK/made" || skip "no message queues here: $(cat "$WORK/made")"
	# shellcheck disable=SC2064 # now is when it is known
	trap "'$PROBES/breach' remove-mq $name >'$WORK/removed'" EXIT
	assert_equal 'done' "$("$PROBES/breach" mq "$name")" "control"
	inside -- "
		blocked_with ENOENT mq $name
		refused '\"\$PROBES/breach\" remove-mq $name'
		refused 'ls /dev/mqueue/'
	"
	assert_equal 'done' "$("$PROBES/breach" mq "$name")" "the queue on the host"
}

# A session bus starts programs for whoever may talk to it.
test_session_bus()
{
	mkdir "$WORK/run"
	serve bus unix "$WORK/run/bus"
	serve abstract abstract "rind-bus-$$"
	export XDG_RUNTIME_DIR=$WORK/run
	export DBUS_SESSION_BUS_ADDRESS="unix:path=$WORK/run/bus;unix:abstract=rind-bus-$$"
	inside -- '
		test -S "$XDG_RUNTIME_DIR/bus" || wrong "it is not there"
		refused_with EPERM "\"$PROBES/attempt\" unix-connect \"$XDG_RUNTIME_DIR/bus\""
		refused_with EPERM "\"$PROBES/attempt\" abstract-connect \"rind-bus-'"$$"'\""
		refused_with EPERM "\"$PROBES/attempt\" pair-connect \"$XDG_RUNTIME_DIR/bus\""
	'
	connections bus
	assert_equal 0 "$COUNT" "connections to the bus"
	connections abstract
	assert_equal 0 "$COUNT" "connections to the abstract bus"
}

# The bus of a real daemon, with its own client.
test_bus_of_a_daemon()
{
	if ! command -v dbus-daemon || ! command -v dbus-send; then
		skip "no dbus-daemon or dbus-send here"
	fi
	local address
	hold_start daemon dbus-daemon --session --nofork --nopidfile --print-address=1 \
		--address="unix:path=$WORK/bus"
	# It wants the user to have a name.
	IFS= read -r -t "$PATIENCE" address <&"${HOLD_OUT[daemon]}" ||
		skip "dbus-daemon does not start: $(tail -n 1 "$WORK/daemon.err")"
	export DBUS_SESSION_BUS_ADDRESS=$address
	local send='timeout 20 dbus-send --session --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.ListNames'
	# The control.
	bash -c "$send" >"$WORK/control" || fail "the bus does not answer: $(cat "$WORK/control")"
	inside -- "refused '$send'"
	kill "${HOLD_PID[daemon]}"
	await_end daemon
}

test_datagram_to_a_path()
{
	local level
	hold_start receiver "$PROBES/breach" receive "$OUTSIDE/socket"
	hear_line receiver ready
	for level in isolated off; do
		inside --network "$level" -- '
			refused "\"$PROBES/breach\" send-datagram \"$OUTSIDE/socket\" evil"
		'
	done
	# The control, and what shows that nothing came before it.
	"$PROBES/breach" send-datagram "$OUTSIDE/socket" control >"$WORK/control"
	hear_line receiver "received control"
	await_end receiver
}

# Keys have a user, who is the same in the sandbox, and a number, which can be guessed.
test_keys_of_the_user()
{
	local key name=rind-test-$$
	key=$("$PROBES/breach" add-key "$name") || skip "no keyrings here: $key"
	# shellcheck disable=SC2064 # now is when it is known
	trap "'$PROBES/breach' remove-key $key >'$WORK/removed'" EXIT
	assert_equal 'done' "$("$PROBES/breach" find-user-key "$name")" control
	assert_equal 'done' "$("$PROBES/breach" read-key "$key")" control
	inside -- "
		blocked_with ENOKEY find-user-key '$name'
		blocked_with EACCES read-key $key
		blocked_with EACCES link-key $key
		blocked_with EACCES open-key $key
		blocked_with EACCES revoke-key $key
	"
	assert_equal 'done' "$("$PROBES/breach" read-key "$key")" "the key on the host"
}

# By design: a key that its user lets every process of the user read.
test_recorded_key_that_its_user_may_read()
{
	local key name=rind-test-$$
	key=$("$PROBES/breach" add-key "$name") || skip "no keyrings here: $key"
	# shellcheck disable=SC2064 # now is when it is known
	trap "'$PROBES/breach' remove-key $key >'$WORK/removed'" EXIT
	"$PROBES/breach" open-key "$key" >"$WORK/opened"
	inside -- "breached read-key $key"
}

# By design: a FIFO is no file to the kernel when it asks whether a mount is read-only, and Landlock
# cannot take out of a writable root what is protected in it.
test_recorded_fifo_in_a_protected_directory()
{
	local fifo line
	git_workspace
	mkfifo .git/fifo
	exec {fifo}<>.git/fifo
	inside -- 'allowed "echo through >.git/fifo"'
	IFS= read -r -t "$PATIENCE" line <&"$fifo"
	assert_equal through "$line" "line in the fifo"
	# What to do: hide it.
	inside --hide .git/fifo -- 'refused "\"$PROBES/attempt\" open-write .git/fifo"'
}

run_cases "$@"
