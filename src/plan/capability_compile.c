/*
 * capability-compile OUTPUT: writes a C header for capabilities.c: one array with the names that
 * libcap has for the capabilities.  A tool of the build, not part of rind: it runs on the build
 * machine, as the user who builds.  The header depends on libcap only, never on the kernel it runs
 * on.  When it fails OUTPUT may be half written: the caller has to write to another name and
 * rename.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/capability.h>

enum { NUMBERS = 64 }; /* the kernel's interface has two words of 32 bits */

static int write_names(FILE *output)
{
	fprintf(output, "/* Written by capability-compile; do not edit. */\n"
			"static const char *const capability_names[] = {\n");
	for (int number = 0; number < NUMBERS; number++) {
		char *name = cap_to_name(number);
		if (!name)
			return -ENOMEM;
		if (!isdigit((unsigned char)*name))
			fprintf(output, "\t[%d] = \"%s\",\n", number, name);
		cap_free(name);
	}
	fprintf(output, "};\n");
	return ferror(output) ? -EIO : 0;
}

int main(int argc, char **argv)
{
	FILE *output = argc == 2 ? fopen(argv[1], "we") : NULL;
	if (!output || write_names(output) || fclose(output)) {
		fprintf(stderr, "usage: capability-compile OUTPUT, which can be written\n");
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}
