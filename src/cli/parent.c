/*
 * See parent.h.  Supervisor.  Not by PR_SET_PDEATHSIG: the kernel ties that to the thread that
 * started rind, and a thread pool may end that thread while the program goes on.
 */
#include "cli/parent.h"

#include "base/fd.h"
#include "base/sys.h"
#include "cli/signals.h"

/*
 * End if the parent has ended already.  Only a change of getppid() shows it: process 1 as parent
 * does not, since orphans may go to a subreaper, and process 1 may have started rind itself.
 */
static void end_with_late_parent(pid_t parent)
{
	if (getppid() != parent)
		signals_die_of(SIGKILL);
}

/* Without a pidfd: before Linux 5.3, under a filter, or with a parent in another pid namespace. */
static int ask_kernel(pid_t parent, struct rind_error *err)
{
	int error = sys_die_with_parent();
	if (error < 0)
		return rind_error_set(err, error, "--die-with-parent: prctl(PR_SET_PDEATHSIG): %s",
			errno_text(-error));
	end_with_late_parent(parent);
	return 0;
}

int parent_watch(pid_t parent, int *ret_fd, struct rind_error *err)
{
	*ret_fd = -1;
	_cleanup_close_ int fd = parent ? sys_pidfd_open(parent) : -ENOSYS;
	if (fd == -ENOSYS || fd == -EPERM)
		return ask_kernel(parent, err);
	/*
	 * If the parent had ended before, the pidfd is of another process with its pid, or there is
	 * none.
	 */
	end_with_late_parent(parent);
	int error = fd < 0 ? fd : fd_move_above_stdio(&fd);
	if (error < 0)
		return rind_error_set(
			err, error, "--die-with-parent: pidfd_open: %s", errno_text(-error));
	*ret_fd = take_fd(&fd);
	return 0;
}
