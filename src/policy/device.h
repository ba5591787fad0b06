/*
 * Which devices of the host a sandbox may have.  A device is judged by what it is, its kind, its
 * number and the driver that the kernel has for the number, and never by the name of its node.
 *
 * Pure: the caller hands in what the kernel says of its drivers.
 */
#ifndef RIND_POLICY_DEVICE_H
#define RIND_POLICY_DEVICE_H

#include <stdbool.h>
#include <sys/stat.h>

/* What /proc/devices and /proc/misc say, the driver of each number; and /proc/consoles. */
struct device_drivers {
	const char *devices, *misc, *consoles;
};

enum { DEVICE_NAME_SIZE = 64 };

/* A refusal, to be read as "it REASON". */
struct device_judgement {
	const char *reason;          /* NULL: a sandbox may have the device */
	char name[DEVICE_NAME_SIZE]; /* of the driver; "": there is none */
};

/*
 * May a sandbox have the device with this kind (S_IFCHR or S_IFBLK of mode) and number?  Not if it
 * would undo the sandbox, nor if no driver answers to its number: the next one that is loaded may
 * be given that number.
 */
void device_judge(mode_t mode, dev_t number, const struct device_drivers *drivers,
	struct device_judgement *ret);

/* A short name, which stands for all nodes of one kind that the host has. */
struct device_group {
	const char *name;
	const char *directory; /* where they are */
	const char *pattern;   /* of their names there */
};

/* Ends with a row whose name is NULL. */
extern const struct device_group device_groups[];

/* Does a pattern describe the name?  In it one '*' may stand for any text. */
bool device_is_called(const char *name, const char *pattern);

#endif
