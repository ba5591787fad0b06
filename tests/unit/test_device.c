/* Which devices a sandbox may have: a table of devices, and of what the kernel says of drivers. */
#include "policy/device.h"

#include <string.h>
#include <sys/sysmacros.h>

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* As the kernel writes them: aligned, several names for one number, and some with a blank. */
static const struct device_drivers drivers = {
	.devices = "Character devices:\n"
		   "  1 mem\n"
		   "  4 /dev/vc/0\n"
		   "  4 tty\n"
		   "  4 ttyS\n"
		   "  5 /dev/tty\n"
		   "  5 /dev/console\n"
		   "  5 /dev/ptmx\n"
		   "  5 ttyprintk\n"
		   "  7 vcs\n"
		   " 10 misc\n"
		   " 13 input\n"
		   " 21 sg\n"
		   " 29 fb\n"
		   " 81 video4linux\n"
		   "116 alsa\n"
		   "128 ptm\n"
		   "136 pts\n"
		   "143 pts\n"
		   "162 raw\n"
		   "166 ttyACM\n"
		   "180 usb\n"
		   "188 ttyUSB\n"
		   "189 usb_device\n"
		   "195 nvidia\n"
		   "195 nvidia-frontend\n"
		   "202 cpu/msr\n"
		   "203 cpu/cpuid\n"
		   "226 drm\n"
		   "234 nvme-generic\n"
		   "235 nvidia-uvm\n"
		   "236 hidraw\n"
		   "237 harmless\n"
		   "237 watchdog\n"
		   "238 two words\n"
		   "239 ubi0\n"
		   "511 kfd\n"
		   "\n"
		   "Block devices:\n"
		   "  8 sd\n"
		   "254 virtblk\n"
		   "259 blkext\n",
	.misc = "232 kvm\n"
		"229 fuse\n"
		"228 hpet\n"
		" 60 rfkill\n"
		" 61 vhost-new\n"
		" 62 udmabuf\n"
		"1000 userfaultfd\n"
		"183 hw_random\n"
		" 63 watchdogs",
	.consoles = "tty0                 -WU (EC  p  )    4:7\n"
		    "ttyS1                -W- (E   p a)    4:65\n"
		    "netcon0              -W- (E      )\n"
		    "ttyUSB1              -W- (E   p  )    188:1\n",
};

static const struct {
	mode_t kind;
	unsigned int major, minor;
	const char *name, *reason; /* reason: a word of it; NULL: may be had */
} devices[] = {
	/* by number */
	{S_IFCHR, 1, 1, "mem", "memory"},
	{S_IFCHR, 1, 2, "mem", "memory"},
	{S_IFCHR, 1, 3, "mem", NULL},
	{S_IFCHR, 1, 4, "mem", "ports"},
	{S_IFCHR, 1, 5, "mem", NULL},
	{S_IFCHR, 1, 7, "mem", NULL},
	{S_IFCHR, 1, 9, "mem", NULL},
	{S_IFCHR, 1, 11, "mem", "log"},
	{S_IFCHR, 1, 12, "mem", "memory"},
	{S_IFCHR, 4, 0, "ttyS", "console"},
	{S_IFCHR, 4, 63, "ttyS", "console"},
	{S_IFCHR, 4, 64, "ttyS", NULL},
	{S_IFCHR, 4, 65, "ttyS", "console"}, /* one in use */
	{S_IFCHR, 4, 66, "ttyS", NULL},
	{S_IFCHR, 4, 255, "ttyS", NULL},
	{S_IFCHR, 5, 0, "ttyprintk", NULL},
	{S_IFCHR, 5, 1, "ttyprintk", "console"},
	{S_IFCHR, 5, 2, "ttyprintk", "terminal"},
	{S_IFCHR, 5, 3, "ttyprintk", "log"},
	{S_IFCHR, 7, 1, "vcs", "console"},
	{S_IFCHR, 128, 0, "ptm", "terminal"},
	{S_IFCHR, 136, 0, "pts", "terminal"},
	{S_IFCHR, 143, 255, "pts", "terminal"},
	{S_IFCHR, 3, 0, "", "terminal"},
	{S_IFCHR, 13, 64, "input", "typed"},
	{S_IFCHR, 180, 0, "usb", NULL},
	{S_IFCHR, 180, 96, "usb", "typed"},
	{S_IFCHR, 21, 0, "sg", "stored"},
	{S_IFCHR, 162, 0, "raw", "stored"},
	{S_IFCHR, 189, 3, "usb_device", "hardware"},
	{S_IFCHR, 202, 0, "cpu/msr", "registers"},
	{S_IFCHR, 203, 0, "cpu/cpuid", NULL},
	{S_IFCHR, 10, 229, "fuse", "file systems"},
	{S_IFCHR, 10, 228, "hpet", NULL},
	{S_IFCHR, 10, 232, "kvm", NULL},
	{S_IFCHR, 10, 183, "hw_random", NULL},

	/* by number, though no driver is there yet */
	{S_IFCHR, 10, 200, "", "network"},
	{S_IFCHR, 10, 203, "", "file systems"},
	{S_IFCHR, 10, 223, "", "typed"},
	{S_IFCHR, 10, 224, "", "keys"},
	{S_IFCHR, 10, 231, "", "memory"},
	{S_IFCHR, 10, 234, "", "file systems"},
	{S_IFCHR, 10, 235, "", "file systems"},
	{S_IFCHR, 10, 236, "", "disks"},
	{S_IFCHR, 10, 237, "", "disks"},
	{S_IFCHR, 10, 238, "", "network"},
	{S_IFCHR, 10, 130, "", "stops"},
	{S_IFCHR, 90, 0, "", "stored"},

	/* by driver */
	{S_IFCHR, 234, 5, "nvme-generic", "stored"},
	{S_IFCHR, 235, 0, "nvidia-uvm", NULL},
	{S_IFCHR, 236, 0, "hidraw", "typed"},
	{S_IFCHR, 237, 0, "watchdog", "stops"},
	{S_IFCHR, 238, 0, "two words", NULL},
	{S_IFCHR, 239, 0, "ubi0", "stored"},
	{S_IFCHR, 511, 0, "kfd", NULL},
	{S_IFCHR, 10, 60, "rfkill", "switches"},
	{S_IFCHR, 10, 61, "vhost-new", "network"},
	{S_IFCHR, 10, 62, "udmabuf", NULL},
	{S_IFCHR, 10, 63, "watchdogs", NULL}, /* a pattern without '*' is all of the name */
	{S_IFCHR, 10, 1000, "userfaultfd", "halts"},

	/* what people ask for */
	{S_IFCHR, 226, 128, "drm", NULL},
	{S_IFCHR, 195, 255, "nvidia-frontend", NULL},
	{S_IFCHR, 188, 0, "ttyUSB", NULL},
	{S_IFCHR, 188, 1, "ttyUSB", "console"},
	{S_IFCHR, 188, 11, "ttyUSB", NULL},
	{S_IFCHR, 166, 0, "ttyACM", NULL},
	{S_IFCHR, 81, 0, "video4linux", NULL},
	{S_IFCHR, 116, 2, "alsa", NULL},

	/* without a driver; a block device of that number is none */
	{S_IFCHR, 254, 0, "", "no driver"},
	{S_IFCHR, 8, 0, "", "no driver"},
	{S_IFCHR, 10, 64, "", "no driver"},
	{S_IFCHR, 0, 0, "", "no driver"},
	{S_IFCHR, 4095, 0xfffff, "", "no driver"},

	/* disks, whatever their number is elsewhere */
	{S_IFBLK, 8, 0, "", "stored"},
	{S_IFBLK, 226, 0, "", "stored"},
	{S_IFBLK, 1, 3, "", "stored"},
	{S_IFBLK, 0, 0, "", "stored"},
};

static void test_devices(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(devices); i++) {
		struct device_judgement judgement;
		const char *wanted = devices[i].reason;

		device_judge(devices[i].kind | 0666, makedev(devices[i].major, devices[i].minor),
			&drivers, &judgement);
		if (!judgement.reason != !wanted || (wanted && !strstr(judgement.reason, wanted)))
			fail_msg("%u:%u: %s", devices[i].major, devices[i].minor,
				judgement.reason ? judgement.reason : "may be had");
		assert_string_equal(judgement.name, devices[i].name);
	}
}

/* Texts that are not as they should be name no driver, and then nothing may be had. */
static void test_odd_texts(void **state)
{
	static const char *const texts[] = {
		"",
		"\n",
		"226",
		"226 ",
		"226 \n",
		"x 226 drm\n",
		"-226 drm\n",
		"0226226 drm\n",
		"99999999999999999999 drm\n",
		"Block devices:\n226 drm\n",
		"226drm",
		"226\tdrm",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		const struct device_drivers odd = {texts[i], texts[i], ""};
		struct device_judgement judgement;
		device_judge(S_IFCHR, makedev(226, 0), &odd, &judgement);
		/* A name without the blank before it is still a name. */
		bool named = texts[i][0] == '2' && strstr(texts[i], "drm");
		assert_int_equal(!judgement.reason, named);
	}
}

/* A name that is longer than any is cut. */
static void test_long_name(void **state)
{
	char text[512] = "226 ";
	struct device_judgement judgement;
	const struct device_drivers odd = {text, text, ""};

	(void)state;
	memset(text + 4, 'x', sizeof(text) - 5);
	device_judge(S_IFCHR, makedev(226, 0), &odd, &judgement);
	assert_null(judgement.reason);
	assert_int_equal(strlen(judgement.name), DEVICE_NAME_SIZE - 1);
}

static void test_patterns(void **state)
{
	(void)state;
	assert_true(device_is_called("kvm", "kvm"));
	assert_false(device_is_called("kvmfr0", "kvm"));
	assert_false(device_is_called("", "kvm"));
	assert_true(device_is_called("nvidia", "nvidia*"));
	assert_true(device_is_called("nvidia0", "nvidia*"));
	assert_false(device_is_called("nvidi", "nvidia*"));
	assert_true(device_is_called("", "*"));
	assert_true(device_is_called("card0", "*"));
	assert_true(device_is_called("mpt3ctl", "mpt*ctl"));
	assert_true(device_is_called("mptctl", "mpt*ctl"));
	assert_false(device_is_called("mptct", "mpt*ctl"));
	assert_false(device_is_called("aba", "ab*ba"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_devices),
		cmocka_unit_test(test_odd_texts),
		cmocka_unit_test(test_long_name),
		cmocka_unit_test(test_patterns),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
