/*
 * The options of rind's own subcommands: one table drives the parser, --help and a test of the man
 * page, so that these cannot drift apart.
 *
 *   option_table.c   the rows, and how each changes a struct run_options
 *   options.c        the parser, which knows no option by name
 *   option_help.c    --help
 */
#ifndef RIND_CLI_OPTIONS_H
#define RIND_CLI_OPTIONS_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* The result of a command line, beyond the policy. */
struct run_options {
	struct rind_policy *policy;

	bool help, version; /* given: the rest of the command line was not read */
	bool json;          /* explain, doctor */
	bool bwrap;         /* explain: the arguments are a command line of bwrap */
	bool verbose;
	bool die_with_parent;
	int64_t timeout_ms; /* 0: none */
	int json_status_fd; /* -1: none */

	char **arguments; /* the command and its arguments, or the paths; NULL-terminated */
};

void run_options_release(struct run_options *options);

/* The subcommands that have an option. */
enum option_face_bit {
	FACE_RUN = 1 << 0,
	FACE_EXPLAIN = 1 << 1,
	FACE_DOCTOR = 1 << 2,
};

/* A value that an option may have; a list of them ends with one without a name. */
struct option_choice {
	const char *name;
	int value;
};

struct option_row;

/* An option as a command line has it. */
struct option_use {
	const struct option_row *row;
	const char *value; /* NULL: none was given */
	struct run_options *options;
};

struct option_row {
	const char *section; /* heading in --help; rows of a section stand together */
	const char *name;    /* without the dashes */
	char letter;         /* 0: none */
	unsigned int faces;
	const char *argument; /* name of the value; NULL: takes none */
	const char *help;
	const struct option_choice *choices; /* NULL: any value */
	bool optional; /* may stand without value, so a value has to be attached: --NAME=VALUE */

	int (*apply)(const struct option_use *use, struct rind_error *err);

	/* Parameters for apply functions that several rows share. */
	int (*set)(struct rind_policy *policy, const char *value, struct rind_error *err);
	enum rind_switch which;
	size_t flag; /* offset of a bool in struct run_options */
	bool on;     /* the new value of the switch or the flag */
	enum rind_limit limit;
	const char *refusal; /* the reason if the value is not of the right form */
};

extern const struct option_row option_rows[];
extern const size_t option_row_count;

/* How to parse the command line of a subcommand. */
struct option_face {
	enum option_face_bit bit;
	const char *name;
	const char *usage;
	const char *summary;
	/*
	 * Options may also come after arguments.  Not if the arguments are a command: after it,
	 * options are the command's own.
	 */
	bool mixed;
};

extern const struct option_face option_face_run, option_face_explain, option_face_doctor;

/*
 * Read a command line. argv[0] is the subcommand's name; the other words may be reordered.
 * Afterwards the caller owns *ret and has to give it to run_options_release().  -EINVAL, -ENOMEM,
 * and the errors of the policy's setters; then *ret is unchanged.
 */
int run_options_parse(int argc, char **argv, const struct option_face *face,
	struct run_options *ret, struct rind_error *err) _must_check_;

/* Errors stay in the stream (ferror). */
void option_write_help(FILE *out, const struct option_face *face);

#endif
