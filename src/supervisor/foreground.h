/* Which process group is in the foreground of a terminal?  Supervisor. */
#ifndef RIND_SUPERVISOR_FOREGROUND_H
#define RIND_SUPERVISOR_FOREGROUND_H

enum foreground {
	FOREGROUND_OURS,   /* the group of this program */
	FOREGROUND_OTHERS, /* another group of our session, whose terminal it is */
	FOREGROUND_NONE,   /* not a terminal, not our session's, or hung up */
};

enum foreground foreground_ask(int fd);

#endif
