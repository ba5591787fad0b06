/*
 * What the fuzz targets share.  A target is a file fuzz_NAME.c with the function below, which is
 * given bytes, hands them to a parser, and looks at what came of them.  It is linked twice:
 *
 *   with libFuzzer   clang makes up bytes, guided by what they reach (`make check-fuzz`, `fuzz`)
 *   with replay.c    the files of corpus/NAME, seeds and former findings, as a test (`make check`)
 *
 * A target touches nothing on the host: what a parser would read from a descriptor or a path comes
 * out of the bytes.
 */
#ifndef RIND_TESTS_FUZZ_H
#define RIND_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A broken promise of the code under test, which both drivers notice. */
#define fuzz_check(condition)                                                                   \
	do {                                                                                    \
		if (!(condition)) {                                                             \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                                \
		}                                                                               \
	} while (0)

/* Words with a NUL after each, as a NULL-terminated array.  One allocation: free() the array. */
static inline char **fuzz_split(const uint8_t *data, size_t size, size_t *ret_count)
{
	size_t count = 0;
	for (size_t i = 0; i < size; i++)
		count += !data[i];
	count += size && data[size - 1]; /* the last may lack its NUL */

	char **words = malloc((count + 1) * sizeof(*words) + size + 1);
	if (!words)
		abort();
	char *text = (char *)(words + count + 1);
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	for (size_t i = 0; i < count; i++, text += strlen(text) + 1)
		words[i] = text;
	words[count] = NULL;
	*ret_count = count;
	return words;
}

#endif
