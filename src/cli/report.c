/*
 * See report.h.  Supervisor.  The only way to standard error: nothing outside src/cli prints, and
 * nothing in it writes bytes from outside without text_write().
 */
#include "cli/report.h"

#include "base/fd.h"
#include "cli/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/*
 * Messages that standard error has not accepted yet; used only while there is a sandbox to watch.
 */
static struct output queue = {.fd = -1};

void report_init(void)
{
	static char buffer[16384]; /* the longest message, with most of it escaped */
	setvbuf(stderr, buffer, _IOFBF, sizeof(buffer));
}

static void write_text(FILE *out, const char *text)
{
	fputs("rind: ", out);
	text_write(out, text);
	putc('\n', out);
}

static void queue_line(const char *text)
{
	_cleanup_free_ char *line = NULL;
	size_t length;

	FILE *out = open_memstream(&line, &length);
	if (!out)
		return;
	write_text(out, text);
	if (fclose(out) == 0)
		(void)output_append(&queue, line, length);
	(void)output_flush(&queue);
}

/* A failure to write to standard error is ignored: it could be reported nowhere. */
static void write_line(const char *text)
{
	if (queue.fd >= 0) {
		queue_line(text);
		return;
	}
	write_text(stderr, text);
	fflush(stderr);
}

void report_without_waiting(void)
{
	queue.fd = STDERR_FILENO;
}

struct output *report_queue(void)
{
	return &queue;
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
	/*
	 * A full disk shows when the buffer is written; on some network file systems only at close.
	 */
	errno = 0;
	bool failed = ferror(stdout) || fflush(stdout) || fclose(stdout);
	if (!failed)
		return status;
	report_line("cannot write to standard output: %s",
		errno ? errno_text(errno) : "an earlier write failed");
	return RIND_EXIT_FAILURE;
}
