/*
 * The table of the host's mounts, as the caller sees it.
 *
 * Supervisor, with the caller's privileges; changes nothing.
 */
#ifndef RIND_POLICY_HOST_MOUNTS_H
#define RIND_POLICY_HOST_MOUNTS_H

#include "base/mountinfo.h"

/*
 * Call each for every mount, in the order of the table: one mounted later at the same path covers
 * those before it.  What is in *mount is valid during the call only.
 *
 * 0; what each returns, if that is not 0, which ends it; or, without a message, the -errno of
 * reading, -EBADMSG: a line that is not understood, -EIO: there is none.
 */
int host_mounts_each(
	int (*each)(void *context, const struct mountinfo *mount), void *context) _must_check_;

#endif
