/*
 * manymounts DIRECTORY COUNT: mount so many file systems below a directory, each in one of its own.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>

int main(int argc, char **argv)
{
	char path[4096];

	for (int i = 0; argc == 3 && i < atoi(argv[2]); i++) {
		snprintf(path, sizeof(path), "%s/%d", argv[1], i);
		if (mkdir(path, 0755) || mount("tmpfs", path, "tmpfs", 0, "size=4k")) {
			perror(path);
			return 1;
		}
	}
	return argc == 3 ? 0 : 2;
}
