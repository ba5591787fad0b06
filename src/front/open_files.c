/*
 * See open_files.h.  Supervisor.  A pipe that a command has left with O_NONBLOCK ends the other programs of
 * a pipeline, or of a script, which do not expect EAGAIN.
 */
#include "front/open_files.h"

#include <fcntl.h>

void open_files_save(struct open_files *ret)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		ret->flags[fd] = fcntl(fd, F_GETFL);
}

void open_files_restore(const struct open_files *files)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		int flags = fcntl(fd, F_GETFL);
		/* What can no longer be asked, or set, is nothing that could be told to anybody. */
		if (files->flags[fd] >= 0 && flags >= 0 && flags != files->flags[fd])
			(void)fcntl(fd, F_SETFL, files->flags[fd]);
	}
}
