/*
 * See doctor.h.  Run each check in a child of its own: its namespaces, filters and mounts end with
 * it, and a filter that kills it gives a finding and does not end rind.
 */
#include "cli/doctor/doctor.h"

#include "base/error.h"
#include "base/fd.h"
#include "base/sys.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* No check takes a second, except on a file system whose server is gone, which never answers. */
enum { PATIENCE_MS = 60 * 1000 };

void finding_set(struct finding *ret, int error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(ret->detail, sizeof(ret->detail), format, args);
	va_end(args);
	ret->error = error;
}

void finding_set_remedy(struct finding *ret, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(ret->remedy, sizeof(ret->remedy), format, args);
	va_end(args);
}

static void __attribute__((noreturn)) probe_main(const struct check *check, int out)
{
	struct finding finding = {.error = -EPROTO};

	/* A killed rind must leave no process behind. */
	(void)sys_prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!check->enter || check->enter(&finding)) {
		if (check->probe)
			check->probe(&finding);
		else
			check->shared(check, &finding);
	}
	/* Less than PIPE_BUF: it arrives whole or not at all. */
	_exit(write(out, &finding, sizeof(finding)) == sizeof(finding) ? 0 : 1);
}

static void describe_end(int status, struct finding *ret)
{
	int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;

	if (signal == SIGSYS) {
		finding_set(ret, -EPERM, "a seccomp filter around rind kills who asks for it");
		finding_set_remedy(ret, "start rind without that filter");
	} else if (signal) {
		finding_set(ret, -EINTR, "the check was killed by signal %d", signal);
	} else {
		finding_set(ret, -EPROTO, "the check ended without an answer, with status %d",
			WEXITSTATUS(status));
	}
}

/* Read the child's answer, or find out why there is none. */
static void collect(pid_t pid, int in, struct finding *ret)
{
	struct pollfd answer = {.fd = in, .events = POLLIN};
	int status = 0;

	bool late = sys_poll(&answer, 1, PATIENCE_MS) == 0;
	if (late)
		kill(pid, SIGKILL);
	bool complete = !late && read(in, ret, sizeof(*ret)) == sizeof(*ret);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (late)
		finding_set(ret, -ETIMEDOUT, "no answer within %d seconds", PATIENCE_MS / 1000);
	else if (!complete)
		describe_end(status, ret);
}

void doctor_run_probe(const struct check *check, struct finding *ret)
{
	int pair[2];

	*ret = (struct finding){0};
	if (pipe2(pair, O_CLOEXEC) < 0) {
		finding_set(ret, -errno, "not tried: pipe: %s", errno_text(errno));
		return;
	}
	_cleanup_close_ int in = pair[0], out = pair[1];
	pid_t pid = fork();
	if (pid < 0) {
		finding_set(ret, -errno, "not tried: fork: %s", errno_text(errno));
		return;
	}
	if (pid == 0)
		probe_main(check, out);
	close_fd(&out);
	collect(pid, in, ret);
}
