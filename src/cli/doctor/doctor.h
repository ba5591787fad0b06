/*
 * rind doctor, in parts:
 *
 *   doctor.c             the command: runs the checks, says what they found
 *   doctor_probe.c       the throw-away child in which each check runs, and what it answers
 *   doctor_host.c        reasons and remedies: which setting of the host is to blame for an errno
 *   doctor_calls.c       checks of single system calls, files and kernel features
 *   doctor_mounts.c      checks of what is around, which a sandbox does not mind
 *   doctor_namespaces.c  checks that need a user namespace
 *   doctor_sandbox.c     the last check: a sandbox of rind's own program, looked at from inside
 */
#ifndef RIND_CLI_DOCTOR_DOCTOR_H
#define RIND_CLI_DOCTOR_DOCTOR_H

#include "supervisor/blame.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a check has found.  Plain data: it comes out of the child through a pipe. */
struct finding {
	int error;         /* 0: in order; else why not, a negative errno */
	char detail[1024]; /* for people, never empty */
	char remedy[1024]; /* what to type or to change; "" where nothing is wrong or known */
};

enum weight {
	/*
	 * A sandbox as rind run makes it by default uses this.  Where one starts all the same, rind
	 * has found another way, which protects less or is slower.
	 */
	WEIGHT_VITAL,
	WEIGHT_EXTRA,  /* a sandbox starts without, and protects less */
	WEIGHT_OPTION, /* only for what needs has in it: counts for nothing */
};

struct check {
	const char *name;
	enum weight weight;
	const char *needs; /* with WEIGHT_OPTION: the option that is worth less without */
	/* Runs in a child of its own, which ends after it: it may change anything about itself. */
	void (*probe)(const struct check *check, struct finding *ret);

	/* What a probe that several checks share works on. */
	long number;
	const char *text;
};

/* Each list ends with a check that has no name. */
extern const struct check doctor_call_checks[], doctor_mount_checks[], doctor_namespace_checks[],
	doctor_feature_checks[], doctor_sandbox_checks[];

/* --- doctor_probe.c --------------------------------------------------------------------------- */

/* Run a check in a child, and wait for it. */
void doctor_run_probe(const struct check *check, struct finding *ret);

/* Fill in a finding; the remedy stays as it is. */
void finding_set(struct finding *ret, int error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void finding_set_remedy(struct finding *ret, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* --- doctor_host.c ---------------------------------------------------------------------------- */

/*
 * A call of what the check is about has failed with error: say so, and find out why, and the
 * remedy. flag is that of the namespace that was asked for (CLONE_NEW*); 0: none was.
 */
void doctor_blame(struct finding *ret, const char *call, int error, uint64_t flag);

/* The same where it is known what is to blame. */
void doctor_say(struct finding *ret, const char *call, int error, const struct blame *blame);

/* Is there a seccomp filter around this process? */
bool doctor_is_filtered(void);

/* --- doctor_sandbox.c ------------------------------------------------------------------------- */

/* The word after `rind doctor` with which rind starts itself in the sandbox. */
#define DOCTOR_INSIDE "inside"

/* What runs there: its exit status says what is wrong with the sandbox. */
int doctor_inside(void);

#endif
