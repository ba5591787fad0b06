/*
 * errno-compile OUTPUT: writes a C header for error.c: one array with the text that the build
 * machine's C library has for each errno.  A tool of the build, not part of rind: it runs on the
 * build machine, as the user who builds.  The numbers are the same on every machine that rind is
 * built for.  When it fails OUTPUT may be half written: the caller has to write to another name and
 * rename.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ERRNO_LAST = EHWPOISON }; /* of <asm-generic/errno.h> */

static int write_texts(FILE *output)
{
	fprintf(output, "/* Written by errno-compile; do not edit. */\n"
			"static const char *const errno_texts[] = {\n");
	for (int error = 0; error <= ERRNO_LAST; error++)
		fprintf(output, "\t[%d] = \"%s\",\n", error, strerror(error));
	fprintf(output, "};\n");
	return ferror(output) ? -EIO : 0;
}

int main(int argc, char **argv)
{
	FILE *output = argc == 2 ? fopen(argv[1], "we") : NULL;
	if (!output || write_texts(output) || fclose(output)) {
		fprintf(stderr, "usage: errno-compile OUTPUT, which can be written\n");
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}
