/*
 * See inject.h.  Does what `strace -f -e inject=CALL:FAULT:when=N` does, but to one process (strace
 * counts in every process at once, so that the first one's fault hides the others'), and lets go of
 * the command as it executes, which therefore is out of the fault's reach whatever it calls.
 *
 *   this process      traces, and waits for the end of everything
 *     └─ launcher     the parent of rind, which a case may kill
 *          └─ rind    stopped until it is traced
 *
 * This process is the subreaper: what outlives its parent becomes its child, so "no child left" is
 * the event that says that all of a sandbox has ended.
 */
#include "inject.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	MAX_PROCESSES = 16,
	MAX_CALL = 512,
};

/* A traced process. */
struct process {
	pid_t pid; /* 0: a free place */
	bool has_role;
	bool waiting; /* stopped until its role is known */
	enum role role;
	bool in_fault; /* the call it is in is the one that was not made */
	bool in_call;
	unsigned counts[MAX_CALL];
};

struct run {
	const struct fault *fault;
	struct recording *recording;
	struct outcome *outcome;
	struct process processes[MAX_PROCESSES];
	unsigned children_of_supervisor, children_of_init;
	pid_t launcher, supervisor;
	int status_pipe;
	bool supervisor_ended;
	bool command_executed;
	bool finished; /* the fault has happened: let everything run */
};

static int output_file, messages_file, status_file, patience;
static volatile sig_atomic_t time_is_up;

static void __attribute__((noreturn)) die(const char *what)
{
	fprintf(stderr, "fault matrix: %s: %s\n", what, strerror(errno));
	exit(2);
}

static void note_time(int number)
{
	(void)number;
	time_is_up = 1;
}

void inject_prepare(int seconds)
{
	patience = seconds;
	struct sigaction action = {.sa_handler = note_time}; /* no SA_RESTART: ends the wait */

	if (sigaction(SIGALRM, &action, NULL) < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		die("cannot prepare");
	output_file = memfd_create("output", MFD_CLOEXEC);
	messages_file = memfd_create("messages", MFD_CLOEXEC);
	status_file = memfd_create("status", MFD_CLOEXEC);
	if (output_file < 0 || messages_file < 0 || status_file < 0)
		die("memfd_create");
}

/* --- launching -------------------------------------------------------------------------------- */

static void place(int from, int to)
{
	if (dup2(from, to) < 0)
		die("dup2");
}

static void place_streams(const struct launch *launch)
{
	bool on_terminal = launch->terminal != TERMINAL_ABSENT;
	int input = on_terminal ? terminal_input(launch->terminal)
				: open(launch->input, O_RDONLY | O_CLOEXEC);

	if (input < 0)
		die(launch->input);
	place(input, STDIN_FILENO);
	place(on_terminal ? terminal_output() : output_file, STDOUT_FILENO);
	place(on_terminal ? terminal_output() : messages_file, STDERR_FILENO);
}

/*
 * As `rind run --nested` has it around a sandbox.  Root needs no promise to gain no rights, and
 * without one the matrix sees whether rind makes it.
 */
static void refuse_root(void)
{
#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define CALL(name)  BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##name, 0, 1)
#define REFUSE      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)
#define ALLOW       BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
	struct sock_filter steps[] = {
		LOAD(nr),
		CALL(pivot_root),
		REFUSE,
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_umount2, 0, 4),
		LOAD(args[1]),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, MNT_DETACH, 0, 1),
		REFUSE,
		ALLOW,
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_setns, 0, 4),
		LOAD(args[1]),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_NEWNS, 0, 1),
		REFUSE,
		ALLOW,
	};
	const struct sock_fprog filter = {sizeof(steps) / sizeof(*steps), steps};

	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0)
		return;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
		prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) < 0)
		die("cannot install the filter");
#undef LOAD
#undef CALL
#undef REFUSE
#undef ALLOW
}

/* Becomes rind, once the tracer has said that it is there. */
static void __attribute__((noreturn)) become_rind(const struct launch *launch, int go, int ready)
{
	char byte;
	int leaked = open(launch->leaked, O_RDWR | O_CLOEXEC);

	if (leaked < 0 || chdir(launch->directory) < 0)
		die("cannot launch");
	place_streams(launch);
	if (read(go, &byte, 1) != 1)
		die("no tracer");
	/* Numbers that nothing else has: descriptors here are few and the last ones are pipes. */
	place(leaked, LAUNCH_LEAKED_FD);
	place(ready, LAUNCH_READY_FD);
	place(status_file, LAUNCH_STATUS_FD);
	if (launch->terminal != TERMINAL_ABSENT)
		place(output_file, LAUNCH_OUTPUT_FD);
	if (launch->refused_root)
		refuse_root();
	execve(launch->argv[0], launch->argv, launch->env);
	die(launch->argv[0]);
}

/* What the launcher tells: rind's pid, then its status. */
static void tell(int pipe, int number)
{
	if (write(pipe, &number, sizeof(number)) != sizeof(number))
		_exit(2);
}

static void __attribute__((noreturn)) launcher_main(const struct launch *launch, int go, int report)
{
	enum { HIGH = 20 };
	int ready[2], status;
	char byte;

	if (pipe2(ready, O_CLOEXEC) < 0)
		die("pipe");
	pid_t rind = fork();
	if (rind == 0) {
		/* Out of the way of the numbers that rind is to have. */
		int high_go = fcntl(go, F_DUPFD_CLOEXEC, HIGH);
		int high_ready = fcntl(ready[1], F_DUPFD_CLOEXEC, HIGH);
		become_rind(launch, high_go, high_ready);
	}
	close(ready[1]);
	close(go);
	tell(report, rind);
	/* End-of-file: all who could say it have ended without. */
	if (launch->orphan && read(ready[0], &byte, 1) == 1)
		kill(getpid(), SIGKILL);
	while (waitpid(rind, &status, 0) < 0)
		if (errno != EINTR)
			_exit(2);
	tell(report, status);
	_exit(0);
}

static void launch_traced(struct run *run, const struct launch *launch)
{
	const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK |
			     PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
	int go[2], report[2], pid;

	if (pipe2(go, O_CLOEXEC) < 0 || pipe2(report, O_CLOEXEC) < 0)
		die("pipe");
	run->launcher = fork();
	if (run->launcher < 0)
		die("fork");
	if (run->launcher == 0) {
		close(go[1]);
		close(report[0]);
		if (launch->terminal == TERMINAL_ABSENT)
			setsid();
		else
			terminal_join(launch->terminal);
		launcher_main(launch, go[0], report[1]);
	}
	close(go[0]);
	close(report[1]);
	if (read(report[0], &pid, sizeof(pid)) != sizeof(pid))
		die("launcher");
	run->status_pipe = report[0];
	run->supervisor = pid;
	run->processes[0] = (struct process){
		.pid = pid,
		.has_role = true,
		.role = ROLE_SUPERVISOR,
	};
	if (ptrace(PTRACE_SEIZE, pid, NULL, options) < 0)
		die("PTRACE_SEIZE");
	if (write(go[1], "", 1) != 1)
		die("go");
	close(go[1]);
}

/* --- processes -------------------------------------------------------------------------------- */

static struct process *find(struct run *run, pid_t pid)
{
	for (size_t i = 0; i < MAX_PROCESSES; i++)
		if (run->processes[i].pid == pid)
			return &run->processes[i];
	return NULL;
}

static struct process *find_or_add(struct run *run, pid_t pid)
{
	struct process *process = find(run, pid);
	if (process)
		return process;
	process = find(run, 0);
	if (!process) {
		errno = E2BIG;
		die("processes");
	}
	*process = (struct process){.pid = pid};
	return process;
}

/*
 * Let it run, to its next call or for good.  One that was killed in the meantime is none to resume.
 */
static void resume(struct run *run, const struct process *process, int number)
{
	bool done = run->finished && !process->in_fault;
	(void)ptrace(done ? PTRACE_DETACH : PTRACE_SYSCALL, process->pid, NULL, (long)number);
}

static enum role role_of_child(struct run *run, const struct process *parent)
{
	if (parent->role == ROLE_SUPERVISOR) {
		run->children_of_supervisor++;
		if (run->children_of_supervisor == 1)
			return ROLE_INIT;
		return run->children_of_supervisor == 2 ? ROLE_JANITOR : ROLE_OTHER;
	}
	if (parent->role == ROLE_INIT && ++run->children_of_init == 1)
		return ROLE_COMMAND;
	return ROLE_OTHER;
}

/* The parent tells of its child, which may have stopped before or may do so later. */
static void meet_child(struct run *run, const struct process *parent)
{
	unsigned long pid;

	if (ptrace(PTRACE_GETEVENTMSG, parent->pid, NULL, &pid) < 0)
		return;
	struct process *child = find_or_add(run, (pid_t)pid);
	child->role = role_of_child(run, parent);
	child->has_role = true;
	if (child->waiting)
		resume(run, child, 0);
	child->waiting = false;
}

/* --- faults ----------------------------------------------------------------------------------- */

/* Have the kernel make no call; it stops once more as if it had. */
static void skip_call(pid_t pid)
{
	struct user_regs_struct registers;

	if (ptrace(PTRACE_GETREGS, pid, NULL, &registers) < 0)
		return;
	registers.orig_rax = (unsigned long long)-1;
	(void)ptrace(PTRACE_SETREGS, pid, NULL, &registers);
}

static void set_result(pid_t pid, long result)
{
	struct user_regs_struct registers;

	if (ptrace(PTRACE_GETREGS, pid, NULL, &registers) < 0)
		return;
	registers.rax = (unsigned long long)result;
	(void)ptrace(PTRACE_SETREGS, pid, NULL, &registers);
}

static void record(struct run *run, const struct process *process, int number, unsigned occurrence)
{
	struct recording *recording = run->recording;

	if (!recording)
		return;
	if (recording->count == recording->capacity) {
		fprintf(stderr, "fault-matrix: more calls than there is room for\n");
		abort(); /* they would never be made to fail */
	}
	recording->calls[recording->count++] = (struct call){
		.role = process->role,
		.number = number,
		.occurrence = occurrence,
		.before_exec = !run->command_executed,
	};
}

static void begin_call(struct run *run, struct process *process, int number)
{
	const struct fault *fault = run->fault;

	if (number < 0 || number >= MAX_CALL)
		return;
	unsigned occurrence = ++process->counts[number];
	record(run, process, number, occurrence);
	if (!fault || run->finished || fault->role != process->role || fault->call != number ||
		fault->occurrence != occurrence)
		return;
	run->outcome->fired = true;
	run->finished = true;
	if (fault->kind == FAULT_KILL) {
		kill(process->pid, SIGKILL);
		return;
	}
	process->in_fault = true;
	skip_call(process->pid);
}

static void end_call(const struct run *run, struct process *process)
{
	if (!process->in_fault)
		return;
	process->in_fault = false;
	set_result(process->pid, run->fault->kind == FAULT_ERROR ? -run->fault->error : 0);
}

static void see_call(struct run *run, struct process *process)
{
	struct __ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, process->pid, sizeof(info), &info) <= 0)
		return;
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
		begin_call(run, process, (int)info.entry.nr);
	else if (info.op == PTRACE_SYSCALL_INFO_EXIT)
		end_call(run, process);
}

/* The first exec is rind's own beginning; any other is the command's, which is let go. */
static bool is_command(struct run *run, const struct process *process)
{
	bool first = process->role == ROLE_SUPERVISOR && !process->counts[SYS_getppid];
	if (!first)
		run->command_executed = true;
	return !first;
}

static void handle_stop(struct run *run, struct process *process, int status)
{
	int event = status >> 16, number = WSTOPSIG(status);

	if (number == (SIGTRAP | 0x80)) {
		see_call(run, process);
		number = 0;
	} else if (event == PTRACE_EVENT_EXEC && is_command(run, process)) {
		(void)ptrace(PTRACE_DETACH, process->pid, NULL, 0);
		process->pid = 0;
		return;
	} else if (event == PTRACE_EVENT_CLONE || event == PTRACE_EVENT_FORK ||
		   event == PTRACE_EVENT_VFORK) {
		meet_child(run, process);
		number = 0;
	} else if (event) {
		number = 0;
	}
	if (!process->has_role && !run->finished) {
		process->waiting = true;
		return;
	}
	resume(run, process, number);
}

/* --- waiting ---------------------------------------------------------------------------------- */

static void forget(struct run *run, pid_t pid)
{
	struct process *process = find(run, pid);

	if (process)
		process->pid = 0;
	if (pid == run->supervisor)
		run->supervisor_ended = true;
}

/* Until no child is left (true) or the time is up. */
static bool wait_for_all(struct run *run)
{
	int status;

	for (;;) {
		pid_t pid = waitpid(-1, &status, __WALL);
		if (pid < 0 && errno == ECHILD)
			return true;
		if (pid < 0 && time_is_up)
			return false;
		if (pid < 0)
			continue;
		if (WIFSTOPPED(status))
			handle_stop(run, find_or_add(run, pid), status);
		else
			forget(run, pid);
	}
}

static unsigned kill_children(void)
{
	char list[4096], *rest = list;
	unsigned count = 0;
	int fd = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
	ssize_t size = read(fd, list, sizeof(list) - 1);

	list[size < 0 ? 0 : size] = '\0';
	for (long pid; (pid = strtol(rest, &rest, 10)) > 0; count++)
		kill((pid_t)pid, SIGKILL);
	close(fd);
	return count;
}

/* The time is up: end what is there, and what is handed to us by its end. */
static void end_all(struct run *run)
{
	int status;

	run->outcome->hung = !run->supervisor_ended;
	for (size_t i = 0; i < MAX_PROCESSES; i++) {
		pid_t pid = run->processes[i].pid;
		if (pid)
			kill(pid, SIGKILL);
	}
	run->outcome->left = kill_children();
	for (;;) {
		pid_t pid = waitpid(-1, &status, __WALL | WNOHANG);
		if (pid < 0 && errno == ECHILD)
			return;
		if (pid == 0)
			usleep(1000); /* killed, and about to end */
		(void)kill_children();
	}
}

static void read_file(int file, char *text)
{
	ssize_t size = pread(file, text, OUTPUT_SIZE - 1, 0);
	text[size < 0 ? 0 : size] = '\0';
}

static void set_timer(int seconds)
{
	/* Again and again, for the signal may come just before the wait that it is to end. */
	const struct itimerval timer = {
		.it_value.tv_sec = seconds,
		.it_interval.tv_sec = seconds ? 1 : 0,
	};
	time_is_up = 0;
	setitimer(ITIMER_REAL, &timer, NULL);
}

void inject_run(const struct launch *launch, const struct fault *fault, struct recording *recording,
	struct outcome *ret)
{
	static struct run run;
	run = (struct run){.fault = fault, .recording = recording, .outcome = ret};
	ret->fired = ret->hung = ret->have_status = false;
	ret->left = 0;

	if (ftruncate(output_file, 0) < 0 || ftruncate(messages_file, 0) < 0)
		die("ftruncate");
	lseek(output_file, 0, SEEK_SET);
	lseek(messages_file, 0, SEEK_SET);
	if (launch->terminal != TERMINAL_ABSENT)
		terminal_prepare();
	set_timer(patience);
	launch_traced(&run, launch);
	if (!wait_for_all(&run))
		end_all(&run);
	set_timer(0);
	ret->have_status =
		read(run.status_pipe, &ret->status, sizeof(ret->status)) == sizeof(ret->status);
	close(run.status_pipe);
	read_file(output_file, ret->output);
	if (launch->terminal != TERMINAL_ABSENT)
		terminal_read(ret->messages, sizeof(ret->messages));
	else
		read_file(messages_file, ret->messages);
}
