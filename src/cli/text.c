/*
 * See text.h.  Supervisor, before and after the sandbox; no privileges needed.  Must not depend on
 * a locale: rind sets none, and the bytes of a path have no encoding of their own.
 */
#include "cli/text.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>

/* The first code point that needs this many bytes; a smaller one in so many is an overlong form. */
static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};

static size_t sequence_length(unsigned char first)
{
	if (first < 0x80)
		return first ? 1 : 0;
	if ((first & 0xe0) == 0xc0)
		return 2;
	if ((first & 0xf0) == 0xe0)
		return 3;
	return (first & 0xf8) == 0xf0 ? 4 : 0;
}

size_t text_utf8_length(const char *text)
{
	const unsigned char *bytes = (const unsigned char *)text;
	size_t length = sequence_length(bytes[0]);
	if (length <= 1)
		return length;

	uint32_t point = bytes[0] & (0x7f >> length);
	for (size_t i = 1; i < length; i++) {
		if ((bytes[i] & 0xc0) != 0x80) /* also ends at the final NUL */
			return 0;
		point = point << 6 | (bytes[i] & 0x3f);
	}
	bool surrogate = point >= 0xd800 && point <= 0xdfff;
	return point < smallest[length] || surrogate || point > 0x10ffff ? 0 : length;
}

/*
 * Marks, line breaks, embeddings and isolates that have a terminal show what follows somewhere else
 * on the line: U+061C, U+200E and U+200F, U+2028 to U+202E, U+2066 to U+2069.
 */
static bool is_direction(const char *text, size_t length)
{
	static const char first[][4] = {"\xd8\x9c", "\xe2\x80\x8e", "\xe2\x80\xa8", "\xe2\x81\xa6"};
	static const char last[][4] = {"\xd8\x9c", "\xe2\x80\x8f", "\xe2\x80\xae", "\xe2\x81\xa9"};

	for (size_t i = 0; i < sizeof(first) / sizeof(first[0]); i++)
		if (length == strlen(first[i]) && memcmp(text, first[i], length) >= 0 &&
			memcmp(text, last[i], length) <= 0)
			return true;
	return false;
}

static bool is_control(const char *text, size_t length)
{
	unsigned char first = (unsigned char)text[0];
	if (is_direction(text, length))
		return true;
	if (length == 1)
		return first < 0x20 || first == 0x7f;
	/* U+0080 to U+009F: terminals take U+009B for the start of an escape sequence. */
	return length == 2 && first == 0xc2 && (unsigned char)text[1] < 0xa0;
}

/* Write one byte as an escape into buffer, which holds at least five. */
static void escape_byte(char *buffer, size_t size, unsigned char byte)
{
	static const char from[] = "\a\b\t\n\v\f\r\\", to[] = "abtnvfr\\";
	const char *named = byte ? strchr(from, byte) : NULL;

	if (named)
		snprintf(buffer, size, "\\%c", to[named - from]);
	else
		snprintf(buffer, size, "\\x%02x", byte);
}

static size_t write_part(FILE *out, const char *text, size_t size)
{
	const char *end = text + size;
	size_t columns = 0;

	while (text < end) {
		size_t length = text_utf8_length(text);
		char escape[8];

		if (length > 0 && *text != '\\' && !is_control(text, length)) {
			if (out)
				fwrite(text, 1, length, out);
			text += length;
			columns++;
			continue;
		}
		escape_byte(escape, sizeof(escape), (unsigned char)*text);
		if (out)
			fputs(escape, out);
		text++;
		columns += strlen(escape);
	}
	return columns;
}

size_t text_write(FILE *out, const char *text)
{
	return write_part(out, text, strlen(text));
}

void text_write_word(FILE *out, const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "%+,-./:=@_";
	const char *quote;

	if (*text && !text[strspn(text, plain)]) {
		fputs(text, out);
		return;
	}
	putc('\'', out);
	/* A quote ends the word in quotes, stands outside, and begins another. */
	while ((quote = strchr(text, '\''))) {
		write_part(out, text, (size_t)(quote - text));
		fputs("'\\''", out);
		text = quote + 1;
	}
	text_write(out, text);
	putc('\'', out);
}

void text_write_wrapped(FILE *out, const char *text, size_t indent, size_t width)
{
	size_t column = indent;

	while (*text) {
		size_t length = strcspn(text, " ");
		size_t columns = write_part(NULL, text, length);

		if (column > indent && column + 1 + columns > width) {
			fprintf(out, "\n%*s", (int)indent, "");
			column = indent;
		} else if (column > indent) {
			putc(' ', out);
			column++;
		}
		column += write_part(out, text, length);
		text += length + (text[length] == ' ');
	}
}

size_t text_columns(int fd)
{
	struct winsize size;

	return ioctl(fd, TIOCGWINSZ, &size) || !size.ws_col ? SIZE_MAX : size.ws_col;
}
