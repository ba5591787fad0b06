/* Who is in the foreground of a terminal. */
#ifndef RIND_SUPERVISOR_FOREGROUND_H
#define RIND_SUPERVISOR_FOREGROUND_H

enum foreground {
	FOREGROUND_OURS,   /* the process group of this program */
	FOREGROUND_OTHERS, /* another one of the terminal's session, which is ours */
	FOREGROUND_NONE,   /* it is no terminal, not our session's, or gone */
};

enum foreground foreground_ask(int fd);

#endif
