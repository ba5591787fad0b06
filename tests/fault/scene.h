/* The files that a sandbox of the fault matrix is started over, and what has become of them. */
#ifndef FAULT_SCENE_H
#define FAULT_SCENE_H

#include <stdbool.h>

/* What a look at the host found to be different from before. */
struct scene_change {
	bool placeholder;  /* an empty file where a protected path was missing */
	bool other;        /* anything else: files made, gone or changed, mounts */
	char example[512]; /* the first difference */
};

/*
 * Make the scene in the directory base (which has to be there, and is emptied first) and remember
 * how everything is; probe is the program that is copied into it.
 */
void scene_make(const char *base, const char *probe);

/* Compare what is there with what was made; when it differs the scene is made again. */
struct scene_change scene_look(void);

#endif
