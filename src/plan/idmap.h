/*
 * The text of /proc/PID/uid_map and gid_map.  Supervisor only: the child writes the finished text.
 */
#ifndef RIND_PLAN_IDMAP_H
#define RIND_PLAN_IDMAP_H

#include <stddef.h>
#include <stdint.h>

#define IDMAP_TEXT_MAX sizeof("4294967295 4294967295 4294967295\n")

/*
 * Write one line: count ids, starting at inside (in the new user namespace), are those starting at
 * outside (in the parent's).  A buffer of IDMAP_TEXT_MAX always suffices.  On failure buffer is
 * unchanged.
 *
 * -EINVAL: count is 0, or a range goes beyond the last id, 4294967294: (uid_t)-1 is no id, since
 * the kernel takes it for "none" or "leave unchanged"; see user_namespaces(7).  -ENOSPC: the text
 * does not fit.
 */
int idmap_format(char *buffer, size_t size, uint32_t inside, uint32_t outside, uint32_t count)
	__attribute__((warn_unused_result));

#endif
