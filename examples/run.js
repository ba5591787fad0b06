#!/usr/bin/env node
// run.js COMMAND: run a shell command in a sandbox, in the working directory, and print what it prints, line by line.
//
// Only the working directory is writable, without .git; the network is off.  It needs koffi (npm install koffi), and
// librind.so.0 where the loader looks (LD_LIBRARY_PATH).  Node goes on with other things while the command runs.
'use strict';

const fs = require('fs');
const koffi = require('koffi');
const net = require('net');
const readline = require('readline');

// The numbers of rind.h.
const NETWORK_OFF = 1;
const [EXCLUDE_TMP, EXCLUDE_TMPDIR, NULL_STDIN] = [1, 2, 6];

koffi.opaque('rind_policy');
koffi.opaque('rind_plan');
koffi.opaque('rind_sandbox');
koffi.struct('rind_error', { code: 'int', exit_status: 'int', message: koffi.array('char', 6144) });
koffi.struct('rind_status', { signaled: 'bool', value: 'int' });
// All zeros: none of these.
koffi.struct('rind_spawn_options', {
    interrupt_fd: 'int',
    end_fd: 'int',
    want_namespaces: 'bool',
    signal_mask: 'void *',
    stdin_fd: 'int',
    stdout_fd: 'int',
    stderr_fd: 'int',
});

// Node has no function that makes a pipe.
const O_CLOEXEC = 0o2000000;
const pipe2 = koffi.load(null).func('int pipe2(_Out_ int *fds, int flags)');

const library = koffi.load('librind.so.0');
const rind = {
    policyNew: library.func('rind_policy *rind_policy_new()'),
    policyFree: library.func('void rind_policy_free(rind_policy *policy)'),
    setSwitch: library.func('int rind_policy_set_switch(rind_policy *, int which, bool on, _Out_ rind_error *err)'),
    setNetwork: library.func('int rind_policy_set_network(rind_policy *, int level, _Out_ rind_error *err)'),
    planFromPolicy: library.func('int rind_plan_from_policy(rind_policy *, _Out_ rind_plan **ret, _Out_ rind_error *)'),
    planFree: library.func('void rind_plan_free(rind_plan *plan)'),
    spawn: library.func('int rind_spawn(rind_plan *, const char **argv, rind_spawn_options *, _Out_ rind_sandbox **ret,' +
        ' _Out_ rind_error *err)'),
    wait: library.func('int rind_wait(rind_sandbox *, _Out_ rind_status *ret, _Out_ rind_error *err)'),
    sandboxFree: library.func('void rind_sandbox_free(rind_sandbox *sandbox)'),
};

class SandboxError extends Error {
    constructor(error) {
        super(error.message);
        this.exitStatus = error.exit_status;
    }
}

function call(func, ...args) {
    const error = {};
    if (func(...args, error) < 0)
        throw new SandboxError(error);
}

function makePlan() {
    const policy = rind.policyNew();
    const plan = [null];
    try {
        for (const which of [EXCLUDE_TMP, EXCLUDE_TMPDIR, NULL_STDIN])
            call(rind.setSwitch, policy, which, true);
        call(rind.setNetwork, policy, NETWORK_OFF);
        call(rind.planFromPolicy, policy, plan);
    } finally {
        rind.policyFree(policy);
    }
    return plan[0];
}

function makePipe() {
    const fds = [0, 0];
    if (pipe2(fds, O_CLOEXEC) < 0)
        throw new Error('pipe2 failed');
    return fds;
}

// It returns when the command has begun.
function spawn(command, output) {
    const plan = makePlan();
    const sandbox = [null];
    try {
        call(rind.spawn, plan, ['sh', '-c', command, null], { stdout_fd: output, stderr_fd: output }, sandbox);
    } finally {
        rind.planFree(plan);
    }
    return sandbox[0];
}

// In another thread.
function wait(sandbox) {
    const status = {};
    const error = {};
    return new Promise((resolve, reject) => {
        rind.wait.async(sandbox, status, error, (failure, result) => {
            rind.sandboxFree(sandbox);
            if (failure || result < 0)
                reject(failure ?? new SandboxError(error));
            else
                resolve(status.signaled ? 128 + status.value : status.value);
        });
    });
}

async function run(command) {
    const [reader, writer] = makePipe();
    let sandbox;
    try {
        sandbox = spawn(command, writer);
    } finally {
        // The pipe has an end only when nobody can write to it any more.
        fs.closeSync(writer);
    }
    const output = new net.Socket({ fd: reader, readable: true, writable: false });
    for await (const line of readline.createInterface({ input: output }))
        console.log('sandbox: ' + line);
    return wait(sandbox);
}

async function main() {
    if (process.argv.length !== 3) {
        console.error('usage: run.js COMMAND');
        return 2;
    }
    try {
        return await run(process.argv[2]);
    } catch (error) {
        console.error('run.js: ' + error.message);
        return error.exitStatus ?? 125;
    }
}

main().then((status) => {
    process.exitCode = status;
});
