/* Wait for a long time with as little memory as possible. */
#ifndef RIND_BASE_UNMAP_CODE_H
#define RIND_BASE_UNMAP_CODE_H

#include <poll.h>

/*
 * As sys_poll() in base/sys.h, but first unmap the pages of the program's code and constants; those
 * that are used later come back with a page fault.  For the processes that stay beside a command:
 * the supervisor in rind's own program, init, the janitors.
 */
int unmap_code_and_poll(struct pollfd *fds, unsigned int count, int timeout_ms);

#endif
