#!/usr/bin/env python3
"""run.py COMMAND: run a shell command in a sandbox, in the working directory, and print what it prints, line by line.

Only the working directory is writable, without .git; the network is off.  It needs librind.so.0 where the loader looks
(LD_LIBRARY_PATH), and nothing but Python's own ctypes.
"""
import ctypes
import os
import sys

# The numbers of rind.h.
NETWORK_OFF = 1
EXCLUDE_TMP, EXCLUDE_TMPDIR, NULL_STDIN = 1, 2, 6


class Error(ctypes.Structure):
    _fields_ = [("code", ctypes.c_int), ("exit_status", ctypes.c_int), ("message", ctypes.c_char * 6144)]


class SpawnOptions(ctypes.Structure):
    """All zeros: none of these."""

    _fields_ = [
        ("interrupt_fd", ctypes.c_int),
        ("end_fd", ctypes.c_int),
        ("want_namespaces", ctypes.c_bool),
        ("signal_mask", ctypes.c_void_p),
        ("stdin_fd", ctypes.c_int),
        ("stdout_fd", ctypes.c_int),
        ("stderr_fd", ctypes.c_int),
    ]


class Status(ctypes.Structure):
    _fields_ = [("signaled", ctypes.c_bool), ("value", ctypes.c_int)]


class SandboxError(Exception):
    def __init__(self, error):
        super().__init__(error.message.decode(errors="replace"))
        self.exit_status = error.exit_status


def load():
    """The library, with the types of what is used of it: ctypes takes a pointer for an int otherwise."""
    rind = ctypes.CDLL("librind.so.0")
    pointer, number, error = ctypes.c_void_p, ctypes.c_int, ctypes.POINTER(Error)
    functions = {
        "rind_policy_new": (pointer, []),
        "rind_policy_free": (None, [pointer]),
        "rind_policy_set_switch": (number, [pointer, number, ctypes.c_bool, error]),
        "rind_policy_set_network": (number, [pointer, number, error]),
        "rind_plan_from_policy": (number, [pointer, ctypes.POINTER(pointer), error]),
        "rind_plan_free": (None, [pointer]),
        "rind_spawn": (
            number,
            [
                pointer,
                ctypes.POINTER(ctypes.c_char_p),
                ctypes.POINTER(SpawnOptions),
                ctypes.POINTER(pointer),
                error,
            ],
        ),
        "rind_wait": (number, [pointer, ctypes.POINTER(Status), error]),
        "rind_sandbox_free": (None, [pointer]),
    }
    for name, (result, arguments) in functions.items():
        function = getattr(rind, name)
        function.restype = result
        function.argtypes = arguments
    return rind


def call(function, *arguments):
    error = Error()
    if function(*arguments, ctypes.byref(error)) < 0:
        raise SandboxError(error)


def make_plan(rind):
    policy, plan = rind.rind_policy_new(), ctypes.c_void_p()
    if not policy:
        raise MemoryError
    try:
        for switch in (EXCLUDE_TMP, EXCLUDE_TMPDIR, NULL_STDIN):
            call(rind.rind_policy_set_switch, policy, switch, True)
        call(rind.rind_policy_set_network, policy, NETWORK_OFF)
        call(rind.rind_plan_from_policy, policy, ctypes.byref(plan))
    finally:
        rind.rind_policy_free(policy)
    return plan


def spawn(rind, plan, command, output):
    argv = (ctypes.c_char_p * 4)(b"sh", b"-c", os.fsencode(command), None)
    sandbox = ctypes.c_void_p()
    options = SpawnOptions(stdout_fd=output, stderr_fd=output)
    call(rind.rind_spawn, plan, argv, ctypes.byref(options), ctypes.byref(sandbox))
    return sandbox


def run(command):
    rind = load()
    plan = make_plan(rind)
    reader, writer = os.pipe()
    try:
        sandbox = spawn(rind, plan, command, writer)
    finally:
        # The pipe has an end only when nobody can write to it any more.
        os.close(writer)
        rind.rind_plan_free(plan)
    with open(reader, errors="replace") as lines:
        for line in lines:
            print("sandbox:", line, end="")
    status = Status()
    try:
        call(rind.rind_wait, sandbox, ctypes.byref(status))
    finally:
        rind.rind_sandbox_free(sandbox)
    return 128 + status.value if status.signaled else status.value


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: run.py COMMAND")
    try:
        return run(sys.argv[1])
    except SandboxError as error:
        print("run.py:", error, file=sys.stderr)
        return error.exit_status


if __name__ == "__main__":
    sys.exit(main())
