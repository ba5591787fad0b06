/*
 * Patterns: two words, a pattern and a name.  What is accepted is taken apart without a broken
 * promise, and one component matches what fnmatch(3) says, where the two agree.
 */
#include "fuzz.h"
#include "policy/glob.h"

#include <fnmatch.h>

/* fnmatch(3) takes time that grows with the power of the asterisks. */
enum { MOST_ASTERISKS = 5, LONGEST_NAME = 64 };

static bool is_plain(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text >= 0x80)
			return false;
	return true;
}

static size_t count_asterisks(const char *text)
{
	size_t count = 0;
	for (; *text; text++)
		count += *text == '*';
	return count;
}

static void check_parts(const struct glob *glob)
{
	for (size_t i = 0; i < glob->count; i++) {
		fuzz_check(*glob->parts[i].text && !strchr(glob->parts[i].text, '/'));
		fuzz_check(i || glob->parts[i].kind != GLOB_NAME); /* that is the prefix */
		if (glob->parts[i].kind != GLOB_ANYWHERE)
			continue;
		fuzz_check(i + 1 < glob->count);
		fuzz_check(glob->parts[i + 1].kind != GLOB_ANYWHERE);
	}
}

static void check_name(const struct glob *glob, const struct glob *opens, const char *name)
{
	for (size_t i = 0; i < glob->count; i++) {
		const struct glob_part *part = &glob->parts[i];
		if (part->kind == GLOB_ANYWHERE)
			continue;
		bool matches = glob_part_matches(glob, part, name);
		/* What gives rights never matches more. */
		fuzz_check(matches || !glob_part_matches(opens, &opens->parts[i], name));
		if (part->kind == GLOB_WILD && is_plain(part->text) && is_plain(name) &&
			strlen(name) <= LONGEST_NAME &&
			count_asterisks(part->text) <= MOST_ASTERISKS)
			fuzz_check(matches == !fnmatch(part->text, name, 0));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = {0};
	struct glob glob, opens;
	size_t count;
	char **words = fuzz_split(data, size, &count);

	if (count >= 2 && glob_is_pattern(words[0]) && !glob_check(words[0], "--hide", NULL)) {
		fuzz_check(!glob_compile(&arena, words[0], false, &glob));
		fuzz_check(!glob_compile(&arena, words[0], true, &opens));
		fuzz_check(glob.count == opens.count);
		check_parts(&glob);
		if (!strchr(words[1], '/'))
			check_name(&glob, &opens, words[1]);
	}
	arena_free(&arena);
	free(words);
	return 0;
}
