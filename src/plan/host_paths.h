/*
 * Paths of the kernel's file systems that several parts have to agree on: what a minimal /dev has,
 * what of /proc is read-only.
 */
#ifndef RIND_PLAN_HOST_PATHS_H
#define RIND_PLAN_HOST_PATHS_H

/* The host's nodes that are in a minimal /dev; the first is the one that a sandbox cannot lack. */
static const char *const host_dev_nodes[] = {
	"/dev/null",
	"/dev/zero",
	"/dev/full",
	"/dev/random",
	"/dev/urandom",
	"/dev/tty",
};

/* The parts of /proc that change the machine. */
static const char *const host_proc_parts[] = {
	"/proc/sys",
	"/proc/sysrq-trigger",
	"/proc/irq",
	"/proc/bus",
};

enum {
	HOST_DEV_NODES = sizeof(host_dev_nodes) / sizeof(*host_dev_nodes),
	HOST_PROC_PARTS = sizeof(host_proc_parts) / sizeof(*host_proc_parts),
};

#endif
