/* Child side, and everywhere else: see mountinfo.h. */
#include "base/mountinfo.h"

#include "base/number.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

/* A number of the kernel's type int, and the blank after it. */
static bool take_number(char **at, int *ret)
{
	const char *end = *at;
	uint64_t number;

	if (number_take(&end, 10, INT_MAX, &number) < 0 || *end != ' ')
		return false;
	*at += end - *at + 1;
	*ret = (int)number;
	return true;
}

/* A word, which is given its end; NULL when no blank follows it. */
static char *take_word(char **at)
{
	char *word = *at;

	*at += strcspn(word, " ");
	if (!**at || *at == word)
		return NULL;
	*(*at)++ = '\0';
	return word;
}

/* The type stands behind "-", before which there may be any number of fields. */
static const char *take_type(char **at)
{
	const char *word;

	do
		word = take_word(at);
	while (word && strcmp(word, "-") != 0);
	return word ? take_word(at) : NULL;
}

static bool is_escape(const char *text)
{
	return text[0] == '\\' && text[1] >= '0' && text[1] <= '3' && number_digit(text[2]) < 8 &&
	       number_digit(text[3]) < 8;
}

/* False: a zero byte would cut it short, and no path has one. */
static bool unescape(char *text)
{
	char *to = text;

	for (; *text; to++) {
		if (!is_escape(text)) {
			*to = *text++;
			continue;
		}
		*to = (char)(number_digit(text[1]) << 6 | number_digit(text[2]) << 3 |
			     number_digit(text[3]));
		if (!*to)
			return false;
		text += 4;
	}
	*to = '\0';
	return true;
}

int mountinfo_parse(char *line, struct mountinfo *ret)
{
	if (!take_number(&line, &ret->id) || !take_number(&line, &ret->parent))
		return -EBADMSG;
	ret->device = take_word(&line);
	char *root = ret->device ? take_word(&line) : NULL;
	char *path = root ? take_word(&line) : NULL;
	ret->options = path ? take_word(&line) : NULL;
	ret->type = ret->options ? take_type(&line) : NULL;
	if (!ret->type || *path != '/' || !unescape(root) || !unescape(path))
		return -EBADMSG;
	ret->root = root;
	ret->path = path;
	return 0;
}
