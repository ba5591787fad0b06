/*
 * Which directories are no workspace unless they are named: a command that could write there could
 * change what the caller's shell, other users or the system run later.
 *
 * Supervisor, with the caller's privileges; changes nothing.
 */
#include "policy/workspace.h"

#include "base/path.h"
#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* These themselves; people work below them: /usr/src/app, /opt/project, /var/www. */
static const char *const alone[] = {"/", "/dev", "/home", "/media", "/mnt", "/opt", "/root", "/run",
	"/srv", "/usr", "/usr/local", "/usr/src", "/var", "/var/cache", "/var/home", "/var/lib",
	"/var/log", "/var/opt", "/var/spool", NULL};

/* These, and what is below them. */
static const char *const whole[] = {"/bin", "/boot", "/etc", "/lib", "/lib32", "/lib64", "/libx32",
	"/proc", "/sbin", "/sys", "/usr/bin", "/usr/include", "/usr/lib", "/usr/lib32",
	"/usr/lib64", "/usr/libexec", "/usr/local/bin", "/usr/local/lib", "/usr/local/sbin",
	"/usr/sbin", "/usr/share", NULL};

static bool is_of_the_system(const char *path)
{
	for (const char *const *name = alone; *name; name++)
		if (!strcmp(path, *name))
			return true;
	for (const char *const *name = whole; *name; name++)
		if (path_is_within(path, *name))
			return true;
	return false;
}

/* Is it NAME in a directory where homes are? */
static bool is_in_homes(const char *path)
{
	static const char *const homes[] = {"/home/", "/var/home/", NULL};

	for (const char *const *directory = homes; *directory; directory++) {
		size_t length = strlen(*directory);
		if (!strncmp(path, *directory, length) && !strchr(path + length, '/'))
			return true;
	}
	return false;
}

static const char *last_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

/* $HOME may lead there through a symlink: then the last names are mostly the same. */
static bool is_own_home(const char *path)
{
	const char *home = getenv("HOME"), *name = last_name(path);
	struct stat here, there;

	if (!home || home[0] != '/')
		return false;
	size_t length = strlen(home), end = strlen(name);
	while (length > 1 && home[length - 1] == '/')
		length--;
	if (length == strlen(path) && !memcmp(home, path, length))
		return true;
	return length > end && !memcmp(home + length - end, name, end) &&
	       !sys_fstatat(AT_FDCWD, home, &there, 0) && !sys_fstatat(AT_FDCWD, path, &here, 0) &&
	       here.st_dev == there.st_dev && here.st_ino == there.st_ino;
}

int workspace_check(const char *path, struct rind_error *err)
{
	const char *what = is_own_home(path)        ? "your home directory"
			   : is_in_homes(path)      ? "a home directory"
			   : is_of_the_system(path) ? "a directory of the system"
						    : NULL;
	if (!what)
		return 0;
	return rind_error_set(err, -EPERM,
		"the working directory is %s, %s, which a command could write to: start in the "
		"directory of a project (or --chdir to it), or use --mode read-only, with "
		"--writable for what the command changes; if all of it is meant: --writable %s",
		path, what, path);
}
