/*
 * See report.h.  Supervisor.  The only way to standard error: nothing outside src/front prints, and
 * nothing in it writes what came from outside without text_write().
 */
#include "front/report.h"

#include "front/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void report_init(void)
{
	static char buffer[16384]; /* the longest message, with most of it escaped */
	setvbuf(stderr, buffer, _IOFBF, sizeof(buffer));
}

static void write_line(const char *text)
{
	fputs("rind: ", stderr);
	text_write(stderr, text);
	putc('\n', stderr);
	/* Standard error that cannot be written to leaves nobody to be told. */
	fflush(stderr);
}

int report_error(const struct rind_error *err)
{
	write_line(err->message);
	return err->exit_status;
}

void report_line(const char *format, ...)
{
	struct rind_error line;
	va_list args;

	va_start(args, format);
	vsnprintf(line.message, sizeof(line.message), format, args);
	va_end(args);
	write_line(line.message);
}

int report_finish_output(int status)
{
	/* A full disk shows when the buffer is written, on some network file systems at close. */
	errno = 0;
	bool failed = ferror(stdout) || fflush(stdout) || fclose(stdout);
	if (!failed)
		return status;
	report_line("cannot write to standard output: %s",
		errno ? errno_text(errno) : "an earlier write failed");
	return RIND_EXIT_FAILURE;
}
