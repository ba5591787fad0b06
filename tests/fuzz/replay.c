/*
 * Run every file of a corpus through a fuzz target, without a fuzzer: what once was a finding stays
 * a test.  A crash ends the program, and the tests that were planned and did not report have
 * failed.
 *
 *   replay DIRECTORY [FILE...]     with files, only those
 */
#include "fuzz.h"

#include <dirent.h>

static int only_files(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* The bytes in a block of just their size, so that a sanitizer sees the first one too many. */
static void replay_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	long size = -1;

	if (file && !fseek(file, 0, SEEK_END))
		size = ftell(file);
	if (size < 0 || fseek(file, 0, SEEK_SET)) {
		perror(path);
		exit(1);
	}
	uint8_t *data = malloc((size_t)size + !size);
	if (!data || fread(data, 1, (size_t)size, file) != (size_t)size) {
		perror(path);
		exit(1);
	}
	fclose(file);
	(void)LLVMFuzzerTestOneInput(data, (size_t)size);
	free(data);
}

static int replay_directory(const char *directory)
{
	struct dirent **entries;
	char path[4096];

	int count = scandir(directory, &entries, only_files, alphasort);
	if (count <= 0) {
		fprintf(stderr, "%s: no corpus\n", directory);
		return 1;
	}
	printf("1..%d\n", count);
	for (int i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "%s/%s", directory, entries[i]->d_name);
		replay_file(path);
		printf("ok %d - %s\n", i + 1, entries[i]->d_name);
		fflush(stdout);
		free(entries[i]);
	}
	free(entries);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return replay_directory(CORPUS);
	for (int i = 1; i < argc; i++)
		replay_file(argv[i]);
	return 0;
}
