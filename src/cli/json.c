/* See json.h.  Supervisor; must not depend on a locale. */
#include "cli/json.h"

#include "cli/text.h"

#include <string.h>

static void write_escaped(FILE *out, unsigned char byte)
{
	static const char from[] = "\"\\\n\t\r", to[] = "\"\\ntr";
	const char *named = strchr(from, byte);

	/* A control character is its own code point; other bytes here are not UTF-8. */
	if (named)
		fprintf(out, "\\%c", to[named - from]);
	else
		fprintf(out, "\\u%04x", byte < 0x80 ? byte : 0xdc00 + byte);
}

void json_write_string(FILE *out, const char *bytes)
{
	putc('"', out);
	while (*bytes) {
		unsigned char byte = (unsigned char)*bytes;
		size_t length = text_utf8_length(bytes);

		if (length == 0 || byte < 0x20 || byte == 0x7f || byte == '"' || byte == '\\') {
			write_escaped(out, byte);
			length = 1;
		} else {
			fwrite(bytes, 1, length, out);
		}
		bytes += length;
	}
	putc('"', out);
}

void json_write_member(FILE *out, bool first, const char *name, const char *value)
{
	if (!first)
		fputs(", ", out);
	json_write_string(out, name);
	fputs(": ", out);
	json_write_string(out, value);
}
