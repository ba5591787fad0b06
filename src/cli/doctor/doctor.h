/*
 * rind doctor, in parts:
 *
 *   doctor.c       the command: runs the checks, and prints what they found
 *   probe.c        the child process in which each check runs, and its answer
 *   host.c         reasons and remedies: which setting of the host causes an errno
 *   calls.c        checks of single system calls, files and kernel features
 *   mounts.c       checks of the surroundings, none of which blocks a sandbox
 *   namespaces.c   checks that need a user namespace
 *   sandbox.c      the last check: a sandbox with rind's own program, which looks around inside
 */
#ifndef RIND_CLI_DOCTOR_DOCTOR_H
#define RIND_CLI_DOCTOR_DOCTOR_H

#include "supervisor/blame.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The result of a check.  Plain data: it comes from the child through a pipe. */
struct finding {
	int error;         /* 0: in order; otherwise a negative errno */
	char detail[1024]; /* for people, never empty */
	char remedy[1024]; /* what to type or to change; "" where nothing is wrong or known */
};

enum weight {
	/*
	 * rind run uses this by default.  If a sandbox starts without it, rind has used another
	 * way, which protects less or is slower.
	 */
	WEIGHT_VITAL,
	WEIGHT_EXTRA,  /* a sandbox starts without, and protects less */
	WEIGHT_OPTION, /* only for the option in `needs`: does not count */
};

struct check {
	const char *name;
	enum weight weight;
	const char *needs; /* with WEIGHT_OPTION: the option that is worth less without */
	/*
	 * These run in a child of their own, which ends afterwards: so they may change anything
	 * about the process.  enter (NULL: none) comes first; if it fails, it fills in why, and
	 * there is no probe.  Then one of the two probes, the second for several checks.
	 */
	bool (*enter)(struct finding *ret);
	void (*probe)(struct finding *ret);
	void (*shared)(const struct check *check, struct finding *ret);
	/* What the rest of the list cannot do without: it is skipped if this check fails. */
	const char *provides;

	/* Parameters for shared probes. */
	long number;
	const char *text;
	long arguments[5];
	int refusal;
};

/* Each list ends with a check that has no name. */
extern const struct check doctor_call_checks[], doctor_mount_checks[], doctor_namespace_checks[],
	doctor_feature_checks[], doctor_sandbox_checks[];

/* --- probe.c ---------------------------------------------------------------------------------- */

/* Run a check in a child, and wait for it. */
void doctor_run_probe(const struct check *check, struct finding *ret);

/* Fill in a finding; the remedy stays as it is. */
void finding_set(struct finding *ret, int error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void finding_set_remedy(struct finding *ret, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* --- host.c ----------------------------------------------------------------------------------- */

/*
 * A call of the check has failed with error: find the cause and the remedy, and fill them in. flag:
 * of the namespace that was asked for (CLONE_NEW*); 0: none.
 */
void doctor_blame(struct finding *ret, const char *call, int error, uint64_t flag);

/* The same with a known cause. */
void doctor_say(struct finding *ret, const char *call, int error, const struct blame *blame);

/* Fill in what works, or, if error is negative, whom to blame for the failure of the call. */
void doctor_conclude(struct finding *ret, const char *call, int error, const char *works);

/* Is there a seccomp filter around this process? */
bool doctor_is_filtered(void);

/* --- sandbox.c -------------------------------------------------------------------------------- */

/* The word after `rind doctor` with which rind starts itself in the sandbox. */
#define DOCTOR_INSIDE "inside"

/* Runs there; its exit status tells what is wrong with the sandbox. */
int doctor_inside(void);

#endif
