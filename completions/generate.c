/*
 * completion-generate bash|zsh|fish: writes a shell's completion for rind to standard output, from
 * the tables that drive the parsers and --help, so that it has every option there is.  A tool of
 * the build, not part of rind.
 *
 * What a shell has to know of an option: how it is spelled, and for each of its values what may
 * stand there.  For bash that is a function of names; the rest of it, which is the same whatever
 * the options are, is in rind.bash.
 */
#include "cli/bwrap/table.h"
#include "cli/front.h"
#include "cli/options.h"

#include <stdlib.h>
#include <string.h>

enum kind { KIND_NOTHING, KIND_DIRECTORY, KIND_PATH, KIND_CHOICE };

enum { MAX_VALUES = 4, NAME_SIZE = 32 };

struct value {
	char name[NAME_SIZE];
	enum kind kind;
	const struct option_choice *choices;
};

/* An option of either table. */
struct entry {
	const char *name; /* with its dashes */
	char letter;
	const char *help;
	struct value values[MAX_VALUES];
	size_t count;
	bool joins; /* --name=value is understood as well */
};

/* --- the tables as one ------------------------------------------------------------------------ */

static enum kind kind_of(const char *name)
{
	static const char *const paths[] = {"PATH", "NODE", "SRC", "DEST", "RWSRC", "WORKDIR"};

	if (!strcmp(name, "DIR"))
		return KIND_DIRECTORY;
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
		if (!strcmp(name, paths[i]))
			return KIND_PATH;
	return KIND_NOTHING;
}

/* "SRC DEST" is two values. */
static void add_values(struct entry *entry, const char *arguments)
{
	while (arguments && *arguments && entry->count < MAX_VALUES) {
		struct value *value = &entry->values[entry->count++];
		size_t length = strcspn(arguments, " ");

		snprintf(value->name, sizeof(value->name), "%.*s", (int)length, arguments);
		value->kind = kind_of(value->name);
		arguments += length + (arguments[length] == ' ');
	}
}

static const struct option_face *find_face(const char *subcommand)
{
	static const struct option_face *const faces[] = {
		&option_face_run, &option_face_explain, &option_face_doctor};

	for (size_t i = 0; i < sizeof(faces) / sizeof(*faces); i++)
		if (!strcmp(faces[i]->name, subcommand))
			return faces[i];
	if (!strcmp(subcommand, "bwrap"))
		return NULL;
	fprintf(stderr, "completion-generate: the options of 'rind %s' are not known here\n",
		subcommand);
	exit(EXIT_FAILURE);
}

static bool entry_of_face(const struct option_face *face, size_t index, struct entry *ret)
{
	static char name[NAME_SIZE + 2];
	const struct option_row *row = &option_rows[index];

	if (!(row->faces & face->bit))
		return false;
	snprintf(name, sizeof(name), "--%s", row->name);
	*ret = (struct entry){
		.name = name, .letter = row->letter, .help = row->help, .joins = true};
	/* A value that may be left out is no word of its own. */
	if (row->optional)
		return true;
	add_values(ret, row->argument);
	if (row->choices) {
		ret->values[0].kind = KIND_CHOICE;
		ret->values[0].choices = row->choices;
	}
	return true;
}

static bool entry_of_bwrap(size_t index, struct entry *ret)
{
	const struct bwrap_option *row = bwrap_table_row(index);

	*ret = (struct entry){.name = row->name, .help = row->help};
	add_values(ret, row->arguments);
	return true;
}

typedef void writer(const char *subcommand, const struct entry *entry);

/* Call write for each option of a subcommand. */
static void each_option(const char *subcommand, writer *write)
{
	const struct option_face *face = find_face(subcommand);
	struct entry entry;

	for (size_t i = 0; face ? i < option_row_count : bwrap_table_row(i) != NULL; i++)
		if (face ? entry_of_face(face, i, &entry) : entry_of_bwrap(i, &entry))
			write(subcommand, &entry);
}

/* After the options: another command's words. */
static bool takes_command(const char *subcommand)
{
	return !strcmp(subcommand, "run") || !strcmp(subcommand, "bwrap");
}

/* --- words ------------------------------------------------------------------------------------ */

/* Text within single quotes, on one line, with a backslash before what is special there. */
static void write_quoted(const char *text, const char *special)
{
	bool blank = false;

	for (; *text; text++) {
		bool is_blank = *text == ' ' || *text == '\n' || *text == '\t';
		if (is_blank && blank)
			continue;
		blank = is_blank;
		if (*text == '\'')
			fputs("'\\''", stdout);
		else if (is_blank)
			putchar(' ');
		else if (strchr(special, *text))
			printf("\\%c", *text);
		else
			putchar(*text);
	}
}

static void write_choices(const struct option_choice *choices, char separator)
{
	for (const struct option_choice *choice = choices; choice->name; choice++)
		printf("%s%s", choice->name, choice[1].name ? (char[]){separator, '\0'} : "");
}

/* --- bash ------------------------------------------------------------------------------------- */

static void bash_name(const char *subcommand, const struct entry *entry)
{
	(void)subcommand;
	printf(" %s", entry->name);
	if (entry->letter)
		printf(" -%c", entry->letter);
}

static void bash_kinds(const char *subcommand, const struct entry *entry)
{
	if (!entry->count)
		return;
	printf("\t%s:%s", subcommand, entry->name);
	if (entry->letter)
		printf(" | %s:-%c", subcommand, entry->letter);
	fputs(") echo", stdout);
	for (size_t i = 0; i < entry->count; i++) {
		static const char *const names[] = {[KIND_NOTHING] = "nothing",
			[KIND_DIRECTORY] = "directory",
			[KIND_PATH] = "path"};
		const struct value *value = &entry->values[i];

		putchar(' ');
		if (value->kind == KIND_CHOICE)
			write_choices(value->choices, ',');
		else
			fputs(names[value->kind], stdout);
	}
	fputs(" ;;\n", stdout);
}

static void write_bash(void)
{
	fputs("# bash completion for rind; generated from its tables of options\n\n"
	      "__rind_subcommands='",
		stdout);
	for (const struct front_subcommand *sub = front_subcommands; sub->name; sub++)
		printf("%s ", sub->name);
	fputs("help'\n\n"
	      "# __rind_options SUBCOMMAND: their names.\n"
	      "__rind_options() {\n"
	      "\tcase $1 in\n",
		stdout);
	for (const struct front_subcommand *sub = front_subcommands; sub->name; sub++) {
		printf("\t%s) echo", sub->name);
		each_option(sub->name, bash_name);
		fputs(" ;;\n", stdout);
	}
	fputs("\tesac\n"
	      "}\n\n"
	      "# __rind_kinds SUBCOMMAND OPTION: for each value of the option, what it is:\n"
	      "# nothing to be completed, a directory, a path, or choices with commas between.\n"
	      "__rind_kinds() {\n"
	      "\tcase $1:$2 in\n",
		stdout);
	for (const struct front_subcommand *sub = front_subcommands; sub->name; sub++)
		each_option(sub->name, bash_kinds);
	fputs("\tesac\n"
	      "}\n\n",
		stdout);
}

/* --- zsh -------------------------------------------------------------------------------------- */

/* ":MESSAGE:ACTION" for each value. */
static void zsh_values(const struct entry *entry)
{
	for (size_t i = 0; i < entry->count; i++) {
		const struct value *value = &entry->values[i];

		printf(":%s:", value->name);
		switch (value->kind) {
		case KIND_NOTHING:
			putchar(' ');
			break;
		case KIND_DIRECTORY:
		case KIND_PATH:
			fputs(value->kind == KIND_PATH ? "_files" : "_files -/", stdout);
			break;
		case KIND_CHOICE:
			putchar('(');
			write_choices(value->choices, ' ');
			putchar(')');
			break;
		}
	}
}

static void zsh_spelling(const struct entry *entry, const char *name, const char *joint)
{
	printf("\t\t\t'*%s%s[", name, entry->count ? joint : "");
	write_quoted(entry->help, "[]\\:");
	putchar(']');
	zsh_values(entry);
	fputs("' \\\n", stdout);
}

static void zsh_option(const char *subcommand, const struct entry *entry)
{
	const char letter[] = {'-', entry->letter, '\0'};

	(void)subcommand;
	zsh_spelling(entry, entry->name, entry->joins ? "=" : "");
	if (entry->letter)
		zsh_spelling(entry, letter, "+");
}

static void write_zsh(void)
{
	fputs("#compdef rind\n"
	      "# zsh completion for rind; generated from its tables of options\n\n"
	      "_rind() {\n"
	      "\tlocal curcontext=$curcontext state line\n"
	      "\tlocal -a subcommands=(\n",
		stdout);
	for (const struct front_subcommand *sub = front_subcommands; sub->name; sub++) {
		printf("\t\t'%s:", sub->name);
		write_quoted(sub->help, "\\:");
		fputs("'\n", stdout);
	}
	fputs("\t\t'help:print help'\n"
	      "\t)\n\n"
	      "\t_arguments -C \\\n"
	      "\t\t'(- *)--help[print help and exit]' \\\n"
	      "\t\t'(- *)--version[print the version and exit]' \\\n"
	      "\t\t'1:subcommand:->subcommand' \\\n"
	      "\t\t'*::argument:->argument'\n\n"
	      "\tcase $state in\n"
	      "\tsubcommand)\n"
	      "\t\t_describe -t commands subcommand subcommands\n"
	      "\t\t;;\n"
	      "\targument)\n"
	      "\t\tcase $line[1] in\n",
		stdout);
	for (const struct front_subcommand *sub = front_subcommands; sub->name; sub++) {
		printf("\t\t%s)\n\t\t\t_arguments -s -S \\\n", sub->name);
		each_option(sub->name, zsh_option);
		if (takes_command(sub->name))
			fputs("\t\t\t'(-)1:command:_command_names -e' \\\n"
			      "\t\t\t'*::argument:_normal'\n",
				stdout);
		else
			printf("\t\t\t%s\n", strcmp(sub->name, "doctor") ? "'*:path:_files'" : "");
		fputs("\t\t\t;;\n", stdout);
	}
	fputs("\t\thelp)\n"
	      "\t\t\t_describe -t commands subcommand subcommands\n"
	      "\t\t\t;;\n"
	      "\t\tesac\n"
	      "\t\t;;\n"
	      "\tesac\n"
	      "}\n\n"
	      "_rind \"$@\"\n",
		stdout);
}

/* --- fish ------------------------------------------------------------------------------------- */

static void fish_option(const char *subcommand, const struct entry *entry)
{
	printf("complete -c rind -n '__fish_seen_subcommand_from %s' -l %s", subcommand,
		entry->name + 2);
	if (entry->letter)
		printf(" -s %c", entry->letter);
	if (entry->count) {
		const struct value *value = &entry->values[0];

		switch (value->kind) {
		case KIND_NOTHING:
			fputs(" -x", stdout);
			break;
		case KIND_DIRECTORY:
			fputs(" -x -a '(__fish_complete_directories)'", stdout);
			break;
		case KIND_PATH:
			fputs(" -r -F", stdout);
			break;
		case KIND_CHOICE:
			fputs(" -x -a '", stdout);
			write_choices(value->choices, ' ');
			putchar('\'');
			break;
		}
	}
	fputs(" -d '", stdout);
	write_quoted(entry->help, "\\");
	fputs("'\n", stdout);
}

static void write_fish(void)
{
	fputs("# fish completion for rind; generated from its tables of options\n\n"
	      "complete -c rind -n __fish_use_subcommand -f -l help -s h -d 'print help and exit'\n"
	      "complete -c rind -n __fish_use_subcommand -f -l version "
	      "-d 'print the version and exit'\n"
	      "complete -c rind -n __fish_use_subcommand -f -a help -d 'print help'\n",
		stdout);
	for (const struct front_subcommand *sub = front_subcommands; sub->name; sub++) {
		printf("complete -c rind -n __fish_use_subcommand -f -a %s -d '", sub->name);
		write_quoted(sub->help, "\\");
		fputs("'\n", stdout);
	}
	fputs("complete -c rind -n '__fish_seen_subcommand_from doctor help' -f\n", stdout);
	for (const struct front_subcommand *sub = front_subcommands; sub->name; sub++) {
		putchar('\n');
		each_option(sub->name, fish_option);
		if (takes_command(sub->name))
			printf("complete -c rind -n '__fish_seen_subcommand_from %s' -a "
			       "'(__fish_complete_subcommand --fcs-skip=2)'\n",
				sub->name);
	}
}

int main(int argc, char **argv)
{
	const char *shell = argc == 2 ? argv[1] : "";

	if (!strcmp(shell, "bash")) {
		write_bash();
	} else if (!strcmp(shell, "zsh")) {
		write_zsh();
	} else if (!strcmp(shell, "fish")) {
		write_fish();
	} else {
		fputs("usage: completion-generate bash|zsh|fish\n", stderr);
		return EXIT_FAILURE;
	}
	return fflush(stdout) || ferror(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}
