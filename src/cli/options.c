/*
 * The parser of command lines.  Supervisor, before there is a sandbox; touches nothing but argv and
 * the policy it fills in, and must not know any option by name: those are in option_table.c.
 */
#include "cli/options.h"

#include "base/fd.h"
#include "base/suggest.h"

#include <string.h>

enum {
	LABEL_SIZE = 64, /* "--" and the longest name */
};

struct parser {
	const struct option_face *face;
	struct run_options *options;
	char **next;      /* the word to read next; the array ends with NULL */
	char **arguments; /* where the next argument is moved to; never after next */
};

static const struct option_row *find_long(
	const struct option_face *face, const char *name, size_t length)
{
	for (size_t i = 0; i < option_row_count; i++) {
		const struct option_row *row = &option_rows[i];
		if (row->faces & face->bit && strncmp(row->name, name, length) == 0 &&
			row->name[length] == '\0')
			return row;
	}
	return NULL;
}

static const struct option_row *find_letter(const struct option_face *face, char letter)
{
	for (size_t i = 0; i < option_row_count; i++) {
		if (option_rows[i].faces & face->bit && option_rows[i].letter == letter)
			return &option_rows[i];
	}
	return NULL;
}

static int unknown_long(const struct option_face *face, const char *name, struct rind_error *err)
{
	_cleanup_free_ char *given = strndup(name, strcspn(name, "="));
	struct suggestion best = {0};

	if (!given)
		return rind_error_no_memory(err);
	for (size_t i = 0; i < option_row_count; i++) {
		if (option_rows[i].faces & face->bit)
			suggestion_consider(&best, given, option_rows[i].name);
	}
	if (best.name)
		return rind_error_set(err, -EINVAL,
			"%s: unknown option '--%s'; did you mean '--%s'?", face->name, given,
			best.name);
	return rind_error_set(err, -EINVAL, "%s: unknown option '--%s'; see 'rind %s --help'",
		face->name, given, face->name);
}

/* Is the word an option, or perhaps a mistyped one? */
static bool looks_like_option(const char *word)
{
	if (word[0] != '-' || word[1] == '\0')
		return false;
	if (word[1] == '-')
		return true;
	for (size_t i = 0; i < option_row_count; i++) {
		if (option_rows[i].letter == word[1])
			return true;
	}
	return false;
}

/*
 * Take the next word as the value, unless it is an option itself.  Then the value was forgotten, or
 * was an empty variable of a script; taking the option as the value would drop what that option
 * asks for, or, with "--", the end of the options.
 */
static int take_value(struct parser *parser, const struct option_row *row, const char *label,
	const char **ret, struct rind_error *err)
{
	const char *command = parser->face->name, *value = *parser->next;

	if (!value)
		return rind_error_set(err, -EINVAL, "%s: option '%s' needs a value (%s)", command,
			label, row->argument);
	if (looks_like_option(value))
		return rind_error_set(err, -EINVAL,
			"%s: option '%s' needs a value (%s), but '%s' follows, which is an option; "
			"where that is meant, write --%s=%s",
			command, label, row->argument, value, row->name, value);
	*ret = value;
	parser->next++;
	return 0;
}

/* Apply an option: label is its spelling, value the attached value. */
static int take_option(struct parser *parser, const struct option_row *row, const char *label,
	const char *value, struct rind_error *err)
{
	const char *command = parser->face->name;

	if (!row->argument && value)
		return rind_error_set(err, -EINVAL,
			"%s: option '%s' takes no value, but was given '%s'", command, label,
			value);
	if (row->argument && !row->optional && !value) {
		int result = take_value(parser, row, label, &value, err);
		if (result < 0)
			return result;
	}
	const struct option_use use = {.row = row, .value = value, .options = parser->options};
	return row->apply(&use, err);
}

static int parse_long(struct parser *parser, const char *name, struct rind_error *err)
{
	size_t length = strcspn(name, "=");
	const struct option_row *row = find_long(parser->face, name, length);
	char label[LABEL_SIZE];

	if (!row)
		return unknown_long(parser->face, name, err);
	snprintf(label, sizeof(label), "--%s", row->name);
	return take_option(parser, row, label, name[length] ? name + length + 1 : NULL, err);
}

static int parse_letter(struct parser *parser, const char *word, struct rind_error *err)
{
	const char label[] = {'-', word[1], '\0'};
	const struct option_row *row = find_letter(parser->face, word[1]);

	if (!row)
		return rind_error_set(err, -EINVAL, "%s: unknown option '%s'; see 'rind %s --help'",
			parser->face->name, word, parser->face->name);
	/* A name that begins with '=' is most likely a mistake, and would protect nothing. */
	if (row->argument && word[2] == '=')
		return rind_error_set(err, -EINVAL,
			"%s: '%s': a value follows a letter directly or as the next word; write "
			"--%s=%s",
			parser->face->name, word, row->name, word + 3);
	return take_option(parser, row, label, word[2] ? word + 2 : NULL, err);
}

static int parse_words(struct parser *parser, struct rind_error *err)
{
	while (*parser->next && !parser->options->help && !parser->options->version) {
		char *word = *parser->next;

		if (word[0] != '-' || word[1] == '\0') {
			if (!parser->face->mixed)
				return 0;
			*parser->arguments++ = word;
			parser->next++;
			continue;
		}
		parser->next++;
		if (strcmp(word, "--") == 0)
			return 0;
		int result = word[1] == '-' ? parse_long(parser, word + 2, err)
					    : parse_letter(parser, word, err);
		if (result < 0)
			return result;
	}
	return 0;
}

/* Move the words that are not options to the end of argv's array, in order. */
static char **gather_arguments(struct parser *parser, char **first)
{
	size_t early = (size_t)(parser->arguments - first);
	char **gathered = parser->next - early;

	memmove(gathered, first, early * sizeof(*first));
	return gathered;
}

int run_options_parse(int argc, char **argv, const struct option_face *face,
	struct run_options *ret, struct rind_error *err)
{
	struct run_options options = {
		.policy = rind_policy_new(),
		.die_with_parent = true,
		.json_status_fd = -1,
	};
	char **first = argc > 0 ? argv + 1 : argv;
	struct parser parser = {
		.face = face,
		.options = &options,
		.next = first,
		.arguments = first,
	};

	if (!options.policy)
		return rind_error_no_memory(err);
	int result = parse_words(&parser, err);
	if (result < 0) {
		run_options_release(&options);
		return result;
	}
	options.arguments = gather_arguments(&parser, first);
	*ret = options;
	return 0;
}

void run_options_release(struct run_options *options)
{
	rind_policy_free(options->policy);
	options->policy = NULL;
}
