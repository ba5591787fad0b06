/*
 * See advice.h.  A message must not suggest a command that this host lacks: look for each program
 * before naming it.
 */
#include "base/advice.h"

#include "base/fd.h"
#include "base/number.h"
#include "base/sys.h"

#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

bool advice_has_program(const char *name)
{
	static const char *const places[] = {
		"/usr/bin", "/usr/sbin", "/bin", "/sbin", "/usr/local/bin", "/usr/local/sbin"};
	char path[128];

	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		snprintf(path, sizeof(path), "%s/%s", places[i], name);
		if (!sys_access(AT_FDCWD, path, X_OK))
			return true;
	}
	return false;
}

bool advice_maps_every_id(const char *text)
{
	static const uint64_t wanted[] = {0, 0, UINT32_MAX};
	uint64_t number;

	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++) {
		text += strspn(text, " ");
		if (number_take(&text, 10, UINT32_MAX, &number) < 0 || number != wanted[i])
			return false;
	}
	return true;
}

int advice_is_first_user_namespace(void)
{
	char text[64];
	_cleanup_close_ int fd = sys_openat(AT_FDCWD, "/proc/self/uid_map", O_RDONLY, 0);
	ssize_t size = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (size <= 0)
		return -ENODATA;
	text[size] = '\0';
	return advice_maps_every_id(text);
}

bool advice_is_root(void)
{
	return geteuid() == 0 && advice_is_first_user_namespace() != 0;
}

static bool is_read_only(const char *path)
{
	struct statfs stat;
	_cleanup_close_ int fd = sys_openat(AT_FDCWD, path, O_PATH, 0);
	return fd >= 0 && !sys_fstatfs(fd, &stat) && stat.f_flags & ST_RDONLY;
}

void advice_set(char *ret, size_t size, const char *name, long value, bool own)
{
	char path[128];
	bool closed, root = own ? geteuid() == 0 : advice_is_root();

	snprintf(path, sizeof(path), "/proc/sys/%s", name);
	for (char *dot = path + strlen("/proc/sys/"); (dot = strchr(dot, '.'));)
		*dot = '/';
	closed = is_read_only(path);
	const char *where = closed ? "on the host around this container, as root: " : "as root: ";
	if (root && !closed)
		where = "";
	if (advice_has_program("sysctl"))
		snprintf(ret, size, "%ssysctl -w %s=%ld", where, name, value);
	else
		snprintf(ret, size, "%secho %ld >%s", where, value, path);
}

static bool is_there(const char *path)
{
	struct stat stat;
	return !sys_fstatat(AT_FDCWD, path, &stat, 0);
}

/* Does the user have a systemd of his own?  It listens on this socket. */
static bool has_user_manager(void)
{
	char path[4096];
	const char *directory = getenv("XDG_RUNTIME_DIR");

	if (directory && *directory == '/') {
		snprintf(path, sizeof(path), "%s/systemd/private", directory);
		if (is_there(path))
			return true;
	}
	snprintf(path, sizeof(path), "/run/user/%u/systemd/private", geteuid());
	return is_there(path);
}

void advice_start_in_cgroup(char *ret, size_t size)
{
	/* sd_booted(3) asks for this directory. */
	if (!is_there("/run/systemd/system") || !advice_has_program("systemd-run"))
		*ret = '\0';
	else if (advice_is_root())
		snprintf(ret, size, "systemd-run --scope -- $SHELL");
	else if (has_user_manager())
		snprintf(ret, size, "systemd-run --user --scope -- $SHELL");
	else if (geteuid() == 0)
		*ret = '\0'; /* root of a container: for systemd it is the user nobody */
	else
		snprintf(ret, size,
			"as root: loginctl enable-linger %u; then: XDG_RUNTIME_DIR=/run/user/%u "
			"systemd-run --user --scope -- $SHELL",
			geteuid(), geteuid());
}

const char *advice_container(void)
{
	if (is_there("/run/.containerenv"))
		return "start the container with: podman run --security-opt seccomp=unconfined";
	if (is_there("/.dockerenv"))
		return "start the container with: docker run --security-opt seccomp=unconfined";
	return "start the container or service around it without the filter, or with one that "
	       "allows user namespaces (docker run --security-opt seccomp=unconfined)";
}
