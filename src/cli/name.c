/*
 * See name.h.  Supervisor, before anything else; reads links, and changes nothing.
 *
 * The caller chooses argv[0] freely; and a program can be executed through a link in /proc or a
 * descriptor, which have other names.  So look at three names, each only if those before it are not
 * in the table:
 *
 *   1. argv[0].  First, since only this is chosen by the caller: a wrapper `bwrap` that executes
 *      rind as `rind run` means run, and `exec -a bwrap rind` means bwrap.
 *   2. AT_EXECFN, the path that was executed, and the symbolic links that it leads over:
 *      `exec -a other bwrap`, a link to a link.  Not before argv[0]: for a script it is the script.
 *   3. The file itself, as /proc/self/exe names it: for a caller that executes a descriptor.
 *
 * Only the last component of a path counts.  The caller who chooses the name also chooses the
 * command line, so no right depends on the name.
 */
#include "cli/name.h"

#include "cli/bwrap/report.h"
#include "cli/front.h"
#include "cli/report.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

/* The first entry is the default. */
static const struct program_name names[] = {
	{"rind", front_rind, report_error},
	{"bwrap", front_bwrap, bwrap_report_error},
};

/* the kernel's limit */
enum { MAX_LINKS = 40 };

static const struct program_name *find(const char *path)
{
	/*
	 * The kernel appends this to the name of a file that was removed meanwhile, by an update.
	 */
	static const char removed[] = " (deleted)";
	const char *slash = strrchr(path, '/');
	const char *last = slash ? slash + 1 : path;
	size_t length = strlen(last), suffix = sizeof(removed) - 1;

	if (length > suffix && !strcmp(last + length - suffix, removed))
		length -= suffix;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strlen(names[i].name) == length && !memcmp(names[i].name, last, length))
			return &names[i];
	return NULL;
}

/* Replace path by the target of the symlink at path; false if it is none, or too long. */
static bool follow(char path[static PATH_MAX])
{
	char target[PATH_MAX];
	ssize_t length = readlink(path, target, sizeof(target) - 1);
	char *slash = strrchr(path, '/');

	if (length <= 0)
		return false;
	target[length] = '\0';
	char *end = *target == '/' || !slash ? path : slash + 1;
	size_t room = PATH_MAX - (size_t)(end - path);
	if ((size_t)length >= room)
		return false;
	memcpy(end, target, (size_t)length + 1);
	return true;
}

static const struct program_name *find_along(const char *path)
{
	char at[PATH_MAX];

	if (snprintf(at, sizeof(at), "%s", path) >= PATH_MAX)
		return NULL;
	const struct program_name *name = find(at);
	for (int i = 0; !name && i < MAX_LINKS && follow(at); i++)
		name = find(at);
	return name;
}

const struct program_name *program_find_name(const char *argv0)
{
	const char *executed = (const char *)getauxval(AT_EXECFN);
	const struct program_name *name = argv0 ? find(argv0) : NULL;

	if (!name && executed)
		name = find_along(executed);
	if (!name)
		name = find_along("/proc/self/exe");
	return name ? name : &names[0];
}
