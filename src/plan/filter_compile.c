/*
 * filter-compile OUTPUT [ARCHITECTURE]: writes the seccomp filters as a C header for filter.c, one
 * constant array for each filter.  A tool of the build, not part of rind: it runs on the build
 * machine, as the user who builds.  ARCHITECTURE, as libseccomp calls it (aarch64), is the one that
 * the filters are for; default: this machine's.  The header depends on that, the rules and
 * libseccomp only, never on the kernel it runs on.  When it fails OUTPUT may be half written: the
 * caller has to write to another name and rename.
 */
#include "plan/filter_export.h"
#include "plan/filter_rules.h"

#include <errno.h>
#include <linux/filter.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int write_filter(
	FILE *output, enum plan_filter filter, uint32_t architecture, const char *name)
{
	static struct sock_filter code[BPF_MAXINSNS];
	int length = filter_export(filter, architecture, code);
	if (length < 0)
		return length;

	fprintf(output, "\nstatic const struct sock_filter filter_%s[] = {\n", name);
	for (int i = 0; i < length; i++)
		fprintf(output, "\t{0x%02x, %u, %u, 0x%08x},\n", code[i].code, code[i].jt,
			code[i].jf, code[i].k);
	fprintf(output, "};\n");
	return 0;
}

/*
 * The values that the rules use come from this machine; let the compiler of the other one check
 * them.
 */
static void write_values(FILE *output)
{
	fprintf(output, "#include <errno.h>\n#include <fcntl.h>\n#include <sched.h>\n#include "
			"<sys/ioctl.h>\n"
			"#include <sys/mount.h>\n#include <sys/resource.h>\n"
			"#include <sys/socket.h>\n#include <sys/stat.h>\n\n");
	for (const struct filter_value *value = filter_values; value->spelling; value++)
		fprintf(output, "_Static_assert((%s) == 0x%x, \"as in the filters\");\n",
			value->spelling, value->value);
}

static int write_header(FILE *output, uint32_t architecture)
{
	static const char *const names[PLAN_FILTER_COUNT] = {
#define X(NAME, name) [PLAN_FILTER_##NAME] = #name,
		PLAN_FILTERS(X)
#undef X
	};

	fprintf(output, "/* Written by filter-compile from filter_rules.c; do not edit. */\n");
	write_values(output);
	for (int i = PLAN_FILTER_NONE + 1; i < PLAN_FILTER_COUNT; i++) {
		int code = write_filter(output, i, architecture, names[i]);
		if (code == -ENOENT)
			fprintf(stderr,
				"filter-compile: libseccomp %u.%u.%u lacks a system call "
				"that has to be filtered; install 2.5.5 or later\n",
				seccomp_version()->major, seccomp_version()->minor,
				seccomp_version()->micro);
		if (code)
			return code;
	}
	return 0;
}

static int fail(const char *path, int code)
{
	fprintf(stderr, "filter-compile: %s: %s\n", path, strerror(-code));
	return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	if (argc != 2 && argc != 3) {
		fprintf(stderr, "usage: filter-compile OUTPUT [ARCHITECTURE]\n");
		return EXIT_FAILURE;
	}
	uint32_t architecture =
		argc == 3 ? seccomp_arch_resolve_name(argv[2]) : seccomp_arch_native();
	if (!architecture) {
		fprintf(stderr, "filter-compile: libseccomp knows no architecture %s\n", argv[2]);
		return EXIT_FAILURE;
	}
	FILE *output = fopen(argv[1], "we");
	if (!output)
		return fail(argv[1], -errno);
	int code = write_header(output, architecture);
	if (!code && ferror(output))
		code = -EIO;
	if (fclose(output) && !code)
		code = -errno;
	return code ? fail(argv[1], code) : EXIT_SUCCESS;
}
