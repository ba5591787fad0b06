/*
 * The readers of the kernel's texts about control groups.  The bytes are such a text: of
 * /proc/self/cgroup, each line also one of /proc/self/mountinfo, a list of controllers, a number.
 * The kernel writes them, but the names of groups and of mount points in them are anybody's.
 */
#include "fuzz.h"
#include "plan/cgroup.h"
#include "plan/limits.h"

#include "base/advice.h"
#include "base/path.h"

static void check_location(const char *own, const char *root, const char *point)
{
	char path[PATH_MAX];

	if (!cgroup_locate(own, root, point, path))
		return;
	fuzz_check(strlen(path) < PATH_MAX && path_is_within(own, root));
	fuzz_check(!strncmp(path, point, strlen(point)));
}

/* The parser of a line, and what is made of one of control groups; the line stays as it is. */
static void read_mount(const char *text, const char *own)
{
	struct mountinfo mount;

	char *line = strdup(text);
	if (!line)
		abort();
	if (cgroup_parse_mount(line, &mount)) {
		fuzz_check(mount.root[0] == '/' && mount.path[0] == '/');
		fuzz_check(strstr(text, " - cgroup2 "));
		if (own)
			check_location(own, mount.root, mount.path);
		check_location(mount.root, mount.root, mount.path);
		check_location("/", mount.root, mount.path);
	}
	free(line);
}

/* A line of any file system: each string is in it. */
static void read_mountinfo(const char *text)
{
	struct mountinfo mount;
	size_t size = strlen(text);

	char *line = strdup(text);
	if (!line)
		abort();
	if (!mountinfo_parse(line, &mount)) {
		const char *const strings[] = {
			mount.device, mount.root, mount.path, mount.options, mount.type};
		fuzz_check(mount.id >= 0 && mount.parent >= 0 && mount.path[0] == '/');
		for (size_t i = 0; i < sizeof(strings) / sizeof(*strings); i++) {
			fuzz_check(strings[i] > line && *strings[i]);
			fuzz_check(strings[i] + strlen(strings[i]) < line + size);
		}
	}
	free(line);
}

static void read_numbers(const char *text)
{
	const unsigned int all =
		LIMIT_CONTROLLER_PIDS | LIMIT_CONTROLLER_MEMORY | LIMIT_CONTROLLER_CPU;
	uint64_t number = cgroup_parse_number(text);

	fuzz_check(number == UINT64_MAX || (*text >= '0' && *text <= '9'));
	fuzz_check(cgroup_parse_share(text) > 0);
	fuzz_check(!advice_maps_every_id(text) || strpbrk(text, "0"));
	fuzz_check(!(cgroup_parse_controllers(text) & ~all));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char own[PATH_MAX], *rest = NULL;

	char *text = strndup(size ? (const char *)data : "", size);
	if (!text)
		abort();
	bool found = cgroup_parse_own(text, own);
	if (found)
		fuzz_check(own[0] == '/' && strlen(own) < PATH_MAX && !path_has_dotdot(own));
	read_numbers(text);
	read_mount(text, found ? own : NULL);
	read_mountinfo(text);
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		read_mount(line, found ? own : NULL);
		read_mountinfo(line);
		read_numbers(line);
	}
	free(text);
	return 0;
}
