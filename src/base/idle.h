/* Waiting for what may be long in coming, in as little memory as can be. */
#ifndef RIND_BASE_IDLE_H
#define RIND_BASE_IDLE_H

#include <poll.h>

/*
 * As sys_poll() in base/sys.h, but before it waits it unmaps the pages of the program's code and
 * constants: what is used afterwards comes back with a page fault.  For the processes that stay
 * beside a command: the supervisor of a program of our own, init, the janitor.
 */
int idle_poll(struct pollfd *fds, unsigned int count, int timeout_ms);

#endif
