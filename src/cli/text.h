/*
 * Make bytes from outside (paths, arguments) safe to show on a terminal.
 *
 * A path may contain any byte except NUL: a newline that fakes a second row of a table, or an
 * escape sequence that changes the screen.  So everything printed for people goes through here.
 */
#ifndef RIND_CLI_TEXT_H
#define RIND_CLI_TEXT_H

#include <stddef.h>
#include <stdio.h>

/* The bytes of the UTF-8 character that text starts with; 0 where it is not valid UTF-8. */
size_t text_utf8_length(const char *text);

/*
 * Write text to out (NULL: only count) with control characters, backslashes and bytes that are not
 * UTF-8 escaped as in C: \n, \\, \x1b.  Returns the columns it takes, counting one a character.
 */
size_t text_write(FILE *out, const char *text);

/* The same as a word of a shell's: in quotes where it needs them. */
void text_write_word(FILE *out, const char *text);

/*
 * The same, broken between words so that no line is wider than width.  The text starts in column
 * indent, and so does each further line.  Does not end the last one.
 */
void text_write_wrapped(FILE *out, const char *text, size_t indent, size_t width);

/* The columns of the terminal that fd is; SIZE_MAX: it is none, or does not say. */
size_t text_columns(int fd);

#endif
