/* Settings of the kernel, as /proc/sys shows them.  Supervisor only. */
#ifndef RIND_BASE_SETTING_H
#define RIND_BASE_SETTING_H

/* The number in a file of /proc/sys; -1 where this kernel lacks that file or it cannot be read. */
long setting_read(const char *path);

#endif
