/* --help, written from the option table.  Supervisor; runs before anything else is done. */
#include "cli/options.h"
#include "cli/text.h"

#include <string.h>

enum {
	WIDTH = 80,
	HELP_COLUMN = 29,
};

static void write_row(FILE *out, const struct option_row *row)
{
	char left[64];
	char letter[] = {' ', ' ', row->letter ? '-' : ' ', row->letter ? row->letter : ' ',
		row->letter ? ',' : ' ', ' ', '\0'};
	const char *separator = row->optional ? "[=" : row->argument ? " " : "";
	int used = snprintf(left, sizeof(left), "%s--%s%s%s%s", letter, row->name, separator,
		row->argument ? row->argument : "", row->optional ? "]" : "");

	fputs(left, out);
	if (used + 2 > HELP_COLUMN)
		fprintf(out, "\n%*s", HELP_COLUMN, "");
	else
		fprintf(out, "%*s", HELP_COLUMN - used, "");
	text_write_wrapped(out, row->help, HELP_COLUMN, WIDTH);
	putc('\n', out);
}

void option_write_help(FILE *out, const struct option_face *face)
{
	const char *section = "";

	fprintf(out, "Usage: %s\n\n", face->usage);
	text_write_wrapped(out, face->summary, 0, WIDTH);
	putc('\n', out);
	for (size_t i = 0; i < option_row_count; i++) {
		const struct option_row *row = &option_rows[i];

		if (!(row->faces & face->bit))
			continue;
		if (strcmp(section, row->section) != 0) {
			section = row->section;
			fprintf(out, "\n%s:\n", section);
		}
		write_row(out, row);
	}
	fputs("\nMore in the manual page: rind(1)\n", out);
}
