/*
 * The devices that a sandbox does not get, and why; see device.h.  Supervisor only; looks at no
 * host.
 *
 * Numbers are those of the kernel's list, Documentation/admin-guide/devices.rst.  Many drivers are
 * given a free number when they are loaded: these are found by the names that they have in
 * /proc/devices and /proc/misc.
 */
#include "policy/device.h"

#include "base/number.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

/* --- the table -------------------------------------------------------------------------------- */

/* "It …" */
static const char
	STORAGE[] = "reads and changes what is stored there past every rule for files",
	MEMORY[] = "reaches the memory, the ports or the registers of the machine",
	KERNEL[] = "halts the kernel in the middle of a call, which many ways into it need",
	LOG[] = "is the log of the kernel, which the command could read and forge",
	TERMINAL[] = "is a terminal or a console of the host, where others type and read",
	INPUT[] = "reads or forges what is typed on a keyboard",
	SYSTEMS[] = "makes disks or file systems of the host",
	NETWORK[] = "leads to a network past the one that the sandbox has",
	MACHINE[] = "stops the machine, or changes its firmware, its keys or its switches",
	HARDWARE[] = "is hardware without its driver, maybe a disk, a keyboard or a network card",
	SERVICES[] = "leads to programs outside the sandbox",
	UNKNOWN[] = "has no driver now, and what is loaded next may get its number";

enum { LAST = 0xfffff /* minor number */ };

/* A range of numbers: its first and its last one.  DYNAMIC: an empty one. */
#define NUMBER(major, minor)     ((uint64_t)(major) << 32 | (minor))
#define SOME(major, first, last) NUMBER(major, first), NUMBER(major, last)
#define ONE(major, minor)        SOME(major, minor, minor)
#define MAJORS(first, last)      NUMBER(first, 0), NUMBER(last, LAST)
#define DYNAMIC                  1, 0

/*
 * Character devices: by number, by driver ('*' stands for any text), or by both.  What is
 * in no row may be had: graphics, sound, cameras, KVM, serial lines, clocks, printers.
 */
static const struct kind {
	const char *driver; /* NULL: whatever it is called */
	uint64_t first, last;
	const char *reason;
} kinds[] = {
	/* Of major 1 null, zero, full, random and urandom are left. */
	{NULL, SOME(1, 0, 2), MEMORY}, /* mem, kmem */
	{NULL, ONE(1, 4), MEMORY},     /* port */
	{NULL, ONE(1, 6), MEMORY},
	{NULL, ONE(1, 10), MEMORY},
	{NULL, ONE(1, 11), LOG},           /* kmsg */
	{NULL, SOME(1, 12, LAST), MEMORY}, /* oldmem: what a crashed kernel has left */
	{"cpu/msr", MAJORS(202, 202), MEMORY},
	{"crash", DYNAMIC, MEMORY},
	{"isst_interface", DYNAMIC, MEMORY},
	{"vboxdrv*", DYNAMIC, MEMORY},
	{"vmmon", DYNAMIC, MEMORY},
	{"snapshot", ONE(10, 231), MEMORY}, /* writes and reads an image of it */
	{"userfaultfd", DYNAMIC, KERNEL},

	/* 4:64 and later are serial lines, as are 5:64 and later; 5:0 is one's own terminal. */
	{NULL, MAJORS(2, 3), TERMINAL},   /* pseudo-terminals, in the form before devpts */
	{NULL, SOME(4, 0, 63), TERMINAL}, /* tty0, tty1, … */
	{NULL, SOME(5, 1, 2), TERMINAL},  /* console, ptmx */
	{NULL, ONE(5, 3), LOG},           /* ttyprintk */
	{"vcs", MAJORS(7, 7), TERMINAL},
	{NULL, MAJORS(128, 143), TERMINAL}, /* ptm and pts */
	{"hvc", MAJORS(229, 229), TERMINAL},
	{"speakup*", DYNAMIC, TERMINAL},

	{"input", MAJORS(13, 13), INPUT},
	{"hidraw", DYNAMIC, INPUT},
	{NULL, SOME(180, 96, 111), INPUT}, /* hiddev */
	{"uinput", ONE(10, 223), INPUT},
	{"uhid", ONE(10, 239), INPUT},
	{"usbmon", DYNAMIC, INPUT},

	/* Disks are block devices.  These are their controllers, tapes, and memory that stays. */
	{"st", MAJORS(9, 9), STORAGE},
	{"sg", MAJORS(21, 21), STORAGE},
	{"ch", MAJORS(86, 86), STORAGE},
	{"mtd", MAJORS(90, 90), STORAGE},
	{"ubi*", DYNAMIC, STORAGE},
	{"raw*", MAJORS(162, 162), STORAGE},
	{"osst", MAJORS(206, 206), STORAGE},
	{"bsg", DYNAMIC, STORAGE},
	{"nvme*", DYNAMIC, STORAGE},
	{"rpmb", DYNAMIC, STORAGE},
	{"dax", DYNAMIC, STORAGE},
	{"ndctl", DYNAMIC, STORAGE},
	{"dimmctl", DYNAMIC, STORAGE},
	{"cxl", DYNAMIC, STORAGE},
	{"megaraid*", DYNAMIC, STORAGE},
	{"megadev*", DYNAMIC, STORAGE},
	{"mpt*ctl", SOME(10, 220, 222), STORAGE},
	{"aac*", DYNAMIC, STORAGE},
	{"twa", DYNAMIC, STORAGE},
	{"twe", DYNAMIC, STORAGE},
	{"twl", DYNAMIC, STORAGE},

	{"loop-control", ONE(10, 237), SYSTEMS},
	{"device-mapper", ONE(10, 236), SYSTEMS},
	{"btrfs-control", ONE(10, 234), SYSTEMS},
	{"autofs", ONE(10, 235), SYSTEMS},
	{"fuse", ONE(10, 229), SYSTEMS},
	{"cuse", ONE(10, 203), SYSTEMS},
	{"zfs", DYNAMIC, SYSTEMS},
	{"ecryptfs", DYNAMIC, SYSTEMS},
	{"cachefiles", DYNAMIC, SYSTEMS},
	{"pktcdvd", DYNAMIC, SYSTEMS},
	{"ublk*", DYNAMIC, SYSTEMS},
	{"bcachefs*", DYNAMIC, SYSTEMS},
	{"vduse*", DYNAMIC, SYSTEMS},
	{"aoechr", MAJORS(152, 152), SYSTEMS},

	{"tun", ONE(10, 200), NETWORK},
	{"vhost*", DYNAMIC, NETWORK},
	{NULL, ONE(10, 238), NETWORK}, /* vhost-net, before its driver is there */
	{NULL, ONE(10, 241), NETWORK}, /* vhost-vsock */
	{"macvtap", DYNAMIC, NETWORK},
	{"ipvtap", DYNAMIC, NETWORK},
	{"ppp", MAJORS(108, 108), NETWORK},
	{"vmnet", DYNAMIC, NETWORK},
	{"vboxnet*", DYNAMIC, NETWORK},
	{"vhci", ONE(10, 137), NETWORK}, /* makes Bluetooth controllers */
	{"infiniband*", MAJORS(231, 231), NETWORK},
	{"rdma_cm", DYNAMIC, NETWORK},
	{"wwan_port", DYNAMIC, NETWORK},

	{"watchdog", ONE(10, 130), MACHINE},
	{"nvram", ONE(10, 144), MACHINE},
	{"microcode", ONE(10, 184), MACHINE},
	{"tpm*", ONE(10, 224), MACHINE},
	{"rfkill", ONE(10, 242), MACHINE},
	{"ipmi*", DYNAMIC, MACHINE},
	{"mei", DYNAMIC, MACHINE},
	{"efi_*", DYNAMIC, MACHINE},
	{"sev", DYNAMIC, MACHINE},
	{"opal-prd", DYNAMIC, MACHINE},

	{"vfio*", ONE(10, 196), HARDWARE},
	{"iommu", DYNAMIC, HARDWARE},
	{"uio", DYNAMIC, HARDWARE},
	{"firewire", DYNAMIC, HARDWARE},
	{"usb_device", MAJORS(189, 189), HARDWARE},

	{"binder", DYNAMIC, SERVICES},
	{"hwbinder", DYNAMIC, SERVICES},
	{"vndbinder", DYNAMIC, SERVICES},
	{"xen/*", DYNAMIC, SERVICES},
	{"vmbus/*", DYNAMIC, SERVICES},
	{"virtio-portsdev", DYNAMIC, SERVICES},
};

const struct device_group device_groups[] = {
	{"dri", "/dev/dri", "*"},
	{"kvm", "/dev", "kvm"},
	{"nvidia", "/dev", "nvidia*"},
	{NULL, NULL, NULL},
};

/* --- what the kernel calls a device ----------------------------------------------------------- */

enum { MISC_MAJOR = 10 };

/* The rest of a line, without the blanks around it. */
static void copy_name(const char *text, size_t length, char ret[static DEVICE_NAME_SIZE])
{
	while (length && *text == ' ')
		text++, length--;
	if (length >= DEVICE_NAME_SIZE)
		length = DEVICE_NAME_SIZE - 1;
	memcpy(ret, text, length);
	ret[length] = '\0';
}

/*
 * Take the next name of a number out of the text, lines of NUMBER NAME.  The block devices, which
 * come last in /proc/devices, have numbers of their own.
 */
static bool take_driver(const char **text, unsigned int number, char ret[static DEVICE_NAME_SIZE])
{
	while (**text) {
		const char *line = *text;
		size_t length = strcspn(line, "\n");
		uint64_t found;

		*text += length + (line[length] == '\n');
		if (!strncmp(line, "Block devices", strlen("Block devices")))
			return false;
		const char *name = line + strspn(line, " ");
		if (number_take(&name, 10, UINT32_MAX, &found) < 0 || found != number)
			continue;
		copy_name(name, length - (size_t)(name - line), ret);
		return true;
	}
	return false;
}

/*
 * Is it a console of the kernel, such as a serial line on which people log in?  Each line ends with
 * the number of one.
 */
static bool is_console(const char *consoles, unsigned int first, unsigned int second)
{
	char number[32];

	snprintf(number, sizeof(number), " %u:%u\n", first, second);
	return strstr(consoles, number);
}

/* --- judging ---------------------------------------------------------------------------------- */

bool device_is_called(const char *name, const char *pattern)
{
	const char *star = strchr(pattern, '*');

	if (!star)
		return !strcmp(name, pattern);
	size_t before = (size_t)(star - pattern), after = strlen(star + 1), length = strlen(name);
	return length >= before + after && !strncmp(name, pattern, before) &&
	       !strcmp(name + length - after, star + 1);
}

static const char *reason_of_number(uint64_t number)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (kinds[i].first <= number && number <= kinds[i].last)
			return kinds[i].reason;
	return NULL;
}

static const char *reason_of_driver(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (kinds[i].driver && device_is_called(name, kinds[i].driver))
			return kinds[i].reason;
	return NULL;
}

/* Several drivers may share a number: one that is refused is enough. */
static void judge_drivers(const char *text, unsigned int number, struct device_judgement *ret)
{
	char name[DEVICE_NAME_SIZE];

	while (!ret->reason && take_driver(&text, number, name)) {
		strcpy(ret->name, name);
		ret->reason = reason_of_driver(name);
	}
}

void device_judge(mode_t mode, dev_t number, const struct device_drivers *drivers,
	struct device_judgement *ret)
{
	unsigned int first = major(number), second = minor(number);

	*ret = (struct device_judgement){.reason = NULL};
	if (!S_ISCHR(mode)) {
		ret->reason = STORAGE;
		return;
	}
	if (first == MISC_MAJOR)
		judge_drivers(drivers->misc, second, ret);
	else
		judge_drivers(drivers->devices, first, ret);
	if (!ret->reason)
		ret->reason = reason_of_number(NUMBER(first, second));
	if (!ret->reason && is_console(drivers->consoles, first, second))
		ret->reason = TERMINAL;
	if (!ret->reason && !*ret->name)
		ret->reason = UNKNOWN;
}
