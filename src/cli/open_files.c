/*
 * See open_files.h.  Supervisor.  A pipe that a command leaves with O_NONBLOCK makes other programs
 * of the pipeline or script fail, which do not expect EAGAIN.
 */
#include "cli/open_files.h"

#include "base/fd.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum { STANDARD = STDERR_FILENO + 1 };

static int descriptor(const struct open_files *files, size_t i)
{
	return i < STANDARD ? (int)i : files->kept[i - STANDARD];
}

int open_files_save(
	struct open_files *ret, const int *kept, size_t kept_count, struct rind_error *err)
{
	struct open_files files = {.kept = kept, .kept_count = kept_count};

	files.flags = calloc(STANDARD + kept_count, sizeof(*files.flags));
	if (!files.flags)
		return rind_error_no_memory(err);
	for (size_t i = 0; i < STANDARD + kept_count; i++)
		files.flags[i] = fcntl(descriptor(&files, i), F_GETFL);
	*ret = files;
	return 0;
}

void open_files_restore(const struct open_files *files)
{
	for (size_t i = 0; i < STANDARD + files->kept_count; i++) {
		int fd = descriptor(files, i), flags = fcntl(fd, F_GETFL);
		/*
		 * If this fails, ignore it: nothing depends on it, and there is nobody to report it
		 * to.
		 */
		if (files->flags[i] >= 0 && flags >= 0 && flags != files->flags[i])
			(void)fcntl(fd, F_SETFL, files->flags[i]);
	}
}

void open_files_release(struct open_files *files)
{
	free(take_ptr(files->flags));
}
