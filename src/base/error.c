/* Error sentences.  Supervisor only; see error.h. */
#include "base/error.h"

#include "errno_texts.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

int rind_error_set(struct rind_error *err, int code, const char *format, ...)
{
	if (!err)
		return code;

	va_list args;
	va_start(args, format);
	err->code = code;
	err->exit_status = RIND_EXIT_FAILURE;
	vsnprintf(err->message, sizeof(err->message), format, args);
	va_end(args);
	return code;
}

int rind_error_no_memory(struct rind_error *err)
{
	return rind_error_set(err, -ENOMEM, "out of memory");
}

const char *errno_text(int error)
{
	const int known = sizeof(errno_texts) / sizeof(errno_texts[0]);
	return error >= 0 && error < known ? errno_texts[error] : "Unknown error";
}
