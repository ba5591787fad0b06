/*
 * keyring DESCRIPTION COMMAND…: run a command with a new session keyring that holds a key.
 *
 * It has a user namespace's own key quota and nothing of the test's is left when it ends.
 */
#include <err.h>
#include <linux/keyctl.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	/* Possessed and visible to whoever has the keyring. */
	const unsigned int everything = 0x3f3f3f3f;

	if (argc < 3)
		errx(2, "usage: keyring DESCRIPTION COMMAND...");
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0)
		err(77, "no keyrings here");
	long key = syscall(SYS_add_key, "user", argv[1], "x", (size_t)1, KEY_SPEC_SESSION_KEYRING);
	if (key < 0 || syscall(SYS_keyctl, KEYCTL_SETPERM, key, everything) < 0)
		err(1, "add_key");
	execv(argv[2], argv + 2);
	err(127, "%s", argv[2]);
}
